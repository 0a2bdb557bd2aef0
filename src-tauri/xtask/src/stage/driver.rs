//! Drives the webview of one real program by WebDriver (W3C), with elements found as a person finds them: by role and
//! accessible name.

use std::{
    net::TcpListener,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::{Program, display::Display, firefox::Firefox, wait_for};

/// The W3C name of an element reference.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// How long a person would look for something before calling it missing.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// How long a click may take to be told of, on a busy machine.
const CLICK: Duration = Duration::from_secs(8);

/// How the browser is started: as root, in a window, with test pictures in place of a screen and a camera.
const BROWSER: &[&str] = &[
    "--no-sandbox",
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--lang=en",
    "--window-size=900,760",
    "--window-position=0,0",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
];

/// Finds visible elements by role and accessible name; the name may be a part of what is there.
const FIND: &str = r#"
const [role, name] = arguments;
const natural = {
  button: 'button,[role=button]', textbox: 'input:not([type]),input[type=text],input[type=search],input[type=password],textarea,[role=textbox]',
  checkbox: 'input[type=checkbox],[role=checkbox],[role=switch]', heading: 'h1,h2,h3,[role=heading]',
  link: 'a[href],[role=link]', dialog: 'dialog,[role=dialog],[role=alertdialog]', status: 'output,[role=status],[role=alert]',
  region: 'section[aria-label],section[aria-labelledby],[role=region]', row: 'tr,[role=row],li,[role=listitem]', tab: '[role=tab]', img: 'canvas,img,[role=img]', radio: 'input[type=radio],[role=radio]',
  application: '[role=application]', log: '[role=log]', switch: '[role=switch]', option: 'option,[role=option]',
};
const nameOf = (e) => {
  const label = e.getAttribute('aria-label');
  if (label) return label;
  const by = e.getAttribute('aria-labelledby');
  if (by) return by.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
  if (e.labels && e.labels.length) return [...e.labels].map((l) => l.textContent).join(' ');
  return e.textContent || e.getAttribute('title') || e.getAttribute('placeholder') || '';
};
const seen = (e) => { const b = e.getBoundingClientRect(); return b.width > 0 && b.height > 0 && getComputedStyle(e).visibility !== 'hidden'; };
const tidy = (t) => t.replace(/\s+/g, ' ').trim();
const all = [...document.querySelectorAll(natural[role] ?? `[role=${role}]`)].filter(seen);
return all.find((e) => tidy(nameOf(e)) === name) ?? all.find((e) => tidy(nameOf(e)).includes(name)) ?? null;
"#;

/// Which certificates a browser accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Certificates {
    Checked,
    Any,
}

/// A program's webview under control.
#[derive(Debug)]
pub struct Driver {
    base: String,
    agent: ureq::Agent,
    pid: Option<u32>,
    /// Instead of what speaks HTTP.
    firefox: Option<Firefox>,
    driver: Option<Program>,
}

/// Which browser a page is opened in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    /// Chromium.
    Chromium,
    /// Firefox.
    Firefox,
}

/// An element of the page.
#[derive(Debug, Clone)]
pub struct Element(String);

