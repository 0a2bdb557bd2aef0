//! What the helper says of its screen, checked: the other end is hostile until shown otherwise, and stays so.
//!
//! Takes the messages of the `control` channel and keeps what a viewer must know: monitors, the one being shown, what
//! is granted, the codec. A message that is too long, not of its form, of another version or names what does not
//! exist ends the call; none of them can make the viewer panic.

use deskhand_protocol::{
    call::{
        control::{self, Monitor, PictureStats, Stopped, ToConsole, Trouble, VideoCodec},
        picture::{Moved, PictureInfo},
        quick::{DISKS, PROGRAMS},
        room::RoomNews,
        signal::DeclineReason,
    },
    capability::Capability,
    error::{ErrorCode, WireError},
    limit,
    record::EndReason,
};

use crate::state::MachineNews;

/// Why a message of the helper ends the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostileError {
    /// Longer than its channel allows.
    #[error("a message of the helper is over its limit")]
    TooLarge,
    /// Not of the form that its type asks for.
    #[error("a message of the helper cannot be read")]
    Malformed,
    /// Of a type that this version does not have.
    #[error("a message of the helper is of an unknown type")]
    Unknown,
    /// The helper speaks another version.
    #[error("the helper speaks another version of the protocol")]
    Version,
    /// It does not fit what was said before.
    #[error("a message of the helper is out of order")]
    OutOfOrder,
    /// It names monitors that cannot be.
    #[error("the helper's list of monitors is impossible")]
    Monitors,
}

impl HostileError {
    /// What the helper is told.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::TooLarge => ErrorCode::TooLarge,
            Self::Malformed | Self::Monitors => ErrorCode::Malformed,
            Self::Unknown => ErrorCode::UnknownMessage,
            Self::Version => ErrorCode::VersionUnsupported,
            Self::OutOfOrder => ErrorCode::OutOfOrder,
        }
    }

    /// What a refusal of the layers below means here.
    #[must_use]
    pub const fn of(code: ErrorCode) -> Self {
        match code {
            ErrorCode::TooLarge => Self::TooLarge,
            ErrorCode::UnknownMessage => Self::Unknown,
            ErrorCode::VersionUnsupported => Self::Version,
            ErrorCode::OutOfOrder => Self::OutOfOrder,
            _ => Self::Malformed,
        }
    }
}

/// What the screen's owner has told so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Screen {
    /// What may be used, as soon as nothing stops it.
    pub granted: Vec<Capability>,
    /// What was granted and is held back for now.
    pub held: Vec<Capability>,
    /// What stops everything, or all but the view, for now.
    pub stopped: Option<Stopped>,
    /// What the customer is being asked for.
    pub asking: Vec<Capability>,
    /// Whether the technician may come back without a question.
    pub may_return: bool,
    /// The customer's last no during the call, until he says something else.
    pub declined: Option<DeclineReason>,
    /// All monitors of the device.
    pub monitors: Vec<Monitor>,
    /// Those being shown, each as a picture of its own.
    pub shown: Vec<u8>,
    /// How the picture comes.
    pub codec: VideoCodec,
    /// Why there is no picture for now.
    pub trouble: Option<Trouble>,
}

impl Screen {
    /// What a picture shows that says nothing of itself: all of the first monitor that is shown, as it is now.
    #[must_use]
    pub fn only_picture(&self) -> Option<PictureInfo> {
        let shown = self.shown.first()?;
        let Monitor { index, width, height, .. } = self.monitors.iter().find(|monitor| monitor.index == *shown)?;
        Some(PictureInfo { monitor: *index, width: *width, height: *height, moved: Moved::none() })
    }
}

/// What a message of the helper means for the call.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// The screen is known now, or changed.
    Screen,
    /// Figures.
    Stats(PictureStats),
    /// Of the machine and its programs.
    Machine(MachineNews),
    /// Of the technicians in this call.
    Room(RoomNews),
    /// The customer asks for attention.
    Attention,
    /// The helper ends the call.
    Ended(EndReason),
    /// The helper refused something the console sent.
    Error(WireError),
}

