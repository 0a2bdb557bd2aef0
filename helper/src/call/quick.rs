//! Quick actions: what the technician has done to the machine or to a program of it, once the customer says yes to it,
//! and what he may know of both. Every step asks the session at the moment of use.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

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
    /// By whom.
    who: Who,
    deed: Deed,
    /// The program that is to be ended.
    pub(super) program: Option<Name>,
}

/// What quick actions keep between two of them.
#[derive(Debug, Default)]
pub(super) struct Quick {
    pub(super) wanted: Option<Wanted>,
    programs: Arc<Mutex<Programs>>,
    /// For whom a look is under way; another one is not begun for him.
    looking: BTreeSet<Who>,
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
    pub(super) fn wants(&mut self, who: Who, deed: Deed) {
        let capability = deed.capability();
        if self.quick.wanted.is_some() || self.view.question.is_some() {
            return self.did(who, deed, Outcome::Busy);
        }
        if read(&self.session).permit(who, capability, Instant::now()).is_err() {
            return self.not_permitted(who, deed);
        }
        let program = match deed {
            Deed::EndProgram { program, .. } => {
                let name = lock(&self.quick.programs).name(program);
                if name.is_none() {
                    return self.did(who, deed, Outcome::NotFound);
                }
                name
            }
            _ => None,
        };
        if deed == Deed::Restart && matches!(self.machine.policy, Policy::GrantFile(_)) {
            // Whoever started it there starts it again.
            return self.did(who, deed, Outcome::Unsupported);
        }
        self.quick.wanted = Some(Wanted { who, deed, program });
        self.did(who, deed, Outcome::Asking);
        self.tell(who, Event::Confirm(capability));
    }

    /// The customer said yes to what he was asked.
    pub(super) fn confirmed(&mut self, who: Who, capability: Capability) {
        let Some(Wanted { deed, .. }) = self.quick.wanted.take_if(|wanted| wanted.who == who) else { return };
        if deed.capability() != capability {
            return self.did(who, deed, Outcome::Denied);
        }
        let begun = {
            let session = read(&self.session);
            match session.permit(who, capability, Instant::now()) {
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
            Ok(None) => self.did(who, deed, Outcome::Done),
            Ok(Some(child)) => {
                // Said at once: of what the system does next nothing may be heard any more.
                if deed != Deed::Lock {
                    self.did(who, deed, Outcome::Done);
                }
                self.work_for(who, async move { Done::Did(deed, ended(child).await) });
            }
            Err(Outcome::NotGranted) => self.not_permitted(who, deed),
            Err(outcome) => {
                if deed == Deed::Restart {
                    drop(again::take(&self.machine.folder));
                }
                self.did(who, deed, outcome);
            }
        }
    }

    /// He did not, or can no longer be asked.
    pub(super) fn not_confirmed(&mut self, who: Who) {
        if let Some(Wanted { deed, .. }) = self.quick.wanted.take_if(|wanted| wanted.who == who) {
            self.did(who, deed, Outcome::Denied);
        }
    }

    /// The system's program has ended.
    pub(super) fn deed_done(&mut self, who: Who, deed: Deed, outcome: Outcome) {
        tracing::info!(?deed, ?outcome, "what the customer confirmed was done");
        if outcome != Outcome::Done && deed == Deed::Restart {
            self.stay();
        }
        if outcome != Outcome::Done || deed == Deed::Lock {
            self.did(who, deed, outcome);
        }
    }

    /// There is no restart, or nothing to go on with after it.
    pub(super) fn stay(&mut self) {
        if self.quick.restarting.take().is_some() {
            drop(again::take(&self.machine.folder));
        }
    }

    /// The technician wants to know what runs.
    pub(super) fn tell_programs(&mut self, who: Who) {
        if !self.may_learn(who, Capability::TaskManager) {
            return;
        }
        let programs = Arc::clone(&self.quick.programs);
        self.look_for(who, move || {
            lock(&programs).look();
            Done::Looked
        });
    }

    /// Looks at what takes a moment, beside the call.
    fn look_for(&mut self, who: Who, look: impl FnOnce() -> Done + Send + 'static) {
        let Some(party) = self.parties.get(&who) else { return };
        let attempt = party.attempt;
        self.work.spawn_blocking(move || (who, attempt, look()));
    }

    /// The look is done.
    pub(super) fn looked(&mut self, who: Who) {
        self.quick.looking.remove(&who);
        let list = {
            let session = read(&self.session);
            let permit = session.permit(who, Capability::TaskManager, Instant::now());
            permit.ok().and_then(|permit| lock(&self.quick.programs).list(&permit).ok())
        };
        if let (Some((programs, more)), Some(share)) = (list, self.share(who)) {
            share.say(&ToConsole::Programs { programs, more });
        }
    }

    /// The technician wants to know what computer it is.
    pub(super) fn tell_system(&mut self, who: Who) {
        if self.may_learn(who, Capability::SystemInfo) {
            self.look_for(who, || Done::Learnt(Box::new(system_facts())));
        }
    }

    /// It is known now.
    pub(super) fn learnt(&mut self, who: Who, facts: SystemFacts) {
        self.quick.looking.remove(&who);
        let may = read(&self.session).permit(who, Capability::SystemInfo, Instant::now()).is_ok();
        if let Some(share) = self.share(who).filter(|_| may) {
            share.say(&ToConsole::System { facts });
        }
    }

    /// Nothing of an earlier connection is under way any more.
    pub(super) fn forget_looks(&mut self, who: Who) {
        self.quick.looking.remove(&who);
    }

    fn may_learn(&mut self, who: Who, capability: Capability) -> bool {
        if read(&self.session).permit(who, capability, Instant::now()).is_err() {
            self.tell(who, Event::Attempted(capability));
            self.refuse(who, ErrorCode::NotGranted, "this is not granted now");
            return false;
        }
        // A console that asks faster than it is answered gets fewer answers.
        self.quick.looking.insert(who)
    }

    fn not_permitted(&mut self, who: Who, deed: Deed) {
        self.tell(who, Event::Attempted(deed.capability()));
        self.did(who, deed, Outcome::NotGranted);
    }

    fn did(&mut self, who: Who, deed: Deed, outcome: Outcome) {
        if let Some(share) = self.share(who) {
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