impl Driver {
    /// Starts a program on a display with its webview under control.
    ///
    /// # Errors
    ///
    /// When the driver or the program does not start.
    pub fn start(display: &Display, program: &Path, args: &[&str], env: &[(&str, &str)]) -> Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut command = display.command("WebKitWebDriver");
        command
            .args([&format!("--port={port}"), "--host=127.0.0.1"])
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .envs(env.iter().copied());
        if std::env::var_os("DESKHAND_STAGE_LOG").is_some() {
            command.stderr(Stdio::inherit()).stdout(Stdio::inherit());
        }
        super::log_of(&mut command, &program.file_name().unwrap_or_default().to_string_lossy())?;
        let driver = Program::new(command.spawn().context("cannot start WebKitWebDriver")?);
        let options = json!({"alwaysMatch": {"webkitgtk:browserOptions": {"binary": program, "args": args}}});
        let session = Self::session(port, driver, &options);
        let mut driver = session.with_context(|| format!("cannot start {}", program.display()))?;
        driver.pid = newest_process(program);
        Ok(driver)
    }

    /// Has a driver that was started begin.
    fn session(port: u16, driver: Program, capabilities: &Value) -> Result<Self> {
        let agent = agent();
        let base = format!("http://127.0.0.1:{port}");
        wait_for("the driver", Duration::from_secs(10), || {
            Ok(agent.get(format!("{base}/status")).call().ok().map(drop))
        })?;
        let mut driver = Self { base, agent, pid: None, firefox: None, driver: Some(driver) };
        let answer = driver.post("/session", &json!({ "capabilities": capabilities }))?;
        let id = answer["sessionId"].as_str().context("WebDriver names no session")?;
        driver.base = format!("{}/session/{id}", driver.base);
        Ok(driver)
    }

    /// Opens a page in a browser.
    ///
    /// # Errors
    ///
    /// As for [`Driver::browse`].
    pub fn browse_in(browser: Browser, display: &Display, profile: &Path, url: &str) -> Result<Self> {
        match browser {
            Browser::Chromium => Self::browse(display, profile, url),
            Browser::Firefox => {
                let firefox = Some(Firefox::start(display, profile)?);
                let driver = Self { base: String::new(), agent: agent(), pid: None, firefox, driver: None };
                driver.post("/url", &json!({"url": url}))?;
                Ok(driver)
            }
        }
    }

    /// Opens a page in Chromium, which takes every question about screen and camera for a yes and shows a moving test
    /// picture for either.
    ///
    /// # Errors
    ///
    /// When the driver or the browser does not start, or the page does not open.
    pub fn browse(display: &Display, profile: &Path, url: &str) -> Result<Self> {
        Self::browse_with(display, profile, url, Certificates::Checked)
    }

    /// Likewise, where the one before the browser has accepted a relay's own certificate.
    ///
    /// # Errors
    ///
    /// When the driver or the browser does not start, or the page does not open.
    pub fn browse_trusting(display: &Display, profile: &Path, url: &str) -> Result<Self> {
        Self::browse_with(display, profile, url, Certificates::Any)
    }

    fn browse_with(display: &Display, profile: &Path, url: &str, certificates: Certificates) -> Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut command = display.command("chromedriver");
        command.arg(format!("--port={port}"));
        super::log_of(&mut command, "chromium")?;
        let driver = Program::new(command.spawn().context("cannot start chromedriver")?);
        let profile = format!("--user-data-dir={}", profile.display());
        let args = [BROWSER, &[&profile]].concat();
        let options = json!({"alwaysMatch": {
            "browserName": "chrome",
            "acceptInsecureCerts": certificates == Certificates::Any,
            "goog:chromeOptions": {"binary": "/usr/bin/chromium", "args": args},
        }});
        let mut driver = Self::session(port, driver, &options).context("cannot start chromium")?;
        driver.pid = None;
        driver.goes(url)?;
        Ok(driver)
    }

    /// Closes the page, as a person closes its tab.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub fn close_page(&self) -> Result<()> {
        match &self.firefox {
            Some(firefox) => drop(firefox.ask("/window", &json!({}))?),
            None => drop(self.agent.delete(format!("{}/window", self.base)).call()?),
        }
        Ok(())
    }

    /// Goes to another page.
    ///
    /// # Errors
    ///
    /// When it does not open.
    pub fn goes(&self, url: &str) -> Result<()> {
        self.post("/url", &json!({"url": url})).map(drop)
    }

    /// A command of Chromium's developer tools.
    ///
    /// # Errors
    ///
    /// When this is no Chromium, or it refuses.
    pub fn tools(&self, command: &str, params: Value) -> Result<Value> {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": params}))
    }

    /// The process id of the program.
    #[must_use]
    pub const fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// Ends the program at once, as a crash would.
    ///
    /// # Errors
    ///
    /// When its process is not known.
    pub fn kill(&self) -> Result<()> {
        let pid = self.pid.context("the program's process is not known")?;
        let status = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status()?;
        if !status.success() {
            bail!("the program had ended before");
        }
        Ok(())
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        if let Some(firefox) = &self.firefox {
            return firefox.ask(path, body);
        }
        let mut answer = self.agent.post(format!("{}{path}", self.base)).send_json(body)?;
        value_of(answer.body_mut().read_json()?)
    }

    fn get(&self, path: &str) -> Result<Value> {
        if let Some(firefox) = &self.firefox {
            return firefox.ask(path, &json!({}));
        }
        let mut answer = self.agent.get(format!("{}{path}", self.base)).call()?;
        value_of(answer.body_mut().read_json()?)
    }

    /// Runs a script in the page and returns its value.
    ///
    /// # Errors
    ///
    /// When the page or the script fails.
    pub fn script(&self, script: &str, args: &[Value]) -> Result<Value> {
        self.post("/execute/sync", &json!({"script": script, "args": args}))
    }

    /// Runs a script that calls its last argument with its value.
    ///
    /// # Errors
    ///
    /// When the page or the script fails.
    pub fn script_async(&self, script: &str, args: &[Value]) -> Result<Value> {
        self.post("/execute/async", &json!({"script": script, "args": args}))
    }

    /// The element of a role and name, if it is there now.
    ///
    /// # Errors
    ///
    /// When the page does not answer.
    pub fn find_now(&self, role: &str, name: &str) -> Result<Option<Element>> {
        let found = self.script(FIND, &[json!(role), json!(name)])?;
        Ok(found[ELEMENT].as_str().map(|id| Element(id.to_owned())))
    }

    /// The element of a role and name, once it is there.
    ///
    /// # Errors
    ///
    /// When it does not appear.
    pub fn find(&self, role: &str, name: &str) -> Result<Element> {
        let found = wait_for(&format!("{role} {name:?}"), PATIENCE, || self.find_now(role, name));
        found.with_context(|| format!("the page shows: {}", self.text().unwrap_or_default()))
    }

    /// Clicks the element of a role and name with a real click.
    ///
    /// # Errors
    ///
    /// When it does not appear or cannot be clicked.
    pub fn click(&self, role: &str, name: &str) -> Result<()> {
        let begun = Instant::now();
        loop {
            let element = self.find(role, name)?;
            match self.click_on(&element) {
                Ok(()) => return Ok(()),
                // The page may redraw between finding and clicking.
                Err(error) if begun.elapsed() > PATIENCE => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    /// Clicks what may hide its own window. WebKit never tells of a click that does, and its driver sometimes crashes
    /// over one that was not told: so the page clicks by itself, where a person could and once the driver has its answer.
    ///
    /// # Errors
    ///
    /// When it does not appear, cannot be used, or something covers it.
    pub fn click_away(&self, role: &str, name: &str) -> Result<()> {
        const CLICKED: &str = "
            const [element] = arguments;
            element.scrollIntoView({ block: 'center' });
            const { x, y, width, height } = element.getBoundingClientRect();
            const top = document.elementFromPoint(x + width / 2, y + height / 2);
            if (element.disabled || !element.contains(top)) return false;
            setTimeout(() => element.click(), 0);
            return true;";
        wait_for(&format!("a click on {role} {name:?}"), PATIENCE, || {
            let element = self.find(role, name)?;
            Ok(self.script(CLICKED, &[json!({ ELEMENT: element.0 })])?.as_bool().filter(|clicked| *clicked))
        })
        .map(drop)
    }

    /// Clicks. WebKit never tells of a click whose own effect hides the window (both main loops were seen at rest, and the
    /// call live): without an answer it counts as done, and whoever looks for its effect finds it or not.
    fn click_on(&self, element: &Element) -> Result<()> {
        if let Some(firefox) = &self.firefox {
            return firefox.ask(&format!("/element/{}/click", element.0), &json!({})).map(drop);
        }
        let request = self.agent.post(format!("{}/element/{}/click", self.base, element.0));
        match request.config().timeout_global(Some(CLICK)).build().send_json(json!({})) {
            Ok(mut answer) => value_of(answer.body_mut().read_json()?).map(drop),
            Err(ureq::Error::Timeout(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Types into the field of a name.
    ///
    /// # Errors
    ///
    /// When it does not appear.
    pub fn fill(&self, name: &str, text: &str) -> Result<()> {
        let element = self.find("textbox", name)?;
        self.post(&format!("/element/{}/clear", element.0), &json!({}))?;
        self.post(&format!("/element/{}/value", element.0), &json!({"text": text})).map(drop)
    }

    /// Presses keys in an element, in WebDriver's writing.
    ///
    /// # Errors
    ///
    /// When it does not appear.
    pub fn press(&self, role: &str, name: &str, keys: &str) -> Result<()> {
        let element = self.find(role, name)?;
        self.post(&format!("/element/{}/value", element.0), &json!({"text": keys})).map(drop)
    }

    /// Whether a button is active.
    ///
    /// # Errors
    ///
    /// When it does not appear.
    pub fn enabled(&self, role: &str, name: &str) -> Result<bool> {
        let element = self.find(role, name)?;
        Ok(self.get(&format!("/element/{}/enabled", element.0))?.as_bool().unwrap_or(false))
    }

    /// The text of an element.
    ///
    /// # Errors
    ///
    /// When it has gone.
    pub fn text_of(&self, element: &Element) -> Result<String> {
        // The driver's own answer leaves out what is cut by an ellipsis.
        let element = json!({ ELEMENT: element.0 });
        Ok(self.script("return arguments[0].innerText", &[element])?.as_str().unwrap_or_default().to_owned())
    }

    /// All text a person can read.
    ///
    /// # Errors
    ///
    /// When the page does not answer.
    pub fn text(&self) -> Result<String> {
        Ok(self.script("return document.body.innerText", &[])?.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until a text can be read.
    ///
    /// # Errors
    ///
    /// When it does not appear.
    pub fn see(&self, text: &str) -> Result<()> {
        self.see_within(text, PATIENCE)
    }

    /// Waits until one of these texts can be read.
    ///
    /// # Errors
    ///
    /// When none appears.
    pub fn see_any(&self, texts: &[&str]) -> Result<()> {
        let seen = wait_for(&format!("one of {texts:?}"), PATIENCE, || {
            let shown = self.text()?;
            Ok(texts.iter().any(|text| shown.contains(text)).then_some(()))
        });
        seen.with_context(|| format!("the page shows: {}", self.text().unwrap_or_default()))
    }

    /// Waits so long until a text can be read.
    ///
    /// # Errors
    ///
    /// When it does not appear.
    pub fn see_within(&self, text: &str, at_most: Duration) -> Result<()> {
        // Marks that only say in which direction a name is written; not every browser gives them.
        let read = |text: &str| text.replace(['\u{2068}', '\u{2069}'], "");
        let wanted = read(text);
        let seen = wait_for(&format!("{text:?}"), at_most, || Ok(read(&self.text()?).contains(&wanted).then_some(())));
        seen.with_context(|| format!("the page shows: {}", self.text().unwrap_or_default()))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if self.driver.is_some() {
            // The driver ends the program with its session; a program that was killed before has none.
            let _ = self.agent.delete(&self.base).call();
        }
        if let Some(pid) = self.pid {
            let _ = std::process::Command::new("kill").args(["-9", &pid.to_string()]).stderr(Stdio::null()).status();
        }
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder();
    config.http_status_as_error(false).timeout_global(Some(Duration::from_secs(60))).build().into()
}

fn value_of(mut answer: Value) -> Result<Value> {
    let value = answer["value"].take();
    if let Some(error) = value["error"].as_str() {
        bail!("WebDriver: {error}: {}", value["message"].as_str().unwrap_or_default());
    }
    Ok(value)
}

/// The youngest process that runs this program.
fn newest_process(program: &Path) -> Option<u32> {
    let program = program.canonicalize().ok()?;
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    processes
        .filter(|process| std::fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe == program))
        .filter_map(|process| process.file_name().to_str()?.parse().ok())
        .max()
}
