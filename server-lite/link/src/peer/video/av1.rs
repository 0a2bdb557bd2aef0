//! AV1 out of RTP payloads (AOM, "RTP Payload Format For AV1", section 4).
//!
//! ```text
//! payload      aggregation header, then OBU elements
//!              Z: the first element continues the last of the payload before
//!              Y: the last element goes on in the next payload
//!              W: how many elements; the last has no length then. 0: all have one
//!              N: a coded video sequence begins here
//! element      OBU without its size field
//! ```

use std::ops::Range;

use bytes::Bytes;

const Z: u8 = 0x80;
const Y: u8 = 0x40;
const N: u8 = 0x08;

pub(crate) const HAS_SIZE: u8 = 0x02;
const HAS_EXTENSION: u8 = 0x04;
const FORBIDDEN: u8 = 0x80;
pub(crate) const SEQUENCE_HEADER: u8 = 1;
pub(crate) const TEMPORAL_DELIMITER: u8 = 2;
pub(crate) const METADATA: u8 = 5;
/// A temporal delimiter OBU with its size.
const DELIMITER: [u8; 2] = [(TEMPORAL_DELIMITER << 3) | HAS_SIZE, 0];

/// Whether a key frame begins with this payload.
pub(crate) fn begins_key(payload: &[u8]) -> bool {
    payload.first().is_some_and(|header| header & (N | Z) == N)
}

/// The temporal unit in these payloads, low-overhead format with its delimiter; `None` when they are malformed.
pub(crate) fn temporal_unit(payloads: &[Bytes]) -> Option<Vec<u8>> {
    let size: usize = payloads.iter().map(|payload| payload.len() + 2).sum();
    let mut unit = Vec::with_capacity(size + DELIMITER.len());
    unit.extend(DELIMITER);
    let mut obu = Vec::new();
    let mut goes_on = false;
    for payload in payloads {
        let (&header, mut rest) = payload.split_first()?;
        if (header & Z != 0) != goes_on {
            return None;
        }
        let count = (header >> 4) & 3;
        let mut index = 0;
        while !rest.is_empty() {
            index += 1;
            let element;
            if index == count {
                (element, rest) = (rest, &[][..]);
            } else {
                let length;
                (length, rest) = leb128(rest)?;
                (element, rest) = rest.split_at_checked(length)?;
            }
            obu.extend_from_slice(element);
            goes_on = rest.is_empty() && header & Y != 0;
            if !goes_on {
                append(&mut unit, &obu)?;
                obu.clear();
            }
            if count != 0 && index > count {
                return None;
            }
        }
        if count != 0 && index != count {
            return None;
        }
    }
    (!goes_on && unit.len() > DELIMITER.len()).then_some(unit)
}

/// Adds an OBU with its size. Delimiters are dropped: the unit has its own.
fn append(unit: &mut Vec<u8>, obu: &[u8]) -> Option<()> {
    let Some((&header, mut body)) = obu.split_first() else {
        return Some(());
    };
    let extension;
    (extension, body) = body.split_at_checked(usize::from(header & HAS_EXTENSION != 0))?;
    if header & HAS_SIZE != 0 {
        let length;
        (length, body) = leb128(body)?;
        body = body.get(..length)?;
    }
    if (header >> 3) & 0xf == TEMPORAL_DELIMITER {
        return Some(());
    }
    unit.push(header | HAS_SIZE);
    unit.extend_from_slice(extension);
    write_leb128(unit, body.len());
    unit.extend_from_slice(body);
    Some(())
}

/// One OBU of a temporal unit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Obu {
    /// Its type.
    pub(crate) kind: u8,
    /// Where it lies, with its header.
    pub(crate) whole: Range<usize>,
    /// Where its payload lies.
    pub(crate) body: Range<usize>,
}

/// The OBUs of a temporal unit in low-overhead format; `None` when it is malformed.
pub(crate) fn obus(unit: &[u8]) -> Option<Vec<Obu>> {
    let mut obus = Vec::new();
    let mut at = 0;
    while let Some(&header) = unit.get(at) {
        if header & FORBIDDEN != 0 || header & HAS_SIZE == 0 {
            return None;
        }
        let behind = at + 1 + usize::from(header & HAS_EXTENSION != 0);
        let (length, rest) = leb128(unit.get(behind..)?)?;
        let body = unit.len() - rest.len()..unit.len() - rest.get(length..)?.len();
        let whole = at..body.end;
        at = body.end;
        obus.push(Obu { kind: (header >> 3) & 0xf, whole, body });
    }
    Some(obus)
}

/// Adds a length.
pub(crate) fn write_leb128(out: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

/// A length (AV1 specification 4.10.5) and what follows it. More than four bytes would be 256 MB and more.
fn leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (index, byte) in bytes.iter().enumerate().take(4) {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(index + 1..)?));
        }
    }
    None
}
