//! deskhand-desk
