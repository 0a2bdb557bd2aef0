//! Figures against a second way of counting the same.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use deskhand_core::statistics::{BadPeriod, Count, Fact};
use deskhand_protocol::{UnixMillis, id::TechnicianId, limit::PARTS, relay::records::Figures, text::Name};
use proptest::prelude::*;

fn technician(n: u8) -> TechnicianId {
    format!("00000000-0000-7000-9000-0000000000{n:02}").parse().unwrap()
}

fn fact() -> impl Strategy<Value = Fact> {
    let length = prop::option::of(0..40_000_u64);
    (
        0..1_000_i64,
        0..200_i64,
        0..300_i64,
        length,
        0..3_u8,
        0..4_u8,
        prop::collection::vec(0..3_u8, 0..4),
        0..4_u32,
        0..4_u32,
    )
        .prop_map(|(created, came, waited, length, who, customer, tags, asked, declined)| Fact {
            created_at: UnixMillis(created),
            waiting_at: (came % 3 != 0).then_some(UnixMillis(created + came)),
            started_at: length.map(|_| UnixMillis(created + came + waited)),
            duration_ms: length,
            technician: technician(who),
            technician_name: Name::new(format!("Technician {who}")).unwrap(),
            customer: Name::new(if customer == 0 { String::new() } else { format!("Customer {customer}") }).unwrap(),
            tags: tags.iter().map(|tag| Name::new(format!("tag {tag}")).map(|name| tag_of(&name)).unwrap()).collect(),
            asked,
            declined: declined.min(asked),
        })
}

fn tag_of(name: &Name) -> deskhand_protocol::text::Tag {
    deskhand_protocol::text::Tag::new(name.as_str()).unwrap()
}

/// The figures of some facts, counted plainly.
fn plainly<'a>(facts: impl Iterator<Item = &'a Fact>) -> Figures {
    let facts: Vec<&Fact> = facts.collect();
    let connected: Vec<&&Fact> = facts.iter().filter(|fact| fact.duration_ms.is_some()).collect();
    let mut customers: Vec<&str> =
        facts.iter().map(|fact| fact.customer.as_str()).filter(|name| !name.is_empty()).collect();
    customers.sort_unstable();
    customers.dedup();
    let total_s = connected.iter().map(|fact| fact.duration_ms.unwrap() / 1_000).sum::<u64>();
    let waits: Vec<u64> = connected
        .iter()
        .filter_map(|fact| Some(u64::try_from(fact.started_at?.0 - fact.waiting_at?.0).unwrap()))
        .collect();
    Figures {
        sessions: facts.len().try_into().unwrap(),
        connected: connected.len().try_into().unwrap(),
        customers: customers.len().try_into().unwrap(),
        total_s,
        mean_length_s: (!connected.is_empty()).then(|| total_s / connected.len() as u64),
        mean_wait_s: (!waits.is_empty()).then(|| waits.iter().sum::<u64>() / waits.len() as u64 / 1_000),
        asked: facts.iter().map(|fact| fact.asked).sum(),
        declined: facts.iter().map(|fact| fact.declined).sum(),
    }
}

proptest! {
    #[test]
    fn every_figure_is_that_of_a_plain_count(facts in prop::collection::vec(fact(), 0..60), cut in 100..900_i64) {
        let edges = [UnixMillis(0), UnixMillis(cut), UnixMillis(950)];
        let mut count = Count::new(edges.to_vec()).unwrap();
        facts.iter().for_each(|fact| count.add(fact));
        let told = count.finish();
        let within = |from: i64, to: i64| facts.iter().filter(move |fact| (from..to).contains(&fact.created_at.0));
        prop_assert_eq!(told.total, plainly(within(0, 950)));
        prop_assert_eq!(&told.parts, &[plainly(within(0, cut)), plainly(within(cut, 950))]);
        for group in &told.customers {
            let name = group.name.as_ref().map_or("", |name| name.as_str());
            prop_assert_eq!(group.figures, plainly(within(0, 950).filter(|fact| fact.customer.as_str() == name)));
        }
        for group in &told.technicians {
            let name = group.name.as_ref().unwrap();
            prop_assert_eq!(group.figures, plainly(within(0, 950).filter(|fact| fact.technician_name == *name)));
        }
        for group in &told.tags {
            let has = |fact: &&Fact| match &group.name {
                Some(name) => fact.tags.iter().any(|tag| tag.as_str() == name.as_str()),
                None => fact.tags.is_empty(),
            };
            prop_assert_eq!(group.figures, plainly(within(0, 950).filter(has)));
        }
        for groups in [&told.technicians, &told.customers] {
            prop_assert_eq!(groups.iter().map(|group| group.figures.sessions).sum::<u32>(), told.total.sessions);
            prop_assert_eq!(groups.iter().map(|group| group.figures.total_s).sum::<u64>(), told.total.total_s);
            prop_assert!(groups.windows(2).all(|pair| pair[0].figures.sessions >= pair[1].figures.sessions));
        }
    }
}

#[test]
fn nothing_is_zero_and_unknown_and_no_period_is_refused() {
    let told = Count::new(vec![UnixMillis(0), UnixMillis(1)]).unwrap().finish();
    assert_eq!((told.total.total_s, told.total.mean_length_s, told.total.mean_wait_s), (0, None, None));
    let edges = |edges: &[i64]| Count::new(edges.iter().copied().map(UnixMillis).collect()).map(|_| ());
    for bad in [&[][..], &[1], &[1, 1], &[2, 1], &[0, 5, 4]] {
        assert_eq!(edges(bad), Err(BadPeriod));
    }
    let many = i64::try_from(PARTS).unwrap();
    assert_eq!(edges(&(0..=many).collect::<Vec<_>>()), Ok(()));
    assert_eq!(edges(&(0..=many + 1).collect::<Vec<_>>()), Err(BadPeriod));
}
