//! German.

use deskhand_protocol::capability::{Capability, Group};

use super::{BarWords, DialogWords};

pub(super) const DIALOG: DialogWords = DialogWords {
    title: "Welchen Ordner darf er benutzen?",
    choose: "Diesen Ordner _nehmen",
    cancel: "_Abbrechen",
    running: "Deskhand Helper läuft auf diesem Computer bereits. Beenden Sie ihn zuerst und starten Sie ihn dann neu.",
};

pub(super) const BAR: BarWords = BarWords {
    says: "sagt, er ist",
    through: "über",
    browser: "in einem Browser, über",
    nothing: "im Moment nichts",
    paused: "Pause: Er sieht nichts und kann nichts tun",
    hidden: "Maus und Tastatur angehalten: Diese Leiste war verdeckt",
    elevated: "Fenster eines Administrators vorn: Er kann nur zusehen",
    connecting: "wird verbunden",
    away: "verloren; es wird auf ihn gewartet",
    just_now: "gerade eben",
    minutes: "Min.",
    may: "Er _darf",
    pause: "_Pause",
    resume: "_Weiter",
    chat: "_Chat",
    chat_new: "_Chat: neue Nachricht",
    call: "_Rufen",
    called: "Gerufen",
    seen: "Gesehen",
    end: "Sitzung b_eenden",
    end_keys: "Strg+Alt+Ende",
    group: |group| match group {
        Group::Look => "Bildschirm",
        Group::Hands => "Maus und Tastatur",
        Group::Clipboard => "Zwischenablage",
        Group::Files => "Dateien",
        Group::Interrupt => "Sperren und Neustart",
        Group::Keep => "Aufzeichnung",
    },
    capability: |capability| match capability {
        Capability::View => "Ihren Bildschirm sehen",
        Capability::Control => "Maus und Tastatur benutzen",
        Capability::Point => "Auf Ihrem Bildschirm zeigen und zeichnen",
        Capability::ClipboardIn => "Etwas in Ihre Zwischenablage legen",
        Capability::ClipboardOut => "Ihre Zwischenablage lesen",
        Capability::FilesIn => "Dateien auf Ihren Computer legen",
        Capability::FilesOut => "Dateien von Ihrem Computer holen",
        Capability::Lock => "Ihren Computer sperren",
        Capability::SignOut => "Sie abmelden",
        Capability::Restart => "Ihren Computer neu starten",
        Capability::TaskManager => "Ihre Programme sehen und beenden",
        Capability::SystemInfo => "Sehen, was für ein Computer das ist",
        Capability::Terminal => "Befehle eingeben",
        Capability::Audio => "Ihren Computer hören",
        Capability::Record => "Die Sitzung aufzeichnen",
    },
};
