//! long: the page scrolls for ten minutes; whether the picture's age grows.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{
    moving::{self, Alone, Keep},
    scroll, settle,
};
use crate::bench::{
    ends::Ends,
    figures::{percentile, tidy},
    screen::Desk,
};

/// How long it scrolls.
const TIME: Duration = Duration::from_secs(600);
const MINUTE_US: u64 = 60_000_000;

/// Plays the scene.
///
/// # Errors
///
/// When a program has ended.
pub fn play(desk: &Desk, ends: &mut Ends, alone: &Alone) -> Result<Value> {
    let mut scroll = scroll::show(desk)?;
    settle();
    let played = moving::play(desk, ends, &mut scroll, TIME, alone, Keep::None, &mut |_, _| Ok(()))?;
    let ages = played.ages();
    let (begin, _) = *ages.first().context("the viewer saw no picture")?;
    let minutes: Vec<Option<f64>> = (0..TIME.as_secs() / 60)
        .map(|minute| {
            let of_minute = |at: u64| (at - begin) / MINUTE_US == minute;
            let ages: Vec<f64> = ages.iter().filter(|(at, _)| of_minute(*at)).map(|(_, age)| *age).collect();
            percentile(&ages, 0.5)
        })
        .collect();
    let (first, last) = (minutes.first().copied().flatten(), minutes.last().copied().flatten());
    let (first, last) = first.zip(last).context("the viewer saw no picture in the first or the last minute")?;
    let by_minute: Vec<Option<f64>> = minutes.into_iter().map(|age| age.map(tidy)).collect();
    let mut figures = played.figures()?;
    figures.insert("age_growth_ms".into(), json!(tidy(last - first)));
    figures.insert("age_p50_ms_by_minute".into(), json!(by_minute));
    Ok(figures.into())
}
