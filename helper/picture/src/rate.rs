//! What the picture may cost, and what that is spent on. Decides only: it is told what the path carries, how long the
//! encoder takes, what the technician prefers, and the time.
//!
//! ```text
//! path, queue ──▶ bits per second ─┐
//! encode times ──▶ pictures/s ─────┼─▶ Plan: bits, pictures per second, quantizers, speed, scale
//! Preference ──▶ limits, order ────┘
//! ```
//!
//! What there is goes, in this order, to the first picture (a key frame may cost [`KEY_SHARE`] of a second), to the
//! response to input (never held back by a frame rate: see [`Pace::touched`](crate::feed)), to motion (as many pictures
//! as [`LEAN`] ones fit, as long as the machine encodes them in a part of its time), and what is left to sharpness.
//!
//! # Invariants
//!
//! - A slow machine or path lowers the number of pictures or their size, never adds to their age: nothing queues.
//! - The same inputs give the same plan; a plan differs from the one before only by what is worth telling an encoder.
//! - Scale changes at most once in [`SCALE_PAUSE`], since each change is a key frame.

use std::time::{Duration, Instant};

use deskhand_protocol::call::control::{PictureLimit, Preference, Quality};

#[cfg(test)]
mod tests;

/// The most pictures per second: what displays show.
const FRAMES: u32 = 60;
/// Bits per second between which the picture's rate is kept. Below, nothing can be read; above, a screen in motion gets
/// no sharper, and what stands still becomes exact by tiles.
const BITS: (u32, u32) = (120_000, 12_000_000);
/// The most for [`Quality::LowBandwidth`], where the technician names nothing else.
const LOW: u32 = 300_000;
/// Part of the path that is the picture's; the rest is for tiles, pointer and clipboard, and what packets add.
const SHARE: f64 = 0.85;

/// Bits per pixel of a scrolling text page that can be followed: 3.4 kB for 1080p.
const LEAN: f64 = 0.013;
/// Bits per pixel of one that can be read while it scrolls: 12 kB for 1080p.
const SHARP: f64 = 0.046;

/// Seconds of the rate that a key frame may take.
const KEY_SHARE: f64 = 0.25;

/// Seconds of the rate that a picture may take where there are few of them, so that none is old before it is there; more
/// where sharpness goes first.
const PICTURE_SHARE: (f64, f64) = (0.05, 0.125);

/// Part of the time in which the encoder may be busy while everything moves.
const BUSY: f64 = 0.7;
/// What the slowest picture of late is divided by in a second: half of it after 0.75 s.
const WORST_FADES: f64 = 2.5;
/// Pictures per second below which a smaller picture is better than fewer. That is late: text made smaller is no longer
/// the same text a few rows further up, so that a page that scrolls at half the size took 8 Mbit/s and 39 ms a picture
/// where it takes 1.8 Mbit/s and 19 ms as it is.
const TOO_FEW: f64 = 3.5;
/// Pictures per second that the larger picture must promise before the scale goes back.
const ENOUGH: f64 = 7.0;
/// Time for which either must hold.
const SCALE_PATIENCE: Duration = Duration::from_secs(3);
/// Time between two changes of the scale.
const SCALE_PAUSE: Duration = Duration::from_secs(10);
/// The sizes of the coded picture, in percent of the monitor's edges.
const SCALES: [u8; 3] = [100, 75, 50];

/// An encoder that takes so long for one picture, so often in a row, has stalled.
const STALL: (Duration, u8) = (Duration::from_millis(1_500), 3);

/// How much care an encoder takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Speed {
    /// As fast as it keeps to its rate.
    #[default]
    Fast,
    /// One step slower, for better pictures.
    Careful,
}

