//! What the bar is told.

use deskhand_protocol::text::Name;
use deskhand_session::Standing;
use tokio::time::Instant;

use crate::view::{AttentionView, TechnicianView};

/// What the bar shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarView {
    /// Who.
    pub who: TechnicianView,
    /// Who else was let in. Hostile text.
    pub others: Vec<Name>,
    /// How the grants stand.
    pub standing: Standing,
    /// Where the connection stands.
    pub connection: Connection,
    /// When he was let in.
    pub since: Instant,
    /// Whether the window in front takes nothing from him.
    pub elevated: bool,
    /// What became of asking for attention.
    pub attention: AttentionView,
    /// Whether a chat message has come that the customer may not have seen.
    pub unread: bool,
}

/// Where the connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// It is being made for the first time.
    Coming,
    /// It is up.
    Up,
    /// It was lost.
    Lost,
}
