//! The person at the helper: what he does in the helper's window and on its bar.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{display::Display, driver::Driver, wait_for};

/// The title of the bar's window.
pub const BAR: &str = "Deskhand bar";

/// The question of the second click.
pub const HANDS: &str = "May he also use your mouse and keyboard?";

/// Puts a stand-in for a program of the system into the folder where a customer's helper looks first (`bin` in its data
/// folder). It writes down how it was called, and then does what a shell script says.
///
/// # Errors
///
/// When it cannot be written.
pub fn stands_in(bin: &Path, name: &str, script: &str) -> Result<()> {
    fs::create_dir_all(bin)?;
    let (path, log) = (bin.join(name), bin.join("called.txt"));
    fs::write(&path, format!("#!/bin/sh\necho {name} \"$@\" >> '{}'\n{script}\n", log.display()))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// How the stand-ins were called, a line each.
#[must_use]
pub fn called(bin: &Path) -> String {
    fs::read_to_string(bin.join("called.txt")).unwrap_or_default()
}

/// A helper with a person before it.
#[derive(Debug)]
pub struct Customer {
    /// The helper's page.
    pub page: Driver,
}

impl Customer {
    /// Starts a helper that asks for `RELAY CODE`.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn start(display: &Display, data: &Path) -> Result<Self> {
        Self::start_with(display, data, &[])
    }

    /// Likewise, with more in its environment.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn start_with(display: &Display, data: &Path, env: &[(&str, &str)]) -> Result<Self> {
        Self::start_program(display, &crate::binaries().join("deskhand-helper"), &[], data, env)
    }

    /// Likewise, with arguments.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn start_with_arguments(display: &Display, args: &[&str], data: &Path) -> Result<Self> {
        Self::start_program(display, &crate::binaries().join("deskhand-helper"), args, data, &[])
    }

    /// Starts the helper of a saved package, unpacked into a folder.
    ///
    /// # Errors
    ///
    /// When the package cannot be unpacked or its helper does not start.
    pub fn start_package(display: &Display, package: &Path, folder: &Path, data: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let status = Command::new("tar").arg("-xzf").arg(package).arg("-C").arg(folder).status()?;
        anyhow::ensure!(status.success(), "the support package cannot be unpacked");
        Self::start_program(display, &folder.join("Deskhand Support/deskhand-helper"), &[], data, &[])
    }

    /// Starts a helper that lies somewhere else, with more on its command line and in its environment.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn start_program(
        display: &Display,
        program: &Path,
        args: &[&str],
        data: &Path,
        more: &[(&str, &str)],
    ) -> Result<Self> {
        fs::create_dir_all(data)?;
        let folder = data.to_string_lossy();
        // Programs of the system that a test puts there are found first.
        let path = format!("{folder}/bin:{}", std::env::var("PATH").unwrap_or_default());
        let env = [("HOME", &*folder), ("PATH", &path), ("LANG", "C.UTF-8"), ("LANGUAGE", "en")];
        let page = Driver::start(display, program, args, &[&env[..], more].concat())?;
        Ok(Self { page })
    }

    /// Types the call into the one field.
    ///
    /// # Errors
    ///
    /// When there is no field.
    pub fn types_call(&self, call: &str) -> Result<()> {
        self.page.fill("Address and code, or link", call)?;
        self.page.click("button", "Call")
    }

    /// Goes back to the field.
    ///
    /// # Errors
    ///
    /// When the window does not offer it.
    pub fn starts_over(&self) -> Result<()> {
        if self.page.find_now("textbox", "Address and code, or link")?.is_none() {
            self.page.click("button", "Start over")?;
        }
        self.page.find("textbox", "Address and code, or link").map(drop)
    }

    /// Waits for the question, answers the warning of swindlers, and waits for *Allow* to become active.
    ///
    /// # Errors
    ///
    /// When he is not asked.
    pub fn is_asked(&self) -> Result<()> {
        wait_for("the question", Duration::from_secs(40), || {
            if self.page.find_now("button", "No, I asked for help myself")?.is_some() {
                self.page.click("button", "No, I asked for help myself")?;
            }
            Ok((self.page.find_now("button", "Allow")?.is_some() && self.page.enabled("button", "Allow")?)
                .then_some(()))
        })
        .with_context(|| self.page.text().unwrap_or_default())
    }

    /// Clicks *Allow*, and once more for mouse and keyboard; returns when he clicked first, in milliseconds since 1970
    /// by this machine's clock.
    ///
    /// # Errors
    ///
    /// When he is not asked.
    pub fn allows(&self) -> Result<f64> {
        let at = self.lets_see()?;
        self.page.see(HANDS)?;
        self.is_asked()?;
        self.page.click_away("button", "Allow")?;
        Ok(at)
    }

    /// Clicks *Allow* once: the technician sees, and the question for mouse and keyboard comes. Returns when, likewise.
    ///
    /// # Errors
    ///
    /// When he is not asked.
    pub fn lets_see(&self) -> Result<f64> {
        self.is_asked()?;
        self.page.script(
            "addEventListener('click', () => { window.__clickedAt = performance.timeOrigin + performance.now() }, {capture: true, once: true})",
            &[],
        )?;
        self.page.click_away("button", "Allow")?;
        wait_for("the page to see the click", Duration::from_secs(10), || {
            Ok(self.page.script("return window.__clickedAt ?? null", &[json!(null)])?.as_f64())
        })
    }

    /// Takes everything off the list but this.
    ///
    /// # Errors
    ///
    /// When there is no list.
    pub fn takes_off_all_but(&self, name: &str) -> Result<()> {
        self.page
            .script(
                "for (const box of document.querySelectorAll('li input[type=checkbox]'))\
                   if (box.checked && box.getAttribute('aria-label') !== arguments[0]) box.click()",
                &[json!(name)],
            )
            .map(drop)
    }

    /// Clicks *Deny*.
    ///
    /// # Errors
    ///
    /// When he is not asked.
    pub fn denies(&self) -> Result<()> {
        self.page.click_away("button", "Deny")
    }

    /// Clicks *End session* on the bar, at its right end.
    ///
    /// # Errors
    ///
    /// When there is no bar.
    pub fn ends_on_bar(&self, display: &Display) -> Result<()> {
        let bar = display.window(BAR, Duration::from_secs(10))?;
        let (x, y, width, height) = display.place(&bar)?;
        display.click(x + width - 50, y + height / 2)
    }

    /// Writes a chat message.
    ///
    /// # Errors
    ///
    /// When there is no chat.
    pub fn writes(&self, text: &str) -> Result<()> {
        self.page.fill("Message to your technician", text)?;
        self.page.click("button", "Send")
    }
}
