//! The scenes of `bench picture`, a file each. Each gives one object of figures; none invents one: what cannot be
//! measured is an error.

pub mod drag;
pub mod idle;
pub mod long;
pub mod lossy;
pub mod mbit1;
pub mod moving;
pub mod scroll;
pub mod step;
pub mod still;
pub mod typing;
pub mod video;
pub mod window;

use std::time::Duration;

/// How long a desktop is left alone before it is measured: what its programs and the last picture still have to do.
pub const SETTLING: Duration = Duration::from_secs(2);

/// Rests.
pub fn settle() {
    std::thread::sleep(SETTLING);
}
