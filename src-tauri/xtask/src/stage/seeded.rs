//! A relay with a past: customers, their computers and what was done for them, written into the database of a relay that
//! does not run. Everything is made from its number, so that every machine has the same.
//!
//! The rows are those that the relay itself writes; the next relay that starts over them reads nothing else.

use std::path::Path;

use anyhow::{Context as _, Result};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// How far back the past goes.
const PAST: i64 = 120 * DAY;
/// Rows of the audit log that tell of it: those of the newest sessions.
const TOLD: u32 = 60;

const CUSTOMERS: [&str; 16] = [
    "Weber Steuerberatung",
    "Praxis Dr. Schmidt",
    "Bäckerei Lang",
    "Hotel Post",
    "Autohaus Berger",
    "Łukasiewicz Transport",
    "Tischlerei Öhler & Söhne",
    "Café Ñandú",
    "Kanzlei Brandt-Hofmeister und Partner Rechtsanwälte mbB",
    "Green Valley School",
    "Riverside Dental",
    "Yıldız Textil",
    "مكتبة النور",
    "Garage Dupont",
    "Stadtbücherei",
    "North Pier Fishing",
];
const MACHINES: [&str; 6] = ["Reception", "Till 1", "Office 2", "Workshop", "Laptop of Anna", "Server"];
const SYSTEMS: [&str; 5] =
    ["Windows 11 Pro 24H2", "Windows 10 Pro 22H2", "Debian GNU/Linux 12", "Ubuntu 24.04.1 LTS", "Windows 11 Home 23H2"];
const PLACES: [(&str, Option<&str>, &str); 6] = [
    ("AT", Some("Steiermark"), "Graz"),
    ("CH", None, "Bern"),
    ("DE", Some("Bayern"), "München"),
    ("PL", Some("Mazowieckie"), "Warszawa"),
    ("GB", Some("Scotland"), "Aberdeen"),
    ("TR", None, "İzmir"),
];
const TAGS: [&str; 6] = ["printer", "vip", "contract", "new", "invoice", "Team A"];
const NOTES: [&str; 3] = [
    "The printer in the back office stops after each page.\nKey under the mat.",
    "Always call before.",
    "Backup runs at 18:00; do not restart then.",
];

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// Computers.
    pub devices: u32,
    /// Sessions, all of them over.
    pub sessions: u32,
}

/// What was made, as far as somebody wants to open it.
#[derive(Debug, Clone)]
pub struct Seeded {
    /// The newest session that has everything: device, grants, tags, notes, chat.
    pub session: Uuid,
    /// Its device.
    pub device: Uuid,
}

struct Device {
    id: Uuid,
    customer: usize,
    machine: Option<&'static str>,
    host: String,
    os: &'static str,
    place: Option<usize>,
}

