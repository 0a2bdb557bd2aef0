//! deskhand-link

pub mod peer;
