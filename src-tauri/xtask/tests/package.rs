//! What a customer is sent, from the console's dialog to a call, through the real windows.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use xtask::stage::{
    call::{COMPANY, TECHNICIAN},
    customer::Customer,
    display::Display,
    relay::RelayProgram,
    technician::Technician,
    wait_for,
};

/// A folder as people have them, which nobody can write to.
fn folder_of_a_person(base: &Path) -> PathBuf {
    let folder = base.join("Übung für Jürgen – neu (2)");
    fs::create_dir(&folder).unwrap();
    folder
}

fn unpack(package: &Path, into: &Path) {
    assert!(Command::new("tar").arg("-xzf").arg(package).arg("-C").arg(into).status().unwrap().success());
}

fn saved(technician: &Technician, button: &str, folder: &Path, ending: &str) -> PathBuf {
    technician.page.click("button", button).unwrap();
    wait_for("the saved file", Duration::from_secs(120), || {
        let files = fs::read_dir(folder)?.flatten().map(|file| file.path());
        Ok(files.into_iter().find(|path| path.to_string_lossy().ends_with(ending) && path.is_file()))
    })
    .unwrap()
}

#[test]
fn a_saved_package_is_renamed_and_moved_and_still_connects() {
    let base = tempfile::tempdir().unwrap();
    let console = Display::start(1440, 940).unwrap();
    let desk = Display::start(1280, 800).unwrap();
    let technician = Technician::start(&console, &base.path().join("console"), &[]).unwrap();
    technician.introduces_himself(TECHNICIAN, COMPANY).unwrap();
    let downloads = base.path().join("console/Downloads");

    // The template that came with the console is new to the technician, until he has seen it.
    technician.page.see_within("New for customers: Linux", Duration::from_secs(60)).unwrap();
    technician.opens("Templates").unwrap();
    technician.page.see("In use").unwrap();
    technician.page.see("came with Deskhand").unwrap();
    wait_for("the balloon to go", Duration::from_secs(20), || {
        Ok((!technician.page.text()?.contains("New for customers")).then_some(()))
    })
    .unwrap();

    technician.page.click("button", "Generate support package").unwrap();
    technician.page.fill("Customer", "Mr Weber").unwrap();
    technician.page.fill("Message to the customer", "Close your mail first.").unwrap();
    technician.page.click("button", "Generate").unwrap();
    let package = saved(&technician, "Save package", &downloads, ".tar.gz");
    technician.page.find("img", "QR code of the link").unwrap();

    let folder = folder_of_a_person(base.path());
    unpack(&package, &folder);
    let inside = folder.join("Deskhand Support");
    let program = inside.join("deskhand-helper (1)");
    fs::rename(inside.join("deskhand-helper"), &program).unwrap();
    fs::set_permissions(&inside, fs::Permissions::from_mode(0o555)).unwrap();
    let customer = Customer::start_program(&desk, &program, &[], &base.path().join("helper"), &[]).unwrap();
    customer.page.see("Close your mail first.").unwrap();
    technician.page.click("button", "Done").unwrap();
    technician.opens("Dashboard").unwrap();
    technician.connects().unwrap();
    customer.allows().unwrap();
    technician.sees_picture().unwrap();
    fs::set_permissions(&inside, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_named_program_connects_and_broken_packages_say_what_is_wrong() {
    let base = tempfile::tempdir().unwrap();
    let console = Display::start(1440, 940).unwrap();
    let desk = Display::start(1280, 800).unwrap();
    let technician = Technician::start(&console, &base.path().join("console"), &[]).unwrap();
    technician.introduces_himself(TECHNICIAN, COMPANY).unwrap();
    let downloads = base.path().join("console/Downloads");
    technician.page.click("button", "Generate support package").unwrap();
    technician.page.fill("Customer", "Mr Weber").unwrap();
    technician.page.click("button", "Generate").unwrap();
    let package = saved(&technician, "Save package", &downloads, ".tar.gz");
    technician.page.click("button", "Save program only").unwrap();
    let named = wait_for("the named program", Duration::from_secs(120), || {
        let files = fs::read_dir(&downloads)?.flatten().map(|file| file.path());
        Ok(files
            .into_iter()
            .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("deskhand_"))))
    })
    .unwrap();
    technician.page.click("button", "Done").unwrap();

    // The support file, damaged on its way: a sentence, and the field to type the call instead.
    let folder = folder_of_a_person(base.path());
    unpack(&package, &folder);
    let inside = folder.join("Deskhand Support");
    let file = inside.join("support.deskhand");
    let good = fs::read(&file).unwrap();
    fs::write(&file, &good[..good.len() - 30]).unwrap();
    let data = base.path().join("helper");
    let broken = Customer::start_program(&desk, &inside.join("deskhand-helper"), &[], &data, &[]).unwrap();
    broken.page.see("The file support.deskhand is damaged").unwrap();
    broken.page.find("textbox", "Address and code, or link").unwrap();
    drop(broken);
    // Started inside a zip viewer, which leaves the file behind.
    let viewer = base.path().join("tmp/ark-QwErTz");
    fs::create_dir_all(&viewer).unwrap();
    fs::copy(inside.join("deskhand-helper"), viewer.join("deskhand-helper")).unwrap();
    let inside_viewer = Customer::start_program(&desk, &viewer.join("deskhand-helper"), &[], &data, &[]).unwrap();
    inside_viewer.page.see("Please extract the package first").unwrap();
    drop(inside_viewer);

    // The bare program, as a German file manager copies it.
    let name = named.file_name().unwrap().to_string_lossy().into_owned();
    let changed = name.replacen("deskhand_", "deskhand_zz.", 1);
    let other = folder.join(&changed);
    fs::copy(&named, &other).unwrap();
    let wrong = Customer::start_program(&desk, &other, &[], &data, &[]).unwrap();
    wrong.page.see("The name of this program was changed").unwrap();
    drop(wrong);
    let copy = folder.join(format!("{name}\u{a0}- Kopie (1)"));
    fs::copy(&named, &copy).unwrap();
    let customer = Customer::start_program(&desk, &copy, &[], &data, &[]).unwrap();
    technician.connects().unwrap();
    customer.allows().unwrap();
    technician.sees_picture().unwrap();
}

