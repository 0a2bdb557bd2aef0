//! Templates: uploads in parts, what is refused, replacing and going back, who has seen what, and the file itself.

use deskhand_protocol::{
    error::{ErrorCode, WireError},
    relay::console_socket::RelayToConsole,
    template::{NewUpload, Platform, STAMP_HEAD, STAMP_TAIL, TemplateFault, TemplateRecord, Templates, Upload},
};

use crate::{
    peers::{Answer, House, Technician, bearer, get, post, request},
    routes::add_technician,
};

/// The smallest Windows program that its format allows, stamped as the customer's.
pub(crate) fn program(version: &str) -> Vec<u8> {
    let mut file = b"MZ".to_vec();
    file.resize(0x3c, 0);
    file.extend(0x40_u32.to_le_bytes());
    file.extend(b"PE\0\0");
    file.extend(0x8664_u16.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend([0; 12]);
    file.extend(240_u16.to_le_bytes());
    file.extend(0x22_u16.to_le_bytes());
    let optional = file.len();
    file.extend(0x20b_u16.to_le_bytes());
    file.resize(optional + 108, 0);
    file.extend(16_u32.to_le_bytes());
    file.resize(optional + 240, 0);
    file.extend(b".rdata\0\0");
    for part in [512_u32, 0x1000, 512, 512] {
        file.extend(part.to_le_bytes());
    }
    file.resize(512, 0);
    file.extend(format!("{STAMP_HEAD}{version}{STAMP_TAIL}").as_bytes());
    file.resize(1024, 0);
    file
}

async fn begin(owner: &Technician, size: usize) -> Answer {
    let new = NewUpload { size: size as u64, shipped: false };
    post(owner.at, "/api/v1/templates/uploads", Some(&owner.token), &new).await
}

async fn part(owner: &Technician, upload: &Upload, at: u64, part: &[u8]) -> Answer {
    let path = format!("/api/v1/templates/uploads/{}?at={at}", upload.id);
    request(owner.at, "POST", &path, &[&bearer(&owner.token)], part).await
}

async fn finish(owner: &Technician, upload: &Upload) -> Answer {
    let path = format!("/api/v1/templates/uploads/{}/finish", upload.id);
    request(owner.at, "POST", &path, &[&bearer(&owner.token)], b"").await
}

/// Sends a file in two parts.
pub(crate) async fn upload(owner: &Technician, file: &[u8]) -> Answer {
    let begun: Upload = begin(owner, file.len()).await.is(200);
    let (first, second) = file.split_at(file.len() / 2);
    let taken: Upload = part(owner, &begun, 0, first).await.is(200);
    assert_eq!(taken.received, first.len() as u64);
    let _: Upload = part(owner, &begun, taken.received, second).await.is(200);
    finish(owner, &begun).await
}

async fn list(technician: &Technician) -> Vec<TemplateRecord> {
    technician.get::<Templates>("/api/v1/templates").await.templates
}

#[tokio::test]
async fn a_template_is_what_its_file_says_and_comes_back_as_it_went() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut console = owner.console().await;
    let file = program("1.2.3");
    let template: TemplateRecord = upload(&owner, &file).await.is(200);
    assert_eq!((template.platform, template.version.as_str()), (Platform::WindowsX64, "1.2.3"));
    assert_eq!(template.size, file.len() as u64);
    assert!(template.current && !template.shipped && template.seen, "who brings it has seen it");
    assert_eq!(template.added_by.as_str(), "Ada Weber");
    console.until(|told| (told == RelayToConsole::TemplatesUpdated).then_some(())).await;
    let answer = get(owner.at, &format!("/api/v1/templates/{}/file", template.id), Some(&owner.token)).await;
    assert_eq!((answer.status, answer.body == file), (200, true));
    assert_eq!(list(&owner).await, [template]);
}

#[tokio::test]
async fn wrong_files_are_refused_with_what_is_wrong() {
    let house = House::new().await;
    let owner = house.owner().await;
    let whole = program("1.2.3");
    let mut foreign = whole.clone();
    foreign[512..].fill(0);
    let cases = [
        (b"%PDF-1.7 a letter".to_vec(), TemplateFault::NotAProgram),
        (whole[..900].to_vec(), TemplateFault::Damaged),
        (foreign, TemplateFault::NotOurs),
    ];
    for (file, fault) in cases {
        let answer = upload(&owner, &file).await;
        let error: WireError = answer.is(400);
        assert_eq!(TemplateFault::of_sentence(&error.detail), Some(fault), "{error:?}");
    }
    assert!(list(&owner).await.is_empty());
    let left = std::fs::read_dir(house.dir.path().join("templates")).unwrap().count();
    assert_eq!(left, 0, "nothing refused stays on disk");
}

