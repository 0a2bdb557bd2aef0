//! The relay's rules, without IO: who may claim a session, how a session lives and ends, when it is given up, who is
//! connected, and how often something may be tried.
//!
//! Everything here is told what happened and when, and answers with what follows. Nothing asks for the time, makes
//! randomness, opens anything or starts anything. The relay keeps the values and carries the answers out.
//!
//! | module | what it decides |
//! |---|---|
//! | [`life`] | where a session stands after each thing that happens |
//! | [`invitation`] | whether a claim is good |
//! | [`reaper`] | when a session is given up |
//! | [`detour`] | who may send to whom through the relay |
//! | [`switchboard`] | which connection is whose, and where a signal goes |
//! | [`rate`] | how often something may be tried |
//! | [`lockout`] | when somebody who guesses a password is let try again |
//! | [`snapshot`] | what a session keeps of the device that came, and the other way round |
//! | [`viewing`] | who looks at a session now |
//! | [`statistics`] | figures of sessions |

pub mod detour;
pub mod invitation;
pub mod life;
pub mod lockout;
pub mod rate;
pub mod reaper;
pub mod snapshot;
pub mod statistics;
pub mod switchboard;
pub mod viewing;
