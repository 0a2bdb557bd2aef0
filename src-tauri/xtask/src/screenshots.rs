//! `cargo xtask screenshots --out DIR`: a picture of every screen, with real data, out of the real windows and out of
//! Chromium, and a page that shows them all.
//!
//! | module | what it takes pictures of |
//! |---|---|
//! | [`album`] | the pictures that were taken, and the page that lists them |
//! | [`page`] | what a person does on a page before it is looked at |
//! | [`console`] | the console's screens in its window and in Chromium, over a relay with a past, then in a call: light, dark, narrow, in German |
//! | [`helper`] | the helper's screens and its bar in every language |
//! | [`connect`] | the pages that the relay shows to customers, in Chromium |
//!
//! A picture is `SCREEN/LOOK.png`. A screen that is not reached is an error, and the others are still taken.

pub mod album;
pub mod connect;
pub mod console;
pub mod helper;
pub mod page;

use std::path::Path;

use anyhow::{Result, bail};

use self::album::Album;
use crate::{bench::Programs, build, say, system};

/// What pictures are taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// The console's window.
    Console,
    /// The console in Chromium, over a relay that is a program of its own.
    Browser,
    /// The helper's window and its bar.
    Helper,
    /// The relay's pages for customers.
    Connect,
}

/// Every one.
pub const ALL: [Part; 4] = [Part::Console, Part::Browser, Part::Helper, Part::Connect];

/// Takes the pictures of these parts, or of all if none is named.
///
/// # Errors
///
/// When programs are missing, or a screen was not reached: those that were are in the folder nevertheless.
pub fn run(out: &Path, parts: &[Part], programs: Programs) -> Result<()> {
    system::ensure_packages()?;
    if programs == Programs::Fresh {
        build::everything()?;
    }
    let mut album = Album::new(out)?;
    for part in if parts.is_empty() { &ALL } else { parts } {
        let taken = match part {
            Part::Console => console::take(&mut album, &console::LOOKS),
            Part::Browser => console::take_in_browser(&mut album, &console::LOOKS),
            Part::Helper => helper::take(&mut album, &helper::LANGUAGES),
            Part::Connect => connect::take(&mut album, &connect::LANGUAGES),
        };
        if let Err(error) = taken {
            album.missed(&format!("{part:?}"), &error);
        }
    }
    let index = album.index()?;
    say(&format!("{} pictures, listed in {}", album.len(), index.display()));
    match album.all_missed() {
        [] => Ok(()),
        missed => bail!("not reached: {}", missed.join("; ")),
    }
}
