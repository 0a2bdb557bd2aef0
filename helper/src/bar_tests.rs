//! What the bar says, and how seldom that changes.

use proptest::prelude::*;

use super::*;

fn view(since: Instant) -> BarView {
    BarView {
        name: Name::lossy("Mara Lindt"),
        company: Name::lossy("Lindt Computer Help"),
        granted: [Capability::View, Capability::Control].into(),
        connection: Connection::Up,
        since,
        unread: false,
    }
}

fn lines(view: &BarView, now: Instant) -> Lines {
    Lines::at(view, Language::English.bar(), now)
}

#[test]
fn it_names_the_technician_and_what_he_does() {
    let now = Instant::now();
    let words = Language::English.bar();
    let mut view = view(now);
    assert_eq!(lines(&view, now).name, "Mara Lindt");
    assert_eq!(lines(&view, now).doing, words.steers);
    view.granted = [Capability::View].into();
    assert_eq!(lines(&view, now).doing, words.sees);
    view.connection = Connection::Lost;
    assert_eq!((lines(&view, now).doing, lines(&view, now).lost), (words.away, true));
}

#[test]
fn it_tells_full_minutes() {
    let since = Instant::now();
    let view = view(since);
    let words = Language::English.bar();
    let after = |seconds| lines(&view, since + Duration::from_secs(seconds)).time;
    assert_eq!(after(0), words.just_now);
    assert_eq!(after(59), words.just_now);
    assert_eq!(after(60), format!("1 {}", words.minutes));
    assert_eq!(after(3 * 3_600), format!("180 {}", words.minutes));
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
