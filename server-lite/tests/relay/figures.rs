//! Figures against the list of sessions, over random histories: whatever happened, every number in the statistics is
//! what somebody would count in the list by hand, to the second.

use std::time::Instant;

use deskhand_core::life::{End, Life};
use deskhand_protocol::{
    UnixMillis,
    error::ErrorCode,
    id::TechnicianId,
    key::PublicKey,
    record::{ConsentAnswer, EndReason, SessionRecord},
    relay::{
        Report,
        records::{Figures, Order, SessionFilter, SessionSort, Statistics, StatisticsQuery},
    },
    text::Tag,
};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};

use crate::peers::{House, Technician, fresh, name, post};

/// 2026-03-02 10:00 UTC.
const EARLY: i64 = 1_772_445_600_000;
const DAY: i64 = 24 * 3_600_000;

/// One step of a session, and how many milliseconds after the one before; a clock may have been set back.
#[derive(Debug, Clone)]
enum Step {
    Came,
    Asked(ConsentAnswer),
    Live,
    Paused,
    Lost,
    GoneOn,
    Ended(EndReason),
}

#[derive(Debug, Clone)]
struct History {
    created: i64,
    customer: u8,
    tags: Vec<u8>,
    steps: Vec<(i64, Step)>,
}

fn step() -> impl Strategy<Value = Step> {
    let answer = prop_oneof![Just(ConsentAnswer::Allowed), Just(ConsentAnswer::Denied), Just(ConsentAnswer::NoAnswer)];
    let reason = prop_oneof![Just(EndReason::CustomerEnded), Just(EndReason::Interrupted), Just(EndReason::HardEnd)];
    prop_oneof![
        3 => Just(Step::Came),
        2 => answer.prop_map(Step::Asked),
        4 => Just(Step::Live),
        1 => Just(Step::Paused),
        1 => Just(Step::Lost),
        1 => Just(Step::GoneOn),
        1 => reason.prop_map(Step::Ended),
    ]
}

fn history() -> impl Strategy<Value = History> {
    let steps = prop::collection::vec((-2_000..700_000_i64, step()), 0..12);
    (0..10 * DAY, 0..5_u8, prop::collection::vec(0..3_u8, 0..3), steps)
        .prop_map(|(created, customer, tags, steps)| History { created: EARLY + created, customer, tags, steps })
}

/// What a session's rules make of its history, and how its customer answered.
fn play(history: &History) -> (Life, Vec<ConsentAnswer>) {
    let mut now = history.created;
    let mut life = Life::open(UnixMillis(now));
    let mut answers = Vec::new();
    for (later, step) in &history.steps {
        now += later;
        let at = UnixMillis(now);
        // A step that does not fit is refused by the rules, as in life.
        let _ = match step {
            Step::Came => life.helper_came(PublicKey([7; 32]), at).map(drop),
            Step::Asked(answer) => {
                let report = Report::Consent { asked: vec![], granted: vec![], answer: *answer };
                let taken = life.report(End::Helper, &report, at).map(drop);
                answers.extend(taken.is_ok().then_some(*answer));
                taken
            }
            Step::Live => life.report(End::Helper, &Report::Live, at).map(drop),
            Step::Paused => life.report(End::Helper, &Report::Paused { paused: true }, at).map(drop),
            Step::Lost => life.report(End::Console, &Report::ConnectionLost, at).map(drop),
            Step::GoneOn => life.report(End::Helper, &Report::Paused { paused: false }, at).map(drop),
            Step::Ended(reason) => {
                life.end(*reason, at);
                Ok(())
            }
        };
    }
    // What still runs would be given up when the relay starts, and grow meanwhile.
    life.end(EndReason::TechnicianEnded, UnixMillis(now + 1_234));
    (life, answers)
}

fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

