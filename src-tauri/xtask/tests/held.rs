//! What the technician holds down is let go on the customer's machine, whatever becomes of him or of the call.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use xtask::stage::{call::Call, wait_for};

/// The technician holds Shift, and it is down on the customer's machine.
fn holding(call: &Call) {
    // A click into the picture gives it the keyboard; nothing is there to be clicked.
    let window = call.console_window().unwrap();
    let (x, y) = call.technician.on_screen(&call.console, &window, 40, 760).unwrap();
    call.console.click(x, y).unwrap();
    let_go(call, 10);
    call.console.key_down("shift").unwrap();
    wait_for("Shift on the customer's machine", Duration::from_secs(10), || {
        Ok((!call.desk.held()?.is_empty()).then_some(()))
    })
    .unwrap();
}

fn let_go(call: &Call, within: u64) {
    wait_for("everything to be let go", Duration::from_secs(within), || Ok(call.desk.held()?.is_empty().then_some(())))
        .unwrap();
}

#[test]
fn no_stuck_modifiers_when_the_console_loses_the_keyboard_and_when_the_customer_takes_it_back() {
    let call = Call::live().unwrap();
    holding(&call);
    let other = call.console.start_program("xterm", &["-T", "Something else"]).unwrap();
    let window = call.console.window("Something else", Duration::from_secs(10)).unwrap();
    call.console.focus(&window).unwrap();
    let_go(&call, 10);
    call.console.key_up("shift").unwrap();
    drop(other);

    holding(&call);
    call.customer.page.click("switch", "Use your mouse and keyboard").unwrap();
    let_go(&call, 10);
}

#[test]
fn when_the_customer_ends() {
    let call = Call::live().unwrap();
    holding(&call);
    call.customer.ends_on_bar(&call.desk).unwrap();
    call.bar_goes().unwrap();
    let_go(&call, 10);
}

#[test]
fn when_the_console_is_killed() {
    let call = Call::live().unwrap();
    holding(&call);
    call.technician.page.kill().unwrap();
    // A console that says nothing holds nothing: long before the path is known to be dead.
    let_go(&call, 8);
}

#[test]
fn when_the_helper_is_killed() {
    let call = Call::live().unwrap();
    let file = call.folder.path().join("typed.txt");
    let before = keyboard(&call);
    let _terminal = call.desk.raw_keeper(&file).unwrap();
    call.clicks_into("Customer notes").unwrap();
    // A borrowed key, and then a held one.
    call.technician.page.script("document.execCommand('insertText', false, '日')", &[]).unwrap();
    wait_for("the character", Duration::from_secs(10), || Ok((std::fs::read_to_string(&file)? == "日").then_some(())))
        .unwrap();
    assert_ne!(keyboard(&call), before);
    holding(&call);
    call.customer.page.kill().unwrap();
    let_go(&call, 8);
    wait_for("the keyboard as it was", Duration::from_secs(8), || Ok((keyboard(&call) == before).then_some(())))
        .unwrap();
}

/// What every key of the customer's display types.
fn keyboard(call: &Call) -> Vec<u8> {
    let mut command = call.desk.command("xmodmap");
    command.arg("-pke").stdout(std::process::Stdio::piped()).output().unwrap().stdout
}
