//! The bar on the customer's screen: always on top, not to be hidden, and still while nothing happens.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use xtask::stage::{call::Call, customer::BAR, wait_for};

#[test]
fn the_bar_stays_on_top_comes_back_and_keeps_still() {
    let call = Call::live().unwrap();
    let bar = call.desk.window_now(BAR).unwrap();
    assert!(call.desk.states(&bar).unwrap().contains("_NET_WM_STATE_ABOVE"));

    call.desk.unmap(&bar).unwrap();
    let bar = call.desk.window(BAR, Duration::from_secs(10)).unwrap();
    wait_for("the bar on top again", Duration::from_secs(10), || {
        Ok(call.desk.states(&bar)?.contains("_NET_WM_STATE_ABOVE").then_some(()))
    })
    .unwrap();
    assert!(call.technician.page.find_now("button", "End session").unwrap().is_some(), "the session goes on");

    // Drawn again after it came back, and then not any more: for the time it changes once a minute.
    wait_for("a still bar", Duration::from_secs(30), || {
        Ok((call.desk.drawn(&bar, Duration::from_secs(4))? == 0).then_some(()))
    })
    .unwrap();
}
