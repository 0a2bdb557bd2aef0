//! What the program itself says to the customer, outside the page: the bar, in the system's language.

use deskhand_protocol::capability::{Capability, Group};

/// A language that the bar speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English, also for everyone whose language is missing.
    English,
    /// German.
    German,
}

impl Language {
    /// The language of the environment, as the C library picks it.
    #[must_use]
    pub fn of_the_system() -> Self {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self::of_locale(&["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set).unwrap_or_default())
    }

    /// The language of a locale like `de_AT.UTF-8`.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        match locale.split(['_', '-', '.', '@']).next() {
            Some("de") => Self::German,
            _ => Self::English,
        }
    }

    /// What the bar says.
    #[must_use]
    pub const fn bar(self) -> &'static BarWords {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }

    /// What the dialog says in which a folder is picked.
    #[must_use]
    pub const fn dialog(self) -> &'static DialogWords {
        match self {
            Self::English => {
                &DialogWords { title: "Which folder may he use?", choose: "_Use this folder", cancel: "_Cancel" }
            }
            Self::German => &DialogWords {
                title: "Welchen Ordner darf er benutzen?",
                choose: "Diesen Ordner _nehmen",
                cancel: "_Abbrechen",
            },
        }
    }
}

/// The sentences of the dialog in which a folder is picked.
#[derive(Debug)]
pub struct DialogWords {
    /// Its title.
    pub title: &'static str,
    /// Takes the folder.
    pub choose: &'static str,
    /// Takes none.
    pub cancel: &'static str,
}

/// The bar's sentences.
#[derive(Debug)]
pub struct BarWords {
    /// Before a name that nobody has checked.
    pub says: &'static str,
    /// Before the relay's address.
    pub through: &'static str,
    /// Nothing may be used now: all is held back.
    pub nothing: &'static str,
    /// The customer has paused.
    pub paused: &'static str,
    /// The bar could not be seen, and mouse and keyboard have stopped.
    pub hidden: &'static str,
    /// Allowed, not connected.
    pub connecting: &'static str,
    /// Lost and waited for.
    pub away: &'static str,
    /// Since less than a minute.
    pub just_now: &'static str,
    /// Behind a number of minutes.
    pub minutes: &'static str,
    /// Opens the list of what he may.
    pub may: &'static str,
    /// Stops everything for now; the letter behind `_` is its key, here and below.
    pub pause: &'static str,
    /// Goes on.
    pub resume: &'static str,
    /// Opens the window with the chat.
    pub chat: &'static str,
    /// The same, with something unread.
    pub chat_new: &'static str,
    /// Ends the session.
    pub end: &'static str,
    /// The keys that end it from anywhere.
    pub end_keys: &'static str,
    group: fn(Group) -> &'static str,
    capability: fn(Capability) -> &'static str,
}

impl BarWords {
    /// A group of capabilities in two or three words.
    #[must_use]
    pub fn group(&self, group: Group) -> &'static str {
        (self.group)(group)
    }

    /// One capability in the menu.
    #[must_use]
    pub fn capability(&self, capability: Capability) -> &'static str {
        (self.capability)(capability)
    }
}

const ENGLISH: BarWords = BarWords {
    says: "says he is",
    through: "through",
    nothing: "nothing for now",
    paused: "Paused: he sees nothing and can do nothing",
    hidden: "Mouse and keyboard stopped: this bar was covered",
    connecting: "is being connected",
    away: "lost; waiting for him to come back",
    just_now: "just now",
    minutes: "min",
    may: "He _may",
    pause: "_Pause",
    resume: "_Go on",
    chat: "_Chat",
    chat_new: "_Chat: new message",
    end: "_End session",
    end_keys: "Ctrl+Alt+End",
    group: |group| match group {
        Group::Look => "screen",
        Group::Hands => "mouse and keyboard",
        Group::Clipboard => "clipboard",
        Group::Files => "files",
        Group::Interrupt => "lock and restart",
        Group::Keep => "recording",
    },
    capability: |capability| match capability {
        Capability::View => "See your screen",
        Capability::Control => "Use your mouse and keyboard",
        Capability::Point => "Point and draw on your screen",
        Capability::ClipboardIn => "Put something into your clipboard",
        Capability::ClipboardOut => "Read your clipboard",
        Capability::FilesIn => "Put files on your computer",
        Capability::FilesOut => "Take files from your computer",
        Capability::Lock => "Lock your computer",
        Capability::SignOut => "Sign you out",
        Capability::Restart => "Restart your computer",
        Capability::TaskManager => "See and end your programs",
        Capability::SystemInfo => "See what computer this is",
        Capability::Terminal => "Type commands",
        Capability::Audio => "Hear your computer",
        Capability::Record => "Record the session",
    },
};

const GERMAN: BarWords = BarWords {
    says: "sagt, er ist",
    through: "über",
    nothing: "im Moment nichts",
    paused: "Pause: Er sieht nichts und kann nichts tun",
    hidden: "Maus und Tastatur angehalten: Diese Leiste war verdeckt",
    connecting: "wird verbunden",
    away: "verloren; es wird auf ihn gewartet",
    just_now: "gerade eben",
    minutes: "Min.",
    may: "Er _darf",
    pause: "_Pause",
    resume: "_Weiter",
    chat: "_Chat",
    chat_new: "_Chat: neue Nachricht",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn german_is_spoken_where_the_system_is_german() {
        for german in ["de", "de_DE.UTF-8", "de_AT@euro"] {
            assert_eq!(Language::of_locale(german), Language::German);
        }
        for other in ["", "C", "en_GB.UTF-8", "den", "fr_CH"] {
            assert_eq!(Language::of_locale(other), Language::English);
        }
    }
}
