//! Finding, editing, counting and handing out records, over the wire.

use std::{collections::BTreeSet, fs};

use deskhand_protocol::{
    UnixMillis,
    error::ErrorCode,
    id::{DeviceId, SessionId, TechnicianId},
    record::{ConsentAnswer, DeviceRecord, EndReason, Location, SessionRecord, SessionStatus},
    relay::{
        Report,
        console_socket::{ConsoleToRelay, RelayToConsole},
        helper_socket::{HelperToRelay, RelayToHelper},
        http::{Audit, Devices, InvitationKind, NewInvitation, NewSession},
        records::{
            AUDIT_COLUMNS, AuditFilter, AuditPage, AuditQuery, Changed, DeviceEdit, DevicesEdit, DevicesRemove, Export,
            Facets, Order, Removed, SESSION_COLUMNS, SessionEdit, SessionFilter, SessionPage, SessionQuery,
            SessionSort, TableFormat, Timeline,
        },
    },
    text::{Note, SearchText, Tag},
};
use ed25519_dalek::SigningKey;

use crate::{
    peers::{Answer, Helper, House, Technician, fresh, name, post},
    routes::add_technician,
};

fn tag(text: &str) -> Tag {
    Tag::new(text).unwrap()
}

fn filter() -> SessionFilter {
    SessionFilter::default()
}

fn by_text(text: &str) -> SessionFilter {
    SessionFilter { text: Some(SearchText::new(text).unwrap()), ..filter() }
}

impl Technician {
    async fn ask<T: serde::Serialize>(&self, path: &str, body: &T) -> Answer {
        post(self.at, &format!("/api/v1/{path}"), Some(&self.token), body).await
    }

    pub(crate) async fn page(&self, query: &SessionQuery) -> SessionPage {
        self.ask("sessions/search", query).await.is(200)
    }

    /// Everything that a filter leaves, by pages of `limit`.
    pub(crate) async fn find(
        &self,
        filter: SessionFilter,
        sort: SessionSort,
        order: Order,
        limit: u32,
    ) -> Vec<SessionRecord> {
        let mut query = SessionQuery { filter, sort, order, after: None, limit };
        let mut all: Vec<SessionRecord> = Vec::new();
        let mut total = None;
        loop {
            let page = self.page(&query).await;
            total = total.or(page.total);
            let last = page.sessions.len() < limit as usize;
            all.extend(page.sessions);
            if last {
                assert_eq!(total, Some(all.len() as u32));
                return all;
            }
            query.after = all.last().map(|session| session.id);
        }
    }

    async fn found(&self, filter: SessionFilter) -> BTreeSet<SessionId> {
        self.find(filter, SessionSort::Date, Order::Descending, 50)
            .await
            .into_iter()
            .map(|session| session.id)
            .collect()
    }

    async fn session_for(
        &self,
        customer: &str,
        machine: Option<&str>,
    ) -> (SessionRecord, deskhand_protocol::code::Invitation) {
        let invitation = deskhand_protocol::code::Invitation::spoken(fresh());
        let invitations =
            vec![NewInvitation { kind: InvitationKind::Spoken, finder: invitation.finder.digest(), life_ms: 600_000 }];
        let new = NewSession { customer: name(customer), machine: machine.map(name), invitations };
        (self.ask("sessions", &new).await.is(200), invitation)
    }

    async fn edit(&self, id: SessionId, edit: &SessionEdit) -> Answer {
        self.ask(&format!("sessions/{id}/edit"), edit).await
    }

    async fn devices(&self) -> Vec<DeviceRecord> {
        self.get::<Devices>("/api/v1/devices").await.devices
    }

    async fn audit(&self, filter: AuditFilter) -> AuditPage {
        self.ask("audit/search", &AuditQuery { filter, before: None, limit: 200 }).await.is(200)
    }
}

