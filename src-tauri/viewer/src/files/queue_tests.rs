use proptest::prelude::*;

use super::*;

fn load(name: &str, size: Option<u64>) -> Load {
    let name = FileName::new(name).unwrap();
    Load {
        local: PathBuf::from("/here").join(name.as_str()),
        remote: FilePath::default().join(name.clone()),
        name,
        known: size.map(|size| Known { size, modified_ms: 1 }),
    }
}

fn online() -> (Queue, Instant) {
    let mut queue = Queue::new();
    queue.online(true);
    (queue, Instant::now())
}

fn started(queue: &mut Queue, now: Instant) -> Vec<(ItemId, Load, Replace)> {
    std::iter::from_fn(|| queue.poll(now))
        .map(|order| match order {
            Order::Start { item, load, replace, .. } => (item, load, replace),
            Order::Stop { .. } => panic!("nothing was stopped"),
        })
        .collect()
}

#[test]
fn nothing_starts_without_a_connection_and_not_too_much_with_one() {
    let mut queue = Queue::new();
    let now = Instant::now();
    let job = queue.add(Way::Send, (0..20).map(|n| load(&format!("f{n}"), Some(10))).collect());
    assert_eq!(queue.poll(now), None);
    assert_eq!(queue.state(job), Some(JobState::Waiting));
    queue.online(true);
    assert_eq!(started(&mut queue, now).len(), AT_ONCE);
    let mut queue = Queue::new();
    queue.online(true);
    queue.add(Way::Send, (0..5).map(|n| load(&format!("f{n}"), Some(LARGE))).collect());
    assert_eq!(started(&mut queue, now).len(), LARGE_AT_ONCE);
}

#[test]
fn a_folder_becomes_what_is_in_it() {
    let (mut queue, now) = online();
    let job = queue.add(Way::Fetch, vec![load("folder", None)]);
    let [(folder, ..)] = &started(&mut queue, now)[..] else { panic!("one") };
    queue.ended(*folder, Ended::Opened(vec![load("a", Some(3)), load("b", Some(4))]), now);
    for (item, ..) in started(&mut queue, now) {
        queue.ended(item, Ended::Done, now);
    }
    assert_eq!(queue.state(job), Some(JobState::Done));
    let view = &queue.view(now).jobs[0];
    assert_eq!((view.files, view.files_done, view.bytes, view.bytes_done), (2, 2, 7, 7));
}

#[test]
fn an_empty_folder_is_done_too() {
    let (mut queue, now) = online();
    let job = queue.add(Way::Fetch, vec![load("folder", None)]);
    let (folder, ..) = started(&mut queue, now)[0].clone();
    queue.ended(folder, Ended::Opened(vec![]), now);
    assert_eq!(queue.state(job), Some(JobState::Done));
}

#[test]
fn a_lost_connection_pauses_and_the_next_one_goes_on() {
    let (mut queue, now) = online();
    let job = queue.add(Way::Send, vec![load("f", Some(100))]);
    let (item, ..) = started(&mut queue, now)[0].clone();
    queue.progress(item, 60, now);
    queue.online(false);
    queue.ended(item, Ended::Failed(FilesError::Lost), now);
    assert_eq!((queue.poll(now + BACK_OFF), queue.state(job)), (None, Some(JobState::Waiting)));
    queue.online(true);
    assert_eq!(queue.poll(now), None, "not at once");
    assert_eq!(queue.next_deadline(), Some(now + BACK_OFF));
    assert_eq!(started(&mut queue, now + BACK_OFF)[0].0, item);
    assert_eq!(queue.view(now).jobs[0].bytes_done, 60, "what is there is still there");
}

