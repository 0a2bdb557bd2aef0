//! window: typing as it is seen in the real console's window, from the key event in its page to its canvas.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};
use x11rb::{
    connection::Connection as _,
    protocol::{
        xproto::{KEY_PRESS_EVENT, KEY_RELEASE_EVENT},
        xtest::ConnectionExt as _,
    },
};

use super::{settle, typing::pauses};
use crate::{
    bench::{figures::latency, screen::SCREEN},
    stage::{call::Call, flip, wait_for},
};

/// Keys of each repetition.
const KEYS: usize = 200;
/// The letter A as an X keycode.
const KEYCODE: u8 = 38;

/// Notes for each key event when the pixel next has another colour. The page's own history of the pixel is used where
/// it has one; it is stamped when a picture is drawn, and costs the page nothing. Otherwise the pixel is looked at.
const WATCH: &str = "
const [x, y] = arguments;
const seam = window.__deskhand;
const samples = window.__samples = [];
const keys = window.__keys = [];
const far = (a, b) => a && b && Math.abs(a[0] - b[0]) + Math.abs(a[2] - b[2]) > 160;
window.__history = seam.watchPixel?.(x, y)?.changes ?? null;
addEventListener('keydown', (event) => {
  if (event.repeat) return;
  const from = event.timeStamp;
  keys.push(from);
  if (window.__history) return;
  const before = seam.pixel(x, y);
  const look = () => {
    if (far(seam.pixel(x, y), before)) samples.push(performance.now() - from);
    else if (performance.now() - from < 3000) setTimeout(look, 1);
  };
  look();
}, {capture: true});
return window.__history ? 'history' : 'polling';
";

/// For each key the time to the first change of the pixel after it.
const COLLECT: &str = "
if (!window.__history) return window.__samples;
const far = (a, b) => a && b && Math.abs(a[0] - b[0]) + Math.abs(a[2] - b[2]) > 160;
const changes = [];
for (const [at, ...colour] of window.__history) {
  const last = changes[changes.length - 1];
  if (!last || far(last.colour, colour)) changes.push({at, colour});
}
return window.__keys.flatMap((key, i) => {
  const next = window.__keys[i + 1] ?? Infinity;
  const change = changes.find((change) => change.at > key && change.at < next);
  return change ? [change.at - key] : [];
});
";

/// Plays the scene in a call of its own.
///
/// # Errors
///
/// When the call does not happen, or a key has no effect.
pub fn play(seed: u64) -> Result<Value> {
    let call = Call::live_on(SCREEN)?;
    let this = crate::binaries().join("xtask");
    let _flip = call.desk.start_program(&this.to_string_lossy(), &["flip-window"])?;
    let block = call.desk.window(flip::TITLE, Duration::from_secs(10))?;
    call.desk.focus(&block)?;
    let (x, y, ..) = call.desk.place(&block)?;
    let (x, y) = ((x + 220) as u32, (y + 220) as u32);
    let window = call.console_window()?;
    let (at_x, at_y) = call.technician.on_screen(&call.console, &window, x, y)?;
    call.console.click(at_x, at_y)?;
    settle();
    let way = call.technician.page.script(WATCH, &[json!(x), json!(y)])?;
    let (connection, _) = x11rb::connect(Some(call.console.name()))?;
    for pause in pauses(KEYS, seed) {
        std::thread::sleep(Duration::from_millis(pause));
        for kind in [KEY_PRESS_EVENT, KEY_RELEASE_EVENT] {
            connection.xtest_fake_input(kind, KEYCODE, x11rb::CURRENT_TIME, x11rb::NONE, 0, 0, 0)?;
        }
        connection.flush()?;
    }
    settle();
    let keys = wait_for("the page's keys", Duration::from_secs(10), || {
        Ok(call.technician.page.script("return window.__keys.length", &[])?.as_u64().filter(|keys| *keys > 0))
    })?;
    let samples: Vec<f64> = serde_json::from_value(call.technician.page.script(COLLECT, &[])?)
        .context("the page's samples cannot be read")?;
    ensure!(!samples.is_empty(), "no key had an effect that the console's canvas showed");
    let mut figures: Map<String, Value> = latency(&samples);
    figures.insert("missed_keys".into(), json!((KEYS as u64).saturating_sub(samples.len() as u64)));
    figures.insert("keys_in_the_page".into(), json!(keys));
    figures.insert("watched_by".into(), way);
    Ok(figures.into())
}
