//! From what changes on the customer's screen to packets that a viewer can decode.
//!
//! Decides when a picture is taken, and how it is encoded. Never decides who may see it: it asks its [`Gate`] before
//! each picture and again before each packet. Never opens a socket: packets leave through a [`Sink`].
//!
//! ```text
//! Screen ──damage──▶ Pace ──▶ grab ──BGRA──▶ Planes ──I420──▶ Encoder ──▶ Packet ──▶ Sink
//!                     ▲        (gate) └─────▶ Tiles ────────────────▶ TilePacket ───▶ │
//!                     │                                                    (gate)     │
//!                     └──────────── the packet's Ticket is dropped ◀──────────────────┘
//! ```
//!
//! A small change goes as exact tiles at once, everything else as video; what stands still is made exact by tiles
//! (see `tiles`).
//!
//! # Invariants
//!
//! - Nothing changed means nothing captured, converted, encoded or sent; after a change at most two refinements follow, and each of
//!   its cells at most once as a tile.
//! - At most one video packet and two of tiles are in flight to each viewer; what is captured next is the newest there
//!   is.
//! - Viewers of one feed share capture and encoder; nothing that one does changes what another sees.
//! - A new viewer, a new size and a lost packet are answered with a key frame, nothing else is.
//! - After [`Feed::pause`] or [`Feed::stop`] has returned, the sink is not called.

pub mod colour;
pub mod encoder;
pub mod feed;
mod packet;
pub mod rate;
mod tiles;

pub use feed::{Feed, FeedError, Gate, Output, Settings, Sink};
pub use packet::{Packet, Ticket, TilePacket};
