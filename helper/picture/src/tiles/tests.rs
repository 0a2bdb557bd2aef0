//! Helper and viewer with a bad network between them, on a clock that the tests move.
//!
//! Each cell shows a number that only grows: a viewer in which one goes back has drawn something out of order. Video is
//! coarse, so only tiles make a cell exact.

use std::collections::VecDeque;

use deskhand_capture::{Frame, Rect, Region};
use deskhand_protocol::call::{control::VideoCodec, frame::EncodedFrame, tile::TileMessage};
use deskhand_viewer::{
    compose::{Composition, Taken},
    decode::RgbPicture,
    gate::{Gate, Verdict},
};
use proptest::prelude::*;

use super::*;

const MS: Duration = Duration::from_millis(1);
const STEP: Duration = Duration::from_millis(4);
const FRAME: Duration = Duration::from_millis(33);
const SIZE: (u16, u16) = (500, 300);

/// What the network does to what passes.
#[derive(Debug, Clone)]
struct Network {
    /// Bits per second.
    path: u64,
    video_delay: Duration,
    tile_delay: Duration,
    /// Of a hundred video pictures so many never arrive.
    lost: u32,
    /// Of a hundred tile messages so many arrive twice.
    doubled: u32,
    /// Of a hundred pictures so many are left out by a slow viewer.
    left_out: u32,
}

struct World {
    now: Instant,
    start: Instant,
    network: Network,
    chance: u32,
    // The helper.
    truth: Vec<u32>,
    /// Each pixel has a colour of its own.
    noisy: bool,
    /// In place of cells with numbers: a page of text, so far down.
    page: Option<u32>,
    /// All pages that were captured, exactly.
    pages: Vec<Vec<u8>>,
    damage: Region,
    shadow: Shadow,
    tiles: Tiles,
    captured_at: Option<Instant>,
    key_wanted: bool,
    paused: bool,
    seq: u32,
    last_us: u64,
    /// When each tile message on its way lets the next be made.
    tickets: Vec<Instant>,
    /// When the last of them is known to have arrived.
    arrived: Instant,
    wire_free: Instant,
    // The network.
    video: VecDeque<(Instant, EncodedFrame, RgbPicture)>,
    messages: VecDeque<(Instant, Vec<u8>)>,
    key_requests: VecDeque<Instant>,
    // The viewer.
    gate: Gate,
    composition: Composition,
    seen: Vec<u32>,
    /// Something arrived that was not looked at.
    unseen: bool,
    left: usize,
    bytes: u64,
}

fn grid() -> Grid {
    Grid::new(SIZE.0, SIZE.1)
}

/// The pixel of a cell at its `version`; the lowest bits are lost in video.
fn pixel(version: u32, x: u16, y: u16) -> [u8; 3] {
    let ink = u32::from(x ^ (y * 3)).wrapping_mul(version | 1) >> 2 & 1;
    [(version % 32 * 8 + ink) as u8, (version / 32 % 32 * 8) as u8, (x % 2) as u8]
}

/// Lines of words in a column, within a frame that stands still.
fn page_pixel(x: u32, y: u32, down: u32) -> [u8; 4] {
    if !(30..470).contains(&x) || !(20..290).contains(&y) {
        return if x % 90 < 3 || y % 70 < 2 { [90, 60, 20, 0] } else { [200, 200, 200, 0] };
    }
    let (x, y) = (x - 30, y - 20 + down);
    let mut glyph = (x / 9 + y / 18 * 8_191 + 7).wrapping_mul(0x9e37_79b1);
    glyph = (glyph ^ glyph >> 15).wrapping_mul(0x85eb_ca6b) >> 9;
    let bit = (x % 9 / 2 + y % 18 / 2 * 4) % 16;
    if x % 9 < 7 && y % 18 < 12 && glyph >> bit & 1 == 1 { [(y / 18) as u8, 30, 10, 0] } else { [255, 255, 255, 0] }
}