#[tokio::test]
async fn sessions_are_found_by_what_was_written_whatever_the_case_and_by_filters() {
    let house = House::new().await;
    let owner = house.owner().await;
    let (weber, _) = owner.session_for("Mr Weber", Some("Till 3")).await;
    let (oezgur, _) = owner.session_for("ÖZGÜR Bäckerei", None).await;
    let (other, _) = owner.session_for("Praxis 100%", None).await;
    owner.end(other.id).await;
    let note = SessionEdit {
        tags: Some(vec![tag(" vip "), tag("vip"), tag("printer")]),
        notes: Some(Note::new("The KEY lies\nunder the mat").unwrap()),
    };
    let edited: SessionRecord = owner.edit(weber.id, &note).await.is(200);
    assert_eq!(
        (edited.tags.clone(), edited.notes.as_str()),
        (vec![tag("printer"), tag("vip")], "The KEY lies\nunder the mat")
    );
    assert_eq!(owner.session(weber.id).await, edited);

    let one = |id: SessionId| BTreeSet::from([id]);
    for (text, expected) in [
        ("MR WEBER", one(weber.id)),
        ("mat key", one(weber.id)),
        ("till web", one(weber.id)),
        ("özgür", one(oezgur.id)),
        ("100%", one(other.id)),
        ("%", one(other.id)),
        ("' OR 1=1 --", BTreeSet::new()),
        ("ada weber", [weber.id, oezgur.id, other.id].into()),
        (&other.id.to_string()[..36], one(other.id)),
        ("   ", [weber.id, oezgur.id, other.id].into()),
    ] {
        assert_eq!(owner.found(by_text(text)).await, expected, "{text}");
    }
    assert_eq!(owner.found(SessionFilter { tag: Some(tag("vip")), ..filter() }).await, one(weber.id));
    assert_eq!(owner.found(SessionFilter { customer: Some(name("Mr Weber")), ..filter() }).await, one(weber.id));
    assert_eq!(owner.found(SessionFilter { statuses: vec![SessionStatus::Ended], ..filter() }).await, one(other.id));
    let both = vec![SessionStatus::Ended, SessionStatus::Open];
    assert_eq!(owner.found(SessionFilter { statuses: both, ..filter() }).await.len(), 3);
    assert_eq!(owner.found(SessionFilter { technician: Some(owner.record.id), ..filter() }).await.len(), 3);
    let from = SessionFilter { from: Some(oezgur.created_at), ..filter() };
    assert!(owner.found(from).await.contains(&other.id));
    assert!(owner.found(SessionFilter { to: Some(weber.created_at), ..filter() }).await.is_empty());

    let facets: Facets = owner.get("/api/v1/facets").await;
    assert_eq!(facets.customers, [name("Mr Weber"), name("Praxis 100%"), name("ÖZGÜR Bäckerei")]);
    assert_eq!(facets.tags, [tag("printer"), tag("vip")]);
    assert_eq!(facets.technicians.len(), 1);
}

#[tokio::test]
async fn every_order_shows_each_session_once_and_new_ones_in_between_disturb_none() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut made = BTreeSet::new();
    for n in 0..23 {
        let (session, _) = owner.session_for(&format!("Customer {}", n % 4), None).await;
        if n % 3 == 0 {
            owner.end(session.id).await;
        }
        made.insert(session.id);
    }
    for sort in [SessionSort::Date, SessionSort::Status, SessionSort::Host, SessionSort::Customer] {
        let down = owner.find(filter(), sort, Order::Descending, 5).await;
        let mut up = owner.find(filter(), sort, Order::Ascending, 7).await;
        assert_eq!(down.iter().map(|session| session.id).collect::<BTreeSet<_>>(), made, "{sort:?}");
        up.reverse();
        assert_eq!(up, down, "{sort:?}");
    }
    let by_customer = owner.find(filter(), SessionSort::Customer, Order::Ascending, 50).await;
    assert!(by_customer.windows(2).all(|pair| pair[0].customer <= pair[1].customer));

    let mut query =
        SessionQuery { filter: filter(), sort: SessionSort::Date, order: Order::Descending, after: None, limit: 10 };
    let first = owner.page(&query).await.sessions;
    owner.session_for("In between", None).await;
    query.after = first.last().map(|session| session.id);
    let second = owner.page(&query).await;
    assert_eq!(second.total, None);
    assert!(second.sessions.iter().all(|session| !first.contains(session)));
    assert_eq!(first.len() + second.sessions.len() + 3, made.len());
    // Begun behind one that is gone, a page is refused; the reader begins anew.
    query.after = Some(SessionId::from_uuid(uuid::Uuid::now_v7()));
    owner.ask("sessions/search", &query).await.refuses(404, ErrorCode::NotFound);
}