/// What an encoder is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tuning {
    /// Target in bits per second while everything moves.
    pub bit_rate: u32,
    /// Pictures per second that the target is shared among while everything moves.
    pub frame_rate: u32,
    /// Bits that a key frame may cost.
    pub key_bits: u32,
    /// The quantizer that pictures may rise to, in AV1's 0 to 63: what is worse is not worth sending.
    pub coarsest: u8,
    /// How much care it takes.
    pub speed: Speed,
}

/// What to do until something changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// For the encoder.
    pub tuning: Tuning,
    /// The most pictures per second.
    pub frame_rate: u8,
    /// Size of the coded picture in percent of the monitor's edges: 100, 75 or 50.
    pub scale_percent: u8,
    /// Whether the video has colour.
    pub colour: Colour,
    /// What holds the picture back.
    pub limit: PictureLimit,
}

/// Whether the video has colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Colour {
    /// It has.
    #[default]
    Full,
    /// Chroma is neutral.
    Grey,
}

/// Whether an encoder still does its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Well,
    /// It takes too long to be of use; another may do better.
    Stalled,
}

/// Decides what the picture may cost.
#[derive(Debug)]
pub struct Rate {
    preference: Preference,
    /// Pixels of the monitor.
    pixels: f64,
    path: f64,
    /// Seconds for one picture at the present scale, smoothed.
    took: Option<f64>,
    /// The slowest of late, which is forgotten over a second or two, whether pictures come or not.
    worst: f64,
    /// When it was last counted down.
    worst_at: Option<Instant>,
    slow_in_a_row: u8,
    speed: Speed,
    /// Place in [`SCALES`].
    scale: usize,
    /// Since when another scale would be better, and which.
    drawn_to: Option<(usize, Instant)>,
    scaled: Option<Instant>,
    told: Option<Plan>,
}

impl Rate {
    /// For a path of which so much is believed, in bits per second.
    #[must_use]
    pub fn new(bits_per_second: u32) -> Self {
        Self {
            preference: Preference::default(),
            pixels: 1920.0 * 1080.0,
            path: bits_per_second.into(),
            took: None,
            worst: 0.0,
            worst_at: None,
            slow_in_a_row: 0,
            speed: Speed::Fast,
            scale: 0,
            drawn_to: None,
            scaled: None,
            told: None,
        }
    }

    /// The monitor has this size.
    pub fn sized(&mut self, width: u16, height: u16) {
        let pixels = f64::from(width) * f64::from(height);
        if (pixels - self.pixels).abs() > 1.0 {
            self.pixels = pixels.max(1.0);
            self.took = None;
            self.worst = 0.0;
        }
    }

    /// The path carries this many bits per second now.
    pub fn carries(&mut self, bits_per_second: f64) {
        self.path = bits_per_second;
    }

    /// The technician prefers something else.
    pub fn prefers(&mut self, preference: Preference) {
        if preference != self.preference {
            self.preference = preference;
            // A choice is carried out at once.
            self.scaled = None;
            self.drawn_to = None;
            self.scale = self.scale.max(self.largest());
            if preference.quality == Quality::SharpText {
                self.scale = self.largest();
            }
        }
    }

    /// A picture took so long to convert and encode. Key frames are not counted: they are rare and slow.
    pub fn encoded(&mut self, took: Duration) -> Health {
        let seconds = took.as_secs_f64();
        let before = self.took.unwrap_or(seconds);
        self.took = Some(before + (seconds - before) * 0.15);
        self.worst = seconds.max(self.worst);
        self.slow_in_a_row = if took >= STALL.0 { self.slow_in_a_row.saturating_add(1) } else { 0 };
        if self.slow_in_a_row >= STALL.1 { Health::Stalled } else { Health::Well }
    }

    /// Another encoder is used: what was measured is void.
    pub fn forget_encoder(&mut self) {
        self.took = None;
        self.worst = 0.0;
        self.slow_in_a_row = 0;
    }

    /// Bits per second that all of the picture may take on a path that carries so many, tiles among it.
    #[must_use]
    pub fn allowed(&self, path: f64) -> u64 {
        whole(path.min(self.choice()).min(f64::from(u32::MAX))).into()
    }

