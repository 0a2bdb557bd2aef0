use deskhand_link::{company, identity::Identity};
use deskhand_protocol::{
    code::Invitation,
    company::Certified,
    id::CertificateId,
    key::Digest,
    package::{PackageRelay, name::KeyTag},
};
use proptest::prelude::*;

use super::*;

fn body(expires_at: UnixMillis) -> (PackageBody, Identity) {
    let identity = Identity::from_seed(&[1; 32]);
    let invitation = Invitation::link([1; 10], [2; 16]);
    let body = PackageBody {
        relays: vec![PackageRelay { address: "192.168.0.7:8443".parse().unwrap(), pin: Some(Digest([3; 32])) }],
        technician: identity.public(),
        technician_name: Name::lossy("Ada"),
        company: Name::lossy("Help & Co"),
        finder: invitation.finder.clone(),
        secret: invitation.secret.reveal().to_owned(),
        expires_at,
        company_key: None,
        certificate: None,
        brand: None,
        message: Some(ChatText::lossy("Close your mail first.")),
        language: Some(Language::De),
    };
    (body, identity)
}

fn later() -> UnixMillis {
    UnixMillis(today().0 + 3_600_000)
}

fn good() -> Vec<u8> {
    let (body, identity) = body(later());
    package::seal(&body, &identity).unwrap()
}

/// A program of that name in a folder.
fn program(folder: &Path, name: &str) -> Program {
    Program { folders: vec![folder.to_owned()], names: vec![name.to_owned()] }
}

fn field(problem: Option<Problem>) -> Start {
    Start::Field(problem.into())
}

#[test]
fn a_package_beside_the_program_is_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    // As it comes out of a mail, on a German desktop, for the second time.
    let own = folder.path().join("Übung für Jürgen – 日本 (1)");
    fs::create_dir(&own).unwrap();
    fs::write(own.join(FILE_NAME), good()).unwrap();
    let Start::Call(call) = find(&[], None, &program(&own, "deskhand-helper (1)")) else { panic!("not taken up") };
    assert_eq!(call.relay(), "192.168.0.7:8443");
    let named = call.technician.clone().unwrap();
    assert_eq!(named.pin, TechnicianPin::Key(Identity::from_seed(&[1; 32]).public()));
    assert_eq!((named.name.as_str(), call.language), ("Ada", Some(Language::De)));
    assert_eq!(call.message.as_ref().map(ChatText::as_str), Some("Close your mail first."));
    assert!(matches!(call.secret, KnownSecret::Link(_)));
    let named = own.join(FILE_NAME).display().to_string();
    assert_eq!(find(&[named], None, &Program::default()), Start::Call(call), "also as the call of a command line");
}

#[test]
fn a_companys_package_is_for_whoever_the_company_certifies() {
    let (body, identity) = body(later());
    let key = Identity::from_seed(&[2; 32]);
    let certified = Certified {
        id: CertificateId::from_uuid(uuid::Uuid::from_u128(1)),
        company: key.public(),
        technician: identity.public(),
        from: today(),
        until: later(),
        name: body.technician_name.clone(),
        company_name: body.company.clone(),
    };
    let certificate = Some(company::certify(&key, &certified).unwrap());
    let body = PackageBody { company_key: Some(key.public()), certificate, ..body };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(FILE_NAME), package::seal(&body, &identity).unwrap()).unwrap();
    let found = find(&[], None, &program(folder.path(), "deskhand-helper"));
    let Start::Call(call) = found else { panic!("not taken up") };
    assert_eq!(call.technician.unwrap().pin, TechnicianPin::Company(key.public()));
}

#[test]
fn a_folder_that_nobody_can_write_to_is_good_enough() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(FILE_NAME), good()).unwrap();
    let mut rights = fs::metadata(folder.path()).unwrap().permissions();
    rights.set_readonly(true);
    fs::set_permissions(folder.path(), rights).unwrap();
    assert!(matches!(find(&[], None, &program(folder.path(), "deskhand-helper")), Start::Call(_)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_support_file_that_was_saved_twice_is_found_unless_it_is_not_alone() {
    let folder = tempfile::tempdir().unwrap();
    let start = || find(&[], None, &program(folder.path(), "deskhand-helper"));
    fs::write(folder.path().join("support (1).deskhand"), good()).unwrap();
    assert!(matches!(start(), Start::Call(_)));
    fs::write(folder.path().join("support (2).deskhand"), good()).unwrap();
    assert_eq!(start(), field(None), "which of the two is meant?");
    fs::write(folder.path().join(FILE_NAME), good()).unwrap();
    assert!(matches!(start(), Start::Call(_)));
}

#[test]
fn without_anything_the_field_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(find(&[], None, &program(folder.path(), "deskhand-helper")), field(None));
    assert_eq!(find(&[], None, &Program::default()), field(None));
}

#[test]
fn a_package_that_is_of_no_use_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    let start = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        find(&[], None, &program(folder.path(), "deskhand-helper"))
    };
    let (old, identity) = body(UnixMillis(0));
    let text = String::from_utf8(good()).unwrap();
    assert_eq!(start(b"a letter"), field(Some(Problem::PackageForeign)));
    assert_eq!(start(b""), field(Some(Problem::PackageForeign)));
    assert_eq!(start(&good()[..good().len() - 20]), field(Some(Problem::PackageDamaged)));
    assert_eq!(start(text.replace("Ada", "Eve").as_bytes()), field(Some(Problem::PackageDamaged)));
    let newer = text.replacen("\"version\":1", "\"version\":2", 1);
    assert_eq!(start(newer.as_bytes()), field(Some(Problem::PackageNewer)));
    // Whom to ask for another one it still says.
    let Start::Field(expired) = start(&package::seal(&old, &identity).unwrap()) else { panic!("taken up") };
    let asked = expired.desk.expect("the relay it is from").relay.address.to_string();
    assert_eq!((expired.problem, asked.contains("192.168.0.7:8443")), (Some(Problem::PackageExpired), true));
    assert_eq!(start(&vec![b'x'; PACKAGE_FILE * 2]), field(Some(Problem::PackageForeign)));
    let missing = folder.path().join("missing");
    assert_eq!(find(&[], Some(&missing), &Program::default()), field(Some(Problem::PackageUnreadable)));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let start = find(&[], None, &program(folder.path(), "deskhand-helper"));
    assert_eq!(start, field(Some(Problem::PackageUnreadable)));
}

