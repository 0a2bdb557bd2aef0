//! Whole calls, told as transcripts.
#![allow(clippy::disallowed_methods, reason = "a test starts the clock")]

use std::time::{Duration, Instant};

use deskhand_protocol::{
    call::signal::DeclineReason,
    capability::{Capabilities, Capability},
    key::PublicKey,
    limit::{CONSENT_TIMEOUT, RECONNECT_GRACE, SESSION_HARD_END},
    record::{ConsentAnswer, EndReason},
    relay::Report,
    text::Name,
};
use deskhand_session::{
    Answer, Command, Event, Kind, NotGranted, Phase, Policy, QuestionId, REFUSALS, Session, StandingGrant, Technician,
};

use Capability::{Control, View};

/// A session with a clock.
struct Call {
    session: Session,
    now: Instant,
}

impl Call {
    fn new() -> Self {
        let now = Instant::now();
        Self { session: Session::new(Policy::Customer, now), now }
    }

    fn unattended(technicians: &[u8], capabilities: &[Capability], life: Duration) -> Self {
        let now = Instant::now();
        let grant = StandingGrant {
            technicians: technicians.iter().map(|key| PublicKey([*key; 32])).collect(),
            capabilities: capabilities.iter().copied().collect(),
            until: now + life,
        };
        Self { session: Session::new(Policy::GrantFile(grant), now), now }
    }

    /// A technician is known and was let in with everything, and is connected; the bar is seen.
    fn live() -> Self {
        let mut call = Self::asking(&[View, Control]);
        call.wait(Duration::from_secs(2));
        call.tell(Event::Allowed { question: QuestionId(1), capabilities: set(&[View, Control]) });
        call.tell(Event::BarSeen);
        call.clicks_again();
        call.tell(Event::PeerConnected);
        assert_eq!(call.session.phase(), Phase::Live);
        call
    }

    /// The second click, for mouse and keyboard.
    fn clicks_again(&mut self) -> Vec<Command> {
        self.tell(Event::ConsentShown(QuestionId(2)));
        self.wait(Duration::from_secs(1));
        self.tell(Event::Allowed { question: QuestionId(2), capabilities: set(&[Control]) })
    }

    /// The question is on the screen.
    fn asking(asked: &[Capability]) -> Self {
        let mut call = Self::new();
        call.tell(Event::TechnicianKnown(technician(1)));
        let commands = call.tell(Event::Asked(set(asked)));
        assert!(matches!(commands.as_slice(), [Command::ShowConsent(_)]), "{commands:?}");
        call.tell(Event::ConsentShown(QuestionId(1)));
        call
    }

    /// What is to be done, without what only tells how things stand.
    fn tell(&mut self, event: Event) -> Vec<Command> {
        self.session.handle(event, self.now);
        let commands = std::iter::from_fn(|| self.session.poll());
        commands.filter(|command| !matches!(command, Command::Usable(_) | Command::Standing(_))).collect()
    }

    fn wait(&mut self, time: Duration) -> Vec<Command> {
        self.now += time;
        self.tell(Event::Tick)
    }

    fn may(&self, capability: Capability) -> Result<(), NotGranted> {
        self.session.permit(capability, self.now).map(|permit| assert_eq!(permit.capability(), capability))
    }
}

fn technician(key: u8) -> Technician {
    Technician { key: PublicKey([key; 32]), name: Name::lossy("Ada"), company: Name::lossy("Help & Co") }
}

fn set(capabilities: &[Capability]) -> Capabilities {
    capabilities.iter().copied().collect()
}

fn consent(asked: &[Capability], granted: &[Capability], answer: ConsentAnswer) -> Command {
    Command::Report(Report::Consent { asked: asked.to_vec(), granted: granted.to_vec(), answer })
}

fn ended(reason: EndReason) -> [Command; 2] {
    [Command::Report(Report::Ended { reason }), Command::Close(reason)]
}

