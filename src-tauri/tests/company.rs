//! The company's key on its owner's computer: whom it certifies, and what customers see of it. Real relay, real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub, reason = "a test")]

mod stage;

use std::{fs, path::Path};

use deskhand::{
    console::Console,
    ipc::{CompanyView, ConsoleEvent, IpcErrorCode, KeyHere, Standing},
    packaging::Wrapping,
};
use deskhand_link::package;
use deskhand_protocol::{
    UnixMillis, capability::Preset, id::SessionId, package::PackageBody, record::TechnicianRecord, text::Name,
};
use stage::{Answer, Customer, set_up, start, until};
use tokio::sync::broadcast::Receiver;

/// Waits until the company stands so.
async fn company(events: &mut Receiver<ConsoleEvent>, so: impl Fn(&CompanyView) -> bool) -> CompanyView {
    until(events, "the company", |event| match event {
        ConsoleEvent::Company { company } if so(&company) => Some(company),
        _ => None,
    })
    .await
}

fn is_certified(view: &CompanyView) -> bool {
    view.people.iter().any(|person| person.me && person.standing == Standing::Good)
}

fn standing(view: &CompanyView, name: &str) -> Option<Standing> {
    view.people.iter().find(|person| person.technician.name.as_str() == name).map(|person| person.standing)
}

/// What lies in a saved package.
async fn packaged(console: &Console, session: SessionId, folder: &Path) -> PackageBody {
    let helper = folder.join("some-helper");
    fs::write(&helper, b"program").unwrap();
    let saved = console.save_package(session, folder, Some(helper), Wrapping::default()).await.unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(fs::File::open(&saved.path).unwrap()));
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path().unwrap().ends_with("support.deskhand") {
            let mut support = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut support).unwrap();
            return package::open(&support, UnixMillis(0)).unwrap();
        }
    }
    panic!("no support file in {}", saved.path)
}

