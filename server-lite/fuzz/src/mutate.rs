//! Makes other bytes of bytes. The same seed makes the same.

/// A small generator of numbers (xorshift64*): quick, and good enough to choose what to change.
#[derive(Debug, Clone)]
pub struct Dice(u64);

/// Where decoders have their edges.
const EDGES: [u64; 12] =
    [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 0x7fff_ffff_ffff_ffff, u64::MAX];
/// What means something in a text.
const WORDS: [&str; 20] = [
    "\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "true",
    "-1",
    "1e999",
    "\\u0000",
    "\\ud800",
    "\u{202e}",
    "..",
    "/",
    "\\",
    "\u{0}",
    "<img src=x>",
    "99999999999999999999",
];

impl Dice {
    /// From a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self((seed ^ 0x9e37_79b9_7f4a_7c15) | 1)
    }

    const fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    /// One of so many; 0 where there is none.
    pub fn below(&mut self, many: usize) -> usize {
        usize::try_from(self.roll()).unwrap_or(0).checked_rem(many).unwrap_or(0)
    }

    fn one_of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let at = self.below(list.len());
        list.get(at)
    }
}

/// Changes one to eight things; `other` lends parts. The result has at most `limit` bytes.
pub fn mutate(bytes: &[u8], other: &[u8], limit: usize, dice: &mut Dice) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=dice.below(8) {
        change(&mut out, other, dice);
    }
    out.truncate(limit);
    out
}

fn change(out: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    let at = dice.below(out.len());
    let to = at + dice.below((out.len() - at).min(64) + 1);
    match dice.below(10) {
        0 => {
            if let Some(byte) = out.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
        }
        1 => {
            let value = dice.roll();
            if let Some(byte) = out.get_mut(at) {
                *byte = value as u8;
            }
        }
        2 => {
            let width = [1, 2, 4, 8].get(dice.below(4)).copied().unwrap_or(1);
            let edge = dice.one_of(&EDGES).copied().unwrap_or(0);
            let edge = edge.wrapping_sub(dice.below(2) as u64).to_le_bytes();
            for (byte, edge) in out.iter_mut().skip(at).zip(edge.into_iter().take(width)) {
                *byte = edge;
            }
        }
        3 => drop(out.drain(at..to)),
        4 => {
            let part = out[at..to].to_vec();
            splice(out, to, &part);
        }
        5 => {
            let word = dice.one_of(&WORDS).copied().unwrap_or_default();
            splice(out, at, word.as_bytes());
        }
        6 => {
            let from = dice.below(other.len());
            let part = other.get(from..from + dice.below((other.len() - from).min(256) + 1)).unwrap_or_default();
            splice(out, at, part);
        }
        7 => {
            let from = dice.below(other.len());
            out.truncate(at);
            out.extend(other.get(from..).unwrap_or_default());
        }
        8 => {
            let value = dice.roll() as u8;
            let many = dice.below(40);
            splice(out, at, &vec![value; many]);
        }
        _ => out.truncate(to),
    }
}

fn splice(out: &mut Vec<u8>, at: usize, part: &[u8]) {
    drop(out.splice(at..at, part.iter().copied()));
}
