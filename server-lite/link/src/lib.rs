//! deskhand-link
