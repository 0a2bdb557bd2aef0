//! What is written in a call arrives: chat both ways, and keys exactly.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use xtask::stage::{call::Call, wait_for};

#[test]
fn chat_goes_both_ways_and_markup_stays_text() {
    let call = Call::live().unwrap();
    call.technician.opens_chat().unwrap();
    call.technician.writes("Good morning <b>Mr Weber</b>").unwrap();
    call.customer.page.see("Good morning <b>Mr Weber</b>").unwrap();
    call.customer.writes("The printer says <script>alert(1)</script>").unwrap();
    call.technician.page.see("The printer says <script>alert(1)</script>").unwrap();
    // Each is told that it has come; that it was read too, if the window over there is the one in use.
    for (page, delivered, read) in
        [(&call.technician.page, "Delivered", "Read"), (&call.customer.page, "delivered", "read")]
    {
        wait_for("two ticks", Duration::from_secs(25), || {
            Ok(page.find_now("img", delivered)?.or(page.find_now("img", read)?))
        })
        .unwrap();
    }
}

#[test]
fn chat_works_before_anything_is_allowed() {
    let call = Call::waiting().unwrap();
    call.customer.writes("Is it really you?").unwrap();
    call.technician.page.click("button", "Connect").unwrap();
    call.technician.opens_chat().unwrap();
    call.technician.page.see("Is it really you?").unwrap();
}

#[test]
fn capitals_and_symbols_arrive_exactly_in_a_terminal() {
    typed_arrives("us", "us", "Pa55word! {[(<|>)]} ~`^ \\ / \"q\" 'q' a@b.c #1 $2 50% &*-_=+;:?,");
}

#[test]
fn a_german_customer_gets_what_was_typed_on_an_american_keyboard() {
    typed_arrives("us", "de", "Zebra y/z: {[]} \\ @ ~ | \"quoted\" <tag>");
}

#[test]
fn an_american_customer_gets_what_was_typed_on_a_german_keyboard() {
    typed_arrives("de", "us", "Gr\u{fc}\u{df}e, \u{c4}rger! \u{a7} @ [x] {y} \\ ~ | \u{20ac}");
}

fn typed_arrives(console_layout: &str, desk_layout: &str, text: &str) {
    let call = Call::live().unwrap();
    for (display, layout) in [(&call.console, console_layout), (&call.desk, desk_layout)] {
        let set = display.command("setxkbmap").arg(layout).status().unwrap();
        assert!(set.success());
    }
    let typed = call.folder.path().join("typed.txt");
    let _terminal = call.desk.keeper(&typed).unwrap();
    call.clicks_into("Customer notes").unwrap();
    call.console.type_text(text).unwrap();
    call.console.press("Return").unwrap();
    let arrived = wait_for("the typed text", Duration::from_secs(25), || {
        Ok(std::fs::read_to_string(&typed).ok().filter(|text| text.ends_with('\n')))
    })
    .unwrap();
    assert_eq!(arrived.trim_end_matches('\n'), text);
}