/// A request of a browser, which follows nothing by itself: status, where it is sent on to, and the page.
fn browse(method: &str, url: &str, form: &str) -> (u16, String, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build().into();
    let mut answer = match method {
        "POST" => agent.post(url).content_type("application/x-www-form-urlencoded").send(form),
        _ => agent.get(url).call(),
    }
    .unwrap();
    let location = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
    (answer.status().as_u16(), location, answer.body_mut().read_to_string().unwrap())
}

#[test]
fn somebody_who_asks_on_the_relays_page_is_seen_and_helped() {
    let base = tempfile::tempdir().unwrap();
    let console = Display::start(1440, 940).unwrap();
    let desk = Display::start(1280, 800).unwrap();
    let relay = RelayProgram::start(&base.path().join("relay")).unwrap();
    let technician = Technician::start(&console, &base.path().join("console"), &[]).unwrap();
    technician.joins(TECHNICIAN, COMPANY, &relay.at.to_string(), &relay.token).unwrap();

    let form = "name=J%C3%BCrgen+Lang&problem=%3Cb%3EKein+Druck%3C%2Fb%3E";
    let (status, waiting, _) = browse("POST", &format!("{}/support", relay.url()), form);
    assert_eq!(status, 303);
    technician.page.see("1 person asks for help").unwrap();
    technician.page.see("<b>Kein Druck</b>").unwrap();
    let waiting = format!("{}{waiting}", relay.url());
    let (_, _, page) = browse("GET", &waiting, "");
    assert!(page.contains("Your request has arrived"), "{page}");

    technician.page.click("button", "Help Jürgen Lang").unwrap();
    technician.page.see("compare the words").unwrap();
    let (status, link, _) = browse("GET", &waiting, "");
    assert_eq!(status, 303);
    let link = format!("{}{link}", relay.url());
    let (_, _, page) = browse("GET", link.split('#').next().unwrap(), "");
    assert!(page.contains("is waiting for you") && page.contains("not secure"), "{page}");
    let customer = Customer::start(&desk, &base.path().join("helper")).unwrap();
    customer.types_call(&link).unwrap();
    technician.connects().unwrap();
    customer.allows().unwrap();
    technician.sees_picture().unwrap();
    wait_for("the page to say that they are connected", Duration::from_secs(20), || {
        let (_, _, page) = browse("GET", link.split('#').next().unwrap(), "");
        Ok(page.contains("is connected to your computer").then_some(()))
    })
    .unwrap();
}
