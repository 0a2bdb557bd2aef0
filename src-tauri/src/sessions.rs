//! What the technician does with sessions: making them, inviting, connecting, ending, reading the record.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use deskhand_link::package;
use deskhand_protocol::{
    UnixMillis,
    call::{control::VideoCodec, signal::Ask},
    capability::{Capability, Preset, WORKING},
    code::{Invitation, TypedCall},
    error::ErrorCode,
    id::{MessageId, SessionId},
    limit,
    package::{
        PackageBody,
        brand::{Brand, Language},
    },
    record::{EndReason, Marks, SessionRecord},
    relay::{
        console_socket::ConsoleToRelay,
        http::{InvitationKind, NewInvitation, NewSession},
    },
    template::Platform,
    text::ChatText,
};
use tokio::time::timeout;

use crate::{
    console::{Console, Shared, name_of},
    ipc::{ChatView, InvitationView, IpcError, IpcErrorCode},
    seat::lock,
    vault::{Entry, Kept},
};

/// A link that lives less could not even be sent.
const LIFE_LEAST: Duration = Duration::from_secs(60);
/// What the helper beside this program is for.
pub(crate) const OWN: Platform = if cfg!(windows) {
    Platform::WindowsX64
} else if cfg!(target_os = "macos") {
    Platform::MacosArm64
} else {
    Platform::LinuxX64
};
/// How long the helper's farewell may take before the relay is told: enough for any connection that is alive.
const FAREWELL: Duration = Duration::from_secs(1);
/// Codes tried before giving up on a clash: of a million spoken ones few are in use at a time.
pub(crate) const CODES: u32 = 5;
/// Messages of one chat that are shown: more than anyone reads, far less than memory.
const MESSAGES: usize = 10_000;