/// Writes histories into the file of a relay that does not run.
fn write(house: &House, technician: TechnicianId, histories: &[History]) {
    let mut db = rusqlite::Connection::open(house.dir.path().join("relay.db")).unwrap();
    let change = db.transaction().unwrap();
    for history in histories {
        let (life, answers) = play(history);
        let id = uuid::Uuid::now_v7().to_string();
        change.execute("INSERT INTO conversations (id, created_at) VALUES (?1, 0)", [&id]).unwrap();
        let sql = "INSERT INTO sessions (id, status, customer, technician, technician_name, company, conversation, \
                   created_at, waiting_at, started_at, ended_at, end_reason, last_active_at) \
                   VALUES (?1, ?2, ?3, ?4, 'Ada', '', ?1, ?5, ?6, ?7, ?8, ?9, ?10)";
        let values = rusqlite::params![
            id,
            word(&life.status),
            format!("Customer {}", history.customer),
            technician.to_string(),
            history.created,
            life.waiting_at.map(|at| at.0),
            life.started_at.map(|at| at.0),
            life.ended_at.map(|at| at.0),
            life.end_reason.as_ref().map(word),
            life.last_active_at.0,
        ];
        change.execute(sql, values).unwrap();
        for tag in &history.tags {
            let sql = "INSERT INTO session_tags (session, tag) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            change.execute(sql, (&id, format!("tag {tag}"))).unwrap();
        }
        for answer in answers {
            let sql = "INSERT INTO consents (id, session, asked, granted, answer, answered_at) \
                       VALUES (?1, ?2, '[]', '[]', ?3, 0)";
            change.execute(sql, (uuid::Uuid::now_v7().to_string(), &id, word(&answer))).unwrap();
        }
    }
    change.commit().unwrap();
}

/// What somebody counts in the list by hand.
fn by_hand<'a>(sessions: impl Iterator<Item = &'a SessionRecord>) -> Figures {
    let mut figures = Figures::default();
    let (mut customers, mut wait_ms, mut waits) = (std::collections::BTreeSet::new(), 0, 0);
    for session in sessions {
        figures.sessions += 1;
        customers.insert(session.customer.clone());
        let Some(length) = session.duration_ms else { continue };
        figures.connected += 1;
        figures.total_s += length / 1_000;
        if let Some(came) = session.waiting_at {
            waits += 1;
            wait_ms += session.started_at.unwrap().0 - came.0;
        }
    }
    figures.customers = customers.len() as u32;
    figures.mean_length_s = (figures.connected > 0).then(|| figures.total_s / u64::from(figures.connected));
    figures.mean_wait_s = (waits > 0).then(|| u64::try_from(wait_ms / waits / 1_000).unwrap());
    figures
}

/// Without what the list does not show.
fn shown(figures: &Figures) -> Figures {
    Figures { asked: 0, declined: 0, ..*figures }
}

async fn agree(owner: &Technician, histories: &[History], filter: SessionFilter, edges: &[i64]) {
    let edges: Vec<UnixMillis> = edges.iter().copied().map(UnixMillis).collect();
    let query = StatisticsQuery { filter: filter.clone(), edges: edges.clone() };
    let told: Statistics = post(owner.at, "/api/v1/statistics", Some(&owner.token), &query).await.is(200);
    let within = SessionFilter { from: edges.first().copied(), to: edges.last().copied(), ..filter };
    let list = owner.find(within.clone(), SessionSort::Date, Order::Descending, 200).await;
    assert_eq!(shown(&told.total), by_hand(list.iter()));
    for (part, pair) in told.parts.iter().zip(edges.windows(2)) {
        assert_eq!(shown(part), by_hand(list.iter().filter(|one| (pair[0]..pair[1]).contains(&one.created_at))));
    }
    for group in &told.customers {
        let named = |one: &&SessionRecord| Some(&one.customer) == group.name.as_ref();
        assert_eq!(shown(&group.figures), by_hand(list.iter().filter(named)));
    }
    for group in &told.tags {
        let tagged = |one: &&SessionRecord| match &group.name {
            Some(name) => one.tags.contains(&Tag::new(name.as_str()).unwrap()),
            None => one.tags.is_empty(),
        };
        assert_eq!(shown(&group.figures), by_hand(list.iter().filter(tagged)));
    }
    assert!(list.iter().all(|one| one.duration_ms.is_none_or(|length| length < 100 * 3_600_000)), "never negative");
    if within.tag.is_none() && within.customer.is_none() {
        let of_period = histories.iter().filter(|one| (edges[0].0..edges[edges.len() - 1].0).contains(&one.created));
        let answers: Vec<ConsentAnswer> = of_period.flat_map(|one| play(one).1).collect();
        let no = |answer: &&ConsentAnswer| matches!(answer, ConsentAnswer::Denied | ConsentAnswer::NoAnswer);
        assert_eq!(told.total.asked as usize, answers.len());
        assert_eq!(told.total.declined as usize, answers.iter().filter(no).count());
    }
}