/// Reads one message of the `control` channel and brings `screen` up to date.
///
/// # Errors
///
/// [`HostileError`]; the call must then be closed.
pub fn take(screen: &mut Option<Screen>, bytes: &[u8]) -> Result<Told, HostileError> {
    match control::read(bytes).map_err(HostileError::of)? {
        ToConsole::Hello { version: _, monitors, shown, granted, codec } => {
            if screen.is_some() {
                return Err(HostileError::OutOfOrder);
            }
            check_monitors(&monitors, &shown)?;
            check_granted(&granted)?;
            *screen = Some(Screen {
                granted,
                held: Vec::new(),
                stopped: None,
                asking: Vec::new(),
                may_return: false,
                declined: None,
                monitors,
                shown,
                codec,
                trouble: None,
            });
            Ok(Told::Screen)
        }
        ToConsole::Monitors { monitors, shown } => {
            check_monitors(&monitors, &shown)?;
            let screen = screen.as_mut().ok_or(HostileError::OutOfOrder)?;
            (screen.monitors, screen.shown) = (monitors, shown);
            Ok(Told::Screen)
        }
        ToConsole::Granted { granted, held, stopped, asking, may_return } => {
            [&granted, &held, &asking].into_iter().try_for_each(|list| check_granted(list))?;
            let screen = screen.as_mut().ok_or(HostileError::OutOfOrder)?;
            // A new question, or more than before, is another word of his.
            if !asking.is_empty() || granted.iter().any(|one| !screen.granted.contains(one)) {
                screen.declined = None;
            }
            (screen.granted, screen.held, screen.stopped) = (granted, held, stopped);
            (screen.asking, screen.may_return) = (asking, may_return);
            Ok(Told::Screen)
        }
        ToConsole::Declined { reason } => {
            screen.as_mut().ok_or(HostileError::OutOfOrder)?.declined = Some(reason);
            Ok(Told::Screen)
        }
        ToConsole::Trouble { trouble } => {
            screen.as_mut().ok_or(HostileError::OutOfOrder)?.trouble = trouble;
            Ok(Told::Screen)
        }
        ToConsole::Stats { stats } => Ok(Told::Stats(stats)),
        ToConsole::Did { deed, outcome } => Ok(Told::Machine(MachineNews::Did { deed, outcome })),
        ToConsole::Programs { programs, more } if programs.len() <= PROGRAMS => {
            Ok(Told::Machine(MachineNews::Programs { programs, more }))
        }
        ToConsole::System { facts } if facts.disks.len() <= DISKS => Ok(Told::Machine(MachineNews::System { facts })),
        ToConsole::Programs { .. } | ToConsole::System { .. } => Err(HostileError::TooLarge),
        ToConsole::Room { news: RoomNews::Here { technicians, .. } } if technicians.len() > limit::TECHNICIANS => {
            Err(HostileError::TooLarge)
        }
        ToConsole::Room { news } => Ok(Told::Room(news)),
        ToConsole::Attention => Ok(Told::Attention),
        ToConsole::Ended { reason } => Ok(Told::Ended(reason)),
        ToConsole::Error { error } => Ok(Told::Error(error)),
    }
}

/// A device without a monitor may say so with an empty list. Those shown must be in it, every one must be named once,
/// and no edge may be zero.
fn check_monitors(monitors: &[Monitor], shown: &[u8]) -> Result<(), HostileError> {
    let few = monitors.len() <= limit::MONITORS && shown.len() <= limit::SHOWN;
    let known = shown.iter().all(|shown| monitors.iter().any(|m| m.index == *shown));
    let whole = monitors.iter().all(|m| m.width > 0 && m.height > 0);
    let distinct = monitors.iter().enumerate().all(|(i, m)| monitors.iter().skip(i + 1).all(|n| n.index != m.index))
        && shown.iter().enumerate().all(|(i, m)| !shown[..i].contains(m));
    if few && known && whole && distinct { Ok(()) } else { Err(HostileError::Monitors) }
}

