//! Files that contain only a version: `version.txt`, `VERSION`.

use semver::Version;

use super::file_edits::FileEdit;
use super::token::{Token, fault};
use super::version_file_format::VersionFileFormat;
use super::version_files;
use crate::error::Result;
use crate::history::Tree;
use crate::source::{Source, Span};

/// Files that consist of a version.
pub(super) const FORMAT: VersionFileFormat = VersionFileFormat {
    names: &["version.txt", "VERSION"],
    companions: &[],
    edit,
    has_version: None,
    read,
    members: None,
};

/// White space around the version and a byte order mark are kept.
fn edit(paths: &[&str], tree: &dyn Tree, version: &Version) -> Result<Vec<FileEdit>> {
    let mut edits = Vec::new();
    for path in paths {
        let file = tree
            .file(path)?
            .ok_or_else(|| version_files::missing(path))?;
        let source = version_files::text(path, &file.bytes)?;
        let token = token(&source, version)?;
        edits.extend(FileEdit::new(
            path,
            file,
            vec![token.replaced(version.to_string())],
        ));
    }
    Ok(edits)
}

fn read(path: &str, tree: &dyn Tree) -> Result<Option<(Source, Token)>> {
    let file = tree
        .file(path)?
        .ok_or_else(|| version_files::missing(path))?;
    let source = version_files::text(path, &file.bytes)?;
    let token = version_token(&source);
    Ok((!token.text.is_empty()).then_some((source, token)))
}

/// The content of the file without surrounding white space.
fn version_token(source: &Source) -> Token {
    let text = source.text();
    let bare = text.trim_start_matches('\u{feff}').trim_start();
    let start = text.len() - bare.len();
    let bare = bare.trim_end();
    Token {
        text: bare.to_owned(),
        span: Span::new(start, start + bare.len()),
    }
}

fn token(source: &Source, version: &Version) -> Result<Token> {
    let token = version_token(source);
    if token.text.is_empty() {
        return Err(fault(
            source,
            token.span,
            "no version found",
            format!("write `{version}` and nothing else"),
        ));
    }
    if token.text.contains(char::is_whitespace) {
        let help = "write only the version, or set a `pattern` in `version_files`";
        return Err(fault(
            source,
            token.span,
            "the file contains more than a version",
            help,
        ));
    }
    token.expect_semantic(source, version)?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::history::{File, Mode};

    fn edited(text: &str) -> Result<String> {
        let file = File {
            bytes: text.into(),
            mode: Mode::Plain,
        };
        let tree: BTreeMap<String, File> = [("version.txt".to_owned(), file)].into();
        edit(&["version.txt"], &tree, &Version::new(1, 3, 0))
            .map(|mut edits| String::from_utf8(edits.remove(0).after).unwrap())
    }

    #[test]
    fn all_but_the_version_stays() {
        assert_eq!(edited("1.2.0").unwrap(), "1.3.0");
        assert_eq!(
            edited("\u{feff}\r\n 1.2.0-rc.1+b\r\n").unwrap(),
            "\u{feff}\r\n 1.3.0\r\n"
        );
    }

    #[test]
    fn what_is_more_or_less_than_a_version_is_an_error() {
        assert_eq!(
            edited(" \n").unwrap_err().to_string(),
            "`version.txt`: no version found"
        );
        assert_eq!(
            edited("1.2.0\n1.1.0").unwrap_err().to_string(),
            "`version.txt`: the file contains more than a version"
        );
        assert_eq!(
            edited("v1.2.0").unwrap_err().to_string(),
            "`version.txt`: `v1.2.0` is not a semantic version"
        );
    }
}
