//! A virtual X server of a test's own, and a painter that draws on it like any other program.

#![allow(dead_code, reason = "each test file uses its part of it")]

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use x11rb::{
    connection::Connection,
    protocol::{
        randr::{ConnectionExt as _, ModeInfo, MonitorInfo, Rotation},
        xproto::{ConnectionExt as _, CreateGCAux, Gcontext, ImageFormat, Rectangle, ScreenSaver, Window},
        xtest::ConnectionExt as _,
    },
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

/// Ends with the test.
pub(crate) struct Xvfb {
    child: Child,
    /// Its name, like `:7`.
    pub(crate) display: String,
}

impl Xvfb {
    /// Starts one with a screen of this size on a free display number.
    pub(crate) fn start(width: u16, height: u16) -> Self {
        let mut child = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-screen", "0"])
            .arg(format!("{width}x{height}x24"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed");
        let mut number = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut number).expect("Xvfb says its number");
        assert!(!number.trim().is_empty(), "Xvfb ended at once");
        Self { child, display: format!(":{}", number.trim()) }
    }

    /// Connects a program that draws.
    pub(crate) fn painter(&self) -> Painter {
        Painter::connect(&self.display)
    }
}

impl Drop for Xvfb {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Draws on the root window, moves the pointer, defines monitors.
pub(crate) struct Painter {
    pub(crate) connection: RustConnection,
    pub(crate) root: Window,
    gc: Gcontext,
}

impl Painter {
    fn connect(display: &str) -> Self {
        let (connection, screen) = RustConnection::connect(Some(display)).expect("the display is there");
        let root = connection.setup().roots[screen].root;
        let gc = connection.generate_id().expect("an id");
        connection.create_gc(gc, root, &CreateGCAux::new()).expect("a context");
        Self { connection, root, gc }
    }

    /// Fills a rectangle with `0xRRGGBB` and waits until it is on the screen.
    pub(crate) fn fill(&self, x: i16, y: i16, width: u16, height: u16, colour: u32) {
        let colour = x11rb::protocol::xproto::ChangeGCAux::new().foreground(colour);
        self.connection.change_gc(self.gc, &colour).expect("a colour");
        let area = Rectangle { x, y, width, height };
        self.connection.poly_fill_rectangle(self.root, self.gc, &[area]).expect("a rectangle");
        self.sync();
    }

    /// Puts pixels, four bytes each with blue first, at a place, and waits until they are on the screen.
    pub(crate) fn put(&self, x: i16, y: i16, width: u16, height: u16, bgra: &[u8]) {
        let stride = usize::from(width) * 4;
        // The protocol limits a request to 256 kB.
        let rows = (200_000 / stride).max(1);
        for (index, strip) in bgra.chunks(rows * stride).enumerate() {
            let top = y + i16::try_from(index * rows).expect("a row");
            let height = u16::try_from(strip.len() / stride).expect("rows").min(height);
            self.connection
                .put_image(ImageFormat::Z_PIXMAP, self.root, self.gc, width, height, x, top, 0, 24, strip)
                .expect("pixels");
        }
        self.sync();
    }

    /// What the X server itself says is on the screen: four bytes each, blue first.
    pub(crate) fn truth(&self, x: i16, y: i16, width: u16, height: u16) -> Vec<u8> {
        let image = self.connection.get_image(ImageFormat::Z_PIXMAP, self.root, x, y, width, height, !0);
        image.expect("a request").reply().expect("an image").data
    }

    /// Moves the pointer like a mouse does.
    pub(crate) fn move_pointer(&self, x: i16, y: i16) {
        const MOTION: u8 = 6;
        self.connection.xtest_fake_input(MOTION, 0, 0, self.root, x, y, 0).expect("motion");
        self.sync();
    }

    /// Defines a monitor. The server tells nobody, so do it before they look.
    pub(crate) fn set_monitor(&self, name: &str, x: i16, y: i16, width: u16, height: u16) {
        let name =
            self.connection.intern_atom(false, name.as_bytes()).expect("a request").reply().expect("an atom").atom;
        let info = MonitorInfo {
            name,
            primary: false,
            automatic: false,
            x,
            y,
            width,
            height,
            width_in_millimeters: 100,
            height_in_millimeters: 100,
            outputs: Vec::new(),
        };
        self.connection.randr_set_monitor(self.root, info).expect("a monitor");
        self.sync();
    }

    /// Changes the size of the whole screen, as a user does in the display settings. It cannot grow over its first size.
    pub(crate) fn resize(&self, width: u16, height: u16) {
        let connection = &self.connection;
        let resources = connection.randr_get_screen_resources(self.root).expect("a request").reply().expect("outputs");
        let (output, crtc) = (resources.outputs[0], resources.crtcs[0]);
        let name = format!("{width}x{height}-test");
        let mode = ModeInfo {
            width,
            height,
            dot_clock: 1_000_000,
            htotal: width,
            vtotal: height,
            name_len: u16::try_from(name.len()).expect("a short name"),
            ..ModeInfo::default()
        };
        let mode = connection.randr_create_mode(self.root, mode, name.as_bytes()).expect("a request");
        let mode = mode.reply().expect("a mode").mode;
        connection.randr_add_output_mode(output, mode).expect("a request").check().expect("a mode of the output");
        // A mode must fit into the screen while it is set, and the screen around the mode.
        let before = connection.get_geometry(self.root).expect("a request").reply().expect("a size");
        let both = (width.max(before.width), height.max(before.height));
        let grown = connection.randr_set_screen_size(self.root, both.0, both.1, 100, 100);
        grown.expect("a request").check().expect("room for both");
        let set = connection.randr_set_crtc_config(
            crtc,
            0,
            resources.config_timestamp,
            0,
            0,
            mode,
            Rotation::ROTATE0,
            &[output],
        );
        set.expect("a request").reply().expect("the mode is set");
        let size = connection.randr_set_screen_size(self.root, width, height, 100, 100);
        size.expect("a request").check().expect("the size is set");
    }

    /// Switches the only monitor off, as if it was unplugged.
    pub(crate) fn unplug(&self) {
        let connection = &self.connection;
        let resources = connection.randr_get_screen_resources(self.root).expect("a request").reply().expect("outputs");
        let (crtc, time) = (resources.crtcs[0], resources.config_timestamp);
        let none = x11rb::NONE;
        let set = connection.randr_set_crtc_config(crtc, 0, time, 0, 0, none, Rotation::ROTATE0, &[]);
        set.expect("a request").reply().expect("it is off");
    }

    /// Has the screen saver begin or end.
    pub(crate) fn save_screen(&self, mode: ScreenSaver) {
        self.connection.force_screen_saver(mode).expect("a request");
        self.sync();
    }

    /// Waits until the X server has done everything so far.
    pub(crate) fn sync(&self) {
        self.connection.sync().expect("the server answers");
    }
}
