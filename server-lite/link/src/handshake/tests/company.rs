//! A helper whose package is a company's, and whoever shows it a certificate.

use std::{sync::Arc, time::Duration};

use deskhand_protocol::{
    UnixMillis,
    call::signal::{Introduction, RefuseReason, Signal},
    company::{Certified, SealedCertificate},
    id::CertificateId,
    text::Name,
};
use uuid::Uuid;

use super::pair::{
    From, Pair, TODAY, console_parameters, helper_parameters, introduction, secret, stranger, technician,
};
use crate::{
    company::{LIFE, certify},
    handshake::{ConsoleParameters, HelperParameters, KnownSecret, TechnicianPin},
    identity::Identity,
};

fn company() -> Identity {
    Identity::from_seed(&[0x77; 32])
}

fn other_company() -> Identity {
    Identity::from_seed(&[0x78; 32])
}

fn certified(company: &Identity, technician: &Identity) -> Certified {
    Certified {
        id: CertificateId::from_uuid(Uuid::from_u128(9)),
        company: company.public(),
        technician: technician.public(),
        from: TODAY,
        until: UnixMillis(TODAY.0 + i64::try_from(LIFE.as_millis()).unwrap()),
        name: Name::new("Mara Weber").unwrap(),
        company_name: Name::new("Weber IT").unwrap(),
    }
}

fn certificate(company: &Identity, technician: &Identity) -> SealedCertificate {
    certify(company, &certified(company, technician)).unwrap()
}

fn console(identity: Identity, certificate: Option<SealedCertificate>) -> ConsoleParameters {
    let introduction = Introduction { certificate, ..introduction(Vec::new()) };
    ConsoleParameters { identity: Arc::new(identity), introduction, ..console_parameters() }
}

fn packaged() -> HelperParameters {
    HelperParameters {
        technician: Some(TechnicianPin::Company(company().public())),
        secret: Some(KnownSecret::Link(secret("0123456789ABCDEFGHJKMNPQRS"))),
        ..helper_parameters()
    }
}

fn met(console: ConsoleParameters, helper: HelperParameters) -> Pair {
    let mut pair = Pair::of(console, helper);
    pair.greet();
    pair.pass();
    pair
}

fn is_refused(pair: &Pair) {
    assert_eq!(pair.helper_failed(), Some(RefuseReason::NotCertified));
    assert_eq!(pair.console_failed(), Some(RefuseReason::NotCertified));
    assert_eq!((pair.helper_known(), pair.console_known()), (None, None));
    assert_eq!((pair.helper.certified(), pair.helper.pinned()), (None, None));
}

#[test]
fn a_companys_package_takes_any_technician_whom_it_has_certified() {
    for identity in [technician, stranger] {
        let shown = certificate(&company(), &identity());
        let pair = met(console(identity(), Some(shown)), packaged());
        assert_eq!(pair.helper_known().unwrap().0, identity().public());
        assert_eq!(pair.helper.certified(), Some(&certified(&company(), &identity())));
    }
}

#[test]
fn a_companys_package_takes_nobody_else() {
    let of = |certified: Certified| certify(&company(), &certified).unwrap();
    let good = certified(&company(), &technician());
    let forged = good.sealed(&other_company().sign(&good.signed_bytes()));
    let tolerated = 24 * 3600 * 1000;
    let shown = [
        None,
        Some(certificate(&other_company(), &technician())),
        Some(certificate(&company(), &stranger())),
        Some(forged),
        Some(SealedCertificate::from_bytes(vec![1; 300]).unwrap()),
        Some(of(Certified { name: Name::new("Mara Weaver").unwrap(), ..good.clone() })),
        Some(of(Certified { company_name: Name::new("Your Bank").unwrap(), ..good.clone() })),
        Some(of(Certified { from: UnixMillis(0), until: UnixMillis(TODAY.0 - tolerated - 60_000), ..good.clone() })),
        Some(of(Certified { from: UnixMillis(TODAY.0 + tolerated + 60_000), ..good })),
    ];
    for certificate in shown {
        is_refused(&met(console(technician(), certificate), packaged()));
    }
}

#[test]
fn a_revoked_technician_is_refused_and_one_whose_time_ran_out_meanwhile() {
    let shown = || Some(certificate(&company(), &technician()));
    let mut helper = packaged();
    helper.judge.revoke([CertificateId::from_uuid(Uuid::from_u128(9))]);
    is_refused(&met(console(technician(), shown()), helper));

    let mut pair = Pair::of(console(technician(), shown()), packaged());
    pair.now += LIFE + Duration::from_secs(2 * 24 * 3600);
    pair.greet();
    pair.pass();
    is_refused(&pair);
    // The computer slept, and its clock says that less has passed.
    let now = pair.now;
    pair.helper.judge().set_clock(now, TODAY);
    pair.greet();
    pair.pass();
    assert!(pair.helper_known().is_some());
}

#[test]
fn without_a_companys_package_a_bad_certificate_is_no_certificate() {
    let good = met(console(technician(), Some(certificate(&company(), &technician()))), helper_parameters());
    assert_eq!(good.helper.certified(), Some(&certified(&company(), &technician())));
    for shown in
        [None, Some(certificate(&company(), &stranger())), Some(SealedCertificate::from_bytes(vec![]).unwrap())]
    {
        let pair = met(console(technician(), shown), helper_parameters());
        assert!(pair.helper_known().is_some() && pair.console_known().is_some());
        assert_eq!(pair.helper.certified(), None);
    }
}

#[test]
fn a_relay_that_changes_takes_away_or_swaps_a_certificate_ends_the_run() {
    let another = certificate(&other_company(), &technician());
    let swaps: [Option<SealedCertificate>; 3] =
        [None, Some(another), Some(SealedCertificate::from_bytes(vec![7; 40]).unwrap())];
    for swap in swaps {
        for helper in [packaged(), helper_parameters()] {
            let shown = Some(certificate(&company(), &technician()));
            let mut pair = Pair::of(console(technician(), shown), helper);
            pair.greet();
            pair.pass_by(|from, mut signal| {
                if from == From::Console
                    && let Signal::Reveal { introduction, .. } = &mut signal
                {
                    introduction.certificate.clone_from(&swap);
                }
                vec![signal]
            });
            assert_eq!(pair.helper_failed(), Some(RefuseReason::BadProof));
            assert_eq!((pair.helper_known(), pair.helper.certified()), (None, None));
        }
    }
}

#[test]
fn a_certificate_seen_in_one_call_is_worth_nothing_in_another() {
    // Whoever saw it pass has the certificate, but not the key that it is about.
    let seen = certificate(&company(), &technician());
    is_refused(&met(console(stranger(), Some(seen.clone())), packaged()));
    // Its rightful holder, at a customer of another company.
    let elsewhere =
        HelperParameters { technician: Some(TechnicianPin::Company(other_company().public())), ..packaged() };
    is_refused(&met(console(technician(), Some(seen)), elsewhere));
}

#[test]
fn a_certificate_that_comes_during_a_session_counts_from_the_next_run() {
    let mut pair = met(console(technician(), None), helper_parameters());
    assert_eq!(pair.helper.certified(), None);
    let shown = Some(certificate(&company(), &technician()));
    pair.console.set_introduction(Introduction { certificate: shown, ..introduction(Vec::new()) });
    pair.greet();
    assert_eq!(pair.helper.certified(), None);
    pair.pass();
    assert_eq!(pair.helper.certified(), Some(&certified(&company(), &technician())));
    pair.console.set_introduction(introduction(Vec::new()));
    pair.greet();
    pair.pass();
    assert_eq!(pair.helper.certified(), None);
}
