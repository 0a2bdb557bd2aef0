//! Decides who may do what during a support call.
//!
//! A [`Session`] is told what happened ([`Event`]) and when, and answers with what to do ([`Command`]). It opens no
//! socket, starts no task and never asks for the time, so that a call of eight hours replays in a test in
//! milliseconds. Every effect on the customer's machine asks [`Session::permit`] at the moment of use; the [`Permit`]
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
//! - A grant comes from the customer's own click on the question that is open, or from the administrator's grant file;
//!   nothing a technician or a relay sends can make one.
//! - No answer, an answer to another question, an answer too early and a lost window are no grant.
//! - Taking a grant back and ending take effect before the next event is looked at.
//! - `Ended` is final.

mod command;
mod event;
mod permit;
mod policy;
mod session;

pub use command::{Answer, Command, Question, QuestionId};
pub use event::{Event, Technician};
pub use permit::{NotGranted, Permit};
pub use policy::{Policy, StandingGrant};
pub use session::{Phase, Session};

/// Refused questions after which the customer is not asked again: asking until someone gives in is no consent.
pub const REFUSALS: u32 = 3;