#[tokio::test]
async fn parts_may_be_repeated_and_late_but_not_too_many() {
    let house = House::new().await;
    let owner = house.owner().await;
    begin(&owner, 0).await.refuses(413, ErrorCode::TooLarge);
    begin(&owner, usize::try_from(deskhand_protocol::limit::TEMPLATE_BYTES).unwrap() + 1)
        .await
        .refuses(413, ErrorCode::TooLarge);
    let file = program("2.0.0");
    let begun: Upload = begin(&owner, file.len()).await.is(200);
    let first: Upload = part(&owner, &begun, 0, &file[..600]).await.is(200);
    let again: Upload = part(&owner, &begun, 0, &file[..600]).await.is(200);
    assert_eq!((first.received, again.received), (600, 600), "sent again after a lost answer");
    part(&owner, &begun, 600, &vec![0; file.len()]).await.refuses(413, ErrorCode::TooLarge);
    part(&owner, &begun, 600, b"").await.refuses(413, ErrorCode::TooLarge);
    let huge = vec![0; deskhand_protocol::limit::TEMPLATE_PART + 1];
    assert_eq!(part(&owner, &begun, 600, &huge).await.status, 413);
    let _: Upload = part(&owner, &begun, 600, &file[600..]).await.is(200);
    let _: TemplateRecord = finish(&owner, &begun).await.is(200);
    finish(&owner, &begun).await.refuses(404, ErrorCode::NotFound);
    part(&owner, &begun, 0, b"x").await.refuses(404, ErrorCode::NotFound);

    // One that was given up too early is damaged, and a crash leaves nothing behind.
    let begun: Upload = begin(&owner, file.len()).await.is(200);
    let _: Upload = part(&owner, &begun, 0, &file[..600]).await.is(200);
    finish(&owner, &begun).await.refuses(400, ErrorCode::Malformed);
    let begun: Upload = begin(&owner, file.len()).await.is(200);
    let _: Upload = part(&owner, &begun, 0, &file[..600]).await.is(200);
    let mut house = house;
    house.stop().await;
    house.start().await;
    let left = std::fs::read_dir(house.dir.path().join("templates")).unwrap().count();
    assert_eq!(left, 1, "the one in use");
}

#[tokio::test]
async fn a_file_that_no_template_knows_is_gone_after_a_start() {
    let mut house = House::new().await;
    let owner = house.owner().await;
    let template: TemplateRecord = upload(&owner, &program("1.0.0")).await.is(200);
    house.stop().await;
    let folder = house.dir.path().join("templates");
    let (stray, foreign) = (folder.join("ab".repeat(32)), folder.join("notes.txt"));
    std::fs::write(&stray, "left by a crash").unwrap();
    std::fs::write(&foreign, "of somebody else").unwrap();
    house.start().await;
    assert!(!stray.exists() && foreign.exists());
    assert!(folder.join(&template.sha256_hex).exists(), "the one in use stays");
}

#[tokio::test]
async fn what_is_new_is_new_for_each_technician_and_an_upload_is_the_owners() {
    let mut house = House::new().await;
    let mut owner = house.owner().await;
    house.stop().await;
    let mut other = add_technician(&house);
    house.start().await;
    owner.sign_in(house.at()).await;
    other.sign_in(house.at()).await;
    let begun: Upload = begin(&owner, 10).await.is(200);
    part(&other, &begun, 0, b"x").await.refuses(403, ErrorCode::Forbidden);
    finish(&other, &begun).await.refuses(403, ErrorCode::Forbidden);

    // And what is new is new for each of them.
    let template: TemplateRecord = upload(&owner, &program("1.0.0")).await.is(200);
    assert!(list(&owner).await[0].seen && !list(&other).await[0].seen);
    let seen = request(house.at(), "POST", "/api/v1/templates/seen", &[&bearer(&other.token)], b"").await;
    assert!(seen.is::<Templates>(200).templates[0].seen);
    let newer: TemplateRecord = upload(&owner, &program("1.1.0")).await.is(200);
    assert_ne!(newer.id, template.id);
    assert!(list(&other).await.iter().any(|template| template.current && !template.seen));
}

