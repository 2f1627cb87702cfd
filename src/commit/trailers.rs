//! The trailers of a message: its last block, as `git interpret-trailers --no-divider` sees it.

use std::ops::Range;

use super::cleanup::SCISSORS;

/// A trailer with its folded continuation lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer<'a> {
    /// The text before the colon.
    pub key: &'a str,
    /// The text after it, with continuation lines joined by a space.
    pub value: String,
}

/// The trailers of a message, in order; empty if its last block is prose.
///
/// The last block consists of trailers if it is not the header and either every line is a trailer
/// or a continuation, or at least a quarter of its lines are trailers and one of them is
/// `Signed-off-by` or Git's `(cherry picked from commit`. Text that Git ignores at the end of a
/// message, such as comments, does not count.
#[must_use]
pub fn trailers(text: &str) -> Vec<Trailer<'_>> {
    let mut found: Vec<Trailer<'_>> = Vec::new();
    let mut folds = false;
    for line in block(text).map_or("", |block| &text[block]).split('\n') {
        if let (true, true, Some(last)) = (folds, line.starts_with(SPACE), found.last_mut()) {
            let more = line.trim_matches(SPACE);
            if !(more.is_empty() || last.value.is_empty()) {
                last.value.push(' ');
            }
            last.value.push_str(more);
            continue;
        }
        let trailer = split(line);
        folds = trailer.is_some();
        found.extend(trailer.map(|(key, value)| Trailer {
            key,
            value: value.to_owned(),
        }));
    }
    found
}

/// Whether a message ends with a block of trailers, which another one can join.
#[must_use]
pub(super) fn ends_with_trailers(text: &str) -> bool {
    block(text).is_some()
}

/// The trailers that may name tickets: the last block, or the block above one that names only
/// people.
///
/// Forges add such a block, below a line `---------`, to the message of a squash, so the trailers
/// of the commit are no longer last.
#[must_use]
pub(crate) fn ticket_trailers(text: &str) -> Vec<Trailer<'_>> {
    let found = trailers(text);
    let Some(block) = block(text).filter(|block| names_people(&text[block.clone()])) else {
        return found;
    };
    let above = text[..block.start].trim_end_matches(SPACE);
    trailers(above.strip_suffix(SQUASHED).unwrap_or(above))
}

/// The trailer that names tickets, in any letter case, as Git compares keys of trailers.
pub(super) const TICKET: &str = "Change";

impl Trailer<'_> {
    /// Whether it names a ticket, or says why there is none.
    #[must_use]
    pub(crate) fn names_ticket(&self) -> bool {
        self.key.eq_ignore_ascii_case(TICKET)
    }
}

/// The value of a line if it is a trailer that names a ticket, whether or not it is in the last
/// block.
#[must_use]
pub(crate) fn ticket_named_in(line: &str) -> Option<&str> {
    let (key, value) = split(line)?;
    key.eq_ignore_ascii_case(TICKET).then_some(value)
}

/// The line that forges add between the message of a squash and its authors.
const SQUASHED: &str = "\n---------";

/// The trailers that name people.
const PEOPLE: [&str; 3] = ["Co-authored-by", "Signed-off-by", "Reviewed-by"];

/// Whether a block has trailers that name people, and nothing else.
fn names_people(block: &str) -> bool {
    let names = |line: &str| {
        split(line).is_some_and(|(key, _)| PEOPLE.iter().any(|own| own.eq_ignore_ascii_case(key)))
    };
    block
        .split('\n')
        .filter(|line| !is_blank(line))
        .all(|line| names(line) || line.starts_with(SPACE))
}

/// A message without its header, its trailers and surrounding blank lines.
#[must_use]
pub(crate) fn body(text: &str) -> &str {
    let end = if trailers(text).is_empty() {
        text.len()
    } else {
        block(text).map_or(text.len(), |block| block.start)
    };
    let (_, rest) = text[..end].split_once('\n').unwrap_or_default();
    rest.trim()
}

/// The characters that Git treats as white space, which do not include the form feed.
const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// The block of trailers: below the last blank line, and not the first block, which is the title.
fn block(text: &str) -> Option<Range<usize>> {
    let end = end_of_message(text);
    let title: usize = text[..end]
        .split_inclusive('\n')
        .take_while(|line| !is_blank(line))
        .map(str::len)
        .sum();
    let mut start = end;
    let mut lines = Lines::default();
    for line in text[title..end].split_inclusive('\n').rev() {
        if is_blank(line) && !lines.has_content {
            start -= line.len();
        } else if is_blank(line) {
            lines.count_indented_as_others();
            return lines.are_trailers().then_some(start..end);
        } else {
            start -= line.len();
            lines.count(line);
        }
    }
    None
}

/// The counts of a block's lines, from its end.
#[derive(Default)]
struct Lines {
    trailers: usize,
    others: usize,
    /// Indented lines that continue the line above them.
    indented: usize,
    /// Whether Git itself made one of the trailers.
    is_recognised: bool,
    /// Whether a line was found that is neither blank nor a comment.
    has_content: bool,
}

