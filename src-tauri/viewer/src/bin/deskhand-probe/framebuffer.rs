//! The screen as the X server holds it: the file that `Xvfb -fbdir` maps its framebuffer into. Also part of `xtask`.
//!
//! Reading it asks nothing of the X server, so that watching costs the measured programs nothing. The pointer is drawn
//! into it by the server: whoever compares keeps it out of the way.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
};

/// The fixed part of an XWD header, and one colour map entry.
const HEADER: usize = 100;
const COLOUR: u64 = 12;

/// Edge of the corner in which a pointer that waits on the last pixel is drawn: it takes 3 pixels square there.
pub(crate) const POINTER: u16 = 4;

/// An open framebuffer with 32 bits per pixel, blue in the lowest byte.
#[derive(Debug)]
pub(crate) struct Framebuffer {
    file: File,
    begin: u64,
    stride: u64,
    /// In pixels.
    pub(crate) width: u16,
    /// In pixels.
    pub(crate) height: u16,
}

impl Framebuffer {
    /// Opens the file and checks that its pixels are as expected.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut header = [0; HEADER];
        file.read_exact(&mut header)?;
        // XWD: 25 words, big-endian.
        let word = |index: usize| {
            let bytes = header.get(index * 4..index * 4 + 4).and_then(|bytes| bytes.try_into().ok());
            bytes.map_or(0, u32::from_be_bytes)
        };
        let [header_size, width, height, bits, stride, colours] = [0, 4, 5, 11, 12, 19].map(word);
        let size = u16::try_from(width).ok().zip(u16::try_from(height).ok());
        match size {
            Some((width, height)) if bits == 32 && u32::from(width) * 4 <= stride => Ok(Self {
                file,
                begin: u64::from(header_size) + u64::from(colours) * COLOUR,
                stride: u64::from(stride),
                width,
                height,
            }),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "not a framebuffer with 32 bits per pixel")),
        }
    }

    /// Blue, green, red and nothing of `count` pixels of a row.
    pub(crate) fn row(&self, x: u16, y: u16, count: u16) -> io::Result<Vec<u8>> {
        if x.checked_add(count).is_none_or(|end| end > self.width) || y >= self.height {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "outside of the screen"));
        }
        let mut bytes = vec![0; usize::from(count) * 4];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.begin + u64::from(y) * self.stride + u64::from(x) * 4))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// All rows as they are: the fast half of [`Self::rgb`].
    pub(crate) fn raw(&self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::from(self.height) * self.stride_bytes()];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.begin))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Red, green and blue of every pixel, row by row.
    pub(crate) fn rgb(&self, raw: &[u8]) -> Vec<u8> {
        let mut rgb = vec![0; usize::from(self.width) * usize::from(self.height) * 3];
        let rows = raw.chunks_exact(self.stride_bytes()).zip(rgb.chunks_exact_mut(usize::from(self.width) * 3));
        for (from, to) in rows {
            for (from, to) in from.chunks_exact(4).zip(to.chunks_exact_mut(3)) {
                to.copy_from_slice(&[from[2], from[1], from[0]]);
            }
        }
        rgb
    }

    /// Whether two pictures of it are the same but for the lower right corner: there the pointer waits, which the X
    /// server draws into the framebuffer but not into what it gives to others.
    pub(crate) fn same(&self, one: &[u8], other: &[u8]) -> bool {
        let row = usize::from(self.width) * 3;
        let above = row * usize::from(self.height.saturating_sub(POINTER));
        let left = usize::from(self.width.saturating_sub(POINTER)) * 3;
        one.len() == other.len()
            && one.get(..above) == other.get(..above)
            && one.chunks(row).zip(other.chunks(row)).all(|(one, other)| one.get(..left) == other.get(..left))
    }

    fn stride_bytes(&self) -> usize {
        usize::try_from(self.stride).unwrap_or(1).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_found_behind_the_header_and_the_colour_map() {
        let mut bytes = Vec::new();
        let words: [u32; 25] = std::array::from_fn(|index| {
            [(0, 104), (4, 2), (5, 2), (11, 32), (12, 8), (19, 1)]
                .iter()
                .find(|(at, _)| *at == index)
                .map_or(0, |(_, value)| *value)
        });
        bytes.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        bytes.extend([0; 4 + 12]);
        bytes.extend([1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 10, 11, 12, 0]);
        let path = std::env::temp_dir().join(format!("deskhand-framebuffer-{}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        let framebuffer = Framebuffer::open(&path).unwrap();
        assert_eq!((framebuffer.width, framebuffer.height), (2, 2));
        assert_eq!(framebuffer.row(1, 1, 1).unwrap(), [10, 11, 12, 0]);
        assert!(framebuffer.row(1, 1, 2).is_err());
        let picture = [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10];
        assert_eq!(framebuffer.rgb(&framebuffer.raw().unwrap()), picture);
        assert!(framebuffer.same(&picture, &[0; 12]), "all of it is that corner");
        assert!(!framebuffer.same(&picture, &picture[..9]));
        let larger = Framebuffer { width: 6, height: 5, ..framebuffer };
        let picture = [7; 90];
        for (at, same) in [(0, false), (17, false), (18, false), (23, false), (24, true), (89, true)] {
            let mut other = picture;
            other[at] = 0;
            assert_eq!(larger.same(&picture, &other), same, "byte {at}");
        }
        std::fs::remove_file(path).unwrap();
    }
}
