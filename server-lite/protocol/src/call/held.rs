//! What a technician holds down, as a whole: the set that both ends agree on.

use std::collections::BTreeSet;

use super::{
    bytes::Reader,
    input::{Button, KeyUsage},
};
use crate::limit::HELD_KEYS;

/// Every key and button that is down at the console. The helper lets go of whatever it holds and this does not name.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct HeldSet {
    /// At most [`HELD_KEYS`]; of more, the lowest are written.
    pub keys: BTreeSet<KeyUsage>,
    /// Pointer buttons.
    pub buttons: BTreeSet<Button>,
}

/// Prints how many, not which: what is typed does not belong in a log.
impl std::fmt::Debug for HeldSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HeldSet({} keys, {} buttons)", self.keys.len(), self.buttons.len())
    }
}

impl HeldSet {
    /// Buttons as bits by their number, then the keys' usages in ascending order.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(self.buttons.iter().fold(0, |bits, button| bits | 1 << (*button as u8)));
        for key in self.keys.iter().take(HELD_KEYS) {
            out.extend(key.0.to_le_bytes());
        }
    }

    /// `None` for anything that [`write`](Self::write) would not write.
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let bits = reader.u8().filter(|bits| bits & !0x1f == 0)?;
        let buttons = (0..5).filter(|bit| bits & 1 << bit != 0).filter_map(Button::from_byte).collect();
        let mut keys = BTreeSet::new();
        while reader.len() > 0 {
            let key = KeyUsage(reader.u16()?);
            if keys.len() >= HELD_KEYS || keys.last().is_some_and(|last| *last >= key) {
                return None;
            }
            keys.insert(key);
        }
        Some(Self { keys, buttons })
    }
}
