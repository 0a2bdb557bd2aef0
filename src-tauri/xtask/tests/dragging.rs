//! Dragging files out of the console's real window onto another program's, with the pointer.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{fs, path::Path, time::Duration};

use xtask::stage::{call::Call, catcher::Catcher, wait_for};

const THERE: &str = "Files: Customer’s computer";
/// Control and A, as WebDriver writes them.
const ALL: &str = "\u{e009}a\u{e000}";
/// Longer than it takes to call it off.
const BIG: u64 = 600 * 1024 * 1024;

fn refresh(call: &Call, side: &str, name: &str) {
    let click = format!("document.querySelector('[data-side={side}] button[title=Refresh]').click()");
    call.technician.page.script(&click, &[]).unwrap();
    wait_for("the name in the list", Duration::from_secs(15), || call.technician.page.find_now("option", name))
        .unwrap();
}

fn same(path: &Path, content: &[u8]) {
    assert_eq!(fs::read(path).unwrap(), content, "{}", path.display());
}

#[test]
fn files_of_both_machines_are_dragged_onto_another_program_and_nothing_half_arrives_there() {
    let call = Call::live_for("Full service").unwrap();
    let (console, technician) = (&call.console, &call.technician);
    let (home, granted) = (call.folder.path().join("console/home"), call.folder.path().join("helper/Deskhand"));
    let caught = call.folder.path().join("caught");
    fs::create_dir_all(granted.join("bundle/inner")).unwrap();
    let noise: Vec<u8> = (0..3_000_000_u32).map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
    fs::write(home.join("letter.txt"), "Dear Mr Weber").unwrap();
    fs::write(granted.join("report.log"), "what happened").unwrap();
    fs::write(granted.join("bundle/inner/Größe 1.bin"), &noise).unwrap();
    technician.page.click("button", "Files").unwrap();
    refresh(&call, "local", "letter.txt");
    refresh(&call, "remote", "report.log");
    // It stands above the console's own window, which is below it everywhere.
    let window = console.window(r"(\([0-9]+\) )?Deskhand", Duration::from_secs(10)).unwrap();
    let (left, top, width, height) = console.place(&window).unwrap();
    let catcher = Catcher::start(console, &caught, left + width / 2 - 130, top + height - 300).unwrap();

    catcher.is_dragged_to(console, technician, "local", "letter.txt").unwrap();
    console.button_up().unwrap();
    catcher.has_taken(console, 1).unwrap();
    same(&caught.join("letter.txt"), b"Dear Mr Weber");
    technician.page.see("The program has the files.").unwrap();

    // Several at once, a folder among them: fetched first, and handed over when all is there.
    technician.page.press("listbox", THERE, ALL).unwrap();
    catcher.is_dragged_to(console, technician, "remote", "report.log").unwrap();
    assert_eq!(fs::read_dir(&caught).unwrap().count(), 1, "nothing is fetched before it is let go");
    console.screenshot(&xtask::root().join("target/drag-held.png")).unwrap();
    console.button_up().unwrap();
    catcher.has_taken(console, 2).unwrap();
    same(&caught.join("report.log"), b"what happened");
    same(&caught.join("bundle/inner/Größe 1.bin"), &noise);

    // One that is long on its way is called off where its progress is shown.
    fs::File::create(granted.join("big.img")).unwrap().set_len(BIG).unwrap();
    refresh(&call, "remote", "big.img");
    catcher.is_dragged_to(console, technician, "remote", "big.img").unwrap();
    console.button_up().unwrap();
    technician.page.see("Being fetched").unwrap();
    console.screenshot(&xtask::root().join("target/drag-fetching.png")).unwrap();
    technician.page.click("button", "Cancel").unwrap();
    technician.page.see("Called off").unwrap();
    catcher.is_left(console).unwrap();
    assert!(!caught.join("big.img").exists());

    // One that is gone by now.
    fs::write(granted.join("short.txt"), "x").unwrap();
    refresh(&call, "remote", "short.txt");
    fs::remove_file(granted.join("short.txt")).unwrap();
    catcher.is_dragged_to(console, technician, "remote", "short.txt").unwrap();
    console.button_up().unwrap();
    technician.page.see("It is not there any more.").unwrap();
    catcher.is_left(console).unwrap();

    // Called off by the keyboard while it is held: the other program is left, and gets nothing.
    catcher.is_dragged_to(console, technician, "local", "letter.txt").unwrap();
    console.press("Escape").unwrap();
    catcher.is_left(console).unwrap();
    console.button_up().unwrap();

    // Back over its own window a drag is what it always was: from one pane to the other.
    fs::write(home.join("second.txt"), "again").unwrap();
    refresh(&call, "local", "second.txt");
    catcher.is_dragged_to(console, technician, "local", "second.txt").unwrap();
    let at = technician.page.script(
        "const box = document.querySelector('[data-side=remote] .body').getBoundingClientRect();\
         return [box.left + 80, box.top + 40];",
        &[],
    );
    let at = at.unwrap();
    let at = |i: usize| at[i].as_f64().unwrap() as i32;
    console.move_to(left + at(0), top + at(1)).unwrap();
    catcher.is_left(console).unwrap();
    technician.page.see("Drop to send here").unwrap();
    console.button_up().unwrap();
    wait_for("the file on the other side", Duration::from_secs(20), || {
        Ok(fs::read(granted.join("second.txt")).is_ok_and(|there| there == b"again").then_some(()))
    })
    .unwrap();

    // What was fetched for others goes with the session.
    technician.page.click("button", "Back to the screen").unwrap();
    technician.ends().unwrap();
    wait_for("fetched files to go", Duration::from_secs(20), || {
        let folders = fs::read_dir(call.folder.path().join("console/copied"))?;
        Ok((folders.count() == 0).then_some(()))
    })
    .unwrap();
}
