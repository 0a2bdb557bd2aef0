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
fn when_the_console_loses_the_keyboard_and_when_the_customer_takes_it_back() {
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
    // As long as a dead path takes to be noticed.
    let_go(&call, 40);
}
