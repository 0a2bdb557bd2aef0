//! VP8 out of RTP payloads (RFC 7741): a descriptor, then a part of the frame.

use bytes::Bytes;

use super::Coded;

/// The descriptor goes on.
const X: u8 = 0x80;
/// A partition begins.
const S: u8 = 0x10;
/// Which partition.
const PARTITION: u8 = 0x07;
/// In the extension: a picture's number, the number of its base layer, layer and key index.
const I: u8 = 0x80;
const L: u8 = 0x40;
const T: u8 = 0x20;
const K: u8 = 0x10;
/// The picture's number has two bytes.
const M: u8 = 0x80;
/// In the frame's first byte (RFC 6386 section 9.1): it needs the frame before it.
const INTER: u8 = 0x01;

/// Whether a frame begins with this payload, and what follows the descriptor; `None` when it is malformed.
fn part(payload: &[u8]) -> Option<(bool, &[u8])> {
    let (&first, mut rest) = payload.split_first()?;
    if first & X != 0 {
        let (&extension, after) = rest.split_first()?;
        rest = after;
        if extension & I != 0 {
            let long = rest.first()? & M != 0;
            rest = rest.get(1 + usize::from(long)..)?;
        }
        if extension & L != 0 {
            rest = rest.get(1..)?;
        }
        if extension & (T | K) != 0 {
            rest = rest.get(1..)?;
        }
    }
    Some((first & S != 0 && first & PARTITION == 0, rest))
}

/// Whether a key frame begins with this payload.
pub(crate) fn begins_key(payload: &[u8]) -> bool {
    matches!(part(payload), Some((true, [first, ..])) if first & INTER == 0)
}

/// The frame in these payloads; `None` when they are malformed.
pub(crate) fn frame(payloads: &[Bytes]) -> Option<Coded> {
    let mut data = Vec::with_capacity(payloads.iter().map(Bytes::len).sum());
    for (at, payload) in payloads.iter().enumerate() {
        let (begins, rest) = part(payload)?;
        if begins != (at == 0) || rest.is_empty() {
            return None;
        }
        data.extend_from_slice(rest);
    }
    let key = data.first()? & INTER == 0;
    Some(Coded { data, key })
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
    fn descriptors_of_every_length_are_taken_off() {
        for head in [
            &[0x10][..],
            &[0x90, 0x00],
            &[0x90, 0x80, 0x05],
            &[0x90, 0x80, 0x85, 0x01],
            &[0x90, 0xf0, 0x85, 0x01, 0x07, 0x20],
            &[0x90, 0x20, 0x40],
        ] {
            let key = [head, &[0x50, 1, 2]].concat();
            assert!(begins_key(&key), "{head:x?}");
            assert_eq!(of(&[&key, &[0x00, 3]]), Some((vec![0x50, 1, 2, 3], true)));
            let delta = [head, &[0x51, 1, 2]].concat();
            assert!(!begins_key(&delta));
            assert_eq!(of(&[&delta]), Some((vec![0x51, 1, 2], false)));
            // Cut off within the descriptor.
            for cut in 0..head.len() {
                assert_eq!(of(&[&key[..cut]]), None);
            }
        }
    }

    #[test]
    fn only_the_first_packet_begins_a_frame() {
        assert_eq!(of(&[&[0x00, 0x50]]), None);
        assert_eq!(of(&[&[0x10, 0x50], &[0x10, 0x50]]), None);
        assert_eq!(of(&[&[0x10]]), None);
        assert_eq!(of(&[]), None);
        // A later partition of the same frame.
        assert_eq!(of(&[&[0x10, 0x50], &[0x11, 7]]), Some((vec![0x50, 7], true)));
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
