//! The proof that something may be done now.

use std::marker::PhantomData;

use deskhand_protocol::capability::Capability;

use crate::Session;

/// What only one technician of a call may use at a time: two pairs of hands on one mouse hinder each other, and what one
/// has copied must not be pasted by another.
pub(crate) const HANDS: [Capability; 7] = [
    Capability::Control,
    Capability::ClipboardIn,
    Capability::ClipboardOut,
    Capability::Lock,
    Capability::SignOut,
    Capability::Restart,
    Capability::TaskManager,
];

/// Leave to do one thing now. It borrows the session, so that it cannot be kept over a change of mind; only
/// [`Session::permit`] makes one.
///
/// ```compile_fail
/// let forged = deskhand_session::Permit { capability: deskhand_protocol::capability::Capability::Control };
/// ```
#[derive(Debug)]
pub struct Permit<'session> {
    capability: Capability,
    session: PhantomData<&'session Session>,
}

impl Permit<'_> {
    /// Made by the session alone.
    pub(crate) const fn new(capability: Capability) -> Self {
        Self { capability, session: PhantomData }
    }

    /// What it permits; an effect checks that it is its own.
    #[must_use]
    pub const fn capability(&self) -> Capability {
        self.capability
    }
}

/// Why something may not be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotGranted {
    /// The customer has not granted it, or has taken it back.
    #[error("the customer has not granted this")]
    NotGranted,
    /// The customer has granted it and holds it back for now.
    #[error("the customer holds this back for now")]
    Held,
    /// The customer has paused.
    #[error("the customer has paused")]
    Paused,
    /// The customer's bar is covered or gone.
    #[error("the customer's bar cannot be seen")]
    BarHidden,
    /// Nobody has told the session the time for too long: who permits things has died or hangs.
    #[error("the session is not attended")]
    Unattended,
    /// No technician is connected.
    #[error("no technician is connected")]
    NotConnected,
    /// A question is open: input could click on it.
    #[error("a question to the customer is open")]
    ConsentOpen,
    /// Another technician of the call has the controls.
    #[error("another technician has the controls")]
    NotSteering,
    /// The session is over, or its hard end is reached.
    #[error("the session is over")]
    Ended,
}
