//! What stays of a call: found, edited, counted and handed out through the console's real window.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use xtask::stage::{call::Call, wait_for};

/// The Enter key as WebDriver types it.
const ENTER: char = '\u{E007}';

#[test]
fn a_call_is_noted_upon_counted_and_handed_out() {
    let call = Call::live().unwrap();
    let page = &call.technician.page;
    let file = call.relay_file().unwrap();
    call.technician.ends().unwrap();
    page.click("button", "Back to sessions").unwrap();
    page.click("row", "Mr Weber").unwrap();
    page.fill("Tags", &format!("printer{ENTER}")).unwrap();
    page.find("button", "Remove the tag printer").unwrap();
    page.fill("Notes", "Key under the mat").unwrap();
    page.click("textbox", "Tags").unwrap();
    page.see("Saved").unwrap();
    let kept = || {
        let db = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let sql = "SELECT notes, (SELECT tag FROM session_tags), host IS NOT NULL FROM sessions";
        Ok(db.query_row(sql, [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, bool>(2)?))
        })?)
    };
    let found: anyhow::Result<(String, String, bool)> = kept();
    assert_eq!(found.unwrap(), ("Key under the mat".into(), "printer".into(), true));
    page.fill("Search names, host, id or notes", "under MAT").unwrap();
    page.see("1 found").unwrap();
    page.fill("Search names, host, id or notes", "nobody").unwrap();
    page.see("Nothing matches").unwrap();

    // The device has learnt whose it is, and is renamed in its row; the session keeps what it was.
    call.technician.opens("Devices").unwrap();
    page.click("button", "Edit Mr Weber").unwrap();
    page.fill("Machine", &format!("Till 3{ENTER}")).unwrap();
    page.see("Mr Weber / Till 3").unwrap();
    page.click("button", "Request a session with Mr Weber / Till 3").unwrap();
    page.find("dialog", "New session").unwrap();
    page.click("button", "Cancel").unwrap();

    call.technician.opens("Statistics").unwrap();
    page.see("Sessions per day").unwrap();
    page.click("button", "Export CSV").unwrap();
    let table = call.folder.path().join("console/Downloads/deskhand-sessions.csv");
    let text = wait_for("the table", Duration::from_secs(20), || Ok(std::fs::read_to_string(&table).ok())).unwrap();
    assert!(text.contains("Mr Weber") && text.contains("Key under the mat"), "{text}");
    assert!(!text.contains("Till 3"), "a session keeps what its device was called: {text}");

    call.technician.opens("Audit log").unwrap();
    page.see("changed tags or notes").unwrap();
    page.see("exported sessions").unwrap();

    // By keyboard alone, from anywhere to anything.
    page.click("button", "Search").unwrap();
    page.fill("Type a command", &format!("dashboard{ENTER}")).unwrap();
    page.see("Active sessions").unwrap();
}
