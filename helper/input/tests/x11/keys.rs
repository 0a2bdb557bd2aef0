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
    technician.down(RIGHT_ALT, 0, 0, "");
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
    technician.down(RIGHT_ALT, 0, 0, "");
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
