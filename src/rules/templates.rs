//! The lines of a repository's templates for issues and pull requests that ask the author for
//! something.

use std::collections::BTreeMap;

use super::checked_tree::TreeFiles;
use crate::error::Result;
use crate::text::Pattern;

/// The folders in which GitHub looks for templates.
const GITHUB_FOLDERS: [&str; 3] = [".github", "", "docs"];

/// The names that GitHub gives them there, for a file with any extension or a folder of files.
const GITHUB_NAMES: [&str; 2] = ["issue_template", "pull_request_template"];

/// The folders that hold GitLab's templates.
const GITLAB_FOLDERS: [&str; 2] = [".gitlab/issue_templates", ".gitlab/merge_request_templates"];

/// The maximum number of templates that are read.
const MAX_TEMPLATES: usize = 100;

/// The largest template that is read, in bytes.
const MAX_TEMPLATE_BYTES: usize = 64 * 1024;

/// A shorter line may be an answer as well.
const MIN_WORDS: usize = 4;

/// The words that a line begins with if it tells the author what to write.
const INSTRUCTIONS: [&str; 6] = ["describe", "list", "add", "enter", "explain", "provide"];

/// A part that the author should replace.
static BLANK: Pattern = Pattern::new(r"<[^<>]+>|\[[^\[\]]+\]");

/// The key before a text of a form, which is a YAML file.
static FORM_KEY: Pattern = Pattern::new(r"^\s*(?:-\s+)?[\w-]+:\s+");

/// The lines that ask the author for something, without marks, each with the file of its template.
#[derive(Debug, Default)]
pub(crate) struct TemplateLines(BTreeMap<String, String>);

impl TemplateLines {
    /// Reads the templates of a tree.
    ///
    /// # Errors
    ///
    /// Fails if the tree cannot be read.
    pub(super) fn read(files: &dyn TreeFiles) -> Result<Self> {
        let mut lines = BTreeMap::new();
        for path in template_paths(files)?.into_iter().take(MAX_TEMPLATES) {
            let Some(text) = files.text(&path, MAX_TEMPLATE_BYTES)? else {
                continue;
            };
            let is_form = path.ends_with(".yml") || path.ends_with(".yaml");
            for line in text.lines() {
                let line = without_marks(if is_form { form_text(line) } else { line });
                if is_prompt(&line) {
                    lines.entry(line).or_insert_with(|| path.clone());
                }
            }
        }
        Ok(Self(lines))
    }

    /// Whether there are no such lines.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The file of the template that has a text as a line.
    pub(super) fn template_of(&self, text: &str) -> Option<&str> {
        self.0.get(&without_marks(text)).map(String::as_str)
    }
}

fn template_paths(files: &dyn TreeFiles) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for folder in GITHUB_FOLDERS {
        for name in files.names_in(folder)? {
            let stem = name.split('.').next().unwrap_or_default().to_lowercase();
            if !GITHUB_NAMES.contains(&stem.as_str()) {
                continue;
            }
            let path = if folder.is_empty() {
                name
            } else {
                format!("{folder}/{name}")
            };
            paths.extend(paths_in(files, &path)?);
            paths.push(path);
        }
    }
    for folder in GITLAB_FOLDERS {
        paths.extend(paths_in(files, folder)?);
    }
    Ok(paths)
}

fn paths_in(files: &dyn TreeFiles, folder: &str) -> Result<Vec<String>> {
    let names = files.names_in(folder)?.into_iter();
    Ok(names.map(|name| format!("{folder}/{name}")).collect())
}

/// The text of a line of a form, without its key and quotes.
fn form_text(line: &str) -> &str {
    let start = FORM_KEY.find(line).map_or(0, |key| key.end());
    line[start..].trim().trim_matches(['"', '\''])
}

/// A text in lower case, without the marks of Markdown and comments around it.
fn without_marks(text: &str) -> String {
    let mut rest = text;
    loop {
        let before = rest.len();
        rest = rest.trim();
        rest = rest.strip_prefix("<!--").unwrap_or(rest);
        rest = rest.strip_suffix("-->").unwrap_or(rest);
        rest = rest.trim_start_matches(['#', '-', '*', '>', '+', '_']);
        for checkbox in ["[ ]", "[x]", "[X]"] {
            rest = rest.strip_prefix(checkbox).unwrap_or(rest);
        }
        rest = rest.trim_end_matches(['#', '*', '_']);
        if rest.len() == before {
            break;
        }
    }
    let words: Vec<&str> = rest.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// Whether a line without marks asks the author for something.
fn is_prompt(line: &str) -> bool {
    let first = line.split(' ').next().unwrap_or_default();
    line.split(' ').count() >= MIN_WORDS
        && (line.ends_with([':', '?']) || INSTRUCTIONS.contains(&first) || BLANK.is_match(line))
}