/// What is left of a byte.
fn as_video(byte: u8) -> u8 {
    byte & 0xf8 | 4
}

impl World {
    fn new(network: Network, seed: u32) -> Self {
        let start = Instant::now();
        let cells = grid().cells() as usize;
        Self {
            now: start,
            start,
            chance: seed | 1,
            truth: vec![1; cells],
            noisy: false,
            page: None,
            pages: Vec::new(),
            damage: Region::whole(SIZE.0, SIZE.1),
            shadow: Shadow::new(grid()),
            tiles: Tiles::new(network.path),
            captured_at: None,
            key_wanted: true,
            paused: false,
            seq: 0,
            last_us: 0,
            tickets: Vec::new(),
            arrived: start,
            wire_free: start,
            video: VecDeque::new(),
            messages: VecDeque::new(),
            key_requests: VecDeque::new(),
            gate: Gate::new(),
            composition: Composition::new(),
            seen: vec![0; cells],
            unseen: false,
            left: 0,
            bytes: 0,
            network,
        }
    }

    fn percent(&mut self, of_a_hundred: u32) -> bool {
        self.random(100) < of_a_hundred
    }

    fn random(&mut self, below: u32) -> u32 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 17;
        self.chance ^= self.chance << 5;
        self.chance % below
    }

    /// Draws into that many cells from one on; one more is damaged and stays as it is.
    fn draw(&mut self, first: usize, count: usize) {
        for cell in first..(first + count).min(self.truth.len()) {
            self.truth[cell] += 1;
        }
        for cell in first..(first + count + 1).min(self.truth.len()) {
            let rect = grid().rect(cell as u16).expect("inside");
            self.damage.add(Rect { x: rect.x, y: rect.y, width: rect.width, height: rect.height });
        }
    }

    /// The page is shown so far down.
    fn scroll(&mut self, down: u32) {
        self.page = Some(down);
        self.damage.add(Rect::whole(SIZE.0, SIZE.1));
    }

    fn bgra(&self) -> Vec<u8> {
        if let Some(down) = self.page {
            let all = (0..u32::from(SIZE.1)).flat_map(|y| (0..u32::from(SIZE.0)).map(move |x| (x, y)));
            return all.flat_map(|(x, y)| page_pixel(x, y, down)).collect();
        }
        let columns = grid().columns();
        let all = (0..SIZE.1).flat_map(|y| (0..SIZE.0).map(move |x| (x, y)));
        all.flat_map(|(x, y)| {
            let cell = usize::from(y / 64 * columns + x / 64);
            let [red, green, mut blue] = pixel(self.truth[cell], x, y);
            if self.noisy {
                let place = u32::from(y) * 512 + u32::from(x) + self.truth[cell] * 7_919;
                blue = (place.wrapping_mul(0x9e37_79b1) >> 19) as u8;
            }
            [blue, green, red, 0]
        })
        .collect()
    }

    /// The screen as it is, exactly.
    fn rgb(&self) -> Vec<u8> {
        self.bgra().chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect()
    }

    fn stamp(&mut self) -> Stamp {
        self.last_us = (self.now - self.start).as_micros().max(u128::from(self.last_us) + 12) as u64;
        Stamp::at_micros(self.last_us)
    }

    /// What the feed's thread does.
    fn helper(&mut self) {
        let now = self.now;
        self.tickets.retain(|falls| *falls > now);
        if self.arrived <= now {
            self.tiles.arrived();
        } else {
            self.tiles.waits(now);
        }
        if self.key_requests.front().is_some_and(|at| *at <= now) {
            self.key_requests.pop_front();
            self.key_wanted = true;
        }
        if self.paused {
            self.tiles.close();
            assert!(
                matches!(self.tiles.fill(&self.shadow, 0, now), Fill::Wait(None)),
                "something is filled in while paused"
            );
            assert!(self.tiles.at_once(&self.shadow, &[0], 0, now).is_none(), "something small leaves while paused");
            return;
        }
        let due = self.captured_at.is_none_or(|last| now >= last + FRAME);
        if due && (self.key_wanted || !self.damage.is_empty()) {
            self.capture();
        }
        if let Fill::Send(packed) = self.tiles.fill(&self.shadow, self.tickets.len(), now) {
            assert!(self.tickets.is_empty(), "it fills in behind something");
            self.send_tiles(packed);
        }
    }

    fn capture(&mut self) {
        let now = self.now;
        self.captured_at = Some(now);
        let stamp = self.stamp();
        let mut changed = Vec::new();
        if !self.damage.is_empty() {
            let (bgra, damage) = (self.bgra(), std::mem::take(&mut self.damage));
            let (width, height) = SIZE;
            let stride = usize::from(width) * 4;
            let frame = Frame { bgra: &bgra, stride, width, height, changed: &damage, captured: now };
            changed = self.shadow.update(&frame);
            self.tiles.captured(0, grid(), stamp, &changed, now);
            if self.page.is_some() {
                self.pages.push(self.rgb());
            }
        }
        if !self.key_wanted {
            if changed.is_empty() {
                return;
            }
            if let Some(packed) = self.tiles.at_once(&self.shadow, &changed, self.tickets.len(), now) {
                return self.send_tiles(packed);
            }
        }
        self.send_video(stamp);
    }

    fn send_video(&mut self, stamp: Stamp) {
        let key = std::mem::take(&mut self.key_wanted);
        let moved = if key { Moved::none() } else { self.tiles.moved() };
        let (width, height) = SIZE;
        let (codec, captured_us) = (VideoCodec::Av1, self.last_us);
        let seq = self.seq;
        self.seq += 1;
        let frame = EncodedFrame {
            codec,
            key,
            monitor: 0,
            seq,
            width,
            height,
            captured_us,
            stamp,
            moved: moved.clone(),
            data: Vec::new(),
        };
        if key {
            self.tiles.key_sent(stamp);
        } else {
            self.tiles.video_sent(stamp, &moved, self.now);
        }
        self.left += 1;
        if self.percent(self.network.lost) {
            // The packets after it show the gap, or the last packet that is sent again.
            return self.key_requests.push_back(self.now + 2 * self.network.video_delay + 250 * MS);
        }
        let rgb = self.rgb().into_iter().map(as_video).collect();
        let last = self.video.back().map_or(self.now, |(at, ..)| *at);
        let jitter = self.random(30) * MS;
        let at = (self.now + self.network.video_delay + jitter).max(last);
        self.video.push_back((at, frame, RgbPicture { width, height, rgb }));
    }

    fn send_tiles(&mut self, packed: Packed) {
        self.tiles.sent(&self.shadow, &packed, self.now);
        assert!(self.tickets.len() < IN_FLIGHT, "the queue is over its bound");
        let takes = Duration::from_micros(packed.len() * 8_000_000 / self.network.path);
        self.wire_free = self.wire_free.max(self.now) + takes;
        // What stands before the wire is never more than two messages and what the owner lets wait.
        assert!(self.wire_free - self.now < 2 * takes + 1_000 * MS, "{:?} before the wire", self.wire_free - self.now);
        self.tickets.push(self.wire_free - takes.min(50 * MS));
        self.left += 1;
        self.bytes += packed.len();
        let at = self.wire_free + self.network.tile_delay;
        self.arrived = at + self.network.tile_delay;
        let times = if self.percent(self.network.doubled) { 2 } else { 1 };
        for _ in 0..times {
            self.messages.push_back((at, packed.bytes.clone()));
        }
    }

    fn viewer(&mut self) {
        while self.messages.front().is_some_and(|(at, _)| *at <= self.now) {
            let (_, bytes) = self.messages.pop_front().expect("one is there");
            self.unseen = true;
            let message = TileMessage::decode(&bytes).expect("it can be read");
            assert_eq!(self.composition.take(&message), Taken::Fine);
        }
        while self.video.front().is_some_and(|(at, ..)| *at <= self.now) {
            let (_, frame, picture) = self.video.pop_front().expect("one is there");
            self.unseen = true;
            // One is left out only because a newer one is there already.
            let newer = self.video.front().is_some_and(|(at, next, _)| *at <= self.now && next.seq == frame.seq + 1);
            match self.gate.judge(frame.seq, frame.key, self.now) {
                Verdict::Pass if newer && !frame.key && self.percent(self.network.left_out) => {
                    self.composition.skip(&frame);
                }
                Verdict::Pass => self.composition.draw(&frame, picture),
                Verdict::Drop => {}
                Verdict::DropAndAsk => self.key_requests.push_back(self.now + self.network.video_delay),
            }
        }
    }

    /// No cell goes back.
    fn look(&mut self) {
        let Some((_, picture)) = self.composition.picture() else { return };
        if self.page.is_some() {
            return self.look_at_page(&picture);
        }
        for cell in 0..self.seen.len() {
            let rect = grid().rect(cell as u16).expect("inside");
            let [red, green, _] = picture.pixel(rect.x, rect.y).expect("inside");
            let version = u32::from(red) / 8 + u32::from(green) / 8 * 32;
            assert!(version >= self.seen[cell], "cell {cell} went back from {} to {version}", self.seen[cell]);
            self.seen[cell] = version;
        }
    }

    /// Each cell is as some page had it, exactly or as video shows it, and never as one before the page it was of.
    fn look_at_page(&mut self, picture: &RgbPicture) {
        for cell in 0..self.seen.len() {
            let rect = grid().rect(cell as u16).expect("inside");
            let rows = |rgb: &[u8], y: u16| {
                let at = (usize::from(y) * usize::from(SIZE.0) + usize::from(rect.x)) * 3;
                rgb[at..at + usize::from(rect.width) * 3].to_vec()
            };
            let is = |page: &Vec<u8>, coarse: fn(u8) -> u8| {
                (rect.y..rect.y + rect.height)
                    .all(|y| rows(&picture.rgb, y).into_iter().eq(rows(page, y).into_iter().map(coarse)))
            };
            // Different pages may look the same in a cell: the earliest that it can be.
            let seen = self.seen[cell] as usize;
            let shown = (seen..self.pages.len())
                .find(|index| is(&self.pages[*index], |byte| byte) || is(&self.pages[*index], as_video));
            let newest = self.pages.len() - 1;
            self.seen[cell] =
                shown.unwrap_or_else(|| panic!("cell {cell} is of no page from {seen} to {newest}")) as u32;
        }
    }

    fn step(&mut self) {
        self.now += STEP;
        self.helper();
        self.viewer();
        if std::mem::take(&mut self.unseen) {
            self.look();
        }
    }

    /// A key frame is wanted, the feed is paused for so many milliseconds, or the path is another; or nothing.
    fn trouble(&mut self, which: u8, wait: u32) {
        match which {
            0 => self.key_wanted = true,
            1 => {
                self.paused = true;
                self.run(wait * MS);
                self.paused = false;
                self.key_wanted = true;
            }
            2 => self.tiles.set_path(100_000 + u64::from(wait) * 50_000),
            _ => {}
        }
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.step();
        }
    }

    fn is_exact(&self) -> bool {
        self.composition.picture().is_some_and(|(_, picture)| picture.rgb == self.rgb())
    }

    /// Stands still until the viewer has everything as it is; how long that took.
    fn until_exact(&mut self, within: Duration) -> Duration {
        let began = self.now;
        loop {
            // What goes wrong is mended before it counts as exact.
            let quiet = self.video.is_empty() && self.messages.is_empty() && self.key_requests.is_empty();
            if quiet && self.damage.is_empty() && self.tiles.is_exact() && self.is_exact() {
                break;
            }
            self.step();
            let (exact, cells) = self.composition.exact();
            assert!(self.now - began < within, "{exact} of {cells} cells are exact after {within:?}");
        }
        self.now - began
    }
}

