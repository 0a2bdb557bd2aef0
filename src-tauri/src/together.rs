//! Several technicians in one call: inviting a colleague, taking part in one's call, and what passes between them.

use deskhand_protocol::{
    call::room::{PointedAt, RoomAct, Who},
    code::Invitation,
    error::ErrorCode,
    id::{SessionId, TechnicianId},
    limit::INVITATION_LIFE,
    record::Fellow,
    relay::http::InviteColleague,
};
use serde::Deserialize;

use crate::{
    console::Console,
    ipc::{IpcError, IpcErrorCode},
    sessions::{CODES, ends},
    vault::Kept,
};

/// What a technician does among those of a call; inviting is a command of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RoomOrder {
    /// Asks for the controls.
    WantControls,
    /// Hands them over.
    HandOver {
        /// To him.
        to: Who,
    },
    /// Keeps them.
    KeepControls,
    /// Where his pointer is over the picture.
    Pointer {
        /// There; `None` when it has left it.
        at: Option<PointedAt>,
    },
}

impl From<RoomOrder> for RoomAct {
    fn from(order: RoomOrder) -> Self {
        match order {
            RoomOrder::WantControls => Self::WantControls,
            RoomOrder::HandOver { to } => Self::HandOver { to },
            RoomOrder::KeepControls => Self::KeepControls,
            RoomOrder::Pointer { at } => Self::Pointer { at },
        }
    }
}

impl Console {
    /// The other technicians of this relay.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn colleagues(&self) -> Result<Vec<Fellow>, IpcError> {
        Ok(self.shared.http().colleagues().await?)
    }

    /// Invites a colleague to a call that is live. Gives the code that he is to be told: the relay knows half of it, so
    /// that it cannot come in his place.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::AlreadyInvited`], [`IpcErrorCode::UnknownSession`] when the call is not live,
    /// [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn invite_colleague(&self, session: SessionId, technician: TechnicianId) -> Result<String, IpcError> {
        let seat = self.seat(session)?;
        let http = self.shared.http();
        let colleagues = http.colleagues().await?;
        let unknown = || IpcError::of(IpcErrorCode::BadInput, "there is no such technician");
        let name = colleagues.into_iter().find(|one| one.id == technician).ok_or_else(unknown)?.name;
        for _ in 0..CODES {
            let (Invitation { finder, secret }, _) = self.shared.invent();
            let invite = InviteColleague { technician, finder: finder.digest() };
            match http.invite_colleague(session, &invite).await {
                Ok(_) => {
                    let code = Invitation { finder: finder.clone(), secret: secret.clone() }.to_spoken();
                    seat.call().room(RoomAct::Invite { finder, secret, name }).await?;
                    return Ok(code);
                }
                Err(error) if error.code() == Some(ErrorCode::Conflict) => {}
                Err(error) if error.code() == Some(ErrorCode::Forbidden) => {
                    return Err(IpcError::of(IpcErrorCode::AlreadyInvited, error.to_string()));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(IpcError::of(IpcErrorCode::RelayRefused, "no free code was found"))
    }

    /// Takes part in a colleague's call, with the code that he has told. The customer is asked when the technician
    /// connects.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::BadInput`] when it is no code, [`IpcErrorCode::UnknownSession`] when nobody invited him to it, else
    /// [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn join_call(&self, session: SessionId, code: &str) -> Result<(), IpcError> {
        let invitation: Invitation =
            code.trim().parse().map_err(|_| IpcError::of(IpcErrorCode::BadInput, "that is not a code"))?;
        let record = self.shared.http().session(session).await?;
        if record.joins.is_none() || record.ended_at.is_some() {
            return Err(IpcError::of(IpcErrorCode::UnknownSession, "nobody invites to this session"));
        }
        self.shared.remember(session, |entry| {
            entry.spoken = Some(Kept::new(&invitation, ends(INVITATION_LIFE)));
            entry.failures = 0;
        });
        if let Some(seat) = self.shared.seat(session) {
            seat.call().set_spoken(Some(invitation.secret.clone()));
        }
        self.shared.session_changed(record);
        Ok(())
    }

    /// Something among the technicians of a call. What comes of it is told as an event.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::UnknownSession`] when the call is not live.
    pub async fn room(&self, session: SessionId, order: RoomOrder) -> Result<(), IpcError> {
        Ok(self.seat(session)?.call().room(order.into()).await?)
    }
}
