//! Tables as text: a row of names, and rows of values.

use std::collections::HashMap;

/// A table with the positions of its columns by their names in small letters.
pub(crate) struct Table {
    columns: HashMap<String, usize>,
    /// The rows, which may have more or fewer cells than there are columns.
    pub(crate) rows: Vec<Row>,
}

/// The cells of a row.
pub(crate) struct Row(pub(crate) Vec<String>);

/// Maximum length of the first line.
const MAX_HEADER: usize = 4_096;

/// Returns the names of the columns of a text that may be a table, in small letters.
pub(crate) fn column_names(text: &str) -> Vec<String> {
    let first = text.trim_start().lines().next().unwrap_or_default();
    if first.len() > MAX_HEADER || !first.contains(',') {
        return Vec::new();
    }
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(first.as_bytes());
    let header = reader.records().next().and_then(Result::ok);
    header.map(|header| header.iter().map(name_of).collect()).unwrap_or_default()
}

fn name_of(cell: &str) -> String {
    cell.trim().to_lowercase()
}

impl Table {
    /// Reads a table; `None` if it is none, or has more than `most` rows. Cells may have quotes, commas and line breaks in them.
    pub(crate) fn read(text: &str, most: usize) -> Option<Table> {
        let reader =
            ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.trim_start().as_bytes());
        let mut records = reader.into_records();
        let header = records.next()?.ok()?;
        let columns = header.iter().enumerate().map(|(at, cell)| (name_of(cell), at)).collect();
        let mut rows = Vec::new();
        for record in records {
            rows.push(Row(record.ok()?.iter().map(str::to_owned).collect()));
            if rows.len() > most {
                return None;
            }
        }
        Some(Table { columns, rows })
    }

    /// Returns a row's cell in the first of these columns that the table has; empty if it has none.
    pub(crate) fn cell<'a>(&self, row: &'a Row, names: &[&str]) -> &'a str {
        let at = names.iter().find_map(|name| self.columns.get(*name));
        at.and_then(|at| row.0.get(*at)).map(String::as_str).unwrap_or_default()
    }

    /// Returns the number of columns.
    pub(crate) fn width(&self) -> usize {
        self.columns.len()
    }
}
