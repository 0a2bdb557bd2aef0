//! The life of a session: where it stands after each thing that happens to it.
//!
//! ```text
//! Open ──claim──▶ Waiting ──live──▶ Live ◀──paused──▶ Paused
//!  ▲                 │               │ ▲                │
//!  └────released─────┘          lost ▼ │ live, paused   │ lost
//!                                 Reconnecting ◀────────┘
//! any ──end──▶ Ended          any ──nobody came back──▶ Interrupted
//! ```
//!
//! # Invariants
//!
//! - `started_at` and `ended_at` are set once. `Ended` and `Interrupted` are final.
//! - Time inside a session never runs backwards: a clock that was set back counts as standing still, so no duration
//!   is negative.
//! - An interrupted session ends at the last moment it was heard of, not when it was given up.

use deskhand_protocol::{
    UnixMillis,
    capability::Capability,
    key::PublicKey,
    limit::CAPABILITIES,
    record::{ConsentAnswer, EndReason, SessionEvent, SessionStatus},
    relay::Report,
};

/// Why something cannot happen to a session now. The session is then unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LifeError {
    /// It is over.
    #[error("the session has ended")]
    Over,
    /// Only the other end may report this.
    #[error("this end may not report that")]
    NotYours,
    /// It does not fit where the session stands.
    #[error("that does not fit where the session stands")]
    Misfit,
    /// The report contradicts itself or is too long.
    #[error("the report makes no sense")]
    Nonsense,
}

/// Which end of a session speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// The technician's.
    Console,
    /// The customer's.
    Helper,
}

/// Where a session stands; the part of its record that rules change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// Where it stands.
    pub status: SessionStatus,
    /// The key the first claim bound it to.
    pub helper_key: Option<PublicKey>,
    /// What the customer granted last.
    pub granted: Vec<Capability>,
    /// When the helper first came.
    pub waiting_at: Option<UnixMillis>,
    /// When the screen was first shared.
    pub started_at: Option<UnixMillis>,
    /// When it ended.
    pub ended_at: Option<UnixMillis>,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// The last moment either end was heard of.
    pub last_active_at: UnixMillis,
    /// What it was when the relay itself lost sight of it. The call may have gone on between the two ends, so a
    /// helper that comes back takes it up again; a loss that an end has reported is over only when an end says so
    /// (`server-lite/docs/decisions/0007-lost-sight-or-lost.md`).
    pub unseen: Option<SessionStatus>,
}

/// Whether anything changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It did, and this is to be recorded.
    Changed(SessionEvent),
    /// It was so already.
    Unchanged,
}

impl Life {
    /// A session that was just made.
    #[must_use]
    pub const fn open(now: UnixMillis) -> Self {
        Self {
            status: SessionStatus::Open,
            helper_key: None,
            granted: Vec::new(),
            waiting_at: None,
            started_at: None,
            ended_at: None,
            end_reason: None,
            last_active_at: now,
            unseen: None,
        }
    }

