//! The clock that all measured programs share: microseconds since 1970. A page in a browser has no other, and a program
//! without unsafe code neither; so it must not be set while something is measured.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};

/// How far the clock may be moved under a measurement.
const DRIFT: Duration = Duration::from_millis(2);

/// Now.
#[must_use]
pub fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Milliseconds from one time to another.
#[must_use]
pub fn ms_between(from_us: u64, to_us: u64) -> f64 {
    (to_us as f64 - from_us as f64) / 1000.0
}

/// Notices whether the clock was set.
#[derive(Debug)]
pub struct Guard {
    wall_us: u64,
    steady: Instant,
}

impl Guard {
    /// From now on.
    #[must_use]
    pub fn begin() -> Self {
        Self { wall_us: now_us(), steady: Instant::now() }
    }

    /// Until now.
    ///
    /// # Errors
    ///
    /// When the clock was set in between: no time that was taken with it can be used.
    pub fn end(&self) -> Result<()> {
        let (wall, steady) = (ms_between(self.wall_us, now_us()), self.steady.elapsed());
        // Clocks are slewed by at most 500 ppm.
        let allowed = (DRIFT + steady / 2000).as_secs_f64() * 1000.0;
        ensure!(
            (wall - steady.as_secs_f64() * 1000.0).abs() <= allowed,
            "this machine's clock was set during the measurement; run it again"
        );
        Ok(())
    }
}
