//! `cargo xtask netlab`: calls of the real programs in networks of every kind, and what breaks them. Linux, as root.
//!
//! | module | what it does |
//! |---|---|
//! | [`nat`] | routers of each kind, as nftables rules |
//! | [`ground`] | the namespaces of a case, on the line of [`netlink`](crate::netlink) |
//! | [`proxy`] | the one way out of some offices |
//! | [`clock`] | a wall clock that can be set for one program |
//! | [`call`] | a call there, and how it fares |
//! | [`cases`] | what happens, and what must come of it |

pub mod call;
pub mod cases;
pub mod clock;
pub mod ground;
pub mod nat;
pub mod proxy;

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value, json};

use crate::{bench::Programs, build, netlink::device, say, stage::display::Display, system};
use cases::{CASES, Case};

/// The customer's screen.
const SCREEN: (u32, u32) = (1280, 800);

/// What this machine lacks for the lab, as a sentence; `None` when it has everything.
#[must_use]
pub fn missing() -> Option<String> {
    device::missing().or_else(|| {
        let there = Command::new("nft").arg("--version").output().is_ok_and(|output| output.status.success());
        (!there).then(|| "nft is not installed (Debian package nftables)".to_owned())
    })
}

/// The cases of these names; all if none is named.
///
/// # Errors
///
/// When there is no case of a name.
pub fn choose(names: &[String]) -> Result<Vec<&'static Case>> {
    for name in names {
        if !CASES.iter().any(|case| case.name == *name) {
            let all: Vec<_> = CASES.iter().map(|case| case.name).collect();
            bail!("there is no case {name:?}; there are: {}", all.join(", "));
        }
    }
    Ok(CASES.iter().filter(|case| names.is_empty() || names.iter().any(|name| name == case.name)).collect())
}

/// Plays these cases; gives the figures and what failed.
///
/// # Errors
///
/// When there is no display.
pub fn play(cases: &[&Case]) -> Result<(Value, Vec<String>)> {
    let desk = Display::start(SCREEN.0, SCREEN.1)?;
    let (mut figures, mut failures, mut lost) = (Map::new(), Vec::new(), 0);
    for (number, case) in (1_u64..).zip(cases) {
        let told = match cases::play(case, &desk, number) {
            Ok(told) => told,
            Err(error) => {
                failures.push(format!("{}: {error:#}", case.name));
                Map::from_iter([("failed".to_owned(), json!(format!("{error:#}")))])
            }
        };
        say(&format!("{} {}", case.name, Value::Object(told.clone())));
        lost += told.get("file_bytes_lost").and_then(Value::as_u64).unwrap_or(0);
        figures.insert(case.name.to_owned(), Value::Object(told));
    }
    let all = json!({
        "cases": cases.len(), "failed": failures.len(), "file_bytes_lost": lost, "case": figures,
    });
    Ok((all, failures))
}

/// Runs the command.
///
/// # Errors
///
/// When this machine cannot, or a case fails; what was measured is written nevertheless.
pub fn run(json: Option<&Path>, names: &[String], programs: Programs) -> Result<()> {
    let cases = choose(names)?;
    system::ensure_packages()?;
    if let Some(missing) = missing() {
        bail!("no network can be made here: {missing}");
    }
    if programs == Programs::Fresh {
        build::everything()?;
    }
    let (figures, failures) = play(&cases)?;
    let text = serde_json::to_string_pretty(&figures)?;
    say(&text);
    if let Some(json) = json {
        fs::write(json, text).with_context(|| format!("cannot write {}", json.display()))?;
    }
    if !failures.is_empty() {
        bail!("failed: {}", failures.join("; "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_chosen_by_name_and_a_wrong_name_is_told() {
        assert_eq!(choose(&[]).unwrap().len(), CASES.len());
        assert_eq!(choose(&["loss30".into()]).unwrap()[0].name, "loss30");
        assert!(choose(&["nothing".into()]).unwrap_err().to_string().contains("there are: open"));
        for name in cases::SHORT {
            assert!(choose(&[name.to_owned()]).is_ok());
        }
    }

    #[test]
    fn every_case_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = CASES.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), CASES.len());
    }
}
