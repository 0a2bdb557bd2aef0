//! Quick actions: what the technician has done to the machine or to a program of it, once the customer says yes to it,
//! and what he may know of both. Every step asks the session at the moment of use.

use std::sync::{Mutex, PoisonError};

use deskhand_desk::{
    power,
    programs::{Programs, system_facts},
};
use deskhand_protocol::text::Name;
use deskhand_session::Policy;

use super::*;
use crate::again;

/// How long the system's own program may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a restart may take to come: the system may ask for a password first. After that the call ends like any other
/// when the program is told to stop, and nothing is left for a later start.
const RESTART: Duration = Duration::from_secs(120);

/// What the customer is asked about.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    deed: Deed,
    /// The program that is to be ended.
    pub(super) program: Option<Name>,
}

/// What quick actions keep between two of them.
#[derive(Debug, Default)]
pub(super) struct Quick {
    pub(super) wanted: Option<Wanted>,
    programs: Arc<Mutex<Programs>>,
    /// A look is under way; another one is not begun.
    looking: bool,
    /// Since when the machine is about to restart, and the call to go on after it.
    pub(super) restarting: Option<Instant>,
}

impl Quick {
    /// Whether there is no restart after all: the system asked somebody for his password, and got none.
    pub(super) fn waits_in_vain(&self, now: Instant) -> bool {
        self.restarting.is_some_and(|since| now.saturating_duration_since(since) >= RESTART)
    }
}