#[test]
fn a_customer_allows_works_with_the_technician_and_ends() {
    let mut call = Call::asking(&[View, Control]);
    assert_eq!(call.may(View), Err(NotGranted::NotGranted));
    assert_eq!(call.wait(Duration::from_secs(1)), [Command::ActivateAllow(QuestionId(1))]);
    let commands = call.tell(Event::Allowed { question: QuestionId(1), capabilities: set(&[View, Control]) });
    let [
        Command::HideConsent(QuestionId(1)),
        recorded,
        Command::ShowBar,
        Command::Answer(answer),
        Command::ShowConsent(second),
    ] = commands.as_slice()
    else {
        panic!("{commands:?}")
    };
    assert_eq!(*recorded, consent(&[View], &[View], ConsentAnswer::Allowed));
    assert_eq!(*answer, Answer::Granted(set(&[View])));
    assert_eq!((second.kind, &second.asked), (Kind::Hands, &set(&[Control])));
    assert_eq!(call.may(View), Err(NotGranted::NotConnected));
    assert_eq!(call.tell(Event::PeerConnected), [Command::StartSharing, Command::Report(Report::Live)]);
    assert_eq!((call.may(View), call.may(Control)), (Ok(()), Err(NotGranted::NotGranted)));
    call.tell(Event::BarSeen);
    let commands = call.clicks_again();
    assert!(commands.contains(&Command::Answer(Answer::Granted(set(&[View, Control])))), "{commands:?}");
    assert!(commands.contains(&Command::Report(Report::Granted { granted: vec![View, Control] })), "{commands:?}");
    assert_eq!((call.may(View), call.may(Control)), (Ok(()), Ok(())));
    let mut expected = vec![Command::StopSharing, Command::ReleaseEverything, Command::HideBar];
    expected.extend(ended(EndReason::CustomerEnded));
    assert_eq!(call.tell(Event::CustomerEnded), expected);
    assert_eq!(call.may(View), Err(NotGranted::Ended));
    assert_eq!(call.session.next_deadline(), None);
}

#[test]
fn the_second_click_has_its_own_second_and_its_own_no() {
    let mut call = Call::asking(&[View, Control]);
    call.wait(Duration::from_secs(1));
    call.tell(Event::Allowed { question: QuestionId(1), capabilities: set(&[View, Control]) });
    call.tell(Event::PeerConnected);
    call.tell(Event::BarSeen);
    call.tell(Event::ConsentShown(QuestionId(2)));
    // A double click on the first question is no second click.
    for question in [1, 2] {
        call.tell(Event::Allowed { question: QuestionId(question), capabilities: set(&[View, Control]) });
        assert_eq!(call.may(Control), Err(NotGranted::NotGranted));
    }
    let commands = call.tell(Event::Denied(QuestionId(2)));
    assert!(commands.contains(&Command::Answer(Answer::Declined(DeclineReason::Denied))), "{commands:?}");
    assert_eq!((call.may(View), call.may(Control)), (Ok(()), Err(NotGranted::NotGranted)));
}

#[test]
fn who_sees_already_needs_one_click_for_control_because_it_is_the_second() {
    let mut call = Call::asking(&[View]);
    call.wait(Duration::from_secs(1));
    call.tell(Event::Allowed { question: QuestionId(1), capabilities: set(&[View]) });
    call.tell(Event::PeerConnected);
    call.tell(Event::BarSeen);
    let commands = call.tell(Event::Asked(set(&[Control])));
    assert!(matches!(commands.as_slice(), [Command::ShowConsent(question)] if question.kind == Kind::More));
    call.clicks_again();
    assert_eq!(call.may(Control), Ok(()));
}

#[test]
fn what_was_unchecked_is_not_granted() {
    let mut call = Call::asking(&[View, Control]);
    call.wait(Duration::from_secs(1));
    let commands = call.tell(Event::Allowed { question: QuestionId(1), capabilities: set(&[View]) });
    assert!(commands.contains(&consent(&[View, Control], &[View], ConsentAnswer::Allowed)));
    assert!(!commands.iter().any(|command| matches!(command, Command::ShowConsent(_))), "no second question");
    call.tell(Event::PeerConnected);
    assert_eq!(call.may(View), Ok(()));
    assert_eq!(call.may(Control), Err(NotGranted::NotGranted));
}

