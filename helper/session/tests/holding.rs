//! What the customer holds back, pauses and takes for suspicious during a call.
#![allow(clippy::disallowed_methods, reason = "a test starts the clock")]

use std::time::{Duration, Instant};

use deskhand_protocol::{
    call::{control::Stopped, signal::DeclineReason},
    capability::{Capabilities, Capability},
    key::PublicKey,
    limit::{ALONE, ATTEMPT_PAUSE, BAR_GRACE, DEAD_MAN, RECONNECT_GRACE, SESSION_HARD_END, SESSION_IDLE_END},
    record::EndReason,
    relay::Report,
    text::Name,
};
use deskhand_session::{
    Answer, Command, Event, NotGranted, Phase, Policy, QuestionId, Return, Session, Standing, Technician,
};

use Capability::{Control, View};

/// A session in which view and control are granted, the technician is connected and the bar is seen.
struct Call {
    session: Session,
    now: Instant,
}

impl Call {
    fn live() -> Self {
        let now = Instant::now();
        let mut call = Self { session: Session::new(Policy::Customer, now), now };
        call.tell(Event::TechnicianKnown(technician()));
        call.tell(Event::Asked([View, Control].into()));
        for question in [1, 2].map(QuestionId) {
            call.tell(Event::ConsentShown(question));
            call.wait(Duration::from_secs(1));
            call.tell(Event::Allowed { question, capabilities: [View, Control].into() });
        }
        call.tell(Event::BarSeen);
        call.tell(Event::PeerConnected);
        assert_eq!((call.may(View), call.may(Control)), (Ok(()), Ok(())));
        call
    }

    fn tell(&mut self, event: Event) -> Vec<Command> {
        self.session.handle(event, self.now);
        std::iter::from_fn(|| self.session.poll()).collect()
    }

    fn wait(&mut self, time: Duration) -> Vec<Command> {
        let mut commands = Vec::new();
        let until = self.now + time;
        while let Some(next) = self.session.next_deadline().filter(|next| *next < until) {
            self.now = next;
            commands.extend(self.tell(Event::Tick));
        }
        self.now = until;
        commands.extend(self.tell(Event::Tick));
        commands
    }

    fn may(&self, capability: Capability) -> Result<(), NotGranted> {
        self.session.permit(capability, self.now).map(drop)
    }
}

fn technician() -> Technician {
    Technician { key: PublicKey([1; 32]), name: Name::lossy("Ada"), company: Name::lossy("Help & Co") }
}

fn usable(capabilities: &[Capability]) -> Command {
    Command::Usable(capabilities.iter().copied().collect())
}

fn standing(commands: &[Command]) -> Standing {
    let mut told = commands.iter().filter_map(|command| match command {
        Command::Standing(standing) => Some(standing.clone()),
        _ => None,
    });
    told.next_back().unwrap_or_else(|| panic!("the technician is told"))
}

#[test]
fn a_pause_stops_everything_at_once_and_going_on_asks_nothing() {
    let mut call = Call::live();
    let commands = call.tell(Event::Paused);
    assert_eq!(
        commands[..3],
        [usable(&[]), Command::StopSharing, Command::ReleaseEverything],
        "what waits is dropped first: {commands:?}"
    );
    assert!(commands.contains(&Command::Report(Report::Paused { paused: true })));
    assert_eq!(standing(&commands).stopped, Some(Stopped::Paused));
    assert_eq!((call.may(View), call.may(Control)), (Err(NotGranted::Paused), Err(NotGranted::Paused)));
    assert_eq!(call.tell(Event::Paused), []);
    let commands = call.tell(Event::Resumed);
    assert!(commands.contains(&usable(&[View, Control])) && commands.contains(&Command::StartSharing), "{commands:?}");
    assert!(commands.contains(&Command::Report(Report::Paused { paused: false })));
    assert!(!commands.iter().any(|command| matches!(command, Command::ShowConsent(_))));
    assert_eq!((call.may(View), call.may(Control)), (Ok(()), Ok(())));
}

