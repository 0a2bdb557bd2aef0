//! What a session keeps of its device when it comes, and what the device learns from the session.
//!
//! # Invariants
//!
//! - What the technician typed for this session is never changed by a device.
//! - A name that a technician gave a device is never changed by a session.
//! - Nothing is ever guessed from a host name: what nobody wrote stays unknown.

use deskhand_protocol::text::Name;

/// The names of a device, as a technician gave them or a session said them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Whose it is.
    pub customer: Option<Name>,
    /// What the customer calls it.
    pub machine: Option<Name>,
}

/// The session of `customer` and `machine` meets a device of these names: the session's machine and the device's names
/// from now on.
#[must_use]
pub fn meet(customer: &Name, machine: Option<Name>, device: Names) -> (Option<Name>, Names) {
    // A device of somebody else, such as a laptop that was lent, keeps the name its owner knows it by to itself.
    let same_customer = device.customer.as_ref().is_none_or(|owner| owner == customer);
    let known = device.machine.clone().filter(|_| same_customer);
    let learnt = machine.clone().filter(|_| same_customer);
    let names =
        Names { customer: device.customer.or_else(|| Some(customer.clone())), machine: device.machine.or(learnt) };
    (machine.or(known), names)
}