#[test]
fn more_than_was_asked_cannot_be_allowed() {
    let mut call = Call::asking(&[View]);
    call.wait(Duration::from_secs(1));
    call.tell(Event::Allowed { question: QuestionId(1), capabilities: set(&[View, Control]) });
    call.tell(Event::PeerConnected);
    assert_eq!(call.may(Control), Err(NotGranted::NotGranted));
}

#[test]
fn control_without_seeing_is_no_grant() {
    let mut call = Call::asking(&[View, Control]);
    call.wait(Duration::from_secs(1));
    let commands = call.tell(Event::Allowed { question: QuestionId(1), capabilities: set(&[Control]) });
    assert_eq!(
        commands,
        [
            Command::HideConsent(QuestionId(1)),
            consent(&[View, Control], &[], ConsentAnswer::Denied),
            Command::Answer(Answer::Declined(DeclineReason::Denied)),
        ]
    );
}

#[test]
fn a_click_in_the_first_second_grants_nothing() {
    let mut call = Call::asking(&[View]);
    call.now += Duration::from_millis(999);
    assert_eq!(call.tell(Event::Allowed { question: QuestionId(1), capabilities: set(&[View]) }), []);
    assert_eq!(call.session.phase(), Phase::Known);
}

#[test]
fn a_click_on_a_question_that_was_never_seen_grants_nothing() {
    let mut call = Call::new();
    call.tell(Event::TechnicianKnown(technician(1)));
    call.tell(Event::Asked(set(&[View])));
    call.wait(Duration::from_secs(30));
    assert_eq!(call.tell(Event::Allowed { question: QuestionId(1), capabilities: set(&[View]) }), []);
}

#[test]
fn a_click_for_an_earlier_question_does_not_answer_a_later_one() {
    let mut call = Call::asking(&[View]);
    call.wait(Duration::from_secs(2));
    call.tell(Event::Asked(set(&[View, Control])));
    call.tell(Event::ConsentShown(QuestionId(2)));
    call.wait(Duration::from_secs(2));
    assert_eq!(call.tell(Event::Allowed { question: QuestionId(1), capabilities: set(&[View, Control]) }), []);
    assert_eq!(call.tell(Event::Denied(QuestionId(1))), []);
    assert_eq!(call.session.phase(), Phase::Known);
}

#[test]
fn no_answer_is_a_no() {
    let mut call = Call::asking(&[View]);
    let deadline = call.now + CONSENT_TIMEOUT;
    call.wait(Duration::from_secs(2));
    assert_eq!(call.session.next_deadline(), Some(deadline));
    call.now = deadline;
    assert_eq!(
        call.tell(Event::Allowed { question: QuestionId(1), capabilities: set(&[View]) }),
        [
            Command::HideConsent(QuestionId(1)),
            consent(&[View], &[], ConsentAnswer::NoAnswer),
            Command::Answer(Answer::Declined(DeclineReason::NoAnswer)),
        ]
    );
}

#[test]
fn a_lost_window_is_a_no() {
    let mut call = Call::asking(&[View]);
    let commands = call.tell(Event::ConsentLost);
    assert!(commands.contains(&Command::Answer(Answer::Declined(DeclineReason::Denied))), "{commands:?}");
}

#[test]
fn a_question_that_became_void_leaves_the_screen_without_an_answer() {
    let mut call = Call::asking(&[View]);
    assert_eq!(call.tell(Event::QuestionVoid), [Command::HideConsent(QuestionId(1))]);
    call.wait(Duration::from_secs(2));
    assert_eq!(call.tell(Event::Allowed { question: QuestionId(1), capabilities: set(&[View]) }), []);
}

#[test]
fn what_has_no_working_feature_is_neither_asked_nor_granted() {
    let mut call = Call::new();
    call.tell(Event::TechnicianKnown(technician(1)));
    assert_eq!(
        call.tell(Event::Asked(set(&[Capability::Terminal, Control]))),
        [Command::Answer(Answer::Declined(DeclineReason::NothingToGrant))]
    );
    let commands = call.tell(Event::Asked(set(&[View, Capability::Audio])));
    assert!(matches!(commands.as_slice(), [Command::ShowConsent(question)] if question.asked == set(&[View])));
}

