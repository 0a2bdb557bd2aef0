//! What a technician can have done on the device with one click, and what the device says of itself. Each is a
//! capability of its own; messages of the `control` channel.

use serde::{Deserialize, Serialize};

use crate::{capability::Capability, limit, text::Name};

/// Something done on the device with one click.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum QuickAction {
    /// Locks the screen; the customer opens it again with his password.
    Lock,
    /// Signs the customer out.
    SignOut,
    /// Restarts the device; the helper calls again by itself and the customer is asked anew.
    Restart,
    /// Opens the system's own task manager.
    TaskManager,
}

impl QuickAction {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Lock, Self::SignOut, Self::Restart, Self::TaskManager];

    /// What must be granted for it.
    #[must_use]
    pub const fn capability(self) -> Capability {
        match self {
            Self::Lock => Capability::Lock,
            Self::SignOut => Capability::SignOut,
            Self::Restart => Capability::Restart,
            Self::TaskManager => Capability::TaskManager,
        }
    }

    /// Whether it ends what the customer is doing: he is then asked each time.
    #[must_use]
    pub const fn interrupts(self) -> bool {
        matches!(self, Self::SignOut | Self::Restart)
    }
}

/// What became of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum ActionOutcome {
    /// The system does it.
    Done,
    /// The customer is being asked.
    Asking,
    /// He said no, or nothing.
    Refused,
    /// It is not granted now.
    NotGranted,
    /// The system did not do it.
    Failed,
}

/// A file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct DiskInfo {
    /// Where it is.
    #[ts(type = "string")]
    pub place: Name,
    /// Its size in MiB.
    pub total_mib: u32,
    /// What is free of it, in MiB.
    pub free_mib: u32,
}

/// What the device says of itself. Text from it is hostile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct SystemInfo {
    /// Its name in the network.
    #[ts(type = "string")]
    pub host: Name,
    /// The system with its version.
    #[ts(type = "string")]
    pub os: Name,
    /// The version of its kernel.
    #[ts(type = "string")]
    pub kernel: Name,
    /// The processor's architecture.
    #[ts(type = "string")]
    pub arch: Name,
    /// Seconds since it was started.
    pub uptime_s: u32,
    /// The processor.
    #[ts(type = "string")]
    pub cpu: Name,
    /// Its logical cores.
    pub cores: u16,
    /// How busy it is, in percent of all cores.
    pub cpu_percent: u8,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// What of it is used, in MiB.
    pub memory_used_mib: u32,
    /// Its disks, at most [`INFO_LIST`](crate::limit::INFO_LIST).
    pub disks: Vec<DiskInfo>,
    /// Addresses in its networks, at most [`INFO_LIST`](crate::limit::INFO_LIST).
    #[ts(type = "string[]")]
    pub addresses: Vec<Name>,
}

impl SystemInfo {
    /// Whether its lists are within their bounds.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        self.disks.len() <= limit::INFO_LIST && self.addresses.len() <= limit::INFO_LIST
    }
}
