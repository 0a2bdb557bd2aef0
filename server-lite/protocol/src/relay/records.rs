//! Finding, editing, counting and handing out records: bodies of further HTTP routes under `/api/v1`.
//!
//! | route | who | body → answer |
//! |---|---|---|
//! | `POST sessions/search` | technician | [`SessionQuery`] → [`SessionPage`] |
//! | `POST sessions/export` | technician | [`Export`] → a file |
//! | `POST sessions/{id}/edit` | technician, within reach | [`SessionEdit`] → `SessionRecord` |
//! | `POST sessions/{id}/delete` | technician, within reach | → [`Removed`]; only one that is over |
//! | `GET facets` | technician | → [`Facets`] |
//! | `POST devices/edit` | technician | [`DevicesEdit`] → [`Changed`] |
//! | `POST devices/remove` | technician | [`DevicesRemove`] → [`Removed`] |
//! | `GET devices/{id}/timeline?before&session&seq` | technician | → [`Timeline`], newest first, behind a [`TimelinePlace`] |
//! | `POST statistics` | technician | [`StatisticsQuery`] → [`Statistics`] |
//! | `POST audit/search` | technician, within reach | [`AuditQuery`] → [`AuditPage`], newest first |
//! | `POST audit/export` | technician, within reach | [`AuditExport`] → a file |
//!
//! Within reach is everything for the owner, and a technician's own for everyone else.

use serde::{Deserialize, Serialize};

use crate::{
    UnixMillis,
    id::{DeviceId, SessionId, TechnicianId},
    record::{AuditRow, SessionEvent, SessionRecord, SessionStatus},
    text::{Name, Note, SearchText, Tag},
};

/// Which sessions. What is `None` or empty leaves nothing out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(default)]
pub struct SessionFilter {
    /// Found in names, host, id or notes, whatever its case.
    #[ts(type = "string | null")]
    pub text: Option<SearchText>,
    /// Where they stand: one of these.
    pub statuses: Vec<SessionStatus>,
    /// Whose.
    pub technician: Option<TechnicianId>,
    /// The customer's name, whole.
    #[ts(type = "string | null")]
    pub customer: Option<Name>,
    /// A tag they have.
    #[ts(type = "string | null")]
    pub tag: Option<Tag>,
    /// The device that came.
    pub device: Option<DeviceId>,
    /// Made at this moment or later.
    pub from: Option<UnixMillis>,
    /// Made before this moment.
    pub to: Option<UnixMillis>,
}

/// By what sessions are sorted; those that are equal by when they were made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum SessionSort {
    /// When they were made.
    #[default]
    Date,
    /// Those that need somebody first.
    Status,
    /// The host's name.
    Host,
    /// The customer's name.
    Customer,
}

/// Which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Smallest first.
    Ascending,
    /// Largest first.
    #[default]
    Descending,
}

/// Asks for sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct SessionQuery {
    /// Which.
    pub filter: SessionFilter,
    /// By what.
    pub sort: SessionSort,
    /// Which way.
    pub order: Order,
    /// The last one of the page before; refused with `not_found` when it is gone.
    pub after: Option<SessionId>,
    /// How many; cut to 200.
    pub limit: u32,
}

/// A page of sessions that were searched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct SessionPage {
    /// In the order that was asked for.
    pub sessions: Vec<SessionRecord>,
    /// How many there are in all; counted for the first page only.
    pub total: Option<u32>,
}

/// Changes what a technician wrote to a session. What is `None` stays; both are said, so that nothing is not an edit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct SessionEdit {
    /// All of its tags.
    #[serde(deserialize_with = "Option::deserialize")]
    #[ts(type = "string[] | null")]
    pub tags: Option<Vec<Tag>>,
    /// Its notes.
    #[serde(deserialize_with = "Option::deserialize")]
    #[ts(type = "string | null")]
    pub notes: Option<Note>,
}

/// What there is to choose from in a filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Facets {
    /// Names of customers, of sessions and devices.
    #[ts(type = "string[]")]
    pub customers: Vec<Name>,
    /// Tags of sessions and devices.
    #[ts(type = "string[]")]
    pub tags: Vec<Tag>,
    /// Who has sessions.
    pub technicians: Vec<Colleague>,
}

/// A technician by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Colleague {
    /// Who.
    pub id: TechnicianId,
    /// His name.
    #[ts(type = "string")]
    pub name: Name,
}

/// Changes what a technician wrote to devices. What is `None` stays; a blank name is taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(default)]
pub struct DeviceEdit {
    /// Whose it is.
    #[ts(type = "string | null")]
    pub customer: Option<Name>,
    /// What the customer calls it.
    #[ts(type = "string | null")]
    pub machine: Option<Name>,
    /// Its notes.
    #[ts(type = "string | null")]
    pub notes: Option<Note>,
    /// Tags it has from now on.
    #[ts(type = "string[]")]
    pub add_tags: Vec<Tag>,
    /// Tags it has no more.
    #[ts(type = "string[]")]
    pub remove_tags: Vec<Tag>,
}

/// Changes several devices in the same way, all or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevicesEdit {
    /// Which; at most [`RECORDS`](crate::limit::RECORDS).
    pub devices: Vec<DeviceId>,
    /// How.
    pub edit: DeviceEdit,
}

