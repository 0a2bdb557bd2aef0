//! What is typed arrives, whatever layout either side has.

use deskhand_protocol::call::input::{Locks, Modifiers};
use x11rb::protocol::xproto::ConnectionExt as _;

use crate::stage::Screen;

const EVERYTHING: &str = r#"Grüße, Ärger! @€ [~] {|} "quoted" 日本 😀"#;

const LEFT_CONTROL: u16 = 0xe0;
const LEFT_SHIFT: u16 = 0xe1;
const RIGHT_ALT: u16 = 0xe6;

fn text_arrives_exactly(layout: &str) {
    let screen = Screen::start(layout);
    let terminal = screen.terminal();
    let mut technician = screen.hands();
    technician.points_at_terminal();
    for text in [EVERYTHING, "aA bB zZ yY 1! \\ / ' ` ^ ´ ~ ß ẞ ñ ç ø å œ – … “”", "éèêë Ελληνικά Русский עברית"]
    {
        technician.types(text);
        technician.enter();
        assert_eq!(terminal.line(), text, "with layout {layout}");
    }
}

#[test]
fn text_arrives_exactly_on_a_us_layout() {
    text_arrives_exactly("us");
}

#[test]
fn text_arrives_exactly_on_a_german_layout() {
    text_arrives_exactly("de");
}

#[test]
fn text_arrives_exactly_on_french_swiss_and_czech_layouts() {
    for layout in ["fr", "ch", "cz"] {
        text_arrives_exactly(layout);
    }
}

#[test]
fn more_new_characters_than_there_are_spare_keys_arrive_in_order() {
    let screen = Screen::start("us");
    let terminal = screen.terminal();
    let mut technician = screen.hands();
    technician.points_at_terminal();
    let text: String = ('一'..).take(150).collect();
    technician.types(&text);
    technician.enter();
    assert_eq!(terminal.line(), text);
}

#[test]
fn keys_of_a_german_console_type_their_own_text_on_a_us_device() {
    let screen = Screen::start("us");
    let terminal = screen.terminal();
    let mut technician = screen.hands();
    technician.points_at_terminal();
    // Y and Z change places; ü sits beside P; @ is AltGr and Q; ß beside 0.
    technician.strikes(0x1d, 0, "y");
    technician.strikes(0x1c, 0, "z");
    technician.strikes(0x2f, 0, "ü");
    technician.strikes(0x2d, 0, "ß");
    technician.down(RIGHT_ALT, Modifiers::ALT_GRAPH, 0, "");
    technician.strikes(0x14, Modifiers::ALT_GRAPH, "@");
    technician.up(RIGHT_ALT);
    technician.down(LEFT_SHIFT, 0, 0, "");
    technician.strikes(0x34, Modifiers::SHIFT, "Ä");
    technician.strikes(0x24, Modifiers::SHIFT, "/");
    technician.strikes(0x1c, Modifiers::SHIFT, "Z");
    technician.up(LEFT_SHIFT);
    // A dead key gives no text; the composed character comes with the next one.
    technician.strikes(0x2e, 0, "");
    technician.strikes(0x08, 0, "é");
    technician.enter();
    assert_eq!(terminal.line(), "yzüß@Ä/Zé");
}

#[test]
fn keys_of_a_us_console_type_their_own_text_on_a_german_device() {
    let screen = Screen::start("de");
    let terminal = screen.terminal();
    let mut technician = screen.hands();
    technician.points_at_terminal();
    technician.strikes(0x1c, 0, "y");
    technician.strikes(0x1d, 0, "z");
    technician.strikes(0x2f, 0, "[");
    technician.strikes(0x35, 0, "`");
    technician.down(LEFT_SHIFT, 0, 0, "");
    technician.strikes(0x1f, Modifiers::SHIFT, "@");
    technician.strikes(0x2f, Modifiers::SHIFT, "{");
    technician.strikes(0x35, Modifiers::SHIFT, "~");
    technician.up(LEFT_SHIFT);
    technician.strikes(0x38, 0, "/");
    technician.enter();
    assert_eq!(terminal.line(), "yz[`@{~/");
}

#[test]
fn altgr_reaches_the_third_level_where_both_sides_are_german() {
    let screen = Screen::start("de");
    let terminal = screen.terminal();
    let mut technician = screen.hands();
    technician.points_at_terminal();
    technician.down(RIGHT_ALT, Modifiers::ALT_GRAPH, 0, "");
    for (usage, text) in [(0x14, "@"), (0x08, "€"), (0x25, "["), (0x24, "{"), (0x2d, "\\"), (0x30, "~")] {
        technician.strikes(usage, Modifiers::ALT_GRAPH, text);
    }
    technician.up(RIGHT_ALT);
    technician.enter();
    assert_eq!(terminal.line(), "@€[{\\~");
}

