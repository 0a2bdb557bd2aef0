//! deskhand-core