fn spoken_name() -> String {
    let technician = KeyTag::of(&Identity::from_seed(&[1; 32]).public());
    let relay = "help.example.org:8443".parse().unwrap();
    CallName::Spoken { relay, invitation: Invitation::spoken([1, 2, 3, 4, 5]), technician }.write().unwrap()
}

#[test]
fn the_programs_name_is_enough_and_no_file_beside_it_overrides_it() {
    let folder = tempfile::tempdir().unwrap();
    let named = program(folder.path(), &format!("{}\u{a0}- Kopie (2)", spoken_name()));
    let Start::Call(call) = find(&[], None, &named) else { panic!("not taken up") };
    assert_eq!(call.relay(), "help.example.org:8443");
    let technician = call.technician.clone().unwrap();
    assert!(technician.pin.fits(&Identity::from_seed(&[1; 32]).public()));
    assert!(!technician.pin.fits(&Identity::from_seed(&[2; 32]).public()));
    assert_eq!(call.source.call().as_ref(), Ok(&*call), "also after a restart");
    // Whatever lies beside it in a folder of downloads, broken or good.
    for file in [b"nonsense".to_vec(), good()] {
        for beside in [FILE_NAME, "support-of-somebody-else.deskhand"] {
            fs::write(folder.path().join(beside), &file).unwrap();
            assert_eq!(find(&[], None, &named), Start::Call(call.clone()));
        }
    }
    // A plain name says nothing, and the file does.
    let Start::Call(call) = find(&[], None, &program(folder.path(), "deskhand-helper")) else { panic!("not taken up") };
    assert_eq!(call.relay(), "192.168.0.7:8443");
}

#[test]
fn a_name_without_the_secret_half_begins_the_field() {
    let relay: RelayAddress = "help.example.org:8443".parse().unwrap();
    let finder = Invitation::spoken([1, 2, 3, 4, 5]).finder;
    let name = CallName::Half { relay: relay.clone(), finder }.write().unwrap();
    let Start::Field(begun) = find(&[], None, &program(Path::new("/x"), &name)) else { panic!("called") };
    assert_eq!((begun.text.as_str(), begun.hint), ("help.example.org:8443 0410-", Some(Hint::RestOfCode)));
    assert!(Call::typed(&format!("{}6105", begun.text)).is_ok());
    let name = CallName::Half { relay, finder: Invitation::link([1; 10], [2; 16]).finder }.write().unwrap();
    let Start::Field(begun) = find(&[], None, &program(Path::new("/x"), &name)) else { panic!("called") };
    assert_eq!((begun.text.as_str(), begun.hint), ("", Some(Hint::WholeLink)));
}

#[test]
fn a_name_that_was_changed_in_the_middle_says_so() {
    let name = spoken_name().replace("0410", "0411");
    assert_eq!(find(&[], None, &program(Path::new("/x"), &name)), field(Some(Problem::NameDamaged)));
}

#[test]
fn inside_a_zip_viewer_it_asks_to_unpack_unless_it_knows_whom_to_call() {
    let temp = tempfile::tempdir().unwrap();
    let viewer = temp.path().join("tmp").join("ark-QwErTz");
    fs::create_dir_all(&viewer).unwrap();
    assert_eq!(find(&[], None, &program(&viewer, "deskhand-helper")), field(Some(Problem::InsideArchive)));
    assert!(matches!(find(&[], None, &program(&viewer, &spoken_name())), Start::Call(_)));
    fs::write(viewer.join(FILE_NAME), good()).unwrap();
    assert!(matches!(find(&[], None, &program(&viewer, "deskhand-helper")), Start::Call(_)));
}

#[test]
fn what_is_typed_wrong_says_what_is_wrong() {
    let typed = |text: &str| Call::typed(text).map(|call| call.relay());
    assert_eq!(typed("help.example.org K7MP-4QXD"), Ok("help.example.org".to_owned()));
    assert_eq!(typed("http://help.example.org K7MP-4QXD"), Err(Problem::InsecureAddress));
    assert_eq!(typed("K7MP-4QXD"), Err(Problem::BadCode));
    assert_eq!(typed("https://u:p@example.org K7MP-4QXD"), Err(Problem::BadAddress));
    assert_eq!(typed("help.example.org K7MP"), Err(Problem::BadCode));
}

proptest! {
    #[test]
    fn no_file_and_no_name_make_it_panic(bytes: Vec<u8>, name in "\\PC{0,100}") {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE_NAME), &bytes).unwrap();
        let start = find(&[], None, &program(folder.path(), &name));
        let Start::Field(begun) = start else { panic!("called") };
        prop_assert!(begun.problem.is_some());
    }

    #[test]
    fn a_good_file_is_taken_up_in_every_folder(name in "[^/\\\\\u{0}]{1,40}") {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join(format!("x{name}"));
        fs::create_dir(&own).unwrap();
        fs::write(own.join(FILE_NAME), good()).unwrap();
        prop_assert!(matches!(find(&[], None, &program(&own, "deskhand-helper")), Start::Call(_)));
    }
}
