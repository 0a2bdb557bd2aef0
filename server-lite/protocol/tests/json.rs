//! Every decoder of JSON from someone else: a real message of each type, changed in every way that anybody thought of,
//! never makes it panic; and what it takes, it took whole.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeSet, fmt::Debug, str::FromStr, sync::LazyLock};

use deskhand_protocol::{
    call::{
        control::{self, ControlMessage, PictureStats, ToConsole, ToHelper},
        room::{RoomAct, RoomNews},
        signal::Signal,
    },
    code::{Finder, Invitation, RelayAddress, Secret, TypedCall},
    company::{CompanyRecord, NewCertificate, NewCompanyKey},
    error::WireError,
    id::SessionId,
    key::{Digest, Nonce, PakeShare, PublicKey, Signature},
    limit,
    package::{PackageBody, SupportFile, brand::Brand},
    record::{SessionEvent, SessionRecord},
    relay::{
        Report,
        account::{
            Account, Accounts, Again, BrowserSessions, NewAccount, NewPassword, RecoveryCodes, SignIn, TotpConfirm,
            TotpOffer,
        },
        console_socket::{ConsoleToRelay, RelayToConsole},
        detour::{TunnelAnswer, TunnelHello},
        helper_socket::{HelperToRelay, RelayToHelper},
        http::{
            Audit, Challenge, ChallengeRequest, Colleagues, Devices, Events, Health, InviteColleague, Messages,
            NewInvitation, NewSession, Opened, Prove, Proven, SelfTest, Sessions, SetUp,
        },
        records::{
            AuditExport, AuditPage, AuditQuery, Changed, DevicesEdit, DevicesRemove, Export, Facets, Removed,
            SessionEdit, SessionPage, SessionQuery, Statistics, StatisticsQuery, Timeline,
        },
    },
    template::{HelpAsked, HelpRequests, HelpStands, NewHelpRequest, NewUpload, RequestAnswer, Templates, Upload},
    text::Name,
};
use proptest::{prelude::*, sample::Index};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

const ID: &str = "0190b0b0-0000-7000-8000-000000000000";

fn key() -> String {
    PublicKey([3; 32]).to_string()
}

fn nonce() -> String {
    Nonce([4; 32]).to_string()
}

fn digest() -> String {
    Digest([5; 32]).to_string()
}

fn signature() -> String {
    Signature([6; 64]).to_string()
}

fn share() -> String {
    PakeShare([2; 33]).to_string()
}

fn finder() -> String {
    serde_json::to_value(Invitation::spoken([1; 5]).finder).unwrap().as_str().unwrap().to_owned()
}

fn session() -> Value {
    json!({
        "id": ID, "status": "live", "customer": "Mr Weber", "machine": "till 3", "technician": ID,
        "technician_name": "Ada", "via": "program", "joins": ID, "invited_by": "Ben", "conversation": ID, "device": ID, "helper_key": key(), "host": "desk-7",
        "os": "Debian 12", "location": { "country": "AT", "region": null, "city": "Graz" }, "tags": ["vip"],
        "notes": "Key under\nthe mat", "viewers": [ID], "helper_online": true, "granted": ["view", "control"], "created_at": 1,
        "code_expires_at": null, "waiting_at": 2, "started_at": 3, "ended_at": null, "end_reason": null,
        "last_active_at": 4, "duration_ms": 5,
    })
}

fn device() -> Value {
    json!({
        "id": ID, "key": key(), "customer": "Mr Weber", "machine": null, "host": "desk-7", "os": "Debian 12",
        "address": "203.0.113.7", "location": null, "tags": ["vip"], "notes": "", "arch": "x86_64",
        "helper_version": "0.1.0", "first_seen": 1, "last_seen": 2, "online": false,
    })
}

fn chat() -> Value {
    json!({ "id": ID, "session": ID, "seq": 1, "author": "customer", "text": "Grüße\nund mehr", "sent_at": 9 })
}

fn chat_marks() -> Value {
    json!({ "technician": { "delivered": 3, "read": 1 }, "customer": { "delivered": 4, "read": 4 } })
}

fn error() -> Value {
    json!({ "code": "malformed", "detail": "no" })
}

fn prove() -> Value {
    json!({ "id": ID, "nonce": nonce(), "signature": signature() })
}

fn invitation() -> Value {
    json!({ "kind": "spoken", "finder": digest(), "life_ms": 600_000 })
}

fn technician() -> Value {
    json!({ "id": ID, "key": key(), "name": "Ada", "company": "Weber IT" })
}

