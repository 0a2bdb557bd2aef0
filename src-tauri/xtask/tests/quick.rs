//! Quick actions through the real windows: the customer confirms each, and the system's own programs do them.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{fs, time::Duration};

use xtask::stage::{
    call::Stage,
    customer::{Customer, HANDS, called, stands_in},
    wait_for,
};

const SOON: Duration = Duration::from_secs(20);

#[test]
fn each_is_confirmed_and_done_and_the_call_goes_on_after_a_restart() {
    let stage = Stage::with_code_for("Full service").unwrap();
    let data = stage.folder.path().join("helper");
    let bin = data.join("bin");
    stands_in(&bin, "loginctl", "").unwrap();
    // As the system does, it ends the programs first.
    stands_in(&bin, "systemctl", "kill -TERM $PPID").unwrap();
    let customer = Customer::start(&stage.desk, &data).unwrap();
    customer.types_call(&stage.code).unwrap();
    let page = &stage.technician.page;
    wait_for("the customer to wait", Duration::from_secs(30), || page.find_now("button", "Connect")).unwrap();
    stage.technician.connects().unwrap();
    customer.allows().unwrap();
    stage.technician.sees_picture().unwrap();
    let menu = "Quick actions: Quick actions";

    // A no is a no.
    page.click("button", menu).unwrap();
    page.click("button", "Lock the computer").unwrap();
    page.see("Lock: the customer is being asked.").unwrap();
    customer.page.see("May he lock this computer now?").unwrap();
    customer.is_asked().unwrap();
    customer.denies().unwrap();
    page.see("Lock: the customer did not say yes.").unwrap();
    assert_eq!(called(&bin), "", "nothing was done");
    page.click("button", "Lock the computer").unwrap();
    customer.is_asked().unwrap();
    customer.page.click_away("button", "Allow").unwrap();
    page.see("Lock: done.").unwrap();
    assert!(called(&bin).starts_with("loginctl lock-session "), "{}", called(&bin));

    // What computer it is, without a question.
    page.click("button", "System information").unwrap();
    page.see("Processor").unwrap();
    page.see("free").unwrap();
    page.click("button", "Close").unwrap();

    // A program is found in the list and ended, by name and number.
    let copy = bin.join("deskhand-prey");
    fs::copy("/bin/sleep", &copy).unwrap();
    let mut prey = std::process::Command::new(&copy).arg("600").spawn().unwrap();
    page.click("button", menu).unwrap();
    page.click("button", "Task manager").unwrap();
    page.fill("Find a program", "deskhand-prey").unwrap();
    page.click("button", "End deskhand-prey").unwrap();
    customer.page.see("May he end this program now?").unwrap();
    customer.page.see("deskhand-prey").unwrap();
    assert_eq!(prey.try_wait().unwrap(), None, "it runs until he says yes");
    customer.is_asked().unwrap();
    customer.page.click_away("button", "Allow").unwrap();
    page.see("End the program: done.").unwrap();
    assert!(!prey.wait().unwrap().success(), "it was ended");
    stage.console.screenshot(&xtask::root().join("target/shots/programs.png")).unwrap();
    page.click("button", "Close").unwrap();

    // A restart: one entry, which is gone at the next start; and the customer is asked again.
    page.click("button", menu).unwrap();
    page.click("button", "Restart and reconnect …").unwrap();
    customer.page.see("May he restart this computer now?").unwrap();
    stage.desk.screenshot(&xtask::root().join("target/shots/confirm.png")).unwrap();
    customer.is_asked().unwrap();
    let entry = data.join(".config/autostart/deskhand-helper-once.desktop");
    assert!(!entry.exists());
    customer.page.click_away("button", "Allow").unwrap();
    wait_for("the restart", SOON, || Ok(called(&bin).contains("systemctl reboot").then_some(()))).unwrap();
    let written = fs::read_to_string(&entry).unwrap();
    assert!(written.contains("--after-restart"), "{written}");
    drop(customer);
    let again = Customer::start_with_arguments(&stage.desk, &["--after-restart"], &data).unwrap();
    wait_for("the entry to go", SOON, || Ok((!entry.exists()).then_some(()))).unwrap();
    again.is_asked().unwrap();
    again.page.click_away("button", "Allow").unwrap();
    again.page.see(HANDS).unwrap();
    again.is_asked().unwrap();
    again.page.click_away("button", "Allow").unwrap();
    stage.technician.sees_picture().unwrap();
    drop(again);
    // A third start knows nothing of the call.
    let third = Customer::start_with_arguments(&stage.desk, &["--after-restart"], &data).unwrap();
    third.page.find("textbox", "Address and code, or link").unwrap();
}
