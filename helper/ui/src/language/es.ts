import type { Words } from './en';
import { counted } from './plural';

/** Every sentence of the page in Spanish. */
export const es: Words = {
  product: 'Asistente Deskhand',

  tools: { language: 'Idioma', size: 'Tamaño del texto' },

  field: {
    title: 'Recibir ayuda en este equipo',
    lead: 'Su técnico le ha dado una dirección y un código, o un enlace. Escríbalo o péguelo aquí.',
    label: 'Dirección y código, o enlace',
    example: 'ayuda.example.org K7MP-4QXD',
    call: 'Llamar',
    hint: {
      rest_of_code: 'Su técnico le dirá los cuatro últimos caracteres del código. Escríbalos al final.',
      whole_link: 'Copie la dirección completa de la página de la que viene este programa y péguela aquí.',
    },
    safe: 'Nadie ve su pantalla hasta que usted lo permita.',
  },

  steps: {
    calling: 'Llamando…',
    callingLead: (relay) => `Buscando a su técnico a través de ${relay}.`,
    waiting: 'Esperando a su técnico',
    waitingLead: 'Usted está en la lista. Esta ventana pasará al frente cuando su técnico quiera ayudarle.',
    waitingOffline: 'Su técnico no está en este momento. Puede dejar esta ventana abierta.',
    known: 'Su técnico está aquí',
    knownLead: 'A continuación se le preguntará qué puede hacer él. Todavía nadie ve su pantalla.',
    connecting: 'Conectando…',
    connectingLead: (name) => `Usted ha dejado entrar a ${name}. Se está estableciendo la conexión.`,
    live: (name) => `${name} está conectado`,
    away: (name) => `Esperando a que vuelva ${name}`,
    awayFor: {
      network:
        'Este equipo no llega a Internet, o la dirección de su técnico no responde. Se sigue intentando una y otra vez.',
      technician: 'En este momento no se puede llegar al equipo de su técnico.',
      path: 'Se perdió la conexión. Se busca un nuevo camino hasta el equipo de su técnico.',
    },
    awayLead: 'Ahora nadie ve su pantalla. Si en dos minutos nada ayuda, la sesión termina por sí sola.',
    ended: 'La sesión ha terminado',
    endedSafe: 'Ya nadie ve su pantalla.',
  },

  ended: {
    customer_ended: 'Usted la terminó.',
    technician_ended: 'Su técnico la terminó.',
    expired: 'Nadie usó el código a tiempo.',
    too_many_wrong_codes: 'Se probó demasiadas veces un código equivocado.',
    hard_end: 'Se cumplió su duración máxima.',
    idle_end: 'Su técnico no hizo nada durante una hora.',
    reported: 'Usted la detuvo y denunció al técnico.',
    key_changed: 'La otra parte ya no pudo demostrar que es el mismo técnico. Por seguridad, se cerró todo.',
    interrupted: 'Su técnico no volvió.',
  },

  who: {
    label: 'Quién le ayuda',
    says: 'dice ser',
    checked: 'comprobado',
    from: 'de',
    over: (relay) => `a través de ${relay}`,
    browser: (relay) => `en un navegador, por medio de ${relay}`,
    browserMore: 'Quien gestiona esa dirección podría ver lo que él ve.',
    unproven: 'aún sin demostrar',
    invited: (name) => `por invitación de ${name}`,
    also: (names) => `También en esta sesión: ${names}`,
  },

  words: {
    title: 'Pida a su técnico sus tres palabras',
    label: 'Palabras para comparar:',
    same: 'Son iguales',
    differ: 'Son otras',
    remembered: 'Usted ya comprobó a este técnico en este equipo. Su clave es la misma.',
    company: (c) => `Usted ya comprobó ${c} en este equipo. Su clave responde por este técnico.`,
    matched: 'Usted lo ha comprobado: está hablando con la misma persona que ve aquí.',
    why: 'Si son distintas, quizá alguien esté escuchando en medio: elija entonces «Son otras».',
  },

  consent: {
    title: '¿Le permite hacer esto?',
    lead: (name) => `${name} pide hacer lo siguiente en este equipo.`,
    list: 'Lo que se pide',
    handsTitle: '¿Puede usar también su ratón y su teclado?',
    handsLead:
      'Entonces él trabaja en este equipo igual que usted. Usted conserva su ratón y su teclado, y puede detenerlo en cualquier momento.',
    again: 'Esto se le preguntará una vez más.',
    mayReturn: 'Puede irse y volver sin preguntar, hasta que termine esta sesión',
    folder: 'Carpeta para archivos',
    whole: 'todo el disco',
    otherFolder: 'Otra carpeta…',
    openWhole: 'Abrir todo el disco',
    deny: 'No permitir',
    allow: 'Permitir',
    allowSoon: 'Permitir (en 1 s)',
    left: counted('es', {
      one: 'Si no responde, será un no en # segundo.',
      other: 'Si no responde, será un no en # segundos.',
    }),
  },

  deed: {
    ask: {
      lock: '¿Puede bloquear este equipo ahora?',
      'sign-out': '¿Puede cerrar su sesión en este equipo ahora?',
      restart: '¿Puede reiniciar este equipo ahora?',
      'task-manager': '¿Puede cerrar este programa ahora?',
    },
    more: {
      lock: 'Usted vuelve a entrar con su contraseña. No se cierra nada.',
      'sign-out': 'Se cierran todos sus programas y termina la ayuda. Guarde antes su trabajo.',
      restart: 'Se cierran todos sus programas. Guarde antes su trabajo. Después se le preguntará si él puede volver.',
      'task-manager': 'Lo que no se haya guardado en él se puede perder.',
    },
    other: '¿Puede hacer esto ahora?',
  },

  capability: {
    view: { ask: 'Ver su pantalla', more: 'Todo lo que se ve en ella. Cierre antes lo que sea privado.' },
    control: {
      ask: 'Usar su ratón y su teclado',
      more: 'Usted conserva los suyos y puede detenerlo en cualquier momento.',
    },
    point: {
      ask: 'Señalar y dibujar en su pantalla',
      more: 'Para mostrarle dónde hacer clic. Con esto no cambia nada.',
    },
    'clipboard-in': {
      ask: 'Poner algo en su portapapeles',
      more: 'Lo próximo que usted pegue puede venir de él.',
    },
    'clipboard-out': {
      ask: 'Leer su portapapeles',
      more: 'Lo que usted copie mientras él esté aquí, también lo recibe él. No copie contraseñas.',
    },
    'files-in': {
      ask: 'Poner archivos en su equipo',
      more: 'Van a la carpeta de abajo y no pueden abrirse por sí solos.',
    },
    'files-out': {
      ask: 'Llevarse archivos de su equipo',
      more: 'Puede mirar y copiar lo que hay en la carpeta de abajo.',
    },
    lock: { ask: 'Bloquear su equipo', more: 'Después usted vuelve a entrar con su contraseña.' },
    'sign-out': { ask: 'Cerrar su sesión en el equipo', more: 'Se cierran los programas. Guarde antes su trabajo.' },
    restart: { ask: 'Reiniciar su equipo', more: 'Los programas se cierran. Guarde antes su trabajo.' },
    'task-manager': {
      ask: 'Ver y cerrar sus programas',
      more: 'Lo que un programa no había guardado se pierde al cerrarlo.',
    },
    'system-info': {
      ask: 'Ver qué equipo es este',
      more: 'Su sistema, su memoria, sus discos y sus programas.',
    },
  },

  group: {
    look: 'Mirar',
    hands: 'Ratón y teclado',
    clipboard: 'Portapapeles',
    files: 'Archivos',
    interrupt: 'Lo que interrumpe su trabajo',
    keep: 'Grabación',
  },

  guard: {
    title: '¿Alguien le ha llamado y le ha pedido que haga esto?',
    no: 'No, la ayuda la pedí yo',
    yes: 'Sí, alguien me llamó',
    why: 'Hay estafadores que llaman y se hacen pasar por un banco, una gran empresa o la policía.',
    stopTitle: 'Entonces, por favor, no siga.',
    stop: 'Ningún banco, ninguna gran empresa y ningún policía llama para mirar su equipo. Es una estafa si él:',
    signs: [
      'quiere ver su cuenta bancaria o sus contraseñas',
      'pide dinero, tarjetas de regalo o una transferencia',
      'dice que hay prisa, o que no se lo cuente a nadie',
    ],
    report: 'Detener y denunciar',
    justStop: 'Detener',
    goOn: 'Conozco bien a esta persona. Continuar',
  },

  reported: {
    title: 'A quién avisar ahora',
    tell: [
      'Si ha mostrado su cuenta bancaria o una contraseña: llame enseguida a su banco.',
      'Avise a la policía. Conoce esta estafa, y no hay de qué avergonzarse.',
      'Cuénteselo a alguien de confianza y deje que mire este equipo antes de seguir.',
    ],
    kept: 'Lo que este equipo vio de él está guardado en este archivo. Enséñelo a quien le ayude:',
    relay: 'También se ha avisado al servidor de esta llamada. Puede ser del estafador: no confíe solo en él.',
  },

  live: {
    may: 'Él puede',
    bar: 'La barra de la parte superior de la pantalla sigue ahí mientras él esté conectado.',
    pause: 'Pausar',
    pausedTitle: 'En pausa',
    paused: 'Él no ve nada y no puede hacer nada. Tómese su tiempo.',
    resume: 'Continuar',
    held: 'Detenido por usted',
    takeAway: 'Quitárselo del todo',
    barHidden:
      'El ratón y el teclado se han detenido, porque la barra de la parte superior de la pantalla está tapada. Déjela libre.',
    until: (time) => `La sesión termina por sí sola a más tardar a las ${time}.`,
  },

  attention: {
    call: 'Llamar al técnico',
    asked: 'Se ha llamado a su técnico: su equipo ha hecho un sonido.',
    unanswered: 'Todavía nadie ha mirado. Puede llamar otra vez.',
    seen: 'Su técnico ha visto que lo ha llamado.',
  },

  permissions: {
    title: 'Su Mac quiere que usted lo permita primero',
    lead: 'Mientras usted no lo haya permitido una vez, un Mac no muestra su pantalla a ningún programa ni deja que ninguno haga clic o escriba.',
    screen: {
      open: 'Abrir los ajustes de la pantalla',
      after: 'Si después macOS quiere cerrar este programa, acepte y ábralo de nuevo.',
    },
    hands: {
      open: 'Abrir los ajustes del ratón y del teclado',
      after: 'Solo hace falta si su técnico debe hacer clic y escribir. Vale enseguida.',
    },
    how: 'En la lista que se abre, active este programa (Deskhand). Puede que macOS pida su contraseña: la pide su propio ordenador.',
    safe: 'Ni siquiera entonces nadie ve ni hace nada que usted no haya permitido en esta ventana. Puede desactivarlo allí en cualquier momento.',
  },

  forget: {
    kept: 'Este programa guarda una pequeña carpeta en este equipo:',
    what: 'Contiene la clave de este equipo, a quién ha comprobado y lo que ha denunciado.',
    forget: 'Olvidar este equipo',
    done: 'Se ha eliminado todo. No queda nada de este programa en este equipo. También puede borrar el propio programa.',
    left: 'Esto no se ha podido eliminar:',
    close: 'Cerrar',
  },

  request: {
    open: (whom: string) => `¿No tiene código? Pedir ayuda a ${whom}`,
    name: 'Su nombre',
    problem: '¿Cuál es el problema?',
    goes: (whom: string) => `Solo ${whom} recibe esto. Nadie ve su pantalla por ello.`,
    send: 'Pedir ayuda',
    stage: {
      sending: 'Su petición está en camino.',
      waiting: 'Su petición ha llegado. Deje abierta esta ventana: sigue por sí sola cuando un técnico la atienda.',
      put_aside: 'Nadie puede atender su petición en este momento. Por favor, llame por teléfono.',
      too_many: 'Demasiadas peticiones en poco tiempo. Espere un minuto e inténtelo de nuevo.',
      failed: 'Su petición no ha llegado. Compruebe su conexión a internet e inténtelo de nuevo.',
    },
  },

  chat: {
    title: 'Mensajes',
    empty: 'Todavía no se ha escrito nada.',
    label: 'Mensaje para su técnico',
    send: 'Enviar',
    me: 'Usted',
    sending: 'en camino',
    reach: { sent: 'enviado', delivered: 'entregado', read: 'leído' },
  },

  browser: {
    title: 'Mostrar sin programa',
    rest: 'Los últimos cuatro caracteres de su código',
    incomplete: 'La dirección de esta página está incompleta. Abra el enlace entero que le dio su técnico.',
    unable: 'Este navegador no puede mostrar nada a su técnico. Vuelva atrás e inicie el programa.',
    trust: (relay: string) => `Esta página confía en ${relay}: quien maneja ese servidor podría mirar también.`,
    only: 'Puede mirar y nada más: ni ratón, ni teclado, ni portapapeles, ni archivos.',
    camera: { ask: 'Ver lo que ve su cámara', more: 'Apúntela solo a lo que él deba ver.' },
    choose: 'Su navegador pregunta qué quiere mostrar',
    chooseLead: 'Elíjalo en la ventana del navegador. Antes no se muestra nada.',
    live: (name: string) => `${name} ve lo que usted muestra`,
    shown: 'Lo que usted muestra',
    close: 'Al cerrar esta página termina la sesión.',
  },

  end: 'Terminar la sesión',
  startOver: 'Empezar de nuevo',
  asAdministrator: 'Reiniciar como administrador',
  cancel: 'Cancelar',

  problem: {
    bad_address: 'Falta una dirección al principio. Tiene este aspecto: ayuda.example.org K7MP-4QXD',
    insecure_address: 'Esta dirección no es segura (http). Pida a su técnico una con https.',
    bad_code: 'El código falta o tiene una forma incorrecta. Tiene este aspecto: K7MP-4QXD',
    invalid_code: 'Este código no es válido, o ya no lo es. Pida uno nuevo a su técnico.',
    wrong_code: 'El código no es correcto. Compruébelo con su técnico y escríbalo otra vez.',
    too_many_wrong_codes: 'Se probó demasiadas veces un código equivocado. Pida uno nuevo a su técnico.',
    too_many: 'Demasiados intentos en poco tiempo. Espere un minuto e inténtelo otra vez.',
    no_relay:
      'La dirección no responde. Compruébela y compruebe su conexión a Internet; se sigue intentando una y otra vez.',
    wrong_relay:
      'Lo que responde allí no es lo que indicó su técnico. Por seguridad, no se envió nada. Pídale un archivo o un código nuevo.',
    version: 'Este programa y el de su técnico no son compatibles. Pídale la versión más reciente.',
    not_proven: 'La otra parte no pudo demostrar que es su técnico. No se le mostró nada.',
    not_certified:
      'Quien llama no está certificado por la empresa de este programa. No se le mostró nada. Pregunte a la empresa.',
    package_damaged:
      'El archivo support.deskhand está dañado. Pida a su técnico que se lo envíe otra vez, o escriba el código.',
    package_foreign:
      'El archivo support.deskhand no es un archivo de ayuda. Pida a su técnico que se lo envíe otra vez, o escriba el código.',
    package_newer:
      'El archivo support.deskhand es más nuevo que este programa. Descargue otra vez el programa, o escriba el código.',
    package_expired:
      'El archivo support.deskhand es demasiado antiguo. Pida uno nuevo a su técnico, o escriba el código.',
    package_unreadable:
      'El archivo support.deskhand no se puede leer. Pida a su técnico que se lo envíe otra vez, o escriba el código.',
    name_damaged: 'Se ha cambiado el nombre de este programa. Descárguelo otra vez, o escriba el código.',
    inside_archive:
      'Primero extraiga el paquete, por favor: cierre esta ventana, elija «Extraer todo» en el archivo descargado y abra el programa desde la carpeta nueva. O escriba el código.',
    no_connection: 'No se encontró ningún camino hasta el equipo de su técnico. Él puede intentarlo otra vez.',
    no_capture: 'Esta pantalla no se puede mostrar. Se ha avisado a su técnico.',
    no_portal:
      'Este escritorio no deja que su técnico vea toda la pantalla. Cierre la sesión, elija al entrar de nuevo una sesión con «X11» o «Xorg» en el nombre y llame otra vez.',
    not_alone:
      'Su técnico estaba usando el ratón o el teclado, por eso este clic no contó. Espere un momento y haga clic otra vez.',
    secure_desktop:
      'Windows pide un permiso o una contraseña. Su técnico no puede verlo ni responder: hágalo usted, por favor.',
    elevated:
      'La ventana que está delante pertenece a un administrador. Su técnico la ve, pero no puede hacer clic ni escribir en ella.',
    no_input: 'Aquí el ratón y el teclado no se pueden usar a distancia. Su técnico solo puede mirar.',
  },
};