/// Numbers that look thrown, the same ones every time (splitmix64).
fn thrown(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn pick(n: u64, of: usize) -> usize {
    usize::try_from(thrown(n) % of as u64).unwrap_or(0)
}

fn id(at: i64, kind: u8, n: u32) -> Uuid {
    let mut rest = [0; 10];
    rest[0] = kind;
    rest[1..9].copy_from_slice(&thrown(u64::from(n)).to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(at).unwrap_or(0), &rest).into_uuid()
}

fn customer_name(n: usize) -> String {
    let name = CUSTOMERS[n % CUSTOMERS.len()];
    // More computers than names: branches.
    if n < CUSTOMERS.len() { name.to_owned() } else { format!("{name} {}", n / CUSTOMERS.len() + 1) }
}

/// Writes a past into the database of a relay that has its owner and does not run. `now` is in milliseconds since 1970.
///
/// # Errors
///
/// When the database is not one of a relay with an owner, or cannot be written.
pub fn seed(file: &Path, past: Past, now: i64) -> Result<Seeded> {
    let mut db = Connection::open(file)?;
    db.pragma_update(None, "foreign_keys", true)?;
    let owner = "SELECT id, name, company FROM technicians ORDER BY created_at LIMIT 1";
    let owner: (String, String, String) = db
        .query_row(owner, (), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .context("the relay has no owner yet")?;
    let change = db.transaction()?;
    let colleague = id(now - PAST, 1, 0).to_string();
    change.execute(
        "INSERT INTO technicians (id, key, role, name, company, created_at) VALUES (?1, ?2, 'technician', ?3, ?4, ?5)",
        params![colleague, key(b'c', 0), "Jonas Feld", owner.2, now - PAST],
    )?;
    let technicians = [(owner.0.as_str(), owner.1.as_str()), (colleague.as_str(), "Jonas Feld")];
    let devices = devices(&change, past, now)?;
    let seeded = sessions(&change, past, now, &technicians, &owner.2, &devices)?;
    change.commit()?;
    Ok(seeded)
}

fn key(kind: u8, n: u32) -> [u8; 32] {
    let mut key = [kind; 32];
    key[..4].copy_from_slice(&n.to_be_bytes());
    key
}

fn devices(change: &Transaction<'_>, past: Past, now: i64) -> Result<Vec<Device>> {
    let mut insert = change.prepare(
        "INSERT INTO devices (id, key, host, os, arch, helper_version, first_seen, last_seen, customer, machine, \
         address, country, region, city, notes) \
         VALUES (?1, ?2, ?3, ?4, 'x86_64', '0.1.0', ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    let mut tag = change.prepare("INSERT OR IGNORE INTO device_tags (device, tag) VALUES (?1, ?2)")?;
    let mut made = Vec::with_capacity(past.devices as usize);
    let customers = (past.devices as usize / 4).max(CUSTOMERS.len());
    for n in 0..past.devices {
        let seed = u64::from(n) * 7;
        let first = now - PAST + i64::from(n % 90) * HOUR;
        // The first computer was here a moment ago, the others at some time.
        let last = if n == 0 { now - 3 * MINUTE } else { now - (thrown(seed) % (60 * DAY as u64)) as i64 };
        let place = (n % 7 != 3).then(|| pick(seed + 1, PLACES.len()));
        let device = Device {
            id: id(first, 2, n),
            customer: if n == 0 { 0 } else { pick(seed + 2, customers) },
            machine: (n % 5 != 4).then(|| MACHINES[pick(seed + 3, MACHINES.len())]),
            host: format!("{}-{:02}", ["OFFICE", "pc", "LAPTOP", "kasse", "DESKTOP-7F3K2Q"][n as usize % 5], n),
            os: SYSTEMS[pick(seed + 4, SYSTEMS.len())],
            place,
        };
        let (country, region, city) =
            place.map_or((None, None, None), |at| (Some(PLACES[at].0), PLACES[at].1, Some(PLACES[at].2)));
        let address = format!("203.0.{}.{}", 113 + n / 250 % 100, n % 250 + 1);
        let notes = if n % 6 == 0 { NOTES[n as usize / 6 % NOTES.len()] } else { "" };
        insert.execute(params![
            device.id.to_string(),
            key(b'd', n),
            device.host,
            device.os,
            first,
            last.max(first),
            customer_name(device.customer),
            device.machine,
            address,
            country,
            region,
            city,
            notes
        ])?;
        for (nth, name) in TAGS.iter().enumerate() {
            if thrown(seed + 10 + nth as u64).is_multiple_of(5) || (n == 0 && nth < 2) {
                tag.execute(params![device.id.to_string(), name])?;
            }
        }
        made.push(device);
    }
    Ok(made)
}

/// What a session's row and its story say.
struct Story {
    id: Uuid,
    created: i64,
    waiting: Option<i64>,
    started: Option<i64>,
    ended: i64,
    status: &'static str,
    reason: &'static str,
    granted: &'static [&'static str],
    denied: bool,
}

fn story(n: u32, past: Past, now: i64) -> Story {
    let seed = 1_000_003 + u64::from(n) * 11;
    // The newest was half an hour ago; older ones lie ever further apart from it, and never at the same moment.
    let created = now - 40 * MINUTE - (PAST - DAY) / i64::from(past.sessions.max(1)) * i64::from(n);
    let (never, denied, lost) = (n % 17 == 5, n % 19 == 7, n % 23 == 4);
    let waiting = created + 20_000 + (thrown(seed) % 400_000) as i64;
    let started = waiting + 15_000 + (thrown(seed + 1) % 90_000) as i64;
    let length = if n == 0 { 11 * MINUTE + 24_000 } else { 25_000 + (thrown(seed + 2) % (43 * MINUTE as u64)) as i64 };
    let ended = match (never, denied) {
        (true, _) => created + 30 * MINUTE,
        (_, true) => started + 40_000,
        _ => started + length,
    };
    let reason = match (never, lost) {
        (true, _) => "expired",
        (_, true) => "interrupted",
        _ => ["customer_ended", "technician_ended", "technician_ended"][n as usize % 3],
    };
    const SOME: &[&str] = &["view", "point"];
    const ALL: &[&str] = &["view", "control", "point", "clipboard-in", "clipboard-out", "files-in", "files-out"];
    let granted: &[&str] = match (never || denied, n % 3) {
        (true, _) => &[],
        (_, 1) => SOME,
        _ => ALL,
    };
    Story {
        id: id(created, 3, n),
        created,
        waiting: (!never).then_some(waiting),
        started: (!never && !denied).then_some(started),
        ended: ended.min(now - 5 * MINUTE).max(created),
        status: if lost && !never { "interrupted" } else { "ended" },
        reason,
        granted,
        denied,
    }
}

fn sessions(
    change: &Transaction<'_>,
    past: Past,
    now: i64,
    technicians: &[(&str, &str); 2],
    company: &str,
    devices: &[Device],
) -> Result<Seeded> {
    let mut conversation = change.prepare("INSERT INTO conversations (id, created_at) VALUES (?1, ?2)")?;
    let mut insert = change.prepare(
        "INSERT INTO sessions (id, status, customer, machine, technician, technician_name, company, conversation, \
         device, helper_key, granted, created_at, waiting_at, started_at, ended_at, end_reason, last_active_at, host, \
         os, country, region, city, notes, words, via) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, \
         ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)",
    )?;
    let mut event = change.prepare("INSERT INTO session_events (session, seq, at, event) VALUES (?1, ?2, ?3, ?4)")?;
    let mut consent = change.prepare(
        "INSERT INTO consents (id, session, device, asked, granted, answer, answered_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut tag = change.prepare("INSERT OR IGNORE INTO session_tags (session, tag) VALUES (?1, ?2)")?;
    let mut seeded = None;
    for n in 0..past.sessions {
        let story = story(n, past, now);
        let device = devices.get(if n == 0 { 0 } else { pick(u64::from(n) * 3, devices.len().max(1)) });
        let customer = device.map_or(pick(u64::from(n), CUSTOMERS.len()), |device| device.customer);
        let customer = customer_name(customer);
        let machine = device.and_then(|device| device.machine);
        let came = device.filter(|_| story.waiting.is_some());
        let browser = came.is_some() && n % 29 == 9;
        let (technician, technician_name) = technicians[usize::from(n % 4 == 3)];
        let place = came.and_then(|device| device.place);
        let (country, region, city) =
            place.map_or((None, None, None), |at| (Some(PLACES[at].0), PLACES[at].1, Some(PLACES[at].2)));
        let notes = if n % 9 == 0 { NOTES[n as usize / 9 % NOTES.len()] } else { "" };
        let host = came.filter(|_| !browser).map(|device| device.host.as_str());
        let (text, talk) = (story.id.to_string(), id(story.created, 4, n).to_string());
        let words = format!(
            "{customer}\n{}\n{}\n{technician_name}\n{text}\n{notes}",
            machine.unwrap_or_default(),
            host.unwrap_or_default()
        )
        .to_lowercase();
        let known = came.filter(|_| !browser).map(|device| device.id.to_string());
        let heard = if story.status == "interrupted" { story.ended - 2 * MINUTE } else { story.ended };
        conversation.execute(params![talk, story.created])?;
        insert.execute(params![
            text,
            story.status,
            customer,
            machine,
            technician,
            technician_name,
            company,
            talk,
            known,
            came.map(|_| key(b'd', n)),
            serde_json::to_string(story.granted)?,
            story.created,
            story.waiting,
            story.started,
            story.ended,
            story.reason,
            heard.max(story.started.unwrap_or(story.created)),
            host,
            came.map(|device| device.os),
            country,
            region,
            city,
            notes,
            words,
            if browser { "browser" } else { "program" }
        ])?;
        for (nth, name) in TAGS.iter().enumerate() {
            if thrown(u64::from(n) * 13 + nth as u64).is_multiple_of(6) || (n == 0 && nth < 2) {
                tag.execute(params![text, name])?;
            }
        }
        let mut seq = 0;
        let mut add = |at: i64, what: serde_json::Value| -> Result<()> {
            seq += 1;
            event.execute(params![text, seq, at, what.to_string()])?;
            Ok(())
        };
        add(story.created, json!({"kind": "created"}))?;
        if let Some(waiting) = story.waiting {
            add(waiting, json!({"kind": "helper_came"}))?;
            let asked = ["view", "control", "point", "clipboard-in", "clipboard-out", "files-in", "files-out"];
            let answer = if story.denied { "denied" } else { "allowed" };
            let at = story.started.unwrap_or(story.ended) - 1_000;
            add(at, json!({"kind": "consent", "asked": asked, "granted": story.granted, "answer": answer}))?;
            consent.execute(params![
                id(at, 5, n).to_string(),
                text,
                known,
                serde_json::to_string(&asked)?,
                serde_json::to_string(story.granted)?,
                answer,
                at
            ])?;
        }
        if let Some(started) = story.started {
            add(started, json!({"kind": "went_live"}))?;
        }
        add(story.ended, json!({"kind": "ended", "reason": story.reason}))?;
        if n == 0 {
            talks(change, &talk, story.started.unwrap_or(story.created))?;
            let device = device.context("there are no devices")?.id;
            seeded = Some(Seeded { session: story.id, device });
        }
    }
    for n in (0..past.sessions.min(TOLD)).rev() {
        tell(change, &story(n, past, now), technicians[usize::from(n % 4 == 3)].0)?;
    }
    seeded.context("a past without sessions")
}

fn talks(change: &Transaction<'_>, conversation: &str, from: i64) -> Result<()> {
    let lines = [
        ("customer", "Hello, it is the printer again."),
        ("technician", "I see it. Please leave it switched on."),
        ("customer", "Is it the cable?"),
        ("technician", "No, the queue was stuck. Print a page, please."),
        ("customer", "It works! Thank you."),
    ];
    for (n, (author, body)) in (1_i64..).zip(lines) {
        change.execute(
            "INSERT INTO messages (conversation, seq, client_id, author, body, sent_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                conversation,
                n,
                id(from, 6, u32::try_from(n)?).to_string(),
                author,
                body,
                from + n * MINUTE
            ],
        )?;
    }
    Ok(())
}

/// A session in the audit log, chained as the relay chains it.
fn tell(change: &Transaction<'_>, story: &Story, technician: &str) -> Result<()> {
    let target = format!("session:{}", story.id);
    let actor = format!("technician:{technician}");
    add_to_log(change, story.created, &actor, "session.created", &target, "{}")?;
    let ended = json!({"reason": story.reason}).to_string();
    add_to_log(change, story.ended, &actor, "session.ended", &target, &ended)
}

fn add_to_log(change: &Transaction<'_>, at: i64, actor: &str, action: &str, target: &str, summary: &str) -> Result<()> {
    let last = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
    let last: Option<(i64, [u8; 32])> = change.query_row(last, (), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (seq, previous) = last.unwrap_or((0, [0; 32]));
    let seq = seq + 1;
    // As in `server-lite/src/store/audit.rs`; `deskhand-relay audit verify` walks along it.
    let mut hash = Sha256::new();
    hash.update(b"deskhand/audit/v1\0");
    hash.update(previous);
    hash.update(seq.to_be_bytes());
    hash.update(at.to_be_bytes());
    for text in [actor, action, target, summary] {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    let hash: [u8; 32] = hash.finalize().into();
    change.execute(
        "INSERT INTO audit (seq, at, actor, action, target, summary, previous, hash) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![seq, at, actor, action, target, summary, previous, hash],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_past_lies_before_now_and_each_session_follows_its_own_order() {
        let past = Past { devices: 30, sessions: 500 };
        let now = 1_800_000_000_000;
        let mut created = now;
        for n in 0..past.sessions {
            let story = story(n, past, now);
            assert!(story.created < created, "{n}: each is older than the one before");
            created = story.created;
            let moments = [Some(story.created), story.waiting, story.started, Some(story.ended)];
            let moments: Vec<i64> = moments.into_iter().flatten().collect();
            assert!(moments.is_sorted() && moments.iter().all(|at| *at < now && *at > now - PAST), "{n}: {moments:?}");
        }
    }
}