/// A path on which nothing goes wrong.
fn good() -> Network {
    let delay = 5 * MS;
    Network { path: 20_000_000, video_delay: delay, tile_delay: delay, lost: 0, doubled: 0, left_out: 0 }
}

/// The same, and wide enough for what moves.
fn wide() -> Network {
    Network { path: 40_000_000, ..good() }
}

#[test]
fn a_still_screen_becomes_exact_soon_and_then_nothing_is_sent() {
    let mut world = World::new(good(), 1);
    let took = world.until_exact(Duration::from_secs(1));
    assert!(took < SETTLE + 150 * MS, "{took:?}");
    let left = world.left;
    world.run(Duration::from_secs(30));
    assert_eq!(world.left, left, "a still screen sends nothing");
}

#[test]
fn a_small_change_goes_as_tiles_alone_and_is_exact_at_once() {
    let mut world = World::new(good(), 1);
    world.until_exact(Duration::from_secs(1));
    world.run(100 * MS);
    let seq = world.seq;
    world.draw(7, 2);
    let took = world.until_exact(50 * MS);
    assert!(took <= 3 * STEP, "{took:?}");
    assert_eq!(world.seq, seq, "no video for that");
}

#[test]
fn a_page_that_scrolls_stays_exact_and_needs_no_video() {
    let mut world = World::new(wide(), 1);
    world.scroll(0);
    world.until_exact(Duration::from_secs(1));
    world.run(200 * MS);
    let (seq, bytes) = (world.seq, world.bytes);
    for step in 1..=40 {
        world.scroll(step * 13);
        world.run(FRAME);
        assert_eq!(world.composition.exact(), (40, 40), "step {step}");
    }
    assert!(world.until_exact(50 * MS) <= 3 * STEP);
    assert_eq!(world.seq, seq, "no video for that");
    assert!(world.bytes - bytes < 40 * 2_000, "{} bytes", world.bytes - bytes);
}