#[tokio::test]
async fn edits_that_make_no_sense_change_nothing() {
    let house = House::new().await;
    let owner = house.owner().await;
    let (session, _) = owner.session_for("Weber", None).await;
    let tags = |tags: Vec<Tag>| SessionEdit { tags: Some(tags), notes: None };
    let many = (0..21).map(|n| tag(&format!("tag {n}"))).collect();
    for edit in [SessionEdit::default(), tags(vec![tag("")]), tags(vec![tag("a\nb")]), tags(many)] {
        owner.edit(session.id, &edit).await.refuses(400, ErrorCode::Malformed);
    }
    let edit = serde_json::json!({ "tags": ["x".repeat(41)], "notes": null });
    owner.ask(&format!("sessions/{}/edit", session.id), &edit).await.refuses(400, ErrorCode::Malformed);
    let edit = serde_json::json!({ "tags": null, "notes": "\u{202e}gnp.exe" });
    owner.ask(&format!("sessions/{}/edit", session.id), &edit).await.refuses(400, ErrorCode::Malformed);
    assert_eq!(owner.session(session.id).await, session);
    // A session that is over can be noted upon: that is when most notes are written.
    owner.end(session.id).await;
    let _: SessionRecord = owner.edit(session.id, &tags(vec![tag("late")])).await.is(200);
    // The longest note in the longest characters still fits the console's socket.
    let mut console = owner.console().await;
    let long = Note::new("\u{1F600}".repeat(4_000)).unwrap();
    let _: SessionRecord = owner.edit(session.id, &SessionEdit { tags: None, notes: Some(long.clone()) }).await.is(200);
    let told = console.until_session(|told| told.id == session.id && told.notes == long).await;
    assert_eq!(told.tags, [tag("late")]);
}

#[tokio::test]
async fn deleting_takes_a_session_that_is_over_with_all_that_is_its_own_and_leaves_the_audit_log() {
    let house = House::new().await;
    let owner = house.owner().await;
    let (session, invitation) = owner.session_for("Weber", None).await;
    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    helper.claim(&invitation.finder).await;
    let path = format!("sessions/{}/delete", session.id);
    owner.ask(&path, &()).await.refuses(409, ErrorCode::Conflict);
    owner.end(session.id).await;
    let mut console = owner.console().await;
    let removed: Removed = owner.ask(&path, &()).await.is(200);
    assert_eq!(removed.removed, 1);
    let told = console.until(|message| match message {
        RelayToConsole::SessionRemoved { session } => Some(session),
        _ => None,
    });
    assert_eq!(told.await, session.id);
    owner.ask(&path, &()).await.refuses(404, ErrorCode::NotFound);
    assert!(owner.found(filter()).await.is_empty());
    // Its device stays, and so does what happened.
    assert_eq!(owner.devices().await.len(), 1);
    let target = format!("session:{}", session.id);
    let rows: Vec<String> = owner
        .get::<Audit>("/api/v1/audit")
        .await
        .rows
        .into_iter()
        .filter(|row| row.target == target)
        .map(|row| row.action)
        .collect();
    assert!(rows.contains(&"session.created".into()) && rows.contains(&"session.deleted".into()), "{rows:?}");
    let db = rusqlite::Connection::open(house.dir.path().join("relay.db")).unwrap();
    for table in ["sessions", "session_events", "consents", "invitations", "messages", "conversations", "session_tags"]
    {
        let left: i64 = db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0, "{table}");
    }
}

