//! Figures of sessions. Each is counted once, in the part of the period in which it was made; its length is counted in
//! whole seconds, as it is shown, so that every sum is the sum of what a list shows.

use std::collections::{BTreeMap, BTreeSet};

use deskhand_protocol::{
    UnixMillis,
    id::TechnicianId,
    limit::PARTS,
    relay::records::{FigureGroup, Figures, Statistics},
    text::{Name, Tag},
};

/// What is counted of a session.
#[derive(Debug, Clone)]
pub struct Fact {
    /// When it was made.
    pub created_at: UnixMillis,
    /// When its customer came.
    pub waiting_at: Option<UnixMillis>,
    /// When the screen was first shared.
    pub started_at: Option<UnixMillis>,
    /// From then to its end, or to now. Milliseconds.
    pub duration_ms: Option<u64>,
    /// Whose it is.
    pub technician: TechnicianId,
    /// His name then.
    pub technician_name: Name,
    /// Whom it was for.
    pub customer: Name,
    /// What was put on it.
    pub tags: Vec<Tag>,
    /// How often the customer was asked and could answer.
    pub asked: u32,
    /// How often he said no, or nothing.
    pub declined: u32,
}

/// The parts of a period make no sense: fewer than one, too many, or not growing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the parts of the period make no sense")]
pub struct BadPeriod;

/// Counts while facts come, in any order.
#[derive(Debug)]
pub struct Count {
    edges: Vec<UnixMillis>,
    total: Sum,
    parts: Vec<Sum>,
    technicians: BTreeMap<TechnicianId, (Name, Sum)>,
    customers: BTreeMap<Option<Name>, Sum>,
    tags: BTreeMap<Option<Name>, Sum>,
}

#[derive(Debug, Clone, Default)]
struct Sum {
    sessions: u32,
    connected: u32,
    customers: BTreeSet<Name>,
    total_s: u64,
    wait_ms: u64,
    waits: u64,
    asked: u32,
    declined: u32,
}

impl Count {
    /// Of the period between the first and the last edge, in the parts between neighbours.
    ///
    /// # Errors
    ///
    /// [`BadPeriod`].
    pub fn new(edges: Vec<UnixMillis>) -> Result<Self, BadPeriod> {
        let grows = edges.windows(2).all(|pair| pair[0].0 < pair[1].0);
        if edges.len() < 2 || edges.len() > PARTS + 1 || !grows {
            return Err(BadPeriod);
        }
        let parts = vec![Sum::default(); edges.len() - 1];
        Ok(Self {
            edges,
            total: Sum::default(),
            parts,
            technicians: BTreeMap::new(),
            customers: BTreeMap::new(),
            tags: BTreeMap::new(),
        })
    }

    /// Counts one; nothing outside of the period.
    pub fn add(&mut self, fact: &Fact) {
        let Some(part) = self.edges.partition_point(|edge| edge.0 <= fact.created_at.0).checked_sub(1) else { return };
        let Some(part) = self.parts.get_mut(part) else { return };
        part.add(fact);
        self.total.add(fact);
        self.technicians
            .entry(fact.technician)
            .or_insert_with(|| (fact.technician_name.clone(), Sum::default()))
            .1
            .add(fact);
        self.customers.entry(Some(fact.customer.clone()).filter(|name| !name.is_blank())).or_default().add(fact);
        // Twice the same tag is one.
        let tags: BTreeSet<&Tag> = fact.tags.iter().collect();
        if tags.is_empty() {
            self.tags.entry(None).or_default().add(fact);
        }
        for tag in tags {
            self.tags.entry(Some(Name::lossy(tag.as_str()))).or_default().add(fact);
        }
    }

    /// The figures.
    #[must_use]
    pub fn finish(self) -> Statistics {
        let technicians = self.technicians.into_values().map(|(name, sum)| (Some(name), sum)).collect();
        Statistics {
            total: self.total.figures(),
            parts: self.parts.iter().map(Sum::figures).collect(),
            technicians: groups(technicians),
            customers: groups(self.customers.into_iter().collect()),
            tags: groups(self.tags.into_iter().collect()),
        }
    }
}

fn groups(mut sums: Vec<(Option<Name>, Sum)>) -> Vec<FigureGroup> {
    sums.sort_by(|a, b| b.1.sessions.cmp(&a.1.sessions).then_with(|| a.0.cmp(&b.0)));
    sums.into_iter().map(|(name, sum)| FigureGroup { name, figures: sum.figures() }).collect()
}

impl Sum {
    fn add(&mut self, fact: &Fact) {
        self.sessions += 1;
        if !fact.customer.is_blank() {
            self.customers.insert(fact.customer.clone());
        }
        if let (Some(started), Some(duration)) = (fact.started_at, fact.duration_ms) {
            self.connected += 1;
            self.total_s += duration / 1_000;
            if let Some(waiting) = fact.waiting_at {
                self.waits += 1;
                self.wait_ms += u64::try_from(started.0.saturating_sub(waiting.0)).unwrap_or(0);
            }
        }
        self.asked += fact.asked;
        self.declined += fact.declined.min(fact.asked);
    }

    fn figures(&self) -> Figures {
        Figures {
            sessions: self.sessions,
            connected: self.connected,
            customers: u32::try_from(self.customers.len()).unwrap_or(u32::MAX),
            total_s: self.total_s,
            mean_length_s: self.total_s.checked_div(u64::from(self.connected)),
            mean_wait_s: self.wait_ms.checked_div(self.waits).map(|ms| ms / 1_000),
            asked: self.asked,
            declined: self.declined,
        }
    }
}
