//! No other user of the machine can read what was captured.

#![allow(clippy::expect_used, reason = "a test says by panicking what went wrong")]
#![cfg(target_os = "linux")]

use std::{
    fs,
    os::unix::{fs::MetadataExt as _, process::CommandExt as _},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use deskhand_capture::{Screen, x11::X11Screen};
use xvfb::Xvfb;

#[path = "support/xvfb.rs"]
mod xvfb;

const PATIENCE: Duration = Duration::from_secs(20);

/// Only root can try as somebody else.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// What a program that runs as a user ends with.
fn as_user(user: u32, script: &str) -> Option<i32> {
    Command::new("perl").args(["-e", script]).uid(user).gid(user).status().expect("perl runs").code()
}

#[test]
fn the_memory_of_changes_has_no_name_and_nobody_else_can_open_it() {
    let server = Xvfb::start(716, 408);
    let painter = server.painter();
    let mut screen = X11Screen::connect(Some(&server.display)).expect("the screen opens");
    screen.grab().expect("the display is there").expect("a first frame");
    painter.fill(0, 0, 100, 100, 0xff_ffff);
    screen.grab().expect("the display is there").expect("something changed");

    let own = std::process::id();
    let maps = fs::read_to_string("/proc/self/maps").expect("the kernel lists them");
    let size = (716 * 408 * 4usize).next_multiple_of(4096);
    let ours = |line: &&str| {
        let (from, rest) = line.split_once('-').expect("a range");
        let to = rest.split_ascii_whitespace().next().expect("an end");
        let address = |text| usize::from_str_radix(text, 16).expect("an address");
        line.contains("memfd:deskhand-picture") && address(to) - address(from) == size
    };
    let mapping = maps.lines().find(ours).expect("this server takes descriptors");
    assert_eq!(mapping.split_ascii_whitespace().nth(1), Some("r--s"), "this program only reads it");
    let range = mapping.split_ascii_whitespace().next().expect("a range");
    // The way to it through the kernel's list of mappings is the only one: no descriptor is left open.
    let path = format!("/proc/{own}/map_files/{range}");
    let open = format!("open(my $f, '<', '{path}') ? exit 0 : exit 7");
    if is_root() {
        assert_eq!(as_user(0, &open), Some(0), "the check itself works");
        assert_eq!(as_user(65_534, &open), Some(7), "another user is refused");
        assert_eq!(fs::metadata(&path).expect("it is there").mode() & 0o777, 0o600);
    }
    let left_open = fs::read_dir("/proc/self/fd").expect("the kernel lists them").filter_map(|entry| {
        let target = fs::read_link(entry.ok()?.path()).ok()?;
        target.to_string_lossy().contains("deskhand-picture").then_some(target)
    });
    assert_eq!(left_open.count(), 0);
}

#[test]
fn the_memory_of_a_first_picture_is_closed_and_goes_with_the_next() {
    // Two pictures of a size that no other test of this process has.
    const SIZE: usize = 712 * 404 * 4 * 2;
    let server = Xvfb::start(712, 404);
    let painter = server.painter();
    let mut screen = X11Screen::connect(Some(&server.display)).expect("the screen opens");
    screen.grab().expect("the display is there").expect("a first frame");
    let own = segments(SIZE);
    assert_eq!(own.len(), 1, "one segment of this process");
    for (id, mode) in own {
        assert_eq!(mode & 0o777, 0o600, "only this user may open it");
        assert_eq!(mode & 0o1000, 0o1000, "it vanishes with its last user");
        if is_root() {
            let read = format!("shmread({id}, $x, 0, 16) ? exit 0 : exit 7");
            assert_eq!(as_user(0, &read), Some(0), "the check itself works");
            assert_eq!(as_user(65_534, &read), Some(7), "another user is refused");
        }
    }
    painter.fill(0, 0, 10, 10, 0xff_ffff);
    screen.grab().expect("the display is there").expect("something changed");
    // The X server lets go when it comes to it.
    let deadline = Instant::now() + PATIENCE;
    while !segments(SIZE).is_empty() {
        assert!(Instant::now() < deadline, "it stays behind");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Id and mode of this process's shared memory segments of a size.
fn segments(size: usize) -> Vec<(i32, u32)> {
    let list = fs::read_to_string("/proc/sysvipc/shm").expect("the kernel lists them");
    let (own, size) = (std::process::id().to_string(), size.to_string());
    list.lines()
        .skip(1)
        .map(|line| line.split_ascii_whitespace().collect::<Vec<_>>())
        .filter(|row| row[4] == own && row[3] == size)
        .map(|row| (row[1].parse().expect("an id"), u32::from_str_radix(row[2], 8).expect("a mode")))
        .collect()
}