fn reports() -> Vec<Value> {
    vec![
        json!({ "kind": "consent", "asked": ["view", "files-in"], "granted": ["view"], "answer": "allowed" }),
        json!({ "kind": "granted", "granted": ["view"] }),
        json!({ "kind": "attempted", "capability": "control" }),
        json!({ "kind": "reported", "technician": key() }),
        json!({ "kind": "live" }),
        json!({ "kind": "paused", "paused": true }),
        json!({ "kind": "connection_lost" }),
        json!({ "kind": "code_revoked" }),
        json!({ "kind": "ended", "reason": "hard_end" }),
    ]
}

fn monitors() -> Value {
    json!([{
        "index": 0, "name": "DP-1", "x": -1920, "y": 0, "width": 1920, "height": 1080, "primary": true,
        "scale_percent": 150, "rotation": "left",
    }])
}

/// One decoder, with something real of each type it takes.
struct Decoder {
    name: &'static str,
    real: Vec<Value>,
    /// What was read, written again.
    read: fn(&str) -> Option<String>,
}

/// Reads, and checks that what is written of it is read as the same.
fn reread<T: DeserializeOwned + Serialize + PartialEq + Debug>(text: &str) -> Option<String> {
    let read: T = serde_json::from_str(text).ok()?;
    let written = serde_json::to_string(&read).unwrap();
    assert_eq!(serde_json::from_str::<T>(&written).unwrap(), read);
    Some(written)
}

/// The same through the reader of the control channel, which may take no more than serde does.
fn reread_control<T: ControlMessage + Serialize + PartialEq + Debug>(text: &str) -> Option<String> {
    let read = control::read::<T>(text.as_bytes()).ok()?;
    assert_eq!(serde_json::from_str::<T>(text).unwrap(), read);
    reread::<T>(text)
}

fn decoder<T: DeserializeOwned + Serialize + PartialEq + Debug>(name: &'static str, real: Vec<Value>) -> Decoder {
    Decoder { name, real, read: reread::<T> }
}

