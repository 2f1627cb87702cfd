//! Reads block mappings of YAML as paths and scalars, each with its line.
//!
//! Covers what manifests have. A document that needs more, such as a template, isn't read at all.

/// One document: its scalars, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Document {
    /// The scalars.
    pub(crate) scalars: Vec<Scalar>,
}

/// A scalar of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scalar {
    /// The keys that lead to it, joined with `/`; items of lists are numbered from 0.
    pub(crate) path: String,
    /// The text without quotes.
    pub(crate) value: String,
    /// The line, counted from 1.
    pub(crate) line: usize,
}

impl Document {
    /// The scalar at a path.
    pub(crate) fn get(&self, path: &str) -> Option<&Scalar> {
        self.scalars.iter().find(|scalar| scalar.path == path)
    }

    /// The value at a path.
    pub(crate) fn value(&self, path: &str) -> Option<&str> {
        self.get(path).map(|scalar| scalar.value.as_str())
    }
}

/// A key or a list that is open, with the column at which its entries begin.
struct Level {
    column: usize,
    name: String,
    items: usize,
}

/// Reads the documents of a text; `None` if it has templates, tabs, or what isn't understood.
pub(crate) fn documents(text: &str) -> Option<Vec<Document>> {
    let mut documents = vec![Document::default()];
    let mut levels: Vec<Level> = Vec::new();
    let mut block: Option<usize> = None;
    for (at, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if let Some(column) = block {
            if line.trim().is_empty() || indent > column {
                continue;
            }
            block = None;
        }
        let content = without_comment(line[indent..].trim_end());
        if content.is_empty() {
            continue;
        }
        if indent == 0 && (content == "---" || content == "...") {
            documents.push(Document::default());
            levels.clear();
            continue;
        }
        if content.starts_with(['\t', '%', '{', '[']) {
            return None;
        }
        let document = documents.last_mut()?;
        let entry = Entry {
            column: indent,
            text: content,
            line: at + 1,
        };
        block = read(&entry, &mut levels, document)?.then_some(indent);
    }
    documents.retain(|document| !document.scalars.is_empty());
    Some(documents)
}

/// A line without indentation and comment.
struct Entry<'a> {
    column: usize,
    text: &'a str,
    line: usize,
}

/// Reads a line into a document; returns whether a block of text follows.
fn read(entry: &Entry<'_>, levels: &mut Vec<Level>, document: &mut Document) -> Option<bool> {
    let (mut column, mut text) = (entry.column, entry.text);
    let is_item = |text: &str| text == "-" || text.starts_with("- ");
    // A list may be as far left as the key that it belongs to.
    let is_above = |level: &Level| {
        level.column > column || level.column == column && !(is_item(text) && level.items == 0)
    };
    let keep_list = |level: &Level| level.items > 0 && level.column == column && is_item(text);
    while levels
        .last()
        .is_some_and(|level| is_above(level) && !keep_list(level))
    {
        levels.pop();
    }
    while is_item(text) {
        match levels.last_mut() {
            Some(level) if level.items > 0 && level.column == column => {
                level.name = level.items.to_string();
                level.items += 1;
            }
            _ => levels.push(Level {
                column,
                name: "0".to_owned(),
                items: 1,
            }),
        }
        let rest = text[1..].trim_start();
        column += text.len() - rest.len();
        text = rest;
    }
    if text.is_empty() {
        return Some(false);
    }
    if is_template(text) {
        return None;
    }
    let path = |last: &str| {
        let names = levels.iter().map(|level| level.name.as_str());
        let names: Vec<&str> = names
            .chain([last])
            .filter(|name| !name.is_empty())
            .collect();
        names.join("/")
    };
    let Some((key, value)) = key_and_value(text) else {
        // An item that is a scalar.
        document.scalars.push(Scalar {
            path: path(""),
            value: unquoted(text).to_owned(),
            line: entry.line,
        });
        return Some(false);
    };
    if value.is_empty() || value.starts_with('&') {
        levels.push(Level {
            column,
            name: key.to_owned(),
            items: 0,
        });
        return Some(false);
    }
    let is_block = value.starts_with(['|', '>']);
    if !is_block {
        document.scalars.push(Scalar {
            path: path(key),
            value: unquoted(value).to_owned(),
            line: entry.line,
        });
    }
    Some(is_block)
}

/// The key and the value of `key: value`.
fn key_and_value(text: &str) -> Option<(&str, &str)> {
    if let Some(key) = text.strip_suffix(':').filter(|key| !key.contains(": ")) {
        return Some((unquoted(key), ""));
    }
    let (key, value) = text.split_once(": ")?;
    Some((unquoted(key), value.trim()))
}

/// Whether a text has a template outside of a quoted value.
fn is_template(text: &str) -> bool {
    let value = key_and_value(text).map_or(text, |(_, value)| value);
    text.contains("{{") && !value.starts_with(['"', '\''])
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

/// A line without a comment at its end, which white space precedes.
fn without_comment(line: &str) -> &str {
    if line.starts_with('#') {
        return "";
    }
    let mut quote = None;
    let mut previous = ' ';
    for (at, character) in line.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'') if matches!(previous, ' ' | '[' | '{' | ',') => {
                quote = Some(character);
            }
            (None, '#') if previous == ' ' => return line[..at].trim_end(),
            _ => {}
        }
        previous = character;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalars(text: &str) -> Vec<(String, String, usize)> {
        let documents = documents(text).unwrap();
        let scalars = documents.into_iter().flat_map(|document| document.scalars);
        scalars
            .map(|scalar| (scalar.path, scalar.value, scalar.line))
            .collect()
    }

    #[test]
    fn lists_may_be_as_far_left_as_their_key() {
        let text = "a:\n- b: 1\n  c: 'x' # y\n- b: 2\nd:\n  - - e\n  - f\ng: h\n";
        let expected = [
            ("a/0/b", "1", 2),
            ("a/0/c", "x", 3),
            ("a/1/b", "2", 4),
            ("d/0/0", "e", 6),
            ("d/1", "f", 7),
            ("g", "h", 8),
        ];
        let expected = expected.map(|(path, value, line)| (path.into(), value.into(), line));
        assert_eq!(scalars(text), expected);
    }

    #[test]
    fn text_blocks_and_templates_are_not_read() {
        let text = "a: |\n  b: 1\n\n  c: 2\nd: 3\n---\ne: 4\n";
        let expected = [("d".into(), "3".into(), 5), ("e".into(), "4".into(), 7)];
        assert_eq!(scalars(text), expected);
        assert_eq!(documents("a: {{ .Values.b }}\n"), None);
        assert_eq!(documents("{{- if .Values.b }}\na: 1\n"), None);
        assert!(documents("a: \"{{ .Release.Name }}\"\n").is_some());
        assert_eq!(documents("a:\n\tb: 1\n"), None);
    }
}
