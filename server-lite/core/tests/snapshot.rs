//! What a session and a device learn of each other.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use deskhand_core::snapshot::{Names, meet};
use deskhand_protocol::text::Name;

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn device(customer: Option<&str>, machine: Option<&str>) -> Names {
    Names { customer: customer.map(name), machine: machine.map(name) }
}

#[test]
fn a_new_device_learns_its_names_from_its_first_session() {
    let (machine, names) = meet(&name("Weber"), Some(name("Till 3")), device(None, None));
    assert_eq!(machine, Some(name("Till 3")));
    assert_eq!(names, device(Some("Weber"), Some("Till 3")));
    let (machine, names) = meet(&name("Weber"), None, device(None, None));
    assert_eq!((machine, names), (None, device(Some("Weber"), None)));
}

#[test]
fn a_session_without_a_machine_takes_the_name_its_device_has() {
    let (machine, names) = meet(&name("Weber"), None, device(Some("Weber"), Some("Till 3")));
    assert_eq!((machine, names), (Some(name("Till 3")), device(Some("Weber"), Some("Till 3"))));
}

#[test]
fn what_a_technician_wrote_stays_on_both_sides() {
    let (machine, names) = meet(&name("Weber"), Some(name("Office")), device(Some("Weber"), Some("Till 3")));
    assert_eq!((machine, names), (Some(name("Office")), device(Some("Weber"), Some("Till 3"))));
}

#[test]
fn a_lent_device_tells_nobody_elses_names() {
    let (machine, names) = meet(&name("Lang"), None, device(Some("Weber"), Some("Till 3")));
    assert_eq!((machine, names), (None, device(Some("Weber"), Some("Till 3"))));
    let (machine, names) = meet(&name("Lang"), Some(name("Laptop")), device(Some("Weber"), None));
    assert_eq!((machine, names), (Some(name("Laptop")), device(Some("Weber"), None)));
}