    /// Whether it is over.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        is_over(self.status)
    }

    /// Notes that an end was heard of.
    pub fn heard(&mut self, now: UnixMillis) {
        if !self.is_over() {
            self.last_active_at = self.last_active_at.max(now);
        }
    }

    /// The helper with this key came, by a good claim or by taking up what it had claimed before. Whether the claim
    /// is good is decided by [`invitation::claim`](crate::invitation::claim).
    ///
    /// # Errors
    ///
    /// [`LifeError::Over`], or [`LifeError::NotYours`] when the session is bound to another key.
    pub fn helper_came(&mut self, key: PublicKey, now: UnixMillis) -> Result<Outcome, LifeError> {
        self.alive()?;
        if self.helper_key.is_some_and(|bound| bound != key) {
            return Err(LifeError::NotYours);
        }
        self.heard(now);
        self.helper_key = Some(key);
        if self.status == SessionStatus::Open {
            self.status = SessionStatus::Waiting;
        }
        if let Some(before) = self.unseen.take() {
            self.status = before;
        }
        self.waiting_at.get_or_insert(self.last_active_at);
        Ok(Outcome::Changed(SessionEvent::HelperCame))
    }

    /// Lets go of a helper that has never shared anything, so that a new code can bind another one.
    ///
    /// # Errors
    ///
    /// [`LifeError::Over`], or [`LifeError::Misfit`] when the screen has been shared.
    pub fn release(&mut self, now: UnixMillis) -> Result<Option<PublicKey>, LifeError> {
        self.alive()?;
        if self.started_at.is_some() {
            return Err(LifeError::Misfit);
        }
        self.heard(now);
        self.status = SessionStatus::Open;
        Ok(self.helper_key.take())
    }

    /// Takes in what an end reports.
    ///
    /// # Errors
    ///
    /// [`LifeError`]; the session is then unchanged. Ending an ended session is not an error.
    pub fn report(&mut self, from: End, report: &Report, now: UnixMillis) -> Result<Outcome, LifeError> {
        if let Report::Ended { reason } = report {
            return match reason {
                EndReason::Expired => Err(LifeError::NotYours),
                reason => Ok(self.end(*reason, now)),
            };
        }
        self.alive()?;
        let helper_only = matches!(
            report,
            Report::Consent { .. }
                | Report::Granted { .. }
                | Report::Attempted { .. }
                | Report::Reported { .. }
                | Report::Live
                | Report::Paused { .. }
        );
        let console_only = matches!(report, Report::CodeRevoked);
        if (helper_only && from != End::Helper) || (console_only && from != End::Console) {
            return Err(LifeError::NotYours);
        }
        let outcome = self.take(report)?;
        self.heard(now);
        self.unseen = None;
        if outcome == Outcome::Changed(SessionEvent::WentLive) {
            self.started_at.get_or_insert(self.last_active_at);
        }
        Ok(outcome)
    }

    fn take(&mut self, report: &Report) -> Result<Outcome, LifeError> {
        use SessionStatus as S;
        match report {
            Report::Consent { asked, granted, answer } => {
                let yes = matches!(answer, ConsentAnswer::Allowed | ConsentAnswer::GrantFile);
                let sensible = asked.len() <= CAPABILITIES
                    && granted.len() <= asked.len()
                    && granted.iter().all(|one| asked.contains(one))
                    && (yes || granted.is_empty());
                if !sensible {
                    return Err(LifeError::Nonsense);
                }
                if self.status == S::Open {
                    return Err(LifeError::Misfit);
                }
                if yes {
                    self.granted.clone_from(granted);
                }
                Ok(Outcome::Changed(SessionEvent::Consent {
                    asked: asked.clone(),
                    granted: granted.clone(),
                    answer: *answer,
                }))
            }
            Report::Granted { granted } => {
                if granted.len() > CAPABILITIES {
                    return Err(LifeError::Nonsense);
                }
                if self.status == S::Open {
                    return Err(LifeError::Misfit);
                }
                if self.granted == *granted {
                    return Ok(Outcome::Unchanged);
                }
                self.granted.clone_from(granted);
                Ok(Outcome::Changed(SessionEvent::Granted { granted: granted.clone() }))
            }
            Report::Attempted { .. } | Report::Reported { .. } if self.status == S::Open => Err(LifeError::Misfit),
            Report::Attempted { capability } => {
                Ok(Outcome::Changed(SessionEvent::Attempted { capability: *capability }))
            }
            Report::Reported { technician } => Ok(Outcome::Changed(SessionEvent::Reported { technician: *technician })),
            Report::Live => match self.status {
                S::Open => Err(LifeError::Misfit),
                S::Live => Ok(Outcome::Unchanged),
                _ => {
                    self.status = S::Live;
                    Ok(Outcome::Changed(SessionEvent::WentLive))
                }
            },
            Report::Paused { paused } => {
                if self.started_at.is_none() {
                    return Err(LifeError::Misfit);
                }
                let status = if *paused { S::Paused } else { S::Live };
                if self.status == status {
                    return Ok(Outcome::Unchanged);
                }
                self.status = status;
                Ok(Outcome::Changed(SessionEvent::Paused { paused: *paused }))
            }
            Report::ConnectionLost if self.unseen.is_some() => Ok(Outcome::Changed(SessionEvent::ConnectionLost)),
            Report::ConnectionLost => Ok(self.lose()),
            Report::CodeRevoked => Ok(Outcome::Changed(SessionEvent::CodeRevoked)),
            Report::Ended { .. } => Ok(Outcome::Unchanged),
        }
    }

    /// The relay has lost sight of both ends, or was away itself.
    pub const fn lose_sight(&mut self) -> Outcome {
        let before = self.status;
        let outcome = self.lose();
        if matches!(outcome, Outcome::Changed(_)) {
            self.unseen = Some(before);
        }
        outcome
    }

    /// An end was lost: a session that shares waits for it.
    const fn lose(&mut self) -> Outcome {
        match self.status {
            SessionStatus::Live | SessionStatus::Paused => {
                self.status = SessionStatus::Reconnecting;
                Outcome::Changed(SessionEvent::ConnectionLost)
            }
            _ => Outcome::Unchanged,
        }
    }

    /// Ends it. Ending twice changes nothing: the first reason and moment stay.
    pub fn end(&mut self, reason: EndReason, now: UnixMillis) -> Outcome {
        if self.is_over() {
            return Outcome::Unchanged;
        }
        if reason == EndReason::Interrupted {
            self.status = SessionStatus::Interrupted;
        } else {
            self.heard(now);
            self.status = SessionStatus::Ended;
        }
        self.unseen = None;
        self.ended_at = Some(self.last_active_at);
        self.end_reason = Some(reason);
        Outcome::Changed(SessionEvent::Ended { reason })
    }

    /// From start to end, or to now for one that is not over. Milliseconds.
    #[must_use]
    pub fn duration_ms(&self, now: UnixMillis) -> Option<u64> {
        duration_ms(self.started_at, self.ended_at, self.last_active_at, now)
    }

    const fn alive(&self) -> Result<(), LifeError> {
        if self.is_over() { Err(LifeError::Over) } else { Ok(()) }
    }
}

/// The rule of [`Life::duration_ms`] for a session of which only its moments are at hand.
#[must_use]
pub fn duration_ms(
    started_at: Option<UnixMillis>,
    ended_at: Option<UnixMillis>,
    last_active_at: UnixMillis,
    now: UnixMillis,
) -> Option<u64> {
    let end = ended_at.unwrap_or_else(|| now.max(last_active_at));
    Some(u64::try_from(end.0.saturating_sub(started_at?.0)).unwrap_or(0))
}

/// Whether this status is final.
#[must_use]
pub const fn is_over(status: SessionStatus) -> bool {
    matches!(status, SessionStatus::Ended | SessionStatus::Interrupted)
}
