//! The colours of a part of a picture.

/// Up to 256 colours, found by open addressing.
pub(super) struct Palette {
    colours: Vec<[u8; 3]>,
    /// Colour with the lowest bit of the fourth byte set, and its index; 0 for a free place.
    places: Box<[(u32, u8); Self::PLACES]>,
    last: Option<(u32, u8)>,
}

impl std::fmt::Debug for Palette {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Palette({})", self.colours.len())
    }
}

impl Palette {
    const PLACES: usize = 1024;

    pub(super) fn new() -> Self {
        Self { colours: Vec::with_capacity(256), places: Box::new([(0, 0); Self::PLACES]), last: None }
    }

    pub(super) fn clear(&mut self) {
        self.colours.clear();
        self.places.fill((0, 0));
        self.last = None;
    }

    pub(super) fn colours(&self) -> &[[u8; 3]] {
        &self.colours
    }

    /// The index of a colour; `None` when there are too many.
    pub(super) fn index(&mut self, [blue, green, red, _]: [u8; 4]) -> Option<u8> {
        let key = u32::from_le_bytes([red, green, blue, 1]);
        if let Some((last, index)) = self.last
            && last == key
        {
            return Some(index);
        }
        let mut place = (key.wrapping_mul(0x9e37_79b1) >> 22) as usize;
        let index = loop {
            match self.places.get_mut(place)? {
                (known, index) if *known == key => break *index,
                free @ (0, _) => {
                    let index = u8::try_from(self.colours.len()).ok()?;
                    self.colours.push([red, green, blue]);
                    *free = (key, index);
                    break index;
                }
                _ => place = (place + 1) % Self::PLACES,
            }
        };
        self.last = Some((key, index));
        Some(index)
    }
}