impl Lines {
    fn count(&mut self, line: &str) {
        if line.starts_with(COMMENT) {
            self.count_indented_as_others();
            return;
        }
        self.has_content = true;
        let is_recognised = GENERATED.iter().any(|prefix| line.starts_with(prefix));
        if is_recognised || split(line).is_some() {
            self.is_recognised |= is_recognised;
            self.trailers += 1;
            self.indented = 0;
        } else if line.starts_with(SPACE) {
            self.indented += 1;
        } else {
            self.others += 1;
            self.count_indented_as_others();
        }
    }

    /// Counts indented lines without a trailer above them as other lines.
    fn count_indented_as_others(&mut self) {
        self.others += std::mem::take(&mut self.indented);
    }

    fn are_trailers(&self) -> bool {
        if self.is_recognised {
            self.trailers * 3 >= self.others
        } else {
            self.trailers > 0 && self.others == 0
        }
    }
}

/// The beginnings of lines that Git itself adds.
const GENERATED: [&str; 2] = ["Signed-off-by: ", "(cherry picked from commit "];

const COMMENT: char = '#';

/// The end of the message proper: Git ignores comments and blank lines at the end, the list of
/// conflicts that old versions left there, and the text below the scissors.
fn end_of_message(text: &str) -> usize {
    // As in Git, a marker at the very start of the message does not count.
    let (mut passed, mut offset, mut in_conflicts) = (0, 0, false);
    for line in text.split_inclusive('\n') {
        let told = line.strip_suffix('\n').unwrap_or(line);
        let is_over = told
            .strip_prefix(COMMENT)
            .is_some_and(|rest| rest == SCISSORS);
        let begins = told == "Conflicts:";
        if is_over {
            break;
        } else if begins || told.is_empty() || told.starts_with(COMMENT) {
            in_conflicts |= begins;
            if passed == 0 {
                passed = offset;
            }
        } else if !(in_conflicts && told.starts_with('\t')) && passed != 0 {
            (passed, in_conflicts) = (0, false);
        }
        offset += line.len();
    }
    if passed == 0 { offset } else { passed }
}

fn is_blank(line: &str) -> bool {
    line.trim_matches(SPACE).is_empty()
}

/// The key and the value of a line that is a trailer.
fn split(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let key = key.trim_end_matches([' ', '\t']);
    let named = !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    named.then(|| (key, value.trim_matches(SPACE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        trailers(text)
            .into_iter()
            .map(|t| (t.key.to_owned(), t.value))
            .collect()
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.into(), value.into())
    }

    #[test]
    fn the_last_block_is_read() {
        assert_eq!(
            pairs("feat: a\n\nbody: x\n\nChange: CHG-1\nRefs: #2\n"),
            [pair("Change", "CHG-1"), pair("Refs", "#2")]
        );
    }

    #[test]
    fn body_is_between_header_and_trailers() {
        assert_eq!(
            body("feat: a\n\nWhy it is.\nMore.\n\nAnd so.\n\nRefs: #2\n"),
            "Why it is.\nMore.\n\nAnd so."
        );
        assert_eq!(body("feat: a\n\nRefs: #2\n"), "");
        assert_eq!(body("feat: a\n\nprose: x\ny\n"), "prose: x\ny");
        assert_eq!(body("feat: a"), "");
        assert_eq!(body(""), "");
    }

    #[test]
    fn header_is_not_a_trailer() {
        assert_eq!(pairs("Change: CHG-1"), []);
    }

    #[test]
    fn prose_in_the_block_makes_it_prose() {
        assert_eq!(pairs("x\n\nNote: this\nis prose\n"), []);
    }

    #[test]
    fn block_with_a_sign_off_may_contain_prose() {
        assert_eq!(
            pairs("x\n\nsome prose\nSigned-off-by: A\n"),
            [pair("Signed-off-by", "A")]
        );
    }

    #[test]
    fn what_git_passes_over_at_the_end_hides_no_trailers() {
        for end in [
            "\n# a comment\n",
            "# a comment\n",
            "\nConflicts:\n\ta\n\tb\n",
            "\n# Conflicts:\n#\ta\n",
            "\n# ------------------------ >8 ------------------------\ndiff\n\nof: lines\n",
            " \t\n\r\n",
        ] {
            assert_eq!(
                pairs(&format!("x\n\nChange: a\n{end}")),
                [pair("Change", "a")],
                "{end:?}"
            );
        }
        assert_eq!(pairs("x\n\nChange: a\n\nConflicts:\n\ta\nprose\n"), []);
        assert_eq!(body("x\n\nwhy\n\nChange: a\n\n# a comment\n"), "why");
    }

    #[test]
    fn form_feed_is_not_a_blank_line() {
        assert_eq!(pairs("x\n\u{c}\nChange: a\n"), []);
        assert_eq!(pairs("x\n \t\nChange: a\n"), [pair("Change", "a")]);
    }

    #[test]
    fn continuation_lines_fold() {
        assert_eq!(pairs("x\n\nChange: a\n  b\n"), [pair("Change", "a b")]);
        assert_eq!(pairs("x\n\nChange:\n  b\n"), [pair("Change", "b")]);
    }
}