#[test]
fn nobody_unknown_can_ask() {
    let mut call = Call::new();
    assert_eq!(call.tell(Event::Asked(set(&[View]))), []);
}

#[test]
fn after_three_refusals_the_customer_is_left_alone() {
    let mut call = Call::new();
    call.tell(Event::TechnicianKnown(technician(1)));
    for question in 1..=REFUSALS {
        call.tell(Event::Asked(set(&[View])));
        call.tell(Event::Denied(QuestionId(question)));
    }
    assert_eq!(
        call.tell(Event::Asked(set(&[View]))),
        [Command::Answer(Answer::Declined(DeclineReason::Denied))],
        "no window opens"
    );
}

#[test]
fn control_taken_back_is_gone_at_once_and_keys_are_let_go() {
    let mut call = Call::live();
    assert_eq!(
        call.tell(Event::Revoked(Control)),
        [Command::ReleaseEverything, Command::Report(Report::Granted { granted: vec![View] })]
    );
    assert_eq!(call.may(Control), Err(NotGranted::NotGranted));
    assert_eq!(call.may(View), Ok(()));
}

#[test]
fn control_taken_back_comes_back_only_by_a_new_click() {
    let mut call = Call::live();
    call.tell(Event::Revoked(Control));
    assert_eq!(call.tell(Event::GivenBack(Control)), [], "it was not held, but taken");
    let commands = call.tell(Event::Asked(set(&[View, Control])));
    assert!(matches!(commands.first(), Some(Command::ShowConsent(question)) if question.asked == set(&[Control])));
    assert_eq!(call.may(Control), Err(NotGranted::NotGranted));
    call.tell(Event::ConsentShown(QuestionId(3)));
    call.wait(Duration::from_secs(1));
    call.tell(Event::Allowed { question: QuestionId(3), capabilities: set(&[Control]) });
    assert_eq!(call.may(Control), Ok(()));
}

#[test]
fn nothing_but_the_view_is_permitted_while_a_question_is_open() {
    let mut call = Call::live();
    call.tell(Event::Revoked(View));
    let commands = call.tell(Event::Asked(set(&[View])));
    assert!(matches!(commands.as_slice(), [Command::ShowConsent(_)]), "{commands:?}");
    let mut call = Call::live();
    call.tell(Event::Held(Control));
    call.tell(Event::Asked(set(&[Control])));
    assert_eq!(
        call.tell(Event::GivenBack(Control)),
        [Command::Report(Report::Granted { granted: vec![View, Control] })]
    );
    assert_eq!(call.may(Control), Err(NotGranted::ConsentOpen), "input could click on the question");
    assert_eq!(call.may(View), Ok(()), "the picture goes on");
}

#[test]
fn a_lost_technician_comes_back_under_the_same_grant() {
    let mut call = Call::live();
    assert_eq!(
        call.tell(Event::PeerLost),
        [Command::StopSharing, Command::ReleaseEverything, Command::Report(Report::ConnectionLost)]
    );
    assert_eq!(call.may(View), Err(NotGranted::NotConnected));
    call.wait(Duration::from_secs(60));
    call.tell(Event::TechnicianKnown(technician(1)));
    assert_eq!(
        call.tell(Event::Asked(set(&[View, Control]))),
        [Command::Answer(Answer::Granted(set(&[View, Control])))]
    );
    call.wait(Duration::from_secs(100));
    call.tell(Event::PeerConnected);
    assert_eq!(call.may(Control), Ok(()), "the bar has been seen all the time");
}

#[test]
fn coming_back_asks_again_for_what_was_never_asked() {
    let mut call = Call::asking(&[View]);
    call.wait(Duration::from_secs(1));
    call.tell(Event::Allowed { question: QuestionId(1), capabilities: set(&[View]) });
    call.tell(Event::PeerConnected);
    call.tell(Event::PeerLost);
    call.tell(Event::TechnicianKnown(technician(1)));
    let commands = call.tell(Event::Asked(set(&[View, Control])));
    assert!(matches!(commands.as_slice(), [Command::ShowConsent(question)] if question.asked == set(&[Control])));
}