#[test]
fn another_page_is_videos_where_the_path_is_narrow_and_told_at_once_where_it_is_wide() {
    for (network, video) in [(good(), true), (wide(), false)] {
        let mut world = World::new(network, 1);
        world.scroll(0);
        world.until_exact(Duration::from_secs(1));
        let seq = world.seq;
        world.scroll(20_000);
        world.run(FRAME);
        assert_eq!(world.seq > seq, video);
        world.until_exact(Duration::from_secs(1));
    }
}

#[test]
fn where_messages_are_held_up_video_shows_what_moves() {
    let mut world = World::new(Network { tile_delay: 200 * MS, ..wide() }, 1);
    world.scroll(0);
    world.until_exact(Duration::from_secs(2));
    for step in 1..=20 {
        world.scroll(step * 13);
        world.run(FRAME);
    }
    let seq = world.seq;
    for step in 21..=40 {
        world.scroll(step * 13);
        world.run(FRAME);
    }
    assert!(world.seq > seq + 10, "{} pictures of 20", world.seq - seq);
}

#[test]
fn damage_without_a_change_sends_nothing() {
    let mut world = World::new(good(), 1);
    world.until_exact(Duration::from_secs(1));
    let left = world.left;
    for _ in 0..20 {
        world.draw(3, 0);
        world.run(40 * MS);
    }
    assert_eq!(world.left, left);
}

