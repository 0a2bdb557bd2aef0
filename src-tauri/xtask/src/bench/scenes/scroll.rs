//! scroll: a long page of text scrolls in a browser for 10 s.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Map, Value};

use super::{
    moving::{self, Alone, Keep, Motion, Played},
    still,
};
use crate::bench::{
    ends::Ends,
    page::{Drawn, Page, ROWS},
    quality::Part,
    screen::{Desk, SCREEN},
};

/// How long it scrolls.
pub const TIME: Duration = Duration::from_secs(10);

/// A page that scrolls.
#[derive(Debug)]
pub struct Scroll(pub Page);

impl Motion for Scroll {
    fn rows(&self) -> &[(u16, u16)] {
        &ROWS
    }

    fn part(&self) -> Part {
        Part { x: 0, y: 0, width: SCREEN.0 as usize, height: SCREEN.1 as usize }
    }

    fn run(&mut self, time: Duration) -> Result<Drawn> {
        self.0.scroll(time);
        self.0.stands(time + Duration::from_secs(20))
    }
}

/// Shows the page; it goes with what is returned.
///
/// # Errors
///
/// When the browser does not show it.
pub fn show(desk: &Desk) -> Result<Scroll> {
    let scroll = Scroll(Page::show(&desk.display)?);
    desk.park()?;
    Ok(scroll)
}

/// What the scene costs without the helper.
///
/// # Errors
///
/// When the browser does not show the page.
pub fn alone(desk: &Desk) -> Result<Alone> {
    let mut scroll = show(desk)?;
    super::settle();
    moving::alone(desk, &mut scroll, TIME)
}

/// Plays `scroll`, and `still` after it.
///
/// # Errors
///
/// When the browser does not show the page, or a program has ended.
pub fn play(desk: &Desk, ends: &mut Ends, alone: &Alone) -> Result<(Played, Map<String, Value>)> {
    let mut scroll = show(desk)?;
    // The page itself has to be sharp at the viewer before it moves.
    super::settle();
    let mut stillness = None;
    let played = moving::play(desk, ends, &mut scroll, TIME, alone, Keep::Some, &mut |ends, last_us| {
        stillness = Some(still::watch(desk, ends, last_us)?);
        Ok(())
    })?;
    Ok((played, stillness.unwrap_or_default()))
}