#[tokio::test]
async fn a_session_keeps_what_its_device_was_called_and_where_it_was() {
    let mut house = House::new().await;
    house.stop().await;
    fs::write(house.dir.path().join("location.mmdb"), everywhere_is_graz()).unwrap();
    house.start().await;
    let owner = house.owner().await;
    let key = SigningKey::from_bytes(&fresh());
    let (first, invitation) = owner.session_for("Weber", Some("Till 3")).await;
    let mut helper = Helper::connect(house.at(), &key).await;
    helper.claim(&invitation.finder).await;

    let [device] = owner.devices().await.try_into().unwrap();
    assert_eq!((device.customer, device.machine), (Some(name("Weber")), Some(name("Till 3"))));
    assert_eq!(device.address, Some(name("127.0.0.1")));
    let graz = Location { country: Some(name("AT")), region: None, city: Some(name("Graz")) };
    assert_eq!(device.location, Some(graz.clone()));
    let kept = owner.session(first.id).await;
    assert_eq!((kept.host, kept.machine, kept.location), (Some(name("desk-7")), Some(name("Till 3")), Some(graz)));
    owner.end(first.id).await;
    assert!(matches!(helper.next().await, RelayToHelper::Ended { .. }));

    // The device is renamed: old sessions stay what they were, new ones learn the new name.
    let edit = DeviceEdit { machine: Some(name("Reception")), add_tags: vec![tag("vip")], ..DeviceEdit::default() };
    let changed: Changed = owner.ask("devices/edit", &DevicesEdit { devices: vec![device.id], edit }).await.is(200);
    assert_eq!(changed.changed, 1);
    assert_eq!(owner.session(first.id).await.machine, Some(name("Till 3")));
    let (second, invitation) = owner.session_for("Weber", None).await;
    helper.claim(&invitation.finder).await;
    let mut console = owner.console().await;
    assert_eq!(owner.session(second.id).await.machine, Some(name("Reception")));
    assert_eq!(owner.found(by_text("reception")).await, [second.id].into());

    let timeline: Timeline = owner.get(&format!("/api/v1/devices/{}/timeline", device.id)).await;
    assert_eq!(timeline.entries.first().map(|entry| entry.session), Some(second.id));
    assert!(timeline.entries.iter().any(|entry| entry.session == first.id));
    assert!(timeline.entries.windows(2).all(|pair| pair[0].at >= pair[1].at));
    let older: Timeline =
        owner.get(&format!("/api/v1/devices/{}/timeline?before={}", device.id, first.created_at.0)).await;
    assert!(older.entries.is_empty());

    // While it is in a session it cannot be removed; afterwards its sessions stay, and they keep its names.
    let remove = DevicesRemove { devices: vec![device.id] };
    owner.ask("devices/remove", &remove).await.refuses(409, ErrorCode::Conflict);
    owner.end(second.id).await;
    let removed: Removed = owner.ask("devices/remove", &remove).await.is(200);
    assert_eq!(removed.removed, 1);
    let told = console.until(|message| match message {
        RelayToConsole::DeviceRemoved { device } => Some(device),
        _ => None,
    });
    assert_eq!(told.await, device.id);
    assert!(owner.devices().await.is_empty());
    let kept = owner.session(second.id).await;
    assert_eq!((kept.device, kept.host, kept.machine), (None, Some(name("desk-7")), Some(name("Reception"))));
    let path = format!("/api/v1/devices/{}/timeline", device.id);
    crate::peers::get(owner.at, &path, Some(&owner.token)).await.refuses(404, ErrorCode::NotFound);
}