#[test]
fn a_new_run_of_the_handshake_ends_the_old_connection() {
    let mut call = Call::live();
    let commands = call.tell(Event::TechnicianKnown(technician(1)));
    assert_eq!(commands.first(), Some(&Command::StopSharing));
    assert_eq!(call.session.phase(), Phase::Granted);
}

#[test]
fn another_key_ends_the_session() {
    let mut call = Call::live();
    let commands = call.tell(Event::TechnicianKnown(technician(2)));
    assert!(commands.ends_with(&ended(EndReason::KeyChanged)), "{commands:?}");
}

#[test]
fn a_technician_who_stays_away_is_not_waited_for_any_longer() {
    let mut call = Call::live();
    call.tell(Event::PeerLost);
    call.wait(RECONNECT_GRACE - Duration::from_millis(1));
    assert_eq!(call.session.phase(), Phase::Granted);
    let commands = call.wait(Duration::from_millis(1));
    assert!(commands.ends_with(&ended(EndReason::Interrupted)), "{commands:?}");
}

#[test]
fn the_hard_end_holds_even_before_anyone_ticks() {
    let mut call = Call::live();
    call.now += SESSION_HARD_END;
    assert_eq!(call.may(View), Err(NotGranted::Ended));
    let commands = call.tell(Event::Asked(set(&[View])));
    assert!(commands.ends_with(&ended(EndReason::HardEnd)), "{commands:?}");
}

#[test]
fn the_relays_end_is_not_reported_back() {
    let mut call = Call::live();
    let commands = call.tell(Event::RelayEnded(EndReason::TechnicianEnded));
    assert_eq!(
        commands,
        [
            Command::StopSharing,
            Command::ReleaseEverything,
            Command::HideBar,
            Command::Close(EndReason::TechnicianEnded)
        ]
    );
}

#[test]
fn the_grant_file_answers_for_whom_it_names() {
    let mut call = Call::unattended(&[1], &[View, Control], Duration::from_secs(3600));
    call.tell(Event::TechnicianKnown(technician(1)));
    let commands = call.tell(Event::Asked(set(&[View, Control])));
    assert_eq!(
        commands,
        [
            consent(&[View, Control], &[View, Control], ConsentAnswer::GrantFile),
            Command::ShowBar,
            Command::Answer(Answer::Granted(set(&[View, Control]))),
        ]
    );
    call.tell(Event::PeerConnected);
    call.wait(Duration::from_secs(3599));
    assert_eq!(call.may(View), Ok(()));
    let commands = call.wait(Duration::from_secs(1));
    assert!(commands.ends_with(&ended(EndReason::HardEnd)), "the file's expiry ends a running call: {commands:?}");
}

#[test]
fn the_grant_file_gives_nothing_to_anyone_else_and_nothing_it_does_not_name() {
    let mut call = Call::unattended(&[1], &[View], Duration::from_secs(3600));
    call.tell(Event::TechnicianKnown(technician(2)));
    assert_eq!(
        call.tell(Event::Asked(set(&[View]))),
        [consent(&[View], &[], ConsentAnswer::GrantFile), Command::Answer(Answer::Declined(DeclineReason::Denied))]
    );
    let mut call = Call::unattended(&[1], &[View], Duration::from_secs(3600));
    call.tell(Event::TechnicianKnown(technician(1)));
    call.tell(Event::Asked(set(&[View, Control])));
    call.tell(Event::PeerConnected);
    assert_eq!(call.may(View), Ok(()));
    assert_eq!(call.may(Control), Err(NotGranted::NotGranted));
}

#[test]
fn an_expired_grant_file_grants_nothing() {
    let mut call = Call::unattended(&[1], &[View], Duration::from_secs(10));
    call.tell(Event::TechnicianKnown(technician(1)));
    call.wait(Duration::from_secs(10));
    let commands = call.tell(Event::Asked(set(&[View])));
    assert!(commands.contains(&Command::Answer(Answer::Declined(DeclineReason::Denied))), "{commands:?}");
}
