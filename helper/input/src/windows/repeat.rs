//! How fast a held key repeats, as the customer has set it.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::time::Duration;

use windows::Win32::UI::WindowsAndMessaging::{
    SPI_GETKEYBOARDDELAY, SPI_GETKEYBOARDSPEED, SYSTEM_PARAMETERS_INFO_ACTION, SYSTEM_PARAMETERS_INFO_UPDATE_FLAGS,
    SystemParametersInfoW,
};

use crate::repeat::Pace;

pub(super) const PACE: Pace = Pace { delay, interval };

/// Before the first: a quarter of a second to a second.
fn delay() -> Duration {
    Duration::from_millis(250) * (setting(SPI_GETKEYBOARDDELAY).min(3) + 1)
}

/// Between two: 2.5 to 30 in a second, in 31 steps.
fn interval() -> Duration {
    let per_second = 2.5 + f64::from(setting(SPI_GETKEYBOARDSPEED).min(31)) * (27.5 / 31.0);
    Duration::from_secs_f64(1.0 / per_second)
}

fn setting(which: SYSTEM_PARAMETERS_INFO_ACTION) -> u32 {
    let mut value = 1_u32;
    let to = Some((&raw mut value).cast());
    // SAFETY: both write one number of this size. What cannot be had stays as it is.
    let _ = unsafe { SystemParametersInfoW(which, 0, to, SYSTEM_PARAMETERS_INFO_UPDATE_FLAGS(0)) };
    value
}
