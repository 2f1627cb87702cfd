//! The edits that give a repository's version files their new version.
//!
//! Decides which editor a file gets: that of its format, known by its name, or that of a pattern where it has one.

use std::collections::BTreeMap;

use semver::Version;

use super::tree::{FileEdit, Tree};
use super::{cargo, pattern};
use crate::config::VersionFile;
use crate::error::{Error, Result};

/// Puts `version` into the files; `None` means `Cargo.toml` where there is one.
///
/// Only the version's token changes: formatting, comments, order, line ends, byte order marks stay. Files that bear the
/// version already are not among the edits. Sorted by path.
///
/// # Errors
///
/// Fails where a file is missing, cannot be read, bears no version, or where its format is not known.
pub fn edit_version_files(files: Option<&[VersionFile]>, tree: &dyn Tree, version: &Version) -> Result<Vec<FileEdit>> {
    let Some(files) = files else {
        let has_manifest = tree.file("Cargo.toml")?.is_some();
        return if has_manifest { cargo::edit(&["Cargo.toml"], tree, version) } else { Ok(Vec::new()) };
    };
    let mut manifests = Vec::new();
    let mut edits: BTreeMap<String, FileEdit> = BTreeMap::new();
    for VersionFile { file, pattern } in files {
        match (pattern, file.rsplit('/').next().unwrap_or_default()) {
            (Some(_), _) | (None, "Cargo.lock") => {}
            (None, "Cargo.toml") => manifests.push(file.as_str()),
            (None, _) => {
                return Err(Error::usage(
                    format!("where the version stands in `{file}` is not known"),
                    format!("say it: `{{ file = \"{file}\", pattern = 'version (?<version>[0-9A-Za-z.+-]+)' }}`"),
                ));
            }
        }
    }
    edits.extend(cargo::edit(&manifests, tree, version)?.into_iter().map(|edit| (edit.path.clone(), edit)));
    for VersionFile { file, pattern } in files {
        let Some(pattern) = pattern else { continue };
        let before = tree.file(file)?.ok_or_else(|| {
            Error::file(format!("there is no `{file}` in the commit"), "commit it, or take it out of `version_files`")
        })?;
        let from = edits.get(file).map_or(&before.bytes, |edit| &edit.after);
        let after = pattern::edit(file, from, pattern, version)?;
        if after != before.bytes {
            edits.insert(file.clone(), FileEdit { path: file.clone(), before: Some(before), after });
        }
    }
    Ok(edits.into_values().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::release::{File, Mode};

    fn tree(files: &[(&str, &str)]) -> BTreeMap<String, File> {
        let file = |text: &str| File { bytes: text.into(), mode: Mode::Executable };
        files.iter().map(|(path, text)| ((*path).to_owned(), file(text))).collect()
    }

    fn listed(file: &str, pattern: Option<&str>) -> VersionFile {
        VersionFile { file: file.into(), pattern: pattern.map(str::to_owned) }
    }

    #[test]
    fn nothing_configured_means_the_manifest_where_there_is_one() {
        let version = Version::new(1, 3, 0);
        let edits = edit_version_files(None, &tree(&[("Cargo.toml", "package.version = '1.2.0'")]), &version).unwrap();
        assert_eq!(edits[0].after, b"package.version = '1.3.0'");
        assert_eq!(edits[0].mode(), Mode::Executable);
        assert_eq!(edit_version_files(None, &tree(&[]), &version).unwrap(), []);
    }

    #[test]
    fn a_manifest_may_have_patterns_besides() {
        let text = "# v1.2.0\npackage.version = '1.2.0'";
        let files = [listed("Cargo.toml", None), listed("Cargo.toml", Some(r"# v(?<version>\S+)"))];
        let version = Version::new(1, 3, 0);
        let edits = edit_version_files(Some(&files), &tree(&[("Cargo.toml", text)]), &version).unwrap();
        assert_eq!(edits[0].after, text.replace("1.2.0", "1.3.0").as_bytes());
    }

    #[test]
    fn a_file_that_bears_the_version_already_is_no_edit() {
        let files = [listed("v", Some("(?<version>.+)"))];
        assert_eq!(edit_version_files(Some(&files), &tree(&[("v", "1.3.0")]), &Version::new(1, 3, 0)).unwrap(), []);
    }

    #[test]
    fn a_missing_file_and_an_unknown_format_are_errors() {
        let error = |file| edit_version_files(Some(&[file]), &tree(&[]), &Version::new(1, 3, 0)).unwrap_err();
        assert_eq!(error(listed("v", Some("(?<version>.+)"))).to_string(), "there is no `v` in the commit");
        assert_eq!(error(listed("Cargo.toml", None)).to_string(), "there is no `Cargo.toml` in the commit");
        assert!(error(listed("setup.cfg", None)).to_string().contains("is not known"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_version_edit_changes_the_versions_token_only(
            mark in prop_oneof![Just(""), Just("\u{feff}")],
            line_end in prop_oneof![Just("\n"), Just("\r\n")],
            quote in prop_oneof![Just("\""), Just("'"), Just("\"\"\""), Just("'''")],
            above in proptest::collection::vec("[ \t]{0,2}(# [a-z\"'0-9.é=\\[\\]]{0,12})?", 0..4),
            spaces in "[ \t]{0,3}",
            comment in "( # version = \"1\\.2\\.0\")?",
            below in proptest::collection::vec("[a-z]{1,8}-x = \\[ \"1\\.2\\.0\",[ \t]{0,2}\\]", 0..2),
            end in prop_oneof![Just(""), Just("\n"), Just("\r\n")],
        ) {
            let below: std::collections::BTreeSet<_> = below.into_iter().collect();
            let keys: std::collections::BTreeSet<_> = below.iter().map(|line| line.split(' ').next()).collect();
            prop_assume!(keys.len() == below.len());
            let mut head: Vec<String> = above;
            head.push("[package]".into());
            head.push(format!("version{spaces}={spaces}{quote}"));
            let head = format!("{mark}{}", head.join(line_end));
            let tail = format!("{quote}{comment}{line_end}{}{end}", Vec::from_iter(below).join(line_end));
            let before = format!("{head}1.2.0{tail}");
            let edits =
                edit_version_files(None, &tree(&[("Cargo.toml", &before)]), &"2.0.0-rc.1+b".parse().unwrap()).unwrap();
            prop_assert_eq!(String::from_utf8_lossy(&edits[0].after), format!("{head}2.0.0-rc.1+b{tail}"));
        }

        #[test]
        fn hostile_manifests_are_errors_or_edits_never_panics(text in "(\\[|\\]|package|workspace|version|=|\"|'|1.2.0|\n|\\.| |\u{feff}|é|\\{|\\}|members|,){0,30}") {
            let files = tree(&[("Cargo.toml", &text), ("Cargo.lock", &text)]);
            let _ = edit_version_files(None, &files, &Version::new(1, 3, 0));
        }
    }
}
