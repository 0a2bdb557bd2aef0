//! A refusal as it crosses a wire: a code from the closed list and a fixed sentence.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use deskhand_core::{invitation::InvalidCode, life::LifeError, rate::TooMany};
use deskhand_protocol::error::{ErrorCode, WireError};

use crate::{clock::NoRandomness, store::StoreError};

/// Why something was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub(crate) struct Refusal {
    /// What kind.
    pub(crate) code: ErrorCode,
    /// One sentence, the same for everyone.
    pub(crate) detail: &'static str,
    /// When it may be tried again, if that is known.
    retry_after: Option<Duration>,
}

impl Refusal {
    pub(crate) const fn new(code: ErrorCode, detail: &'static str) -> Self {
        Self { code, detail, retry_after: None }
    }

    /// Nothing is tried before this time is over.
    pub(crate) const fn wait(time: Duration) -> Self {
        Self { retry_after: Some(time), ..Self::too_many() }
    }

    pub(crate) const fn not_found() -> Self {
        Self::new(ErrorCode::NotFound, "there is no such thing, or it is not for you")
    }

    pub(crate) const fn unauthenticated() -> Self {
        Self::new(ErrorCode::Unauthenticated, "nothing valid says who is asking")
    }

    pub(crate) const fn malformed(detail: &'static str) -> Self {
        Self::new(ErrorCode::Malformed, detail)
    }

    pub(crate) const fn too_many() -> Self {
        Self::new(ErrorCode::TooMany, "too many in a short time; wait a little")
    }

    pub(crate) const fn over() -> Self {
        Self::new(ErrorCode::SessionEnded, "the session has ended")
    }

    pub(crate) const fn version() -> Self {
        Self::new(ErrorCode::VersionUnsupported, "this relay speaks another version of the protocol")
    }

    /// As it is sent.
    pub(crate) fn wire(self) -> WireError {
        WireError { code: self.code, detail: self.detail.to_owned() }
    }

    const fn status(self) -> StatusCode {
        match self.code {
            ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::TooMany => StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::Unauthenticated | ErrorCode::SecondFactor => StatusCode::UNAUTHORIZED,
            ErrorCode::Forbidden | ErrorCode::SetupRefused | ErrorCode::NotGranted => StatusCode::FORBIDDEN,
            ErrorCode::NotFound | ErrorCode::InvalidCode => StatusCode::NOT_FOUND,
            ErrorCode::Conflict | ErrorCode::SessionEnded | ErrorCode::Replaced | ErrorCode::PeerAbsent => {
                StatusCode::CONFLICT
            }
            ErrorCode::ShuttingDown => StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.wire())).into_response();
        if let Some(time) = self.retry_after {
            let seconds = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0));
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store refused");
        Self::new(ErrorCode::Internal, "the relay could not store or read this; see its log")
    }
}

impl From<NoRandomness> for Refusal {
    fn from(_: NoRandomness) -> Self {
        Self::new(ErrorCode::Internal, "the system gives no random numbers")
    }
}

impl From<InvalidCode> for Refusal {
    fn from(_: InvalidCode) -> Self {
        Self::new(ErrorCode::InvalidCode, "the support code is not valid")
    }
}

impl From<TooMany> for Refusal {
    fn from(wrong: TooMany) -> Self {
        Self::wait(wrong.retry_after)
    }
}

impl From<LifeError> for Refusal {
    fn from(error: LifeError) -> Self {
        match error {
            LifeError::Over => Self::over(),
            LifeError::NotYours => Self::new(ErrorCode::Forbidden, "this end may not report that"),
            LifeError::Nonsense => Self::malformed("the report contradicts itself"),
            _ => Self::new(ErrorCode::Conflict, "that does not fit where the session stands"),
        }
    }
}
