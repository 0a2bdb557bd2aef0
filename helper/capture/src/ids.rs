//! Numbers for monitors: the same name has the same number for as long as the program runs, so that a click on the
//! picture of one monitor never lands on another because a third was unplugged meanwhile.

use std::sync::{Mutex, PoisonError};

use crate::ALL_MONITORS;

/// Names by number. Several screens of one program must agree, so there is one list.
static NAMES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The numbers of the monitors of one moment, which have different names.
pub(crate) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut known = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    numbers(&mut known, &names.collect::<Vec<_>>())
}

fn numbers(known: &mut Vec<String>, names: &[&str]) -> Vec<u8> {
    let new = names.iter().filter(|name| !known.iter().any(|known| known == *name)).count();
    // A machine that has seen that many monitors begins anew.
    if known.len() + new > usize::from(ALL_MONITORS) {
        known.clear();
    }
    let mut number = |name: &str| {
        let at = known.iter().position(|known| known == name).unwrap_or_else(|| {
            known.push(name.to_owned());
            known.len() - 1
        });
        u8::try_from(at).unwrap_or(ALL_MONITORS - 1)
    };
    names.iter().map(|name| number(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monitor_keeps_its_number_whatever_comes_and_goes() {
        let known = &mut Vec::new();
        assert_eq!(numbers(known, &["A", "B"]), [0, 1]);
        assert_eq!(numbers(known, &["B"]), [1]);
        assert_eq!(numbers(known, &["C", "B", "A"]), [2, 1, 0]);
    }

    #[test]
    fn numbers_never_run_out_and_are_never_given_twice() {
        let known = &mut Vec::new();
        for turn in 0..1_000 {
            let names = [format!("{turn}"), format!("{}", turn + 1), "stays".to_owned()];
            let given = numbers(known, &names.each_ref().map(String::as_str));
            assert!(given[0] != given[1] && given[1] != given[2] && given[0] != given[2], "{given:?}");
            assert!(!given.contains(&ALL_MONITORS));
        }
    }
}