/// One whose messages have a type: there is something real of each.
fn tagged<T>(name: &'static str, tag: &str, real: Vec<Value>) -> Decoder
where
    T: DeserializeOwned + Serialize + PartialEq + Debug,
{
    // A decoder names the types it knows when it meets another.
    let Err(said) = serde_json::from_value::<T>(json!({ tag: "?" })) else { panic!("a type called ?") };
    let said = said.to_string();
    let (_, expected) = said.split_once("expected").unwrap();
    let known: BTreeSet<&str> = expected.split('`').skip(1).step_by(2).collect();
    let shown: BTreeSet<&str> = real.iter().map(|value| value[tag].as_str().unwrap()).collect();
    assert_eq!(shown, known, "{name}: something real of each type");
    decoder::<T>(name, real)
}

fn signals() -> Vec<Value> {
    let (run, key, nonce, signature, mac) = (ID, key(), nonce(), signature(), digest());
    let introduction = json!({ "name": "Ada", "company": "Weber IT", "relay_pins": [digest()], "certificate": "AQID", "seat": "browser" });
    let ask = json!({ "capabilities": ["view", "control"], "codecs": ["av1", "h264"] });
    vec![
        json!({ "type": "greet", "version": 1, "run": run, "key": key, "commitment": mac, "knowing": "spoken" }),
        json!({ "type": "present", "version": 1, "run": run, "key": key, "nonce": nonce, "knowing": "link", "share": share() }),
        json!({
            "type": "reveal", "run": run, "nonce": nonce, "share": share(), "introduction": introduction,
            "signature": signature, "mac": mac,
        }),
        json!({ "type": "confirm", "run": run, "signature": signature, "mac": mac }),
        json!({ "type": "refuse", "run": run, "reason": "bad_proof" }),
        json!({ "type": "ask", "run": run, "ask": ask, "nonce": nonce, "signature": signature }),
        json!({ "type": "decline", "run": run, "nonce": nonce, "reason": "denied", "signature": signature }),
        json!({ "type": "offer", "run": run, "nonce": nonce, "generation": 0, "sdp": "v=0\r\n", "signature": signature }),
        json!({ "type": "answer", "run": run, "nonce": nonce, "generation": 1, "sdp": "v=0\r\n", "signature": signature }),
        json!({ "type": "mend", "run": run, "nonce": nonce, "generation": 1, "signature": signature }),
        json!({ "type": "bye", "run": run, "reason": "customer_ended", "signature": signature }),
    ]
}

fn to_console() -> Vec<Value> {
    let stats = serde_json::to_value(PictureStats::default()).unwrap();
    vec![
        json!({
            "type": "hello", "version": 1, "monitors": monitors(), "shown": [0], "granted": ["view"], "codec": "av1",
        }),
        json!({ "type": "monitors", "monitors": monitors(), "shown": [0, 1] }),
        json!({
            "type": "granted", "granted": ["view"], "held": ["control"], "stopped": "paused", "asking": ["point"],
            "may_return": true,
        }),
        json!({ "type": "declined", "reason": "denied" }),
        json!({ "type": "did", "deed": { "kind": "lock" }, "outcome": "asking" }),
        json!({
            "type": "programs", "more": 3,
            "programs": [{
                "id": { "pid": 7, "started": 1_700_000_000 }, "name": "editor", "cpu_percent": 1.5, "memory": 4096,
                "own": true,
            }],
        }),
        json!({
            "type": "system",
            "facts": {
                "system": "Debian 12", "kernel": "6.1", "host": "desk-7", "processor": "x", "processors": 2,
                "memory": 8_000_000_000_u64, "memory_free": 4_000_000_000_u64, "up_seconds": 60,
                "disks": [{ "place": "/", "size": 9, "free": 4 }],
            },
        }),
        json!({ "type": "room", "news": { "kind": "pointer", "of": 1, "at": null } }),
        json!({ "type": "attention" }),
        json!({ "type": "stats", "stats": stats }),
        json!({ "type": "trouble", "trouble": "no_capture" }),
        json!({ "type": "ended", "reason": "customer_ended" }),
        json!({ "type": "error", "error": error() }),
    ]
}

fn to_helper() -> Vec<Value> {
    vec![
        json!({ "type": "hello", "version": 1 }),
        json!({ "type": "show", "monitors": [1, 0], "focus": 1 }),
        json!({ "type": "key_frame", "monitor": 1 }),
        json!({ "type": "watch", "watching": false }),
        json!({
            "type": "prefer", "quality": "sharp_text", "frame_rate": 30, "kbit_per_s": null, "scale_percent": 100,
        }),
        json!({ "type": "want", "capabilities": ["control"] }),
        json!({
            "type": "do",
            "deed": { "kind": "end_program", "program": { "pid": 7, "started": 1_700_000_000 }, "ending": "asked" },
        }),
        json!({ "type": "do", "deed": { "kind": "restart" } }),
        json!({ "type": "programs" }),
        json!({ "type": "system" }),
        json!({ "type": "room", "act": { "kind": "hand_over", "to": 1 } }),
        json!({ "type": "attended" }),
        json!({ "type": "leave" }),
        json!({ "type": "end" }),
        json!({ "type": "error", "error": error() }),
    ]
}

fn sockets() -> Vec<Decoder> {
    let facts =
        json!({ "host": "desk-7", "os": "Debian 12", "arch": "x86_64", "helper_version": "0.1.0", "via": "program" });
    let signal = json!({ "type": "signal", "session": ID, "signal": "{}" });
    let chatted = json!({ "type": "chat", "message": chat() });
    let says = json!({ "type": "chat", "session": ID, "id": ID, "text": "Good morning" });
    let marks = json!({ "type": "chat_marks", "session": ID, "marks": { "delivered": 7, "read": 5 } });
    let reported = || reports().into_iter().map(|report| json!({ "type": "report", "session": ID, "report": report }));
    let refused = json!({ "type": "error", "session": ID, "error": error() });
    let mut helper = vec![
        json!({ "type": "hello", "version": 1, "key": key(), "nonce": nonce() }),
        json!({ "type": "hello", "version": 1, "key": key(), "nonce": nonce(), "marks": true }),
        json!({ "type": "prove", "signature": signature(), "facts": facts }),
        json!({ "type": "claim", "finder": finder() }),
        json!({ "type": "resume", "session": ID }),
        signal.clone(),
        says.clone(),
        marks.clone(),
    ];
    helper.extend(reported());
    let mut console = vec![
        json!({ "type": "hello", "version": 1, "token": "t" }),
        json!({ "type": "hello", "version": 1 }),
        json!({ "type": "hello", "version": 1, "marks": true }),
        signal.clone(),
        says,
        marks.clone(),
        json!({ "type": "viewing", "sessions": [ID] }),
    ];
    console.extend(reported());
    let detour = json!({
        "type": "detour", "session": ID,
        "detour": { "udp": true, "username": "u", "credential": "c", "life_ms": 600_000 },
    });
    vec![
        tagged::<HelperToRelay>("helper to relay", "type", helper),
        tagged::<ConsoleToRelay>("console to relay", "type", console),
        tagged::<RelayToHelper>(
            "relay to helper",
            "type",
            vec![
                json!({ "type": "challenge", "version": 1, "relay": key(), "nonce": nonce() }),
                json!({ "type": "welcome" }),
                json!({
                    "type": "claimed", "session": ID, "technician_name": "Ada", "company": "Weber IT",
                    "messages": [chat()], "console_online": true, "revoked": [ID],
                }),
                json!({
                    "type": "claimed", "session": ID, "technician_name": "Ada", "company": "Weber IT",
                    "messages": [], "console_online": false, "marks": chat_marks(),
                }),
                signal.clone(),
                detour.clone(),
                chatted.clone(),
                marks.clone(),
                json!({ "type": "console", "session": ID, "online": false }),
                json!({ "type": "ended", "session": ID, "reason": "expired" }),
                refused.clone(),
            ],
        ),
        tagged::<RelayToConsole>(
            "relay to console",
            "type",
            vec![
                json!({ "type": "welcome" }),
                json!({ "type": "session_changed", "session": session() }),
                json!({ "type": "device_changed", "device": device() }),
                json!({ "type": "session_removed", "session": ID }),
                json!({ "type": "device_removed", "device": ID }),
                signal,
                detour,
                chatted,
                marks,
                refused.clone(),
                json!({ "type": "templates_updated" }),
                json!({ "type": "company_changed" }),
                json!({ "type": "settings_changed" }),
                json!({ "type": "request_changed", "request": help_request() }),
            ],
        ),
        tagged::<TunnelAnswer>(
            "relay to tunnel",
            "type",
            vec![json!({ "type": "welcome" }), json!({ "type": "error", "error": refused["error"] })],
        ),
        decoder::<TunnelHello>(
            "tunnel to relay",
            vec![json!({ "version": 1, "username": "u", "credential": "c", "tunnel": nonce() })],
        ),
        tagged::<Report>("report", "kind", reports()),
    ]
}

fn bodies() -> Vec<Decoder> {
    let events = [
        json!({ "kind": "created" }),
        json!({ "kind": "helper_came" }),
        json!({ "kind": "helper_left" }),
        json!({ "kind": "consent", "asked": ["view"], "granted": [], "answer": "no_answer" }),
        json!({ "kind": "granted", "granted": ["view"] }),
        json!({ "kind": "attempted", "capability": "control" }),
        json!({ "kind": "reported", "technician": null }),
        json!({ "kind": "went_live" }),
        json!({ "kind": "paused", "paused": false }),
        json!({ "kind": "connection_lost" }),
        json!({ "kind": "code_revoked" }),
        json!({ "kind": "ended", "reason": "interrupted" }),
    ];
    let event_rows: Vec<Value> = events.iter().map(|event| json!({ "seq": 1, "at": 2, "event": event })).collect();
    let row = json!({
        "seq": 1, "at": 2, "actor": "relay", "action": "session.created", "target": "session:1", "summary": "{}",
    });
    let secret = Invitation::link([6; 10], [7; 16]);
    let package = json!({
        "relays": [{ "address": "https://help.example.org", "pin": digest() }], "technician": key(),
        "technician_name": "Ada", "company": "Weber IT", "finder": secret.finder, "secret": secret.secret.reveal(),
        "expires_at": 3,
    });
    vec![
        decoder::<Health>(
            "health",
            vec![json!({
                "program": "deskhand-relay", "version": "0.1.0", "protocol": 1, "relay": key(), "needs_owner": true,
                "console": true,
            })],
        ),
        decoder::<SelfTest>(
            "self-test",
            vec![json!({
                "link": "AAAA", "now": 1_700_000_000_000_i64,
                "helper": { "udp": true, "username": "u", "credential": "c", "life_ms": 600_000 },
                "console": { "udp": false, "username": "v", "credential": "d", "life_ms": 600_000 },
            })],
        ),
        decoder::<Opened>("opened", vec![json!({ "outside": true, "at": 1_700_000_000_000_i64 })]),
        decoder::<SetUp>(
            "set up",
            vec![json!({ "token": "t", "name": "Ada", "company": "Weber IT", "proof": prove() })],
        ),
        decoder::<ChallengeRequest>("challenge request", vec![json!({ "version": 1, "key": key() })]),
        decoder::<Challenge>("challenge", vec![json!({ "id": ID, "relay": key(), "nonce": nonce() })]),
        decoder::<Prove>("prove", vec![prove()]),
        decoder::<Proven>("proven", vec![json!({ "token": "t", "technician": technician() })]),
        decoder::<NewSession>(
            "new session",
            vec![json!({ "customer": "Mr Weber", "machine": null, "invitations": [invitation()] })],
        ),
        decoder::<NewInvitation>("new invitation", vec![invitation()]),
        decoder::<InviteColleague>("invite colleague", vec![json!({ "technician": ID, "finder": digest() })]),
        decoder::<Colleagues>(
            "colleagues",
            vec![json!({ "colleagues": [{ "id": ID, "name": "Ben", "company": "Weber IT", "online": true }] })],
        ),
        decoder::<RoomAct>(
            "room act",
            vec![
                json!({ "kind": "invite", "finder": finder(), "secret": "4QXD", "name": "Ben" }),
                json!({ "kind": "want_controls" }),
                json!({ "kind": "hand_over", "to": 1 }),
                json!({ "kind": "keep_controls" }),
                json!({ "kind": "pointer", "at": { "monitor": 0, "x": 1, "y": 65_535 } }),
            ],
        ),
        decoder::<RoomNews>(
            "room news",
            vec![
                json!({
                    "kind": "here", "you": 0,
                    "technicians": [{
                        "who": 0, "name": "Ada", "company": "Weber IT", "connected": true, "may_steer": true,
                        "steers": true, "wants": false,
                    }],
                }),
                json!({ "kind": "invitation", "name": "Ben", "invited": "waiting" }),
                json!({ "kind": "pointer", "of": 1, "at": null }),
            ],
        ),
        decoder::<SessionRecord>("session", vec![session()]),
        decoder::<Sessions>("sessions", vec![json!({ "sessions": [session()] })]),
        decoder::<Messages>(
            "messages",
            vec![json!({ "messages": [chat()] }), json!({ "messages": [], "marks": chat_marks() })],
        ),
        tagged::<SessionEvent>("session event", "kind", events.to_vec()),
        decoder::<Events>("events", vec![json!({ "events": event_rows })]),
        decoder::<Devices>("devices", vec![json!({ "devices": [device()] })]),
        decoder::<Audit>("audit", vec![json!({ "rows": [row] })]),
        decoder::<WireError>("error", vec![error()]),
        decoder::<SupportFile>(
            "support file",
            vec![json!({ "version": 1, "body": package.to_string(), "signature": signature() })],
        ),
        decoder::<PackageBody>("package", vec![package]),
    ]
}

fn help_request() -> Value {
    json!({ "id": ID, "name": "Jürgen <b>", "problem": "No\nprint", "asked_at": 1, "closed_at": null })
}

/// What a customer gets, and people who ask for it.
fn for_customers() -> Vec<Decoder> {
    let pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
    let brand = json!({ "name": "Weber IT", "colour": "#2f5bd8", "logo": pixel, "welcome": "Grüß Gott" });
    let plain = json!({ "name": "", "colour": null, "logo": null, "welcome": "" });
    let template = json!({
        "id": ID, "platform": "windows_x64", "version": "1.2.3", "size": 14_000_000, "sha256": digest(),
        "sha256_hex": Digest([5; 32]).hex(), "added_at": 1, "added_by": "Ada", "shipped": false, "current": true,
        "seen": false,
    });
    let secret = Invitation::link([6; 10], [7; 16]);
    let link = json!({ "finder": secret.finder, "secret": secret.secret.reveal() });
    let package = json!({
        "relays": [{ "address": "https://help.example.org", "pin": digest() }], "technician": key(),
        "technician_name": "Ada", "company": "Weber IT", "finder": secret.finder, "secret": secret.secret.reveal(),
        "expires_at": 3, "company_key": key(), "certificate": "AQID", "brand": brand, "message": "See you at ten", "language": "de",
    });
    vec![
        decoder::<PackageBody>("branded package", vec![package]),
        decoder::<Brand>("brand", vec![brand, plain]),
        decoder::<NewUpload>("new upload", vec![json!({ "size": 14_000_000, "shipped": false })]),
        decoder::<Upload>("upload", vec![json!({ "id": ID, "received": 1_048_576 })]),
        decoder::<Templates>("templates", vec![json!({ "templates": [template] })]),
        decoder::<HelpRequests>("requests for help", vec![json!({ "requests": [help_request()] })]),
        decoder::<CompanyRecord>(
            "company",
            vec![
                json!({
                    "key": key(), "people": [person(json!("AQID"), Value::Null), person(Value::Null, json!(7))],
                    "browsers": true,
                }),
                json!({ "key": null, "people": [], "browsers": false }),
            ],
        ),
        decoder::<NewCompanyKey>("new company key", vec![json!({ "key": key(), "replaces": key() })]),
        decoder::<NewCertificate>("new certificate", vec![json!({ "technician": ID, "certificate": "AQID" })]),
        decoder::<NewHelpRequest>("request with the program", vec![json!({ "name": "Ada", "problem": "It beeps" })]),
        decoder::<HelpAsked>("request arrived", vec![json!({ "id": ID })]),
        decoder::<HelpStands>(
            "where a request stands",
            vec![
                json!({ "state": "waiting" }),
                json!({ "state": "taken_up", "link": link }),
                json!({ "state": "put_aside" }),
            ],
        ),
        decoder::<RequestAnswer>("answer to a request", vec![json!({ "link": link }), json!({ "link": null })]),
    ]
}

fn person(certificate: Value, revoked_at: Value) -> Value {
    let technician = json!({ "id": ID, "key": key(), "name": "Ada", "company": "Weber IT" });
    json!({ "technician": technician, "owner": true, "certificate": certificate, "revoked_at": revoked_at })
}

/// The bodies of finding, editing and counting.
fn records() -> Vec<Decoder> {
    let filter = json!({
        "text": "web", "statuses": ["live"], "technician": ID, "customer": "Mr Weber", "tag": "vip", "device": ID,
        "from": 1, "to": 2,
    });
    let figures = json!({
        "sessions": 2, "connected": 1, "customers": 1, "total_s": 60, "mean_length_s": 60, "mean_wait_s": null,
        "asked": 1, "declined": 0,
    });
    let group = json!([{ "name": null, "figures": figures }]);
    let edit = json!({
        "customer": "Mr Weber", "machine": "", "notes": null, "add_tags": ["vip"], "remove_tags": ["old"],
    });
    let audit = json!({ "text": null, "actor": "technician:", "action": "session.", "from": 1, "to": null });
    let row = json!({ "seq": 1, "at": 2, "actor": "relay", "action": "a.b", "target": "session:1", "summary": "{}" });
    vec![
        decoder::<SessionQuery>(
            "session query",
            vec![json!({ "filter": filter, "sort": "host", "order": "ascending", "after": ID, "limit": 50 })],
        ),
        decoder::<SessionPage>("session page", vec![json!({ "sessions": [session()], "total": 1 })]),
        decoder::<SessionEdit>("session edit", vec![json!({ "tags": ["vip"], "notes": "x" })]),
        decoder::<Facets>(
            "facets",
            vec![json!({ "customers": ["W"], "tags": ["vip"], "technicians": [{ "id": ID, "name": "Ada" }] })],
        ),
        decoder::<DevicesEdit>("devices edit", vec![json!({ "devices": [ID], "edit": edit })]),
        decoder::<DevicesRemove>("devices remove", vec![json!({ "devices": [ID] })]),
        decoder::<Changed>("changed", vec![json!({ "changed": 1 })]),
        decoder::<Removed>("removed", vec![json!({ "removed": 1 })]),
        decoder::<Timeline>(
            "timeline",
            vec![json!({ "entries": [{
                "session": ID, "seq": 1, "technician_name": "Ada", "at": 3, "event": { "kind": "went_live" },
            }] })],
        ),
        decoder::<StatisticsQuery>("statistics query", vec![json!({ "filter": filter, "edges": [1, 2] })]),
        decoder::<Statistics>(
            "statistics",
            vec![json!({
                "total": figures, "parts": [figures], "technicians": group, "customers": group, "tags": group,
            })],
        ),
        decoder::<Export>("export", vec![json!({ "filter": filter, "format": "xlsx", "headings": ["Id"] })]),
        decoder::<AuditQuery>("audit query", vec![json!({ "filter": audit, "before": 9, "limit": 5 })]),
        decoder::<AuditPage>(
            "audit page",
            vec![json!({ "lines": [{ "row": row, "actor_name": "Ada", "target_name": null }] })],
        ),
        decoder::<AuditExport>("audit export", vec![json!({ "filter": audit, "headings": ["No"] })]),
    ]
}

/// The bodies of signing in with a password.
fn accounts() -> Vec<Decoder> {
    let browser = json!({
        "id": ID, "here": true, "connected": false, "created_at": 1, "used_at": 2, "ends_at": 3, "from": "203.0.113.7",
        "browser": "Firefox 140", "key": key(),
    });
    let again = json!({ "password": "a horse in the rain", "code": "123456" });
    vec![
        decoder::<NewAccount>(
            "new account",
            vec![json!({
                "token": "AAAA-BBBB", "login": "ada@example.org", "password": "a horse in the rain", "name": "Ada",
                "company": "Weber IT", "proof": prove(),
            })],
        ),
        decoder::<SignIn>(
            "sign in",
            vec![json!({ "login": "Ada", "password": "a horse in the rain", "code": null, "proof": prove() })],
        ),
        decoder::<Account>(
            "account",
            vec![json!({
                "technician": technician(), "owner": true, "login": "ada@example.org", "totp": true, "recovery_left": 10,
                "session": ID, "key": key(), "ends_at": 3, "idle_ms": 4, "relay_pins": [digest()],
            })],
        ),
        decoder::<BrowserSessions>("browsers", vec![json!({ "sessions": [browser] })]),
        decoder::<NewPassword>(
            "new password",
            vec![json!({ "password": "a horse in the rain", "new": "a cow in the sun", "code": null })],
        ),
        decoder::<Again>("again", vec![again]),
        decoder::<TotpOffer>("offer of codes", vec![json!({ "secret": "ABCDEFGH", "uri": "otpauth://totp/x" })]),
        decoder::<TotpConfirm>("confirmed codes", vec![json!({ "code": "123456" })]),
        decoder::<RecoveryCodes>("recovery codes", vec![json!({ "codes": ["AAAA-BBBB"] })]),
        decoder::<Accounts>(
            "accounts",
            vec![json!({ "accounts": [{
                "technician": ID, "login": "ada@example.org", "totp": false, "locked_until": 5, "sessions": [browser],
            }] })],
        ),
    ]
}

fn decoders() -> &'static [Decoder] {
    static ALL: LazyLock<Vec<Decoder>> = LazyLock::new(all);
    &ALL
}

