//! The second factor: codes that an app makes from a secret and the time (RFC 6238: SHA-1, six digits, half a minute, as
//! every app has it), and codes on paper for when the app is lost. A code is taken once.

use data_encoding::BASE32_NOPAD;
use deskhand_protocol::{
    UnixMillis,
    relay::account::{Login, RecoveryCodes, TOTP_DIGITS, TotpOffer},
    text::Name,
};
use hmac::{Hmac, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::{
    clock::{self, NoRandomness},
    store::accounts::TotpSecret,
};

/// How long a code is shown, in milliseconds.
const STEP: i64 = 30_000;
/// Clocks may be wrong by this many steps.
const STEPS: i64 = 1;
/// Codes on paper.
const PAPERS: usize = 10;
/// Crockford's base 32, without letters that look like digits.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The code of a step.
fn code(secret: &TotpSecret, step: i64) -> u32 {
    // Any length of a key is good for HMAC.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return u32::MAX };
    mac.update(&step.to_be_bytes());
    let mac: [u8; 20] = mac.finalize().into_bytes().into();
    // Dynamic truncation, RFC 4226 section 5.3: the last four bits say where the four bytes stand.
    let at = usize::from(mac[19] & 0x0f);
    let four: [u8; 4] = mac.get(at..at + 4).and_then(|four| four.try_into().ok()).unwrap_or_default();
    (u32::from_be_bytes(four) & 0x7fff_ffff) % 10_u32.pow(TOTP_DIGITS)
}

/// The step whose code was typed, if it is one of now and newer than the one that was used last.
pub(crate) fn step_of(secret: &TotpSecret, typed: &str, now: UnixMillis, used: i64) -> Option<i64> {
    let typed: String = typed.chars().filter(|c| *c != ' ').collect();
    if typed.len() != TOTP_DIGITS as usize || !typed.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let typed: u32 = typed.parse().ok()?;
    let current = now.0.div_euclid(STEP);
    // All are looked at, so that it takes the same time whichever it is.
    let fitting = (current - STEPS..=current + STEPS).filter(|step| code(secret, *step) == typed);
    fitting.filter(|step| *step > used).max()
}

/// What an app needs to make codes.
pub(crate) fn offer(secret: &TotpSecret, login: &Login, company: &Name) -> TotpOffer {
    let secret = BASE32_NOPAD.encode(secret);
    let issuer = if company.is_blank() { "Deskhand".to_owned() } else { format!("Deskhand {}", company.as_str()) };
    let (issuer, account) = (percent(&issuer), percent(login.as_str()));
    let uri =
        format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&digits={TOTP_DIGITS}&period=30");
    TotpOffer { secret, uri }
}

/// As a part of an address.
fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// New codes for paper, and what is kept of them.
pub(crate) fn papers() -> Result<(RecoveryCodes, Vec<[u8; 32]>), NoRandomness> {
    let mut codes = Vec::with_capacity(PAPERS);
    for _ in 0..PAPERS {
        let random: [u8; 16] = clock::random()?;
        let symbols: Vec<u8> =
            random.iter().map(|byte| ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'0')).collect();
        let groups: Vec<_> = symbols.chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
        codes.push(groups.join("-"));
    }
    let kept = codes.iter().map(|code| paper(code)).collect();
    Ok((RecoveryCodes { codes }, kept))
}

/// What is kept of a code on paper: it has 80 random bits, which no guessing finds.
pub(crate) fn paper(typed: &str) -> [u8; 32] {
    let typed: String = typed.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    Sha256::new().chain_update(b"deskhand/recovery/v1\0").chain_update(typed.to_ascii_uppercase()).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: TotpSecret = *b"12345678901234567890";

    /// RFC 6238, appendix B, the last six of their eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, expected) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(code(&SECRET, seconds / 30), expected, "{seconds}");
        }
    }

    #[test]
    fn a_code_is_taken_once_and_only_around_its_time() {
        let now = UnixMillis(59_000);
        assert_eq!(step_of(&SECRET, "287 082", now, 0), Some(1));
        assert_eq!(step_of(&SECRET, "287082", now, 1), None, "it was used");
        assert_eq!(step_of(&SECRET, "287082", UnixMillis(59_000 + 30_000), 0), Some(1));
        assert_eq!(step_of(&SECRET, "287082", UnixMillis(59_000 + 60_000), 0), None, "it is old");
        for wrong in ["", "28708", "2870820", "+87082", "٢٨٧٠٨٢", "000000"] {
            assert_eq!(step_of(&SECRET, wrong, now, 0), None, "{wrong}");
        }
    }

    #[test]
    fn what_an_app_is_given_is_an_address_whatever_the_names_are() {
        let login = Login::new("ada+x@example.org").unwrap();
        let offer = offer(&SECRET, &login, &Name::lossy("Weber & Söhne"));
        assert_eq!(offer.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(
            offer.uri.starts_with("otpauth://totp/Deskhand%20Weber%20%26%20S%C3%B6hne:ada%2Bx%40example.org?secret=")
        );
    }

    #[test]
    fn papers_are_known_however_they_are_typed() {
        let (codes, kept) = papers().unwrap();
        assert_eq!((codes.codes.len(), kept.len()), (PAPERS, PAPERS));
        let first = &codes.codes[0];
        assert_eq!(paper(&first.to_lowercase().replace('-', " ")), kept[0]);
        assert_ne!(kept[0], kept[1]);
    }
}
