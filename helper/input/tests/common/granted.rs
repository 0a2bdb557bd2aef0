//! A session in which control is granted, as the product makes one.

use std::time::{Duration, Instant};

use deskhand_protocol::{capability::Capability, key::PublicKey, text::Name};
use deskhand_session::{Event, Policy, Session, StandingGrant, Technician};

/// View and control are granted by the grant file, and the technician is connected and the bar seen.
pub(crate) fn session() -> Session {
    let now = Instant::now();
    let key = PublicKey([7; 32]);
    let capabilities = [Capability::View, Capability::Control].into();
    let grant = StandingGrant { technicians: [key].into(), capabilities, until: now + Duration::from_secs(3_600) };
    let mut session = Session::new(Policy::GrantFile(grant), now);
    let technician = Technician { key, name: Name::lossy("Ada"), company: Name::default() };
    session.handle(Event::TechnicianKnown(technician), now);
    session.handle(Event::Asked([Capability::View, Capability::Control].into()), now);
    session.handle(Event::PeerConnected, now);
    session.handle(Event::BarSeen, now);
    session
}