#[test]
fn a_pause_outlives_a_loss_and_nobody_is_asked_in_it() {
    let mut call = Call::live();
    call.tell(Event::Paused);
    assert_eq!(
        call.tell(Event::Asked([View, Control].into())),
        [Command::Answer(Answer::Granted([View, Control].into()))],
        "he has these"
    );
    call.tell(Event::Held(Control));
    let commands = call.tell(Event::Asked([Control].into()));
    assert_eq!(commands, [Command::Answer(Answer::Declined(DeclineReason::Paused))]);
    call.tell(Event::PeerLost);
    call.tell(Event::TechnicianKnown(technician()));
    call.tell(Event::Asked([View, Control].into()));
    let commands = call.tell(Event::PeerConnected);
    assert!(!commands.contains(&Command::StartSharing), "{commands:?}");
    assert!(commands.contains(&Command::Report(Report::Paused { paused: true })));
    assert_eq!(call.may(View), Err(NotGranted::Paused));
}

#[test]
fn a_question_that_is_open_goes_with_the_pause() {
    let mut call = Call::live();
    call.tell(Event::Revoked(Control));
    call.tell(Event::Asked([Control].into()));
    assert!(call.tell(Event::Paused).contains(&Command::HideConsent(QuestionId(3))));
    call.tell(Event::ConsentShown(QuestionId(3)));
    call.wait(Duration::from_secs(2));
    call.tell(Event::Allowed { question: QuestionId(3), capabilities: [Control].into() });
    call.tell(Event::Resumed);
    assert_eq!(call.may(Control), Err(NotGranted::NotGranted));
}

#[test]
fn each_is_held_back_and_given_back_on_its_own() {
    let mut call = Call::live();
    let commands = call.tell(Event::Held(Control));
    assert!(commands.contains(&Command::ReleaseEverything) && !commands.contains(&Command::StopSharing));
    assert!(commands.contains(&Command::Report(Report::Granted { granted: vec![View] })));
    let now = standing(&commands);
    assert_eq!((now.granted, now.held), ([View].into(), [Control].into()));
    assert_eq!((call.may(View), call.may(Control)), (Ok(()), Err(NotGranted::Held)));
    let commands = call.tell(Event::GivenBack(Control));
    assert!(commands.contains(&usable(&[View, Control])));
    assert_eq!(call.may(Control), Ok(()));
}

#[test]
fn nobody_steers_while_the_view_is_held_back() {
    let mut call = Call::live();
    let commands = call.tell(Event::Held(View));
    assert!(commands.contains(&Command::StopSharing) && commands.contains(&Command::ReleaseEverything));
    assert_eq!((call.may(View), call.may(Control)), (Err(NotGranted::Held), Err(NotGranted::Held)));
    assert!(call.tell(Event::GivenBack(View)).contains(&Command::StartSharing));
    assert_eq!(call.may(Control), Ok(()));
}

#[test]
fn what_was_never_granted_cannot_be_given_back() {
    let mut call = Call::live();
    call.tell(Event::GivenBack(Capability::FilesOut));
    call.tell(Event::Held(Capability::FilesOut));
    call.tell(Event::GivenBack(Capability::FilesOut));
    assert_eq!(call.may(Capability::FilesOut), Err(NotGranted::NotGranted));
}

#[test]
fn a_held_one_that_is_asked_for_is_a_question() {
    let mut call = Call::live();
    call.tell(Event::Held(Control));
    let commands = call.tell(Event::Asked([Control].into()));
    assert!(commands.iter().any(|command| matches!(command, Command::ShowConsent(_))), "{commands:?}");
    assert_eq!(standing(&commands).asking, [Control].into());
    let commands = call.tell(Event::Denied(QuestionId(3)));
    assert_eq!(standing(&commands).asking, Capabilities::new());
    assert_eq!(call.may(Control), Err(NotGranted::Held));
}

