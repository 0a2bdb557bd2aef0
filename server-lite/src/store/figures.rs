//! What is counted of sessions. Lengths are those a list shows: from the same columns, by the same rule.

use deskhand_core::statistics::{Count, Fact};
use deskhand_protocol::{UnixMillis, relay::records::SessionFilter};
use rusqlite::{Connection, params_from_iter};

use super::{StoreError, row, search::condition, technicians::Scope};

/// Counts every session that a filter leaves within reach.
pub(crate) fn count(
    db: &Connection,
    scope: Scope,
    filter: &SessionFilter,
    now: UnixMillis,
    mut into: Count,
) -> Result<Count, StoreError> {
    let found = condition(scope, filter)?;
    let sql = format!(
        "SELECT s.created_at, s.waiting_at, s.started_at, s.ended_at, s.last_active_at, s.technician, \
         s.technician_name, s.customer, \
         (SELECT json_group_array(t.tag) FROM session_tags t WHERE t.session = s.id), \
         (SELECT count(*) FROM consents c WHERE c.session = s.id), \
         (SELECT count(*) FROM consents c WHERE c.session = s.id AND c.answer IN ('denied', 'no_answer')) \
         FROM sessions s WHERE {}",
        found.sql
    );
    let mut query = db.prepare_cached(&sql)?;
    let mut rows = query.query(params_from_iter(&found.values))?;
    while let Some(row) = rows.next()? {
        let (started_at, ended_at, heard) = (row::maybe_at(row, 2)?, row::maybe_at(row, 3)?, row::at(row, 4)?);
        into.add(&Fact {
            created_at: row::at(row, 0)?,
            waiting_at: row::maybe_at(row, 1)?,
            started_at,
            duration_ms: deskhand_core::life::duration_ms(started_at, ended_at, heard, now),
            technician: row::id(row, 5)?,
            technician_name: row::name(row, 6)?,
            customer: row::name(row, 7)?,
            tags: row::json(row, 8)?,
            asked: row.get(9)?,
            declined: row.get(10)?,
        });
    }
    Ok(into)
}