#[tokio::test]
async fn a_new_template_takes_the_old_ones_place_and_the_old_one_can_come_back() {
    let house = House::new().await;
    let owner = house.owner().await;
    let old: TemplateRecord = upload(&owner, &program("1.0.0")).await.is(200);
    let new: TemplateRecord = upload(&owner, &program("1.1.0")).await.is(200);
    let current = |all: &[TemplateRecord]| all.iter().find(|one| one.current).map(|one| one.id);
    assert_eq!(current(&list(&owner).await), Some(new.id));
    let path = format!("/api/v1/templates/{}/use", old.id);
    let back: TemplateRecord = request(house.at(), "POST", &path, &[&bearer(&owner.token)], b"").await.is(200);
    assert!(back.current);
    assert_eq!(current(&list(&owner).await), Some(old.id));
    request(house.at(), "POST", &path, &[&bearer(&owner.token)], b"").await.refuses(409, ErrorCode::Conflict);
    let again: TemplateRecord = upload(&owner, &program("1.1.0")).await.is(200);
    assert_eq!(again.id, new.id, "the same file is the same template");
    for n in 0..10 {
        let _: TemplateRecord = upload(&owner, &program(&format!("2.{n}.0"))).await.is(200);
    }
    let all = list(&owner).await;
    assert_eq!(all.len(), deskhand_protocol::limit::TEMPLATES_KEPT as usize);
    assert_eq!(all[0].version.as_str(), "2.9.0");
    let files = std::fs::read_dir(house.dir.path().join("templates")).unwrap().count();
    assert_eq!(files, all.len(), "files of forgotten ones go");
}

#[tokio::test]
async fn an_older_console_does_not_take_a_newer_template_away() {
    let house = House::new().await;
    let owner = house.owner().await;
    let file = house.dir.path().join("deskhand-helper.exe");
    for version in ["1.2.0", "1.1.0", "1.2.0", "1.1.0"] {
        std::fs::write(&file, program(version)).unwrap();
        house.relay().ship(file.clone()).await.unwrap();
        let all = list(&owner).await;
        assert_eq!(all.iter().map(|one| (one.version.as_str(), one.current)).collect::<Vec<_>>(), [("1.2.0", true)]);
        let files = std::fs::read_dir(house.dir.path().join("templates")).unwrap().count();
        assert_eq!(files, 1, "the older one's file does not stay");
    }
}

#[tokio::test]
async fn what_comes_with_a_console_never_takes_the_place_of_what_a_technician_brought() {
    let mut house = House::new().await;
    let mut owner = house.owner().await;
    let file = house.dir.path().join("deskhand-helper.exe");
    let version = |all: &[TemplateRecord]| {
        all.iter().find(|one| one.current).map(|one| (one.version.as_str().to_owned(), one.shipped))
    };
    std::fs::write(&file, program("1.0.0")).unwrap();
    house.relay().ship(file.clone()).await.unwrap();
    house.relay().ship(file.clone()).await.unwrap();
    assert_eq!(version(&list(&owner).await), Some(("1.0.0".into(), true)));
    assert_eq!(list(&owner).await.len(), 1, "twice is once");
    assert!(!list(&owner).await[0].seen);
    std::fs::write(&file, program("1.1.0")).unwrap();
    house.relay().ship(file.clone()).await.unwrap();
    assert_eq!(version(&list(&owner).await), Some(("1.1.0".into(), true)));
    let _: TemplateRecord = upload(&owner, &program("9.0.0")).await.is(200);
    std::fs::write(&file, program("1.2.0")).unwrap();
    house.relay().ship(file.clone()).await.unwrap();
    assert_eq!(version(&list(&owner).await), Some(("9.0.0".into(), false)));
    std::fs::write(&file, "a letter").unwrap();
    let refused = house.relay().ship(file).await.unwrap_err();
    assert_eq!(refused.to_string(), TemplateFault::NotAProgram.sentence());
    house.stop().await;
    house.start().await;
    owner.sign_in(house.at()).await;
    assert_eq!(version(&list(&owner).await), Some(("9.0.0".into(), false)));
}