    /// What to do at `now`.
    pub fn plan(&mut self, now: Instant) -> Plan {
        let since = self.worst_at.replace(now).map_or(Duration::ZERO, |before| now.saturating_duration_since(before));
        self.worst *= WORST_FADES.powf(-since.as_secs_f64());
        let (bits, chosen) = self.bits();
        let pixels = self.pixels * area(SCALES[self.scale]);
        let affordable = bits / (pixels * self.wanted_bits());
        let (least, most) = self.frames();
        let encodable = self.encodable();
        self.rescale(now, affordable, encodable);
        let wanted = affordable.clamp(least, most);
        // An encoder that is late would make each picture older: this bound has no lower one but one a second.
        let frames = wanted.min(encodable).max(1.0);
        let limit = if encodable < wanted {
            PictureLimit::Encoder
        } else if affordable < most.min(f64::from(FRAMES)) {
            if chosen { PictureLimit::Choice } else { PictureLimit::Network }
        } else if most < f64::from(FRAMES) || SCALES[self.scale] < 100 {
            PictureLimit::Choice
        } else {
            PictureLimit::None
        };
        self.speed = self.next_speed(frames);
        let plan = Plan {
            tuning: Tuning {
                bit_rate: whole(bits),
                frame_rate: whole(frames.round().max(1.0 / self.picture_share())),
                key_bits: whole(bits * KEY_SHARE),
                coarsest: self.coarsest(),
                speed: self.speed,
            },
            frame_rate: u8::try_from(whole(frames.round())).unwrap_or(u8::MAX),
            scale_percent: SCALES[self.scale],
            colour: if self.preference.quality == Quality::Grey { Colour::Grey } else { Colour::Full },
            limit,
        };
        let plan = self.told.filter(|told| alike(*told, plan)).unwrap_or(plan);
        self.told = Some(plan);
        plan
    }

    /// Bits per second for the picture, and whether it is the technician who wants no more.
    fn bits(&self) -> (f64, bool) {
        let (path, choice) = (self.path * SHARE, self.choice());
        (path.min(choice).clamp(BITS.0.into(), BITS.1.into()), choice < path)
    }

    /// The most bits per second that the technician wants.
    fn choice(&self) -> f64 {
        let low = (self.preference.quality == Quality::LowBandwidth).then_some(LOW);
        let named = self.preference.kbit_per_s.map(|kbit| kbit.saturating_mul(1000));
        named.or(low).map_or(f64::INFINITY, f64::from)
    }

    /// Bits per pixel that pictures should have before there are more of them.
    fn wanted_bits(&self) -> f64 {
        match self.preference.quality {
            Quality::SharpText => SHARP,
            Quality::Auto | Quality::SmoothMotion | Quality::LowBandwidth | Quality::Grey => LEAN,
        }
    }

    /// Seconds of the rate that one picture may take.
    fn picture_share(&self) -> f64 {
        if self.preference.quality == Quality::SharpText { PICTURE_SHARE.1 } else { PICTURE_SHARE.0 }
    }

    /// The least and the most pictures per second that are wanted.
    fn frames(&self) -> (f64, f64) {
        let (least, most): (f64, f64) = match self.preference.quality {
            Quality::Auto | Quality::Grey => (6.0, f64::from(FRAMES)),
            Quality::SharpText => (3.0, 30.0),
            Quality::SmoothMotion => (24.0, f64::from(FRAMES)),
            Quality::LowBandwidth => (4.0, 15.0),
        };
        let named = self.preference.frame_rate.map_or(most, |rate| f64::from(rate).clamp(1.0, most));
        (least.min(named), named)
    }

    /// Pictures per second that the machine encodes without being busy all the time.
    fn encodable(&self) -> f64 {
        // The worst counts too: a picture in time is worth more than one more picture.
        self.took.map_or(f64::INFINITY, |took| BUSY / took.max(self.worst * 0.5).max(1e-4))
    }

