//! `cargo xtask attack`: ends that keep no rule, against the real programs.
//!
//! An attempt is one thing that must not have an effect: a message, a frame, a request. It is *refused* when it had
//! none, and *got through* when it had one that nobody granted. A program that ended or no longer answers is a crash.
//! A suite is a function that tries things and notes each in a [`Tally`]; further suites are added to [`SUITES`].

mod end;
mod helper;
mod relay;
mod stranger;
mod technician;
mod wire;

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

/// How much is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Each kind a few times, for `cargo xtask test`.
    Short,
    /// Each kind often.
    Full,
}

impl Length {
    /// How often a thing is repeated that is tried `short` times in a test.
    #[must_use]
    pub const fn times(self, short: usize) -> usize {
        match self {
            Self::Short => short,
            Self::Full => short * 10,
        }
    }
}

/// What came of the attempts of a suite.
#[derive(Debug, Default)]
pub struct Tally {
    attempts: usize,
    got_through: Vec<String>,
    crashes: Vec<String>,
}

impl Tally {
    /// So many things were tried; `effect` says what got through, if anything did.
    pub fn tried(&mut self, attempts: usize, what: &str, effect: Option<String>) {
        self.attempts += attempts;
        if let Some(effect) = effect {
            self.got_through.push(format!("{what}: {effect}"));
        }
    }

    /// A program ended or does not answer.
    pub fn crashed(&mut self, what: impl Into<String>) {
        self.crashes.push(what.into());
    }

    fn value(&self) -> Value {
        let what: Vec<&String> = self.got_through.iter().chain(&self.crashes).collect();
        json!({
            "attempts": self.attempts,
            "refused": self.attempts.saturating_sub(self.got_through.len()),
            "got_through": self.got_through.len(),
            "crashes": self.crashes.len(),
            "what": what,
        })
    }
}

/// What happened in all suites.
#[derive(Debug)]
pub struct Outcome(Vec<(&'static str, Tally)>);

impl Outcome {
    /// The figures, as `--json` writes them.
    #[must_use]
    pub fn value(&self) -> Value {
        let sum = |count: fn(&Tally) -> usize| self.0.iter().map(|(_, tally)| count(tally)).sum::<usize>();
        let (attempts, through) = (sum(|tally| tally.attempts), sum(|tally| tally.got_through.len()));
        let suites: Map<String, Value> =
            self.0.iter().map(|(name, tally)| ((*name).to_owned(), tally.value())).collect();
        json!({
            "attempts": attempts,
            "refused": attempts.saturating_sub(through),
            "got_through": through,
            "crashes": sum(|tally| tally.crashes.len()),
            "suites": suites,
        })
    }

    /// Whether nothing got through and nothing broke.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.0.iter().all(|(_, tally)| tally.got_through.is_empty() && tally.crashes.is_empty())
    }
}

type Suite = fn(Length, &mut Tally) -> Result<()>;

/// Every suite, by the name of the end that breaks the rules.
pub const SUITES: &[(&str, Suite)] =
    &[("stranger", stranger::run), ("relay", relay::run), ("helper", helper::run), ("technician", technician::run)];

/// Runs all suites, or the one of this name, against the programs as they are built.
///
/// # Errors
///
/// When a stage cannot be set or a suite cannot go on.
pub fn play(length: Length, only: Option<&str>) -> Result<Outcome> {
    let mut outcome = Vec::new();
    for (name, suite) in SUITES.iter().filter(|(name, _)| only.is_none_or(|only| only == *name)) {
        let mut tally = Tally::default();
        suite(length, &mut tally).with_context(|| format!("the suite {name:?}"))?;
        crate::say(&format!("{name}: {}", tally.value()));
        outcome.push((*name, tally));
    }
    Ok(Outcome(outcome))
}

/// Builds the programs, runs all suites or the named one, and writes what happened.
///
/// # Errors
///
/// When anything got through or broke, or cannot be tried; when there is no such suite.
pub fn run(json: Option<&Path>, suite: Option<&str>) -> Result<()> {
    let known = suite.is_none_or(|suite| SUITES.iter().any(|(name, _)| *name == suite));
    anyhow::ensure!(known, "there is no such suite; there are: stranger, relay, helper, technician");
    crate::system::ensure_packages()?;
    crate::build::everything()?;
    let outcome = play(Length::Full, suite)?;
    if let Some(json) = json {
        fs::write(json, serde_json::to_vec_pretty(&outcome.value())?)?;
    }
    anyhow::ensure!(outcome.is_clean(), "something got through: {}", outcome.value());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_got_through_is_counted_and_named() {
        let mut tally = Tally::default();
        tally.tried(10, "keys", None);
        tally.tried(1, "a frame", Some("it was shown".to_owned()));
        let outcome = Outcome(vec![("technician", tally)]);
        let value = outcome.value();
        assert_eq!((&value["attempts"], &value["refused"]), (&json!(11), &json!(10)));
        assert_eq!((&value["got_through"], &value["crashes"]), (&json!(1), &json!(0)));
        assert_eq!(value["suites"]["technician"]["what"], json!(["a frame: it was shown"]));
        assert!(!outcome.is_clean());
    }
}