fn all() -> Vec<Decoder> {
    let mut all = sockets();
    all.extend(bodies());
    all.extend(records());
    all.extend(accounts());
    all.extend(for_customers());
    all.push(tagged::<Signal>("signal", "type", signals()));
    for (name, real, read) in [
        ("to console", to_console(), reread_control::<ToConsole> as fn(&str) -> Option<String>),
        ("to helper", to_helper(), reread_control::<ToHelper>),
    ] {
        all.push(Decoder { name, real, read });
    }
    tagged::<ToConsole>("to console", "type", to_console());
    tagged::<ToHelper>("to helper", "type", to_helper());
    all
}

/// A page in a browser reads the same; `UPDATE_VECTORS=1` writes them.
#[test]
fn what_a_console_says_is_in_the_vectors() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/control.json");
    let said = serde_json::to_string_pretty(&to_helper()).unwrap() + "\n";
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(path, &said).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), said);
}

#[test]
fn something_real_of_each_type_is_taken_whole() {
    for Decoder { name, real, read } in decoders() {
        for value in real {
            let written = read(&value.to_string()).unwrap_or_else(|| panic!("{name} refuses {value}"));
            let written: Value = serde_json::from_str(&written).unwrap();
            assert_eq!(&written, value, "{name}");
        }
    }
}

