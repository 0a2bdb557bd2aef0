//! Who answers a technician's question.

use std::{collections::BTreeSet, time::Instant};

use deskhand_protocol::{capability::Capabilities, key::PublicKey};

/// What an administrator granted before, for a computer where nobody sits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingGrant {
    /// The technicians it is for.
    pub technicians: BTreeSet<PublicKey>,
    /// What they may do.
    pub capabilities: Capabilities,
    /// When it ends, on the clock that the session is told; it ends a running call too.
    pub until: Instant,
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Policy {
    /// The customer, at the screen.
    Customer,
    /// The administrator's grant file; nobody is asked.
    GrantFile(StandingGrant),
}