#[tokio::test]
async fn a_timeline_loses_nothing_between_its_pages() {
    let mut house = House::new().await;
    let mut owner = house.owner().await;
    let (session, invitation) = owner.new_session().await;
    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    helper.claim(&invitation.finder).await;
    let [device] = owner.devices().await.try_into().unwrap();
    owner.end(session.id).await;
    house.stop().await;
    let db = rusqlite::Connection::open(house.dir.path().join("relay.db")).unwrap();
    db.execute("DELETE FROM session_events", []).unwrap();
    for seq in 1..=101 {
        let sql = "INSERT INTO session_events (session, seq, at, event) VALUES (?1, ?2, 5, '{\"kind\":\"went_live\"}')";
        db.execute(sql, (session.id.to_string(), seq)).unwrap();
    }
    drop(db);
    house.start().await;
    owner.sign_in(house.at()).await;
    let path = format!("/api/v1/devices/{}/timeline", device.id);
    let first: Timeline = owner.get(&path).await;
    let last = first.entries.last().unwrap();
    let behind = format!("{path}?before={}&session={}&seq={}", last.at.0, last.session, last.seq);
    let second: Timeline = owner.get(&behind).await;
    assert_eq!((first.entries.len(), second.entries.len()), (100, 1), "all at one moment");
    let seqs: Vec<u32> = first.entries.iter().chain(&second.entries).map(|entry| entry.seq).collect();
    assert_eq!(seqs, (1..=101).rev().collect::<Vec<u32>>());
}

/// A database of locations in which every address is in Graz.
fn everywhere_is_graz() -> Vec<u8> {
    let text = |text: &str| [&[0x40 | text.len() as u8][..], text.as_bytes()].concat();
    let map = |pairs: &[(&str, Vec<u8>)]| {
        let mut out = vec![0xE0 | pairs.len() as u8];
        pairs.iter().for_each(|(name, value)| out.extend([text(name), value.clone()].concat()));
        out
    };
    let number = |number: u8| vec![0xA1, number];
    // One node of two 24 bit records, both leading to the first byte of the data: nodes + separator + offset.
    let mut file = vec![0, 0, 17, 0, 0, 17];
    file.extend([0; 16]);
    let country = map(&[("iso_code", text("AT"))]);
    file.extend(map(&[("country", country), ("city", map(&[("names", map(&[("en", text("Graz"))]))]))]));
    file.extend(b"\xAB\xCD\xEFMaxMind.com");
    file.extend(map(&[
        ("node_count", vec![0xC1, 1]),
        ("record_size", number(24)),
        ("ip_version", number(4)),
        ("binary_format_major_version", number(2)),
        ("binary_format_minor_version", vec![0xA0]),
        ("build_epoch", vec![0x01, 0x02, 1]),
        ("database_type", text("Test")),
        ("languages", vec![0x00, 0x04]),
        ("description", map(&[])),
    ]));
    file
}

#[tokio::test]
async fn a_file_that_is_no_database_of_locations_stops_nothing() {
    let mut house = House::new().await;
    house.stop().await;
    fs::write(house.dir.path().join("location.mmdb"), [0xFF; 300]).unwrap();
    house.start().await;
    let owner = house.owner().await;
    let (_, invitation) = owner.session_for("Weber", None).await;
    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    helper.claim(&invitation.finder).await;
    assert_eq!(owner.devices().await[0].location, None);
}

