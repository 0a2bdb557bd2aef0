//! deskhand-relay
