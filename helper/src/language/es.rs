//! Spanish.

use deskhand_protocol::capability::{Capability, Group};

use super::{BarWords, DialogWords};

pub(super) const DIALOG: DialogWords = DialogWords {
    title: "¿Qué carpeta puede usar?",
    choose: "_Usar esta carpeta",
    cancel: "_Cancelar",
    running: "Deskhand Helper ya está en marcha en este equipo. Ciérrelo primero y vuelva a iniciarlo.",
};

pub(super) const BAR: BarWords = BarWords {
    says: "dice ser",
    through: "a través de",
    browser: "en un navegador, por medio de",
    nothing: "nada por ahora",
    paused: "En pausa: él no ve nada y no puede hacer nada",
    hidden: "Ratón y teclado detenidos: esta barra estaba tapada",
    elevated: "Ventana de administrador delante: solo puede mirar",
    connecting: "se está conectando",
    away: "perdido; esperando a que vuelva",
    just_now: "ahora mismo",
    minutes: "min",
    may: "Él _puede",
    pause: "Pa_usar",
    resume: "_Continuar",
    chat: "_Mensajes",
    chat_new: "_Mensajes: hay nuevos",
    call: "_Llamar",
    called: "Llamado",
    seen: "Visto",
    end: "_Terminar",
    end_keys: "Ctrl+Alt+Fin",
    group: |group| match group {
        Group::Look => "pantalla",
        Group::Hands => "ratón y teclado",
        Group::Clipboard => "portapapeles",
        Group::Files => "archivos",
        Group::Interrupt => "bloqueo y reinicio",
        Group::Keep => "grabación",
    },
    capability: |capability| match capability {
        Capability::View => "Ver su pantalla",
        Capability::Control => "Usar su ratón y su teclado",
        Capability::Point => "Señalar y dibujar en su pantalla",
        Capability::ClipboardIn => "Poner algo en su portapapeles",
        Capability::ClipboardOut => "Leer su portapapeles",
        Capability::FilesIn => "Poner archivos en su equipo",
        Capability::FilesOut => "Llevarse archivos de su equipo",
        Capability::Lock => "Bloquear su equipo",
        Capability::SignOut => "Cerrar su sesión en el equipo",
        Capability::Restart => "Reiniciar su equipo",
        Capability::TaskManager => "Ver y cerrar sus programas",
        Capability::SystemInfo => "Ver qué equipo es este",
        Capability::Terminal => "Escribir comandos",
        Capability::Audio => "Oír su equipo",
        Capability::Record => "Grabar la sesión",
    },
};
