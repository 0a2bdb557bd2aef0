//! Both kinds of memory with a real X server.

use x11rb::{
    connection::Connection as _,
    protocol::xproto::{ConnectionExt as _, ImageFormat},
};

use super::*;
use xvfb::Xvfb;

#[path = "../../../tests/support/xvfb.rs"]
mod xvfb;

type Way = fn(&RustConnection, usize) -> Result<Option<OwnMemory>, CaptureError>;

/// Has the server write a coloured corner of the screen into memory made in one of the ways.
fn shows_the_screen(way: Way) {
    let server = Xvfb::start(320, 200);
    let painter = server.painter();
    painter.fill(0, 0, 320, 200, 0x11_2233);
    let (connection, screen) = RustConnection::connect(Some(&server.display)).expect("the display is there");
    let root = connection.setup().roots[screen].root;
    let memory = way(&connection, 64 * 64 * 4).expect("the display is there").expect("this server can");
    let format = u8::from(ImageFormat::Z_PIXMAP);
    let answer = connection.shm_get_image(root, 10, 10, 8, 8, !0, format, memory.segment(), 4096).expect("a request");
    answer.reply().expect("pixels");
    let pixels = memory.bytes(4096, 8 * 8 * 4).expect("inside");
    assert!(pixels.chunks_exact(4).all(|pixel| pixel[..3] == [0x33, 0x22, 0x11]));
    assert!(memory.bytes(0, 4096).expect("inside").iter().all(|byte| *byte == 0), "nothing else is written");
    assert!(memory.bytes(64 * 64 * 4 - 3, 4).is_none(), "there is an end");
    memory.close(&connection);
    connection.get_input_focus().expect("a request").reply().expect("it is still a good client");
}

#[test]
fn a_file_without_a_name_takes_pixels() {
    shows_the_screen(OwnMemory::by_descriptor);
}

#[test]
fn a_segment_takes_pixels_where_descriptors_cannot_be_sent() {
    shows_the_screen(OwnMemory::by_segment);
}
