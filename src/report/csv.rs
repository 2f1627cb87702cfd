//! Writes CSV (RFC 4180) that a spreadsheet does not execute.

use crate::source::sanitise_line;

/// What makes a spreadsheet take a cell for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A line of a CSV file.
pub(super) fn csv_line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell on one line. A text that a spreadsheet would take for a formula begins with `'`.
fn cell(text: &str) -> String {
    let mark = if text.starts_with(FORMULA) { "'" } else { "" };
    let text = format!("{mark}{}", sanitise_line(text));
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_texts_in_csv() {
        let hostile = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"];
        for text in hostile {
            assert!(csv_line([text]).starts_with('\''), "{text:?}");
        }
        assert_eq!(csv_line(["a=1", ""]), "a=1,\r\n");
    }

    #[test]
    fn commas_and_quotes_stay_in_their_cell() {
        assert_eq!(
            csv_line(["a, b", "say \"x\""]),
            "\"a, b\",\"say \"\"x\"\"\"\r\n"
        );
        assert_eq!(csv_line(["a\nb"]).lines().count(), 1);
    }
}
