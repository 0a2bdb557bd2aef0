//! When somebody who guesses a password is let try again.
//!
//! A try counts before it is looked at, so that many at once are no more than many after one another; whoever was right
//! begins anew. It is counted by the name that was typed, whether there is such an account or not: both are locked
//! alike, so that nobody learns from it which names there are.

use std::time::Duration;

/// Tries that cost nothing: a person mistypes, and tries his other passwords.
pub const FREE: u32 = 5;
/// The first wait after them; each further one is twice as long.
const FIRST: Duration = Duration::from_secs(30);
/// The longest: a hundred guesses in a day find no password, and whom they keep out can sign in within the hour.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// After so much quiet it begins anew.
pub const FORGOTTEN: Duration = Duration::from_secs(24 * 3600);

/// How long nobody is let try after so many wrong tries in a row.
#[must_use]
pub fn pause_after(failures: u32) -> Option<Duration> {
    let beyond = failures.checked_sub(FREE)?;
    // Sixteen doublings are more than the longest.
    Some((FIRST * 2_u32.pow(beyond.min(16))).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_tries_are_free_and_then_each_waits_longer_up_to_a_quarter_of_an_hour() {
        assert_eq!(pause_after(0), None);
        assert_eq!(pause_after(FREE - 1), None);
        let pauses: Vec<u64> = (FREE..FREE + 7).filter_map(pause_after).map(|pause| pause.as_secs()).collect();
        assert_eq!(pauses, [30, 60, 120, 240, 480, 900, 900]);
        assert_eq!(pause_after(u32::MAX), Some(LONGEST));
    }
}
