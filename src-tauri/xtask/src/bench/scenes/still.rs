//! still: hands off after a scroll; how long until the viewer's picture equals the screen, and how near it is on the way.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use crate::bench::{
    clock::ms_between,
    ends::Ends,
    figures::tidy,
    quality::{Part, psnr_y, ssim_y},
    screen::{Desk, POINTER, SCREEN},
};

/// When the picture is looked at, in milliseconds after the last change, and the figure's ending.
const MARKS: [(u64, &str); 4] = [(500, "500ms"), (1_000, "1s"), (1_500, "1500ms"), (2_000, "2s")];
/// How long it has for becoming exact.
const AT_MOST: Duration = Duration::from_secs(8);

/// Watches the picture from its last change on. `exact_after_ms` is nothing if it did not become exact.
///
/// # Errors
///
/// When the probe has ended.
pub fn watch(desk: &Desk, ends: &mut Ends, last_us: u64) -> Result<Map<String, Value>> {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?;
    let marks: Vec<u64> = MARKS.iter().map(|(ms, _)| *ms).collect();
    ends.probe.order(&json!({
        "do": "still",
        "framebuffer": desk.file,
        "since_us": last_us,
        "marks_ms": marks,
        "folder": folder.path(),
        "at_most_ms": AT_MOST.as_millis(),
    }))?;
    let still = ends.probe.event("still", AT_MOST * 2)?;
    let mut figures = Map::new();
    let exact = still["exact_us"].as_u64().map(|exact_us| tidy(ms_between(last_us, exact_us).max(0.0)));
    figures.insert("exact_after_ms".into(), json!(exact));
    let screen = desk.framebuffer()?;
    let truth = screen.rgb(&screen.raw()?);
    let whole = Part { x: 0, y: 0, width: SCREEN.0 as usize, height: SCREEN.1 as usize };
    for (ms, name) in MARKS {
        let mut seen = std::fs::read(folder.path().join(format!("{ms}.rgb")))?;
        // The pointer waits there: it is in the framebuffer, but no part of the picture.
        let corner = usize::from(POINTER);
        for y in whole.height - corner..whole.height {
            let at = (y * whole.width + whole.width - corner) * 3..(y + 1) * whole.width * 3;
            seen[at.clone()].copy_from_slice(&truth[at]);
        }
        let psnr = psnr_y(&truth, &seen, whole.width, whole).context("a picture of another size came")?;
        figures.insert(format!("psnr_db_{name}"), json!(tidy(psnr)));
        figures.insert(format!("ssim_{name}"), json!(ssim_y(&truth, &seen, whole.width, whole).map(tidy)));
        let equal = truth.chunks_exact(3).zip(seen.chunks_exact(3)).filter(|(a, b)| a == b).count();
        let share = equal as f64 / (whole.width * whole.height) as f64 * 100.0;
        figures.insert(format!("equal_pixels_percent_{name}"), json!(tidy(share)));
    }
    Ok(figures)
}
