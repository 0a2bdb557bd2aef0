//! What the customer takes back, holds back and gives back during the call, and what the rest of the program must know
//! of it.

use deskhand_protocol::{
    capability::{Capabilities, Capability},
    relay::Report,
};

use super::{Connection, Grant, Session};
use crate::{Command, Return};

impl Session {
    pub(super) fn revoked(&mut self, capability: Capability) {
        let Some(grant) = &mut self.grant else { return };
        if !grant.capabilities.remove(&capability) {
            return;
        }
        if capability == Capability::View {
            grant.capabilities.remove(&Capability::Control);
            grant.capabilities.remove(&Capability::Point);
        }
        let left = grant.capabilities.clone();
        grant.held.retain(|one| left.contains(one));
    }

    pub(super) fn held(&mut self, capability: Capability) {
        if let Some(grant) = &mut self.grant
            && grant.capabilities.contains(&capability)
        {
            grant.held.insert(capability);
        }
    }

    pub(super) fn given_back(&mut self, capability: Capability) {
        if self.grant.as_ref().is_some_and(|grant| grant.held.contains(&capability))
            && self.believed()
            && let Some(grant) = &mut self.grant
        {
            grant.held.remove(&capability);
            self.active = self.now;
        }
    }

    pub(super) fn paused(&mut self) {
        if self.paused || self.grant.is_none() {
            return;
        }
        self.paused = true;
        self.withdraw();
        self.settle();
        self.report(Report::Paused { paused: true });
    }

    pub(super) fn resumed(&mut self) {
        if !self.paused || !self.believed() {
            return;
        }
        self.paused = false;
        self.active = self.now;
        self.settle();
        self.report(Report::Paused { paused: false });
    }

    pub(super) fn returns(&mut self, returns: Return) {
        if self.grant.as_ref().is_none_or(|grant| grant.returns == returns)
            || (returns == Return::Free && !self.believed())
        {
            return;
        }
        let now = self.now;
        if let Some(grant) = &mut self.grant {
            grant.returns = returns;
            if grant.connection != Connection::Up {
                grant.connection = grant.waits(now);
            }
        }
    }

    /// Whether a click that gives something counts.
    fn believed(&mut self) -> bool {
        let alone = self.is_customer_alone(self.now);
        if !alone {
            self.commands.push_back(Command::NotBelieved);
        }
        alone
    }

    /// Nothing is used any more; what may be used again is told anew by [`settle`](Self::settle).
    pub(super) fn stop_using(&mut self) {
        let before = std::mem::take(&mut self.told.usable);
        if !before.is_empty() {
            self.commands.push_back(Command::Usable(Capabilities::new()));
        }
        if before.contains(&Capability::View) {
            self.commands.push_back(Command::StopSharing);
        }
        if before.contains(&Capability::Control) || before.contains(&Capability::Point) {
            self.commands.push_back(Command::ReleaseEverything);
        }
    }

    /// Tells what has changed: what may be used, how the grants stand, what the record should say.
    pub(super) fn settle(&mut self) {
        if self.ended.is_some() {
            return;
        }
        let usable: Capabilities =
            self.granted().into_iter().filter(|one| self.permit(*one, self.now).is_ok()).collect();
        if usable != self.told.usable {
            let before = std::mem::replace(&mut self.told.usable, usable.clone());
            let (gone, came) = (&before - &usable, &usable - &before);
            self.commands.push_back(Command::Usable(usable));
            if gone.contains(&Capability::View) {
                self.commands.push_back(Command::StopSharing);
            }
            if gone.contains(&Capability::Control) || gone.contains(&Capability::Point) {
                self.commands.push_back(Command::ReleaseEverything);
            }
            if came.contains(&Capability::View) {
                self.commands.push_back(Command::StartSharing);
            }
        }
        let standing = self.standing();
        if standing != self.told.standing {
            self.told.standing = standing.clone();
            self.commands.push_back(Command::Standing(standing));
        }
        let given = self.grant.as_ref().map(Grant::given).unwrap_or_default();
        if given != self.told.recorded && self.grant.is_some() {
            self.told.recorded.clone_from(&given);
            self.report(Report::Granted { granted: given.into_iter().collect() });
        }
    }
}
