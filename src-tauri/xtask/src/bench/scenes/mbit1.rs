//! mbit1: typing, scroll and still over 1 Mbit/s, 20 ms each way, 64 kB of queue.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::{moving, scroll, settle, typing};
use crate::{
    bench::{ends::Ends, figures::tidy, screen::Desk},
    netlink::{line::Shape, net::Net},
};

/// Keys of each repetition.
const KEYS: usize = 100;

/// The line.
#[must_use]
pub const fn line() -> Shape {
    Shape::clean(1_000_000, Duration::from_millis(20), 64 * 1024)
}

/// What the X server spends on the parts of the scene without the helper.
#[derive(Debug, Clone)]
pub struct Alone {
    /// On typing, in percent of a core.
    pub typing: f64,
    /// On the scroll.
    pub scroll: moving::Alone,
}

/// Plays the scene.
///
/// # Errors
///
/// When no line can be simulated here, or a program has ended.
pub fn play(desk: &Desk, seed: u64, alone: &Alone) -> Result<Value> {
    let net = Net::make(line(), seed)?;
    let mut ends = Ends::connect(desk, Some(&net))?;
    let first_picture_ms = ends.first_picture_ms;
    // The first picture is refined before anything is measured on it.
    settle();
    settle();
    let typing = typing::play(desk, &mut ends, KEYS, seed, alone.typing)?;
    let (scroll, still) = scroll::play(desk, &mut ends, &alone.scroll)?;
    let mut figures = Map::new();
    figures.insert("first_picture_ms".into(), json!(tidy(first_picture_ms)));
    figures.insert("typing".into(), typing.into());
    figures.insert("scroll".into(), scroll.figures()?.into());
    figures.insert("still".into(), still.into());
    let counts = net.counts();
    figures
        .insert("line".into(), json!({"dropped_packets": counts.dropped, "delivered_bytes": counts.delivered_bytes}));
    ends.end();
    Ok(figures.into())
}
