//! One function for each decoder of bytes from someone else. Each also checks what must be so of whatever is taken: that
//! it is written as it was read, or stays within its bounds.

use std::{
    fmt::{self, Debug, Write as _},
    time::Instant,
};

use bytes::Bytes;
use deskhand_clipboard::image;
use deskhand_link::{
    company::Judge,
    handshake, package,
    peer::{Sharer, taken_apart},
};
use deskhand_protocol::{
    UnixMillis,
    call::{
        clipboard::ClipboardMessage,
        control::{self, ToConsole, ToHelper, VideoCodec},
        cursor::CursorMessage,
        files::{FileName, FilesAnswer, FilesRequest, System, safe_name},
        frame::EncodedFrame,
        input::InputMessage,
        picture::{Moved, PictureInfo, Stamp},
        signal::{Introduction, Seat},
        tile::TileMessage,
    },
    code::{Finder, RelayAddress, TypedCall},
    company::{CompanyRecord, NewCertificate, NewCompanyKey, SealedCertificate},
    key::PublicKey,
    limit,
    package::{brand::Brand, name::CallName},
    record::{AuditRow, DeviceRecord, SessionRecord},
    relay::{
        console_socket::{ConsoleToRelay, RelayToConsole},
        helper_socket::{HelperToRelay, RelayToHelper},
        http::{NewInvitation, NewSession, Prove, SetUp},
        setup::SetupToken,
    },
    template::{HelpRequest, HelpStands, NewHelpRequest, NewUpload, RequestAnswer, TemplateRecord},
    text::Name,
};
use deskhand_relay::decoders;
use deskhand_viewer::decode::Decoder;
use serde::de::DeserializeOwned;

/// The shape of a result: its form in a log, without its numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape(String);

/// One decoder.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Also the folder of its inputs.
    pub name: &'static str,
    /// Reads bytes; a panic is what is looked for.
    pub run: fn(&[u8]) -> Shape,
    /// The longest input that reaches the decoder, in bytes: who passes bytes on to it cuts longer ones off before.
    pub limit: usize,
}

/// Every decoder.
pub const TARGETS: &[Target] = &[
    Target { name: "input", run: input, limit: limit::INPUT_MESSAGE },
    Target { name: "cursor", run: cursor, limit: 4_096 },
    Target { name: "tiles", run: tiles, limit: limit::TILE_MESSAGE },
    Target { name: "picture", run: picture, limit: 4_096 },
    Target { name: "frame", run: frame, limit: 4_096 },
    Target { name: "clipboard", run: clipboard, limit: limit::CLIPBOARD_MESSAGE },
    Target { name: "clipboard_image", run: clipboard_image, limit: 16 * 1024 },
    Target { name: "files_request", run: files_request, limit: limit::FILES_MESSAGE },
    Target { name: "files_answer", run: files_answer, limit: limit::FILES_MESSAGE },
    Target { name: "file_name", run: file_name, limit: 2 * limit::FILE_NAME },
    Target { name: "to_helper", run: to_helper, limit: limit::CONTROL_MESSAGE },
    Target { name: "to_console", run: to_console, limit: limit::CONTROL_MESSAGE },
    Target { name: "signal", run: signal, limit: limit::SIGNAL },
    Target { name: "helper_socket", run: helper_socket, limit: limit::SOCKET_FRAME },
    Target { name: "console_socket", run: console_socket, limit: limit::SOCKET_FRAME },
    Target { name: "http", run: http, limit: limit::HTTP_BODY },
    Target { name: "package", run: support_file, limit: limit::PACKAGE_FILE },
    Target { name: "certificate", run: certificate, limit: limit::CERTIFICATE },
    Target { name: "program_name", run: program_name, limit: 2_048 },
    Target { name: "typed", run: typed, limit: 1_024 },
    Target { name: "h264", run: h264, limit: 16 * 1024 },
    Target { name: "av1", run: av1, limit: 16 * 1024 },
    Target { name: "rtp", run: rtp, limit: 16 * 1024 },
    Target { name: "program", run: program, limit: 64 * 1024 },
    Target { name: "releases", run: releases, limit: 64 * 1024 },
    Target { name: "location", run: location, limit: 16 * 1024 },
];

/// The target of a name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Takes the first few hundred characters and no numbers.
struct Outline(String);

impl fmt::Write for Outline {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            let c = if c.is_ascii_digit() { '0' } else { c };
            // A longer number is no other shape, nor is a longer list of the same.
            if (c == '0' || c == ' ' || c == ',') && self.0.ends_with([c, '0']) {
                continue;
            }
            self.0.push(c);
        }
        // Enough: stops whoever writes.
        if self.0.len() > 300 { Err(fmt::Error) } else { Ok(()) }
    }
}

fn shape(result: &impl Debug) -> Shape {
    let mut outline = Outline(String::new());
    // Stopped when there is enough.
    let _ = write!(outline, "{result:?}");
    Shape(outline.0)
}