#[test]
fn a_click_that_gives_something_must_be_the_customers_own() {
    for gives in [Event::GivenBack(Control), Event::Returns(Return::Free)] {
        let mut call = Call::live();
        let before = call.session.standing();
        call.tell(Event::Injected(call.now));
        call.tell(Event::Held(Control));
        let held = call.session.standing();
        assert_eq!(call.tell(gives.clone()), [Command::NotBelieved], "it may be the technician's click");
        assert_eq!(call.session.standing(), held);
        call.wait(ALONE);
        assert!(!call.tell(gives).contains(&Command::NotBelieved));
        assert_ne!(call.session.standing(), held);
        assert!(before.held.is_empty());
    }
    let mut call = Call::live();
    call.tell(Event::Injected(call.now));
    call.tell(Event::Paused);
    assert_eq!(call.tell(Event::Resumed), [Command::NotBelieved]);
    assert_eq!(call.may(View), Err(NotGranted::Paused));
    call.wait(ALONE);
    call.tell(Event::Resumed);
    assert_eq!(call.may(View), Ok(()));
}

#[test]
fn taking_counts_whoever_clicks() {
    let mut call = Call::live();
    call.tell(Event::Injected(call.now));
    call.tell(Event::Held(Control));
    assert_eq!(call.may(Control), Err(NotGranted::Held));
    call.tell(Event::Paused);
    assert_eq!(call.may(View), Err(NotGranted::Paused));
}

#[test]
fn control_stops_when_the_bar_is_out_of_sight_for_two_seconds_until_it_is_back() {
    let mut call = Call::live();
    call.wait(BAR_GRACE);
    call.tell(Event::BarHidden);
    assert_eq!(call.wait(BAR_GRACE - Duration::from_millis(1)), []);
    assert_eq!(call.may(Control), Ok(()));
    let commands = call.wait(Duration::from_millis(1));
    assert!(commands.contains(&Command::ReleaseEverything) && !commands.contains(&Command::StopSharing));
    assert_eq!(standing(&commands).stopped, Some(Stopped::BarHidden));
    assert_eq!((call.may(View), call.may(Control)), (Ok(()), Err(NotGranted::BarHidden)));
    call.tell(Event::BarHidden);
    assert_eq!(call.may(Control), Err(NotGranted::BarHidden), "hidden again does not count anew");
    assert!(call.tell(Event::BarSeen).contains(&usable(&[View, Control])));
    assert_eq!(call.may(Control), Ok(()));
}

#[test]
fn a_bar_that_is_uncovered_for_moments_only_counts_as_hidden_all_the_time() {
    let mut call = Call::live();
    let blink = Duration::from_millis(100);
    for _ in 0..2 {
        call.tell(Event::BarHidden);
        call.wait(BAR_GRACE - blink);
        call.tell(Event::BarSeen);
        call.wait(blink);
    }
    call.tell(Event::BarHidden);
    assert_eq!(call.may(Control), Err(NotGranted::BarHidden));
    call.tell(Event::BarSeen);
    call.wait(BAR_GRACE);
    call.tell(Event::BarHidden);
    assert_eq!(call.may(Control), Ok(()), "once it has been seen for a while, it begins anew");
}

#[test]
fn a_bar_that_was_never_seen_counts_as_hidden() {
    let now = Instant::now();
    let mut call = Call { session: Session::new(Policy::Customer, now), now };
    call.tell(Event::TechnicianKnown(technician()));
    call.tell(Event::Asked([View, Control].into()));
    for question in [1, 2].map(QuestionId) {
        call.tell(Event::ConsentShown(question));
        call.wait(Duration::from_secs(1));
        call.tell(Event::Allowed { question, capabilities: [View, Control].into() });
    }
    call.tell(Event::PeerConnected);
    call.wait(BAR_GRACE);
    assert_eq!((call.may(View), call.may(Control)), (Ok(()), Err(NotGranted::BarHidden)));
}

