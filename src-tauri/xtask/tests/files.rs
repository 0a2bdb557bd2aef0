//! Files through the real windows: a folder goes there, a file comes back, a name is in use, a connection breaks.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{fs, os::unix::fs::FileExt as _, path::Path, time::Duration};

use xtask::stage::{call::Call, customer::Customer, wait_for};

/// The list of each side.
const HERE: &str = "Files: This computer";
const THERE: &str = "Files: Customer’s computer";
/// F5 as WebDriver writes it: sends or fetches what is selected.
const CARRY: &str = "\u{e035}";
/// Home as WebDriver writes it.
const HOME: &str = "\u{e011}";
/// Longer than it takes to pause it.
const BIG: u64 = 400 * 1024 * 1024;

/// Selects what begins with this and carries it to the other side.
fn carries(call: &Call, list: &str, name: &str) {
    wait_for("the name in the list", Duration::from_secs(15), || call.technician.page.find_now("option", name))
        .unwrap();
    // What is typed goes on from what was typed just before, unless another key comes between.
    call.technician.page.press("listbox", list, HOME).unwrap();
    call.technician.page.press("listbox", list, name).unwrap();
    call.technician.page.press("listbox", list, CARRY).unwrap();
}

fn arrives(path: &Path, content: &[u8]) {
    wait_for(&format!("{}", path.display()), Duration::from_secs(30), || {
        Ok(fs::read(path).is_ok_and(|there| there == content).then_some(()))
    })
    .unwrap();
}

fn same(one: &Path, other: &Path) -> bool {
    std::process::Command::new("cmp").arg(one).arg(other).status().is_ok_and(|status| status.success())
}

#[test]
fn a_folder_is_sent_a_file_fetched_a_conflict_settled_and_a_broken_transfer_ends_whole() {
    let mut call = Call::live_for("Full service").unwrap();
    let (home, granted) = (call.folder.path().join("console/home"), call.folder.path().join("helper/Deskhand"));
    fs::create_dir_all(home.join("parcel/inner")).unwrap();
    for (name, content) in [("letter.txt", "Dear Mr Weber"), ("inner/Größe 1.txt", "x"), ("inner/run.sh", "#!/bin/sh")]
    {
        fs::write(home.join("parcel").join(name), content).unwrap();
    }
    call.technician.page.click("button", "Files").unwrap();

    carries(&call, HERE, "parcel");
    arrives(&granted.join("parcel/letter.txt"), b"Dear Mr Weber");
    arrives(&granted.join("parcel/inner/Größe 1.txt"), b"x");
    arrives(&granted.join("parcel/inner/run.sh"), b"#!/bin/sh");
    wait_for("the folder in the customer's list", Duration::from_secs(15), || {
        call.technician.page.press("listbox", THERE, "parcel")?;
        Ok(call
            .technician
            .page
            .text_of(&call.technician.page.find("listbox", THERE)?)?
            .contains("parcel")
            .then_some(()))
    })
    .unwrap();

    fs::write(granted.join("report.log"), "what happened").unwrap();
    let refresh = "document.querySelector('[data-side=remote] button[title=Refresh]').click()";
    call.technician.page.script(refresh, &[]).unwrap();
    carries(&call, THERE, "report.log");
    arrives(&home.join("report.log"), b"what happened");

    // The same again: what is there is told, and nothing is written over unasked.
    fs::write(home.join("parcel/letter.txt"), "Dear Mrs Weber").unwrap();
    carries(&call, HERE, "parcel");
    call.technician.page.see("is there already").unwrap();
    assert_eq!(fs::read(granted.join("parcel/letter.txt")).unwrap(), b"Dear Mr Weber");
    call.technician.page.click("checkbox", "For all of this transfer").unwrap();
    call.technician.page.click("button", "Only if different").unwrap();
    arrives(&granted.join("parcel/letter.txt"), b"Dear Mrs Weber");

    // A big one is paused, the helper dies, comes back, and the transfer goes on where it stopped.
    let big = home.join("big.img");
    let file = fs::File::create(&big).unwrap();
    file.set_len(BIG).unwrap();
    for at in 0..BIG / (1024 * 1024) {
        file.write_all_at(&at.to_le_bytes().repeat(16), at * 1024 * 1024).unwrap();
    }
    call.technician
        .page
        .script("document.querySelector('[data-side=local] button[title=Refresh]').click()", &[])
        .unwrap();
    carries(&call, HERE, "big.img");
    call.technician.page.click("button", "Pause").unwrap();
    call.technician.page.see("paused").unwrap();
    assert!(!granted.join("big.img").exists(), "half a file has no name");
    call.customer.page.kill().unwrap();
    call.technician.page.see_within("Reconnecting", Duration::from_secs(30)).unwrap();
    call.customer = Customer::start(&call.desk, &call.folder.path().join("helper")).unwrap();
    call.customer.types_call(&call.code).unwrap();
    call.customer.allows().unwrap();
    call.technician.page.click("button", "Go on").unwrap();
    wait_for("the big file", Duration::from_secs(60), || Ok(granted.join("big.img").exists().then_some(()))).unwrap();
    assert!(same(&big, &granted.join("big.img")));
    let left = fs::read_dir(&granted)
        .unwrap()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(".part"));
    assert_eq!(left.count(), 0, "nothing half is left");
    call.technician.page.script("return new Promise(requestAnimationFrame)", &[]).unwrap();
    call.console.screenshot(&xtask::root().join("target/files.png")).unwrap();
}
