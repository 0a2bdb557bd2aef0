//! Where the pointer goes and what its buttons do.

use deskhand_protocol::call::input::{Button, InputEvent, Place};
use x11rb::{
    connection::Connection as _,
    protocol::{
        Event,
        xproto::{ConnectionExt as _, CreateWindowAux, EventMask, WindowClass},
    },
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

use crate::stage::Screen;

/// A window over the whole screen that hears buttons.
fn listener(connection: &RustConnection, root: u32) {
    let window = connection.generate_id().unwrap();
    let events = CreateWindowAux::new()
        .override_redirect(1)
        .event_mask(EventMask::BUTTON_PRESS | EventMask::BUTTON_RELEASE | EventMask::EXPOSURE);
    connection.create_window(0, window, root, 0, 0, 1280, 800, 0, WindowClass::INPUT_OUTPUT, 0, &events).unwrap();
    connection.map_window(window).unwrap();
    connection.sync().unwrap();
}

/// Buttons pressed so far, with where.
fn pressed(connection: &RustConnection) -> Vec<(u8, i16, i16)> {
    connection.sync().unwrap();
    let mut pressed = Vec::new();
    while let Some(event) = connection.poll_for_event().unwrap() {
        if let Event::ButtonPress(press) = event {
            pressed.push((press.detail, press.root_x, press.root_y));
        }
    }
    pressed
}

#[test]
fn the_pointer_hits_the_pixel_meant() {
    let screen = Screen::start("us");
    let (connection, root) = screen.connect();
    let mut technician = screen.hands();
    for (x, y, expected) in [(0, 0, (0, 0)), (u16::MAX, u16::MAX, (1279, 799)), (32_768, 32_768, (640, 400))] {
        technician.does(InputEvent::Motion { place: Place { monitor: 0, x, y } }).unwrap();
        let pointer = connection.query_pointer(root).unwrap().reply().unwrap();
        assert_eq!((pointer.root_x, pointer.root_y), expected);
    }
}

#[test]
fn all_five_buttons_and_both_wheel_axes_arrive() {
    let screen = Screen::start("us");
    let (connection, root) = screen.connect();
    listener(&connection, root);
    let mut technician = screen.hands();
    let place = Place { monitor: 0, x: 32_768, y: 32_768 };
    for button in [Button::Left, Button::Middle, Button::Right, Button::Back, Button::Forward] {
        technician.does(InputEvent::ButtonDown { button, place }).unwrap();
        technician.does(InputEvent::ButtonUp { button, place }).unwrap();
    }
    technician.does(InputEvent::Wheel { place, dx: 0, dy: 240 }).unwrap();
    technician.does(InputEvent::Wheel { place, dx: 120, dy: -120 }).unwrap();
    technician.does(InputEvent::Wheel { place, dx: -120, dy: 0 }).unwrap();
    let buttons: Vec<u8> = pressed(&connection).into_iter().map(|(button, ..)| button).collect();
    assert_eq!(buttons, [1, 2, 3, 8, 9, 5, 5, 4, 7, 6]);
}

#[test]
fn a_drag_presses_where_it_began_and_lets_go_when_the_hands_are_gone() {
    let screen = Screen::start("us");
    let (connection, root) = screen.connect();
    listener(&connection, root);
    let mut technician = screen.hands();
    technician.does(InputEvent::ButtonDown { button: Button::Left, place: Place { monitor: 0, x: 0, y: 0 } }).unwrap();
    technician.does(InputEvent::Motion { place: Place { monitor: 0, x: 32_768, y: 0 } }).unwrap();
    assert_eq!(pressed(&connection), [(1, 0, 0)]);
    let mask = || u16::from(connection.query_pointer(root).unwrap().reply().unwrap().mask);
    assert_eq!(mask(), 1 << 8);
    drop(technician);
    assert_eq!(mask(), 0);
}
