//! A whole call on the stage: two displays, two people, and the folder that holds everything they store.

use std::time::Duration;

use anyhow::Result;
use tempfile::TempDir;

use super::{
    customer::{BAR, Customer},
    display::Display,
    technician::Technician,
    wait_for,
};

/// The technician's name on the stage.
pub const TECHNICIAN: &str = "Mara Lindt";
/// Her company.
pub const COMPANY: &str = "Lindt Computer Help";
/// The customer's name.
pub const CUSTOMER: &str = "Mr Weber";

/// Two people, each before a screen of his own. Fields are dropped in order: programs before displays before files.
#[derive(Debug)]
pub struct Call {
    /// The helper's side.
    pub customer: Customer,
    /// The console's side.
    pub technician: Technician,
    /// The customer's screen.
    pub desk: Display,
    /// The technician's screen.
    pub console: Display,
    /// What the customer types.
    pub code: String,
    /// Where both store their data.
    pub folder: TempDir,
}

impl Call {
    /// The customer has typed the code and waits; the technician sees him.
    ///
    /// # Errors
    ///
    /// When any step of it does not happen.
    pub fn waiting() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let console = Display::start(1440, 940)?;
        let desk = Display::start(1280, 800)?;
        let technician = Technician::start(&console, &folder.path().join("console"), &[])?;
        technician.introduces_himself(TECHNICIAN, COMPANY)?;
        let code = technician.makes_session(CUSTOMER, "")?;
        technician.closes_dialog()?;
        let customer = Customer::start(&desk, &folder.path().join("helper"))?;
        customer.types_call(&code)?;
        wait_for("the customer to wait", Duration::from_secs(30), || technician.page.find_now("button", "Connect"))?;
        Ok(Self { customer, technician, desk, console, code, folder })
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
        let call = Self::asking()?;
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

    /// The console's window, with the keyboard.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub fn console_window(&self) -> Result<String> {
        let window = self.console.window("Deskhand.*", Duration::from_secs(10))?;
        self.console.focus(&window)?;
        Ok(window)
    }
}