impl Console {
    /// Makes a session with a spoken code and a link, which may be used first for so long.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::BadInput`], [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn create_session(
        &self,
        customer: &str,
        machine: Option<&str>,
        preset: Preset,
        life: Option<Duration>,
    ) -> Result<InvitationView, IpcError> {
        let shared = &self.shared;
        let life = life.unwrap_or(limit::PACKAGE_LIFE_DEFAULT).clamp(LIFE_LEAST, limit::PACKAGE_LIFE_MAX);
        let customer = name_of(customer)?;
        let machine = machine.filter(|machine| !machine.trim().is_empty()).map(name_of).transpose()?;
        for _ in 0..CODES {
            let (spoken, link) = shared.invent();
            let new = NewSession {
                customer: customer.clone(),
                machine: machine.clone(),
                invitations: vec![
                    announce(InvitationKind::Spoken, &spoken, limit::SPOKEN_CODE_LIFE),
                    announce(InvitationKind::Link, &link, life),
                ],
            };
            match shared.http().create_session(&new).await {
                Ok(session) => {
                    shared.remember(session.id, |entry| {
                        entry.preset = preset;
                        entry.spoken = Some(Kept::new(&spoken, ends(limit::SPOKEN_CODE_LIFE)));
                        entry.link = Some(Kept::new(&link, ends(life)));
                    });
                    shared.session_changed(session.clone());
                    return shared.view(session);
                }
                Err(error) if error.code() == Some(ErrorCode::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(IpcError::of(IpcErrorCode::RelayRefused, "no free support code was found"))
    }

    /// The invitation as it stands; `None` when this console does not know its secret half.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn invitation(&self, session: SessionId) -> Result<Option<InvitationView>, IpcError> {
        if self.shared.entry(session).is_err() {
            return Ok(None);
        }
        let record = self.shared.http().session(session).await?;
        if record.ended_at.is_some() {
            return Ok(None);
        }
        self.shared.view(record).map(Some)
    }

    /// The session that a code or link was made for here, also after the customer has used it: as it is read out, or as
    /// the customer types it behind the address. `None` when this console made none such.
    #[must_use]
    pub fn session_by_code(&self, typed: &str) -> Option<SessionId> {
        let typed = typed.trim();
        let called = || typed.parse::<TypedCall>().map(|call| call.invitation);
        let meant = typed.parse::<Invitation>().or_else(|_| called()).ok()?;
        let vault = lock(&self.shared.vault);
        let is_of = |kept: &Option<Kept>| {
            kept.as_ref().and_then(|kept| kept.invitation().ok()).is_some_and(|invitation| invitation == meant)
        };
        let made =
            |session: &SessionId| vault.get(*session).is_some_and(|entry| is_of(&entry.spoken) || is_of(&entry.link));
        vault.sessions().into_iter().find(made)
    }

    /// Makes a new spoken code; the old one stops working.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::UnknownSession`], [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn renew_code(&self, session: SessionId) -> Result<InvitationView, IpcError> {
        let shared = &self.shared;
        shared.entry(session)?;
        for _ in 0..CODES {
            let (spoken, _) = shared.invent();
            let new = announce(InvitationKind::Spoken, &spoken, limit::SPOKEN_CODE_LIFE);
            match shared.http().add_invitation(session, &new).await {
                Ok(record) => {
                    shared.remember(session, |entry| {
                        entry.spoken = Some(Kept::new(&spoken, ends(limit::SPOKEN_CODE_LIFE)));
                        entry.failures = 0;
                    });
                    if let Some(seat) = shared.seat(session) {
                        seat.call().set_spoken(Some(spoken.secret.clone()));
                    }
                    shared.session_changed(record.clone());
                    return shared.view(record);
                }
                Err(error) if error.code() == Some(ErrorCode::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(IpcError::of(IpcErrorCode::RelayRefused, "no free support code was found"))
    }

    /// Makes a session for somebody who asked for help on the relay's page.
    pub(crate) async fn create_for_request(&self, name: &str) -> Result<InvitationView, IpcError> {
        self.create_session(name, None, Preset::Help, None).await
    }

    /// Whether this console wrote that file; only such files are shown on request of the page.
    #[must_use]
    pub fn has_saved(&self, path: &Path) -> bool {
        lock(&self.shared.saved).contains(path)
    }

    /// A page of sessions, newest first.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn sessions(&self, before: Option<SessionId>, limit: u32) -> Result<Vec<SessionRecord>, IpcError> {
        Ok(self.shared.http().sessions(limit, before).await?)
    }

    /// The chat of a session.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn messages(&self, session: SessionId) -> Result<ChatView, IpcError> {
        let mut all = ChatView { messages: Vec::new(), marks: None };
        // Pages end with one that brings nothing new.
        while all.messages.len() < MESSAGES {
            let after = all.messages.last().map(|message| message.seq);
            let page = self.shared.http().messages(session, after).await?;
            all.marks = page.marks;
            let new = page.messages.into_iter().filter(|message| after.is_none_or(|after| message.seq > after));
            let before = all.messages.len();
            all.messages.extend(new);
            if all.messages.len() == before {
                break;
            }
        }
        Ok(all)
    }

    /// Says how far the technician has taken in what the customer wrote. Only to a relay that has marks.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::RelayAway`].
    pub fn mark_chat(&self, session: SessionId, marks: Marks) -> Result<(), IpcError> {
        Ok(self.shared.send(&ConsoleToRelay::ChatMarks { session, marks })?)
    }

    /// Sends a chat message. That it is stored is told as an event with the same id.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::BadInput`] for a text that is empty, too long or has forbidden characters, else
    /// [`IpcErrorCode::RelayAway`].
    pub fn send_chat(&self, session: SessionId, id: MessageId, text: &str) -> Result<(), IpcError> {
        let text = ChatText::new(text).map_err(|error| IpcError::of(IpcErrorCode::BadInput, error.to_string()))?;
        if text.is_blank() {
            return Err(IpcError::of(IpcErrorCode::BadInput, "the message is empty"));
        }
        Ok(self.shared.send(&ConsoleToRelay::Chat { session, id, text })?)
    }

    /// Asks the customer to share. Progress is told as events.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::BadInput`] without a codec, [`IpcErrorCode::UnknownSession`], [`IpcErrorCode::CustomerAway`] or
    /// [`IpcErrorCode::Busy`].
    pub async fn connect(&self, session: SessionId, codecs: Vec<VideoCodec>) -> Result<(), IpcError> {
        if codecs.is_empty() || codecs.len() > 8 {
            return Err(IpcError::of(IpcErrorCode::BadInput, "between one and eight codecs are named"));
        }
        let preset = self.shared.entry(session)?.preset;
        let ask = Ask { capabilities: preset.capabilities().into_iter().collect(), codecs };
        Ok(self.seat(session)?.call().connect(ask).await?)
    }

    /// Asks the customer for more than is granted. His answer is told as an event.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::BadInput`] for what has no working feature, else [`IpcErrorCode::UnknownSession`].
    pub async fn want(&self, session: SessionId, capabilities: Vec<Capability>) -> Result<(), IpcError> {
        if !capabilities.iter().all(|capability| WORKING.contains(capability)) {
            return Err(IpcError::of(IpcErrorCode::BadInput, "a capability without a working feature"));
        }
        Ok(self.seat(session)?.call().want(capabilities).await?)
    }

    /// Ends a session: tells the helper directly and the relay for the record. When the relay cannot be told now, it
    /// is told as soon as it is back.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::RelayRefused`] when the relay does not know the session.
    pub async fn end_session(&self, session: SessionId) -> Result<(), IpcError> {
        let shared = &self.shared;
        if shared.entry(session).is_ok() {
            shared.remember(session, |entry| entry.ending = true);
        }
        if let Some(seat) = shared.seat(session) {
            // The relay hears of it also while a connection that is dead waits for its last words to arrive.
            let _ = timeout(FAREWELL, seat.call().end(EndReason::TechnicianEnded)).await;
        }
        match shared.http().end_session(session).await {
            Ok(record) => {
                shared.session_changed(record);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Shared {
    pub(crate) fn invent(&self) -> (Invitation, Invitation) {
        let mut entropy = lock(&self.entropy);
        let spoken = Invitation::spoken(entropy.array());
        (spoken, Invitation::link(entropy.array(), entropy.array()))
    }

    fn entry(&self, session: SessionId) -> Result<Entry, IpcError> {
        lock(&self.vault).get(session).cloned().ok_or_else(unknown)
    }

    /// The invitation as the technician hands it on.
    pub(crate) fn view(&self, session: SessionRecord) -> Result<InvitationView, IpcError> {
        let entry = self.entry(session.id)?;
        let home = self.home();
        let public = home.public_addresses();
        let only_this_computer = public.is_empty();
        let address = public.into_iter().next().unwrap_or_else(|| home.address().clone());
        let link = entry.link.as_ref().and_then(|kept| kept.invitation().ok()).ok_or_else(unknown)?.to_link(&address);
        // The relay says until when a code may be used first, and no time once it was used or revoked.
        let code_expires_at = session.code_expires_at.filter(|ends| ends.0 > now().0);
        let code = code_expires_at
            .and(entry.spoken.as_ref())
            .and_then(|kept| kept.invitation().ok())
            .map(|invitation| invitation.to_spoken());
        let call = code.as_ref().map(|code| format!("{} {code}", address.authority()));
        let code_expires_at = code_expires_at.filter(|_| code.is_some());
        Ok(InvitationView { session, preset: entry.preset, code, code_expires_at, call, link, only_this_computer })
    }

    /// The signed file beside the helper program.
    pub(crate) fn support_file(
        &self,
        session: SessionId,
        brand: Option<Brand>,
        message: Option<ChatText>,
        language: Option<Language>,
    ) -> Result<Vec<u8>, IpcError> {
        let entry = self.entry(session)?;
        let technician = self.technician().ok_or_else(unknown)?;
        let link = entry.link.ok_or_else(unknown)?;
        let invitation = link.invitation().map_err(|_| unknown())?;
        let certified = self.own_certificate(&technician);
        let (company_key, certificate) = certified.unzip();
        let body = PackageBody {
            relays: self.home().package_relays(),
            technician: self.identity.public(),
            technician_name: technician.name,
            company: technician.company,
            finder: invitation.finder,
            secret: invitation.secret.reveal().to_owned(),
            expires_at: link.expires_at,
            company_key,
            certificate,
            brand,
            message,
            language,
        };
        package::seal(&body, &self.identity).map_err(|error| IpcError::of(IpcErrorCode::Internal, error.to_string()))
    }
}

fn unknown() -> IpcError {
    IpcError::of(IpcErrorCode::UnknownSession, "this console does not know the session's secret")
}

fn announce(kind: InvitationKind, invitation: &Invitation, life: Duration) -> NewInvitation {
    NewInvitation { kind, finder: invitation.finder.digest(), life_ms: u64::try_from(life.as_millis()).unwrap_or(0) }
}

pub(crate) fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

pub(crate) fn ends(life: Duration) -> UnixMillis {
    UnixMillis(now().0.saturating_add(i64::try_from(life.as_millis()).unwrap_or(i64::MAX)))
}
