//! A long page of text in a browser that scrolls when told to, with its number in two places. A local server gives the
//! page, tells it when to begin, and hears when it drew which number.

use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    time::Duration,
};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::screen::SCREEN;
use crate::{
    netlink::line::Random,
    stage::{Program, display::Display},
};

/// Where the page carries its number: near the top, below the helper's bar, and near the bottom. A picture that has not
/// the same number in both is of two moments.
pub const ROWS: [(u16, u16); 2] = [(64, 144), (64, 1032)];

/// Pixels per second.
pub const SPEED: u32 = 600;

/// How long a browser may take to show the page on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);

const BROWSER: &[&str] = &[
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-default-apps",
    "--disable-features=Translate",
    "--password-store=basic",
    "--force-device-scale-factor=1",
    "--kiosk",
];

/// Draws the number as `number.rs` says, then scrolls; goes back and forth if the text ends.
const SCRIPT: &str = r"
const rows = [...document.querySelectorAll('canvas')].map((canvas) => canvas.getContext('2d', {alpha: false}));
const draw = (number) => {
  let check = 9;
  for (let shift = 0; shift < 16; shift += 4) check ^= (number >> shift) & 15;
  const word = (2 << 20) | (number << 4) | check;
  for (const row of rows)
    for (let block = 0; block < 22; block++) {
      row.fillStyle = (word >> (21 - block)) & 1 ? '#fff' : '#000';
      row.fillRect(block * 16, 0, 16, 16);
    }
};
let number = 0;
const scroll = (order) => new Promise((done) => {
  const drawn = [];
  const begun = performance.now();
  const length = document.documentElement.scrollHeight - innerHeight;
  const step = () => {
    const now = performance.now();
    if (now - begun > order.ms) { done(drawn); return; }
    number = (number + 1) % 65536;
    const way = (order.speed * (now - begun)) / 1000 % (2 * length);
    scrollTo(0, Math.round(way < length ? way : 2 * length - way));
    draw(number);
    drawn.push([number, Math.round((performance.timeOrigin + performance.now()) * 1000)]);
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
});
draw(number);
(async () => {
  await document.fonts.ready;
  await fetch('/ready', {method: 'POST', body: ''});
  for (;;) {
    const answer = await fetch('/order');
    if (answer.status !== 200) continue;
    const drawn = await scroll(await answer.json());
    await fetch('/done', {method: 'POST', body: JSON.stringify(drawn)});
  }
})();
";

const STYLE: &str = "
html { scroll-behavior: auto; cursor: none; }
body { margin: 0; padding: 12px 60px 12px 480px; background: #fff; color: #1b1b1f; font: 15px/1.45 'DejaVu Sans', sans-serif; }
body.still { overflow: hidden; }
h2 { font-size: 21px; margin: 22px 0 6px; color: #14315c; }
p { margin: 0 0 10px; max-width: 1300px; }
a { color: #0b57d0; } .bad { color: #c5221f; } .good { color: #137333; }
code { font: 13px 'DejaVu Sans Mono', monospace; background: #eef1f4; padding: 1px 4px; }
pre { font: 13px/1.35 'DejaVu Sans Mono', monospace; background: #16202b; color: #d8e2ec; padding: 10px 14px; margin: 0 0 12px; }
canvas { position: fixed; left: 64px; width: 352px; height: 16px; image-rendering: pixelated; }
";

const WORDS: &[&str] = &[
    "printer",
    "network",
    "the",
    "of",
    "and",
    "a",
    "session",
    "customer",
    "driver",
    "update",
    "is",
    "was",
    "not",
    "found",
    "cable",
    "router",
    "address",
    "when",
    "after",
    "restart",
    "window",
    "password",
    "folder",
    "which",
    "service",
    "waits",
    "for",
    "account",
    "mail",
    "server",
    "through",
    "before",
    "screen",
    "light",
    "paper",
    "tray",
    "invoice",
    "office",
    "copy",
    "backup",
    "disk",
    "almost",
    "full",
    "slowly",
    "again",
    "quickly",
    "port",
    "certificate",
];

#[derive(Debug, Default)]
struct Orders {
    next: Mutex<Option<String>>,
    given: Condvar,
}

/// When the page drew which number, by the page's own clock.
pub type Drawn = Vec<(u16, u64)>;

#[derive(Debug, Deserialize)]
struct DrawnAt(u16, u64);

/// A browser that shows the page.
#[derive(Debug)]
pub struct Page {
    orders: Arc<Orders>,
    done: Receiver<Drawn>,
    _browser: Program,
    _profile: tempfile::TempDir,
}

impl Page {
    /// Shows the page over the whole display.
    ///
    /// # Errors
    ///
    /// When there is no browser, or it does not show the page.
    pub fn show(display: &Display) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = format!("http://{}/", listener.local_addr()?);
        let orders = Arc::new(Orders::default());
        let (ready, is_ready) = mpsc::channel();
        let (finished, done) = mpsc::channel();
        let waiting = Arc::clone(&orders);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (orders, ready, finished) = (Arc::clone(&waiting), ready.clone(), finished.clone());
                // A browser that closes a connection early is no problem of ours.
                std::thread::spawn(move || drop(serve(stream, &orders, &ready, &finished)));
            }
        });
        let profile = tempfile::tempdir()?;
        let folder = format!("--user-data-dir={}", profile.path().display());
        let (width, height) = SCREEN;
        let size = format!("--window-size={width},{height}");
        let args = [BROWSER, &[&folder, &size, "--window-position=0,0", &address]].concat();
        let browser = display.start_program("chromium", &args).context("is the package chromium installed?")?;
        is_ready.recv_timeout(PATIENCE).ok().context("chromium did not show the page")?;
        Ok(Self { orders, done, _browser: browser, _profile: profile })
    }

    /// Has the page scroll.
    pub fn scroll(&self, time: Duration) {
        let order = format!(r#"{{"ms": {}, "speed": {SPEED}}}"#, time.as_millis());
        *self.orders.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(order);
        self.orders.given.notify_all();
    }

    /// Waits until it stands still; tells when it drew which number.
    ///
    /// # Errors
    ///
    /// When it does not come to an end.
    pub fn stands(&self, at_most: Duration) -> Result<Drawn> {
        self.done.recv_timeout(at_most).ok().context("the page did not stop scrolling")
    }
}

/// Answers one connection's requests.
fn serve(stream: TcpStream, orders: &Orders, ready: &Sender<()>, finished: &Sender<Drawn>) -> Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut out = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            if header.trim().is_empty() {
                break;
            }
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        match path.as_str() {
            "/" => respond(&mut out, "200 OK", "text/html; charset=utf-8", &text())?,
            "/ready" => {
                respond(&mut out, "204 No Content", "text/plain", "")?;
                ready.send(())?;
            }
            "/order" => {
                let next = orders.next.lock().unwrap_or_else(PoisonError::into_inner);
                let waited = orders.given.wait_timeout_while(next, Duration::from_secs(60), |next| next.is_none());
                let order = waited.map_or_else(|_| None, |(mut next, _)| next.take());
                match order {
                    Some(order) => respond(&mut out, "200 OK", "application/json", &order)?,
                    None => respond(&mut out, "204 No Content", "text/plain", "")?,
                }
            }
            "/done" => {
                let drawn: Vec<DrawnAt> = serde_json::from_slice(&body)?;
                finished.send(drawn.into_iter().map(|DrawnAt(number, at)| (number, at)).collect())?;
                respond(&mut out, "204 No Content", "text/plain", "")?;
            }
            _ => respond(&mut out, "404 Not Found", "text/plain", "")?,
        }
    }
}

fn respond(out: &mut TcpStream, status: &str, kind: &str, body: &str) -> Result<()> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len());
    out.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
    Ok(())
}