#[test]
fn a_shortcut_means_its_letter_wherever_that_sits() {
    let screen = Screen::start("us");
    let terminal = screen.terminal();
    let mut technician = screen.hands();
    technician.points_at_terminal();
    // Control and Z on a German keyboard, where Z sits on the American Y.
    technician.down(LEFT_CONTROL, 0, 0, "");
    technician.strikes(0x1c, Modifiers::CONTROL, "z");
    technician.strikes(0x06, Modifiers::CONTROL, "c");
    technician.up(LEFT_CONTROL);
    technician.enter();
    assert_eq!(terminal.line(), "\u{1a}\u{3}");
}

#[test]
fn caps_lock_follows_the_console() {
    let screen = Screen::start("us");
    let terminal = screen.terminal();
    let mut technician = screen.hands();
    technician.points_at_terminal();
    technician.down(0x04, 0, Locks::CAPS, "A");
    technician.up(0x04);
    technician.down(0x05, 0, 0, "b");
    technician.up(0x05);
    technician.enter();
    assert_eq!(terminal.line(), "Ab");
}

#[test]
fn under_caps_lock_text_is_exact_too() {
    for layout in ["us", "de", "cz", "fr"] {
        let screen = Screen::start(layout);
        let terminal = screen.terminal();
        let mut technician = screen.hands();
        technician.points_at_terminal();
        technician.down(0x04, 0, Locks::CAPS, "A");
        technician.up(0x04);
        // With Shift Caps Lock makes small letters; a Czech \u{11a} is a capital only under Caps Lock.
        for (usage, modifiers, text) in
            [(0x34, 0, "Ä"), (0x34, Modifiers::SHIFT, "ä"), (0x1f, 0, "Ě"), (0x2d, 0, "ß"), (0x1e, 0, "é")]
        {
            technician.down(usage, modifiers, Locks::CAPS, text);
            technician.up(usage);
        }
        technician.types("mixed Case Ünïcode");
        technician.enter();
        assert_eq!(terminal.line(), "AÄäĚßémixed Case Ünïcode", "with layout {layout}");
    }
}

#[test]
fn the_customer_has_his_locks_back_when_everything_is_let_go() {
    let screen = Screen::start("us");
    let (connection, root) = screen.connect();
    let locks = || u16::from(connection.query_pointer(root).unwrap().reply().unwrap().mask) & 0x12;
    let mut technician = screen.hands();
    assert_eq!(locks(), 0);
    technician.down(0x04, 0, Locks::CAPS | Locks::NUM, "A");
    technician.up(0x04);
    assert_eq!(locks(), 0x12);
    technician.hands.release_all().unwrap();
    assert_eq!(locks(), 0);
    // A lock key that the technician presses is meant for the customer.
    technician.strikes(0x53, 0, "");
    technician.down(0x04, 0, Locks::NUM, "a");
    technician.up(0x04);
    drop(technician);
    assert_eq!(locks(), 0x10);
}

#[test]
fn a_lock_that_the_console_does_not_know_is_left_alone() {
    let screen = Screen::start("us");
    let (connection, root) = screen.connect();
    let locks = || u16::from(connection.query_pointer(root).unwrap().reply().unwrap().mask) & 0x12;
    let mut technician = screen.hands();
    technician.strikes(0x53, 0, "");
    assert_eq!(locks(), 0x10);
    technician.down(0x04, 0, Locks::CAPS | Locks::unknown(Locks::NUM).0, "A");
    technician.up(0x04);
    assert_eq!(locks(), 0x12);
}

#[test]
fn a_right_alt_is_alt_where_the_device_has_altgr_and_altgr_presses_no_alt() {
    for (layout, modifiers, expected) in
        [("de", 0, 0x08), ("us", 0, 0x08), ("de", Modifiers::ALT_GRAPH, 0x80), ("us", Modifiers::ALT_GRAPH, 0)]
    {
        let screen = Screen::start(layout);
        let (connection, root) = screen.connect();
        let mut technician = screen.hands();
        technician.down(RIGHT_ALT, modifiers, Locks::unknown(u8::MAX).0, "");
        let state = u16::from(connection.query_pointer(root).unwrap().reply().unwrap().mask);
        assert_eq!(state, expected, "{layout} {modifiers}");
    }
}

#[test]
fn a_shortcut_with_a_sign_that_needs_shift_here_is_that_sign() {
    let screen = Screen::start("us");
    let mut heard = screen.listener();
    let mut technician = screen.hands();
    technician.points_at_terminal();
    technician.down(LEFT_CONTROL, 0, 0, "");
    technician.strikes(0x30, Modifiers::CONTROL, "+");
    technician.strikes(0x1e, Modifiers::CONTROL, "&");
    technician.strikes(0x57, Modifiers::CONTROL, "+");
    technician.up(LEFT_CONTROL);
    let keys: Vec<(u32, u16)> = heard.pressed(4).into_iter().skip(1).collect();
    // The plus sign; the digit whose place a French \u{26} has; the plus of the number pad.
    assert_eq!(keys, [(0x2b, 4), (0x31, 4), (0xffab, 4)]);
}

