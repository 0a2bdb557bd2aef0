//! deskhand-input
