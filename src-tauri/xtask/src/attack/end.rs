//! A technician on the relay under attack: what he owns there must stay as it is.

use std::sync::Arc;

use anyhow::Result;
use deskhand_link::{
    entropy::Entropy,
    identity::Identity,
    relay::{ConsoleHttp, Route},
    tls::Trust,
};
use deskhand_protocol::{
    code::Invitation,
    id::SessionId,
    limit,
    relay::{
        http::{InvitationKind, NewInvitation, NewSession},
        setup::SetupToken,
    },
    text::Name,
};

use crate::stage::relay::RelayProgram;

/// See the module.
pub(super) struct End {
    pub(super) http: ConsoleHttp,
    session: SessionId,
}

impl End {
    /// Sets the relay up and makes a session with a spoken code.
    pub(super) async fn begin(relay: &RelayProgram, name: &str, company: &str) -> Result<Self> {
        let route = Route { address: relay.url().parse()?, trust: Trust::System };
        let http = ConsoleHttp::new(route, Arc::new(Identity::from_system()?))?;
        let token: SetupToken = relay.token.parse()?;
        http.set_up(&token.token, Name::lossy(name), Name::lossy(company)).await?;
        let spoken = Invitation::spoken(Entropy::from_system()?.array());
        let life_ms = u64::try_from(limit::SPOKEN_CODE_LIFE.as_millis())?;
        let invitation = NewInvitation { kind: InvitationKind::Spoken, finder: spoken.finder.digest(), life_ms };
        let new = NewSession { customer: Name::lossy("Mr Weber"), machine: None, invitations: vec![invitation] };
        let session = http.create_session(&new).await?.id;
        Ok(Self { http, session })
    }

    /// The session that he has made.
    pub(super) const fn session(&self) -> SessionId {
        self.session
    }
}