#[test]
fn media_keys_are_the_keys_they_are() {
    let screen = Screen::start("us");
    let mut heard = screen.listener();
    let mut technician = screen.hands();
    technician.points_at_terminal();
    let keys = [
        (0x80e2, 0x1008_ff12), // mute
        (0x80ea, 0x1008_ff11), // softer
        (0x80e9, 0x1008_ff13), // louder
        (0x80b5, 0x1008_ff17), // next track
        (0x80b6, 0x1008_ff16), // previous track
        (0x80b7, 0x1008_ff15), // stop
        (0x80cd, 0x1008_ff14), // play
        (0x8192, 0x1008_ff1d), // calculator
        (0x8223, 0x1008_ff18), // home page
    ];
    for (usage, _) in keys {
        technician.strikes(usage, 0, "");
    }
    assert_eq!(heard.pressed(keys.len()), keys.map(|(_, keysym)| (keysym, 0)));
}

#[test]
fn the_end_of_a_line_in_two_characters_is_one_return() {
    let screen = Screen::start("us");
    let terminal = screen.terminal();
    let mut technician = screen.hands();
    technician.points_at_terminal();
    technician.types("a\r\nb\nc\r");
    technician.strikes(0x29, 0, "");
    assert_eq!(terminal.until(0x1b), "a\rb\rc\r\u{1b}");
}

#[test]
fn the_decimal_key_of_the_number_pad_types_what_it_typed_at_the_console() {
    for layout in ["us", "de"] {
        let screen = Screen::start(layout);
        let terminal = screen.terminal();
        let mut technician = screen.hands();
        technician.points_at_terminal();
        for text in [".", ","] {
            technician.down(0x63, 0, Locks::NUM, text);
            technician.up(0x63);
        }
        technician.enter();
        assert_eq!(terminal.line(), ".,", "with layout {layout}");
    }
}

#[test]
fn keys_without_text_and_the_number_pad_work() {
    let screen = Screen::start("us");
    let terminal = screen.terminal();
    let mut technician = screen.hands();
    technician.points_at_terminal();
    technician.down(0x59, 0, Locks::NUM, "1");
    technician.up(0x59);
    technician.strikes(0x50, 0, "");
    technician.strikes(0x2b, 0, "");
    technician.enter();
    assert_eq!(terminal.line(), "1\u{1b}[D\t");
}

#[test]
fn a_changed_layout_is_followed() {
    let screen = Screen::start("us");
    let terminal = screen.terminal();
    let mut technician = screen.hands();
    technician.points_at_terminal();
    technician.types("yü日");
    technician.enter();
    assert_eq!(terminal.line(), "yü日");
    screen.set_layout("de");
    technician.types("yü日");
    technician.strikes(0x1c, 0, "y");
    technician.enter();
    assert_eq!(terminal.line(), "yü日y");
}

#[test]
fn nothing_is_held_and_the_keyboard_is_as_before_once_the_hands_are_gone() {
    let screen = Screen::start("us");
    let (connection, root) = screen.connect();
    let keyboard = || connection.get_keyboard_mapping(8, 248).unwrap().reply().unwrap().keysyms;
    let held = || u16::from(connection.query_pointer(root).unwrap().reply().unwrap().mask);
    let before = keyboard();
    let terminal = screen.terminal();
    let mut technician = screen.hands();
    technician.points_at_terminal();
    technician.types("日本 ü");
    for usage in [LEFT_SHIFT, LEFT_CONTROL, RIGHT_ALT, 0xe3] {
        technician.down(usage, 0, 0, "");
    }
    assert_ne!(held(), 0);
    assert_ne!(keyboard(), before);
    drop(technician);
    assert_eq!(held(), 0);
    assert_eq!(keyboard(), before);
    let mut other = screen.hands();
    other.strikes(0x04, 0, "a");
    other.enter();
    assert_eq!(terminal.line(), "日本 üa");
}

#[test]
fn text_is_text_while_control_and_alt_are_held() {
    let screen = Screen::start("us");
    let terminal = screen.terminal();
    let mut technician = screen.hands();
    technician.points_at_terminal();
    technician.down(LEFT_CONTROL, 0, 0, "");
    technician.down(0xe2, 0, 0, "");
    technician.types("cé日");
    technician.up(0xe2);
    technician.strikes(0x06, Modifiers::CONTROL, "c");
    technician.up(LEFT_CONTROL);
    technician.enter();
    assert_eq!(terminal.line(), "cé日\u{3}");
}