/// For what has one form only: what was read is written as it came.
fn same<T: Debug, E: Debug>(bytes: &[u8], read: Result<T, E>, write: impl Fn(&T) -> Vec<u8>) -> Shape {
    if let Ok(message) = &read {
        assert!(write(message) == bytes, "{message:?} is written otherwise than it was read");
    }
    shape(&read)
}

fn input(bytes: &[u8]) -> Shape {
    same(bytes, InputMessage::decode(bytes), InputMessage::encode)
}

fn cursor(bytes: &[u8]) -> Shape {
    same(bytes, CursorMessage::decode(bytes), CursorMessage::encode)
}

fn tiles(bytes: &[u8]) -> Shape {
    let read = TileMessage::decode(bytes);
    if let Ok(message) = &read {
        let many = u32::try_from(message.tiles.len()).unwrap_or(u32::MAX);
        assert!((1..=message.grid.cells()).contains(&many), "tiles beyond the grid");
    }
    // The cells themselves are the same for a shape.
    shape(&read.map(|message| (message.tiles.len().min(3), message.grid)))
}

fn picture(bytes: &[u8]) -> Shape {
    same(bytes, PictureInfo::decode(bytes), PictureInfo::encode)
}

fn frame(bytes: &[u8]) -> Shape {
    same(bytes, EncodedFrame::decode(bytes), EncodedFrame::encode)
}

fn clipboard(bytes: &[u8]) -> Shape {
    same(bytes, ClipboardMessage::decode(bytes), ClipboardMessage::encode)
}

fn clipboard_image(bytes: &[u8]) -> Shape {
    let clean = image::clean(bytes);
    if let Ok(clean) = &clean {
        assert!(image::clean(clean).is_ok(), "what was made clean is not taken");
    }
    shape(&clean.map(|image| image.len().ilog2()))
}

fn files_request(bytes: &[u8]) -> Shape {
    same(bytes, FilesRequest::decode(bytes), |(id, request)| request.encode(*id))
}

fn files_answer(bytes: &[u8]) -> Shape {
    same(bytes, FilesAnswer::decode(bytes), |(id, answer)| answer.encode(*id))
}

fn file_name(bytes: &[u8]) -> Shape {
    let Ok(text) = std::str::from_utf8(bytes) else { return shape(&"no text") };
    let name = FileName::new(text);
    let safe = name.as_ref().map(|name| {
        [System::Unix, System::Windows].map(|system| {
            let safe = safe_name(name, system);
            let text = safe.as_str();
            assert!(text.len() <= limit::WRITTEN_NAME, "a name that cannot be written");
            assert!(!text.contains(['/', '\0']) && text != "." && text != "..", "a name that leads elsewhere");
            if system == System::Windows {
                assert!(!text.contains(['\\', ':']) && !text.ends_with(['.', ' ']), "a name that means another");
            }
            assert!(safe_name(&safe, system).as_str() == text, "a safe name is made safer");
            text == name.as_str()
        })
    });
    shape(&safe)
}

/// JSON that is read again after it was written.
fn json<T: DeserializeOwned + serde::Serialize + PartialEq + Debug>(bytes: &[u8]) -> Shape {
    let read = serde_json::from_slice::<T>(bytes);
    if let Ok(message) = &read {
        let again = serde_json::to_vec(message).ok().and_then(|text| serde_json::from_slice::<T>(&text).ok());
        assert!(again.as_ref() == Some(message), "{message:?} is not read as it was written");
    }
    shape(&read.map_err(|_| ()))
}

fn to_helper(bytes: &[u8]) -> Shape {
    shape(&control::read::<ToHelper>(bytes))
}

fn to_console(bytes: &[u8]) -> Shape {
    shape(&control::read::<ToConsole>(bytes))
}

fn signal(bytes: &[u8]) -> Shape {
    let Ok(text) = std::str::from_utf8(bytes) else { return shape(&"no text") };
    let read = handshake::read_signal(text);
    if let Ok(signal) = &read {
        // May have become too long for the wire, if it was written shorter than we write.
        if let Ok(text) = handshake::write_signal(signal) {
            assert!(handshake::read_signal(&text).as_ref() == Ok(signal), "a signal is not read as it was written");
        }
    }
    shape(&read)
}

fn helper_socket(bytes: &[u8]) -> Shape {
    shape(&(json::<HelperToRelay>(bytes), json::<RelayToHelper>(bytes)))
}

fn console_socket(bytes: &[u8]) -> Shape {
    shape(&(json::<ConsoleToRelay>(bytes), json::<RelayToConsole>(bytes)))
}

