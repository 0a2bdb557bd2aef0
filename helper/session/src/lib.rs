//! Decides who may do what during a support call.
//!
//! A [`Session`] is told what happened ([`Event`]) and when, and answers with what to do ([`Command`]). It opens no
//! socket, starts no task and never asks for the time, so that a call of eight hours replays in a test in
//! milliseconds. Every effect on the customer's machine asks [`Room::permit`] at the moment of use; the [`Permit`]
//! borrows the session and is therefore gone before the next event.
//!
//! ```text
//!            known           asked            allowed           peer connected
//! Waiting ──────────▶ Known ────────▶ asking ────────▶ Granted ───────────────▶ Live
//!                       ▲               │                 ▲                      │
//!                       └─ denied, no answer, window lost └── peer lost ─────────┘
//!
//! anything ── customer, technician, relay, hard end, grace over ──▶ Ended
//! ```
//!
//! # Invariants
//!
//! - A grant comes only from the customer's own click on the question that is open, or from the administrator's grant
//!   file; nothing a technician or a relay sends can make one.
//! - Mouse and keyboard are never granted by the click that lets the technician see: they take a second one.
//! - What interrupts the customer's work takes his yes for each single use, beside the grant.
//! - No answer, an answer to another question, an answer too early and a lost window are no grant.
//! - Taking or holding a grant back, pausing and ending take effect before the next event is looked at.
//! - What gives something (giving back, going on, leave to return) counts only when nobody but the customer can have
//!   clicked: not within [`ALONE`](deskhand_protocol::limit::ALONE) of the technician's last input.
//! - While a question is open, or the bar cannot be seen for
//!   [`BAR_GRACE`](deskhand_protocol::limit::BAR_GRACE), nothing but the view is permitted.
//! - Without anyone telling the time nothing stays permitted for longer than
//!   [`DEAD_MAN`](deskhand_protocol::limit::DEAD_MAN).
//! - `Ended` is final.
//!
//! # Several technicians
//!
//! A [`Session`] is one technician's. A [`Room`] holds those of one call and decides what joins them:
//!
//! - The customer is asked one thing at a time, and while he is, nothing but the view is permitted to anyone.
//! - What the customer does (pausing, ending, his bar) is for all of them.
//! - One has the controls; [`Room::permit`] permits nobody else mouse, keyboard, clipboard or a deed. Before the next one
//!   begins, everything that the last one held is let go.
//! - A further technician's time ends with the first one's.
//!
//! # Using a capability
//!
//! Ask [`Room::permit`] for each single effect, at the moment of use and never before; after a queue, ask again. When
//! it refuses, tell [`Event::Attempted`], so that the record has it. [`Command::Usable`] says when something may not be
//! used any more; drop what waits. The places that a new capability touches stand in
//! `server-lite/protocol/src/capability.rs`.

mod command;
mod event;
mod permit;
mod policy;
mod room;
mod session;

use deskhand_protocol::capability::{Capability, WORKING};

pub use command::{Answer, Command, Kind, Question, QuestionId, Standing};
pub use event::{Event, Return, Technician};
pub use permit::{NotGranted, Permit};
pub use policy::{Policy, StandingGrant};
pub use room::{NotInvited, Room};
pub use session::{Phase, Session};

use permit::HANDS;

/// Whether a capability works on this system: it is asked for nowhere else.
#[must_use]
pub fn works_here(capability: Capability) -> bool {
    // On Windows the disk is not opened yet.
    let missing = cfg!(windows) && matches!(capability, Capability::FilesIn | Capability::FilesOut);
    WORKING.contains(&capability) && !missing
}

/// Refused questions after which the customer is not asked again: asking until someone gives in is no consent.
pub const REFUSALS: u32 = 3;
