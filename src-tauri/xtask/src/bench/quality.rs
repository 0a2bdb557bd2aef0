//! How near a picture is to the truth: PSNR and SSIM of luma. Both pictures are RGB, row by row.

/// A part of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Left edge.
    pub x: usize,
    /// Upper edge.
    pub y: usize,
    /// Width.
    pub width: usize,
    /// Height.
    pub height: usize,
}

/// Reported for pictures without any difference, whose PSNR is infinite.
pub const EXACT_DB: f64 = 100.0;

/// Edge of SSIM's blocks.
const BLOCK: usize = 8;

/// PSNR of luma in dB within a part; `None` when the pictures have not the size.
#[must_use]
pub fn psnr_y(truth: &[u8], seen: &[u8], width: usize, part: Part) -> Option<f64> {
    let (mut sum, mut count) = (0_u64, 0_u64);
    for y in part.y..part.y + part.height {
        let row = |picture: &[u8]| {
            let begin = (y * width + part.x) * 3;
            picture.get(begin..begin + part.width * 3).map(luma)
        };
        for (a, b) in row(truth)?.iter().zip(&row(seen)?) {
            sum += u64::from(a.abs_diff(*b)).pow(2);
            count += 1;
        }
    }
    if sum == 0 {
        return Some(EXACT_DB);
    }
    let mean = sum as f64 / count as f64;
    Some(10.0 * (255.0 * 255.0 / mean).log10())
}

/// Mean SSIM of luma over blocks of 8 × 8 within a part.
#[must_use]
pub fn ssim_y(truth: &[u8], seen: &[u8], width: usize, part: Part) -> Option<f64> {
    let plane = |picture: &[u8]| -> Option<Vec<u8>> {
        let mut plane = Vec::with_capacity(part.width * part.height);
        for y in part.y..part.y + part.height {
            let begin = (y * width + part.x) * 3;
            plane.extend(luma(picture.get(begin..begin + part.width * 3)?));
        }
        Some(plane)
    };
    let (truth, seen) = (plane(truth)?, plane(seen)?);
    let (mut sum, mut blocks) = (0.0, 0_u32);
    for top in (0..part.height / BLOCK * BLOCK).step_by(BLOCK) {
        for left in (0..part.width / BLOCK * BLOCK).step_by(BLOCK) {
            sum += block_ssim(&truth, &seen, part.width, left, top);
            blocks += 1;
        }
    }
    (blocks > 0).then(|| sum / f64::from(blocks))
}

fn block_ssim(truth: &[u8], seen: &[u8], width: usize, left: usize, top: usize) -> f64 {
    const N: f64 = (BLOCK * BLOCK) as f64;
    const C1: f64 = 6.5025;
    const C2: f64 = 58.5225;
    let (mut a, mut b, mut aa, mut bb, mut ab) = (0_u32, 0_u32, 0_u32, 0_u32, 0_u32);
    for y in top..top + BLOCK {
        let row = y * width + left;
        for (x, y) in truth[row..row + BLOCK].iter().zip(&seen[row..row + BLOCK]) {
            let (x, y) = (u32::from(*x), u32::from(*y));
            (a, b, aa, bb, ab) = (a + x, b + y, aa + x * x, bb + y * y, ab + x * y);
        }
    }
    let mean = |sum: u32| f64::from(sum) / N;
    let (ma, mb) = (mean(a), mean(b));
    let (va, vb, cov) = (mean(aa) - ma * ma, mean(bb) - mb * mb, mean(ab) - ma * mb);
    (2.0 * ma * mb + C1) * (2.0 * cov + C2) / ((ma * ma + mb * mb + C1) * (va + vb + C2))
}

/// BT.709 luma of a row.
fn luma(row: &[u8]) -> Vec<u8> {
    row.chunks_exact(3)
        .map(|pixel| ((u32::from(pixel[0]) * 54 + u32::from(pixel[1]) * 183 + u32::from(pixel[2]) * 19) >> 8) as u8)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Part = Part { x: 0, y: 0, width: 16, height: 16 };

    fn picture(value: impl Fn(usize, usize) -> u8) -> Vec<u8> {
        (0..256).flat_map(|at| [value(at % 16, at / 16); 3]).collect()
    }

    #[test]
    fn equal_pictures_are_exact() {
        let text = picture(|x, y| ((x * 37 + y * 11) % 256) as u8);
        assert_eq!(psnr_y(&text, &text, 16, WHOLE), Some(EXACT_DB));
        assert!((ssim_y(&text, &text, 16, WHOLE).unwrap() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn psnr_is_that_of_the_mean_error() {
        // An error of 10 everywhere: 20 log10(255 / 10).
        let psnr = psnr_y(&picture(|_, _| 100), &picture(|_, _| 110), 16, WHOLE).unwrap();
        assert!((psnr - 28.13).abs() < 0.01, "{psnr}");
    }

    #[test]
    fn only_the_part_counts() {
        let (truth, seen) = (picture(|_, _| 50), picture(|x, _| if x < 8 { 90 } else { 50 }));
        assert_eq!(psnr_y(&truth, &seen, 16, Part { x: 8, width: 8, ..WHOLE }), Some(EXACT_DB));
        assert!(psnr_y(&truth, &seen, 16, WHOLE).unwrap() < 30.0);
    }

    #[test]
    fn ssim_falls_with_structure_that_is_gone() {
        let text = picture(|x, y| if (x + y) % 2 == 0 { 0 } else { 255 });
        assert!(ssim_y(&text, &picture(|_, _| 128), 16, WHOLE).unwrap() < 0.1);
    }

    #[test]
    fn pictures_of_another_size_cannot_be_compared() {
        assert_eq!(psnr_y(&picture(|_, _| 0), &[0; 30], 16, WHOLE), None);
    }
}
