//! A whole call on the stage: two displays, two people, and the folder that holds everything they store.

use std::{
    ops::{Deref, DerefMut},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Result, bail};
use tempfile::TempDir;

use super::{
    customer::{BAR, Customer},
    display::Display,
    monitors::Part,
    relay::RelayProgram,
    technician::Technician,
    wait_for,
};

/// The technician's name on the stage.
pub const TECHNICIAN: &str = "Mara Lindt";
/// Her company.
pub const COMPANY: &str = "Lindt Computer Help";
/// The customer's name.
pub const CUSTOMER: &str = "Mr Weber";
/// His screen in pixels.
const SCREEN: (u32, u32) = (1280, 800);

/// How the owner signs in in a browser.
pub const LOGIN: &str = "mara@example.org";
/// Likewise.
pub const PASSWORD: &str = "a lamp, a ladder, a lake";

/// Where the technician sits. Both have joined a relay that is a program of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat {
    /// Before the console's window.
    Window,
    /// Before the page that the relay gives to browsers.
    Browser,
}

/// A technician who has made a session, before the customer starts anything.
///
/// Fields are dropped in order: programs before displays before files.
#[derive(Debug)]
pub struct Stage {
    /// The console's side.
    pub technician: Technician,
    /// The customer's screen.
    pub desk: Display,
    /// The technician's screen.
    pub console: Display,
    /// The relay, where it is a program of its own.
    pub relay: Option<RelayProgram>,
    /// What the customer types.
    pub code: String,
    /// Where both store their data.
    pub folder: TempDir,
}

impl Stage {
    /// The console has shown the code.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn with_code() -> Result<Self> {
        Self::set(None, tempfile::tempdir()?, SCREEN, "")
    }

    /// Likewise, but the technician will ask for this preset.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn with_code_for(preset: &str) -> Result<Self> {
        Self::set(None, tempfile::tempdir()?, SCREEN, preset)
    }

    /// Likewise, with a customer's screen of this size.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn with_code_on(screen: (u32, u32)) -> Result<Self> {
        Self::set(None, tempfile::tempdir()?, screen, "")
    }

    /// Likewise, but the technician has joined a relay that is a program of its own, and will ask for this preset; for
    /// an empty one, for what is chosen at first.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn with_relay_program(preset: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let relay = RelayProgram::start(&folder.path().join("relay"))?;
        Self::set(Some(relay), folder, SCREEN, preset)
    }

    /// Likewise, with a technician who sits there.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn with_code_at(seat: Seat, preset: &str) -> Result<Self> {
        match seat {
            Seat::Window => Self::with_relay_program(preset),
            Seat::Browser => {
                let stage = Self::signed_in()?;
                let code = stage.technician.makes_session_for(CUSTOMER, "", preset)?;
                stage.technician.closes_dialog()?;
                Ok(Self { code, ..stage })
            }
        }
    }

    /// The owner has made his account in a browser, and no session yet.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn signed_in() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let relay = RelayProgram::start_outside(&folder.path().join("relay"))?;
        let console = Display::start(1440, 940)?;
        let desk = Display::start(SCREEN.0, SCREEN.1)?;
        let technician = Technician::browses(&console, &folder.path().join("browser"), &relay.url())?;
        technician.makes_account(TECHNICIAN, COMPANY, &relay.token, LOGIN, PASSWORD)?;
        Ok(Self { technician, desk, console, relay: Some(relay), code: String::new(), folder })
    }

    fn set(relay: Option<RelayProgram>, folder: TempDir, screen: (u32, u32), preset: &str) -> Result<Self> {
        let (width, height) = screen;
        let console = Display::start(1440, 940)?;
        let desk = Display::start(width, height)?;
        let technician = Technician::start(&console, &folder.path().join("console"), &[])?;
        match &relay {
            Some(relay) => technician.joins(TECHNICIAN, COMPANY, &relay.at.to_string(), &relay.token)?,
            None => technician.introduces_himself(TECHNICIAN, COMPANY)?,
        }
        let code = technician.makes_session_for(CUSTOMER, "", preset)?;
        technician.closes_dialog()?;
        Ok(Self { technician, desk, console, relay, code, folder })
    }

    /// The console's window, with the keyboard.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub fn console_window(&self) -> Result<String> {
        let window = self.console.window(".*Deskhand.*", Duration::from_secs(10))?;
        self.console.focus(&window)?;
        Ok(window)
    }

    /// Clicks through the console's picture into a window of the customer, which gets the keyboard.
    ///
    /// # Errors
    ///
    /// When there is no such window, or no picture.
    pub fn clicks_into(&self, title: &str) -> Result<()> {
        let target = self.desk.window(title, Duration::from_secs(10))?;
        let (x, y, width, height) = self.desk.place(&target)?;
        let window = self.console_window()?;
        let (x, y) = ((x + width / 2) as u32, (y + height / 2) as u32);
        let (at_x, at_y) = self.technician.on_screen(&self.console, &window, x, y)?;
        self.console.click(at_x, at_y)
    }

    /// Starts the console again over the same data.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn restart_console(&mut self) -> Result<()> {
        self.technician = Technician::start(&self.console, &self.folder.path().join("console"), &[])?;
        self.technician.page.find("button", "New session").map(drop)
    }

    /// The relay's database file.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn relay_file(&self) -> Result<PathBuf> {
        let of = if self.relay.is_some() { "relay" } else { "console" };
        let mut open = vec![self.folder.path().join(of)];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder)?.flatten() {
                let path = entry.path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|end| end == "db") {
                    return Ok(path);
                }
            }
        }
        bail!("the relay has no database")
    }
}