#[test]
fn a_conflict_waits_for_a_choice_and_each_choice_does_what_it_says() {
    let there = Some(Known { size: 9, modified_ms: 9 });
    for (choice, replace, name) in [
        (Choice::Overwrite, Some(Replace::Always), "f.txt"),
        (Choice::Resume, Some(Replace::Always), "f.txt"),
        (Choice::Rename, Some(Replace::Never), "f (2).txt"),
        (Choice::Skip, None, ""),
    ] {
        let (mut queue, now) = online();
        let job = queue.add(Way::Send, vec![load("f.txt", Some(10))]);
        let (item, ..) = started(&mut queue, now)[0].clone();
        queue.ended(item, Ended::Exists(there), now);
        assert_eq!((queue.poll(now), queue.state(job)), (None, Some(JobState::Asking)));
        assert_eq!(queue.view(now).jobs[0].asking[0].there_size, Some(9));
        queue.choose(item, choice, For::One, now);
        match started(&mut queue, now).first() {
            Some((_, load, how)) => {
                assert_eq!((Some(*how), load.remote.names[0].as_str()), (replace, name));
            }
            None => {
                assert_eq!((replace, queue.state(job)), (None, Some(JobState::Done)));
                assert_eq!(queue.view(now).jobs[0].skipped, 1);
            }
        }
    }
}

#[test]
fn going_on_with_a_folder_leaves_what_is_the_same() {
    let (mut queue, now) = online();
    let job = queue.add(Way::Send, vec![load("same", Some(10)), load("other", Some(10))]);
    let items = started(&mut queue, now);
    queue.ended(items[0].0, Ended::Exists(items[0].1.known), now);
    queue.choose(items[0].0, Choice::Resume, For::All, now);
    queue.ended(items[1].0, Ended::Exists(Some(Known { size: 4, modified_ms: 1 })), now);
    let again = started(&mut queue, now);
    assert_eq!((again.len(), again[0].0, again[0].2), (1, items[1].0, Replace::Always));
    assert_eq!(queue.state(job), Some(JobState::Running));
}

#[test]
fn a_choice_for_all_holds_for_those_that_ask_and_those_to_come() {
    let (mut queue, now) = online();
    queue.add(Way::Fetch, (0..3).map(|n| load(&format!("f{n}"), Some(1))).collect());
    let items = started(&mut queue, now);
    queue.ended(items[0].0, Ended::Exists(None), now);
    queue.ended(items[1].0, Ended::Exists(None), now);
    queue.choose(items[0].0, Choice::Skip, For::All, now);
    queue.ended(items[2].0, Ended::Exists(None), now);
    let view = &queue.view(now).jobs[0];
    assert_eq!((view.state, view.skipped, view.asking.len()), (JobState::Done, 3, 0));
}

#[test]
fn another_name_is_looked_for_until_one_is_free() {
    let (mut queue, now) = online();
    queue.add(Way::Fetch, vec![load("f.txt", Some(1))]);
    let (item, ..) = started(&mut queue, now)[0].clone();
    queue.ended(item, Ended::Exists(None), now);
    queue.choose(item, Choice::Rename, For::One, now);
    started(&mut queue, now);
    queue.ended(item, Ended::Exists(None), now);
    assert_eq!(started(&mut queue, now)[0].1.local, PathBuf::from("/here/f (3).txt"));
}

#[test]
fn a_failure_is_told_with_its_reason_and_tried_again_when_asked() {
    let (mut queue, now) = online();
    let job = queue.add(Way::Send, vec![load("f", Some(10)), load("g", Some(10))]);
    let items = started(&mut queue, now);
    queue.progress(items[0].0, 4, now);
    queue.ended(items[0].0, Ended::Failed(FilesError::Full), now);
    queue.ended(items[1].0, Ended::Done, now);
    let view = &queue.view(now).jobs[0];
    assert_eq!((view.state, view.failed[0].error, view.bytes_done), (JobState::Failed, FilesError::Full, 10));
    queue.retry(job);
    assert_eq!(started(&mut queue, now)[0].0, items[0].0);
}

