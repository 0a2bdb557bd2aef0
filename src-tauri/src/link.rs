//! What a `deskhand://` link asks for. Anybody can make such a link and put it on any page: it fills in a form, which the
//! technician reads and sends off himself, or leaves.
//!
//! ```text
//! deskhand://session?customer=Mr%20Weber&machine=till%203   the form for a new session
//! deskhand://join?relay=help.example.org&token=…            the form that joins a relay
//! deskhand://find?text=weber                                the field that finds records
//! ```
//!
//! A link that is not exactly of this form is refused as a whole.

use deskhand_protocol::{code::RelayAddress, relay::setup::SetupToken};
use serde::Serialize;

/// Longest link, in bytes.
pub const LONGEST: usize = 2048;
/// Longest name or text to be found, in characters.
const TEXT: usize = 100;

/// A form to be filled in. Hostile text that was found to be harmless as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum Link {
    /// For a new session.
    Session {
        /// Whom it is for; may be empty.
        customer: String,
        /// Which computer; may be empty.
        machine: String,
    },
    /// For a relay to be joined.
    Join {
        /// Its address.
        relay: String,
        /// The token that it takes; may be empty.
        token: String,
    },
    /// For records to be found.
    Find {
        /// By this.
        text: String,
    },
}

/// A link that is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is no link that this program understands")]
pub struct NotALink;

impl Link {
    /// Reads a link.
    ///
    /// # Errors
    ///
    /// [`NotALink`].
    pub fn read(text: &str) -> Result<Self, NotALink> {
        if text.len() > LONGEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(NotALink);
        }
        let (scheme, rest) = text.split_once("://").ok_or(NotALink)?;
        if !scheme.eq_ignore_ascii_case("deskhand") {
            return Err(NotALink);
        }
        let (verb, query) = rest.split_once('?').unwrap_or((rest, ""));
        // Some programs put a stroke behind what they take for the name of a computer.
        let verb = verb.strip_suffix('/').unwrap_or(verb);
        match verb.to_ascii_lowercase().as_str() {
            "session" => {
                let [customer, machine] = fields(query, ["customer", "machine"])?;
                Ok(Self::Session { customer, machine })
            }
            "join" => {
                let [relay, token] = fields(query, ["relay", "token"])?;
                relay.parse::<RelayAddress>().map_err(|_| NotALink)?;
                if !token.is_empty() {
                    token.parse::<SetupToken>().map_err(|_| NotALink)?;
                }
                Ok(Self::Join { relay, token })
            }
            "find" => {
                let [text] = fields(query, ["text"])?;
                if text.is_empty() { Err(NotALink) } else { Ok(Self::Find { text }) }
            }
            _ => Err(NotALink),
        }
    }
}

/// The values of these fields; one that is not there is empty. A field twice, or one of another name, is an error.
fn fields<const N: usize>(query: &str, names: [&str; N]) -> Result<[String; N], NotALink> {
    let mut values: [Option<String>; N] = [const { None }; N];
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(NotALink)?;
        let at = names.iter().position(|known| *known == name).ok_or(NotALink)?;
        let slot = values.get_mut(at).ok_or(NotALink)?;
        if slot.replace(plain(value)?).is_some() {
            return Err(NotALink);
        }
    }
    Ok(values.map(Option::unwrap_or_default))
}

/// The text that a value writes: one line, of characters that are seen and do not turn others around.
fn plain(value: &str) -> Result<String, NotALink> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16)).ok_or(NotALink);
                u8::try_from(digit()? * 16 + digit()?).map_err(|_| NotALink)?
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    let text = String::from_utf8(bytes).map_err(|_| NotALink)?;
    let text = text.trim();
    let hidden = |c: char| {
        matches!(c, '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    if text.chars().count() > TEXT || text.chars().any(|c| c.is_control() || hidden(c)) {
        return Err(NotALink);
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_link_fills_in_a_form() {
        let session = |customer: &str, machine: &str| {
            Ok(Link::Session { customer: customer.to_owned(), machine: machine.to_owned() })
        };
        assert_eq!(Link::read("deskhand://session?customer=Mr%20Weber&machine=till+3"), session("Mr Weber", "till 3"));
        assert_eq!(Link::read("DESKHAND://Session/?customer=M%C3%BCller"), session("Müller", ""));
        assert_eq!(Link::read("deskhand://session"), session("", ""));
        let join = Link::Join { relay: "help.example.org".to_owned(), token: String::new() };
        assert_eq!(Link::read("deskhand://join?relay=help.example.org"), Ok(join));
        assert_eq!(Link::read("deskhand://find?text=weber"), Ok(Link::Find { text: "weber".to_owned() }));
    }

    #[test]
    fn a_hostile_link_is_refused_as_a_whole() {
        let huge = format!("deskhand://session?customer={}", "a".repeat(LONGEST));
        let long = format!("deskhand://session?customer={}", "a".repeat(TEXT + 1));
        for bad in [
            "",
            "deskhand:",
            "deskhand://",
            "https://session?customer=a",
            "deskhand://connect?session=0190b0b0-0000-7000-8000-000000000000",
            "deskhand://accept",
            "deskhand://import?file=/etc/passwd",
            "deskhand://session/../join?relay=a",
            "deskhand://session?customer=a&customer=b",
            "deskhand://session?customer=a&connect=1",
            "deskhand://session?customer",
            "deskhand://session?customer=%",
            "deskhand://session?customer=%0",
            "deskhand://session?customer=%zz",
            "deskhand://session?customer=%ff",
            "deskhand://session?customer=a%00",
            "deskhand://session?customer=a%0Ab",
            "deskhand://session?customer=%1b%5b2J",
            "deskhand://session?customer=a%E2%80%AEb",
            "deskhand://session?customer=a b",
            "deskhand://session?customer=ä",
            "deskhand://session?customer=a\nquit",
            "deskhand://join",
            "deskhand://join?relay=",
            "deskhand://join?relay=http%3A%2F%2Fevil%2F%3Fx",
            "deskhand://join?relay=help.example.org&token=%3Cscript%3E",
            "deskhand://find?text=",
            huge.as_str(),
            long.as_str(),
        ] {
            assert_eq!(Link::read(bad), Err(NotALink), "{bad:.80}");
        }
    }

    proptest! {
        #[test]
        fn no_link_brings_a_character_that_is_not_seen(text in "deskhand://(session|find|join)\\?(customer|text|relay|machine)=(%[0-9a-fE]{2}|[a-z+&=]){0,40}") {
            if let Ok(Link::Session { customer: a, machine: b } | Link::Join { relay: a, token: b }) = Link::read(&text) {
                prop_assert!(!a.chars().chain(b.chars()).any(char::is_control));
            }
        }

        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,60}|deskhand://\\PC{0,60}") {
            let _ = Link::read(&text);
        }
    }
}