/// A colleague's console, which has joined the owner's relay by an invitation.
async fn colleague(owner: &Console, folder: &Path, name: &str) -> (Console, Receiver<ConsoleEvent>, TechnicianRecord) {
    let invited = owner.invite_technician().await.unwrap();
    let console = start(folder).await;
    let events = console.events();
    let joined = console.join_relay(name, "Berg IT", &invited.address, &invited.token).await.unwrap();
    // Good once.
    let thief = tempfile::tempdir().unwrap();
    let late = start(thief.path()).await;
    let refused = late.join_relay("Eve", "Berg IT", &invited.address, &invited.token).await.unwrap_err();
    assert_eq!(refused.code, IpcErrorCode::WrongToken);
    (console, events, joined.technician.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owners_console_makes_the_companys_key_and_certifies_its_owner_and_whom_he_clicks_on() {
    let (home, other_home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (owner, mut events) = set_up(home.path()).await;
    let view = company(&mut events, is_certified).await;
    assert_eq!((view.owner, view.here, view.changed), (true, KeyHere::InFile, false));
    let key = view.key.unwrap();
    assert_eq!(view.fingerprint, Some(key.fingerprint()));
    assert_ne!(key, owner.boot().technician.unwrap().key, "the company is not its owner");

    let (second, mut told, record) = colleague(&owner, other_home.path(), "Bo Lund").await;
    let seen = company(&mut told, |view| view.key.is_some()).await;
    assert_eq!((seen.owner, seen.here, standing(&seen, "Bo Lund")), (false, KeyHere::No, Some(Standing::None)));
    let session = second.create_session("Mr Weber", None, Preset::Help, None).await.unwrap();
    let plain = packaged(&second, session.session.id, other_home.path()).await;
    assert_eq!((plain.company_key, plain.certificate), (None, None), "nobody is certified by himself");

    assert_eq!(standing(&owner.company().await.unwrap(), "Bo Lund"), Some(Standing::None));
    let other_key = TechnicianRecord { key, ..record.clone() };
    let other_name = TechnicianRecord { name: Name::lossy("Your Bank"), ..record.clone() };
    for swapped in [other_key, other_name] {
        assert_eq!(owner.certify(&swapped).await.unwrap_err().code, IpcErrorCode::KeyChanged);
    }
    assert_eq!(second.certify(&record).await.unwrap_err().code, IpcErrorCode::NoCompanyKey);
    let certified = owner.certify(&record).await.unwrap();
    assert_eq!(standing(&certified, "Bo Lund"), Some(Standing::Good));

    company(&mut told, is_certified).await;
    let of_company = packaged(&second, session.session.id, other_home.path()).await;
    assert_eq!((of_company.company_key, of_company.technician), (Some(key), record.key));
    let customer = Customer::comes(&session, Answer::Allow);
    let vouched = customer.until("the technician", |seen| (!seen.words.is_empty()).then_some(seen.company)).await;
    assert_eq!(vouched, Some(key));

    let revoked = owner.revoke_certificates(record.id).await.unwrap();
    assert_eq!(standing(&revoked, "Bo Lund"), Some(Standing::Revoked));
    company(&mut told, |view| !is_certified(view)).await;
    let later = second.create_session("Mr Weber", None, Preset::Help, None).await.unwrap();
    assert_eq!(packaged(&second, later.session.id, other_home.path()).await.company_key, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_company_key_that_changes_is_believed_after_a_click_only() {
    let (home, other_home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (owner, mut events) = set_up(home.path()).await;
    let first = company(&mut events, is_certified).await.key.unwrap();
    let (second, mut told, record) = colleague(&owner, other_home.path(), "Bo Lund").await;
    company(&mut told, |view| view.key == Some(first) && !view.changed).await;
    assert_eq!(second.replace_company_key().await.unwrap_err().code, IpcErrorCode::RelayRefused);

    let replaced = owner.replace_company_key().await.unwrap();
    let now = replaced.key.unwrap();
    assert_ne!(now, first);
    assert!(is_certified(&replaced) && !replaced.changed, "the owner is certified by the new key");
    owner.certify(&record).await.unwrap();
    let known = |view: &CompanyView| standing(view, "Bo Lund").is_some_and(|standing| standing != Standing::None);
    let seen = company(&mut told, |view| view.key == Some(now) && known(view)).await;
    assert_eq!(
        (seen.changed, standing(&seen, "Bo Lund")),
        (true, Some(Standing::Foreign)),
        "whoever it is, he is not believed"
    );
    assert_eq!(second.trust_company(first).await.unwrap_err().code, IpcErrorCode::KeyChanged);
    let trusted = second.trust_company(now).await.unwrap();
    assert!(!trusted.changed && is_certified(&trusted));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_company_stays_the_same_over_restarts() {
    let home = tempfile::tempdir().unwrap();
    let (owner, mut events) = set_up(home.path()).await;
    let key = company(&mut events, is_certified).await.key;
    owner.shutdown().await;
    drop(owner);
    let owner = start(home.path()).await;
    let mut events = owner.events();
    let view = company(&mut events, is_certified).await;
    assert_eq!((view.key, view.here), (key, KeyHere::InFile));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_name_is_certified_anew_for_the_owner_and_by_a_click_for_others() {
    let (home, other_home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (owner, mut events) = set_up(home.path()).await;
    company(&mut events, is_certified).await;
    let (second, mut told, record) = colleague(&owner, other_home.path(), "Bo Lund").await;
    owner.certify(&record).await.unwrap();
    company(&mut told, is_certified).await;

    assert_eq!(owner.rename("Ada Falk", "Berg IT").await.unwrap().name.as_str(), "Ada Falk");
    assert_eq!(owner.boot().technician.unwrap().name.as_str(), "Ada Falk");
    company(&mut events, |view| is_certified(view) && standing(view, "Ada Falk") == Some(Standing::Good)).await;
    assert_eq!(owner.rename(" ", "Berg IT").await.unwrap_err().code, IpcErrorCode::BadInput);

    second.rename("Bo Berg", "Berg IT").await.unwrap();
    let seen = company(&mut told, |view| view.people.iter().any(|one| one.technician.name.as_str() == "Bo Berg")).await;
    assert_eq!(standing(&seen, "Bo Berg"), Some(Standing::Renamed));
    let session = second.create_session("Mr Weber", None, Preset::Help, None).await.unwrap().session.id;
    assert_eq!(packaged(&second, session, other_home.path()).await.company_key, None, "nobody vouches for that name");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_travels_to_another_computer_and_nobody_locks_himself_out() {
    const PASSPHRASE: &str = "four words are good";
    let (home, other_home, out) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (owner, mut events) = set_up(home.path()).await;
    company(&mut events, is_certified).await;
    assert_eq!(owner.export_identity("short".into(), out.path()).await.unwrap_err().code, IpcErrorCode::BadInput);
    let saved = owner.export_identity(PASSPHRASE.into(), out.path()).await.unwrap();
    assert!(owner.has_saved(saved.path.as_ref()));
    let file = fs::read_to_string(&saved.path).unwrap();

    let new = start(other_home.path()).await;
    assert_ne!(new.fingerprint(), owner.fingerprint());
    let wrong = new.import_identity(file.clone(), "four words are god".into()).await.unwrap_err();
    assert_eq!(wrong.code, IpcErrorCode::WrongPassphrase);
    assert_eq!(
        new.import_identity("{}".into(), PASSPHRASE.into()).await.unwrap_err().code,
        IpcErrorCode::NotAnIdentity
    );
    let imported = new.import_identity(file.clone(), PASSPHRASE.into()).await.unwrap();
    assert_eq!((imported.fingerprint, imported.company), (owner.fingerprint(), true));
    new.shutdown().await;
    drop(new);
    let new = start(other_home.path()).await;
    assert_eq!(new.fingerprint(), owner.fingerprint(), "it is his from the next start on");

    // On a console that is at home at a relay, an identity that the relay does not know is refused.
    let third_home = tempfile::tempdir().unwrap();
    let (third, _events) = set_up(third_home.path()).await;
    let before = third.fingerprint();
    let refused = third.import_identity(file.clone(), PASSPHRASE.into()).await.unwrap_err();
    assert_eq!(refused.code, IpcErrorCode::UnknownIdentity);
    third.shutdown().await;
    drop(third);
    assert_eq!(start(third_home.path()).await.fingerprint(), before);
    // His own is known, and changes nothing.
    assert!(owner.import_identity(file, PASSPHRASE.into()).await.unwrap().company);
}
