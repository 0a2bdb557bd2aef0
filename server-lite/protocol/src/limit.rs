//! Every bound, with its reason. All sizes in bytes unless the name says otherwise.

use std::time::Duration;

/// A name in characters: longer ones do not fit any screen that shows them.
pub const NAME_CHARS: usize = 120;
/// A name to sign in with, in characters: a long mail address.
pub const LOGIN_CHARS: usize = 120;
/// A password in characters, at least: what is guessed a thousand times a day stands for ages.
pub const PASSWORD_CHARS_LEAST: usize = 12;
/// And at most: a long sentence.
pub const PASSWORD_CHARS: usize = 256;
/// A certificate of a technician: two names of [`NAME_CHARS`] with four bytes each, and 165 bytes around them.
pub const CERTIFICATE: usize = 165 + 2 * 4 * NAME_CHARS;
/// Technicians of one company whose certificates were revoked before their time and are told to helpers.
pub const REVOKED: usize = 500;
/// One chat message in characters: two pages of text.
pub const CHAT_CHARS: usize = 4_000;
/// A tag in characters: a word or two.
pub const TAG_CHARS: usize = 40;
/// Tags of one session or device: more say nothing.
pub const TAGS: usize = 20;
/// The notes of one session or device in characters: two pages of text, so that a record fits a socket's frame.
pub const NOTE_CHARS: usize = 4_000;
/// What is searched for, in characters.
pub const SEARCH_CHARS: usize = 200;
/// Records that one request names or brings.
pub const RECORDS: usize = 1_000;
/// Parts into which one request divides a period: the days of a year, and room.
pub const PARTS: usize = 400;
/// Sessions that one console looks at in the same moment.
pub const VIEWED: usize = 16;
/// How long it holds that a technician looks at a session when nothing repeats it.
pub const VIEWING: Duration = Duration::from_secs(5);
/// How often a console repeats it: twice may be late.
pub const VIEWING_SAID: Duration = Duration::from_millis(1_500);
/// One text frame on a relay socket. An SDP with all candidates is under 8 kB; chat history comes in pages.
pub const SOCKET_FRAME: usize = 64 * 1024;
/// One end-to-end signal inside a socket frame, in its JSON form; leaves room for the frame around it.
pub const SIGNAL: usize = 48 * 1024;
/// An SDP in a signal: real ones are under 8 kB.
pub const SDP: usize = 32 * 1024;
/// One HTTP request body. Nothing but JSON forms is posted.
pub const HTTP_BODY: usize = 64 * 1024;
/// One message on the `control` channel.
pub const CONTROL_MESSAGE: usize = 64 * 1024;
/// One message on the `input` or `pointer` channel: the longest is a text of [`INPUT_TEXT`] with its header.
pub const INPUT_MESSAGE: usize = 1_100;
/// Text of one input event in UTF-8 bytes.
pub const INPUT_TEXT: usize = 1_024;
/// Text that one key press may produce, in UTF-8 bytes: a composed character with its marks.
pub const KEY_TEXT: usize = 32;
/// Edge of a cursor image in pixels: the largest whose message fits the 256 KiB that one SCTP message may have.
pub const CURSOR_EDGE: u16 = 255;
/// One message on the `cursor` channel: a full-size RGBA shape with its header.
pub const CURSOR_MESSAGE: usize = 255 * 255 * 4 + 32;
/// One message on the `tiles` channel: five cells of noise, or a hundred of text.
pub const TILE_MESSAGE: usize = 64 * 1024;
/// One message on the `clipboard` channel: everything that is small enough to come with an offer, or a chunk.
pub const CLIPBOARD_MESSAGE: usize = 64 * 1024;
/// Content that may come with an offer, all forms together: pages of text, and no wait when it is pasted.
pub const CLIPBOARD_HERE: usize = 48 * 1024;
/// One piece of longer content: input and picture stand behind no more than this and what is on its way.
pub const CLIPBOARD_CHUNK: usize = 32 * 1024;
/// Copied text in UTF-8: more than a long book.
pub const CLIPBOARD_TEXT: usize = 8 * 1024 * 1024;
/// Copied HTML in UTF-8: a long page with small pictures inside.
pub const CLIPBOARD_HTML: usize = 8 * 1024 * 1024;
/// Pixels of one picture of a screen: three of 8K side by side. Whoever shows it keeps room for all of them, whatever
/// the picture itself has.
pub const PICTURE_PIXELS: u32 = 128 * 1024 * 1024;
/// A copied image as PNG: two 4K screens full of photographs.
pub const CLIPBOARD_IMAGE: usize = 32 * 1024 * 1024;
/// Pixels of a copied image, which is decoded to be checked: one 8K screen.
pub const CLIPBOARD_PIXELS: u64 = 36 * 1024 * 1024;
/// Disks and addresses that a device names: more than fit on a screen.
pub const INFO_LIST: usize = 32;
/// Parts that one end may want at the same time: a program asks for a few forms of the same content at once.
pub const CLIPBOARD_WANTS: usize = 8;
/// Files that go through the clipboard at once: with long names they still are in one message. More go by *Files*.
pub const COPIED_FILES: usize = 128;
/// Bytes of them together: it is waited for them before they can be pasted, which with more is better seen in *Files*.
pub const COPIED_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// What a file manager writes of copied files, in bytes: thousands of long paths.
pub const COPIED_LIST: usize = 1024 * 1024;
/// Sets of files that were pasted and are kept in a call: a file manager may still be copying from the one before.
pub const PASTED_SETS: usize = 4;
/// One message on the `files` channel: [`FILE_CHUNK`] with its header.
pub const FILES_MESSAGE: usize = FILE_CHUNK + 64;
/// Bytes of a file in one message: long enough that headers cost nothing, short enough that nothing waits long behind it.
pub const FILE_CHUNK: usize = 32 * 1024;
/// Bytes of one file that may be on their way: less than the 1 MB that a reconnect may cost; 100 Mbit/s at 70 ms.
pub const FILE_WINDOW: u32 = 28 * 32 * 1024;
/// Files that are sent or fetched at once by one call, and searches that run: bounds the memory of all windows.
pub const FILE_STREAMS: usize = 16;
/// Requests for files that wait for their answer. A page of a folder asks for one or two.
pub const FILE_REQUESTS: usize = 64;
/// A name from the other end in UTF-8 bytes: 255 characters of NTFS, which has the longest names, are under 800.
pub const FILE_NAME: usize = 1_024;
/// A name as it is written: what ext4 and most others take (`NAME_MAX`).
pub const WRITTEN_NAME: usize = 255;
/// Names of one path: deeper folders are not gone into.
pub const FILE_DEPTH: usize = 64;
/// What is searched for, in UTF-8 bytes.
pub const SEARCH_TEXT: usize = 256;
/// Names that one search finds at most: more nobody reads.
pub const SEARCH_HITS: usize = 2_000;
/// Names that one search looks at: a whole disk has about a million.
pub const SEARCH_LOOKS: usize = 2_000_000;
/// Entries of one folder that are listed.
pub const FOLDER_ENTRIES: usize = 200_000;
/// Keys and buttons that one technician can hold at once.
pub const HELD_KEYS: usize = 32;
/// How often a console states what is held while anything is: often enough for two to be lost within [`HELD_SILENCE`].
pub const HELD_RESTATE: Duration = Duration::from_millis(750);
/// A console that says nothing for this long while something is held has frozen or is gone: everything is let go. A
/// page that is busy loading or a line that sends again what was lost may take two seconds.
pub const HELD_SILENCE: Duration = Duration::from_secs(3);
/// Strokes on the customer's screen at once: more than anyone can tell apart.
pub const STROKES: usize = 200;
/// Points of all strokes together: a minute of drawing. The customer's display draws them anew with each change.
pub const STROKE_POINTS: usize = 4_000;
/// Monitors of one device.
pub const MONITORS: usize = 16;
/// Monitors shown at once, each as a picture of its own: more are too small to work on, and each has an encoder.
pub const SHOWN: usize = 4;
/// Technicians in one call at once: more a customer cannot keep an eye on, and each costs his computer a picture.
pub const TECHNICIANS: usize = 4;
/// Technicians who are invited to one call over its life.
pub const INVITED: u8 = 16;
/// How long an invitation of a colleague waits for him.
pub const INVITATION_LIFE: Duration = SPOKEN_CODE_LIFE;
/// How often a technician tells the others where his pointer is, at most: what an eye follows.
pub const POINTER_TOLD: Duration = Duration::from_millis(40);
/// How often a customer can ask the technicians to look his way: long enough to be looked for, and to be no nuisance.
pub const ATTENTION_PAUSE: Duration = Duration::from_secs(10);
/// Capabilities named in one list.
pub const CAPABILITIES: usize = 32;
/// The size of a `support.deskhand` file.
pub const PACKAGE_FILE: usize = 32 * 1024;
/// A template: the customer's program for one platform, with room for what development builds carry.
pub const TEMPLATE_BYTES: u64 = 256 * 1024 * 1024;
/// One part of a template on its way to the relay.
pub const TEMPLATE_PART: usize = 1024 * 1024;
/// Templates kept for each platform: the one in use and those to go back to.
pub const TEMPLATES_KEPT: u32 = 5;
/// Requests for help that wait at once; the oldest gives way.
pub const REQUESTS_WAITING: u32 = 100;
/// What somebody who asks for help says is wrong, in characters.
pub const PROBLEM_CHARS: usize = 600;
/// A company's logo: with everything else in a support file it stays below [`PACKAGE_FILE`] in its text form.
pub const LOGO_BYTES: usize = 12 * 1024;
/// Longest edge of a logo in pixels.
pub const LOGO_EDGE: u32 = 1_024;
/// A company's line of welcome in characters.
pub const BRAND_CHARS: usize = 280;
/// Relay addresses in one support package.
pub const PACKAGE_RELAYS: usize = 8;

