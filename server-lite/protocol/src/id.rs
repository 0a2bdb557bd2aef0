//! Newtype ids: UUIDv7 for what is stored, so that ids sort by the time they were made.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[derive(ts_rs::TS)]
#[ts(export, type = "string")]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an id made by someone who has a clock and randomness.
            #[must_use]
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The sixteen bytes, for signatures and hashes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(
    /// One support call, from request to end.
    SessionId
);
id!(
    /// A computer that ran the helper at least once.
    DeviceId
);
id!(
    /// A person who helps.
    TechnicianId
);
id!(
    /// Chat and ticket in one.
    ConversationId
);
id!(
    /// One chat message; made by its sender, so that sending twice stores once.
    MessageId
);
id!(
    /// One build of the customer's program that a relay keeps.
    TemplateId
);
id!(
    /// One certificate of a company for a technician.
    CertificateId
);
id!(
    /// One run of the handshake between two ends; made by the console.
    RunId
);
id!(
    /// One row of the audit log's subject, request or other record without a type of its own.
    RecordId
);
