//! idle: nothing moves for 20 s.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::settle;
use crate::bench::{ends::Ends, figures::tidy, processes::Spending, screen::Desk};

/// How long a still desktop is watched.
const TIME: Duration = Duration::from_secs(20);

/// What the X server spends without the helper.
///
/// # Errors
///
/// When it has ended.
pub fn alone(desk: &Desk) -> Result<f64> {
    settle();
    let spending = Spending::begin(desk.server, None)?;
    std::thread::sleep(TIME / 2);
    Ok(spending.end()?.server)
}

/// Plays the scene.
///
/// # Errors
///
/// When a program has ended.
pub fn play(desk: &Desk, ends: &mut Ends, server_alone: f64) -> Result<Value> {
    settle();
    ends.probe.record(&[], None)?;
    let spending = Spending::begin(desk.server, Some(ends.helper))?;
    std::thread::sleep(TIME);
    let spent = spending.end()?;
    let recorded = ends.probe.report()?;
    let bytes = ["video_bytes", "tile_bytes"].iter().filter_map(|name| recorded[*name].as_f64()).sum::<f64>();
    Ok(json!({
        "helper_cpu_percent": tidy(spent.with_server_extra(server_alone)),
        "x_server_extra_percent": tidy(spent.server - server_alone),
        "video_bytes_per_s": tidy(bytes / TIME.as_secs_f64()),
    }))
}
