//! The helper by itself: it is started twice, calls the technician's attention, and leaves nothing behind.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use xtask::stage::{
    call::{CUSTOMER, Stage},
    customer::{BAR, Customer},
    wait_for,
};

/// The helper's folder in the customer's home.
fn data(home: &Path) -> PathBuf {
    home.join(".local/share/deskhand-helper")
}

/// The customer starts the program once more, and it ends by itself.
fn starts_again(stage: &Stage, home: &Path, args: &[&str]) -> Output {
    stage
        .desk
        .command(xtask::binaries().join("deskhand-helper"))
        .args(args)
        .env("HOME", home)
        .env_remove("XDG_DATA_HOME")
        .env("LANGUAGE", "en")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Every file below a folder, but what the system's own libraries keep of fonts, drivers and decoders for all programs.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if [".cache", ".dbus", "gstreamer-1.0", "mesa_shader_cache", "dconf"].iter().any(|of| name == *of) {
            continue;
        }
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn one_helper_runs_calls_for_attention_and_is_forgotten() {
    let stage = Stage::with_code().unwrap();
    let home = stage.folder.path().join("helper");
    let customer = Customer::start(&stage.desk, &home).unwrap();
    customer.page.find("textbox", "Address and code, or link").unwrap();

    // A second start hands its call to the first one.
    let words: Vec<&str> = stage.code.split(' ').collect();
    let second = starts_again(&stage, &home, &words);
    assert!(second.status.success(), "{}", said(&second));
    customer.page.see("Your technician is here").unwrap();
    stage.technician.connects().unwrap();
    customer.allows().unwrap();
    stage.technician.sees_picture().unwrap();
    let bar = stage.desk.window(BAR, Duration::from_secs(10)).unwrap();

    // In a call it only comes to the front, whatever it is started with.
    let hidden = || {
        let window = stage.desk.window_now("Deskhand Helper");
        window.is_none_or(|window| stage.desk.states(&window).unwrap_or_default().contains("HIDDEN"))
    };
    wait_for("the window to go out of the way", Duration::from_secs(10), || Ok(hidden().then_some(()))).unwrap();
    let third = starts_again(&stage, &home, &["other.example.org", "K7MP-4QXD"]);
    assert!(third.status.success(), "{}", said(&third));
    wait_for("the window to come back", Duration::from_secs(10), || Ok((!hidden()).then_some(()))).unwrap();
    customer.page.see("\u{2068}Mara Lindt\u{2069} is connected").unwrap();
    assert_eq!(stage.desk.window(BAR, Duration::from_secs(10)).unwrap(), bar, "the same call");
    for (args, why) in [(&["--headless", "--grant", "/nowhere"][..], "grant"), (&["--clean"], "it is running")] {
        let refused = starts_again(&stage, &home, args);
        assert!(!refused.status.success() && said(&refused).contains(why), "{}", said(&refused));
    }

    // He calls the technician, who is told until she says that she looks.
    customer.page.click("button", "Call your technician").unwrap();
    customer.page.see("Your technician has been called").unwrap();
    assert!(!customer.page.enabled("button", "Call your technician").unwrap(), "not twice at once");
    let asks = format!("{CUSTOMER} asks you to look.");
    stage.technician.page.see(&asks).unwrap();
    if let Some(shots) = std::env::var_os("DESKHAND_SHOTS").map(PathBuf::from) {
        stage.console.screenshot(&shots.join("attention-console.png")).unwrap();
        stage.desk.screenshot(&shots.join("attention-helper.png")).unwrap();
    }
    stage.technician.page.click("button", "Sessions").unwrap();
    stage.technician.opens("Templates").unwrap();
    stage.technician.page.find("img", "asks you to look").unwrap();
    stage.technician.page.click("link", CUSTOMER).unwrap();
    stage.technician.page.click("button", "I am looking").unwrap();
    customer.page.see("Your technician has seen that you called").unwrap();
    wait_for("the mark to go", Duration::from_secs(10), || {
        Ok((!stage.technician.page.text()?.contains(&asks)).then_some(()))
    })
    .unwrap();

    // After the end he sees what is left behind, and removes it.
    customer.page.click("button", "End session").unwrap();
    let folder = data(&home);
    customer.page.see(&folder.display().to_string()).unwrap();
    let kept = files(&home);
    assert!(kept.contains(&folder.join("device.key")));
    assert!(kept.iter().all(|file| file.starts_with(&folder)), "one folder, and nothing else: {kept:?}");
    customer.page.click("button", "Forget this computer").unwrap();
    customer.page.see("All of it has been removed").unwrap();
    if let Some(shots) = std::env::var_os("DESKHAND_SHOTS").map(PathBuf::from) {
        stage.desk.screenshot(&shots.join("forgotten.png")).unwrap();
    }
    assert!(!folder.exists());
    customer.page.click_away("button", "Close").unwrap();
    wait_for("the window to close", Duration::from_secs(10), || {
        Ok(stage.desk.window_now("Deskhand Helper").is_none().then_some(()))
    })
    .unwrap();
    assert_eq!(files(&home), Vec::<PathBuf>::new(), "nothing is left");
}

#[test]
fn what_is_kept_is_removed_by_name_and_shown_to_be_gone() {
    let base = tempfile::tempdir().unwrap();
    let clean = |data: &Path| {
        let program = xtask::binaries().join("deskhand-helper");
        std::process::Command::new(program)
            .args(["--clean", "--data"])
            .arg(data)
            .env("HOME", base.path())
            .env_remove("DISPLAY")
            .output()
            .unwrap()
    };
    let data = base.path().join("data");
    fs::create_dir_all(data.join("pasted/7")).unwrap();
    for file in
        ["device.key", "checked.json", "companies.json", "reported.txt", "running.lock", "pasted/7/a letter.txt"]
    {
        fs::write(data.join(file), "x").unwrap();
    }
    let autostart = base.path().join(".config/autostart");
    fs::create_dir_all(&autostart).unwrap();
    fs::write(autostart.join("deskhand-helper-once.desktop"), "[Desktop Entry]\n").unwrap();
    fs::write(autostart.join("other.desktop"), "[Desktop Entry]\n").unwrap();
    let first = clean(&data);
    let listed = String::from_utf8(first.stdout).unwrap();
    assert!(first.status.success(), "{listed}");
    for gone in ["device.key", "reported.txt", "pasted/7/a letter.txt", "the entry that starts it after a restart"] {
        assert!(listed.lines().any(|line| line.starts_with("removed ") && line.ends_with(gone)), "{gone}: {listed}");
    }
    assert!(listed.ends_with("nothing of Deskhand Helper is kept on this computer for this user\n"), "{listed}");
    assert!(!data.exists() && autostart.join("other.desktop").exists());

    let again = clean(&data);
    assert!(again.status.success() && !data.exists());
    assert_eq!(again.stdout, b"nothing of Deskhand Helper is kept on this computer for this user\n");

    // A folder that was named by mistake loses nothing but what is ours, and it is said that something is left.
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("device.key"), "x").unwrap();
    fs::write(data.join("thesis.odt"), "years").unwrap();
    let mistake = clean(&data);
    let listed = String::from_utf8(mistake.stdout).unwrap();
    assert!(!mistake.status.success() && listed.contains("thesis.odt: this is none of its files"), "{listed}");
    assert!(data.join("thesis.odt").exists() && !data.join("device.key").exists());
}