/// What is done to a message.
#[derive(Debug, Clone)]
enum Change {
    Remove,
    Null,
    Number(f64),
    Big(u64),
    Text(String),
    Nest(u8),
    Double,
    /// Put there what stands somewhere in another message.
    From(Index, Index),
    Rename(String),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        Just(Change::Remove),
        Just(Change::Null),
        (-1e9..1e9_f64).prop_map(Change::Number),
        any::<u64>().prop_map(Change::Big),
        "\\PC{0,200}|.{0,200}".prop_map(Change::Text),
        any::<u8>().prop_map(Change::Nest),
        Just(Change::Double),
        (any::<Index>(), any::<Index>()).prop_map(|(which, at)| Change::From(which, at)),
        "[a-z_]{1,12}".prop_map(Change::Rename),
    ]
}

/// The places of everything in a value, the whole first, as JSON pointers.
fn places(value: &Value) -> Vec<String> {
    let mut places = vec![String::new()];
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in inner {
        places.extend(self::places(value).into_iter().map(|below| format!("/{name}{below}")));
    }
    places
}

fn changed(mut value: Value, others: &[Value], at: Index, change: &Change) -> Value {
    let places = places(&value);
    let place = at.get(&places);
    let (above, name) = place.rsplit_once('/').unwrap_or(("", ""));
    let put = match change {
        Change::Remove | Change::Rename(_) => {
            let Some(fields) = value.pointer_mut(above).and_then(Value::as_object_mut) else { return value };
            let taken = fields.remove(name);
            if let (Change::Rename(to), Some(taken)) = (change, taken) {
                fields.insert(to.clone(), taken);
            }
            return value;
        }
        Change::Null => Value::Null,
        Change::Number(number) => json!(number),
        Change::Big(number) => json!(number),
        Change::Text(text) => json!(text),
        Change::Nest(deep) => (0..*deep).fold(json!(0), |inner, _| json!([inner])),
        Change::Double => {
            let one = value.pointer(place).cloned().unwrap_or_default();
            json!([one, one])
        }
        Change::From(which, at) => {
            let other = which.get(others);
            other.pointer(at.get(&self::places(other)).as_str()).cloned().unwrap_or_default()
        }
    };
    if let Some(there) = value.pointer_mut(place) {
        *there = put;
    }
    value
}

