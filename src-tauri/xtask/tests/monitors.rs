//! Several monitors: one at a time, side by side and all in one picture, and the mouse right on each of them.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use xtask::stage::{call::Call, monitors::Part, wait_for};

const LEFT: Part = Part { name: "DP-1", x: 0, y: 120, width: 641, height: 480 };
const RIGHT: Part = Part { name: "HDMI-2", x: 641, y: 0, width: 639, height: 801 };
const SCREEN: (u32, u32) = (1280, 801);

/// A customer with two monitors of odd sizes, the second one higher than the first, and a small coloured text on each.
fn call() -> (Call, Vec<xtask::stage::Program>) {
    let call = Call::live_on_monitors(SCREEN, &[LEFT, RIGHT]).unwrap();
    let text = |place: &str, title: &str| {
        let look = ["-u8", "-fa", "DejaVu Sans Mono", "-fs", "8", "-geometry", place, "-T", title, "-e", "sh", "-c"];
        let lines = r#"for i in $(seq 1 12); do for c in 31 32 34 35; do
            printf '\033[%sm%s \033[7m%s\033[0m ' $c text here; done; echo; done; sleep 600"#;
        let program = call.desk.start_program("xterm", &[&look[..], &[lines]].concat()).unwrap();
        call.desk.window(title, Duration::from_secs(10)).unwrap();
        program
    };
    let programs = vec![text("50x14+40+180", "On the left"), text("50x14+700+300", "On the right")];
    (call, programs)
}

/// Waits until the console shows just this part of the customer's screen.
fn shows(call: &Call, monitor: u64, part: Part) {
    // The pointer is drawn apart from the picture: nothing of it is in either.
    wait_for(&format!("the picture of {}", part.name), Duration::from_secs(20), || {
        let there = call.desk.picture()?.part(part.x, part.y, part.width, part.height);
        Ok(call.technician.picture_of(monitor)?.filter(|seen| *seen == there).map(drop))
    })
    .unwrap();
}

/// Points at pixels of a monitor's picture; the customer's pointer must be there, off by no more than `off` pixels.
fn points(call: &Call, window: &str, monitor: u64, part: Part, off: i32) {
    for (x, y) in [(3, 5), (part.width / 2, part.height / 3), (part.width - 4, part.height - 6)] {
        let (at_x, at_y) = call.technician.on_monitor(&call.console, window, monitor, (x, y)).unwrap();
        call.console.move_to(at_x, at_y).unwrap();
        let (meant_x, meant_y) = ((part.x + x) as i32, (part.y + y) as i32);
        let mut found = (0, 0);
        let met = wait_for("the pointer", Duration::from_secs(10), || {
            found = call.desk.pointer()?;
            Ok(((found.0 - meant_x).abs() <= off && (found.1 - meant_y).abs() <= off).then_some(()))
        });
        assert!(met.is_ok(), "{} {x},{y}: at {found:?} instead of {meant_x},{meant_y}", part.name);
    }
}

#[test]
fn second_monitor_offset_the_mouse_hits_what_is_seen_on_each_monitor_on_both_and_on_all() {
    let (call, _programs) = call();
    let window = call.console_window().unwrap();
    let (technician, left, right) = (&call.technician, (LEFT.width, LEFT.height), (RIGHT.width, RIGHT.height));
    let all = Part { name: "all", x: 0, y: 0, width: SCREEN.0, height: SCREEN.1 };

    // The primary one is shown first.
    let first = technician.sees_sizes(&[left]).unwrap()[0];
    shows(&call, first, LEFT);
    points(&call, &window, first, LEFT, 0);

    technician.looks_at("2: HDMI-2").unwrap();
    let second = technician.sees_sizes(&[right]).unwrap()[0];
    shows(&call, second, RIGHT);
    points(&call, &window, second, RIGHT, 1);

    technician.looks_at("Side by side").unwrap();
    assert_eq!(technician.sees_sizes(&[left, right]).unwrap(), [first, second]);
    shows(&call, first, LEFT);
    shows(&call, second, RIGHT);
    points(&call, &window, first, LEFT, 2);
    points(&call, &window, second, RIGHT, 2);

    technician.looks_at("All in one picture").unwrap();
    let whole = technician.sees_sizes(&[SCREEN]).unwrap()[0];
    shows(&call, whole, all);
    points(&call, &window, whole, all, 1);
}

#[test]
fn what_happens_to_monitors_during_a_call_is_followed() {
    let (call, _programs) = call();
    let (technician, left, right) = (&call.technician, (LEFT.width, LEFT.height), (RIGHT.width, RIGHT.height));
    technician.sees_sizes(&[left]).unwrap();
    technician.looks_at("Side by side").unwrap();
    let both = technician.sees_sizes(&[left, right]).unwrap();

    // Turned and made smaller while it is being looked at.
    let turned = Part { x: 641, y: 31, width: 501, height: 333, ..RIGHT };
    call.desk.divide(&[LEFT, turned]).unwrap();
    assert_eq!(technician.sees_sizes(&[left, (turned.width, turned.height)]).unwrap(), both);
    shows(&call, both[1], turned);

    // Unplugged: the other one stays as it is.
    call.desk.divide(&[LEFT]).unwrap();
    assert_eq!(technician.sees_sizes(&[left]).unwrap(), both[..1]);
    shows(&call, both[0], LEFT);

    // A third one is plugged in, then the second again, which is known as what it was.
    let third = Part { name: "DP-3", x: 900, y: 400, width: 320, height: 240 };
    call.desk.divide(&[LEFT, third, RIGHT]).unwrap();
    wait_for("three monitors", Duration::from_secs(10), || {
        technician.page.find_now("button", "Monitors: Monitor 1").map(|found| found.map(drop))
    })
    .unwrap();
    technician.looks_at("Side by side").unwrap();
    let three = technician.sees_sizes(&[left, right, (third.width, third.height)]).unwrap();
    assert_eq!(three[..2], both[..]);
    shows(&call, three[1], RIGHT);
    shows(&call, three[2], third);
}
