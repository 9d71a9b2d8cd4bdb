//! The records of a table, field by field.
//!
//! What quotation marks mean differs between programs: a comma-separated file puts fields in them (RFC 4180), while in
//! text that a spreadsheet copies they are letters. So a mark at the beginning of a field opens one only where another
//! closes it: before a separator, a line's end or the end of the table. A mark that nothing closes is a letter.

/// A record: its fields, and the line on which it begins.
pub(super) struct Fields {
    /// From 1.
    pub(super) line: u64,
    pub(super) fields: Vec<String>,
}

/// The records of a table; lines without a letter are passed over. `columns` are the fields of the first record.
pub(super) struct Records<'a> {
    rest: &'a str,
    separator: char,
    line: u64,
    columns: Option<usize>,
}

impl<'a> Records<'a> {
    pub(super) fn new(table: &'a str, separator: char) -> Self {
        Self { rest: table, separator, line: 1, columns: None }
    }

    /// The next field, and whether it is the last of its record.
    fn field(&mut self) -> (String, bool) {
        let quoted = self.rest.strip_prefix('"').and_then(|inside| self.quoted(inside));
        let (field, length) = quoted.unwrap_or_else(|| {
            let end = self.rest.find(['\r', '\n', self.separator]).unwrap_or(self.rest.len());
            (self.rest[..end].to_owned(), end)
        });
        self.line += line_ends(&self.rest[..length]);
        self.rest = &self.rest[length..];
        if let Some(rest) = self.rest.strip_prefix(self.separator) {
            self.rest = rest;
            return (field, false);
        }
        self.end_line();
        (field, true)
    }

    /// A field in quotation marks, of which the first was read, and its length with them; `None` where nothing closes it.
    fn quoted(&self, inside: &str) -> Option<(String, usize)> {
        let mut start = 0;
        loop {
            let mark = start + inside[start..].find('"')?;
            let behind = &inside[mark + 1..];
            if behind.starts_with('"') {
                start = mark + 2;
            } else if behind.is_empty() || behind.starts_with(['\r', '\n', self.separator]) {
                let content = &inside[..mark];
                return (!self.holds_records(content)).then(|| (content.replace("\"\"", "\""), mark + 2));
            } else {
                return None;
            }
        }
    }

    /// Whether what stands between two marks is records: its lines have as many fields as the first record has.
    fn holds_records(&self, content: &str) -> bool {
        let Some(columns) = self.columns.filter(|columns| *columns > 2) else { return false };
        let lines: Vec<&str> = content.lines().collect();
        let inner = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
        inner.iter().any(|line| line.matches(self.separator).count() + 1 >= columns)
    }

    fn end_line(&mut self) {
        let rest = self.rest.strip_prefix('\r').unwrap_or(self.rest);
        let rest = rest.strip_prefix('\n').unwrap_or(rest);
        if rest.len() < self.rest.len() {
            self.line += 1;
        }
        self.rest = rest;
    }
}

/// The lines that end in a text.
fn line_ends(text: &str) -> u64 {
    let lone =
        text.bytes().zip(text.bytes().skip(1).chain([0])).filter(|pair| pair.0 == b'\r' && pair.1 != b'\n');
    (text.matches('\n').count() + lone.count()) as u64
}

impl Iterator for Records<'_> {
    type Item = Fields;

    fn next(&mut self) -> Option<Fields> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let line = self.line;
            let mut fields = Vec::new();
            loop {
                let (field, is_last) = self.field();
                fields.push(field);
                if is_last {
                    break;
                }
            }
            if fields.iter().any(|field| !field.trim().is_empty()) {
                self.columns.get_or_insert(fields.len());
                return Some(Fields { line, fields });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(table: &str, separator: char) -> Vec<(u64, Vec<String>)> {
        Records::new(table, separator).map(|record| (record.line, record.fields)).collect()
    }

    #[test]
    fn a_mark_that_nothing_closes_is_a_letter() {
        let table = "a\tb\tc\n1\t\"Heroes\t2\n3\tx\ty\n4\t12\"\tz\n5\t\"Weird Al\" Yankovic\tw\n";
        let records = read(table, '\t');
        assert_eq!(records.len(), 5);
        assert_eq!(records[1], (2, vec!["1".into(), "\"Heroes".into(), "2".into()]));
        assert_eq!(records[3].1[1], "12\"");
        assert_eq!(records[4].1[1], "\"Weird Al\" Yankovic");
    }

    #[test]
    fn fields_in_marks_hold_separators_lines_and_marks() {
        let table = "a,b,c\r\n\"x, \"\"y\"\"\",\"two\r\nlines\",\r\n\r\n,,\r\nlast,1,2";
        let records = read(table, ',');
        assert_eq!(records[1], (2, vec!["x, \"y\"".into(), "two\r\nlines".into(), String::new()]));
        assert_eq!(records[2], (6, vec!["last".into(), "1".into(), "2".into()]));
        assert_eq!(records.len(), 3);
    }

    proptest! {
        #[test]
        fn what_a_writer_has_written_is_read(
            rows in proptest::collection::vec(proptest::array::uniform2("[a-c,;\"\n ]{0,6}"), 1..6),
        ) {
            let mut written = csv::Writer::from_writer(Vec::new());
            for row in &rows {
                written.write_record(row).expect("it is written");
            }
            let table = String::from_utf8(written.into_inner().expect("it is whole")).expect("text");
            let wanted: Vec<Vec<String>> =
                rows.iter().filter(|row| row.iter().any(|field| !field.trim().is_empty())).map(|row| row.to_vec()).collect();
            let found: Vec<Vec<String>> = read(&table, ',').into_iter().map(|(_, fields)| fields).collect();
            prop_assert_eq!(found, wanted);
        }

        #[test]
        fn any_text_ends_and_no_letter_is_lost(table in "[ab\"\t\r\n]{0,60}") {
            let letters = |text: &str| text.matches(['a', 'b']).count();
            let found: usize = read(&table, '\t').iter().flat_map(|(_, fields)| fields).map(|field| letters(field)).sum();
            prop_assert_eq!(found, letters(&table));
        }
    }
}