#[tokio::test]
async fn many_devices_are_changed_at_once_and_all_or_none() {
    let mut house = House::new().await;
    let mut owner = house.owner().await;
    house.stop().await;
    let ids = many_devices(&house, 2_500);
    house.start().await;
    owner.sign_in(house.at()).await;
    let mut all = Vec::new();
    loop {
        let after = all.last().map(|device: &DeviceRecord| format!("&after={}", device.id)).unwrap_or_default();
        let page = owner.get::<Devices>(&format!("/api/v1/devices?limit=1000{after}")).await.devices;
        let last = page.is_empty();
        all.extend(page);
        if last {
            break;
        }
    }
    assert_eq!(all.iter().map(|device| device.id).collect::<Vec<_>>(), ids);

    let edit = |devices: &[DeviceId], add: &[&str]| DevicesEdit {
        devices: devices.to_vec(),
        edit: DeviceEdit { add_tags: add.iter().map(|text| tag(text)).collect(), ..DeviceEdit::default() },
    };
    let changed: Changed = owner.ask("devices/edit", &edit(&ids[..1_000], &["Team A"])).await.is(200);
    assert_eq!(changed.changed, 1_000);
    owner.ask("devices/edit", &edit(&ids[..1_001], &["Team A"])).await.refuses(400, ErrorCode::Malformed);
    owner.ask("devices/edit", &edit(&[], &["Team A"])).await.refuses(400, ErrorCode::Malformed);
    owner.ask("devices/edit", &edit(&ids[..1], &[])).await.refuses(400, ErrorCode::Malformed);
    // The second one has no room for more tags: neither gets any.
    let full: Vec<String> = (0..20).map(|n| format!("full {n}")).collect();
    let full: Vec<&str> = full.iter().map(String::as_str).collect();
    let _: Changed = owner.ask("devices/edit", &edit(&ids[2_000..2_001], &full)).await.is(200);
    owner.ask("devices/edit", &edit(&ids[1_999..2_001], &["one more"])).await.refuses(400, ErrorCode::Malformed);
    let page = owner.get::<Devices>(&format!("/api/v1/devices?limit=2&after={}", ids[1_998])).await.devices;
    assert_eq!((page[0].tags.len(), page[1].tags.len()), (0, 20));
    // One that is gone is left out.
    let gone = DeviceId::from_uuid(uuid::Uuid::now_v7());
    let changed: Changed = owner.ask("devices/edit", &edit(&[gone, ids[0]], &["x"])).await.is(200);
    assert_eq!(changed.changed, 1);
}

/// Writes devices into the file of a relay that does not run.
fn many_devices(house: &House, count: usize) -> Vec<DeviceId> {
    let mut db = rusqlite::Connection::open(house.dir.path().join("relay.db")).unwrap();
    let change = db.transaction().unwrap();
    let mut ids = Vec::new();
    for n in 0..count {
        let id = uuid::Uuid::now_v7().to_string();
        let sql = "INSERT INTO devices (id, key, host, os, arch, helper_version, first_seen, last_seen) \
                   VALUES (?1, ?2, ?3, 'Debian 12', 'x86_64', '0.1.0', 1, 2)";
        change.execute(sql, (&id, fresh::<32>(), format!("pc-{n}"))).unwrap();
        ids.push(id.parse().unwrap());
    }
    change.commit().unwrap();
    ids.sort();
    ids
}

#[tokio::test]
async fn who_looks_at_a_session_is_shown_and_gone_with_his_connection() {
    let house = House::new().await;
    let owner = house.owner().await;
    let (session, invitation) = owner.session_for("Weber", None).await;
    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    helper.claim(&invitation.finder).await;
    let mut console = owner.console().await;
    let viewing = |sessions: &[SessionId]| ConsoleToRelay::Viewing { sessions: sessions.to_vec() };
    console.send(&viewing(&[session.id])).await;
    let told = console.until_session(|told| !told.viewers.is_empty()).await;
    assert_eq!((told.id, told.viewers), (session.id, vec![owner.record.id]));
    console.send(&viewing(&[])).await;
    console.until_session(|told| told.viewers.is_empty()).await;
    console.send(&viewing(&[session.id])).await;
    console.until_session(|told| !told.viewers.is_empty()).await;
    // The console is gone without a word; whoever asks next does not see it any more.
    drop(console);
    crate::peers::soon(async || owner.session(session.id).await.viewers.is_empty()).await;

    // More than anybody looks at, and what is not his, count for nothing.
    let mut console = owner.console().await;
    let strangers: Vec<SessionId> = (0..17).map(|_| SessionId::from_uuid(uuid::Uuid::now_v7())).collect();
    console.send(&viewing(&strangers)).await;
    assert_eq!(console.refused().await, ErrorCode::Malformed);
}