/// Removes devices. Their sessions stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevicesRemove {
    /// Which; at most [`RECORDS`](crate::limit::RECORDS).
    pub devices: Vec<DeviceId>,
}

/// How many records were changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Those that were there.
    pub changed: u32,
}

/// How many records are gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// Those that were there.
    pub removed: u32,
}

/// What happened on a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Timeline {
    /// Newest first.
    pub entries: Vec<TimelineEntry>,
}

/// One thing that happened on a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct TimelineEntry {
    /// In which session.
    pub session: SessionId,
    /// Its place there.
    pub seq: u32,
    /// Whose session it is.
    #[ts(type = "string")]
    pub technician_name: Name,
    /// When.
    pub at: UnixMillis,
    /// What.
    pub event: SessionEvent,
}

/// A place in a timeline: many things happen within one moment, and a page may end between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct TimelinePlace {
    /// When.
    pub at: UnixMillis,
    /// In which session.
    pub session: SessionId,
    /// The place there.
    pub seq: u32,
}

/// Asks for figures of a period in parts: days, as the one who asks counts them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct StatisticsQuery {
    /// Which sessions; `from` and `to` are those of the period.
    pub filter: SessionFilter,
    /// Where parts begin and end, growing: two to [`PARTS`](crate::limit::PARTS) and one.
    pub edges: Vec<UnixMillis>,
}

/// Figures of some sessions. A session's length is counted in whole seconds, as it is shown, so that a sum is the sum
/// of what a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Figures {
    /// Sessions made.
    pub sessions: u32,
    /// Those in which a screen was shared.
    pub connected: u32,
    /// Different customers.
    pub customers: u32,
    /// All lengths together in seconds.
    #[ts(type = "number")]
    pub total_s: u64,
    /// A session's length in seconds; `None` when none was connected.
    #[ts(type = "number | null")]
    pub mean_length_s: Option<u64>,
    /// From the customer's coming to the first picture in seconds; `None` when none was connected.
    #[ts(type = "number | null")]
    pub mean_wait_s: Option<u64>,
    /// How often a customer was asked and could answer.
    pub asked: u32,
    /// How often he said no, or nothing.
    pub declined: u32,
}

/// Figures of the sessions that have something in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct FigureGroup {
    /// What they have in common; `None` for those without any.
    #[ts(type = "string | null")]
    pub name: Option<Name>,
    /// The figures.
    pub figures: Figures,
}

/// Figures of a period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Statistics {
    /// Of the whole period.
    pub total: Figures,
    /// Of each part.
    pub parts: Vec<Figures>,
    /// By technician, most sessions first.
    pub technicians: Vec<FigureGroup>,
    /// By customer, most sessions first.
    pub customers: Vec<FigureGroup>,
    /// By tag, most sessions first; a session with two tags counts in both.
    pub tags: Vec<FigureGroup>,
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum TableFormat {
    /// Comma-separated values in UTF-8 (RFC 4180), times as ISO 8601 in UTC.
    Csv,
    /// A workbook for spreadsheets (Office Open XML), times in UTC.
    Xlsx,
}

/// Asks for sessions as a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Which.
    pub filter: SessionFilter,
    /// How.
    pub format: TableFormat,
    /// Names of its [`SESSION_COLUMNS`] columns in the reader's language.
    pub headings: Vec<Name>,
}

/// Columns of a table of sessions: id, customer, machine, host, location, technician, status, end, tags, made, came,
/// started, ended, wait (s), length (s), granted, notes.
pub const SESSION_COLUMNS: usize = 17;

/// Asks for rows of the audit log. What is `None` leaves nothing out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(default)]
pub struct AuditFilter {
    /// Found in who, what, upon what, details, or in the names of the session it is about.
    #[ts(type = "string | null")]
    pub text: Option<SearchText>,
    /// The beginning of who: `technician:`, or all of it.
    #[ts(type = "string | null")]
    pub actor: Option<Name>,
    /// The beginning of what: `session.`, or all of it.
    #[ts(type = "string | null")]
    pub action: Option<Name>,
    /// At this moment or later.
    pub from: Option<UnixMillis>,
    /// Before this moment.
    pub to: Option<UnixMillis>,
}

/// Asks for a page of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct AuditQuery {
    /// Which rows.
    pub filter: AuditFilter,
    /// Older than this row.
    #[ts(type = "number | null")]
    pub before: Option<i64>,
    /// How many; cut to 500.
    pub limit: u32,
}

/// A row of the audit log with the names that its ids have now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct AuditLine {
    /// The row.
    pub row: AuditRow,
    /// The name of who did it; `None` for one that is gone or never had a name.
    #[ts(type = "string | null")]
    pub actor_name: Option<Name>,
    /// The name of what it was done upon: a session's customer, a device's host.
    #[ts(type = "string | null")]
    pub target_name: Option<Name>,
}

/// A page of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct AuditPage {
    /// Newest first.
    pub lines: Vec<AuditLine>,
}

/// Asks for rows of the audit log as a table in comma-separated values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditExport {
    /// Which rows.
    pub filter: AuditFilter,
    /// Names of its [`AUDIT_COLUMNS`] columns in the reader's language.
    pub headings: Vec<Name>,
}

/// Columns of a table of audit rows: number, time, who, name, what, upon what, name, details.
pub const AUDIT_COLUMNS: usize = 8;