#[test]
fn a_technician_who_does_nothing_for_an_hour_has_gone_home() {
    let mut call = Call::live();
    call.wait(SESSION_IDLE_END - Duration::from_secs(1));
    call.tell(Event::Active);
    call.wait(SESSION_IDLE_END - Duration::from_secs(1));
    assert_eq!(call.session.phase(), Phase::Live);
    assert!(call.wait(Duration::from_secs(1)).ends_with(&[
        Command::Report(Report::Ended { reason: EndReason::IdleEnd }),
        Command::Close(EndReason::IdleEnd)
    ]));
}

#[test]
fn nothing_stays_permitted_when_nobody_attends_the_session() {
    let mut call = Call::live();
    let heartbeat = call.session.next_deadline().unwrap() - call.now;
    assert!(heartbeat < DEAD_MAN / 2, "attended in time, it never happens");
    call.now += DEAD_MAN;
    assert_eq!((call.may(View), call.may(Control)), (Err(NotGranted::Unattended), Err(NotGranted::Unattended)));
    // The computer slept: what was held before is let go, and the picture begins anew.
    let commands = call.tell(Event::Tick);
    let release = commands.iter().position(|command| *command == Command::ReleaseEverything);
    let start = commands.iter().position(|command| *command == Command::StartSharing);
    assert!(release.is_some() && release < start, "{commands:?}");
    assert_eq!((call.may(View), call.may(Control)), (Ok(()), Ok(())));
}

#[test]
fn who_may_come_back_is_waited_for_until_the_hard_end_and_not_asked_about() {
    let mut call = Call::live();
    assert_eq!(standing(&call.tell(Event::Returns(Return::Free))).returns, Return::Free);
    call.tell(Event::PeerLost);
    call.wait(RECONNECT_GRACE * 20);
    assert_eq!(call.session.phase(), Phase::Granted);
    call.tell(Event::TechnicianKnown(technician()));
    assert_eq!(
        call.tell(Event::Asked([View, Control].into())),
        [Command::Answer(Answer::Granted([View, Control].into()))]
    );
    call.tell(Event::PeerConnected);
    assert_eq!(call.may(Control), Ok(()));
    call.tell(Event::PeerLost);
    assert!(call.wait(SESSION_HARD_END).contains(&Command::Close(EndReason::HardEnd)));
}

#[test]
fn leave_to_come_back_that_is_taken_away_while_he_is_gone_ends_the_waiting() {
    let mut call = Call::live();
    call.tell(Event::Returns(Return::Free));
    call.tell(Event::PeerLost);
    call.wait(RECONNECT_GRACE * 3);
    call.tell(Event::Returns(Return::Asks));
    assert!(call.wait(RECONNECT_GRACE).contains(&Command::Close(EndReason::Interrupted)));
}

#[test]
fn what_is_tried_without_a_grant_is_recorded_once_a_minute() {
    let mut call = Call::live();
    let attempt = |capability| Command::Report(Report::Attempted { capability });
    assert_eq!(call.tell(Event::Attempted(Capability::FilesOut)), [attempt(Capability::FilesOut)]);
    assert_eq!(call.tell(Event::Attempted(Capability::FilesOut)), []);
    assert_eq!(call.tell(Event::Attempted(Capability::Restart)), [attempt(Capability::Restart)]);
    call.wait(ATTEMPT_PAUSE);
    assert_eq!(call.tell(Event::Attempted(Capability::FilesOut)), [attempt(Capability::FilesOut)]);
}

#[test]
fn a_swindler_is_recorded_and_everything_is_over() {
    let mut call = Call::live();
    let commands = call.tell(Event::ReportedByCustomer);
    let reported = Report::Reported { technician: Some(PublicKey([1; 32])) };
    assert_eq!(commands.first(), Some(&Command::Report(reported)));
    assert!(commands.ends_with(&[
        Command::Report(Report::Ended { reason: EndReason::Reported }),
        Command::Close(EndReason::Reported)
    ]));
    assert_eq!(call.may(View), Err(NotGranted::Ended));
}
