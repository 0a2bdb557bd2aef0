//! Asks for help where no technician is there, or none has time: of a relay that a package vouches for, or whose
//! technicians' words the customer has compared before.
//!
//! What is asked goes to that relay and no other, with its certificate checked before a word of it leaves. What comes of
//! it is a call as from a link: it grants nothing. A company whose package or technician it was must vouch for whoever
//! comes. The link is the relay's to hand on, so this relay is trusted as one is whose page gave it
//! (`docs/decisions/0043-who-takes-the-program-from-a-relay-trusts-it.md`).

use std::time::Duration;

use deskhand_link::{
    handshake::TechnicianPin,
    relay::{HttpError, Route, ask_for_help, where_help_stands},
    tls::Trust,
};
use deskhand_protocol::{
    code::RelayAddress,
    error::ErrorCode,
    key::PublicKey,
    limit::PROBLEM_CHARS,
    package::PackageRelay,
    template::{HelpStands, NewHelpRequest},
    text::{ChatText, Name},
};
use serde::{Deserialize, Serialize};
use tokio::{sync::mpsc::WeakUnboundedSender, task::AbortHandle};

use crate::{
    single::Knock,
    start::{Call, Source},
    view::{Action, HelpStage, HelpView, Stage, View},
};

/// How often it is asked what has become of a request: as often as the relay's page does.
const AGAIN: Duration = Duration::from_secs(3);

/// Of whom help can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// The relay.
    pub relay: PackageRelay,
    /// What the company calls itself.
    pub company: Name,
    /// Its key, if it must vouch for whoever comes.
    pub key: Option<PublicKey>,
}

impl Desk {
    /// The relay at the end of a way; `None` if nothing but a handshake could judge its certificate.
    #[must_use]
    pub fn at(route: &Route, company: Name, key: Option<PublicKey>) -> Option<Self> {
        let pin = match &route.trust {
            Trust::System => None,
            Trust::Pinned(pins) => Some(*pins.first()?),
            Trust::Provisional => return None,
        };
        Some(Self { relay: PackageRelay { address: route.address.clone(), pin }, company, key })
    }

    /// That of a call, if a package or a relay's answer vouches for it.
    #[must_use]
    pub fn of_call(call: &Call) -> Option<Self> {
        match &call.source {
            Source::Asked(desk, _) => return Some(Self::clone(desk)),
            Source::Package(_) => {}
            Source::Typed(_) | Source::Name(_) => return None,
        }
        let named = call.technician.as_ref()?;
        let key = match &named.pin {
            TechnicianPin::Company(key) => Some(*key),
            TechnicianPin::Key(_) | TechnicianPin::Tag(_) => None,
        };
        Self::at(call.routes.first()?, named.company.clone(), key)
    }

    /// The way to it.
    #[must_use]
    pub fn route(&self) -> Route {
        Route::packaged(&self.relay)
    }
}

/// One request at a time, and where it stands.
#[derive(Debug)]
pub struct Asking {
    desk: Option<Desk>,
    stage: HelpStage,
    work: Option<AbortHandle>,
    actions: WeakUnboundedSender<Action>,
}

impl Asking {
    pub(crate) const fn new(actions: WeakUnboundedSender<Action>) -> Self {
        Self { desk: None, stage: HelpStage::Offered, work: None, actions }
    }

    /// Of whom help can be asked from now on, unless it has been asked already of another one.
    pub fn knows(&mut self, desk: Option<Desk>) {
        if desk.is_some() && self.stage != HelpStage::Waiting && self.stage != HelpStage::Sending {
            self.desk = desk;
            self.stage = HelpStage::Offered;
        }
    }

    /// Nothing is asked of this relay any more.
    pub(crate) fn forgets(&mut self, relay: &RelayAddress) {
        if self.desk.as_ref().is_some_and(|desk| desk.relay.address == *relay) {
            self.is_answered();
            self.desk = None;
        }
    }

    /// What the window offers beside a view: in the field, and while the technician of this relay is away.
    pub(crate) fn beside(&self, view: &View) -> Option<HelpView> {
        let desk = self.desk.as_ref()?;
        let relay = desk.relay.address.authority();
        let away = |technician: &crate::view::TechnicianView| !technician.online && technician.relay == relay;
        let offers = match view.stage {
            Stage::Field => true,
            Stage::Waiting => view.technician.as_ref().is_some_and(away),
            _ => false,
        };
        offers.then(|| HelpView { company: desk.company.clone(), relay: relay.to_owned(), stage: self.stage })
    }

    /// Asks, unless that is being done. What is blank is no request.
    pub(crate) fn ask(&mut self, name: &str, problem: &str) {
        let cut: String = problem.trim().chars().take(PROBLEM_CHARS).collect();
        let request = NewHelpRequest { name: Name::lossy(name.trim()), problem: ChatText::lossy(&cut) };
        if request.name.is_blank() || request.problem.is_blank() || !self.stage.may_ask() {
            return;
        }
        let Some(desk) = self.desk.clone() else { return };
        self.stop();
        self.stage = HelpStage::Sending;
        self.work = Some(tokio::spawn(follow(desk, request, self.actions.clone())).abort_handle());
    }

    /// Something has become of it.
    pub(crate) const fn told(&mut self, stage: HelpStage) {
        self.stage = stage;
    }

    /// A call has begun that came of it.
    pub(crate) fn is_answered(&mut self) {
        self.stop();
        self.stage = HelpStage::Offered;
    }

