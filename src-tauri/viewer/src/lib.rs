//! deskhand-viewer
