//! Quick actions, of the `control` channel: what a technician has done to the whole machine or to one of its programs,
//! and what he may know of both.
//!
//! What interrupts the customer's work ([`Deed`]) is confirmed by himself each time; a grant alone is not enough.

use serde::{Deserialize, Serialize};

use crate::{capability::Capability, text::Name};

/// The most programs in one list; more are counted only.
pub const PROGRAMS: usize = 230;
/// Characters of a program's name; so the longest list fits into one message.
pub const PROGRAM_NAME: usize = 40;
/// The most disks in one [`SystemFacts`].
pub const DISKS: usize = 32;

/// Something that interrupts the customer's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Deed {
    /// Lock the screen.
    Lock,
    /// End the customer's desktop session, and with it the call.
    SignOut,
    /// Restart the machine; its helper then calls again and asks anew.
    Restart,
    /// End a program.
    EndProgram {
        /// Which.
        program: ProgramId,
        /// How.
        ending: Ending,
    },
}

impl Deed {
    /// What must be granted for it.
    #[must_use]
    pub const fn capability(self) -> Capability {
        match self {
            Self::Lock => Capability::Lock,
            Self::SignOut => Capability::SignOut,
            Self::Restart => Capability::Restart,
            Self::EndProgram { .. } => Capability::TaskManager,
        }
    }
}

/// How a program is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It is asked to, and may save what it has.
    Asked,
    /// At once.
    Forced,
}

/// Names a program that runs. The system gives the number of one that has ended to another; with the time of its start
/// it stays the same program's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct ProgramId {
    /// The system's number of it.
    pub pid: u32,
    /// When it started, in seconds since 1970.
    #[ts(type = "number")]
    pub started: u64,
}

/// A program that runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Program {
    /// Which.
    pub id: ProgramId,
    /// What the system calls it. Hostile text.
    #[ts(type = "string")]
    pub name: Name,
    /// Of one processor's time since the list before, in percent.
    pub cpu_percent: f32,
    /// Memory that it holds, in bytes.
    #[ts(type = "number")]
    pub memory: u64,
    /// Whether it is the customer's own; others can hardly be ended.
    pub own: bool,
}

/// What became of a [`Deed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The customer is being asked.
    Asking,
    /// It is done, or begun.
    Done,
    /// The customer said no, or nothing.
    Denied,
    /// It is not granted now.
    NotGranted,
    /// The customer is being asked something else.
    Busy,
    /// There is no such program any more.
    NotFound,
    /// The system does not let the customer do it.
    Refused,
    /// This system has no way to do it.
    Unsupported,
    /// It went wrong.
    Failed,
}

/// What computer it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct SystemFacts {
    /// The system and its version.
    #[ts(type = "string")]
    pub system: Name,
    /// The version of its kernel.
    #[ts(type = "string")]
    pub kernel: Name,
    /// What the machine is called in its network.
    #[ts(type = "string")]
    pub host: Name,
    /// The processor's name.
    #[ts(type = "string")]
    pub processor: Name,
    /// How many processors the system sees.
    pub processors: u16,
    /// Memory in bytes.
    #[ts(type = "number")]
    pub memory: u64,
    /// What of it programs could still have, in bytes.
    #[ts(type = "number")]
    pub memory_free: u64,
    /// Seconds since the system started.
    #[ts(type = "number")]
    pub up_seconds: u64,
    /// Its disks, at most [`DISKS`].
    pub disks: Vec<DiskFacts>,
}

/// One disk, or part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct DiskFacts {
    /// Where its files are found.
    #[ts(type = "string")]
    pub place: Name,
    /// Its size in bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// What is free of it, in bytes.
    #[ts(type = "number")]
    pub free: u64,
}
