//! The person at the console: what he does on the console's page, in the page's own words.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::{
    display::{Display, Picture},
    driver::{Driver, PATIENCE},
    wait_for,
};

/// A console with a person before it.
#[derive(Debug)]
pub struct Technician {
    /// The console's page.
    pub page: Driver,
    data: PathBuf,
}

impl Technician {
    /// Starts the console with its data in a folder of its own.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn start(display: &Display, data: &Path, env: &[(&str, &str)]) -> Result<Self> {
        Self::start_program(display, &crate::binaries().join("deskhand"), data, env)
    }

    /// Likewise a console that lies somewhere else.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn start_program(display: &Display, program: &Path, data: &Path, env: &[(&str, &str)]) -> Result<Self> {
        std::fs::create_dir_all(data)?;
        let downloads = data.join("Downloads");
        std::fs::create_dir_all(&downloads)?;
        let (folder, home) = (data.to_string_lossy(), data.join("home"));
        std::fs::create_dir_all(&home)?;
        let mut all = vec![
            ("DESKHAND_DATA", &*folder),
            ("XDG_DOWNLOAD_DIR", downloads.to_str().context("a plain path")?),
            ("LANG", "C.UTF-8"),
            ("LANGUAGE", "en"),
        ];
        let home = home.to_string_lossy();
        // Where the display's key is looked for, before the home folder is another one.
        let authority = std::env::var("XAUTHORITY").ok().filter(|file| !file.is_empty()).or_else(|| {
            let file = PathBuf::from(std::env::var_os("HOME")?).join(".Xauthority");
            file.exists().then(|| file.to_string_lossy().into_owned())
        });
        if let Some(authority) = &authority {
            all.push(("XAUTHORITY", authority));
        }
        all.push(("HOME", &*home));
        all.extend_from_slice(env);
        let page = Driver::start(display, program, &[], &all)?;
        Ok(Self { page, data: data.to_path_buf() })
    }

    /// Opens the console's page of a relay in a browser, which keeps what it keeps in a folder. The relay's own certificate
    /// was accepted before.
    ///
    /// # Errors
    ///
    /// When the browser does not start or the page does not open.
    pub fn browses(display: &Display, data: &Path, relay: &str) -> Result<Self> {
        std::fs::create_dir_all(data)?;
        let page = Driver::browse_trusting(display, &data.join("profile"), &format!("{relay}/console/"))?;
        Ok(Self { page, data: data.to_path_buf() })
    }

    /// Goes through the first start.
    ///
    /// # Errors
    ///
    /// When the console does not take the name.
    pub fn introduces_himself(&self, name: &str, company: &str) -> Result<()> {
        self.page.fill("Your name", name)?;
        self.page.fill("Company", company)?;
        self.page.click("button", "Start")?;
        self.page.find("button", "New session").map(drop)
    }

    /// Makes an account in a browser with the token that the relay printed, and becomes its owner.
    ///
    /// # Errors
    ///
    /// When the page does not take what was typed.
    pub fn makes_account(&self, name: &str, company: &str, token: &str, login: &str, password: &str) -> Result<()> {
        let page = &self.page;
        page.see("Set this relay up")?;
        let fields = [
            ("Set-up token", token),
            ("Your name", name),
            ("Company", company),
            ("Sign-in name", login),
            ("Password", password),
            ("Password once more", password),
        ];
        for (field, text) in fields {
            page.fill(field, text)?;
        }
        page.click("button", "Make account")?;
        page.find("button", "New session").map(drop)
    }

    /// Goes through the first start and joins a relay that runs elsewhere.
    ///
    /// # Errors
    ///
    /// When the console does not take what was typed.
    pub fn joins(&self, name: &str, company: &str, relay: &str, token: &str) -> Result<()> {
        self.page.fill("Your name", name)?;
        self.page.fill("Company", company)?;
        self.page.click("switch", "Join a relay that runs elsewhere")?;
        self.page.fill("Address of the relay", relay)?;
        self.page.fill("Set-up token", token)?;
        self.page.click("button", "Join")?;
        self.page.find("button", "New session").map(drop)
    }

    /// Makes a session and returns what the customer is to type.
    ///
    /// # Errors
    ///
    /// When the console shows no code.
    pub fn makes_session(&self, customer: &str, machine: &str) -> Result<String> {
        self.makes_session_for(customer, machine, "")
    }

    /// Likewise, asking for a preset by its name; for an empty one, for what is chosen at first.
    ///
    /// # Errors
    ///
    /// When the console shows no code.
    pub fn makes_session_for(&self, customer: &str, machine: &str, preset: &str) -> Result<String> {
        self.page.click("button", "New session")?;
        if !preset.is_empty() {
            self.page.click("radio", preset)?;
        }
        self.page.fill("Customer", customer)?;
        if !machine.is_empty() {
            self.page.fill("Machine", machine)?;
        }
        self.page.click("button", "Create code")?;
        self.call_text()
    }

    /// What the customer is to type, as the console shows it.
    ///
    /// # Errors
    ///
    /// When the console shows no code.
    pub fn call_text(&self) -> Result<String> {
        wait_for("the code", PATIENCE, || {
            let text = self.page.text()?;
            Ok(text.split('\n').map(str::trim).find(|line| is_call(line)).map(str::to_owned))
        })
        .with_context(|| self.page.text().unwrap_or_default())
    }

    /// Saves the support package and returns its file.
    ///
    /// # Errors
    ///
    /// When none appears.
    pub fn saves_package(&self) -> Result<PathBuf> {
        self.page.click("button", "Save package")?;
        wait_for("the support package", Duration::from_secs(120), || {
            let folders = [self.data.join("Downloads"), self.data.join("home/Downloads"), self.data.join("home")];
            let files = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
            Ok(files.map(|file| file.path()).find(|path| path.extension().is_some_and(|end| end == "gz")))
        })
        .with_context(|| self.page.text().unwrap_or_default())
    }

    /// Closes whatever dialog is open.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn closes_dialog(&self) -> Result<()> {
        self.page.click("button", "Done")
    }

    /// Clicks *Connect* once somebody waits.
    ///
    /// # Errors
    ///
    /// When nobody comes.
    pub fn connects(&self) -> Result<()> {
        wait_for("an active Connect", Duration::from_secs(40), || {
            Ok((self.page.find_now("button", "Connect")?.is_some() && self.page.enabled("button", "Connect")?)
                .then_some(()))
        })?;
        self.page.click("button", "Connect")
    }

    /// Waits for the first picture; returns when it was drawn, in milliseconds since 1970 by this machine's clock.
    ///
    /// # Errors
    ///
    /// When none comes.
    pub fn sees_picture(&self) -> Result<f64> {
        wait_for("the first picture", Duration::from_secs(30), || {
            let script =
                "const at = window.__deskhand?.firstFrameAt; return at == null ? null : performance.timeOrigin + at";
            Ok(self.page.script(script, &[])?.as_f64())
        })
        .with_context(|| self.page.text().unwrap_or_default())
    }

    /// Pictures drawn so far.
    ///
    /// # Errors
    ///
    /// When the page does not answer.
    pub fn frames(&self) -> Result<u64> {
        Ok(self.measured("frames")?.as_u64().unwrap_or(0))
    }

    /// Video bytes received so far.
    ///
    /// # Errors
    ///
    /// When the page does not answer.
    pub fn video_bytes(&self) -> Result<f64> {
        Ok(self.measured("videoBytes")?.as_f64().unwrap_or(0.0))
    }

    /// Codec and path of the live call.
    ///
    /// # Errors
    ///
    /// When no call is live.
    pub fn live(&self) -> Result<(String, String)> {
        let live = self.measured("live")?;
        let word = |name: &str| live[name].as_str().map(str::to_owned).context("no call is live");
        Ok((word("codec")?, word("path")?))
    }

    /// The customer's screen as the console has put it together, in the customer's pixels; `None` without a picture.
    ///
    /// # Errors
    ///
    /// When the page does not answer.
    pub fn picture(&self) -> Result<Option<Picture>> {
        self.taken("window.__deskhand.picture()")
    }

    /// A picture of the page's, which an expression promises.
    pub(super) fn taken(&self, promise: &str) -> Result<Option<Picture>> {
        let script = format!(
            "const done = arguments[arguments.length - 1];\
             {promise}.then((picture) => {{\
               if (!picture) return done(null);\
               let text = '';\
               for (let at = 0; at < picture.rgba.length; at += 32768)\
                 text += String.fromCharCode.apply(null, picture.rgba.subarray(at, at + 32768));\
               done([picture.width, picture.height, btoa(text)]);\
             }});"
        );
        let answer = self.page.script_async(&script, &[])?;
        let Some(text) = answer[2].as_str() else { return Ok(None) };
        let rgba = BASE64.decode(text.as_bytes())?;
        let size = |i: usize| answer[i].as_u64().and_then(|size| u32::try_from(size).ok()).context("a size");
        let rgb = rgba.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        Ok(Some(Picture { width: size(0)?, height: size(1)?, rgb }))
    }

    fn measured(&self, name: &str) -> Result<Value> {
        self.page.script("const m = window.__deskhand; return m ? m[arguments[0]] : null", &[json!(name)])
    }

    /// Where on the console's screen a pixel of the customer's picture lies.
    ///
    /// # Errors
    ///
    /// When there is no picture.
    pub fn on_screen(&self, display: &Display, window: &str, x: u32, y: u32) -> Result<(i32, i32)> {
        let place = "const s = window.__deskhand.size; const b = document.querySelector('canvas').getBoundingClientRect();\
             return [b.left + (arguments[0] + 0.5) * b.width / s.width, b.top + (arguments[1] + 0.5) * b.height / s.height];";
        self.place_of(display, window, place, &[json!(x), json!(y)]).context("there is no picture")
    }

    /// Where on the console's screen a place of the page lies, which a script gives in pixels of the page.
    ///
    /// # Errors
    ///
    /// When the script gives none.
    pub fn place_of(&self, display: &Display, window: &str, script: &str, with: &[Value]) -> Result<(i32, i32)> {
        let place = self.page.script(script, with)?;
        // A browser has its own bar above the page.
        let above = self.page.script("return Math.max(0, outerHeight - innerHeight)", &[])?;
        let (left, top, _, _) = display.place(window)?;
        let pixels = |value: &Value| value.as_f64().map(|value| value as i32).context("no place");
        Ok((left + pixels(&place[0])?, top + pixels(&above)? + pixels(&place[1])?))
    }

    /// Ends the session.
    ///
    /// # Errors
    ///
    /// When there is none to end.
    pub fn ends(&self) -> Result<()> {
        self.page.click("button", "End session")
    }

    /// Opens a part of the console by its name in the sidebar.
    ///
    /// # Errors
    ///
    /// When there is none of that name.
    pub fn opens(&self, name: &str) -> Result<()> {
        self.page.click("link", name)
    }

    /// Opens the chat of the session on screen, if it is not open.
    ///
    /// # Errors
    ///
    /// When there is no session on screen.
    pub fn opens_chat(&self) -> Result<()> {
        if self.page.find_now("textbox", "Message")?.is_none() {
            self.page.click("button", "Chat")?;
        }
        Ok(())
    }

    /// Waits until no new picture has come for a second.
    ///
    /// # Errors
    ///
    /// When pictures keep coming.
    pub fn picture_stands_still(&self) -> Result<()> {
        let (mut frames, mut since) = (self.frames()?, Instant::now());
        wait_for("the picture to stand still", Duration::from_secs(30), || {
            let now = self.frames()?;
            if now != frames {
                (frames, since) = (now, Instant::now());
            }
            Ok((since.elapsed() > Duration::from_secs(1)).then_some(()))
        })
    }

    /// Writes a chat message.
    ///
    /// # Errors
    ///
    /// When there is no chat.
    pub fn writes(&self, text: &str) -> Result<()> {
        self.page.fill("Message", text)?;
        self.page.click("button", "Send")
    }
}

/// Whether a line is of the form `RELAY CODE`.
fn is_call(line: &str) -> bool {
    line.split_once(' ').is_some_and(|(relay, code)| {
        let code = code.as_bytes();
        relay.contains(':') && code.len() == 9 && code.get(4) == Some(&b'-')
    })
}
