//! Questions to the customer and what follows from his answers.

use deskhand_protocol::{
    call::signal::DeclineReason,
    capability::{Capabilities, Capability},
    limit::{CONSENT_TIMEOUT, SESSION_HARD_END},
    record::ConsentAnswer,
    relay::Report,
};

use super::{Bar, Connection, Grant, Open, Phase, Session};
use crate::{Answer, Command, Kind, Policy, Question, QuestionId, REFUSALS, Return, works_here};

impl Session {
    pub(super) fn asked(&mut self, asked: Capabilities) {
        let Some(technician) = self.technician.clone() else { return };
        // The same of what is asked for another time, so that coming back is no new question.
        let asked: Capabilities = asked.into_iter().filter(|one| works_here(*one)).collect();
        self.active = self.now;
        let (connected, now) = (self.phase() == Phase::Live, self.now);
        // Coming back after a loss is no new question; asking for more while connected is one.
        if let Some(grant) = &mut self.grant
            && !connected
            && asked.is_subset(&grant.asked)
        {
            grant.connection = grant.waits(now);
            self.withdraw();
            let answer = self.granted();
            self.answer(if answer.is_empty() {
                Answer::Declined(DeclineReason::Denied)
            } else {
                Answer::Granted(answer)
            });
            return;
        }
        let given = self.grant.as_ref().map(Grant::given).unwrap_or_default();
        let new: Capabilities = asked.into_iter().filter(|one| !given.contains(one)).collect();
        let new = usable(&new, &given);
        if new.is_empty() {
            let answer =
                if connected { Answer::Granted(given) } else { Answer::Declined(DeclineReason::NothingToGrant) };
            return self.answer(answer);
        }
        if self.paused {
            return self.answer(Answer::Declined(DeclineReason::Paused));
        }
        if let Policy::GrantFile(standing) = &self.policy {
            let named = standing.technicians.contains(&technician.key) && self.now < standing.until;
            let granted: Capabilities =
                if named { new.intersection(&standing.capabilities).copied().collect() } else { Capabilities::new() };
            return self.answered(new, granted, ConsentAnswer::GrantFile);
        }
        if self.refusals >= REFUSALS {
            return self.answer(Answer::Declined(DeclineReason::Denied));
        }
        if self.beside.asked {
            return self.answer(Answer::Declined(DeclineReason::Busy));
        }
        let kind = if self.grant.is_none() { Kind::First } else { Kind::More };
        self.put(kind, new);
    }

    /// Puts a question to the customer, in place of any other.
    fn put(&mut self, kind: Kind, asked: Capabilities) {
        let Some(technician) = self.technician.clone() else { return };
        self.questions = self.questions.wrapping_add(1);
        let (id, until) = (QuestionId(self.questions), self.now + CONSENT_TIMEOUT);
        self.forget_deed();
        self.open = Some(Open { id, kind, asked: asked.clone(), until, allow_from: None, active: false });
        self.commands.push_back(Command::ShowConsent(Question { id, kind, technician, asked }));
    }

    pub(super) fn allowed(&mut self, question: QuestionId, checked: &Capabilities) {
        let answers = |open: &Open| open.id == question && open.allow_from.is_some_and(|from| self.now >= from);
        if !self.open.as_ref().is_some_and(answers) {
            return;
        }
        let Some(mut open) = self.open.take() else { return };
        self.commands.push_back(Command::HideConsent(open.id));
        if open.kind == Kind::Deed {
            let yes = open.asked.is_subset(checked);
            return self.confirmed(open.asked, if yes { ConsentAnswer::Allowed } else { ConsentAnswer::Denied });
        }
        let given = self.grant.as_ref().map(Grant::given).unwrap_or_default();
        let mut granted: Capabilities = open.asked.intersection(checked).copied().collect();
        // The click that lets him see does not let him steer: that takes another.
        let sees_first = granted.contains(&Capability::View) && !given.contains(&Capability::View);
        let second = sees_first && granted.remove(&Capability::Control);
        if second {
            open.asked.remove(&Capability::Control);
        }
        self.answered(open.asked, granted, ConsentAnswer::Allowed);
        if second {
            self.put(Kind::Hands, [Capability::Control].into());
        }
    }

    /// The open question is answered with no.
    pub(super) fn refuse(&mut self, answer: ConsentAnswer) {
        if let Some(open) = self.open.take() {
            self.commands.push_back(Command::HideConsent(open.id));
            if open.kind == Kind::Deed {
                return self.confirmed(open.asked, answer);
            }
            self.answered(open.asked, Capabilities::new(), answer);
        }
    }

