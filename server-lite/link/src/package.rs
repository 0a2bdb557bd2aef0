//! Sealing and opening a support file: the few lines of JSON beside a helper that say whom to call.
//!
//! The signature is by the technician's key that stands in the file itself. It stops damage and careless editing, not
//! a forger: who is trusted is decided by the handshake, for which the file brings the secret and the technician's
//! key. Whoever reads the file may call in its owner's place until it is used; it is worth as much as a key.
//!
//! A file is refused as a whole. Its size is checked before anything is read, its version before its signature, its
//! signature before anything in its body is used.

use deskhand_protocol::{
    UnixMillis,
    code::{CodeError, Secret},
    limit,
    package::{PACKAGE_VERSION, PackageBody, SIGNATURE_LABEL, SupportFile},
};
use serde::Deserialize;

use crate::{
    company,
    identity::{Identity, verify},
};

/// Why a support file is of no use. Each says what the customer can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// It is over [`limit::PACKAGE_FILE`].
    #[error("this support file is far too big to be one; ask your technician for a new one")]
    TooLarge,
    /// It is no support file.
    #[error("this is not a support file; ask your technician to send it again")]
    Foreign,
    /// It was made for a later version.
    #[error("this support file is newer than this program; download the program again from your technician")]
    Newer,
    /// It has changed since it was made.
    #[error("this support file is damaged; ask your technician to send it again")]
    Damaged,
    /// Its time is over.
    #[error("this support file has expired; ask your technician for a new one")]
    Expired,
}

/// A package cannot be written as a support file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The body names another technician than the one who signs.
    #[error("a support file is signed by the technician it names")]
    NotMine,
    /// It has a company's key without a certificate of that key for the technician, or the other way round.
    #[error("a support file names a company that has certified its technician, or none")]
    NotCertified,
    /// It has no relay or more than [`limit::PACKAGE_RELAYS`], or its secret is none.
    #[error("a support file needs one to eight relay addresses and a secret")]
    Incomplete,
    /// It is over [`limit::PACKAGE_FILE`].
    #[error("the support file would be too big")]
    TooLarge,
}

/// Writes a support file.
///
/// # Errors
///
/// [`SealError`] when the body does not fit the identity or the limits.
pub fn seal(body: &PackageBody, identity: &Identity) -> Result<Vec<u8>, SealError> {
    if body.technician != identity.public() {
        return Err(SealError::NotMine);
    }
    if !is_complete(body) {
        return Err(SealError::Incomplete);
    }
    if !is_vouched(body) {
        return Err(SealError::NotCertified);
    }
    let body = serde_json::to_string(body).map_err(|_| SealError::Incomplete)?;
    let signature = identity.sign(&signed_bytes(&body));
    let file = SupportFile { version: PACKAGE_VERSION, body, signature };
    let bytes = serde_json::to_vec(&file).map_err(|_| SealError::Incomplete)?;
    if bytes.len() > limit::PACKAGE_FILE { Err(SealError::TooLarge) } else { Ok(bytes) }
}

/// Reads a support file. `now` is this computer's clock, which may be wrong: the relay decides about expiry in the
/// end, so a file is called expired here only when it is more than [`CLOCK_TOLERANCE_MS`] over.
///
/// # Errors
///
/// [`PackageError`], with a sentence for the customer.
pub fn open(bytes: &[u8], now: UnixMillis) -> Result<PackageBody, PackageError> {
    if bytes.len() > limit::PACKAGE_FILE {
        return Err(PackageError::TooLarge);
    }
    let looks_like_ours = || String::from_utf8_lossy(bytes).contains("\"signature\"");
    let broken = || if looks_like_ours() { PackageError::Damaged } else { PackageError::Foreign };

    let outer: Outer = serde_json::from_slice(bytes).map_err(|_| broken())?;
    if outer.version > u64::from(PACKAGE_VERSION) {
        return Err(PackageError::Newer);
    }
    let file: SupportFile = serde_json::from_slice(bytes).map_err(|_| broken())?;
    // Exactly the form that `seal` writes: no byte of the file can change without being noticed, signed or not.
    let same = serde_json::to_vec(&file).is_ok_and(|written| written == bytes.trim_ascii_end());
    if file.version != PACKAGE_VERSION || !same {
        return Err(PackageError::Damaged);
    }
    let body: PackageBody = serde_json::from_str(&file.body).map_err(|_| PackageError::Damaged)?;
    verify(&body.technician, &signed_bytes(&file.body), &file.signature).map_err(|_| PackageError::Damaged)?;
    if !is_complete(&body) || !is_vouched(&body) {
        return Err(PackageError::Damaged);
    }
    if body.expires_at.0.saturating_add(CLOCK_TOLERANCE_MS) < now.0 {
        return Err(PackageError::Expired);
    }
    Ok(body)
}

/// The secret of an opened package.
///
/// # Errors
///
/// [`CodeError`], for a body that was not opened by [`open`].
pub fn secret(body: &PackageBody) -> Result<Secret, CodeError> {
    body.secret.parse()
}

/// By how much two ordinary computers' clocks may differ, in milliseconds: a day, for a wrong time zone.
pub const CLOCK_TOLERANCE_MS: i64 = 24 * 3600 * 1000;

