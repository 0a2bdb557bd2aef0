//! A company's word for its technicians: making certificates with its key, and judging those that technicians show.
//!
//! The company's key lives in its owner's console and nowhere else. A helper takes a certificate only for the key that
//! its holder has just proven, under just the names he gives himself, and within its time. Anything else about it, and
//! it says nothing: its holder is whoever he says he is.
//!
//! Revocation is the relay's word, passed on when a helper comes. A relay that lies can hide one until the certificate's
//! own time is over, which is why that time is short; it can make one up, which keeps a technician out, as it can anyway.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use deskhand_protocol::{
    UnixMillis,
    call::signal::Introduction,
    company::{Certified, SealedCertificate},
    id::CertificateId,
    key::PublicKey,
    limit::REVOKED,
};

use crate::{
    identity::{Identity, verify},
    package::CLOCK_TOLERANCE_MS,
};

/// How long a certificate is good: a quarter of a year, for a relay that hides that it was revoked.
pub const LIFE: Duration = Duration::from_secs(90 * 24 * 3600);

/// Why a certificate says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotCertified {
    /// It is no certificate of this version.
    #[error("it is not a certificate of this version")]
    Malformed,
    /// The company's key in it has not signed it.
    #[error("the company's key in it has not signed it")]
    Forged,
    /// It is about another key or another name.
    #[error("it is about another technician")]
    AnotherTechnician,
    /// It is not good yet.
    #[error("its time has not begun")]
    Early,
    /// It is not good any more.
    #[error("its time is over")]
    Expired,
    /// The company took it back.
    #[error("it was revoked")]
    Revoked,
}

/// A key signs certificates of its own company only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a certificate is signed by the company it names")]
pub struct NotOurs;

/// Certifies a technician with the company's key.
///
/// # Errors
///
/// [`NotOurs`] when the certificate names another company's key.
pub fn certify(company: &Identity, certified: &Certified) -> Result<SealedCertificate, NotOurs> {
    if certified.company != company.public() {
        return Err(NotOurs);
    }
    Ok(certified.sealed(&company.sign(&certified.signed_bytes())))
}

/// Reads a certificate and checks its signature. Whose key, names and time are in it is for the caller to judge.
///
/// # Errors
///
/// [`NotCertified::Malformed`] and [`NotCertified::Forged`].
pub fn open(sealed: &SealedCertificate) -> Result<Certified, NotCertified> {
    let opened = sealed.open().map_err(|_| NotCertified::Malformed)?;
    verify(&opened.certified.company, &opened.signed, &opened.signature).map_err(|_| NotCertified::Forged)?;
    Ok(opened.certified)
}

/// What a helper judges certificates by: the time, as one look at the clock and what has passed since, and what was
/// revoked. Its clock may be wrong by [`CLOCK_TOLERANCE_MS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judge {
    looked: Instant,
    clock: UnixMillis,
    revoked: BTreeSet<CertificateId>,
}

impl Judge {
    /// With the clock at this moment, and nothing revoked.
    #[must_use]
    pub const fn new(now: Instant, clock: UnixMillis) -> Self {
        Self { looked: now, clock, revoked: BTreeSet::new() }
    }

    /// Looks at the clock anew: the computer may have slept since.
    pub const fn set_clock(&mut self, now: Instant, clock: UnixMillis) {
        self.looked = now;
        self.clock = clock;
    }

    /// What is revoked from now on. Once heard of, one stays revoked for as long as this lives.
    pub fn revoke(&mut self, ids: impl IntoIterator<Item = CertificateId>) {
        let room = REVOKED.saturating_sub(self.revoked.len());
        self.revoked.extend(ids.into_iter().take(room));
    }

    /// Judges what the holder of `key`, who has just proven it, shows with his introduction; `None` when he shows
    /// nothing.
    #[must_use]
    pub fn judge(
        &self,
        introduction: &Introduction,
        key: &PublicKey,
        now: Instant,
    ) -> Option<Result<Certified, NotCertified>> {
        introduction.certificate.as_ref().map(|sealed| self.check(sealed, introduction, key, now))
    }

