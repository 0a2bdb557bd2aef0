//! PipeWire's way to write down what is asked for and what was agreed on: values with their size and type before them.
//! Only as much of it as a stream of pictures needs.

/// Types of values (`spa/utils/type.h`).
const ID: u32 = 3;
const INT: u32 = 4;
const RECTANGLE: u32 = 10;
const FRACTION: u32 = 11;
const OBJECT: u32 = 15;
const CHOICE: u32 = 19;

/// Kinds of objects.
const OBJECT_FORMAT: u32 = 0x40003;
const OBJECT_BUFFERS: u32 = 0x40004;
const OBJECT_META: u32 = 0x40005;

/// What a parameter is for (`spa/param/param.h`).
pub(super) const PARAM_ENUM_FORMAT: u32 = 3;
pub(super) const PARAM_FORMAT: u32 = 4;
const PARAM_BUFFERS: u32 = 5;
const PARAM_META: u32 = 6;

/// Parts of a format (`spa/param/format.h`).
const MEDIA_TYPE: u32 = 1;
const MEDIA_SUBTYPE: u32 = 2;
const VIDEO_FORMAT: u32 = 0x20001;
const VIDEO_SIZE: u32 = 0x20003;
const VIDEO_RATE: u32 = 0x20004;
const VIDEO_MOST: u32 = 0x20005;
const VIDEO: u32 = 2;
const RAW: u32 = 1;

/// Pixels as blue, green, red and one byte that is undefined or alpha; and with red first.
pub(super) const BGRX: u32 = 8;
pub(super) const RGBX: u32 = 7;
pub(super) const RGBA: u32 = 11;
pub(super) const BGRA: u32 = 12;
/// In the order in which they are wanted.
const FORMATS: [u32; 4] = [BGRX, BGRA, RGBX, RGBA];

/// Parts of a choice.
const RANGE: u32 = 1;
const ENUM: u32 = 3;
const FLAGS: u32 = 4;

/// Memory that this program maps: shared by a descriptor, or already mapped.
const MEM_PTR: i32 = 1 << 1;
const MEM_FD: i32 = 1 << 2;

/// What may come beside a picture (`spa/buffer/meta.h`).
pub(super) const META_CROP: u32 = 2;
pub(super) const META_DAMAGE: u32 = 3;
pub(super) const META_CURSOR: u32 = 5;

/// Sizes in bytes: a region, and a pointer with its picture of at most this many pixels each way.
const REGION: i32 = 16;
const CURSOR_EDGE: i32 = 256;
const CURSOR: i32 = 28 + 20 + CURSOR_EDGE * CURSOR_EDGE * 4;
/// Rectangles of damage that are told one by one.
const REGIONS: i32 = 16;

/// Longest edge of a picture, and the most pictures in a second.
const LONGEST: u32 = 16_384;
const RATE: u32 = 60;

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn word(&mut self, value: u32) {
        self.0.extend(value.to_ne_bytes());
    }

    fn pad(&mut self) {
        while !self.0.len().is_multiple_of(8) {
            self.0.push(0);
        }
    }

    /// Size, type, body, and what is missing to eight bytes.
    fn value(&mut self, kind: u32, body: &[u32]) {
        self.word(4 * u32::try_from(body.len()).unwrap_or(0));
        self.word(kind);
        body.iter().for_each(|word| self.word(*word));
        self.pad();
    }

    fn choice(&mut self, how: u32, kind: u32, each: u32, values: &[u32]) {
        let mut body = vec![how, 0, each, kind];
        body.extend(values);
        self.value(CHOICE, &body);
    }

    fn part(&mut self, key: u32) {
        self.word(key);
        self.word(0);
    }

    fn object(kind: u32, param: u32, parts: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut inside = Self::default();
        inside.word(kind);
        inside.word(param);
        parts(&mut inside);
        let mut whole = Self::default();
        whole.word(u32::try_from(inside.0.len()).unwrap_or(0));
        whole.word(OBJECT);
        whole.0.extend(inside.0);
        whole.0
    }
}