#[tokio::test]
async fn figures_agree_with_the_list_to_the_second_over_random_histories() {
    let mut runner = TestRunner::new(Config::default());
    for _ in 0..6 {
        let mut house = House::new().await;
        let mut owner = house.owner().await;
        house.stop().await;
        let histories = prop::collection::vec(history(), 0..120).new_tree(&mut runner).unwrap().current();
        write(&house, owner.record.id, &histories);
        house.start().await;
        owner.sign_in(house.at()).await;
        let days: Vec<i64> = (0..=10).map(|day| EARLY + day * DAY).collect();
        agree(&owner, &histories, SessionFilter::default(), &days).await;
        agree(&owner, &histories, SessionFilter::default(), &[EARLY + DAY / 3, EARLY + 4 * DAY, EARLY + 5 * DAY]).await;
        let tag = Some(Tag::new("tag 1").unwrap());
        agree(&owner, &histories, SessionFilter { tag, ..SessionFilter::default() }, &days).await;
        let customer = Some(name("Customer 2"));
        agree(&owner, &histories, SessionFilter { customer, ..SessionFilter::default() }, &days).await;
    }
}

#[tokio::test]
async fn a_period_that_makes_no_sense_is_refused() {
    let house = House::new().await;
    let owner = house.owner().await;
    for edges in [vec![], vec![1], vec![2, 1], vec![1, 1], (0..500).collect::<Vec<i64>>()] {
        let query = serde_json::json!({ "filter": {}, "edges": edges });
        post(owner.at, "/api/v1/statistics", Some(&owner.token), &query).await.refuses(400, ErrorCode::Malformed);
    }
}

/// A shop's years: a page is found and counted quickly enough to type against.
#[tokio::test]
async fn a_hundred_thousand_sessions_are_searched_and_counted() {
    let mut house = House::new().await;
    let mut owner = house.owner().await;
    house.stop().await;
    let mut db = rusqlite::Connection::open(house.dir.path().join("relay.db")).unwrap();
    let change = db.transaction().unwrap();
    let text = |bytes: [u8; 6]| data_encoding::HEXLOWER.encode(&bytes);
    for n in 0..100_000_i64 {
        let id = uuid::Uuid::now_v7().to_string();
        change
            .prepare_cached("INSERT INTO conversations (id, created_at) VALUES (?1, 0)")
            .unwrap()
            .execute([&id])
            .unwrap();
        let sql = "INSERT INTO sessions (id, status, customer, technician, technician_name, company, conversation, \
                   created_at, started_at, ended_at, end_reason, last_active_at, host, words) \
                   VALUES (?1, 'ended', ?2, ?3, 'Ada', '', ?1, ?4, ?4, ?5, 'customer_ended', ?5, ?6, ?7)";
        let customer = format!("Customer {}", n % 300);
        let host = text(fresh());
        let words = format!("{}\n{host}\nada\n{id}", customer.to_lowercase());
        let at = EARLY + n * 60_000;
        let values = rusqlite::params![id, customer, owner.record.id.to_string(), at, at + 90_500, host, words];
        change.prepare_cached(sql).unwrap().execute(values).unwrap();
    }
    change.commit().unwrap();
    drop(db);
    house.start().await;
    owner.sign_in(house.at()).await;
    let query = |text: &str| deskhand_protocol::relay::records::SessionQuery {
        filter: SessionFilter {
            text: Some(deskhand_protocol::text::SearchText::new(text).unwrap()),
            ..SessionFilter::default()
        },
        sort: SessionSort::Date,
        order: Order::Descending,
        after: None,
        limit: 50,
    };
    let mut took = Vec::new();
    for text in ["customer 7", "zzz not there", "ada", ""] {
        let began = Instant::now();
        let page = owner.page(&query(text)).await;
        took.push((text, page.total.unwrap(), began.elapsed()));
    }
    assert_eq!(took.iter().map(|(_, total, _)| *total).collect::<Vec<_>>()[1..], [0, 100_000, 100_000]);
    let edges: Vec<UnixMillis> = (0..=80).map(|day| UnixMillis(EARLY + day * DAY)).collect();
    let began = Instant::now();
    let body = StatisticsQuery { filter: SessionFilter::default(), edges };
    let told: Statistics = post(owner.at, "/api/v1/statistics", Some(&owner.token), &body).await.is(200);
    assert_eq!((told.total.sessions, told.total.total_s), (100_000, 9_000_000));
    eprintln!("searches {took:?}, statistics {:?}", began.elapsed());
}
