//! Tables for other programs: comma-separated values and workbooks. What people and devices wrote is text in both, never
//! a formula.

use deskhand_protocol::UnixMillis;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// Nothing is known.
    Empty,
    /// Text, of whomever.
    Text(String),
    /// A count or seconds.
    Number(i64),
    /// A moment.
    Moment(UnixMillis),
}

impl Cell {
    /// Text, or nothing.
    pub(crate) fn text(text: Option<impl ToString>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.to_string()))
    }

    /// A moment, or nothing.
    pub(crate) fn moment(at: Option<UnixMillis>) -> Self {
        at.map_or(Self::Empty, Self::Moment)
    }

    /// A number, or nothing.
    pub(crate) fn number(number: Option<u64>) -> Self {
        number.and_then(|number| i64::try_from(number).ok()).map_or(Self::Empty, Self::Number)
    }
}

/// Comma-separated values (RFC 4180) in UTF-8 with a mark at the beginning, by which spreadsheets know it.
pub(crate) fn csv(headings: &[String], rows: impl IntoIterator<Item = Vec<Cell>>) -> Vec<u8> {
    let mut out = String::from("\u{feff}");
    let heading = headings.iter().map(|heading| Cell::Text(heading.clone())).collect();
    for row in std::iter::once(heading).chain(rows) {
        let fields: Vec<String> = row.iter().map(field).collect();
        out.push_str(&fields.join(","));
        out.push_str("\r\n");
    }
    out.into_bytes()
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Number(number) => number.to_string(),
        Cell::Moment(at) => iso(*at),
        Cell::Text(text) => {
            let text = harmless(text);
            if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
        }
    }
}

/// Text in which no part is a formula, with a mark before each that would be. A spreadsheet takes text that begins so
/// for a formula, quoted or not, and some begin a field behind other marks than ours.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    if text.starts_with(['\t', '\r']) {
        out.push('\'');
    }
    let mut begins = true;
    for part in text.chars() {
        if begins && matches!(part, '=' | '+' | '-' | '@') {
            out.push('\'');
        }
        out.push(part);
        begins = matches!(part, ';' | ',' | '\t' | '\n' | '\r');
    }
    out
}

/// A workbook with one sheet whose first row stays in sight.
pub(crate) fn xlsx(headings: &[String], rows: impl IntoIterator<Item = Vec<Cell>>) -> Result<Vec<u8>, XlsxError> {
    /// Days from 1899-12-30, a spreadsheet's beginning of time, to 1970.
    const EPOCH: f64 = 25_569.0;
    const DAY: f64 = 86_400_000.0;
    let mut book = Workbook::new();
    let (bold, moment) = (Format::new().set_bold(), Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"));
    let sheet = book.add_worksheet();
    for (column, heading) in (0..).zip(headings) {
        sheet.write_string_with_format(0, column, heading, &bold)?;
        sheet.set_column_width(column, 20)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    for (at, row) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(row) {
            match cell {
                Cell::Empty => continue,
                Cell::Text(text) => sheet.write_string(at, column, text)?,
                Cell::Number(number) => sheet.write_number(at, column, number as f64)?,
                Cell::Moment(when) => {
                    // To the second, which is what is shown.
                    let days = when.0.div_euclid(1_000) as f64 * 1_000.0 / DAY + EPOCH;
                    sheet.write_number_with_format(at, column, days, &moment)?
                }
            };
        }
    }
    book.save_to_buffer()
}

/// ISO 8601 in UTC, to the second.
fn iso(at: UnixMillis) -> String {
    let seconds = at.0.div_euclid(1_000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days to a date of the Gregorian calendar, in eras of 400 years that begin with March.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn hostile_text_is_neither_a_formula_nor_another_field() {
        let row = vec![
            text("=HYPERLINK(\"http://x\")"),
            text("a,b"),
            text("line\r\nline"),
            text("-1"),
            Cell::Number(-1),
            Cell::Empty,
            text("plain"),
        ];
        let out = String::from_utf8(csv(&["@a".into(), "b".into()], [row])).unwrap();
        assert_eq!(
            out,
            "\u{feff}'@a,b\r\n\"'=HYPERLINK(\"\"http://x\"\")\",\"a,b\",\"line\r\nline\",'-1,-1,,plain\r\n"
        );
    }

    #[test]
    fn nothing_behind_another_separator_is_a_formula() {
        for (written, read) in [
            ("x;=1+1", "x;'=1+1"),
            ("x;a=1+1", "x;a=1+1"),
            ("x\t@a", "x\t'@a"),
            ("a,-1,+1", "\"a,'-1,'+1\""),
            ("a\n=1", "\"a\n'=1\""),
            ("a\r\n=1", "\"a\r\n'=1\""),
            ("\ta", "'\ta"),
            ("\r=a", "\"'\r'=a\""),
            (";;==", ";;'=="),
            ("1-2 = -1", "1-2 = -1"),
            ("", ""),
        ] {
            assert_eq!(field(&text(written)), read, "{written:?}");
        }
    }

    #[test]
    fn moments_are_dates_of_the_calendar() {
        for (ms, said) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_772_445_599_999, "2026-03-02T09:59:59Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(iso(UnixMillis(ms)), said);
        }
    }

    #[test]
    fn a_workbook_is_a_zip_with_text_as_text() {
        let book = xlsx(&["A".into()], [vec![text("=1+1"), Cell::Moment(UnixMillis(0)), Cell::Empty]]).unwrap();
        assert_eq!(&book[..2], b"PK");
    }
}
