//! Accounts: how a technician signs in with a password, to have the console in a browser. All of it by HTTPS, from the
//! relay's own page only.
//!
//! A signed-in browser holds an opaque token in a cookie that its script cannot read, and a key that its script cannot
//! take out. The key is proven at the sign-in, under a label of its own
//! ([`Prover::Browser`](super::Prover::Browser)): with it nobody becomes a desktop console, which has a bearer token.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::http::Prove;
use crate::{
    UnixMillis,
    id::{RecordId, TechnicianId},
    key::{Digest, PublicKey},
    limit::{LOGIN_CHARS, PASSWORD_CHARS, PASSWORD_CHARS_LEAST},
    record::TechnicianRecord,
    text::{Name, Text},
};

/// The header that every request of the page has. No page of another origin can send it: a browser asks the relay first,
/// which never says yes.
pub const HEADER: &str = "x-deskhand-console";
/// The cookie of a signed-in browser. By its prefix browsers take it from HTTPS only, for this host alone.
pub const COOKIE: &str = "__Host-deskhand";
/// Digits of a code that changes with the time.
pub const TOTP_DIGITS: u32 = 6;

/// The name with which somebody signs in, such as a mail address: in small letters, without blanks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Login(Text<LOGIN_CHARS>);

/// The text is no name to sign in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name to sign in with has 3 to 120 characters and no blanks")]
pub struct NotALogin;

impl Login {
    /// Reads one as a person may type it.
    ///
    /// # Errors
    ///
    /// [`NotALogin`].
    pub fn new(typed: &str) -> Result<Self, NotALogin> {
        let text = Text::new(typed.trim().to_lowercase()).map_err(|_| NotALogin)?;
        let is_one = text.as_str().chars().count() >= 3 && !text.as_str().contains(char::is_whitespace);
        if is_one { Ok(Self(text)) } else { Err(NotALogin) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// Names of people do not belong in a log.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(…)")
    }
}

impl<'de> Deserialize<'de> for Login {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// What somebody types to show that it is he. Never printed, never stored as it is, and wiped when it is let go.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Typed(String);

impl Typed {
    /// Takes a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is good enough to become the password of this account: long, and not what anybody would try first.
    #[must_use]
    pub fn is_good_for(&self, login: &Login) -> bool {
        let count = self.0.chars().count();
        let mut chars = self.0.chars();
        let varied = chars.next().is_some_and(|first| chars.any(|c| c != first));
        let small = self.0.to_lowercase();
        (PASSWORD_CHARS_LEAST..=PASSWORD_CHARS).contains(&count) && varied && !small.contains(login.as_str())
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(…)")
    }
}

/// Makes an account, and signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAccount {
    /// The set-up token, which makes the owner; an invitation, which makes a technician; or a browser code, which gives a
    /// technician who is there an account, or another password for the one that he has.
    pub token: Typed,
    /// The name to sign in with.
    pub login: Login,
    /// The password.
    pub password: Typed,
    /// The technician's name; only read where one is made.
    #[serde(default)]
    pub name: Name,
    /// His company, likewise.
    #[serde(default)]
    pub company: Name,
    /// Of this browser's key.
    pub proof: Prove,
}

/// Signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// The name, as typed.
    pub login: Typed,
    /// The password.
    pub password: Typed,
    /// A code of the second factor, or a recovery code, where the account has one.
    #[serde(default)]
    pub code: Option<Typed>,
    /// Of this browser's key.
    pub proof: Prove,
}

