//! What a session may do. Each is asked for, granted, refused and checked on its own.

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
    /// Open the task manager.
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

/// A set of capabilities, ordered as asked.
pub type Capabilities = BTreeSet<Capability>;

/// The capabilities that have a working feature; no other is asked for or shown.
pub const WORKING: [Capability; 4] = [Capability::View, Capability::Control, Capability::FilesIn, Capability::FilesOut];
