//! An X server, a program that hears the keyboard, and hands.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use deskhand_input::{Hands, Refused, x11::X11Injector};
use deskhand_protocol::{
    call::{
        control::{Monitor, Rotation},
        input::{InputEvent, InputMessage, KeyUsage, Locks, Modifiers, Place},
    },
    capability::Capability,
    text::Name,
};
use deskhand_session::Session;
use tempfile::TempDir;
use x11rb::{
    connection::Connection as _,
    protocol::{
        Event,
        xproto::{ChangeWindowAttributesAux, ConnectionExt as _, CreateWindowAux, EventMask, InputFocus, WindowClass},
    },
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A process that ends with the test.
struct Owned(Child);

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An X server.
pub(crate) struct Screen {
    _server: Owned,
    pub(crate) display: String,
}

impl Screen {
    pub(crate) fn start(layout: &str) -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-screen", "0", "1280x800x24"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let screen = Self { _server: Owned(server), display: format!(":{}", number.trim()) };
        screen.set_layout(layout);
        screen
    }

    pub(crate) fn set_layout(&self, layout: &str) {
        let status = Command::new("setxkbmap").args(["-display", &self.display, "-layout", layout]).status();
        assert!(status.expect("setxkbmap is installed").success());
    }

    pub(crate) fn connect(&self) -> (RustConnection, u32) {
        let (connection, screen) = x11rb::connect(Some(&self.display)).unwrap();
        let root = connection.setup().roots[screen].root;
        (connection, root)
    }

    pub(crate) fn hands(&self) -> Technician {
        let mut hands = Hands::new(X11Injector::open(Some(&self.display)).expect("XTEST is there"));
        hands.set_monitors(&[Monitor {
            index: 0,
            name: Name::default(),
            x: 0,
            y: 0,
            width: 1280,
            height: 800,
            primary: true,
            scale_percent: 100,
            rotation: Rotation::Upright,
        }]);
        Technician { hands, session: crate::granted::session(), seq: 0 }
    }

    /// A window over the whole screen that hears keys.
    pub(crate) fn listener(&self) -> Listener {
        let (connection, root) = self.connect();
        let window = connection.generate_id().unwrap();
        let events = CreateWindowAux::new().override_redirect(1).event_mask(EventMask::KEY_PRESS | EventMask::EXPOSURE);
        connection.create_window(0, window, root, 0, 0, 1280, 800, 0, WindowClass::INPUT_OUTPUT, 0, &events).unwrap();
        connection.map_window(window).unwrap();
        connection.sync().unwrap();
        connection.set_input_focus(InputFocus::POINTER_ROOT, window, x11rb::CURRENT_TIME).unwrap().check().unwrap();
        Listener { connection }
    }

    /// A terminal that gives every byte typed into it.
    pub(crate) fn terminal(&self) -> Terminal {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("typed");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let (connection, root) = self.connect();
        let watch = ChangeWindowAttributesAux::new().event_mask(EventMask::SUBSTRUCTURE_NOTIFY);
        connection.change_window_attributes(root, &watch).unwrap().check().unwrap();
        let terminal = Command::new("xterm")
            .args(["-display", &self.display, "-u8", "-geometry", "100x30+0+0", "-e", "sh", "-c"])
            .arg(format!("stty raw -echo; cat > '{}'", pipe.display()))
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("xterm is installed");
        let (send, typed) = mpsc::channel();
        let (ready, is_ready) = mpsc::channel();
        std::thread::spawn(move || {
            // Opens when the program in the terminal is running.
            let file = File::open(pipe).unwrap();
            ready.send(()).unwrap();
            for byte in BufReader::new(file).bytes().map_while(Result::ok) {
                if send.send(byte).is_err() {
                    return;
                }
            }
        });
        is_ready.recv_timeout(PATIENCE).expect("the terminal starts");
        // The program may run before its window can hear keys.
        while !matches!(connection.wait_for_event().unwrap(), Event::MapNotify(_)) {}
        Terminal { _program: Owned(terminal), _folder: folder, typed }
    }
}

/// A program that hears keys.
pub(crate) struct Listener {
    connection: RustConnection,
}

impl Listener {
    /// The next so many keys that go down: the keysym of the first level, as the map is then, and the modifiers held.
    pub(crate) fn pressed(&mut self, count: usize) -> Vec<(u32, u16)> {
        let mut pressed = Vec::new();
        while pressed.len() < count {
            if let Event::KeyPress(press) = self.connection.wait_for_event().unwrap() {
                let map = self.connection.get_keyboard_mapping(press.detail, 1).unwrap().reply().unwrap();
                pressed.push((map.keysyms[0], press.state.into()));
            }
        }
        pressed
    }
}

/// A program that shows what was typed.
pub(crate) struct Terminal {
    _program: Owned,
    _folder: TempDir,
    typed: mpsc::Receiver<u8>,
}

impl Terminal {
    /// Everything up to and including a byte.
    pub(crate) fn until(&self, last: u8) -> String {
        let mut bytes = Vec::new();
        let deadline = Instant::now() + PATIENCE;
        while bytes.last() != Some(&last) {
            match self.typed.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(byte) => bytes.push(byte),
                Err(_) => panic!("only {:?} arrived", String::from_utf8_lossy(&bytes)),
            }
        }
        String::from_utf8(bytes).expect("UTF-8 arrived")
    }

    /// A line without its end.
    pub(crate) fn line(&self) -> String {
        let mut line = self.until(b'\r');
        line.pop();
        line
    }
}

/// Hands with the session that permits them.
pub(crate) struct Technician {
    pub(crate) hands: Hands<X11Injector>,
    session: Session,
    seq: u32,
}

impl Technician {
    pub(crate) fn does(&mut self, event: InputEvent) -> Result<(), Refused> {
        self.seq += 1;
        let permit = self.session.permit(Capability::Control, Instant::now()).expect("control is granted");
        self.hands.handle(&InputMessage { seq: self.seq, event }, &permit)
    }

    /// Points at the terminal, which gives it the keyboard.
    pub(crate) fn points_at_terminal(&mut self) {
        let place = Place { monitor: 0, x: 5_000, y: 8_000 };
        self.does(InputEvent::Motion { place }).unwrap();
    }

    pub(crate) fn types(&mut self, text: &str) {
        self.does(InputEvent::Text { text: text.to_owned() }).unwrap();
    }

    pub(crate) fn down(&mut self, usage: u16, modifiers: u8, locks: u8, text: &str) {
        self.does(InputEvent::KeyDown {
            key: KeyUsage(usage),
            modifiers: Modifiers(modifiers),
            locks: Locks(locks),
            text: text.to_owned(),
        })
        .unwrap();
    }

    pub(crate) fn up(&mut self, usage: u16) {
        self.does(InputEvent::KeyUp { key: KeyUsage(usage) }).unwrap();
    }

    pub(crate) fn strikes(&mut self, usage: u16, modifiers: u8, text: &str) {
        self.down(usage, modifiers, 0, text);
        self.up(usage);
    }

    pub(crate) fn enter(&mut self) {
        self.strikes(0x28, 0, "");
    }
}