#[test]
fn pausing_keeps_the_half_and_calling_off_does_not() {
    let (mut queue, now) = online();
    let job = queue.add(Way::Send, vec![load("f", Some(10)), load("g", Some(10))]);
    let items = started(&mut queue, now);
    queue.pause(job);
    assert_eq!(queue.poll(now), Some(Order::Stop { item: items[0].0, keep: true }));
    assert_eq!(queue.poll(now), Some(Order::Stop { item: items[1].0, keep: true }));
    queue.ended(items[0].0, Ended::Stopped, now);
    queue.ended(items[1].0, Ended::Stopped, now);
    assert_eq!((queue.poll(now), queue.state(job)), (None, Some(JobState::Paused)));
    queue.resume(job);
    assert_eq!(started(&mut queue, now).len(), 2);
    queue.cancel(job);
    assert_eq!(queue.poll(now), Some(Order::Stop { item: items[0].0, keep: false }));
    queue.poll(now);
    queue.ended(items[0].0, Ended::Stopped, now);
    queue.ended(items[1].0, Ended::Stopped, now);
    assert_eq!((queue.poll(now), queue.state(job)), (None, Some(JobState::Cancelled)));
    queue.clear(job);
    assert!(queue.view(now).jobs.is_empty());
}

#[test]
fn speed_and_time_left_are_those_of_the_last_seconds() {
    let (mut queue, now) = online();
    queue.add(Way::Send, vec![load("f", Some(10_000))]);
    let (item, ..) = started(&mut queue, now)[0].clone();
    // The first is what was there already.
    for tenth in 0..=20_u64 {
        queue.progress(item, 1_000 + tenth * 100, now + Duration::from_millis(tenth * 100));
    }
    let view = &queue.view(now + Duration::from_secs(2)).jobs[0];
    assert!((1_000.0..1_100.0).contains(&view.speed), "{}", view.speed);
    assert!(view.seconds_left.is_some_and(|left| (6.0..8.0).contains(&left)));
}

proptest! {
    /// Whatever happens in whatever order, nothing is carried twice at once, nothing is forgotten, and it ends.
    #[test]
    fn every_file_ends_once(events in prop::collection::vec((0..8_u8, any::<prop::sample::Index>()), 0..80)) {
        let (mut queue, mut now) = online();
        let job = queue.add(Way::Send, (0..12).map(|n| load(&format!("f{n}"), Some(10))).collect());
        let mut running: Vec<ItemId> = Vec::new();
        let take = |queue: &mut Queue, running: &mut Vec<ItemId>, now| {
            while let Some(order) = queue.poll(now) {
                match order {
                    Order::Start { item, .. } => {
                        assert!(!running.contains(&item));
                        running.push(item);
                    }
                    Order::Stop { item, .. } => {
                        assert!(running.contains(&item));
                        running.retain(|other| *other != item);
                        queue.ended(item, Ended::Stopped, now);
                    }
                }
            }
        };
        take(&mut queue, &mut running, now);
        for (kind, which) in events {
            now += Duration::from_millis(300);
            if !running.is_empty() {
                let item = running[which.index(running.len())];
                let how = match kind {
                    0 => Some(Ended::Done),
                    1 => Some(Ended::Failed(FilesError::Lost)),
                    2 => Some(Ended::Failed(FilesError::Denied)),
                    3 => Some(Ended::Exists(None)),
                    _ => None,
                };
                if let Some(how) = how {
                    running.retain(|other| *other != item);
                    queue.ended(item, how, now);
                }
            }
            match kind {
                4 => queue.pause(job),
                5 => queue.resume(job),
                6 => queue.retry(job),
                7 => queue.online(which.index(2) == 0),
                _ => {}
            }
            take(&mut queue, &mut running, now);
            prop_assert!(running.len() <= AT_ONCE);
        }
        queue.online(true);
        queue.resume(job);
        for _ in 0..40 {
            now += BACK_OFF;
            queue.retry(job);
            let asking = queue.view(now).jobs[0].asking.first().map(|asking| asking.item);
            if let Some(item) = asking {
                queue.choose(item, Choice::Overwrite, For::All, now);
            }
            take(&mut queue, &mut running, now);
            for item in std::mem::take(&mut running) {
                queue.ended(item, Ended::Done, now);
            }
        }
        prop_assert_eq!(queue.state(job), Some(JobState::Done));
        let view = &queue.view(now).jobs[0];
        prop_assert_eq!((view.files_done, view.bytes_done), (12, 120));
    }
}