fn texts(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::String(text) => out.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|value| texts(value, out)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, out)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_message_is_refused_or_read_as_what_it_is(
        which: Index, message: Index, edits in prop::collection::vec((any::<Index>(), change()), 1..4),
        cut in prop::option::of(any::<Index>()), flip in prop::option::of((any::<Index>(), any::<u8>())),
    ) {
        let all = decoders();
        let others: Vec<Value> = all.iter().flat_map(|decoder| decoder.real.clone()).collect();
        let Decoder { real, read, .. } = which.get(all);
        let mut value = message.get(real).clone();
        for (at, change) in &edits {
            value = changed(value, &others, *at, change);
        }
        // Changed as a tree, as text and cut short; none may panic, which is all that is asked of the last two.
        let text = value.to_string();
        let _ = read(&text);
        let mut bytes = text.clone().into_bytes();
        if let Some((at, byte)) = flip {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = read(&String::from_utf8_lossy(&bytes));
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
            let cut = String::from_utf8_lossy(&bytes).into_owned();
            if matches!(value, Value::Object(_)) && flip.is_none() && cut.len() < text.len() {
                prop_assert_eq!(read(&cut), None, "half a message is none");
            }
        }
    }

    #[test]
    fn a_message_of_another_decoder_is_never_taken_with_something_lost_in_text(which: Index, from: Index, message: Index) {
        let all = decoders();
        let value = message.get(&from.get(all).real).clone();
        if let Some(written) = (which.get(all).read)(&value.to_string()) {
            let mut said = Vec::new();
            texts(&value, &mut said);
            let mut kept = Vec::new();
            texts(&serde_json::from_str(&written).unwrap(), &mut kept);
            prop_assert!(kept.iter().all(|text| said.contains(text)), "nothing is made up");
        }
    }

    #[test]
    fn keys_and_the_like_are_read_from_their_one_text_form(bytes in prop::collection::vec(any::<u8>(), 0..70), text in "\\PC{0,90}") {
        fn one<T: FromStr + ToString>(text: &str) {
            if let Ok(read) = T::from_str(text) {
                assert_eq!(read.to_string(), text, "there is one text form");
            }
        }
        let real = [key(), nonce(), digest(), signature(), share(), data_encoding::BASE64URL_NOPAD.encode(&bytes), text];
        for text in &real {
            one::<PublicKey>(text);
            one::<Nonce>(text);
            one::<Digest>(text);
            one::<Signature>(text);
            one::<PakeShare>(text);
        }
        let fits = data_encoding::BASE64URL_NOPAD.encode(&bytes);
        prop_assert_eq!(fits.parse::<PublicKey>().is_ok(), bytes.len() == 32);
        prop_assert_eq!(fits.parse::<Signature>().is_ok(), bytes.len() == 64);
    }

    #[test]
    fn what_a_customer_types_never_panics(
        text in "\\PC{0,80}|[0-9a-z.:/ -]{0,60}|https?://[a-z0-9.:@/#?%\\[\\]-]{0,60}", at: Index, byte: u8,
    ) {
        let mut real = b"https://help.example.org:8443 K7MP-4QXD".to_vec();
        let at = at.index(real.len());
        real[at] = byte;
        for text in [text, String::from_utf8_lossy(&real).into_owned()] {
            let _ = text.parse::<TypedCall>();
            let _ = text.parse::<Invitation>();
            let _ = text.parse::<Finder>();
            let _ = text.parse::<Secret>();
            let _ = text.parse::<RelayAddress>();
            let _ = text.parse::<SessionId>();
        }
    }
}

#[test]
fn a_field_said_twice_and_a_name_too_long_are_refused() {
    let twice = format!(r#"{{"version":1,"version":1,"key":"{}"}}"#, key());
    assert_eq!(reread::<ChallengeRequest>(&twice), None);
    let mut long = json!({ "customer": "x".repeat(limit::NAME_CHARS), "machine": null, "invitations": [] });
    assert!(reread::<NewSession>(&long.to_string()).is_some());
    long["customer"] = json!("x".repeat(limit::NAME_CHARS + 1));
    assert_eq!(reread::<NewSession>(&long.to_string()), None);
    assert!(Name::new("x".repeat(limit::NAME_CHARS + 1)).is_err());
    let empty = Value::Object(Map::new()).to_string();
    for Decoder { name, read, .. } in decoders() {
        assert_eq!(read(&empty), None, "{name} takes nothing for something");
    }
}
