//! Portuguese, as in Brazil.

use deskhand_protocol::capability::{Capability, Group};

use super::{BarWords, DialogWords};

pub(super) const DIALOG: DialogWords = DialogWords {
    title: "Que pasta ele pode usar?",
    choose: "_Usar esta pasta",
    cancel: "_Cancelar",
    running: "O Deskhand Helper já está em execução neste computador. Encerre-o primeiro e inicie-o de novo.",
};

pub(super) const BAR: BarWords = BarWords {
    says: "diz ser",
    through: "por",
    browser: "num navegador, por meio de",
    nothing: "nada por enquanto",
    paused: "Em pausa: ele não vê nada e não pode fazer nada",
    hidden: "Mouse e teclado parados: esta barra estava coberta",
    elevated: "Janela de administrador à frente: ele só pode olhar",
    connecting: "está sendo conectado",
    away: "caiu; esperando a volta dele",
    just_now: "agora mesmo",
    minutes: "min",
    may: "Ele _pode",
    pause: "Pa_usar",
    resume: "C_ontinuar",
    chat: "_Conversa",
    chat_new: "_Conversa: há novas",
    call: "Cha_mar",
    called: "Chamado",
    seen: "Visto",
    end: "_Encerrar",
    end_keys: "Ctrl+Alt+End",
    group: |group| match group {
        Group::Look => "tela",
        Group::Hands => "mouse e teclado",
        Group::Clipboard => "área de transferência",
        Group::Files => "arquivos",
        Group::Interrupt => "bloqueio e reinício",
        Group::Keep => "gravação",
    },
    capability: |capability| match capability {
        Capability::View => "Ver a sua tela",
        Capability::Control => "Usar o seu mouse e o seu teclado",
        Capability::Point => "Apontar e desenhar na sua tela",
        Capability::ClipboardIn => "Colocar algo na sua área de transferência",
        Capability::ClipboardOut => "Ler a sua área de transferência",
        Capability::FilesIn => "Colocar arquivos no seu computador",
        Capability::FilesOut => "Pegar arquivos do seu computador",
        Capability::Lock => "Bloquear o seu computador",
        Capability::SignOut => "Sair da sua conta no computador",
        Capability::Restart => "Reiniciar o seu computador",
        Capability::TaskManager => "Ver e encerrar os seus programas",
        Capability::SystemInfo => "Ver que computador é este",
        Capability::Terminal => "Digitar comandos",
        Capability::Audio => "Ouvir o seu computador",
        Capability::Record => "Gravar a sessão",
    },
};