/// The page: always the same text.
fn text() -> String {
    let mut random = Random::new(7);
    let mut words = |least: u64, most: u64| {
        let count = random.between(least, most);
        let mut text = String::new();
        for _ in 0..count {
            let word = WORDS[random.between(0, WORDS.len() as u64 - 1) as usize];
            let _ = match random.between(0, 39) {
                0 => write!(text, "<a>{word}</a> "),
                1 => write!(text, "<b class=bad>{word}</b> "),
                2 => write!(text, "<span class=good>{word}</span> "),
                3 => write!(text, "<code>{word}.{}</code> ", random.between(10, 9999)),
                _ => write!(text, "{word} "),
            };
        }
        text
    };
    let mut body = String::new();
    for section in 0..70 {
        let _ = write!(body, "<h2>{section}. {}</h2>", words(3, 6));
        for _ in 0..3 {
            let _ = write!(body, "<p>{}</p>", words(40, 110));
        }
        let lines: Vec<String> = (0..5).map(|_| words(5, 12)).collect();
        let _ = write!(body, "<pre>{}</pre>", lines.join("\n"));
    }
    let rows: String =
        ROWS.iter().map(|(_, y)| format!("<canvas width=352 height=16 style='top:{y}px'></canvas>")).collect();
    format!(
        "<!doctype html><meta charset=utf-8><title>Deskhand scroll</title><style>{STYLE}</style>\
         <style>::-webkit-scrollbar {{ display: none; }}</style><body>{rows}{body}<script>{SCRIPT}</script>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::number;

    #[test]
    fn the_page_is_long_enough_and_its_rows_are_as_the_reader_expects() {
        let page = text();
        assert!(page.len() > 100_000, "{} bytes", page.len());
        assert_eq!(page, text(), "each run scrolls the same text");
        let width = number::BLOCK * number::BLOCKS;
        assert!(STYLE.contains(&format!("width: {width}px; height: {}px", number::BLOCK)));
        assert!(ROWS.iter().all(|(x, _)| STYLE.contains(&format!("left: {x}px"))));
    }
}