#[tokio::test]
async fn the_owner_reaches_everything_and_a_technician_his_own() {
    let mut house = House::new().await;
    let mut owner = house.owner().await;
    house.stop().await;
    let mut other = add_technician(&house);
    house.start().await;
    owner.sign_in(house.at()).await;
    other.sign_in(house.at()).await;
    let (owners, _) = owner.session_for("Weber", None).await;
    let mut console = owner.console().await;
    let (others, _) = other.session_for("Lang", None).await;
    assert_eq!(console.until_session(|told| told.id == others.id).await.technician, other.record.id);

    assert_eq!(owner.found(filter()).await, [owners.id, others.id].into());
    assert_eq!(other.found(filter()).await, [others.id].into());
    let his = SessionFilter { technician: Some(other.record.id), ..filter() };
    assert_eq!(owner.found(his).await, [others.id].into());
    let note = SessionEdit { tags: None, notes: Some(Note::new("seen").unwrap()) };
    other.edit(owners.id, &note).await.refuses(404, ErrorCode::NotFound);
    let _: SessionRecord = owner.edit(others.id, &note).await.is(200);

    let everything = owner.audit(AuditFilter::default()).await.lines;
    let own = other.audit(AuditFilter::default()).await.lines;
    assert!(own.len() < everything.len());
    let his = [format!("technician:{}", other.record.id), format!("session:{}", others.id)];
    assert!(own.iter().all(|line| his.contains(&line.row.actor) || his.contains(&line.row.target)));
    assert!(own.iter().any(|line| line.row.action == "session.edited"), "what the owner did to his session as well");
    let rows = async |technician: &Technician| technician.get::<Audit>("/api/v1/audit").await.rows;
    assert_eq!(rows(&other).await, own.into_iter().map(|line| line.row).collect::<Vec<_>>(), "row by row as well");
    assert_eq!(rows(&owner).await.len(), everything.len());
}

#[tokio::test]
async fn who_was_reported_does_not_delete_the_session() {
    let mut house = House::new().await;
    let mut owner = house.owner().await;
    house.stop().await;
    let mut other = add_technician(&house);
    house.start().await;
    owner.sign_in(house.at()).await;
    other.sign_in(house.at()).await;
    let mut console = owner.console().await;
    let (session, invitation) = other.session_for("Lang", None).await;
    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    helper.claim(&invitation.finder).await;
    helper.report(session.id, Report::Reported { technician: None }).await;
    helper.report(session.id, Report::Ended { reason: EndReason::Reported }).await;
    console.until_session(|told| told.id == session.id && told.ended_at.is_some()).await;
    let path = format!("sessions/{}/delete", session.id);
    other.ask(&path, &()).await.refuses(403, ErrorCode::Forbidden);
    let removed: Removed = owner.ask(&path, &()).await.is(200);
    assert_eq!(removed.removed, 1);
}