/// The pictures that are understood.
pub(super) fn formats() -> Vec<u8> {
    Writer::object(OBJECT_FORMAT, PARAM_ENUM_FORMAT, |object| {
        object.part(MEDIA_TYPE);
        object.value(ID, &[VIDEO]);
        object.part(MEDIA_SUBTYPE);
        object.value(ID, &[RAW]);
        object.part(VIDEO_FORMAT);
        let mut wanted = vec![FORMATS[0]];
        wanted.extend(FORMATS);
        object.choice(ENUM, ID, 4, &wanted);
        object.part(VIDEO_SIZE);
        object.choice(RANGE, RECTANGLE, 8, &[1920, 1080, 1, 1, LONGEST, LONGEST]);
        object.part(VIDEO_RATE);
        // As they come: a still screen sends none.
        object.choice(RANGE, FRACTION, 8, &[0, 1, 0, 1, RATE, 1]);
        object.part(VIDEO_MOST);
        object.choice(RANGE, FRACTION, 8, &[RATE, 1, 0, 1, RATE, 1]);
    })
}

/// In which memory pictures are taken.
pub(super) fn buffers() -> Vec<u8> {
    Writer::object(OBJECT_BUFFERS, PARAM_BUFFERS, |object| {
        object.part(6);
        object.choice(FLAGS, INT, 4, &[(MEM_PTR | MEM_FD).cast_unsigned()]);
    })
}

fn meta(kind: u32, sizes: &[i32]) -> Vec<u8> {
    Writer::object(OBJECT_META, PARAM_META, |object| {
        object.part(1);
        object.value(ID, &[kind]);
        object.part(2);
        let sizes: Vec<u32> = sizes.iter().map(|size| size.cast_unsigned()).collect();
        match &sizes[..] {
            [size] => object.value(INT, &[*size]),
            sizes => object.choice(RANGE, INT, 4, sizes),
        }
    })
}

/// What is taken beside each picture.
pub(super) fn metas() -> [Vec<u8>; 3] {
    [
        meta(META_CROP, &[REGION]),
        meta(META_DAMAGE, &[REGION * REGIONS, REGION, REGION * REGIONS]),
        meta(META_CURSOR, &[CURSOR, 28 + 20 + 4, CURSOR]),
    ]
}

/// What was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) pixels: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Format {
    /// Reads it; `None` for anything else than pictures that are understood.
    pub(super) fn read(pod: &[u8]) -> Option<Self> {
        let word = |at: usize| Some(u32::from_ne_bytes(pod.get(at..at + 4)?.try_into().ok()?));
        let end = 8 + usize::try_from(word(0)?).ok()?;
        if word(4)? != OBJECT || word(8)? != OBJECT_FORMAT || end > pod.len() {
            return None;
        }
        let (mut pixels, mut size) = (None, None);
        let mut at = 16;
        while at + 16 <= end {
            let (key, length, mut kind) = (word(at)?, usize::try_from(word(at + 8)?).ok()?, word(at + 12)?);
            let mut body = at + 16;
            // One that is left of a choice.
            if kind == CHOICE {
                kind = word(body + 12)?;
                body += 16;
            }
            match (key, kind) {
                (VIDEO_FORMAT, ID) => pixels = word(body),
                (VIDEO_SIZE, RECTANGLE) => size = Some((word(body)?, word(body + 4)?)),
                _ => {}
            }
            at = at.checked_add(16)?.checked_add(length.checked_next_multiple_of(8)?)?;
        }
        let (pixels, (width, height)) = (pixels.filter(|pixels| FORMATS.contains(pixels))?, size?);
        let fits = |edge: u32| (1..=LONGEST).contains(&edge);
        (fits(width) && fits(height)).then_some(Self { pixels, width, height })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let written = formats();
        assert!(written.len().is_multiple_of(8));
        assert_eq!(Format::read(&written), Some(Format { pixels: BGRX, width: 1920, height: 1080 }));
        for cut in 0..written.len() {
            assert_eq!(Format::read(&written[..cut]), None, "cut at {cut}");
        }
        assert_eq!(Format::read(&buffers()), None);
        for meta in metas() {
            assert!(meta.len().is_multiple_of(8) && Format::read(&meta).is_none());
        }
    }

    #[test]
    fn sizes_that_lie_are_no_pictures() {
        let mut lies = formats();
        lies[0..4].copy_from_slice(&u32::MAX.to_ne_bytes());
        assert_eq!(Format::read(&lies), None);
        let mut lies = formats();
        // The size of the first part's value.
        lies[24..28].copy_from_slice(&u32::MAX.to_ne_bytes());
        assert_eq!(Format::read(&lies), None);
    }
}
