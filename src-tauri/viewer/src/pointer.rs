//! Remembers the remote pointer: each shape is sent once per call, but a window may be opened again.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use deskhand_protocol::call::cursor::CursorMessage;

/// Shapes kept. A desktop theme has about forty; who sends more loses the oldest.
const SHAPES: usize = 64;

/// See the module.
#[derive(Debug, Default)]
pub struct PointerMemory {
    shapes: VecDeque<(u32, Bytes)>,
    /// The newest of each monitor.
    places: BTreeMap<u8, Bytes>,
    hidden: Option<Bytes>,
}

impl PointerMemory {
    /// Takes a checked message.
    pub fn take(&mut self, message: &Bytes) {
        match CursorMessage::decode(message) {
            Ok(CursorMessage::Shape { id, .. }) => {
                self.shapes.retain(|(known, _)| *known != id);
                if self.shapes.len() == SHAPES {
                    self.shapes.pop_front();
                }
                self.shapes.push_back((id, message.clone()));
            }
            Ok(CursorMessage::Place { monitor, .. }) => {
                self.hidden = None;
                self.places.insert(monitor, message.clone());
            }
            Ok(CursorMessage::Hidden) => {
                self.places.clear();
                self.hidden = Some(message.clone());
            }
            Err(_) => {}
        }
    }

    /// Everything that a new window must be told, in order.
    pub fn replay(&self) -> impl Iterator<Item = &Bytes> {
        self.shapes.iter().map(|(_, message)| message).chain(self.places.values()).chain(&self.hidden)
    }

    /// A new connection begins: its ids are new.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(id: u32) -> Bytes {
        CursorMessage::Shape { id, hot_x: 0, hot_y: 0, width: 1, height: 1, rgba: vec![0; 4] }.encode().into()
    }

    #[test]
    fn a_new_window_is_told_every_shape_and_the_newest_place() {
        let mut memory = PointerMemory::default();
        let place = |x| Bytes::from(CursorMessage::Place { shape: 2, monitor: 0, x, y: 0 }.encode());
        let other = Bytes::from(CursorMessage::Place { shape: 2, monitor: 1, x: -7, y: 0 }.encode());
        for message in [shape(1), place(5), shape(2), other.clone(), place(6)] {
            memory.take(&message);
        }
        assert_eq!(memory.replay().cloned().collect::<Vec<_>>(), [shape(1), shape(2), place(6), other]);
        let hidden = Bytes::from(CursorMessage::Hidden.encode());
        memory.take(&hidden);
        assert_eq!(memory.replay().cloned().collect::<Vec<_>>(), [shape(1), shape(2), hidden]);
    }

    #[test]
    fn a_flood_of_shapes_does_not_grow_without_end() {
        let mut memory = PointerMemory::default();
        for id in 0..1_000 {
            memory.take(&shape(id));
        }
        assert_eq!(memory.replay().count(), SHAPES);
    }
}