#[test]
fn what_stands_still_becomes_exact_beside_what_moves() {
    let mut world = World::new(good(), 1);
    for _ in 0..60 {
        world.draw(20, 16);
        world.run(FRAME);
    }
    let (exact, cells) = world.composition.exact();
    assert!(exact >= 20 && exact < cells, "{exact} of {cells}");
    world.until_exact(Duration::from_secs(1));
}

#[test]
fn something_played_in_a_small_place_goes_as_video_before_long() {
    let mut world = World::new(Network { path: 1_000_000, ..good() }, 1);
    world.until_exact(Duration::from_secs(5));
    world.noisy = true;
    let (seq, bytes) = (world.seq, world.bytes);
    for _ in 0..100 {
        world.draw(10, 10);
        world.run(FRAME);
    }
    assert!(world.seq > seq, "video takes it over");
    let rate = (world.bytes - bytes) * 8 * 1000 / 3_300;
    assert!(rate < 700_000, "{rate} bit/s of tiles on a path of one million");
}

#[test]
fn what_is_near_the_pointer_becomes_exact_first_on_a_slow_path() {
    let mut world = World::new(Network { path: 200_000, ..good() }, 1);
    world.tiles.point(CursorPlace { x: 450, y: 280 });
    while world.composition.exact().0 == 0 {
        world.step();
    }
    let shown = world.composition.picture().expect("a picture").1;
    let truth = RgbPicture { width: SIZE.0, height: SIZE.1, rgb: world.rgb() };
    assert_eq!(shown.pixel(450, 280), truth.pixel(450, 280));
    assert_ne!(shown.pixel(1, 1), truth.pixel(1, 1));
}

