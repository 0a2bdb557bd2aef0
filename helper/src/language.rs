//! What the program itself says to the customer, outside the page: the bar and the folder dialog. In the language that
//! the page speaks, once it speaks one, and in the system's until then.

use deskhand_protocol::capability::{Capability, Group};
use serde::Deserialize;

mod ar;
mod de;
mod en;
mod es;
mod fr;
mod pl;
mod pt;
mod tr;

/// A language that the program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Language {
    /// English, also for everyone whose language is missing.
    #[serde(rename = "en")]
    English,
    /// German.
    #[serde(rename = "de")]
    German,
    /// French.
    #[serde(rename = "fr")]
    French,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
    /// Portuguese.
    #[serde(rename = "pt")]
    Portuguese,
    /// Polish.
    #[serde(rename = "pl")]
    Polish,
    /// Turkish.
    #[serde(rename = "tr")]
    Turkish,
    /// Arabic, from right to left.
    #[serde(rename = "ar")]
    Arabic,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Portuguese,
        Self::Polish,
        Self::Turkish,
        Self::Arabic,
    ];

    /// The language in which the system speaks to this user.
    #[cfg(windows)]
    #[must_use]
    pub fn of_the_system() -> Self {
        Self::of_locale(&crate::win32::locale())
    }

    /// The same.
    #[cfg(target_os = "macos")]
    #[must_use]
    pub fn of_the_system() -> Self {
        Self::of_locale(&crate::mac::locale())
    }

    /// The language of the environment, as the C library picks it.
    #[cfg(not(any(target_os = "macos", windows)))]
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
            Some("fr") => Self::French,
            Some("es") => Self::Spanish,
            Some("pt") => Self::Portuguese,
            Some("pl") => Self::Polish,
            Some("tr") => Self::Turkish,
            Some("ar") => Self::Arabic,
            _ => Self::English,
        }
    }

    /// What its speakers call it, so that who understands no other finds it.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Spanish => "Español",
            Self::Portuguese => "Português",
            Self::Polish => "Polski",
            Self::Turkish => "Türkçe",
            Self::Arabic => "العربية",
        }
    }

    /// Whether it is written from right to left.
    #[must_use]
    pub const fn is_right_to_left(self) -> bool {
        matches!(self, Self::Arabic)
    }

    /// What the bar says.
    #[must_use]
    pub const fn bar(self) -> &'static BarWords {
        match self {
            Self::English => &en::BAR,
            Self::German => &de::BAR,
            Self::French => &fr::BAR,
            Self::Spanish => &es::BAR,
            Self::Portuguese => &pt::BAR,
            Self::Polish => &pl::BAR,
            Self::Turkish => &tr::BAR,
            Self::Arabic => &ar::BAR,
        }
    }

    /// What the dialog says in which a folder is picked.
    #[must_use]
    pub const fn dialog(self) -> &'static DialogWords {
        match self {
            Self::English => &en::DIALOG,
            Self::German => &de::DIALOG,
            Self::French => &fr::DIALOG,
            Self::Spanish => &es::DIALOG,
            Self::Portuguese => &pt::DIALOG,
            Self::Polish => &pl::DIALOG,
            Self::Turkish => &tr::DIALOG,
            Self::Arabic => &ar::DIALOG,
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
    /// Not of that dialog: said at a second start, when the first one cannot come to the front.
    pub running: &'static str,
}

/// The bar's sentences.
#[derive(Debug)]
pub struct BarWords {
    /// Before a name that nobody has checked.
    pub says: &'static str,
    /// Before the relay's address.
    pub through: &'static str,
    /// Before the relay's name, when he sits at a browser.
    pub browser: &'static str,
    /// Nothing may be used now: all is held back.
    pub nothing: &'static str,
    /// The customer has paused.
    pub paused: &'static str,
    /// The bar could not be seen, and mouse and keyboard have stopped.
    pub hidden: &'static str,
    /// The window in front takes no mouse and keyboard from him.
    pub elevated: &'static str,
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
    /// Asks the technician to look here.
    pub call: &'static str,
    /// He was asked to.
    pub called: &'static str,
    /// He has seen that.
    pub seen: &'static str,
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use deskhand_protocol::capability::WORKING;

    use super::*;

    /// How much of a line of the bar is shown, in characters.
    const LINE: usize = 72;
    /// What the buttons may have together, so that the bar fits on a screen of 1280 pixels beside a full line.
    const BUTTONS: usize = 56;

    fn length(text: &str) -> usize {
        text.chars().filter(|letter| *letter != '_').count()
    }

    #[test]
    fn the_language_of_the_system_is_spoken_and_english_elsewhere() {
        for german in ["de", "de_DE.UTF-8", "de_AT@euro"] {
            assert_eq!(Language::of_locale(german), Language::German);
        }
        for (locale, language) in [
            ("fr_CH", Language::French),
            ("es_MX.UTF-8", Language::Spanish),
            ("pt-BR", Language::Portuguese),
            ("pl_PL", Language::Polish),
            ("tr_TR.UTF-8", Language::Turkish),
            ("ar_EG", Language::Arabic),
        ] {
            assert_eq!(Language::of_locale(locale), language);
        }
        for other in ["", "C", "en_GB.UTF-8", "den", "nl_NL"] {
            assert_eq!(Language::of_locale(other), Language::English);
        }
    }

    #[test]
    fn what_stands_on_the_bar_fits_on_it() {
        for language in Language::ALL {
            let words = language.bar();
            let time = length(words.just_now).max(length(words.minutes) + 4);
            for line in [words.nothing, words.paused, words.hidden, words.elevated, words.connecting, words.away] {
                assert!(length(line) + 3 + time <= LINE, "{language:?}: {line}");
            }
            let pause = length(words.pause).max(length(words.resume));
            let call = length(words.call).max(length(words.called)).max(length(words.seen));
            let buttons = length(words.may) + pause + length(words.chat_new) + call + length(words.end);
            assert!(buttons <= BUTTONS, "{language:?}: {buttons}");
        }
    }

    #[test]
    fn the_letters_of_the_buttons_are_different_ones() {
        for language in Language::ALL {
            let words = language.bar();
            for pause in [words.pause, words.resume] {
                let letters: Vec<String> = [words.may, pause, words.chat, words.call, words.end]
                    .iter()
                    .filter_map(|text| text.split_once('_')?.1.chars().next())
                    .map(|letter| letter.to_lowercase().to_string())
                    .collect();
                let different: BTreeSet<&String> = letters.iter().collect();
                assert_eq!(different.len(), letters.len(), "{language:?}: {letters:?}");
            }
        }
    }

    #[test]
    fn every_language_names_what_he_may_in_its_own_words() {
        for language in Language::ALL {
            let words = language.bar();
            let said: BTreeSet<&str> = WORKING.iter().map(|one| words.capability(*one)).collect();
            assert_eq!(said.len(), WORKING.len(), "{language:?}");
            if language != Language::English {
                assert!(WORKING.iter().all(|one| words.capability(*one) != en::BAR.capability(*one)), "{language:?}");
                assert_ne!(language.dialog().title, en::DIALOG.title);
            }
        }
    }
}
