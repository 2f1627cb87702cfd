//! Reads Python line by line: which calls a function makes at its top level.

/// A logical line: physical lines joined until their brackets are closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogicalLine {
    /// The indentation in characters.
    pub(crate) indent: usize,
    /// The text without indentation, comments, and line ends.
    pub(crate) text: String,
    /// The number of its first physical line, counted from 1.
    pub(crate) number: usize,
}

/// The logical lines of a text; `None` if a bracket or a string isn't closed.
pub(crate) fn logical_lines(text: &str) -> Option<Vec<LogicalLine>> {
    let mut lines = Vec::new();
    let (mut depth, mut number) = (0_usize, 1);
    let mut line: Option<LogicalLine> = None;
    let mut indent = 0;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let length = token_length(rest, character)?;
        let (token, after) = rest.split_at(length);
        rest = after;
        match character {
            '#' => {}
            '\n' if depth == 0 => {
                lines.extend(line.take());
                indent = 0;
            }
            ' ' | '\t' | '\r' | '\n' if line.is_none() => indent += 1,
            _ => {
                depth = match character {
                    '(' | '[' | '{' => depth + 1,
                    ')' | ']' | '}' => depth.checked_sub(1)?,
                    _ => depth,
                };
                let line = line.get_or_insert_with(|| LogicalLine {
                    indent,
                    text: String::new(),
                    number,
                });
                let is_space = token.chars().all(char::is_whitespace);
                line.text.push_str(if is_space { " " } else { token });
            }
        }
        number += token.matches('\n').count();
    }
    lines.extend(line);
    for line in &mut lines {
        line.text.truncate(line.text.trim_end().len());
    }
    (depth == 0).then_some(lines)
}

/// The number of bytes of a comment, a string, or a character.
fn token_length(rest: &str, character: char) -> Option<usize> {
    if character == '#' {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !matches!(character, '"' | '\'') {
        return Some(character.len_utf8());
    }
    let quote = match &rest[..1] {
        "\"" if rest.starts_with("\"\"\"") => "\"\"\"",
        "'" if rest.starts_with("'''") => "'''",
        one => one,
    };
    let mut at = quote.len();
    loop {
        let tail = rest.get(at..)?;
        if tail.starts_with(quote) {
            return Some(at + quote.len());
        }
        let next = tail.chars().next()?;
        if quote.len() == 1 && next == '\n' {
            return None;
        }
        let skipped = if next == '\\' {
            tail.chars().nth(1)?.len_utf8()
        } else {
            0
        };
        at += next.len_utf8() + skipped;
    }
}

/// The lines of the body of a function that is defined at the top level; `None` if there is none.
pub(crate) fn function<'l>(lines: &'l [LogicalLine], name: &str) -> Option<&'l [LogicalLine]> {
    let start = lines.iter().position(|line| {
        let rest = line.text.strip_prefix("def ");
        let rest = rest.and_then(|rest| rest.trim_start().strip_prefix(name));
        line.indent == 0 && rest.is_some_and(|rest| rest.trim_start().starts_with('('))
    })?;
    let body = &lines[start + 1..];
    let end = body.iter().position(|line| line.indent == 0);
    Some(&body[..end.unwrap_or(body.len())])
}

/// The value of a string literal without escapes and prefixes; `None` for anything else.
pub(crate) fn string_literal(text: &str) -> Option<&str> {
    let text = text.trim();
    let quote = ["\"\"\"", "'''", "\"", "'"]
        .into_iter()
        .find(|quote| text.starts_with(quote))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inner.contains(['\\']) && !inner.contains(quote)).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_join_lines_and_comments_are_left_out() {
        let text = "a(\n  1, # one)\n  '''x\n)''')\nb\n";
        let lines = logical_lines(text).unwrap();
        let texts: Vec<_> = lines
            .iter()
            .map(|line| (line.text.as_str(), line.number))
            .collect();
        assert_eq!(texts.len(), 2);
        assert_eq!(texts[1], ("b", 5));
        assert_eq!(logical_lines("a("), None);
        assert_eq!(logical_lines("a = 'b\nc'"), None);
    }

    #[test]
    fn function_ends_with_its_indentation() {
        let lines = logical_lines("def up() -> None:\n    a()\n\n    b()\n\nc()\n").unwrap();
        let body = function(&lines, "up").unwrap();
        assert_eq!(body.len(), 2);
        assert_eq!(function(&lines, "u"), None);
    }
}
