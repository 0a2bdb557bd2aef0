//! What a session wants done.

use deskhand_protocol::{
    call::{control::Stopped, signal::DeclineReason},
    capability::{Capabilities, Capability},
    record::EndReason,
    relay::Report,
};

use crate::{Return, Technician};

/// Names one question, so that a click meant for an earlier one never answers a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuestionId(pub u32);

/// Which question it is; the window asks each in its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing has been granted yet.
    First,
    /// The second click for mouse and keyboard, after the first one let the technician see.
    Hands,
    /// The technician wants more than he has.
    More,
    /// The technician wants to use, this once, what was granted and interrupts the customer's work.
    Deed,
}

/// A question to the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Which one.
    pub id: QuestionId,
    /// Of which kind.
    pub kind: Kind,
    /// Who asks.
    pub technician: Technician,
    /// For what, exactly.
    pub asked: Capabilities,
}

/// How the grants stand: what the technician is told and the bar shows. A whole statement, not a change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// What may be used, as soon as nothing stops it.
    pub granted: Capabilities,
    /// What the customer granted and holds back.
    pub held: Capabilities,
    /// What stops it for now.
    pub stopped: Option<Stopped>,
    /// What the customer is being asked for.
    pub asking: Capabilities,
    /// Whether the technician may come back without a question.
    pub returns: Return,
}

/// What the technician is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Come in, with these. To a question that was asked in the call there is nothing more to say: the
    /// [`Standing`](Command::Standing) tells it.
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
    /// The customer said yes to one use of this, or the administrator's file did: ask for the permit and do it now.
    Confirmed(Capability),
    /// He did not: forget what was to be done.
    NotConfirmed(Capability),
    /// Show the bar; from now on tell [`Event::BarSeen`](crate::Event::BarSeen) and
    /// [`Event::BarHidden`](crate::Event::BarHidden).
    ShowBar,
    /// Take the bar away.
    HideBar,
    /// How the grants stand has changed: bring the bar and the window up to date, and tell the technician.
    Standing(Standing),
    /// What may be used has changed: drop at once whatever waits for anything that is not in it.
    Usable(Capabilities),
    /// Pictures may go out.
    StartSharing,
    /// Pictures stop.
    StopSharing,
    /// Let go of every key and button that is held.
    ReleaseEverything,
    /// The customer's click that gives something may have been the technician's, and does not count: tell the
    /// customer to try again while nobody moves his mouse.
    NotBelieved,
    /// For the record.
    Report(Report),
    /// The session is over: say goodbye to a technician who does not know yet, and close everything.
    Close(EndReason),
}
