//! lossy: typing and scroll over 20 Mbit/s, 40 ms each way, 2 % loss.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::{mbit1::Alone, scroll, settle, typing};
use crate::{
    bench::{ends::Ends, screen::Desk},
    netlink::{line::Shape, net::Net},
};

/// Keys of each repetition.
const KEYS: usize = 100;

/// Plays the scene.
///
/// # Errors
///
/// When no line can be simulated here, or a program has ended.
pub fn play(desk: &Desk, seed: u64, alone: &Alone) -> Result<Value> {
    let line = Shape::clean(20_000_000, Duration::from_millis(40), 256 * 1024).losing(0.02);
    let net = Net::make(line, seed)?;
    let mut ends = Ends::connect(desk, Some(&net))?;
    settle();
    let typing = typing::play(desk, &mut ends, KEYS, seed, alone.typing)?;
    let (scroll, _) = scroll::play(desk, &mut ends, &alone.scroll)?;
    let mut scroll = scroll.figures()?;
    let mut figures = Map::new();
    figures.insert("longest_freeze_ms".into(), scroll.remove("longest_freeze_ms").unwrap_or_default());
    figures.insert("typing".into(), typing.into());
    figures.insert("scroll".into(), scroll.into());
    let counts = net.counts();
    figures.insert("line".into(), json!({"lost_packets": counts.lost, "delivered_packets": counts.delivered}));
    ends.end();
    Ok(figures.into())
}