    fn stop(&mut self) {
        if let Some(work) = self.work.take() {
            work.abort();
        }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Asks, and asks again what has become of it, until something has.
async fn follow(desk: Desk, request: NewHelpRequest, actions: WeakUnboundedSender<Action>) {
    let say = |action| actions.upgrade().is_some_and(|actions| actions.send(action).is_ok());
    let route = desk.route();
    let id = match ask_for_help(&route, &request).await {
        Ok(id) => id,
        Err(error) => {
            tracing::info!(%error, "the request was not taken");
            let too_many = error.code() == Some(ErrorCode::TooMany);
            say(Action::HelpTold { stage: if too_many { HelpStage::TooMany } else { HelpStage::Failed } });
            return;
        }
    };
    let mut goes_on = say(Action::HelpTold { stage: HelpStage::Waiting });
    while goes_on {
        tokio::time::sleep(AGAIN).await;
        match where_help_stands(&route, id).await {
            Ok(HelpStands::TakenUp { link }) => {
                say(Action::Knocked { knock: Box::new(Knock::Call(Source::Asked(Box::new(desk), link))) });
                return;
            }
            Ok(HelpStands::PutAside) => {
                say(Action::HelpTold { stage: HelpStage::PutAside });
                return;
            }
            Err(HttpError::Refused(refusal)) if refusal.code == ErrorCode::NotFound => {
                say(Action::HelpTold { stage: HelpStage::PutAside });
                return;
            }
            // The line may come back.
            Ok(HelpStands::Waiting) | Err(_) => goes_on = actions.upgrade().is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::{code::Invitation, key::Digest, template::RequestLink};
    use tokio::sync::mpsc;

    use super::*;
    use crate::view::TechnicianView;

    fn desk(key: Option<PublicKey>) -> Desk {
        let relay = PackageRelay { address: "help.example.org".parse().unwrap(), pin: Some(Digest([3; 32])) };
        Desk { relay, company: Name::lossy("Help & Co"), key }
    }

    fn link() -> RequestLink {
        let invitation = Invitation::link([1; 10], [2; 16]);
        RequestLink { secret: invitation.secret.reveal().to_owned(), finder: invitation.finder }
    }

    #[test]
    fn a_call_that_comes_of_it_goes_to_the_same_relay_and_asks_for_the_same_company() {
        let key = PublicKey([7; 32]);
        let call = Source::Asked(Box::new(desk(Some(key))), link()).call().unwrap();
        assert_eq!(call.routes, [desk(None).route()]);
        assert_eq!(call.technician.as_ref().map(|named| named.pin.clone()), Some(TechnicianPin::Company(key)));
        assert_eq!(Desk::of_call(&call), Some(desk(Some(key))));
        let anyone = Source::Asked(Box::new(desk(None)), link()).call().unwrap();
        assert_eq!((anyone.technician.as_ref(), Desk::of_call(&anyone)), (None, Some(desk(None))));
        let damaged = RequestLink { secret: "no".to_owned(), ..link() };
        assert!(Source::Asked(Box::new(desk(None)), damaged).call().is_err());
        let typed = Call::typed("help.example.org K7MP-4QXD").unwrap();
        assert_eq!(Desk::of_call(&typed), None, "nobody has judged that relay's certificate");
        assert_eq!(Desk::at(&Route::typed("help.example.org".parse().unwrap()), Name::default(), None), None);
    }

    #[test]
    fn it_is_offered_in_the_field_and_while_the_technician_of_that_relay_is_away() {
        let (actions, _kept) = mpsc::unbounded_channel();
        let mut asking = Asking::new(actions.downgrade());
        let mut view = View::new(Stage::Field);
        assert_eq!(asking.beside(&view), None, "of nobody");
        asking.knows(Some(desk(None)));
        assert_eq!(asking.beside(&view).map(|help| help.relay), Some("help.example.org".to_owned()));
        view.stage = Stage::Waiting;
        let mut technician = TechnicianView::unknown(Name::default(), Name::default(), "help.example.org".to_owned());
        for (online, relay, offered) in
            [(true, "help.example.org", false), (false, "help.example.org", true), (false, "other.example.org", false)]
        {
            (technician.online, technician.relay) = (online, relay.to_owned());
            view.technician = Some(technician.clone());
            assert_eq!(asking.beside(&view).is_some(), offered, "{online} {relay}");
        }
        view.stage = Stage::Live;
        assert_eq!(asking.beside(&view), None);
    }

    #[test]
    fn blank_words_are_no_request_and_one_that_waits_is_not_asked_again() {
        let (actions, _kept) = mpsc::unbounded_channel();
        let mut asking = Asking::new(actions.downgrade());
        asking.knows(Some(desk(None)));
        asking.ask(" ", "It beeps");
        asking.ask("Ada", "\n");
        assert_eq!(asking.stage, HelpStage::Offered);
        asking.told(HelpStage::Waiting);
        // Would need a runtime.
        asking.ask("Ada", "It beeps");
        assert_eq!(asking.stage, HelpStage::Waiting);
        asking.knows(Some(desk(Some(PublicKey([7; 32])))));
        assert_eq!(asking.desk, Some(desk(None)), "the one that was asked");
        asking.forgets(&"other.example.org".parse().unwrap());
        assert_eq!(asking.stage, HelpStage::Waiting);
        asking.is_answered();
        assert_eq!(asking.stage, HelpStage::Offered);
        asking.forgets(&"help.example.org".parse().unwrap());
        assert_eq!(asking.beside(&View::new(Stage::Field)), None);
    }
}
