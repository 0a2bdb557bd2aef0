//! What the system lets a program do only once its user has said so, in the system's own settings: on a Mac, seeing the
//! screen, and using keyboard and mouse. Elsewhere nothing is missing.
//!
//! Decides nothing of the call: who is let in, and to what, is asked as on every system. It only says what the system
//! would not do whatever the customer allows, and opens the place where that can be changed.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::WeakUnboundedSender;

use crate::view::Action;

/// Something to be allowed in the system's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Seeing the screen.
    Screen,
    /// Using keyboard and mouse.
    Hands,
}

impl Permission {
    /// Both, in the order in which a call needs them.
    pub const ALL: [Self; 2] = [Self::Screen, Self::Hands];
}

/// How often it is looked whether the customer has changed it: nothing tells of that.
const LOOK: Duration = Duration::from_secs(2);

/// What the system's user has not allowed.
#[must_use]
pub fn missing() -> Vec<Permission> {
    Permission::ALL.into_iter().filter(|permission| !system::is_given(*permission)).collect()
}

/// Opens the place where it is allowed. The first time the system also asks by itself.
pub fn ask(permission: Permission) {
    system::ask(permission);
}

/// Tells of every change for as long as somebody hears. Where nothing is missing there is nothing to look for.
pub async fn watch(told: WeakUnboundedSender<Action>) {
    tell_of_changes(missing, LOOK, told).await;
}

async fn tell_of_changes(look: impl Fn() -> Vec<Permission>, pause: Duration, told: WeakUnboundedSender<Action>) {
    let mut known = look();
    while !known.is_empty() {
        tokio::time::sleep(pause).await;
        let now = look();
        if now != known {
            known.clone_from(&now);
            let Some(told) = told.upgrade() else { return };
            drop(told.send(Action::Missing { missing: now }));
        } else if told.strong_count() == 0 {
            return;
        }
    }
}

#[cfg(target_os = "macos")]
mod system {
    use std::process::Command;

    use deskhand_capture::macos::{ask_for_the_screen, may_see_the_screen};
    use deskhand_input::macos::{ask_for_control, may_control};

    use super::Permission;

    pub(super) fn is_given(permission: Permission) -> bool {
        match permission {
            Permission::Screen => may_see_the_screen(),
            Permission::Hands => may_control(),
        }
    }

    pub(super) fn ask(permission: Permission) {
        let place = match permission {
            Permission::Screen => {
                ask_for_the_screen();
                "Privacy_ScreenCapture"
            }
            Permission::Hands => {
                ask_for_control();
                "Privacy_Accessibility"
            }
        };
        let place = format!("x-apple.systempreferences:com.apple.preference.security?{place}");
        // It ends at once, and is waited for so that nothing of it stays.
        let open = move || match Command::new("/usr/bin/open").arg(place).status() {
            Ok(done) if done.success() => {}
            done => tracing::warn!(?done, "the settings do not open"),
        };
        drop(std::thread::Builder::new().name("settings".to_owned()).spawn(open));
    }
}

#[cfg(not(target_os = "macos"))]
mod system {
    use super::Permission;

    pub(super) const fn is_given(_: Permission) -> bool {
        true
    }

    /// Never offered here.
    pub(super) const fn ask(_: Permission) {}
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::sync::mpsc;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{
        front::Front,
        start::Field,
        view::{Stage, View},
    };

    #[cfg(not(target_os = "macos"))]
    #[test]
    fn nothing_is_missing_where_the_system_asks_nobody() {
        assert_eq!(missing(), []);
    }

    #[tokio::test]
    async fn each_change_is_told_until_nothing_is_missing() {
        let answers =
            Mutex::new(vec![vec![], vec![Permission::Hands], Permission::ALL.to_vec(), Permission::ALL.to_vec()]);
        let look = || answers.lock().unwrap().pop().unwrap();
        let (sender, mut told) = mpsc::unbounded_channel();
        tell_of_changes(look, Duration::ZERO, sender.downgrade()).await;
        drop(sender);
        assert_eq!(told.recv().await, Some(Action::Missing { missing: vec![Permission::Hands] }));
        assert_eq!(told.recv().await, Some(Action::Missing { missing: vec![] }));
        assert_eq!(told.recv().await, None);
    }

    #[tokio::test]
    async fn it_ends_with_who_hears_it() {
        let (sender, _told) = mpsc::unbounded_channel();
        let weak = sender.downgrade();
        drop(sender);
        tell_of_changes(|| vec![Permission::Screen], Duration::ZERO, weak).await;
    }

    #[tokio::test]
    async fn the_window_shows_what_is_missing_and_no_longer() {
        let (mut front, wires) = Front::new(View::new(Stage::Calling));
        let (mut views, actions) = (wires.view.clone(), wires.actions.clone());
        let stop = CancellationToken::new();
        let field = front.ask_for_a_call(Field::default(), &stop);
        let plays = async {
            for missing in [Permission::ALL.to_vec(), vec![Permission::Hands], vec![]] {
                actions.send(Action::Missing { missing: missing.clone() }).unwrap();
                views.wait_for(|view| view.stage == Stage::Field && view.missing == missing).await.unwrap();
            }
            stop.cancel();
        };
        let (call, ()) = tokio::join!(field, plays);
        assert!(call.is_none());
    }

    #[test]
    fn only_the_program_says_what_is_missing_and_only_the_window_what_is_wanted() {
        assert!(!Action::Missing { missing: vec![] }.is_the_pages());
        let wanted: Action = serde_json::from_str(r#"{"kind":"permit","permission":"screen"}"#).unwrap();
        assert_eq!(wanted, Action::Permit { permission: Permission::Screen });
        assert!(serde_json::from_str::<Action>(r#"{"kind":"missing","missing":[]}"#).is_err());
    }
}
