import type { Words } from './en';
import { counted } from './plural';

/** Every sentence of the page in Portuguese, as most of its speakers write it: in Brazil. */
export const pt: Words = {
  product: 'Assistente Deskhand',

  tools: { language: 'Idioma', size: 'Tamanho do texto' },

  field: {
    title: 'Receber ajuda neste computador',
    lead: 'O seu técnico passou um endereço e um código, ou um link. Digite ou cole aqui.',
    label: 'Endereço e código, ou link',
    example: 'ajuda.example.org K7MP-4QXD',
    call: 'Chamar',
    hint: {
      rest_of_code: 'O seu técnico vai dizer os quatro últimos caracteres do código. Digite-os no final.',
      whole_link: 'Copie o endereço completo da página de onde veio este programa e cole aqui.',
    },
    safe: 'Ninguém vê a sua tela sem a sua permissão.',
  },

  steps: {
    calling: 'Chamando…',
    callingLead: (relay) => `Procurando o seu técnico por ${relay}.`,
    waiting: 'Esperando o seu técnico',
    waitingLead: 'O seu pedido está na lista. Esta janela vem para a frente quando o seu técnico quiser ajudar.',
    waitingOffline: 'O seu técnico não está no momento. Esta janela pode ficar aberta.',
    known: 'O seu técnico chegou',
    knownLead: 'A seguir vem a pergunta sobre o que ele pode fazer. Ninguém vê a sua tela ainda.',
    connecting: 'Conectando…',
    connectingLead: (name) => `A entrada de ${name} foi permitida. A conexão está sendo feita.`,
    live: (name) => `${name} entrou neste computador`,
    away: (name) => `Esperando a volta de ${name}`,
    awayFor: {
      network:
        'Este computador não consegue chegar à internet, ou o endereço do seu técnico não responde. Novas tentativas são feitas o tempo todo.',
      technician: 'No momento não é possível chegar ao computador do seu técnico.',
      path: 'A conexão caiu. Um novo caminho até o computador do seu técnico está sendo procurado.',
    },
    awayLead: 'Agora ninguém vê a sua tela. Se nada ajudar em dois minutos, a sessão termina sozinha.',
    ended: 'A sessão terminou',
    endedSafe: 'Ninguém mais vê a sua tela.',
  },

  ended: {
    customer_ended: 'Ela foi encerrada aqui, neste computador.',
    technician_ended: 'O seu técnico encerrou.',
    expired: 'Ninguém usou o código a tempo.',
    too_many_wrong_codes: 'Um código errado foi tentado vezes demais.',
    hard_end: 'O tempo máximo acabou.',
    idle_end: 'O seu técnico não fez nada durante uma hora.',
    reported: 'Ela foi interrompida, e o técnico foi denunciado.',
    key_changed: 'O outro lado não conseguiu mais provar que é o mesmo técnico. Por segurança, tudo foi fechado.',
    interrupted: 'O seu técnico não voltou.',
  },

  who: {
    label: 'Quem ajuda',
    says: 'diz ser',
    checked: 'conferido',
    from: 'de',
    over: (relay) => `por ${relay}`,
    browser: (relay) => `num navegador, por meio de ${relay}`,
    browserMore: 'Quem gere esse endereço poderia ver o que ele vê.',
    unproven: 'ainda não provado',
    invited: (name) => `a convite de ${name}`,
    also: (names) => `Também nesta sessão: ${names}`,
  },

  words: {
    title: 'Peça ao seu técnico as três palavras dele',
    label: 'Palavras para comparar:',
    same: 'São iguais',
    differ: 'São outras',
    remembered: 'Este técnico já foi conferido antes neste computador. A chave dele é a mesma.',
    company: (c) => `${c} já foi conferida antes neste computador. A chave dela responde por este técnico.`,
    matched: 'Conferido: quem está falando é a mesma pessoa que aparece aqui.',
    why: 'Se forem diferentes, talvez alguém esteja escutando no meio: escolha então “São outras”.',
  },

  consent: {
    title: 'Ele pode fazer isto?',
    lead: (name) => `${name} pede para fazer o seguinte neste computador.`,
    list: 'O que é pedido',
    handsTitle: 'Ele pode também usar o seu mouse e o seu teclado?',
    handsLead:
      'Ele então trabalha neste computador como quem está sentado diante dele. O seu mouse e o seu teclado continuam funcionando, e é possível parar tudo a qualquer momento.',
    again: 'Isto vai ser perguntado mais uma vez.',
    mayReturn: 'Ele pode sair e voltar sem perguntar, até esta sessão terminar',
    folder: 'Pasta para arquivos',
    whole: 'o disco inteiro',
    otherFolder: 'Outra pasta…',
    openWhole: 'Abrir o disco inteiro',
    deny: 'Não permitir',
    allow: 'Permitir',
    allowSoon: 'Permitir (em 1 s)',
    left: counted('pt', {
      one: 'Sem resposta, será um não em # segundo.',
      other: 'Sem resposta, será um não em # segundos.',
    }),
  },

  deed: {
    ask: {
      lock: 'Ele pode bloquear este computador agora?',
      'sign-out': 'Ele pode sair da sua conta neste computador agora?',
      restart: 'Ele pode reiniciar este computador agora?',
      'task-manager': 'Ele pode encerrar este programa agora?',
    },
    more: {
      lock: 'Para entrar de novo, use a sua senha. Nada é fechado.',
      'sign-out': 'Todos os seus programas são fechados, e a sessão termina. Salve antes o seu trabalho.',
      restart:
        'Todos os seus programas são fechados. Salve antes o seu trabalho. Depois vem a pergunta se ele pode voltar.',
      'task-manager': 'O que ele não salvou pode se perder.',
    },
    other: 'Ele pode fazer isto agora?',
  },

  capability: {
    view: { ask: 'Ver a sua tela', more: 'Tudo o que aparece nela. Feche antes o que for particular.' },
    control: {
      ask: 'Usar o seu mouse e o seu teclado',
      more: 'Os seus continuam funcionando, e é possível parar tudo a qualquer momento.',
    },
    point: { ask: 'Apontar e desenhar na sua tela', more: 'Para mostrar onde clicar. Com isso ele não muda nada.' },
    'clipboard-in': {
      ask: 'Colocar algo na sua área de transferência',
      more: 'O que for colado a seguir pode então ser dele.',
    },
    'clipboard-out': {
      ask: 'Ler a sua área de transferência',
      more: 'O que for copiado enquanto ele estiver aqui, ele recebe também. Não copie senhas.',
    },
    'files-in': {
      ask: 'Colocar arquivos no seu computador',
      more: 'Eles vão para a pasta abaixo e não podem abrir sozinhos.',
    },
    'files-out': {
      ask: 'Pegar arquivos do seu computador',
      more: 'Ele pode olhar e copiar o que está na pasta abaixo.',
    },
    lock: { ask: 'Bloquear o seu computador', more: 'Depois, para entrar de novo, use a sua senha.' },
    'sign-out': {
      ask: 'Sair da sua conta no computador',
      more: 'Os programas são fechados. Salve antes o seu trabalho.',
    },
    restart: { ask: 'Reiniciar o seu computador', more: 'Programas são fechados. Salve antes o seu trabalho.' },
    'task-manager': {
      ask: 'Ver e encerrar os seus programas',
      more: 'O que um programa não tinha salvado se perde quando ele é encerrado.',
    },
    'system-info': { ask: 'Ver que computador é este', more: 'Sistema, memória, discos e programas.' },
  },

  group: {
    look: 'Olhar',
    hands: 'Mouse e teclado',
    clipboard: 'Área de transferência',
    files: 'Arquivos',
    interrupt: 'O que interrompe o seu trabalho',
    keep: 'Gravação',
  },

  guard: {
    title: 'Alguém telefonou e pediu para fazer isto?',
    no: 'Não, fui eu que pedi ajuda',
    yes: 'Sim, alguém me telefonou',
    why: 'Golpistas telefonam e fingem ser de um banco, de uma grande empresa ou da polícia.',
    stopTitle: 'Então pare aqui, por favor.',
    stop: 'Nenhum banco, nenhuma grande empresa e nenhum policial telefona para olhar o seu computador. É golpe se ele:',
    signs: [
      'quer ver a sua conta bancária ou as suas senhas',
      'pede dinheiro, cartões-presente ou uma transferência',
      'diz que é urgente, ou que não se pode contar a ninguém',
    ],
    report: 'Parar e denunciar',
    justStop: 'Parar',
    goOn: 'Conheço bem esta pessoa. Continuar',
  },

  reported: {
    title: 'A quem contar agora',
    tell: [
      'Se a sua conta bancária ou uma senha foi mostrada: ligue já para o seu banco.',
      'Avise a polícia. Ela conhece este golpe, e não é preciso ter vergonha.',
      'Conte a alguém de confiança e peça que olhe este computador antes de continuar.',
    ],
    kept: 'O que este computador viu dele está guardado neste arquivo. Mostre-o a quem ajudar:',
    relay: 'O servidor desta chamada também foi avisado. Ele pode ser do golpista: não confie só nele.',
  },

  live: {
    may: 'Ele pode',
    bar: 'A barra no alto da tela fica ali enquanto ele estiver conectado.',
    pause: 'Pausar',
    pausedTitle: 'Em pausa',
    paused: 'Ele não vê nada e não pode fazer nada. Não há pressa.',
    resume: 'Continuar',
    held: 'Suspenso aqui',
    takeAway: 'Retirar de vez',
    barHidden: 'O mouse e o teclado pararam, porque a barra no alto da tela está coberta. Deixe-a livre.',
    until: (time) => `A sessão termina sozinha às ${time}, no mais tardar.`,
  },

  attention: {
    call: 'Chamar o técnico',
    asked: 'Seu técnico foi chamado: o computador dele emitiu um som.',
    unanswered: 'Ninguém olhou ainda. Você pode chamar de novo.',
    seen: 'Seu técnico viu que você o chamou.',
  },

  permissions: {
    title: 'O seu Mac quer primeiro a sua autorização',
    lead: 'Enquanto você não permitir uma vez, um Mac não mostra a sua tela a nenhum programa e não deixa nenhum clicar ou digitar.',
    screen: {
      open: 'Abrir os ajustes da tela',
      after: 'Se depois o macOS quiser fechar este programa, aceite e abra o programa de novo.',
    },
    hands: {
      open: 'Abrir os ajustes do mouse e do teclado',
      after: 'Só é preciso se o seu técnico tiver de clicar e digitar. Vale na hora.',
    },
    how: 'Na lista que se abre, ative este programa (Deskhand). O macOS pode pedir a sua senha: quem pede é o seu próprio computador.',
    safe: 'Mesmo assim, ninguém vê nem faz nada que você não tenha permitido nesta janela. Você pode desativar lá a qualquer momento.',
  },

  forget: {
    kept: 'Este programa guarda uma pequena pasta neste computador:',
    what: 'Nela estão a chave deste computador, quem você verificou e o que você denunciou.',
    forget: 'Esquecer este computador',
    done: 'Tudo foi removido. Nada deste programa continua neste computador. Você também pode apagar o próprio programa.',
    left: 'Isto não pôde ser removido:',
    close: 'Fechar',
  },

  request: {
    open: (whom: string) => `Sem código? Pedir ajuda a ${whom}`,
    name: 'Seu nome',
    problem: 'Qual é o problema?',
    goes: (whom: string) => `Só ${whom} recebe isto. Ninguém vê sua tela por causa disso.`,
    send: 'Pedir ajuda',
    stage: {
      sending: 'Seu pedido está a caminho.',
      waiting: 'Seu pedido chegou. Deixe esta janela aberta: ela continua sozinha quando um técnico o atender.',
      put_aside: 'Ninguém pode atender seu pedido no momento. Por favor, telefone.',
      too_many: 'Pedidos demais em pouco tempo. Espere um minuto e tente de novo.',
      failed: 'Seu pedido não chegou. Verifique sua conexão com a internet e tente de novo.',
    },
  },

  chat: {
    title: 'Conversa',
    empty: 'Nada foi escrito ainda.',
    label: 'Mensagem para o seu técnico',
    send: 'Enviar',
    me: 'Eu',
    sending: 'a caminho',
    reach: { sent: 'enviada', delivered: 'entregue', read: 'lida' },
  },

  browser: {
    title: 'Mostrar sem programa',
    rest: 'Os últimos quatro caracteres do seu código',
    incomplete: 'O endereço desta página está incompleto. Abra a ligação inteira que o seu técnico lhe deu.',
    unable: 'Este navegador não consegue mostrar nada ao seu técnico. Volte atrás e inicie antes o programa.',
    trust: (relay: string) => `Esta página confia em ${relay}: quem gere esse servidor poderia ver também.`,
    only: 'Ele pode ver e mais nada: nem rato, nem teclado, nem área de transferência, nem ficheiros.',
    camera: { ask: 'Ver o que a sua câmara vê', more: 'Aponte-a só para o que ele deve ver.' },
    choose: 'O seu navegador pergunta o que quer mostrar',
    chooseLead: 'Escolha-o na janela do navegador. Antes disso nada é mostrado.',
    live: (name: string) => `${name} vê o que mostra`,
    shown: 'O que mostra',
    close: 'Fechar esta página termina a sessão.',
  },

  end: 'Encerrar a sessão',
  startOver: 'Começar de novo',
  asAdministrator: 'Reiniciar como administrador',
  cancel: 'Cancelar',

  problem: {
    bad_address: 'Falta um endereço no começo. É assim: ajuda.example.org K7MP-4QXD',
    insecure_address: 'Este endereço não é seguro (http). Peça ao seu técnico um com https.',
    bad_code: 'O código falta ou tem uma forma errada. É assim: K7MP-4QXD',
    invalid_code: 'Este código não vale, ou não vale mais. Peça um novo ao seu técnico.',
    wrong_code: 'O código não está certo. Confira-o com o seu técnico e digite de novo.',
    too_many_wrong_codes: 'Um código errado foi tentado vezes demais. Peça um novo ao seu técnico.',
    too_many: 'Tentativas demais em pouco tempo. Espere um minuto e tente de novo.',
    no_relay:
      'O endereço não responde. Confira o endereço e a sua conexão com a internet; novas tentativas são feitas o tempo todo.',
    wrong_relay:
      'O que responde ali não é o que o seu técnico indicou. Por segurança, nada foi enviado. Peça a ele um novo arquivo ou código.',
    version: 'Este programa e o do seu técnico não combinam. Peça a ele a versão mais recente.',
    not_proven: 'O outro lado não conseguiu provar que é o seu técnico. Nada foi mostrado a ele.',
    not_certified:
      'Quem ligou não é certificado pela empresa deste programa. Nada foi mostrado a ele. Pergunte à empresa.',
    package_damaged:
      'O arquivo support.deskhand está danificado. Peça ao seu técnico para enviar de novo, ou digite o código.',
    package_foreign:
      'O arquivo support.deskhand não é um arquivo de ajuda. Peça ao seu técnico para enviar de novo, ou digite o código.',
    package_newer:
      'O arquivo support.deskhand é mais novo que este programa. Baixe o programa de novo, ou digite o código.',
    package_expired: 'O arquivo support.deskhand é antigo demais. Peça um novo ao seu técnico, ou digite o código.',
    package_unreadable:
      'O arquivo support.deskhand não pode ser lido. Peça ao seu técnico para enviar de novo, ou digite o código.',
    name_damaged: 'O nome deste programa foi alterado. Baixe-o de novo, ou digite o código.',
    inside_archive:
      'Primeiro extraia o pacote, por favor: feche esta janela, escolha “Extrair tudo” no arquivo baixado e abra o programa na pasta nova. Ou digite o código.',
    no_connection: 'Não foi encontrado nenhum caminho até o computador do seu técnico. Ele pode tentar de novo.',
    no_capture: 'Esta tela não pode ser mostrada. O seu técnico foi avisado.',
    no_portal:
      'Esta área de trabalho não deixa o seu técnico ver a tela inteira. Encerre a sessão, escolha ao entrar de novo uma sessão com “X11” ou “Xorg” no nome e chame outra vez.',
    not_alone:
      'O seu técnico estava usando o mouse ou o teclado, por isso este clique não contou. Espere um momento e clique de novo.',
    secure_desktop:
      'O Windows pede uma permissão ou uma senha. O seu técnico não pode ver nem responder a isso: faça-o você mesmo.',
    elevated:
      'A janela que está à frente pertence a um administrador. O seu técnico a vê, mas não pode clicar nem escrever nela.',
    no_input: 'O mouse e o teclado não podem ser usados à distância aqui. O seu técnico só pode olhar.',
  },
};
