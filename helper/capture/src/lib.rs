//! deskhand-capture
