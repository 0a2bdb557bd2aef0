//! What a session may do. Each is asked for, granted, refused, held back and checked on its own.
//!
//! # What a new capability touches
//!
//! 1. Its feature in the helper asks `Session::permit` at the moment of use, for each effect anew, and tells
//!    `Event::Attempted` when it was refused. What waits in a queue is asked for again when it leaves, and dropped in
//!    `Running::usable` (`helper/src/call/commands.rs`) as soon as the customer pauses or takes it back.
//! 2. Its line in [`WORKING`], with the working feature and not before. Presets, the consent window, the bar, the
//!    helper's window and the console's menus follow from this list.
//! 3. Its words for the customer, English and German: `capability` in `helper/ui/src/language`, whose type demands
//!    every one, and [`group`](Capability::group) here for its place in the consent window and on the bar.
//! 4. Its words for the technician: `capability` in `ui/src/state/text/rights`; and its control in the console is there only
//!    while `granted` of the live call has it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// One thing a session may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// See the screen.
    View,
    /// Use mouse and keyboard.
    Control,
    /// Show the technician's pointer and drawings.
    Point,
    /// Send the technician's clipboard to the device.
    ClipboardIn,
    /// Read the device's clipboard.
    ClipboardOut,
    /// Write files to the device.
    FilesIn,
    /// Read files from the device.
    FilesOut,
    /// Lock the device.
    Lock,
    /// Sign the customer out.
    SignOut,
    /// Restart the device.
    Restart,
    /// See and end programs.
    TaskManager,
    /// Read system information.
    SystemInfo,
    /// Open a terminal.
    Terminal,
    /// Hear the device.
    Audio,
    /// Record the session.
    Record,
}

/// What belongs together in the customer's eyes: a heading in the consent window, a word on the bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Seeing and showing: nothing is changed.
    Look,
    /// Mouse and keyboard.
    Hands,
    /// The clipboard, either way.
    Clipboard,
    /// Files, either way.
    Files,
    /// What interrupts the customer's work.
    Interrupt,
    /// What is kept of the session.
    Keep,
}

impl Capability {
    /// Where it belongs.
    #[must_use]
    pub const fn group(self) -> Group {
        match self {
            Self::View | Self::Point | Self::SystemInfo | Self::Audio => Group::Look,
            Self::Control | Self::Terminal => Group::Hands,
            Self::ClipboardIn | Self::ClipboardOut => Group::Clipboard,
            Self::FilesIn | Self::FilesOut => Group::Files,
            Self::Lock | Self::SignOut | Self::Restart | Self::TaskManager => Group::Interrupt,
            Self::Record => Group::Keep,
        }
    }
}

/// A set of capabilities, ordered as asked.
pub type Capabilities = BTreeSet<Capability>;

/// The capabilities that have a working feature; no other is asked for or shown.
pub const WORKING: &[Capability] = &[
    Capability::View, //
    Capability::Control,
    Capability::Point,
    Capability::ClipboardIn,
    Capability::ClipboardOut,
    Capability::FilesIn,
    Capability::FilesOut,
    Capability::Lock,
    Capability::SignOut,
    Capability::Restart,
    Capability::TaskManager,
    Capability::SystemInfo,
];

/// What a technician asks for with one choice. The customer sees the list, not the name of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// See and point; nothing can be changed.
    Look,
    /// Also mouse, keyboard and clipboard.
    #[default]
    Help,
    /// Everything there is.
    FullService,
}

impl Preset {
    /// All of them, the smallest first.
    pub const ALL: [Self; 3] = [Self::Look, Self::Help, Self::FullService];

    /// What it asks for, of what works.
    #[must_use]
    pub fn capabilities(self) -> Capabilities {
        use Capability as C;
        let within = |capability: &Capability| match self {
            Self::Look => matches!(capability, C::View | C::Point),
            Self::Help => matches!(capability, C::View | C::Point | C::Control | C::ClipboardIn | C::ClipboardOut),
            // A recording is asked for on its own, whoever asks for how much.
            Self::FullService => *capability != C::Record,
        };
        WORKING.iter().copied().filter(within).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_preset_asks_for_more_than_the_one_before_and_for_nothing_that_does_not_work() {
        let mut before = Capabilities::new();
        for preset in Preset::ALL {
            let asks = preset.capabilities();
            assert!(asks.contains(&Capability::View) && asks.is_superset(&before), "{preset:?}");
            assert!(asks.iter().all(|capability| WORKING.contains(capability)));
            before = asks;
        }
        assert!(!Preset::Look.capabilities().contains(&Capability::Control));
        assert!(before.len() >= WORKING.len() - 1, "full service is everything but a recording");
    }
}