const fn check_granted(granted: &[Capability]) -> Result<(), HostileError> {
    if granted.len() <= limit::CAPABILITIES { Ok(()) } else { Err(HostileError::TooLarge) }
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::{
        PROTOCOL_VERSION,
        call::{
            control::Rotation,
            quick::{Program, ProgramId},
        },
        text::Name,
    };
    use proptest::prelude::*;

    use super::*;

    fn monitor(index: u8, width: u16) -> Monitor {
        let (name, scale_percent, rotation) = (Name::lossy("DP-1"), 100, Rotation::Upright);
        Monitor { index, name, x: 0, y: 0, width, height: 1080, primary: index == 0, scale_percent, rotation }
    }

    fn hello(monitors: Vec<Monitor>, shown: &[u8]) -> Vec<u8> {
        let granted = vec![Capability::View];
        let codec = VideoCodec::Av1;
        serde_json::to_vec(&ToConsole::Hello {
            version: PROTOCOL_VERSION,
            monitors,
            shown: shown.to_vec(),
            granted,
            codec,
        })
        .unwrap()
    }

    #[test]
    fn the_first_message_tells_the_screen_and_later_ones_change_it() {
        let mut screen = None;
        assert_eq!(take(&mut screen, &hello(vec![monitor(0, 1920), monitor(1, 1280)], &[0])), Ok(Told::Screen));
        let change = ToConsole::Monitors { monitors: vec![monitor(1, 800)], shown: vec![1] };
        assert_eq!(take(&mut screen, &serde_json::to_vec(&change).unwrap()), Ok(Told::Screen));
        let screen = screen.unwrap();
        assert_eq!((screen.monitors, screen.shown), (vec![monitor(1, 800)], vec![1]));
    }

    #[test]
    fn impossible_monitors_end_the_call() {
        for (monitors, shown) in [
            (vec![monitor(0, 1920)], &[1][..]),
            (vec![monitor(0, 0)], &[0]),
            (vec![monitor(0, 10), monitor(0, 10)], &[0]),
            (vec![monitor(0, 10), monitor(1, 10)], &[0, 1, 0]),
            ((0..5).map(|i| monitor(i, 10)).collect(), &[0, 1, 2, 3, 4]),
            ((0..=16).map(|i| monitor(i, 10)).collect(), &[0]),
        ] {
            assert_eq!(take(&mut None, &hello(monitors, shown)), Err(HostileError::Monitors));
        }
    }

    #[test]
    fn what_comes_before_or_twice_is_out_of_order() {
        let granted = br#"{"type":"granted","granted":[]}"#.to_vec();
        assert_eq!(take(&mut None, &granted), Err(HostileError::OutOfOrder));
        let mut screen = None;
        take(&mut screen, &hello(vec![monitor(0, 1)], &[0])).unwrap();
        assert_eq!(take(&mut screen, &hello(vec![monitor(0, 1)], &[0])), Err(HostileError::OutOfOrder));
    }

    #[test]
    fn a_list_that_is_too_long_ends_the_call() {
        let program = |pid| Program {
            id: ProgramId { pid, started: 1 },
            name: Name::lossy("x"),
            cpu_percent: 0.0,
            memory: 1,
            own: true,
        };
        let told = |most: u32| {
            let programs = (0..most).map(program).collect();
            take(&mut None, &serde_json::to_vec(&ToConsole::Programs { programs, more: 0 }).unwrap())
        };
        assert!(matches!(told(PROGRAMS as u32), Ok(Told::Machine(MachineNews::Programs { .. }))));
        assert_eq!(told(PROGRAMS as u32 + 1), Err(HostileError::TooLarge));
    }

    #[test]
    fn another_version_and_an_oversized_message_are_told_apart() {
        let other = ToConsole::Hello {
            version: PROTOCOL_VERSION + 1,
            monitors: vec![],
            shown: vec![],
            granted: vec![],
            codec: VideoCodec::Av1,
        };
        assert_eq!(take(&mut None, &serde_json::to_vec(&other).unwrap()), Err(HostileError::Version));
        assert_eq!(take(&mut None, &vec![b' '; limit::CONTROL_MESSAGE + 1]), Err(HostileError::TooLarge));
        assert_eq!(take(&mut None, br#"{"type":"format_disk"}"#), Err(HostileError::Unknown));
        assert_eq!(take(&mut None, br#"{"type":"hello","version":1}"#), Err(HostileError::Malformed));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>, text in "\\{\"type\":\"[a-z]{1,9}\".{0,60}\\}") {
            let mut screen = None;
            let _ = take(&mut screen, &bytes);
            let _ = take(&mut screen, text.as_bytes());
        }
    }
}
