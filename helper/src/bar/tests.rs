//! What the bar says, and how seldom that changes.

use deskhand_protocol::{
    call::{control::Stopped, signal::Seat},
    capability::{Capabilities, Capability},
    text::Name,
};
use deskhand_session::Standing;
use proptest::prelude::*;

use super::{lines::MINUTE, *};
use crate::view::{AttentionView, TechnicianView};

fn view(since: Instant) -> BarView {
    let who = TechnicianView {
        name: Name::lossy("Mara Lindt"),
        company: Name::lossy("Lindt Computer Help"),
        relay: "help.example.org".to_owned(),
        online: true,
        words: Vec::new(),
        words_match: true,
        remembered: false,
        company_checked: false,
        seat: Seat::Desktop,
    };
    let granted = [Capability::View, Capability::Control].into();
    let standing = Standing { granted, ..Standing::default() };
    BarView {
        who,
        others: Vec::new(),
        standing,
        connection: Connection::Up,
        since,
        elevated: false,
        attention: AttentionView::Quiet,
        unread: false,
    }
}

fn lines(view: &BarView, now: Instant) -> Lines {
    Lines::at(view, Language::English.bar(), now)
}

#[test]
fn a_technician_at_a_browser_is_named_so_however_well_he_is_known() {
    let now = Instant::now();
    let mut view = view(now);
    assert!(!lines(&view, now).below.contains("help.example.org"));
    view.who.seat = Seat::Browser;
    for known in [true, false] {
        view.who.words_match = known;
        let below = lines(&view, now).below;
        assert!(below.ends_with("· in a browser, by way of help.example.org"), "{below}");
    }
}

#[test]
fn it_names_the_technician_and_what_he_may_use() {
    let now = Instant::now();
    let words = Language::English.bar();
    let mut view = view(now);
    assert_eq!(lines(&view, now).name, "Mara Lindt");
    assert!(lines(&view, now).below.starts_with("screen, mouse and keyboard"));
    view.standing.granted = [Capability::View].into();
    assert!(lines(&view, now).below.starts_with("screen ·"));
    view.standing.granted = Capabilities::new();
    assert!(lines(&view, now).below.starts_with(words.nothing));
    view.connection = Connection::Lost;
    assert!(lines(&view, now).below.starts_with(words.away) && lines(&view, now).stopped);
}

#[test]
fn it_names_everyone_who_was_let_in() {
    let now = Instant::now();
    let mut view = view(now);
    view.others = vec![Name::lossy("Ben Kurz"), Name::lossy("Cara\nDold")];
    assert_eq!(lines(&view, now).name, "Mara Lindt, Ben Kurz, Cara Dold");
}

#[test]
fn who_has_not_been_checked_only_says_who_he_is_and_by_which_way_he_comes() {
    let now = Instant::now();
    let mut view = view(now);
    assert_eq!(lines(&view, now).says, "");
    assert!(!lines(&view, now).below.contains("help.example.org"));
    view.who.words_match = false;
    assert_eq!(lines(&view, now).says, "says he is");
    assert!(lines(&view, now).below.ends_with("through help.example.org"));
    view.who.remembered = true;
    assert_eq!(lines(&view, now).says, "");
}

#[test]
fn it_says_when_nothing_can_be_used_and_why() {
    let now = Instant::now();
    let words = Language::German.bar();
    let mut view = view(now);
    assert_eq!((Lines::at(&view, words, now).stopped, Lines::at(&view, words, now).pause), (false, words.pause));
    view.standing.stopped = Some(Stopped::Paused);
    let paused = Lines::at(&view, words, now);
    assert!(paused.stopped && paused.below.starts_with(words.paused) && paused.pause == words.resume);
    view.standing.stopped = Some(Stopped::BarHidden);
    let hidden = Lines::at(&view, words, now);
    assert!(hidden.stopped && hidden.below.starts_with(words.hidden) && hidden.pause == words.pause);
}

#[test]
fn it_tells_full_minutes() {
    let since = Instant::now();
    let view = view(since);
    let words = Language::English.bar();
    let after = |seconds, time: &str| {
        assert!(lines(&view, since + Duration::from_secs(seconds)).below.ends_with(time), "{seconds} {time}");
    };
    after(0, words.just_now);
    after(59, words.just_now);
    after(60, &format!("1 {}", words.minutes));
    after(3 * 3_600, &format!("180 {}", words.minutes));
}

proptest! {
    #[test]
    fn for_the_time_alone_it_is_drawn_once_a_minute_at_most(start in 0..10_000_000_u64, looks in prop::collection::vec(0..40_000_u64, 1..200)) {
        let since = Instant::now();
        let view = view(since);
        let begin = since + Duration::from_millis(start);
        let (mut now, mut drawn, mut times) = (begin, lines(&view, begin), 0);
        for look in looks {
            now += Duration::from_millis(look);
            let lines = lines(&view, now);
            if lines != drawn {
                times += 1;
                drawn = lines;
            }
        }
        let minutes = (now - begin).as_secs() / 60 + 1;
        prop_assert!(times <= minutes, "{times} times in {minutes} minutes");
    }

    #[test]
    fn it_looks_again_when_the_minute_is_over_and_not_before(over in 0..10_000_000_000_000_u64) {
        let since = Instant::now();
        let view = view(since);
        let now = since + Duration::from_nanos(over);
        let next = until_next_minute(since, now);
        prop_assert!(next > Duration::ZERO && next <= MINUTE);
        prop_assert_eq!(lines(&view, now), lines(&view, now + next - Duration::from_nanos(1)));
        prop_assert_ne!(lines(&view, now), lines(&view, now + next));
    }
}
