//! What a session wants done.

use deskhand_protocol::{call::signal::DeclineReason, capability::Capabilities, record::EndReason, relay::Report};

use crate::Technician;

/// Names one question, so that a click meant for an earlier one never answers a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuestionId(pub u32);

/// A question to the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Which one.
    pub id: QuestionId,
    /// Who asks.
    pub technician: Technician,
    /// For what, exactly.
    pub asked: Capabilities,
}

/// What the technician is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Come in, with these. While a connection is up it is the new list for it; else make an offer.
    Granted(Capabilities),
    /// No.
    Declined(DeclineReason),
}

/// One thing to do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Show this question on top of everything, with *Deny* focused and *Allow* inactive; it replaces any other. Then
    /// tell [`Event::ConsentShown`](crate::Event::ConsentShown).
    ShowConsent(Question),
    /// *Allow* may be clicked now.
    ActivateAllow(QuestionId),
    /// The question is answered or void.
    HideConsent(QuestionId),
    /// Tell the technician.
    Answer(Answer),
    /// Show the bar with what is granted now, or bring it up to date.
    ShowBar(Capabilities),
    /// Take the bar away.
    HideBar,
    /// Pictures may go out.
    StartSharing,
    /// Pictures stop.
    StopSharing,
    /// Let go of every key and button that is held.
    ReleaseEverything,
    /// For the record.
    Report(Report),
    /// The session is over: say goodbye to a technician who does not know yet, and close everything.
    Close(EndReason),
}
