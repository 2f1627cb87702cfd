//! The trailers of a message: its last block, as `git interpret-trailers --no-divider` sees it.

/// One trailer line with its folded continuation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer<'a> {
    /// What stands before the colon.
    pub key: &'a str,
    /// What follows, continuation lines joined by a space.
    pub value: String,
}

/// The trailers of a message, in order; empty where its last block is prose.
///
/// The last block is one when it does not hold the header, every line of it is a trailer or a continuation, or at least
/// a quarter of its lines are trailers and one of them is `Signed-off-by` or git's `(cherry picked from commit`.
#[must_use]
pub fn trailers(text: &str) -> Vec<Trailer<'_>> {
    let Some(block) = last_block(text) else { return Vec::new() };
    let mut found: Vec<Trailer<'_>> = Vec::new();
    let (mut matching, mut other, mut recognised) = (0_usize, 0_usize, false);
    let mut folds = false;
    for line in block.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with([' ', '\t']) && (folds || other > 0) {
            if let (true, Some(last)) = (folds, found.last_mut()) {
                last.value.push(' ');
                last.value.push_str(line.trim());
            }
            continue;
        }
        folds = false;
        if line.starts_with("(cherry picked from commit ") {
            (matching, recognised) = (matching + 1, true);
        } else if let Some((key, value)) = split(line) {
            recognised |= key == "Signed-off-by";
            (matching, folds) = (matching + 1, true);
            found.push(Trailer { key, value: value.to_owned() });
        } else {
            other += 1;
        }
    }
    let holds = if recognised { matching * 3 >= other } else { matching > 0 && other == 0 };
    if holds { found } else { Vec::new() }
}

/// A message without its header and its trailers, and without the blank lines around.
#[must_use]
pub fn body(text: &str) -> &str {
    let end = if trailers(text).is_empty() { 0 } else { last_block(text).map_or(0, str::len) };
    let told = text.trim_end();
    let (_, rest) = told[..told.len() - end].split_once('\n').unwrap_or_default();
    rest.trim()
}

fn last_block(text: &str) -> Option<&str> {
    let text = text.trim_end();
    let mut start = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        offset += line.len();
        if line.trim().is_empty() {
            start = Some(offset);
        }
    }
    start.map(|start| &text[start..])
}

fn split(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let key = key.trim_end_matches([' ', '\t']);
    let named = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    named.then_some((key, value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        trailers(text).into_iter().map(|t| (t.key.to_owned(), t.value)).collect()
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
    fn a_body_is_what_stands_between_header_and_trailers() {
        assert_eq!(body("feat: a\n\nWhy it is.\nMore.\n\nAnd so.\n\nRefs: #2\n"), "Why it is.\nMore.\n\nAnd so.");
        assert_eq!(body("feat: a\n\nRefs: #2\n"), "");
        assert_eq!(body("feat: a\n\nprose: x\ny\n"), "prose: x\ny");
        assert_eq!(body("feat: a"), "");
        assert_eq!(body(""), "");
    }

    #[test]
    fn the_header_is_no_trailer() {
        assert_eq!(pairs("Change: CHG-1"), []);
    }

    #[test]
    fn prose_in_the_block_makes_it_prose() {
        assert_eq!(pairs("x\n\nNote: this\nis prose\n"), []);
    }

    #[test]
    fn a_block_with_a_sign_off_may_hold_some_prose() {
        assert_eq!(pairs("x\n\nsome prose\nSigned-off-by: A\n"), [pair("Signed-off-by", "A")]);
    }

    #[test]
    fn continuation_lines_fold() {
        assert_eq!(pairs("x\n\nChange: a\n  b\n"), [pair("Change", "a b")]);
    }
}
