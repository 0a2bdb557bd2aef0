//! Feeds the display that the environment names to nobody and prints what that costs.
//!
//! `cargo run --profile work -p deskhand-picture --example watch -- [SECONDS] [av1|h264]`

#![allow(clippy::print_stdout, reason = "printing is all it is for")]

use std::{
    env, fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use deskhand_picture::{Feed, FeedError, Output, Settings, feed::Seen};
use deskhand_protocol::call::control::VideoCodec;

fn main() -> Result<(), FeedError> {
    let mut arguments = env::args().skip(1);
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(20);
    let codec = match arguments.next().as_deref() {
        Some("h264") => VideoCodec::H264,
        _ => VideoCodec::Av1,
    };
    let bytes = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&bytes);
    let sink = move |output| match output {
        Output::Tiles(packet) => {
            count.fetch_add(packet.data.len() as u64, Ordering::Relaxed);
        }
        Output::Video(packet) => {
            count.fetch_add(packet.data.len() as u64, Ordering::Relaxed);
        }
        Output::Stats(stats) => println!("{stats:?}"),
        other => println!("{other:?}"),
    };
    let feed = Feed::start(deskhand_capture::open, Settings { codec, ..Settings::default() }, || Seen::Allowed, sink)?;
    // What belongs to the start is not counted.
    thread::sleep(Duration::from_secs(2));
    let (cpu_before, bytes_before) = (cpu_ticks(), bytes.load(Ordering::Relaxed));
    thread::sleep(Duration::from_secs(seconds));
    let ticks = cpu_ticks() - cpu_before;
    println!(
        "{seconds} s: {:.2} % of a core, {} bytes of video and tiles",
        // A tick of the kernel's clock is 10 ms: so many percent of one second.
        ticks as f64 / seconds as f64,
        bytes.load(Ordering::Relaxed) - bytes_before
    );
    feed.stop();
    Ok(())
}

/// User and system time of this process in hundredths of a second.
fn cpu_ticks() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in parentheses may have spaces; the fields after it are counted from 3.
    let fields = stat.rsplit_once(')').map(|(_, rest)| rest.split_ascii_whitespace()).into_iter().flatten();
    fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}
