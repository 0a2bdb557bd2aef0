//! deskhand-picture
