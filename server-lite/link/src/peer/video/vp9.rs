//! VP9 out of RTP payloads (RFC 9628): a descriptor, then a part of the frame. One spatial layer: with more of them a
//! picture would be several frames, which no browser sends unless it is asked to.

use bytes::Bytes;

use super::Coded;

/// A picture's number follows.
const I: u8 = 0x80;
/// It needs a picture before it.
const P: u8 = 0x40;
/// Layers are named.
const L: u8 = 0x20;
/// Flexible mode: references are named.
const F: u8 = 0x10;
/// A frame begins.
const B: u8 = 0x08;
/// A frame ends.
const E: u8 = 0x04;
/// The structure of layers follows.
const V: u8 = 0x02;
/// The picture's number has two bytes.
const M: u8 = 0x80;
/// In the layers: which spatial layer.
const SPATIAL: u8 = 0x0e;
/// Another reference follows, of at most three.
const N: u8 = 0x01;
const REFERENCES: usize = 3;
/// In the structure: sizes, and a group of pictures, follow.
const Y: u8 = 0x10;
const G: u8 = 0x08;

/// The descriptor's first byte and what follows the descriptor; `None` when it is malformed or of an upper layer.
fn part(payload: &[u8]) -> Option<(u8, &[u8])> {
    let (&first, mut rest) = payload.split_first()?;
    if first & I != 0 {
        let long = rest.first()? & M != 0;
        rest = rest.get(1 + usize::from(long)..)?;
    }
    if first & L != 0 {
        if rest.first()? & SPATIAL != 0 {
            return None;
        }
        // Without flexible mode the number of the base layer follows.
        rest = rest.get(1 + usize::from(first & F == 0)..)?;
    }
    if first & (P | F) == P | F {
        let mut more = true;
        let mut count = 0;
        while more {
            count += 1;
            if count > REFERENCES {
                return None;
            }
            more = rest.first()? & N != 0;
            rest = rest.get(1..)?;
        }
    }
    if first & V != 0 {
        rest = structure(rest)?;
    }
    Some((first, rest))
}

/// What follows the structure of layers.
fn structure(bytes: &[u8]) -> Option<&[u8]> {
    let (&head, mut rest) = bytes.split_first()?;
    if head & Y != 0 {
        rest = rest.get(4 * (usize::from(head >> 5) + 1)..)?;
    }
    if head & G != 0 {
        let (&pictures, mut group) = rest.split_first()?;
        for _ in 0..pictures {
            let references = usize::from((group.first()? >> 2) & 3);
            group = group.get(1 + references..)?;
        }
        rest = group;
    }
    Some(rest)
}

/// Whether a key frame begins with this payload.
pub(crate) fn begins_key(payload: &[u8]) -> bool {
    matches!(part(payload), Some((first, [_, ..])) if first & (B | P) == B)
}

/// The frame in these payloads; `None` when they are malformed.
pub(crate) fn frame(payloads: &[Bytes]) -> Option<Coded> {
    let mut data = Vec::with_capacity(payloads.iter().map(Bytes::len).sum());
    let mut key = false;
    for (at, payload) in payloads.iter().enumerate() {
        let (first, rest) = part(payload)?;
        let last = at + 1 == payloads.len();
        if (first & B != 0) != (at == 0) || (first & E != 0) != last || rest.is_empty() {
            return None;
        }
        key |= at == 0 && first & P == 0;
        data.extend_from_slice(rest);
    }
    (!data.is_empty()).then_some(Coded { data, key })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(payloads: &[&[u8]]) -> Option<(Vec<u8>, bool)> {
        let payloads: Vec<Bytes> = payloads.iter().map(|payload| Bytes::copy_from_slice(payload)).collect();
        frame(&payloads).map(|Coded { data, key }| (data, key))
    }

    #[test]
    fn descriptors_of_every_form_are_taken_off() {
        for (head, key) in [
            (&[B | E][..], true),
            (&[I | B | E, 0x05], true),
            (&[I | B | E, 0x85, 0x01], true),
            (&[I | P | B | E, 0x85, 0x01], false),
            (&[I | L | B | E, 0x05, 0x00, 0x33], true),
            (&[I | L | F | B | E, 0x05, 0x20], true),
            (&[I | P | F | B | E, 0x05, 0x03, 0x04], false),
            // One layer of 640 × 360, and a group of one picture with one reference.
            (&[I | V | B | E, 0x05, Y | G, 2, 128, 1, 104, 1, 0x04, 1], true),
        ] {
            let whole = [head, &[9, 8]].concat();
            assert_eq!((begins_key(&whole), of(&[&whole])), (key, Some((vec![9, 8], key))), "{head:x?}");
            for cut in 0..head.len() {
                assert_eq!(of(&[&whole[..cut]]), None, "{head:x?} cut at {cut}");
            }
        }
    }

    #[test]
    fn a_frame_begins_and_ends_once() {
        assert_eq!(of(&[&[B, 1], &[0, 2], &[E, 3]]), Some((vec![1, 2, 3], true)));
        assert_eq!(of(&[&[B | P, 1], &[E | P, 3]]), Some((vec![1, 3], false)));
        for wrong in
            [&[&[B, 1][..]][..], &[&[E, 1]], &[&[B, 1], &[B | E, 1]], &[&[B | E, 1], &[E, 1]], &[&[B | E]], &[]]
        {
            assert_eq!(of(wrong), None, "{wrong:x?}");
        }
    }

    #[test]
    fn an_upper_layer_or_endless_references_are_refused() {
        assert_eq!(of(&[&[I | L | F | B | E, 0x05, 0x02, 7]]), None);
        assert_eq!(of(&[&[P | F | B | E, 1, 1, 1, 1, 7]]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(payloads: Vec<Vec<u8>>) {
            let payloads: Vec<Bytes> = payloads.into_iter().map(Bytes::from).collect();
            for payload in &payloads {
                let _ = begins_key(payload);
            }
            let _ = frame(&payloads);
        }
    }
}