impl Running<'_> {
    /// The technician wants something that interrupts the customer's work.
    pub(super) fn wants(&mut self, deed: Deed) {
        let capability = deed.capability();
        if self.quick.wanted.is_some() || self.view.question.is_some() {
            return self.did(deed, Outcome::Busy);
        }
        if read(&self.session).permit(capability, Instant::now()).is_err() {
            return self.not_permitted(deed);
        }
        let program = match deed {
            Deed::EndProgram { program, .. } => match lock(&self.quick.programs).name(program) {
                Some(name) => Some(name),
                None => return self.did(deed, Outcome::NotFound),
            },
            _ => None,
        };
        if deed == Deed::Restart && matches!(self.machine.policy, Policy::GrantFile(_)) {
            // Whoever started it there starts it again.
            return self.did(deed, Outcome::Unsupported);
        }
        self.quick.wanted = Some(Wanted { deed, program });
        self.did(deed, Outcome::Asking);
        self.tell(Event::Confirm(capability));
    }

    /// The customer said yes to what he was asked.
    pub(super) fn confirmed(&mut self, capability: Capability) {
        let Some(Wanted { deed, .. }) = self.quick.wanted.take() else { return };
        if deed.capability() != capability {
            return self.did(deed, Outcome::Denied);
        }
        let begun = {
            let session = read(&self.session);
            match session.permit(capability, Instant::now()) {
                Err(_) => Err(Outcome::NotGranted),
                Ok(permit) => match deed {
                    Deed::EndProgram { program, ending } => {
                        lock(&self.quick.programs).end(program, ending, &permit).map(|()| None)
                    }
                    _ => power::program(deed, &permit).and_then(|program| {
                        if deed == Deed::Restart {
                            again::keep(&self.call, &self.machine.folder, &permit).map_err(|error| {
                                tracing::warn!(%error, "the machine is not restarted");
                                Outcome::Failed
                            })?;
                        }
                        start(program).map(Some)
                    }),
                },
            }
        };
        if deed == Deed::Restart {
            self.quick.restarting = begun.is_ok().then(Instant::now);
        }
        match begun {
            Ok(None) => self.did(deed, Outcome::Done),
            Ok(Some(child)) => {
                let attempt = self.attempt;
                // Said at once: of what the system does next nothing may be heard any more.
                if deed != Deed::Lock {
                    self.did(deed, Outcome::Done);
                }
                self.work.spawn(async move { (attempt, Done::Did(deed, ended(child).await)) });
            }
            Err(Outcome::NotGranted) => self.not_permitted(deed),
            Err(outcome) => {
                if deed == Deed::Restart {
                    drop(again::take(&self.machine.folder));
                }
                self.did(deed, outcome);
            }
        }
    }

    /// He did not, or can no longer be asked.
    pub(super) fn not_confirmed(&mut self) {
        if let Some(Wanted { deed, .. }) = self.quick.wanted.take() {
            self.did(deed, Outcome::Denied);
        }
    }

    /// The system's program has ended.
    pub(super) fn deed_done(&mut self, deed: Deed, outcome: Outcome) {
        tracing::info!(?deed, ?outcome, "what the customer confirmed was done");
        if outcome != Outcome::Done && deed == Deed::Restart {
            self.stay();
        }
        if outcome != Outcome::Done || deed == Deed::Lock {
            self.did(deed, outcome);
        }
    }

    /// There is no restart, or nothing to go on with after it.
    pub(super) fn stay(&mut self) {
        if self.quick.restarting.take().is_some() {
            drop(again::take(&self.machine.folder));
        }
    }

    /// The technician wants to know what runs.
    pub(super) fn tell_programs(&mut self) {
        if !self.may_learn(Capability::TaskManager) {
            return;
        }
        let (attempt, programs) = (self.attempt, Arc::clone(&self.quick.programs));
        self.work.spawn_blocking(move || {
            lock(&programs).look();
            (attempt, Done::Looked)
        });
    }

    /// The look is done.
    pub(super) fn looked(&mut self) {
        self.quick.looking = false;
        let list = {
            let session = read(&self.session);
            let permit = session.permit(Capability::TaskManager, Instant::now());
            permit.ok().and_then(|permit| lock(&self.quick.programs).list(&permit).ok())
        };
        if let (Some((programs, more)), Some(share)) = (list, &self.share) {
            share.say(&ToConsole::Programs { programs, more });
        }
    }

    /// The technician wants to know what computer it is.
    pub(super) fn tell_system(&mut self) {
        if !self.may_learn(Capability::SystemInfo) {
            return;
        }
        let attempt = self.attempt;
        self.work.spawn_blocking(move || (attempt, Done::Learnt(Box::new(system_facts()))));
    }

    /// It is known now.
    pub(super) fn learnt(&mut self, facts: SystemFacts) {
        self.quick.looking = false;
        let may = read(&self.session).permit(Capability::SystemInfo, Instant::now()).is_ok();
        if let Some(share) = self.share.as_ref().filter(|_| may) {
            share.say(&ToConsole::System { facts });
        }
    }

    /// Nothing of an earlier connection is under way any more.
    pub(super) const fn forget_looks(&mut self) {
        self.quick.looking = false;
    }

    fn may_learn(&mut self, capability: Capability) -> bool {
        if read(&self.session).permit(capability, Instant::now()).is_err() {
            self.tell(Event::Attempted(capability));
            self.refuse(ErrorCode::NotGranted, "this is not granted now");
            return false;
        }
        // A console that asks faster than it is answered gets fewer answers.
        !std::mem::replace(&mut self.quick.looking, true)
    }

    fn not_permitted(&mut self, deed: Deed) {
        self.tell(Event::Attempted(deed.capability()));
        self.did(deed, Outcome::NotGranted);
    }

    fn did(&self, deed: Deed, outcome: Outcome) {
        if let Some(share) = &self.share {
            share.say(&ToConsole::Did { deed, outcome });
        }
    }
}

fn lock(programs: &Mutex<Programs>) -> std::sync::MutexGuard<'_, Programs> {
    programs.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start(program: std::process::Command) -> Result<tokio::process::Child, Outcome> {
    let mut program = tokio::process::Command::from(program);
    program.stdin(std::process::Stdio::null()).spawn().map_err(|error| {
        tracing::warn!(%error, "the system's program cannot be started");
        if error.kind() == std::io::ErrorKind::NotFound { Outcome::Unsupported } else { Outcome::Failed }
    })
}

async fn ended(mut child: tokio::process::Child) -> Outcome {
    match tokio::time::timeout(PATIENCE, child.wait()).await {
        Ok(Ok(status)) if status.success() => Outcome::Done,
        Ok(Ok(_)) => Outcome::Refused,
        Ok(Err(_)) => Outcome::Failed,
        // It still is at work: that is the system's way to say yes.
        Err(_) => Outcome::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_that_does_not_come_is_not_waited_for_any_longer() {
        let begun = Instant::now();
        let quick = Quick { restarting: Some(begun), ..Quick::default() };
        assert!(!quick.waits_in_vain(begun + RESTART - Duration::from_millis(1)));
        assert!(quick.waits_in_vain(begun + RESTART));
        assert!(!Quick::default().waits_in_vain(begun + RESTART), "none was begun");
    }
}
