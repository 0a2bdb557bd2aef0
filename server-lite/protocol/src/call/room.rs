//! Several technicians in one call, of the `control` channel: who is here, who has the controls, where the others point,
//! and how one more is invited.
//!
//! Each of them has a connection of his own with the helper; what one says to the others goes by the helper. Whom the
//! customer lets in and who may do what is decided there.

use serde::{Deserialize, Serialize};

use crate::{
    code::{Finder, Secret},
    text::Name,
};

/// Names one technician of a call while it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, type = "number")]
#[serde(transparent)]
pub struct Who(pub u8);

impl Who {
    /// The technician whom the customer has called.
    pub const FIRST: Self = Self(0);
}

/// One technician whom the customer has let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, each shown on its own")]
pub struct Present {
    /// Who.
    pub who: Who,
    /// The name he gives himself. Hostile text.
    #[ts(type = "string")]
    pub name: Name,
    /// The company he says he works for. Hostile text.
    #[ts(type = "string")]
    pub company: Name,
    /// Whether he is connected now.
    pub connected: bool,
    /// Whether the customer has granted him mouse and keyboard.
    pub may_steer: bool,
    /// Whether he has the controls.
    pub steers: bool,
    /// Whether he asks for them.
    pub wants: bool,
}

/// A place on a monitor, counted as in [`Place`](super::input::Place).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct PointedAt {
    /// [`Monitor::index`](super::control::Monitor::index).
    pub monitor: u8,
    /// Across the width.
    pub x: u16,
    /// Across the height.
    pub y: u16,
}

/// From a technician.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RoomAct {
    /// Invites a colleague, who has a session of his own at the relay: the helper takes it up and hears him there.
    Invite {
        /// By which the helper finds it.
        finder: Finder,
        /// What proves the two ends to each other. The relay never sees it.
        #[serde(with = "handed")]
        secret: Secret,
        /// The colleague's name, as the one who invites him knows it.
        name: Name,
    },
    /// Asks for the controls.
    WantControls,
    /// Hands the controls over.
    HandOver {
        /// To him.
        to: Who,
    },
    /// Keeps the controls: nobody need wait for them.
    KeepControls,
    /// Where his pointer is over the picture; `None` when it has left it. For the other technicians' eyes only: nothing of
    /// it reaches the customer's machine.
    Pointer {
        /// There.
        at: Option<PointedAt>,
    },
}

/// What became of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Invited {
    /// The helper waits for him.
    Waiting,
    /// He is here.
    Came,
    /// The customer does not let him in.
    Declined,
    /// A wrong code was tried too often.
    WrongCode,
    /// He did not come in time, or went.
    Gone,
    /// Nobody can be invited now.
    NotNow,
    /// There are as many technicians as there may be.
    Full,
}

/// From the helper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RoomNews {
    /// Who is here now; a whole statement, not a change.
    Here {
        /// Which of them the reader is.
        you: Who,
        /// All of them, the reader too.
        technicians: Vec<Present>,
    },
    /// How far an invitation is, to the one who invited.
    Invitation {
        /// Of him, as the one who invited named him. Hostile text.
        #[ts(type = "string")]
        name: Name,
        /// How far.
        invited: Invited,
    },
    /// Where another technician's pointer is.
    Pointer {
        /// Whose.
        of: Who,
        /// There; `None` when it has left the picture.
        at: Option<PointedAt>,
    },
}

/// A secret in its text form: in messages that go from end to end, and nowhere else.
mod handed {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use zeroize::Zeroizing;

    use crate::code::Secret;

    pub(super) fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.reveal())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        Zeroizing::new(String::deserialize(deserializer)?).parse().map_err(D::Error::custom)
    }
}
