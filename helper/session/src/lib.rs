//! deskhand-session
