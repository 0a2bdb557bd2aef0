//! The helper's screens and its bar: one call from the field to *Forget this computer*, and at each step every language,
//! by the switch that the customer has.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{album::Album, page::Looked as _};
use crate::stage::{
    call::Stage,
    customer::{BAR, Customer},
    display::Display,
};

/// Every language that the helper speaks.
pub const LANGUAGES: [&str; 8] = ["en", "de", "fr", "es", "pt", "pl", "tr", "ar"];

const TITLE: &str = "Deskhand Helper";
const SOON: Duration = Duration::from_secs(20);

/// The helper's window, and the languages in which it is looked at.
struct Window<'a> {
    customer: &'a Customer,
    display: &'a Display,
    languages: &'a [&'a str],
}

impl Window<'_> {
    /// Speaks a language from now on, as the customer would choose it.
    fn speak(&self, language: &str) -> Result<()> {
        let page = &self.customer.page;
        page.asks(&format!("choose('{language}', '.tools select')"))?;
        page.asks(&format!(
            "if (document.documentElement.lang !== '{language}') throw new Error('another language is spoken')"
        ))
        .map(drop)
    }

    /// A picture of the window in each language, and one of what lies below where there is more than the window holds.
    /// After that English is spoken, which the stage's people read.
    fn takes(&self, album: &mut Album, screen: &str) -> Result<()> {
        let page = &self.customer.page;
        for language in self.languages {
            self.speak(language)?;
            page.rests()?;
            album.take(&format!("helper/{screen}"), language, |file| self.shoot(TITLE, file))?;
            let below = page.asks(
                "const scrolls = [...document.querySelectorAll('main, .content')]\
                   .find((one) => one.scrollHeight > one.clientHeight + 8);\
                 if (!scrolls) return false;\
                 scrolls.scrollTop = 99999;\
                 return true;",
            )?;
            if below == json!(true) {
                page.rests()?;
                album.take(&format!("helper/{screen}-below"), language, |file| self.shoot(TITLE, file))?;
                page.asks("for (const one of document.querySelectorAll('main, .content')) one.scrollTop = 0")?;
            }
        }
        self.speak("en")
    }

    /// A picture of the bar in each language.
    fn takes_bar(&self, album: &mut Album, screen: &str) -> Result<()> {
        for language in self.languages {
            self.speak(language)?;
            // It is drawn by the program, a moment after the page has told it. The page itself is out of sight, where a
            // webview draws no frame that could be waited for.
            let bar = self.display.window(BAR, SOON)?;
            self.display.rests(&bar)?;
            album.take(&format!("helper/{screen}"), language, |file| self.shoot(BAR, file))?;
        }
        self.speak("en")
    }

    fn shoot(&self, title: &str, file: &Path) -> Result<()> {
        self.display.screenshot_of(&self.display.window(title, SOON)?, file)
    }
}

/// Takes a picture of every screen in each of these languages.
///
/// # Errors
///
/// When a step of the call does not happen.
pub fn take(album: &mut Album, languages: &[&str]) -> Result<()> {
    let mut stage = Stage::with_relay_program("Full service")?;
    let customer = Customer::start(&stage.desk, &stage.folder.path().join("helper"))?;
    customer.page.find("textbox", "Address and code, or link")?;
    {
        let window = Window { customer: &customer, display: &stage.desk, languages };
        window.takes(album, "field")?;
        customer.types_call("127.0.0.1:9 K7MP-4QXU")?;
        window.customer.page.rests()?;
        window.takes(album, "field-wrong")?;
        customer.starts_over()?;
    }
    // Nobody is there to prove himself.
    stage.technician.page.kill()?;
    {
        let window = Window { customer: &customer, display: &stage.desk, languages };
        customer.types_call(&stage.code)?;
        customer.page.find("button", "Cancel")?;
        customer.page.rests()?;
        window.takes(album, "waiting")?;
    }
    stage.restart_console()?;
    let window = Window { customer: &customer, display: &stage.desk, languages };
    let page = &customer.page;
    page.see("Your technician is here")?;
    window.takes(album, "known")?;
    stage.technician.connects()?;
    page.find("button", "No, I asked for help myself")?;
    window.takes(album, "guard")?;
    page.does("press('.answers button', 1)")?;
    window.takes(album, "guard-stop")?;
    page.does("press('.answers button', 2)")?;
    window.takes(album, "consent")?;
    customer.lets_see()?;
    page.see(crate::stage::customer::HANDS)?;
    window.takes(album, "hands")?;
    customer.is_asked()?;
    page.click_away("button", "Allow")?;
    stage.technician.sees_picture()?;

    window.takes_bar(album, "bar")?;
    // A second start brings the window back, as the bar's *Chat* does.
    let home = stage.folder.path().join("helper");
    let again = stage.desk.command(crate::binaries().join("deskhand-helper")).env("HOME", &home).status()?;
    anyhow::ensure!(again.success(), "the helper does not come back");
    page.find("button", "Call your technician")?;
    stage.technician.opens_chat()?;
    stage.technician.writes("Is the printer switched on?")?;
    page.see("Is the printer switched on?")?;
    customer.writes("Yes, its light blinks.")?;
    window.takes(album, "live")?;
    page.click("button", "Call your technician")?;
    page.see("Your technician has been called")?;
    window.takes(album, "live-called")?;
    window.takes_bar(album, "bar-called")?;
    stage.technician.page.click("button", "I am looking")?;
    page.see("Your technician has seen that you called")?;
    window.takes(album, "live-seen")?;
    window.takes_bar(album, "bar-seen")?;
    page.click("button", "Pause")?;
    page.find("button", "Go on")?;
    window.takes(album, "paused")?;
    window.takes_bar(album, "bar-paused")?;
    page.click("button", "Go on")?;
    page.click("button", "End session")?;
    page.find("button", "Forget this computer")?;
    window.takes(album, "ended")?;
    page.click("button", "Forget this computer")?;
    page.see("All of it has been removed")?;
    window.takes(album, "forgotten").context("the last screen")
}

/// The first screen only: what a check has time for.
///
/// # Errors
///
/// When the helper does not start.
pub fn take_some(album: &mut Album, languages: &[&str]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let display = Display::start(1280, 800)?;
    let customer = Customer::start(&display, &folder.path().join("helper"))?;
    customer.page.find("textbox", "Address and code, or link")?;
    Window { customer: &customer, display: &display, languages }.takes(album, "field")
}
