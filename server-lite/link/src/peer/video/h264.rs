//! H.264 out of RTP payloads (RFC 6184, packetization mode 1): single NAL units, STAP-A and FU-A.

use bytes::Bytes;

pub(crate) const START_CODE: [u8; 4] = [0, 0, 0, 1];
const TYPE: u8 = 0x1f;
const IDR: u8 = 5;
pub(crate) const SEI: u8 = 6;
pub(crate) const SPS: u8 = 7;
pub(crate) const PPS: u8 = 8;
pub(crate) const DELIMITER: u8 = 9;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;
const FU_START: u8 = 0x80;
const FU_END: u8 = 0x40;

/// Whether a key frame begins with this payload: its parameter sets come first.
pub(crate) fn begins_key(payload: &[u8]) -> bool {
    match payload.first().map(|header| header & TYPE) {
        Some(SPS) => true,
        Some(STAP_A) => payload.get(3).is_some_and(|header| header & TYPE == SPS),
        _ => false,
    }
}

/// An access unit in Annex B form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AccessUnit {
    /// Its bytes, each NAL unit after a start code of four bytes.
    pub(crate) data: Vec<u8>,
    /// Whether it holds an IDR slice.
    pub(crate) key: bool,
    /// Where each NAL unit begins, with its start code.
    pub(crate) starts: Vec<usize>,
}

/// Where each NAL unit of an Annex B stream begins, with its start code, and its type.
pub(crate) fn units(data: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    let codes = data.windows(4).enumerate().filter(|(_, window)| window.starts_with(&[0, 0, 1]));
    codes.map(|(at, window)| {
        // A start code of four bytes has one more zero in front.
        let long = at.checked_sub(1).is_some_and(|before| data.get(before) == Some(&0));
        (at - usize::from(long), window.last().map_or(0, |header| header & TYPE))
    })
}

/// The access unit in these payloads; `None` when they are malformed.
pub(crate) fn access_unit(payloads: &[Bytes]) -> Option<AccessUnit> {
    let size: usize = payloads.iter().map(|payload| payload.len() + START_CODE.len()).sum();
    let mut unit = AccessUnit { data: Vec::with_capacity(size), key: false, starts: Vec::new() };
    let mut fragmented = None;
    for payload in payloads {
        let (&header, body) = payload.split_first()?;
        match header & TYPE {
            1..=23 if fragmented.is_none() => unit.begin(header, body),
            STAP_A if fragmented.is_none() => {
                let mut rest = body;
                while !rest.is_empty() {
                    let (length, after) = rest.split_first_chunk::<2>()?;
                    let (nal, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
                    let (&header, nal) = nal.split_first()?;
                    unit.begin(header, nal);
                    rest = after;
                }
            }
            FU_A => {
                let (&fragment, body) = body.split_first()?;
                let kind = fragment & TYPE;
                if fragment & FU_START != 0 && fragmented.is_none() {
                    unit.begin((header & !TYPE) | kind, body);
                } else if fragment & FU_START == 0 && fragmented == Some(kind) {
                    unit.data.extend_from_slice(body);
                } else {
                    return None;
                }
                fragmented = (fragment & FU_END == 0).then_some(kind);
            }
            _ => return None,
        }
    }
    (fragmented.is_none() && !unit.data.is_empty()).then_some(unit)
}

impl AccessUnit {
    fn begin(&mut self, header: u8, body: &[u8]) {
        self.key |= header & TYPE == IDR;
        self.starts.push(self.data.len());
        self.data.extend(START_CODE);
        self.data.push(header);
        self.data.extend_from_slice(body);
    }
}