/// Two people, each before a screen of his own.
#[derive(Debug)]
pub struct Call {
    /// The helper's side.
    pub customer: Customer,
    /// The console's side, and both screens.
    stage: Stage,
}

impl Deref for Call {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.stage
    }
}

impl DerefMut for Call {
    fn deref_mut(&mut self) -> &mut Stage {
        &mut self.stage
    }
}

impl Call {
    /// The customer has typed the code and waits; the technician sees him.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn waiting() -> Result<Self> {
        Self::waits(Stage::with_code()?)
    }

    fn waits(stage: Stage) -> Result<Self> {
        let customer = Customer::start(&stage.desk, &stage.folder.path().join("helper"))?;
        customer.types_call(&stage.code)?;
        wait_for("the customer to wait", Duration::from_secs(30), || {
            stage.technician.page.find_now("button", "Connect")
        })?;
        Ok(Self { customer, stage })
    }

    /// The technician has asked; the question is on the customer's screen.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn asking() -> Result<Self> {
        let call = Self::waiting()?;
        call.technician.connects()?;
        call.customer.page.find("button", "Deny")?;
        Ok(call)
    }

    /// The customer has allowed; the technician sees the screen and the bar is up.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn live() -> Result<Self> {
        Self::asking()?.allowed()
    }

    /// Likewise, with all that the technician asks for by this preset.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn live_for(preset: &str) -> Result<Self> {
        let call = Self::waits(Stage::with_code_for(preset)?)?;
        call.technician.connects()?;
        call.allowed()
    }

    /// Likewise, with a technician who sits there.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn live_at(seat: Seat, preset: &str) -> Result<Self> {
        let call = Self::waits(Stage::with_code_at(seat, preset)?)?;
        call.technician.connects()?;
        call.allowed()
    }

    /// Likewise, with a customer's screen of this size.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn live_on(screen: (u32, u32)) -> Result<Self> {
        let call = Self::waits(Stage::with_code_on(screen)?)?;
        call.technician.connects()?;
        call.allowed()
    }

    /// Likewise, with a customer's screen of this size that is divided into monitors.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn live_on_monitors(screen: (u32, u32), parts: &[Part]) -> Result<Self> {
        let stage = Stage::with_code_on(screen)?;
        stage.desk.divide(parts)?;
        let call = Self::waits(stage)?;
        call.technician.connects()?;
        call.allowed()
    }

    /// Likewise, by way of a relay that is a program of its own, with what this preset asks for.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn live_with_relay_program(preset: &str) -> Result<Self> {
        let call = Self::waits(Stage::with_relay_program(preset)?)?;
        call.technician.connects()?;
        call.allowed()
    }

    fn allowed(self) -> Result<Self> {
        let call = self;
        call.customer.allows()?;
        call.technician.sees_picture()?;
        call.desk.window(BAR, Duration::from_secs(10))?;
        Ok(call)
    }

    /// Waits until the bar has gone.
    ///
    /// # Errors
    ///
    /// When it stays.
    pub fn bar_goes(&self) -> Result<()> {
        wait_for("the bar to go", Duration::from_secs(15), || Ok(self.desk.window_now(BAR).is_none().then_some(())))
    }
}