#[test]
fn a_pause_is_followed_by_everything_anew() {
    let mut world = World::new(good(), 1);
    world.run(130 * MS);
    world.paused = true;
    world.run(40 * MS);
    let left = world.left;
    world.draw(0, 40);
    world.run(2_000 * MS);
    assert_eq!(world.left, left, "a paused feed sends nothing");
    world.paused = false;
    world.key_wanted = true;
    world.until_exact(Duration::from_secs(1));
}

fn networks() -> impl Strategy<Value = Network> {
    let path = prop::sample::select(vec![300_000_u64, 1_000_000, 8_000_000, 100_000_000]);
    (path, 0..200_u32, 0..200_u32, 0..30_u32, 0..30_u32, 0..50_u32).prop_map(
        |(path, video, tile, lost, doubled, left_out)| Network {
            path,
            video_delay: video * MS,
            tile_delay: tile * MS,
            lost,
            doubled,
            left_out,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_happens_no_cell_goes_back_and_in_the_end_all_is_exact(
        network in networks(),
        seed: u32,
        changes in prop::collection::vec((0..48_usize, 0..45_usize, 1..150_u32, 0..40_u8), 1..60),
    ) {
        let mut world = World::new(network, seed);
        for (first, count, wait, happens) in changes {
            match happens {
                3 => world.tiles.point(CursorPlace { x: wait as i32 * 9 - 200, y: count as i32 * 7 }),
                trouble => world.trouble(trouble, wait),
            }
            world.draw(first.min(39), if count > 30 { count } else { count / 6 });
            world.run(wait * MS);
        }
        world.tiles.set_path(world.network.path);
        world.network.lost = 0;
        world.until_exact(Duration::from_secs(6));
        world.run(100 * MS);
        let left = world.left;
        world.run(Duration::from_secs(2));
        prop_assert_eq!(world.left, left, "and then there is silence");
    }

    #[test]
    fn whatever_happens_a_page_that_scrolls_shows_nothing_that_was_not_and_in_the_end_all_is_exact(
        network in networks(),
        seed: u32,
        moves in prop::collection::vec((-150..150_i32, 1..120_u32, 0..24_u8), 1..40),
    ) {
        let mut world = World::new(network, seed);
        let mut down = 5_000;
        world.scroll(down);
        world.run(800 * MS);
        for (by, wait, happens) in moves {
            world.trouble(happens, wait);
            match happens {
                0..=2 => {}
                3 => down = down * 7 % 40_000,
                _ => down = down.saturating_add_signed(by),
            }
            world.scroll(down);
            world.run(wait * MS);
        }
        world.tiles.set_path(world.network.path);
        world.network.lost = 0;
        world.until_exact(Duration::from_secs(6));
    }
}
