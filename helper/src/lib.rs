//! deskhand-helper
