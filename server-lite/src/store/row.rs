//! Between columns and our types.

use std::str::FromStr;

use deskhand_protocol::{
    UnixMillis,
    key::PublicKey,
    record::Location,
    text::{Name, Text},
};
use rusqlite::{Row, types::Type};
use serde::{Serialize, de::DeserializeOwned};

use super::StoreError;

fn wrong(column: usize, kind: Type) -> impl Fn(&'static str) -> rusqlite::Error {
    move |what| rusqlite::Error::FromSqlConversionFailure(column, kind, what.into())
}

/// An id from text.
pub(crate) fn id<T: FromStr>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    row.get_ref(column)?.as_str()?.parse().map_err(|_| wrong(column, Type::Text)("not an id"))
}

/// An id from text, or nothing.
pub(crate) fn maybe_id<T: FromStr>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)?.as_str_or_null()? {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| wrong(column, Type::Text)("not an id")),
    }
}

/// A key from a blob.
pub(crate) fn key(row: &Row<'_>, column: usize) -> rusqlite::Result<PublicKey> {
    row.get(column).map(PublicKey)
}

/// A key from a blob, or nothing.
pub(crate) fn maybe_key(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<PublicKey>> {
    Ok(row.get::<_, Option<[u8; 32]>>(column)?.map(PublicKey))
}

/// A name; it was checked when it came, and is made to fit if someone else wrote the file.
pub(crate) fn name(row: &Row<'_>, column: usize) -> rusqlite::Result<Name> {
    row.get_ref(column)?.as_str().map(Name::lossy).map_err(Into::into)
}

/// A name, or nothing.
pub(crate) fn maybe_name(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Name>> {
    Ok(row.get_ref(column)?.as_str_or_null()?.map(Name::lossy))
}

/// Country, region and city in three columns from `column` on, or nothing.
pub(crate) fn location(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Location>> {
    let location = Location {
        country: maybe_name(row, column)?,
        region: maybe_name(row, column + 1)?,
        city: maybe_name(row, column + 2)?,
    };
    Ok((location != Location::default()).then_some(location))
}

/// A text of any limit.
pub(crate) fn text<const MAX: usize>(row: &Row<'_>, column: usize) -> rusqlite::Result<Text<MAX>> {
    row.get_ref(column)?.as_str().map(Text::lossy).map_err(Into::into)
}

/// A moment.
pub(crate) fn at(row: &Row<'_>, column: usize) -> rusqlite::Result<UnixMillis> {
    row.get(column).map(UnixMillis)
}

/// A moment, or nothing.
pub(crate) fn maybe_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<UnixMillis>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(UnixMillis))
}

/// A value stored as JSON.
pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?).map_err(|_| wrong(column, Type::Text)("not the right JSON"))
}

/// A fieldless enum stored by the name it has on the wire.
pub(crate) fn word<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    serde_json::from_value(row.get_ref(column)?.as_str()?.into())
        .map_err(|_| wrong(column, Type::Text)("not a known word"))
}

/// A fieldless enum stored by the name it has on the wire, or nothing.
pub(crate) fn maybe_word<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    if row.get_ref(column)?.as_str_or_null()?.is_none() { Ok(None) } else { word(row, column).map(Some) }
}

/// The name a fieldless enum has on the wire.
pub(crate) fn to_word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    let json = serde_json::to_value(value)?;
    Ok(json.as_str().unwrap_or_default().to_owned())
}
