//! The pages that the relay shows to customers, in Chromium: the connect page in each of its states, the page for those
//! without a link, and the page that shows a screen from the browser.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{album::Album, page::Looked as _};
use crate::stage::{
    call::{CUSTOMER, Stage},
    customer::Customer,
    display::Display,
    driver::Driver,
    relay::RelayProgram,
};

/// From left to right, in longer words, and from right to left.
pub const LANGUAGES: [&str; 3] = ["en", "de", "ar"];
/// A window on a desk and a phone, in pixels.
const WIDTHS: [(&str, u32, u32); 2] = [("", 900, 760), ("-narrow", 360, 640)];
/// No page is longer, in pixels.
const LONGEST: u32 = 4_000;

/// The pages of a relay, and the languages in which they are looked at.
struct Pages<'a> {
    browser: &'a Driver,
    base: String,
    languages: &'a [&'a str],
}

impl Pages<'_> {
    /// A picture of all of a page in each language and width, from its top to its end.
    fn takes(&self, album: &mut Album, screen: &str, path: &str, steps: &[&str]) -> Result<()> {
        for language in self.languages {
            for (width, across, down) in WIDTHS {
                self.browser.asks_in(language)?;
                self.browser.is_sized(across, down)?;
                self.browser.goes(&format!("{}{path}", self.base))?;
                self.browser.rests()?;
                for step in steps {
                    self.browser.does(step)?;
                }
                // All of it at once: a page is as long as it is.
                let long = self.browser.asks("return document.documentElement.scrollHeight")?;
                let long = long.as_u64().and_then(|long| u32::try_from(long).ok()).unwrap_or(down);
                self.browser.is_sized(across, long.clamp(down, LONGEST))?;
                self.browser.rests()?;
                album.take(&format!("connect/{screen}"), &format!("{language}{width}"), |file| {
                    self.browser.shows(file)
                })?;
            }
        }
        Ok(())
    }
}

/// Opens a browser that asks for nothing yet.
fn browser(display: &Display, folder: &Path) -> Result<Driver> {
    Driver::browse(display, &folder.join("browser"), "about:blank")
}

/// Takes a picture of every page in each of these languages.
///
/// # Errors
///
/// When a page does not come, or a step of the call does not happen.
pub fn take(album: &mut Album, languages: &[&str]) -> Result<()> {
    let stage = Stage::with_relay_program("")?;
    let relay = stage.relay.as_ref().context("the relay is a program")?;
    let browser = browser(&stage.console, stage.folder.path())?;
    let pages = Pages { browser: &browser, base: relay.url(), languages };
    support(album, &pages)?;
    pages.takes(album, "wrong", "/s/7777", &[])?;

    let (_, code) = stage.code.split_once(' ').context("a code")?;
    let (finder, _) = code.split_once('-').context("a code of two halves")?;
    let at = format!("/s/{finder}");
    pages.takes(album, "waiting", &at, &[])?;
    let shares = browser.asks("return [...document.querySelectorAll('a')].map((one) => one.getAttribute('href'))")?;
    let share =
        shares.as_array().into_iter().flatten().filter_map(|one| one.as_str()).find(|one| one.contains("share"));
    let share = share.context("a way without a program")?.to_owned();
    pages.takes(album, "share", &share, &[])?;

    let customer = Customer::start(&stage.desk, &stage.folder.path().join("helper"))?;
    customer.types_call(&stage.code)?;
    customer.page.see("Your technician is here")?;
    pages.takes(album, "called", &at, &[])?;
    stage.technician.connects()?;
    customer.allows()?;
    stage.technician.sees_picture()?;
    pages.takes(album, "connected", &at, &[])?;
    stage.technician.ends()?;
    stage.technician.page.see("Ended by you")?;
    pages.takes(album, "over", &at, &[])?;
    // Whoever comes with the link of a session that nobody used in time.
    stage.technician.page.click("button", "Back to sessions")?;
    stage.technician.makes_session(CUSTOMER, "")?;
    let link = stage.technician.page.asks(
        "return [...document.querySelectorAll('dialog[open] *')].map((one) => one.textContent)\
           .find((text) => /^https?:.*\\/s\\/[^ ]+$/.test(text.trim()))?.trim() ?? null",
    )?;
    let link = link.as_str().context("the console shows a link")?;
    let link = link.split_once("/s/").and_then(|(_, rest)| rest.split('#').next()).context("a link")?;
    stage
        .relay
        .as_ref()
        .context("the relay is a program")?
        .change("UPDATE invitations SET expires_at = created_at WHERE kind = 'link' AND used_at IS NULL")?;
    pages.takes(album, "expired", &format!("/s/{link}"), &[])
}

/// The page for those without a link: empty, with a wrong code, and what somebody sees who has asked.
fn support(album: &mut Album, pages: &Pages<'_>) -> Result<()> {
    pages.takes(album, "support", "/support", &[])?;
    pages.takes(album, "support-wrong", "/support?code=0", &[])?;
    let ask = [
        "type('Anna Huber', 'form[method=post] input[name=name]')",
        "type('The printer stops after each page.', 'form[method=post] textarea')",
    ];
    pages.takes(album, "support-filled", "/support", &ask)?;
    pages.browser.goes(&format!("{}/support", pages.base))?;
    for step in ask {
        pages.browser.does(step)?;
    }
    pages.browser.does("press('form[method=post] button')")?;
    let path = pages
        .browser
        .asks("if (location.pathname === '/support') throw new Error('not asked yet'); return location.pathname")?;
    pages.takes(album, "support-asked", path.as_str().context("a page")?, &[])
}

/// The page for those without a link only: what a check has time for.
///
/// # Errors
///
/// When the relay or the browser does not start, or the page does not come.
pub fn take_some(album: &mut Album, languages: &[&str]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let display = Display::start(1280, 940)?;
    let relay = RelayProgram::start(&folder.path().join("relay"))?;
    let browser = browser(&display, folder.path())?;
    Pages { browser: &browser, base: relay.url(), languages }.takes(album, "support", "/support", &[])
}

impl Driver {
    /// The browser asks for pages in this language from now on.
    fn asks_in(&self, language: &str) -> Result<()> {
        let agent = self.script("return navigator.userAgent", &[])?;
        self.tools("Emulation.setUserAgentOverride", json!({"userAgent": agent, "acceptLanguage": language})).map(drop)
    }

    /// Its page is so large from now on, in pixels.
    fn is_sized(&self, width: u32, height: u32) -> Result<()> {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.tools("Emulation.setDeviceMetricsOverride", size).map(drop)
    }

    /// Writes a picture of what its page shows.
    fn shows(&self, file: &Path) -> Result<()> {
        let taken = self.tools("Page.captureScreenshot", json!({"format": "png"}))?;
        let data = taken["data"].as_str().context("no picture")?;
        Ok(std::fs::write(file, data_encoding::BASE64.decode(data.as_bytes())?)?)
    }
}