    /// What quantizer is worth sending.
    fn coarsest(&self) -> u8 {
        match self.preference.quality {
            Quality::SharpText => 40,
            Quality::Auto | Quality::Grey => 56,
            Quality::SmoothMotion | Quality::LowBandwidth => 60,
        }
    }

    /// Place in [`SCALES`] of the largest picture that the technician wants.
    fn largest(&self) -> usize {
        let most = self.preference.scale_percent.unwrap_or(100);
        SCALES.iter().position(|scale| *scale <= most).unwrap_or(SCALES.len() - 1)
    }

    /// Makes the coded picture smaller where there would be too few otherwise, and larger again.
    fn rescale(&mut self, now: Instant, affordable: f64, encodable: f64) {
        let largest = self.largest();
        if self.scale < largest {
            self.scale = largest;
            self.scaled = Some(now);
            return;
        }
        // Text that is to be sharp is never made smaller for want of bits.
        let (too_few, enough) = match self.preference.quality {
            Quality::SmoothMotion => (22.0, 30.0),
            Quality::SharpText => (0.0, 0.0),
            Quality::Auto | Quality::LowBandwidth | Quality::Grey => (TOO_FEW, ENOUGH),
        };
        let now_possible = affordable.min(encodable);
        let smaller = (self.scale + 1 < SCALES.len() && now_possible < too_few).then_some(self.scale + 1);
        let larger = (self.scale > largest).then(|| self.scale - 1).filter(|larger| {
            let ratio = area(SCALES[*larger]) / area(SCALES[self.scale]);
            now_possible / ratio >= enough
        });
        let better = smaller.or(larger);
        self.drawn_to = match (better, self.drawn_to) {
            (Some(scale), Some((before, since))) if scale == before => Some((scale, since)),
            (Some(scale), _) => Some((scale, now)),
            (None, _) => None,
        };
        let rested = self.scaled.is_none_or(|last| now.saturating_duration_since(last) >= SCALE_PAUSE);
        if let Some((scale, since)) = self.drawn_to
            && rested
            && now.saturating_duration_since(since) >= SCALE_PATIENCE
        {
            // What one picture takes changes with its area.
            let ratio = area(SCALES[scale]) / area(SCALES[self.scale]);
            self.took = self.took.map(|took| took * ratio);
            self.worst *= ratio;
            self.scale = scale;
            self.scaled = Some(now);
            self.drawn_to = None;
        }
    }

    /// More care where the machine has much time left.
    fn next_speed(&self, frames: f64) -> Speed {
        let busy = self.took.map_or(1.0, |took| took * frames);
        match self.speed {
            Speed::Fast if busy < 0.2 => Speed::Careful,
            Speed::Careful if busy > 0.45 => Speed::Fast,
            speed => speed,
        }
    }
}

/// Whether a plan is not worth telling an encoder after another: a lower rate always is.
fn alike(told: Plan, plan: Plan) -> bool {
    let near = |told: u32, new: u32, percent: u32| told.abs_diff(new) <= told * percent / 100;
    let bits =
        plan.tuning.bit_rate >= told.tuning.bit_rate / 100 * 97 && near(told.tuning.bit_rate, plan.tuning.bit_rate, 6);
    let same_but = Plan {
        tuning: Tuning {
            bit_rate: told.tuning.bit_rate,
            frame_rate: told.tuning.frame_rate,
            key_bits: told.tuning.key_bits,
            ..plan.tuning
        },
        frame_rate: told.frame_rate,
        ..plan
    };
    bits && near(told.frame_rate.into(), plan.frame_rate.into(), 10) && same_but == told
}

/// The part of the monitor's pixels that a coded picture has.
fn area(percent: u8) -> f64 {
    (f64::from(percent) / 100.0).powi(2)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded above and below by its callers")]
fn whole(value: f64) -> u32 {
    value as u32
}
