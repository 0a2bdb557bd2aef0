//! A number that a moving picture carries: a row of black and white blocks, read from a decoded picture and from an X
//! framebuffer alike. Also part of `xtask`, whose programs draw it.
//!
//! ```text
//! white black | 16 bits of the number, highest first, white is 1 | 4 check bits
//! ```
//!
//! A row that does not check, or has a block that is neither black nor white, is no number: a wrong one would be a wrong
//! figure, a missing one only a picture less.

/// Edge of a block in pixels: large enough for what a starved encoder leaves of it.
pub(crate) const BLOCK: u16 = 16;
/// Blocks of a row.
pub(crate) const BLOCKS: u16 = 22;
/// Darker is black.
const BLACK: u16 = 96;
/// Lighter is white.
const WHITE: u16 = 160;

/// The blocks of a number, from the left; true is white.
pub(crate) fn blocks(number: u16) -> [bool; BLOCKS as usize] {
    let check = (0..16).step_by(4).fold(0b1001, |check, shift| check ^ (number >> shift & 0xf));
    let word = u32::from(number) << 4 | u32::from(check) | 0b10 << 20;
    std::array::from_fn(|block| word >> (21 - block) & 1 == 1)
}

/// Reads the row whose upper left corner is at `x`, `y`. `colour` gives red, green and blue of a pixel.
pub(crate) fn read(x: u16, y: u16, colour: impl Fn(u16, u16) -> Option<[u8; 3]>) -> Option<u16> {
    let mut word = 0_u32;
    for block in 0..BLOCKS {
        let mut sum = 0;
        for inside in [4, 6, 8, 10, 12] {
            sum += luma(colour(x + block * BLOCK + inside, y + BLOCK / 2)?);
        }
        let bit = match sum / 5 {
            dark if dark < BLACK => 0,
            light if light > WHITE => 1,
            _ => return None,
        };
        word = word << 1 | bit;
    }
    let number = u16::try_from(word >> 4 & 0xffff).ok()?;
    let seen: [bool; BLOCKS as usize] = std::array::from_fn(|block| word >> (21 - block) & 1 == 1);
    (seen == blocks(number)).then_some(number)
}

fn luma([red, green, blue]: [u8; 3]) -> u16 {
    let weighted = u32::from(red) * 54 + u32::from(green) * 183 + u32::from(blue) * 19;
    u16::try_from(weighted >> 8).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(number: u16, x: u16, y: u16) -> impl Fn(u16, u16) -> Option<[u8; 3]> {
        move |px, py| {
            let inside = px >= x && px < x + BLOCK * BLOCKS && py >= y && py < y + BLOCK;
            let white = inside && blocks(number)[usize::from((px - x) / BLOCK)];
            Some([if white { 240 } else { 12 }; 3])
        }
    }

    #[test]
    fn every_number_is_read_as_it_was_drawn() {
        for number in 0..=u16::MAX {
            assert_eq!(read(40, 120, drawn(number, 40, 120)), Some(number));
        }
    }

    #[test]
    fn one_wrong_block_is_no_number() {
        for number in [0, 1, 0x5a5a, u16::MAX] {
            for wrong in 0..BLOCKS {
                let colour = |px: u16, py: u16| {
                    let [value, ..] = drawn(number, 0, 0)(px, py)?;
                    Some([if px / BLOCK == wrong { 255 - value } else { value }; 3])
                };
                assert_eq!(read(0, 0, colour), None, "{number} with block {wrong} wrong");
            }
        }
    }

    #[test]
    fn grey_blocks_black_blocks_and_the_edge_of_the_picture_are_no_number() {
        assert_eq!(read(0, 0, |_, _| Some([128; 3])), None);
        assert_eq!(read(0, 0, |_, _| Some([0; 3])), None);
        assert_eq!(read(0, 0, |x, _| (x < 100).then_some([255; 3])), None);
    }
}
