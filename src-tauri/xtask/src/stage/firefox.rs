//! Firefox under control by its own protocol, Marionette, which is WebDriver's commands over one TCP connection: Debian
//! has the browser, but not the program that would speak HTTP for it.
//!
//! Each message is its length in bytes, a colon, and JSON: `[0, id, command, parameters]` there, `[1, id, error, result]`
//! back.

use std::{
    fs,
    io::{BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::{Program, display::Display, wait_for};

/// How long it may take to begin: it makes a profile first.
const BEGIN: Duration = Duration::from_secs(60);
/// For one command.
const ANSWER: Duration = Duration::from_secs(60);
/// No message of a test is longer.
const LONGEST: usize = 64 * 1024 * 1024;

/// Every question about screen and camera is a yes, a moving test picture stands for the camera, and nothing is fetched.
const SETTINGS: &str = r#"
user_pref("marionette.port", 0);
user_pref("media.navigator.permission.disabled", true);
user_pref("media.navigator.streams.fake", true);
user_pref("media.getdisplaymedia.enabled", true);
user_pref("media.gmp-manager.updateEnabled", false);
user_pref("media.peerconnection.ice.obfuscate_host_addresses", false);
user_pref("app.normandy.enabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.page", 0);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("datareporting.policy.dataSubmissionPolicyBypassNotification", true);
user_pref("extensions.update.enabled", false);
user_pref("intl.accept_languages", "en");
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("toolkit.telemetry.server", "");
user_pref("termsofuse.bypassNotification", true);
"#;

/// A running Firefox.
#[derive(Debug)]
pub(super) struct Firefox {
    line: Mutex<(BufReader<TcpStream>, u32)>,
    _program: Program,
}

impl Firefox {
    /// Starts it with a profile of its own.
    pub(super) fn start(display: &Display, profile: &Path) -> Result<Self> {
        fs::create_dir_all(profile)?;
        fs::write(profile.join("user.js"), SETTINGS)?;
        let mut command = display.command("firefox-esr");
        command
            .args(["--marionette", "--no-remote", "--width", "900", "--height", "760", "--profile"])
            .arg(profile)
            .env("HOME", profile)
            .env("MOZ_DISABLE_CONTENT_SANDBOX", "1");
        super::log_of(&mut command, "firefox")?;
        let program = Program::new(command.spawn().context("cannot start firefox-esr")?);
        let stream = wait_for("Firefox", BEGIN, || {
            let port = fs::read_to_string(profile.join("MarionetteActivePort")).ok();
            let port = port.and_then(|port| port.trim().parse::<u16>().ok());
            Ok(port.and_then(|port| TcpStream::connect(("127.0.0.1", port)).ok()))
        })?;
        stream.set_read_timeout(Some(ANSWER))?;
        let mut stream = BufReader::new(stream);
        let greeting = hear(&mut stream)?;
        ensure!(greeting["marionetteProtocol"] == 3, "Firefox speaks another protocol: {greeting}");
        let this = Self { line: Mutex::new((stream, 0)), _program: program };
        this.command("WebDriver:NewSession", &json!({}))?;
        Ok(this)
    }

    /// What a driver would do for this method and path.
    pub(super) fn ask(&self, path: &str, body: &Value) -> Result<Value> {
        let mut parts = path.trim_start_matches('/').split('/');
        let with = |id: &str| {
            let mut body = body.clone();
            body["id"] = json!(id);
            body
        };
        match (parts.next().unwrap_or_default(), parts.next(), parts.next()) {
            ("url", None, None) => self.command("WebDriver:Navigate", body),
            ("execute", Some("sync"), None) => self.command("WebDriver:ExecuteScript", body),
            ("execute", Some("async"), None) => self.command("WebDriver:ExecuteAsyncScript", body),
            ("window", None, None) => self.command("WebDriver:CloseWindow", body),
            ("element", Some(id), Some("click")) => self.command("WebDriver:ElementClick", &with(id)),
            ("element", Some(id), Some("clear")) => self.command("WebDriver:ElementClear", &with(id)),
            ("element", Some(id), Some("value")) => self.command("WebDriver:ElementSendKeys", &with(id)),
            ("element", Some(id), Some("enabled")) => self.command("WebDriver:IsElementEnabled", &with(id)),
            _ => bail!("nothing is known of {path}"),
        }
    }

    fn command(&self, name: &str, parameters: &Value) -> Result<Value> {
        let (line, id) = &mut *self.line.lock().unwrap_or_else(PoisonError::into_inner);
        *id += 1;
        let message = json!([0, *id, name, parameters]).to_string();
        line.get_mut().write_all(format!("{}:{message}", message.len()).as_bytes())?;
        let answer = hear(line)?;
        ensure!(answer[0] == 1 && answer[1] == *id, "Firefox answers {answer}");
        if let Some(error) = answer[2]["error"].as_str() {
            bail!("{name}: {error}: {}", answer[2]["message"].as_str().unwrap_or_default());
        }
        Ok(answer[3].get("value").cloned().unwrap_or(Value::Null))
    }
}

fn hear(line: &mut BufReader<TcpStream>) -> Result<Value> {
    let mut length = 0_usize;
    loop {
        let mut byte = [0];
        line.read_exact(&mut byte).context("Firefox is gone")?;
        match byte[0] {
            digit @ b'0'..=b'9' if length < LONGEST => length = length * 10 + usize::from(digit - b'0'),
            b':' => break,
            _ => bail!("Firefox says no length"),
        }
    }
    let mut message = vec![0; length];
    line.read_exact(&mut message).context("Firefox is gone")?;
    Ok(serde_json::from_slice(&message)?)
}
