//! What the program itself says to the customer, outside the page: the bar, in the system's language.

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
    /// He sees the screen.
    pub sees: &'static str,
    /// He sees it and steers.
    pub steers: &'static str,
    /// Allowed, not connected.
    pub connecting: &'static str,
    /// Lost and waited for.
    pub away: &'static str,
    /// Since less than a minute.
    pub just_now: &'static str,
    /// Behind a number of minutes.
    pub minutes: &'static str,
    /// Opens the window with the chat.
    pub chat: &'static str,
    /// The same, with something unread.
    pub chat_new: &'static str,
    /// Ends the session; the letter behind `_` is its key.
    pub end: &'static str,
}

const ENGLISH: BarWords = BarWords {
    sees: "sees your screen",
    steers: "sees your screen and uses mouse and keyboard",
    connecting: "is being connected",
    away: "lost; waiting for him to come back",
    just_now: "just now",
    minutes: "min",
    chat: "_Chat",
    chat_new: "_Chat: new message",
    end: "_End session",
};

const GERMAN: BarWords = BarWords {
    sees: "sieht Ihren Bildschirm",
    steers: "sieht Ihren Bildschirm und benutzt Maus und Tastatur",
    connecting: "wird verbunden",
    away: "verloren; es wird auf ihn gewartet",
    just_now: "gerade eben",
    minutes: "Min.",
    chat: "_Chat",
    chat_new: "_Chat: neue Nachricht",
    end: "Sitzung b_eenden",
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