/// Just enough of the outer form to tell a newer file from a foreign one.
#[derive(Deserialize)]
struct Outer {
    version: u64,
}

fn is_complete(body: &PackageBody) -> bool {
    (1..=limit::PACKAGE_RELAYS).contains(&body.relays.len()) && secret(body).is_ok()
}

/// Whether it names no company, or one whose key has certified this technician under these names. When, is judged when
/// somebody calls: a certificate may have been renewed since.
fn is_vouched(body: &PackageBody) -> bool {
    match (&body.company_key, &body.certificate) {
        (None, None) => true,
        (Some(key), Some(sealed)) => company::open(sealed).is_ok_and(|certified| {
            certified.company == *key && certified.is_about(&body.technician, &body.technician_name, &body.company)
        }),
        _ => false,
    }
}

fn signed_bytes(body: &str) -> Vec<u8> {
    [SIGNATURE_LABEL, body.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::{
        code::Invitation,
        company::Certified,
        id::CertificateId,
        package::{
            PackageRelay,
            brand::{Brand, Language, Welcome},
        },
        text::{ChatText, Name},
    };
    use proptest::prelude::*;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

    fn technician() -> Identity {
        Identity::from_seed(&[5; 32])
    }

    fn body() -> PackageBody {
        let invitation = Invitation::link([1; 10], [2; 16]);
        PackageBody {
            relays: vec![
                PackageRelay {
                    address: "192.168.1.20:7470".parse().unwrap(),
                    pin: Some("A".repeat(43).parse().unwrap()),
                },
                PackageRelay { address: "help.example.org".parse().unwrap(), pin: None },
            ],
            technician: technician().public(),
            technician_name: Name::new("Mara \"M\" Weber").unwrap(),
            company: Name::new("Weber & Söhne").unwrap(),
            finder: invitation.finder.clone(),
            secret: invitation.secret.reveal().to_owned(),
            expires_at: UnixMillis(NOW.0 + 1000),
            company_key: None,
            certificate: None,
            brand: Some(Brand { name: Name::lossy("Weber IT"), welcome: Welcome::lossy("Hello"), ..Brand::default() }),
            message: Some(ChatText::lossy("See you at \"ten\"")),
            language: Some(Language::De),
        }
    }

    fn sealed() -> Vec<u8> {
        seal(&body(), &technician()).unwrap()
    }

    #[test]
    fn what_was_sealed_opens() {
        assert_eq!(open(&sealed(), NOW), Ok(body()));
        assert_eq!(secret(&body()).unwrap().reveal(), body().secret);
    }

    #[test]
    fn a_line_end_that_a_mail_program_adds_does_no_harm() {
        let mut file = sealed();
        file.extend_from_slice(b"\r\n");
        assert_eq!(open(&file, NOW), Ok(body()));
    }

    #[test]
    fn a_cut_file_is_damaged_or_foreign_at_every_length() {
        let file = sealed();
        for len in 0..file.len() {
            let refused = open(&file[..len], NOW).unwrap_err();
            assert!(matches!(refused, PackageError::Damaged | PackageError::Foreign), "{len}: {refused:?}");
        }
        assert_eq!(open(&file[..file.len() - 1], NOW), Err(PackageError::Damaged));
    }

    #[test]
    fn a_file_without_brand_message_and_language_is_whole() {
        let plain = PackageBody { brand: None, message: None, language: None, ..body() };
        let file = seal(&plain, &technician()).unwrap();
        assert!(!String::from_utf8_lossy(&file).contains("brand"));
        assert_eq!(open(&file, NOW), Ok(plain));
    }

    fn vouched() -> PackageBody {
        let (company, body) = (Identity::from_seed(&[50; 32]), body());
        let certified = Certified {
            id: CertificateId::from_uuid(uuid::Uuid::from_u128(1)),
            company: company.public(),
            technician: body.technician,
            from: NOW,
            until: UnixMillis(NOW.0 + 1),
            name: body.technician_name.clone(),
            company_name: body.company.clone(),
        };
        let certificate = Some(company::certify(&company, &certified).unwrap());
        PackageBody { company_key: Some(company.public()), certificate, ..body }
    }

    #[test]
    fn a_package_of_a_company_brings_its_key_and_its_word_for_the_technician() {
        let file = seal(&vouched(), &technician()).unwrap();
        assert_eq!(open(&file, NOW), Ok(vouched()));
        let stranger = Identity::from_seed(&[51; 32]).public();
        for wrong in [
            PackageBody { certificate: None, ..vouched() },
            PackageBody { company_key: None, ..vouched() },
            PackageBody { company_key: Some(stranger), ..vouched() },
            PackageBody { company: Name::new("Your Bank").unwrap(), ..vouched() },
            PackageBody { technician_name: Name::new("Eve").unwrap(), ..vouched() },
        ] {
            assert_eq!(seal(&wrong, &technician()), Err(SealError::NotCertified));
            let text = serde_json::to_string(&wrong).unwrap();
            let signature = technician().sign(&signed_bytes(&text));
            let file = SupportFile { version: PACKAGE_VERSION, body: text, signature };
            assert_eq!(open(&serde_json::to_vec(&file).unwrap(), NOW), Err(PackageError::Damaged));
        }
        // Another technician's certificate in a package that he has signed himself.
        let thief = Identity::from_seed(&[52; 32]);
        let stolen = PackageBody { technician: thief.public(), ..vouched() };
        assert_eq!(seal(&stolen, &thief), Err(SealError::NotCertified));
    }

    #[test]
    fn the_largest_package_of_a_company_is_within_the_limit() {
        let long = Name::new("\u{1d510}".repeat(limit::NAME_CHARS)).unwrap();
        let company = Identity::from_seed(&[50; 32]);
        let opened = company::open(&vouched().certificate.unwrap()).unwrap();
        let certified = Certified { name: long.clone(), company_name: long.clone(), ..opened };
        let relay =
            PackageRelay { address: "help.example.org".parse().unwrap(), pin: Some("A".repeat(43).parse().unwrap()) };
        let largest = PackageBody {
            technician_name: long.clone(),
            company: long.clone(),
            certificate: Some(company::certify(&company, &certified).unwrap()),
            relays: vec![relay; limit::PACKAGE_RELAYS],
            brand: Some(Brand {
                name: long,
                welcome: Welcome::new("x".repeat(limit::BRAND_CHARS)).unwrap(),
                ..Brand::default()
            }),
            message: None,
            ..vouched()
        };
        let logo = limit::LOGO_BYTES.div_ceil(3) * 4;
        assert!(seal(&largest, &technician()).unwrap().len() + logo + limit::CHAT_CHARS < limit::PACKAGE_FILE);
    }

    #[test]
    fn a_newer_file_says_that_the_program_is_old() {
        let newer = br#"{"version":2,"sealed":"in a way that nobody knows yet"}"#;
        assert_eq!(open(newer, NOW), Err(PackageError::Newer));
        assert_eq!(open(br#"{"version":70000}"#, NOW), Err(PackageError::Newer));
    }

    #[test]
    fn a_huge_file_is_refused_before_it_is_read() {
        let mut huge = sealed();
        huge.resize(limit::PACKAGE_FILE + 1, b' ');
        assert_eq!(open(&huge, NOW), Err(PackageError::TooLarge));
    }

    #[test]
    fn foreign_files_are_no_support_files() {
        for foreign in [&b""[..], b"hello", b"{}", b"[1]", b"\x89PNG\r\n", b"{\"version\":1}", b"null"] {
            assert_eq!(open(foreign, NOW), Err(PackageError::Foreign), "{foreign:?}");
        }
    }

    #[test]
    fn a_file_signed_by_somebody_else_is_damaged() {
        let forged = SupportFile {
            version: PACKAGE_VERSION,
            body: serde_json::to_string(&body()).unwrap(),
            signature: Identity::from_seed(&[6; 32]).sign(&signed_bytes(&serde_json::to_string(&body()).unwrap())),
        };
        assert_eq!(open(&serde_json::to_vec(&forged).unwrap(), NOW), Err(PackageError::Damaged));
    }

    #[test]
    fn an_expired_file_is_told_with_room_for_a_wrong_clock() {
        let late = |ms| UnixMillis(body().expires_at.0 + ms);
        assert_eq!(open(&sealed(), late(CLOCK_TOLERANCE_MS)), Ok(body()));
        assert_eq!(open(&sealed(), late(CLOCK_TOLERANCE_MS + 1)), Err(PackageError::Expired));
    }

    #[test]
    fn only_a_complete_body_of_ones_own_is_sealed() {
        assert_eq!(seal(&body(), &Identity::from_seed(&[6; 32])), Err(SealError::NotMine));
        let none = PackageBody { relays: Vec::new(), ..body() };
        assert_eq!(seal(&none, &technician()), Err(SealError::Incomplete));
        let many = PackageBody { relays: vec![body().relays[1].clone(); limit::PACKAGE_RELAYS + 1], ..body() };
        assert_eq!(seal(&many, &technician()), Err(SealError::Incomplete));
        let no_secret = PackageBody { secret: "nothing".into(), ..body() };
        assert_eq!(seal(&no_secret, &technician()), Err(SealError::Incomplete));
    }

    #[test]
    fn a_signed_body_that_is_not_complete_is_damaged() {
        let text = serde_json::to_string(&PackageBody { relays: Vec::new(), ..body() }).unwrap();
        let signature = technician().sign(&signed_bytes(&text));
        let file = SupportFile { version: PACKAGE_VERSION, body: text, signature };
        assert_eq!(open(&serde_json::to_vec(&file).unwrap(), NOW), Err(PackageError::Damaged));
    }

    proptest! {
        #[test]
        fn no_changed_byte_goes_unnoticed(at: prop::sample::Index, change in 1_u8..) {
            let mut file = sealed();
            let at = at.index(file.len());
            file[at] ^= change;
            prop_assert!(open(&file, NOW).is_err());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, text in "\\PC{0,200}") {
            let _ = open(&bytes, NOW);
            let _ = open(text.as_bytes(), NOW);
        }
    }
}