fn http(bytes: &[u8]) -> Shape {
    let from_console = (json::<NewSession>(bytes), json::<NewInvitation>(bytes), json::<SetUp>(bytes));
    let from_relay = (json::<SessionRecord>(bytes), json::<DeviceRecord>(bytes), json::<AuditRow>(bytes));
    let of_packages = (json::<NewUpload>(bytes), json::<RequestAnswer>(bytes), json::<Brand>(bytes));
    let about_them = (json::<TemplateRecord>(bytes), json::<HelpRequest>(bytes));
    let from_helpers = (json::<NewHelpRequest>(bytes), json::<HelpStands>(bytes));
    let of_companies = (json::<CompanyRecord>(bytes), json::<NewCompanyKey>(bytes), json::<NewCertificate>(bytes));
    shape(&(from_console, from_relay, of_packages, about_them, from_helpers, of_companies, json::<Prove>(bytes)))
}

fn support_file(bytes: &[u8]) -> Shape {
    let read = package::open(bytes, UnixMillis(0));
    if let Ok(body) = &read {
        assert!(package::secret(body).is_ok(), "a package without a secret");
    }
    shape(&read.map(|_| ()))
}

fn certificate(bytes: &[u8]) -> Shape {
    let Ok(sealed) = SealedCertificate::from_bytes(bytes.to_vec()) else { return shape(&"too long") };
    let opened = sealed.open();
    if let Ok(opened) = &opened {
        assert!(opened.certified.sealed(&opened.signature) == sealed, "a certificate is written otherwise than read");
    }
    let judge = Judge::new(Instant::now(), UnixMillis(0));
    let (key, name) = (PublicKey([1; 32]), Name::default());
    let shown = Introduction {
        company: name.clone(),
        name,
        relay_pins: Vec::new(),
        certificate: Some(sealed),
        seat: Seat::Desktop,
    };
    shape(&(opened.map(drop), judge.judge(&shown, &key, Instant::now()).map(|judged| judged.map(drop))))
}

fn program_name(bytes: &[u8]) -> Shape {
    let Ok(text) = std::str::from_utf8(bytes) else { return shape(&"no text") };
    let read = CallName::read(text);
    if let Ok(Some(call)) = &read {
        let written = call.write().unwrap_or_default();
        assert!(CallName::read(&written).as_ref() == Ok(&Some(call.clone())), "a name is not read as it is written");
    }
    shape(&read.map(|call| call.is_some()))
}

fn typed(bytes: &[u8]) -> Shape {
    let Ok(text) = std::str::from_utf8(bytes) else { return shape(&"no text") };
    let read =
        (text.parse::<TypedCall>().is_ok(), text.parse::<Finder>().is_ok(), text.parse::<RelayAddress>().is_ok());
    shape(&(read, text.parse::<SetupToken>()))
}

/// A first frame of a stream; a second one of the same bytes follows it.
fn decoded(codec: VideoCodec, bytes: &[u8]) -> Shape {
    let Ok(mut decoder) = Decoder::new(codec) else { return shape(&"no decoder") };
    let frame = |key, seq| EncodedFrame {
        codec,
        key,
        monitor: 0,
        seq,
        width: 64,
        height: 64,
        captured_us: 0,
        stamp: Stamp(0),
        moved: Moved::none(),
        data: bytes.to_vec(),
    };
    let first = decoder.decode(&frame(true, 0)).map(drop);
    if first.is_err() {
        return shape(&first);
    }
    shape(&(first, decoder.decode(&frame(false, 1)).map(drop)))
}

fn h264(bytes: &[u8]) -> Shape {
    decoded(VideoCodec::H264, bytes)
}

fn av1(bytes: &[u8]) -> Shape {
    decoded(VideoCodec::Av1, bytes)
}

/// A picture in RTP: which codec, who sends it, then each payload behind its length in a byte.
fn rtp(bytes: &[u8]) -> Shape {
    let Some((first, mut rest)) = bytes.split_first() else { return shape(&"nothing") };
    let codecs = [VideoCodec::Av1, VideoCodec::H264, VideoCodec::Vp9, VideoCodec::Vp8];
    let codec = codecs.get(usize::from(first & 3)).copied().unwrap_or(VideoCodec::Av1);
    let sharer = if first & 4 == 0 { Sharer::Helper } else { Sharer::Browser };
    let mut payloads = Vec::new();
    while let Some((length, after)) = rest.split_first() {
        let (payload, after) = after.split_at(after.len().min(usize::from(*length)));
        payloads.push(Bytes::copy_from_slice(payload));
        rest = after;
    }
    let taken = taken_apart(codec, sharer, &payloads);
    if let Some((data, _)) = &taken {
        // Escapes and sizes of its own; never a picture out of nothing.
        assert!(data.len() <= 2 * bytes.len() + 16 * payloads.len(), "more came out than went in");
    }
    shape(&(codec, taken.map(|(data, key)| (data.is_empty(), key))))
}

fn program(bytes: &[u8]) -> Shape {
    shape(&decoders::program(bytes).map(drop))
}

fn releases(bytes: &[u8]) -> Shape {
    shape(&decoders::releases(bytes).map_err(drop))
}

fn location(bytes: &[u8]) -> Shape {
    shape(&decoders::location(bytes).map_err(drop))
}
