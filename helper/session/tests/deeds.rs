//! What interrupts the customer's work takes his yes each time, beside the grant.
#![allow(clippy::disallowed_methods, reason = "a test starts the clock")]

use std::time::{Duration, Instant};

use deskhand_protocol::{
    capability::{Capabilities, Capability},
    key::PublicKey,
    limit::CONSENT_TIMEOUT,
    record::ConsentAnswer,
    relay::Report,
    text::Name,
};
use deskhand_session::{
    Command, Event, Kind, NotGranted, Policy, QuestionId, REFUSALS, Session, StandingGrant, Technician,
};

use Capability::{Lock, Restart, View};

struct Call {
    session: Session,
    now: Instant,
}

impl Call {
    /// The technician is connected and was granted to look and to restart.
    fn live() -> Self {
        let now = Instant::now();
        let mut call = Self { session: Session::new(Policy::Customer, now), now };
        call.tell(Event::TechnicianKnown(technician()));
        call.tell(Event::Asked(set(&[View, Restart])));
        call.says(1, Some(&[View, Restart]));
        call.tell(Event::PeerConnected);
        call.tell(Event::BarSeen);
        assert!(call.session.permit(Restart, call.now).is_ok());
        call
    }

    /// What is to be done about deeds and questions.
    fn tell(&mut self, event: Event) -> Vec<Command> {
        self.session.handle(event, self.now);
        let commands = std::iter::from_fn(|| self.session.poll());
        let matters = |command: &Command| {
            matches!(command, Command::Confirmed(_) | Command::NotConfirmed(_) | Command::ShowConsent(_))
        };
        commands.filter(matters).collect()
    }

    /// The customer reads a question and answers: with these, or no.
    fn says(&mut self, question: u32, yes: Option<&[Capability]>) -> Vec<Command> {
        let question = QuestionId(question);
        self.tell(Event::ConsentShown(question));
        self.now += Duration::from_secs(2);
        match yes {
            Some(yes) => self.tell(Event::Allowed { question, capabilities: set(yes) }),
            None => self.tell(Event::Denied(question)),
        }
    }

    fn asks(&mut self) {
        let commands = self.tell(Event::Confirm(Restart));
        let [Command::ShowConsent(question)] = commands.as_slice() else { panic!("{commands:?}") };
        assert_eq!((question.kind, &question.asked), (Kind::Deed, &set(&[Restart])));
    }
}

fn technician() -> Technician {
    Technician { key: PublicKey([1; 32]), name: Name::lossy("Ada"), company: Name::lossy("Help & Co") }
}

fn set(capabilities: &[Capability]) -> Capabilities {
    capabilities.iter().copied().collect()
}

#[test]
fn each_use_is_asked_for_and_a_yes_is_good_for_one() {
    let mut call = Call::live();
    call.asks();
    assert_eq!(call.session.permit(Restart, call.now).err(), Some(NotGranted::ConsentOpen), "not while he is asked");
    assert_eq!(call.says(2, Some(&[Restart])), [Command::Confirmed(Restart)]);
    assert!(call.session.permit(Restart, call.now).is_ok());
    assert_eq!(call.session.granted(), set(&[View, Restart]), "nothing is granted by it");
    call.asks();
    assert_eq!(call.says(3, None), [Command::NotConfirmed(Restart)]);
    assert_eq!(call.session.granted(), set(&[View, Restart]), "nor taken away");
}

#[test]
fn what_is_not_granted_is_not_even_asked() {
    let mut call = Call::live();
    assert_eq!(call.tell(Event::Confirm(Lock)), [Command::NotConfirmed(Lock)]);
    call.tell(Event::Held(Restart));
    assert_eq!(call.tell(Event::Confirm(Restart)), [Command::NotConfirmed(Restart)]);
}

#[test]
fn silence_a_pause_and_another_question_are_a_no() {
    let mut call = Call::live();
    call.asks();
    call.now += CONSENT_TIMEOUT;
    assert_eq!(call.tell(Event::Tick), [Command::NotConfirmed(Restart)]);

    let mut call = Call::live();
    call.asks();
    assert_eq!(call.tell(Event::Paused), [Command::NotConfirmed(Restart)]);

    let mut call = Call::live();
    call.asks();
    let commands = call.tell(Event::Asked(set(&[Lock])));
    assert!(matches!(commands.as_slice(), [Command::NotConfirmed(Restart), Command::ShowConsent(_)]), "{commands:?}");
    assert!(call.says(2, Some(&[Restart])).is_empty(), "an answer to the earlier question");

    let mut call = Call::live();
    call.asks();
    assert_eq!(call.tell(Event::PeerLost), [Command::NotConfirmed(Restart)]);

    let mut call = Call::live();
    call.asks();
    assert_eq!(call.says(2, Some(&[Lock])), [Command::NotConfirmed(Restart)], "yes to something else");
}

#[test]
fn asking_until_someone_gives_in_is_no_consent() {
    let mut call = Call::live();
    for number in 0..REFUSALS {
        call.asks();
        call.says(2 + number, None);
    }
    assert_eq!(call.tell(Event::Confirm(Restart)), [Command::NotConfirmed(Restart)]);
}

#[test]
fn the_record_has_the_answer_and_what_stays_granted() {
    let mut call = Call::live();
    call.asks();
    call.session.handle(Event::ConsentShown(QuestionId(2)), call.now);
    call.now += Duration::from_secs(2);
    let event = Event::Allowed { question: QuestionId(2), capabilities: set(&[Restart]) };
    call.session.handle(event, call.now);
    let reports: Vec<Report> = std::iter::from_fn(|| call.session.poll())
        .filter_map(|command| if let Command::Report(report) = command { Some(report) } else { None })
        .collect();
    let one = Report::Consent { asked: vec![Restart], granted: vec![Restart], answer: ConsentAnswer::Allowed };
    assert_eq!(reports, [one, Report::Granted { granted: vec![View, Restart] }]);
}

#[test]
fn where_nobody_sits_the_grant_file_says_yes() {
    let now = Instant::now();
    let standing = StandingGrant {
        technicians: [PublicKey([1; 32])].into(),
        capabilities: set(&[View, Restart]),
        until: now + Duration::from_secs(3600),
    };
    let mut call = Call { session: Session::new(Policy::GrantFile(standing), now), now };
    call.tell(Event::TechnicianKnown(technician()));
    call.tell(Event::Asked(set(&[View, Restart])));
    call.tell(Event::PeerConnected);
    call.tell(Event::BarSeen);
    assert_eq!(call.tell(Event::Confirm(Restart)), [Command::Confirmed(Restart)]);
}
