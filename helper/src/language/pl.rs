//! Polish.

use deskhand_protocol::capability::{Capability, Group};

use super::{BarWords, DialogWords};

pub(super) const DIALOG: DialogWords = DialogWords {
    title: "Którego folderu może używać?",
    choose: "_Wybierz ten folder",
    cancel: "_Anuluj",
    running: "Deskhand Helper już działa na tym komputerze. Najpierw go zakończ, a potem uruchom ponownie.",
};

pub(super) const BAR: BarWords = BarWords {
    says: "podaje się za:",
    through: "przez",
    browser: "w przeglądarce, przez",
    nothing: "na razie nic",
    paused: "Wstrzymano: nic nie widzi i nic nie może zrobić",
    hidden: "Mysz i klawiatura wstrzymane: pasek był zasłonięty",
    elevated: "Na wierzchu okno administratora: może tylko patrzeć",
    connecting: "trwa łączenie",
    away: "połączenie przerwane; oczekiwanie na powrót",
    just_now: "przed chwilą",
    minutes: "min",
    may: "_Co może",
    pause: "_Wstrzymaj",
    resume: "Wz_nów",
    chat: "Cza_t",
    chat_new: "Cza_t: nowa wiadomość",
    call: "_Przywołaj",
    called: "Przywołano",
    seen: "Widział",
    end: "_Zakończ",
    end_keys: "Ctrl+Alt+End",
    group: |group| match group {
        Group::Look => "ekran",
        Group::Hands => "mysz i klawiatura",
        Group::Clipboard => "schowek",
        Group::Files => "pliki",
        Group::Interrupt => "blokada i restart",
        Group::Keep => "nagrywanie",
    },
    capability: |capability| match capability {
        Capability::View => "Widzieć ten ekran",
        Capability::Control => "Używać myszy i klawiatury",
        Capability::Point => "Wskazywać i rysować na tym ekranie",
        Capability::ClipboardIn => "Włożyć coś do schowka",
        Capability::ClipboardOut => "Czytać schowek",
        Capability::FilesIn => "Umieszczać pliki na tym komputerze",
        Capability::FilesOut => "Pobierać pliki z tego komputera",
        Capability::Lock => "Zablokować ten komputer",
        Capability::SignOut => "Wylogować z tego komputera",
        Capability::Restart => "Uruchomić ten komputer ponownie",
        Capability::TaskManager => "Widzieć i kończyć programy",
        Capability::SystemInfo => "Zobaczyć, jaki to komputer",
        Capability::Terminal => "Wpisywać polecenia",
        Capability::Audio => "Słyszeć ten komputer",
        Capability::Record => "Nagrywać sesję",
    },
};