/// Who is signed in here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Account {
    /// The technician. His key is that of his desktop console, if he has one; see `key`.
    pub technician: TechnicianRecord,
    /// Whether the relay is his.
    pub owner: bool,
    /// The name to sign in with.
    #[ts(type = "string")]
    pub login: Login,
    /// Whether a code is asked for at the sign-in.
    pub totp: bool,
    /// Recovery codes that are left.
    pub recovery_left: u32,
    /// This browser's session.
    pub session: RecordId,
    /// This browser's key.
    pub key: PublicKey,
    /// When the session ends, whatever is done.
    pub ends_at: UnixMillis,
    /// After how long it ends when nothing is done, in milliseconds.
    #[ts(type = "number")]
    pub idle_ms: u64,
    /// Certificates of this relay that no authority vouches for, for the handshake's introduction.
    pub relay_pins: Vec<Digest>,
}

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct BrowserSession {
    /// Its name.
    pub id: RecordId,
    /// Whether it is the one that asks.
    pub here: bool,
    /// Whether its console is open.
    pub connected: bool,
    /// Since when.
    pub created_at: UnixMillis,
    /// When it was used, to the minute.
    pub used_at: UnixMillis,
    /// When it ends.
    pub ends_at: UnixMillis,
    /// From which address it signed in.
    pub from: String,
    /// What the browser says of itself.
    #[ts(type = "string")]
    pub browser: Name,
    /// Its key.
    pub key: PublicKey,
}

/// The browsers of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct BrowserSessions {
    /// The newest first.
    pub sessions: Vec<BrowserSession>,
}

/// Another password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPassword {
    /// The one that is.
    pub password: Typed,
    /// The one that is to be.
    pub new: Typed,
    /// A code, where the account asks for one.
    #[serde(default)]
    pub code: Option<Typed>,
}

/// Shows once more that it is he.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// The password.
    pub password: Typed,
    /// A code, where the account asks for one.
    #[serde(default)]
    pub code: Option<Typed>,
}

/// What an app makes codes from. Not asked for before it was confirmed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct TotpOffer {
    /// In base 32, to be typed.
    pub secret: String,
    /// The same for a QR code.
    pub uri: String,
}

/// It is a secret.
impl fmt::Debug for TotpOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpOffer(…)")
    }
}

/// A code of the app that was just set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotpConfirm {
    /// As shown by the app.
    pub code: Typed,
}

/// What helps when the app is lost: each is good once. Shown this one time.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct RecoveryCodes {
    /// The codes.
    pub codes: Vec<String>,
}

/// They are secrets.
impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecoveryCodes").field("count", &self.codes.len()).finish_non_exhaustive()
    }
}

/// The account of a technician, for the owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct AccountRecord {
    /// Whose.
    pub technician: TechnicianId,
    /// The name to sign in with.
    #[ts(type = "string")]
    pub login: Login,
    /// Whether a code is asked for at the sign-in.
    pub totp: bool,
    /// Until when nobody is let in after wrong tries.
    pub locked_until: Option<UnixMillis>,
    /// Where he is signed in.
    pub sessions: Vec<BrowserSession>,
}

/// All accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Accounts {
    /// By name.
    pub accounts: Vec<AccountRecord>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_to_sign_in_with_is_one_word_whoever_types_it() {
        assert_eq!(Login::new(" Ada@Example.ORG ").unwrap().as_str(), "ada@example.org");
        for wrong in ["", "ab", "ada weber", "a\u{202e}bc", "ada\nweber", &"a".repeat(LOGIN_CHARS + 1)] {
            assert_eq!(Login::new(wrong), Err(NotALogin), "{wrong:?}");
        }
    }

    #[test]
    fn a_password_is_long_and_not_the_name() {
        let login = Login::new("ada@example.org").unwrap();
        let good = |text: &str| Typed::new(text).is_good_for(&login);
        assert!(good("a horse in the rain") && good("пароль подлиннее") && good("correct horse"));
        for bad in ["", "short", "elevenchars", "aaaaaaaaaaaaaaaaaaaa", "my Ada@Example.org!", &"ab".repeat(129)] {
            assert!(!good(bad), "{bad:?}");
        }
    }

    #[test]
    fn no_password_is_printed() {
        let again = Again { password: Typed::new("SECRET"), code: Some(Typed::new("SECRET")) };
        let offer = TotpOffer { secret: "SECRET".into(), uri: "SECRET".into() };
        let codes = RecoveryCodes { codes: vec!["SECRET".into()] };
        let login = Login::new("secret").unwrap();
        let printed = format!("{again:?}{offer:?}{codes:?}{login:?}").to_lowercase();
        assert!(!printed.contains("\"secret\""), "{printed}");
    }
}
