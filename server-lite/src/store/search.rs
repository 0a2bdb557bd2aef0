//! Finding sessions among all of them. A page begins behind the last one of the page before, never after a number of
//! them, so that what comes in between neither shows twice nor hides another.

use deskhand_protocol::{
    UnixMillis,
    id::TechnicianId,
    record::{SessionRecord, SessionStatus},
    relay::records::{Colleague, Facets, Order, SessionFilter, SessionQuery, SessionSort},
    text::Tag,
};
use rusqlite::{Connection, Row, ToSql, params, params_from_iter};

use super::{
    StoreError, row,
    sessions::{COLUMNS, RECORD, read_record},
    technicians::Scope,
};

/// Names and tags to choose from.
const FACETS: u32 = 1_000;
/// Those that need somebody first.
const URGENCY: [SessionStatus; 7] = [
    SessionStatus::Waiting,
    SessionStatus::Reconnecting,
    SessionStatus::Live,
    SessionStatus::Paused,
    SessionStatus::Open,
    SessionStatus::Interrupted,
    SessionStatus::Ended,
];

/// A condition in SQL with the values it names as `?`.
pub(super) struct Condition {
    pub(super) sql: String,
    pub(super) values: Vec<Box<dyn ToSql>>,
}

impl Condition {
    fn and(&mut self, sql: &str, value: impl ToSql + 'static) {
        self.sql.push_str(" AND ");
        self.sql.push_str(sql);
        self.values.push(Box::new(value));
    }
}

/// What a filter leaves of `sessions s` within reach.
pub(super) fn condition(scope: Scope, filter: &SessionFilter) -> Result<Condition, StoreError> {
    let mut found = Condition { sql: "1".to_owned(), values: Vec::new() };
    if let Some(own) = scope.only() {
        found.and("s.technician = ?", own);
    }
    if let Some(technician) = filter.technician {
        found.and("s.technician = ?", technician.to_string());
    }
    if let Some(customer) = &filter.customer {
        found.and("s.customer = ?", customer.as_str().to_owned());
    }
    if let Some(device) = filter.device {
        found.and("s.device = ?", device.to_string());
    }
    if let Some(tag) = &filter.tag {
        found
            .and("EXISTS (SELECT 1 FROM session_tags t WHERE t.session = s.id AND t.tag = ?)", tag.as_str().to_owned());
    }
    if let Some(from) = filter.from {
        found.and("s.created_at >= ?", from.0);
    }
    if let Some(to) = filter.to {
        found.and("s.created_at < ?", to.0);
    }
    if !filter.statuses.is_empty() {
        let words = filter.statuses.iter().map(row::to_word).collect::<Result<Vec<_>, _>>()?;
        found.and("s.status IN (SELECT value FROM json_each(?))", serde_json::to_string(&words)?);
    }
    // Each word somewhere, in any order.
    for word in filter.text.iter().flat_map(|text| text.as_str().split_whitespace()) {
        found.and("instr(s.words, ?) > 0", word.to_lowercase());
    }
    Ok(found)
}

fn key(sort: SessionSort) -> Result<String, StoreError> {
    Ok(match sort {
        SessionSort::Date => "s.created_at".to_owned(),
        SessionSort::Host => "lower(coalesce(s.host, ''))".to_owned(),
        SessionSort::Customer => "lower(s.customer)".to_owned(),
        SessionSort::Status => {
            let mut sql = "CASE s.status".to_owned();
            for (place, status) in URGENCY.iter().enumerate() {
                sql.push_str(&format!(" WHEN '{}' THEN {place}", row::to_word(status)?));
            }
            sql + " END"
        }
    })
}

/// A page of what is within reach; `None` when the session it should begin behind is gone.
pub(crate) fn page(
    db: &Connection,
    scope: Scope,
    query: &SessionQuery,
    limit: u32,
    now: UnixMillis,
) -> Result<Option<Vec<SessionRecord>>, StoreError> {
    let (mut found, key) = (condition(scope, &query.filter)?, key(query.sort)?);
    let (compare, order) = match query.order {
        Order::Ascending => (">", "ASC"),
        Order::Descending => ("<", "DESC"),
    };
    if let Some(after) = query.after {
        let sql = "SELECT EXISTS (SELECT 1 FROM sessions WHERE id = ?1)";
        if !db.prepare_cached(sql)?.query_row([after.to_string()], |row| row.get::<_, bool>(0))? {
            return Ok(None);
        }
        found.and(
            &format!("({key}, s.id) {compare} (SELECT {key}, s.id FROM sessions s WHERE s.id = ?)"),
            after.to_string(),
        );
    }
    found.values.push(Box::new(limit));
    let sql = format!("SELECT {COLUMNS}, {RECORD} WHERE {} ORDER BY {key} {order}, s.id {order} LIMIT ?", found.sql);
    let mut query = db.prepare_cached(&sql)?;
    let rows = query.query_map(params_from_iter(&found.values), |row| read_record(row, now))?;
    Ok(Some(rows.collect::<Result<_, _>>()?))
}

/// How many there are within reach.
pub(crate) fn count(db: &Connection, scope: Scope, filter: &SessionFilter) -> Result<u32, StoreError> {
    let found = condition(scope, filter)?;
    let mut query = db.prepare_cached(&format!("SELECT count(*) FROM sessions s WHERE {}", found.sql))?;
    Ok(query.query_row(params_from_iter(&found.values), |row| row.get(0))?)
}

/// What there is to choose from within reach.
pub(crate) fn facets(db: &Connection, scope: Scope) -> Result<Facets, StoreError> {
    let own = scope.only();
    let customers = "SELECT customer FROM sessions WHERE ?1 IS NULL OR technician = ?1 \
                     UNION SELECT customer FROM devices WHERE customer IS NOT NULL ORDER BY 1 COLLATE NOCASE LIMIT ?2";
    let tags = "SELECT t.tag FROM session_tags t JOIN sessions s ON s.id = t.session \
                WHERE ?1 IS NULL OR s.technician = ?1 \
                UNION SELECT tag FROM device_tags ORDER BY 1 COLLATE NOCASE LIMIT ?2";
    let technicians = "SELECT t.id, t.name FROM technicians t WHERE ?1 IS NULL OR t.id = ?1 \
                       ORDER BY t.name COLLATE NOCASE LIMIT ?2";
    let colleague = |row: &Row<'_>| Ok(Colleague { id: row::id::<TechnicianId>(row, 0)?, name: row::name(row, 1)? });
    Ok(Facets {
        customers: list(db, customers, &own, |row| row::name(row, 0))?,
        tags: list::<Tag>(db, tags, &own, |row| row::text(row, 0))?,
        technicians: list(db, technicians, &own, colleague)?,
    })
}

fn list<T>(
    db: &Connection,
    sql: &str,
    own: &Option<String>,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut query = db.prepare_cached(sql)?;
    Ok(query.query_map(params![own, FACETS], |row| read(row))?.collect::<Result<_, _>>()?)
}