/// Frames per second one helper or console socket may send on average, before it is told to slow down.
pub const SOCKET_FRAMES_PER_SECOND: u32 = 50;
/// Time for a socket to send its first message and to prove its key.
pub const SOCKET_GREETING: Duration = Duration::from_secs(10);
/// Silence after which a socket counts as dead; both sides ping every [`SOCKET_PING`].
pub const SOCKET_SILENCE: Duration = Duration::from_secs(45);
/// How often each side pings.
pub const SOCKET_PING: Duration = Duration::from_secs(15);

/// How long a spoken code lives before it is first used.
pub const SPOKEN_CODE_LIFE: Duration = Duration::from_secs(15 * 60);
/// The longest life of a link or package.
pub const PACKAGE_LIFE_MAX: Duration = Duration::from_secs(20 * 24 * 3600);
/// How long a link or package lives when the technician chooses nothing.
pub const PACKAGE_LIFE_DEFAULT: Duration = Duration::from_secs(24 * 3600);
/// Failed PAKE runs that end a code: with 20 secret bits a guesser has 3 chances in a million.
pub const PAKE_FAILURES: u32 = 3;
/// How long the customer has to answer; no answer is a no.
pub const CONSENT_TIMEOUT: Duration = Duration::from_secs(60);
/// How long *Allow* stays inactive, so that a click meant for something else cannot grant.
pub const CONSENT_ALLOW_DELAY: Duration = Duration::from_secs(1);
/// The hard end of a session.
pub const SESSION_HARD_END: Duration = Duration::from_secs(8 * 3600);
/// How long a session goes on in which the technician does nothing: he reads a long text or waits for an update, but
/// does not go home.
pub const SESSION_IDLE_END: Duration = Duration::from_secs(3600);
/// How long the customer's bar may be out of sight before control stops: a window that is raised over it is put back
/// in that time.
pub const BAR_GRACE: Duration = Duration::from_secs(2);
/// How long what is permitted stays permitted when nobody drives the session any more. It is told the time every few
/// seconds; a computer under load is late by less.
pub const DEAD_MAN: Duration = Duration::from_secs(20);
/// How long after the technician's last input the customer's clicks that give something are not believed: they could
/// be the technician's.
pub const ALONE: Duration = Duration::from_secs(1);
/// How often the record is told of the same capability that was tried without a grant.
pub const ATTEMPT_PAUSE: Duration = Duration::from_secs(60);
/// How long the technician waits for a machine that restarts: an update may be installed, and the customer signs in.
pub const RESTART_GRACE: Duration = Duration::from_secs(900);
/// How long an open session may miss both ends before it is closed as interrupted.
pub const RECONNECT_GRACE: Duration = Duration::from_secs(120);