#[tokio::test]
async fn the_audit_log_is_searched_by_names_and_parts_and_handed_out() {
    let house = House::new().await;
    let owner = house.owner().await;
    let (weber, invitation) = owner.session_for("Mr Weber", None).await;
    owner.session_for("Lang", None).await;
    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    helper.claim(&invitation.finder).await;
    let lines = owner
        .audit(AuditFilter { text: Some(SearchText::new("mr weber").unwrap()), ..AuditFilter::default() })
        .await
        .lines;
    assert!(lines.iter().all(|line| line.row.target == format!("session:{}", weber.id)));
    assert!(lines.iter().any(|line| line.row.action == "session.claimed" && line.actor_name == Some(name("desk-7"))));
    assert!(lines.iter().all(|line| line.target_name == Some(name("Mr Weber"))));
    assert!(lines.windows(2).all(|pair| pair[0].row.seq > pair[1].row.seq));
    let joined = owner.audit(AuditFilter { action: Some(name("technician.")), ..AuditFilter::default() }).await.lines;
    assert_eq!(joined.iter().map(|line| line.row.action.as_str()).collect::<Vec<_>>(), ["technician.joined"]);
    assert_eq!(joined[0].actor_name, Some(name("Ada Weber")));
    let devices = owner.audit(AuditFilter { actor: Some(name("device:")), ..AuditFilter::default() }).await.lines;
    assert!(!devices.is_empty() && devices.iter().all(|line| line.row.actor.starts_with("device:")));
    let before = owner.audit(AuditFilter { to: Some(UnixMillis(1)), ..AuditFilter::default() }).await.lines;
    assert!(before.is_empty());

    let headings = vec![name("h"); AUDIT_COLUMNS];
    let body = serde_json::json!({ "filter": {}, "headings": headings });
    let table = owner.ask("audit/export", &body).await;
    assert_eq!(table.status, 200);
    let rows = owner.audit(AuditFilter::default()).await.lines.len();
    // Its own row came after it was written.
    assert_eq!(table.text().lines().count(), rows);
    assert!(table.head.to_lowercase().contains("text/csv"), "{}", table.head);
    assert!(owner.audit(AuditFilter::default()).await.lines[0].row.action == "audit.exported");
}

#[tokio::test]
async fn sessions_are_handed_out_as_tables_in_which_hostile_text_is_text() {
    let house = House::new().await;
    let owner = house.owner().await;
    let (session, _) = owner.session_for("=cmd|' /C calc'!A0", Some("a,\"b\"")).await;
    owner.session_for("Lang", None).await;
    let export = |format, columns| Export { filter: filter(), format, headings: vec![name("H"); columns] };
    let table = owner.ask("sessions/export", &export(TableFormat::Csv, SESSION_COLUMNS)).await;
    let text = table.text();
    assert_eq!(text.lines().count(), 3, "{text}");
    let line = text.lines().find(|line| line.starts_with(&session.id.to_string())).unwrap();
    assert!(line.contains(",'=cmd|' /C calc'!A0,\"a,\"\"b\"\"\","), "{line}");
    assert_eq!(text.lines().next().unwrap().split(',').count(), SESSION_COLUMNS);
    let book = owner.ask("sessions/export", &export(TableFormat::Xlsx, SESSION_COLUMNS)).await;
    assert_eq!((book.status, &book.body[..2]), (200, &b"PK"[..]));
    owner.ask("sessions/export", &export(TableFormat::Csv, 3)).await.refuses(400, ErrorCode::Malformed);
}

#[tokio::test]
async fn what_was_granted_stays_with_a_session_that_is_over() {
    use deskhand_protocol::capability::Capability;
    let house = House::new().await;
    let owner = house.owner().await;
    let (session, invitation) = owner.session_for("Weber", None).await;
    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    helper.claim(&invitation.finder).await;
    let mut console = owner.console().await;
    let asked = vec![Capability::View, Capability::Control];
    for report in [
        Report::Consent { asked, granted: vec![Capability::View], answer: ConsentAnswer::Allowed },
        Report::Live,
        Report::Ended { reason: EndReason::CustomerEnded },
    ] {
        helper.send(&HelperToRelay::Report { session: session.id, report }).await;
    }
    console.until_session(|told| told.status == SessionStatus::Ended).await;
    let found = owner.find(filter(), SessionSort::Date, Order::Descending, 5).await;
    assert_eq!(found[0].granted, [Capability::View]);
    let _: TechnicianId = found[0].technician;
}