    fn check(
        &self,
        sealed: &SealedCertificate,
        introduction: &Introduction,
        key: &PublicKey,
        now: Instant,
    ) -> Result<Certified, NotCertified> {
        let certified = open(sealed)?;
        if !certified.is_about(key, &introduction.name, &introduction.company) {
            return Err(NotCertified::AnotherTechnician);
        }
        let passed = i64::try_from(now.saturating_duration_since(self.looked).as_millis()).unwrap_or(i64::MAX);
        let today = self.clock.0.saturating_add(passed);
        if today.saturating_add(CLOCK_TOLERANCE_MS) < certified.from.0 {
            return Err(NotCertified::Early);
        }
        if today.saturating_sub(CLOCK_TOLERANCE_MS) > certified.until.0 {
            return Err(NotCertified::Expired);
        }
        if self.revoked.contains(&certified.id) { Err(NotCertified::Revoked) } else { Ok(certified) }
    }
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::{call::signal::Seat, key::Signature, text::Name};
    use uuid::Uuid;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_790_000_000_000);
    const DAY: i64 = 24 * 3600 * 1000;

    fn company() -> Identity {
        Identity::from_seed(&[50; 32])
    }

    fn technician() -> Identity {
        Identity::from_seed(&[51; 32])
    }

    fn certified() -> Certified {
        Certified {
            id: CertificateId::from_uuid(Uuid::from_u128(1)),
            company: company().public(),
            technician: technician().public(),
            from: NOW,
            until: UnixMillis(NOW.0 + 90 * DAY),
            name: Name::lossy("Mara Weber"),
            company_name: Name::lossy("Weber IT"),
        }
    }

    fn shown(certificate: Option<SealedCertificate>) -> Introduction {
        Introduction {
            name: Name::lossy("Mara Weber"),
            company: Name::lossy("Weber IT"),
            relay_pins: Vec::new(),
            certificate,
            seat: Seat::Desktop,
        }
    }

    fn judged(judge: &Judge, certificate: SealedCertificate, now: Instant) -> Result<Certified, NotCertified> {
        judge.judge(&shown(Some(certificate)), &technician().public(), now).unwrap()
    }

    #[test]
    fn a_certificate_holds_for_its_technician_under_his_names_and_in_its_time() {
        let now = Instant::now();
        let judge = Judge::new(now, NOW);
        let good = certify(&company(), &certified()).unwrap();
        assert_eq!(judged(&judge, good.clone(), now), Ok(certified()));
        assert_eq!(judge.judge(&shown(None), &technician().public(), now), None);

        let other = Identity::from_seed(&[52; 32]).public();
        assert_eq!(judge.judge(&shown(Some(good.clone())), &other, now), Some(Err(NotCertified::AnotherTechnician)));
        for wrong in [
            Introduction { name: Name::lossy("Mara  Weber"), ..shown(Some(good.clone())) },
            Introduction { company: Name::lossy("Your Bank"), ..shown(Some(good)) },
        ] {
            let judged = judge.judge(&wrong, &technician().public(), now);
            assert_eq!(judged, Some(Err(NotCertified::AnotherTechnician)));
        }
    }

    #[test]
    fn time_is_told_with_room_for_a_wrong_clock_and_goes_on_by_itself() {
        let now = Instant::now();
        let good = certify(&company(), &certified()).unwrap();
        let at = |clock: i64| judged(&Judge::new(now, UnixMillis(clock)), good.clone(), now).map(|_| ());
        assert_eq!(at(NOW.0 - DAY), Ok(()));
        assert_eq!(at(NOW.0 - DAY - 1), Err(NotCertified::Early));
        assert_eq!(at(NOW.0 + 91 * DAY), Ok(()));
        assert_eq!(at(NOW.0 + 91 * DAY + 1), Err(NotCertified::Expired));
        assert_eq!(at(i64::MIN), Err(NotCertified::Early));
        assert_eq!(at(i64::MAX), Err(NotCertified::Expired));
        let mut judge = Judge::new(now, NOW);
        let later = now + Duration::from_secs(92 * 24 * 3600);
        assert_eq!(judged(&judge, good.clone(), later), Err(NotCertified::Expired));
        judge.set_clock(later, NOW);
        assert!(judged(&judge, good, later).is_ok());
    }

    #[test]
    fn signatures_hold_as_the_vectors_say() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../protocol/vectors/certificate.json")).unwrap();
        for vector in vectors.as_array().unwrap() {
            let bytes = data_encoding::HEXLOWER.decode(vector["hex"].as_str().unwrap().as_bytes()).unwrap();
            let opened = open(&SealedCertificate::from_bytes(bytes).unwrap()).map(drop);
            let good = if vector["verdict"] == "good" { Ok(()) } else { Err(NotCertified::Forged) };
            assert_eq!(opened, good, "{}", vector["name"]);
        }
    }

    #[test]
    fn a_revoked_one_stays_revoked_and_no_list_is_endless() {
        let now = Instant::now();
        let mut judge = Judge::new(now, NOW);
        judge.revoke([certified().id]);
        judge.revoke([]);
        judge.revoke((2..5_000).map(|id| CertificateId::from_uuid(Uuid::from_u128(id))));
        assert_eq!(judge.revoked.len(), REVOKED);
        assert_eq!(judged(&judge, certify(&company(), &certified()).unwrap(), now), Err(NotCertified::Revoked));
    }

    #[test]
    fn nobody_else_signs_for_a_company_and_no_byte_changes_unnoticed() {
        let now = Instant::now();
        let judge = Judge::new(now, NOW);
        let thief = Identity::from_seed(&[53; 32]);
        assert_eq!(certify(&thief, &certified()), Err(NotOurs));
        let forged = certified().sealed(&thief.sign(&certified().signed_bytes()));
        assert_eq!(judged(&judge, forged, now), Err(NotCertified::Forged));
        // Signed, but as something else: without its label the same bytes say nothing.
        let bytes = certified().signed_bytes();
        let label = deskhand_protocol::company::SIGNATURE_LABEL.len();
        let unlabelled = certified().sealed(&company().sign(&bytes[label..]));
        assert_eq!(judged(&judge, unlabelled, now), Err(NotCertified::Forged));
        let other_label = [b"deskhand/package/v1\0", &bytes[label..]].concat();
        assert_eq!(judged(&judge, certified().sealed(&company().sign(&other_label)), now), Err(NotCertified::Forged));
        assert_eq!(judged(&judge, certified().sealed(&Signature([0; 64])), now), Err(NotCertified::Forged));
        let whole = certify(&company(), &certified()).unwrap();
        for at in 0..whole.as_bytes().len() {
            let mut bytes = whole.as_bytes().to_vec();
            bytes[at] ^= 1;
            let changed = SealedCertificate::from_bytes(bytes).unwrap();
            assert!(judged(&judge, changed, now).is_err(), "byte {at}");
        }
        for junk in [Vec::new(), vec![0; 64], vec![1; 200]] {
            let junk = SealedCertificate::from_bytes(junk).unwrap();
            assert_eq!(judged(&judge, junk, now), Err(NotCertified::Malformed));
        }
    }
}
