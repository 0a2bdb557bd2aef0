//! A customer without a program: he shows in his browser, the console draws it, and nothing else is there.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use xtask::stage::{
    call::{Stage, TECHNICIAN},
    driver::{Browser, Driver},
    wait_for,
};

/// Opens the connect page of the stage's code and goes on to the page that shows; returns that page.
fn opens_the_page(stage: &Stage, browser: Browser) -> Driver {
    let (relay, code) = stage.code.split_once(' ').unwrap();
    let (finder, rest) = code.split_once('-').unwrap();
    let profile = stage.folder.path().join("browser");
    let browser = Driver::browse_in(browser, &stage.desk, &profile, &format!("http://{relay}/s/{finder}")).unwrap();
    browser.click("link", "Share my screen in the browser").unwrap();
    browser.fill("The last four characters of your code", rest).unwrap();
    browser.see(&format!("This page trusts \u{2068}{relay}\u{2069}")).unwrap();
    browser.click("button", "Call").unwrap();
    // The console proves itself as soon as it hears of him.
    browser.see("Your technician is here").unwrap();
    browser
}

/// Answers the question with yes, as a person who reads it does.
fn allows(browser: &Driver) {
    browser.click("button", "No, I asked for help myself").unwrap();
    browser.see("He can look, and nothing else").unwrap();
    browser.see("This page trusts").unwrap();
    wait_for("an active Allow", Duration::from_secs(10), || {
        let there = browser.find_now("button", "Allow")?.is_some();
        Ok((there && browser.enabled("button", "Allow")?).then_some(()))
    })
    .unwrap();
    browser.click("button", "Allow").unwrap();
}

#[test]
fn a_customer_shows_in_a_browser_and_the_console_draws_it() {
    shows_in(Browser::Chromium);
}

#[test]
fn a_customer_shows_in_firefox_and_the_console_draws_it() {
    shows_in(Browser::Firefox);
}

fn shows_in(browser: Browser) {
    let stage = Stage::with_code().unwrap();
    let browser = opens_the_page(&stage, browser);
    let technician = &stage.technician;
    technician.connects().unwrap();
    allows(&browser);
    technician.sees_picture().unwrap();
    browser.see(&format!("\u{2068}{TECHNICIAN}\u{2069} sees what you show")).unwrap();

    // The test picture moves, so pictures go on coming.
    let before = technician.frames().unwrap();
    wait_for("more pictures", Duration::from_secs(20), || Ok((technician.frames()? > before + 20).then_some(())))
        .unwrap();
    let (codec, path) = technician.live().unwrap();
    println!("shown as {codec} by {path}");

    // Nothing but looking and writing: the console says why.
    technician.page.click("button", "In a browser").unwrap();
    technician.page.see("A page in a browser can only show").unwrap();
    technician.page.click("button", "In a browser").unwrap();
    for tool in ["Files", "Permissions", "Keys"] {
        assert!(technician.page.find_now("button", tool).unwrap().is_none(), "{tool}");
    }
    technician.opens_chat().unwrap();
    technician.writes("Can you open the settings?").unwrap();
    browser.see("Can you open the settings?").unwrap();
    browser.fill("Message to your technician", "They are open").unwrap();
    browser.click("button", "Send").unwrap();
    technician.page.see("They are open").unwrap();

    browser.click("button", "Pause").unwrap();
    technician.page.see("Paused by the customer").unwrap();
    browser.see("He sees nothing and can do nothing").unwrap();
    browser.click("button", "Go on").unwrap();
    let before = technician.frames().unwrap();
    wait_for("pictures after the pause", Duration::from_secs(20), || {
        Ok((technician.frames()? > before + 5).then_some(()))
    })
    .unwrap();

    browser.click("button", "End session").unwrap();
    browser.see("Nobody sees your screen any more").unwrap();
    technician.page.see("Ended by the customer").unwrap();
}

#[test]
fn a_closed_page_ends_the_session_and_no_is_a_no() {
    let stage = Stage::with_code().unwrap();
    let browser = opens_the_page(&stage, Browser::Chromium);
    let technician = &stage.technician;
    technician.connects().unwrap();
    browser.click("button", "Deny").unwrap();
    technician.page.see("The customer said no").unwrap();
    technician.page.click("button", "Ask again").unwrap();
    browser.see("Did someone call you").unwrap();
    browser.close_page().unwrap();
    technician.page.see("Ended by the customer").unwrap();
}