    /// The open question is void without an answer.
    pub(super) fn withdraw(&mut self) {
        self.forget_deed();
        if let Some(open) = self.open.take() {
            self.commands.push_back(Command::HideConsent(open.id));
        }
    }

    /// What would be done if the open question were answered with yes is not done any more.
    fn forget_deed(&mut self) {
        if let Some(Open { kind: Kind::Deed, asked, .. }) = &self.open {
            self.commands.extend(asked.iter().map(|one| Command::NotConfirmed(*one)));
        }
    }

    /// The technician wants to use, this once, what interrupts the customer's work.
    pub(super) fn confirm(&mut self, capability: Capability) {
        self.active = self.now;
        let tired = self.refusals >= REFUSALS;
        if self.open.is_some() || self.beside.asked || tired || self.permit(capability, self.now).is_err() {
            return self.commands.push_back(Command::NotConfirmed(capability));
        }
        match self.policy {
            Policy::Customer => self.put(Kind::Deed, [capability].into()),
            // Nobody sits there; the file has said so for each use.
            Policy::GrantFile(_) => self.confirmed([capability].into(), ConsentAnswer::GrantFile),
        }
    }

    fn confirmed(&mut self, asked: Capabilities, answer: ConsentAnswer) {
        self.active = self.now;
        let yes = matches!(answer, ConsentAnswer::Allowed | ConsentAnswer::GrantFile);
        let granted: Vec<Capability> = asked.iter().copied().filter(|_| yes).collect();
        self.report(Report::Consent { asked: asked.iter().copied().collect(), granted, answer });
        if yes {
            // The record is told anew of all that is granted, beside this one use.
            self.told.recorded.clone_from(&asked);
            self.refusals = 0;
        } else {
            self.refusals = self.refusals.saturating_add(1);
        }
        let command = if yes { Command::Confirmed } else { Command::NotConfirmed };
        self.commands.extend(asked.into_iter().map(command));
    }

    fn answered(&mut self, asked: Capabilities, granted: Capabilities, answer: ConsentAnswer) {
        self.active = self.now;
        let given = self.grant.as_ref().map(Grant::given).unwrap_or_default();
        let granted = usable(&granted, &given);
        // Everything unchecked and then *Allow* is a no.
        let answer =
            if granted.is_empty() && answer == ConsentAnswer::Allowed { ConsentAnswer::Denied } else { answer };
        self.report(Report::Consent {
            asked: asked.iter().copied().collect(),
            granted: granted.iter().copied().collect(),
            answer,
        });
        if granted.is_empty() {
            self.refusals = self.refusals.saturating_add(1);
            if let Some(grant) = &mut self.grant {
                grant.asked.extend(asked);
            }
            let reason = match answer {
                ConsentAnswer::NoAnswer => DeclineReason::NoAnswer,
                _ => DeclineReason::Denied,
            };
            return self.answer(Answer::Declined(reason));
        }
        self.refusals = 0;
        self.told.recorded.clone_from(&granted);
        let hard_end = match &self.policy {
            Policy::Customer => self.now + SESSION_HARD_END,
            Policy::GrantFile(standing) => standing.until.min(self.now + SESSION_HARD_END),
        };
        let hard_end = self.ends.map_or(hard_end, |ends| hard_end.min(ends));
        if self.grant.is_none() {
            // It counts as hidden until it has been seen.
            self.bar = Bar::Hidden { since: self.now };
            self.commands.push_back(Command::ShowBar);
        }
        let grant = self.grant.get_or_insert_with(|| Grant {
            capabilities: Capabilities::new(),
            held: Capabilities::new(),
            asked: Capabilities::new(),
            hard_end,
            returns: Return::default(),
            connection: Connection::Down { until: hard_end },
        });
        if grant.connection != Connection::Up {
            grant.connection = grant.waits(self.now);
        }
        grant.held.retain(|one| !granted.contains(one));
        grant.capabilities.extend(granted);
        grant.asked.extend(asked);
        let all = grant.given();
        self.answer(Answer::Granted(all));
    }

    fn answer(&mut self, answer: Answer) {
        self.commands.push_back(Command::Answer(answer));
    }
}

/// What of `new` can be used beside what is `given`: nobody steers a screen that he may not see, or points at it.
fn usable(new: &Capabilities, given: &Capabilities) -> Capabilities {
    let sees = new.contains(&Capability::View) || given.contains(&Capability::View);
    let blind = |one: &Capability| !sees && matches!(one, Capability::Control | Capability::Point);
    new.iter().copied().filter(|one| !blind(one)).collect()
}
