//! The edits that give a repository's version files their new version.
//!
//! Decides how a file is edited: by its pattern if it has one, otherwise by its format, which is
//! recognized by its name.

use semver::Version;

use super::file_edits::{EditedTree, FileEdit};
use super::version_file_format::{FORMATS, VersionFileFormat};
use super::version_pattern;
use crate::config::{Package, ReleaseSettings, VersionFile};
use crate::error::{Error, Result};
use crate::history::Tree;
use crate::repo_path::{folder, is_below, join};
use crate::source::{Source, any_of};

/// The largest file of a known format that is read.
const MAX_BYTES: usize = 16 << 20;

/// The usual place of the version in files of other formats, by the ending of the file name.
const PATTERNS: &[(&str, &str)] = &[
    ("Chart.yaml", r"^version: (?<version>\S+)"),
    ("composer.json", r#"^ {2,4}"version": "(?<version>[^"]+)""#),
    ("deno.json", r#"^ {2,4}"version": "(?<version>[^"]+)""#),
    ("gradle.properties", r"^version ?= ?(?<version>\S+)"),
    ("mix.exs", r#"version: "(?<version>[^"]+)""#),
    ("setup.cfg", r"^version ?= ?(?<version>\S+)"),
    (".csproj", r"<Version>(?<version>[^<]+)</Version>"),
    (".gemspec", r#"\.version += "(?<version>[^"]+)""#),
    (".go", r#"Version = "(?<version>[^"]+)""#),
    (".py", r#"__version__ = "(?<version>[^"]+)""#),
    (".rb", r#"VERSION = "(?<version>[^"]+)""#),
    ("", r"version (?<version>[0-9A-Za-z.+-]+)"),
];

/// The files that contain a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionFiles<'a> {
    /// The listed files.
    Listed(&'a [VersionFile]),
    /// The manifests with a publishable version in these folders, where the empty one is the root.
    InFolders(Vec<&'a str>),
}

impl<'a> VersionFiles<'a> {
    /// The files that the repository lists, or those at its root.
    #[must_use]
    pub(crate) fn of_repository(settings: &'a ReleaseSettings) -> Self {
        settings
            .version_files
            .as_deref()
            .map_or_else(|| Self::InFolders(vec![""]), Self::Listed)
    }

    /// The files that a package lists, or those in the folders that belong to it completely.
    #[must_use]
    pub(crate) fn of_package(package: &'a Package) -> Self {
        let folders = || {
            package
                .paths
                .iter()
                .filter_map(|glob| whole_folder(glob))
                .collect()
        };
        package
            .version_files
            .as_deref()
            .map_or_else(|| Self::InFolders(folders()), Self::Listed)
    }
}

/// Writes `version` to the files.
///
/// Only the version's token changes: formatting, comments, order, line ends and byte order marks
/// are kept. Files that contain the version already have no edit. Sorted by path.
///
/// # Errors
///
/// Fails if a file is missing, cannot be read, has no version, or has an unknown format.
pub fn edit_version_files(
    files: &VersionFiles<'_>,
    tree: &dyn Tree,
    version: &Version,
) -> Result<Vec<FileEdit>> {
    let mut edited = EditedTree::new(tree);
    let listed = if let VersionFiles::Listed(files) = files {
        files
    } else {
        &[][..]
    };
    for (format, paths) in files_by_format(files, tree)? {
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let edits = (format.edit)(&paths, &edited, version)?;
        edited.add(edits);
    }
    for VersionFile { file, pattern } in listed {
        let Some(pattern) = pattern else { continue };
        let before = edited.file(file)?.ok_or_else(|| missing(file))?;
        let edits = version_pattern::edit(file, &before.bytes, pattern, version)?;
        edited.add(FileEdit::new(file, before, edits).into_iter().collect());
    }
    Ok(edited.edits.into_values().collect())
}

/// The error for a version file that does not exist.
pub(super) fn missing(path: &str) -> Error {
    Error::file(
        format!("`{path}` is not in the commit"),
        "commit it, or remove it from `version_files`",
    )
}

/// The text of a version file, which must be UTF-8 and not too large.
pub(super) fn text(path: &str, bytes: &[u8]) -> Result<Source> {
    if bytes.len() > MAX_BYTES {
        let message = format!(
            "`{path}` is {} bytes; the limit for a version file is {MAX_BYTES}",
            bytes.len()
        );
        return Err(Error::limit(message, "remove it from `version_files`"));
    }
    let text = std::str::from_utf8(bytes).map_err(|cause| {
        Error::file(
            format!("`{path}` is not UTF-8"),
            "save it as UTF-8, or set a `pattern`",
        )
        .with_source(cause)
    })?;
    Ok(Source::new(path, text))
}

/// The files without a pattern, by their formats.
pub(super) fn files_by_format(
    files: &VersionFiles<'_>,
    tree: &dyn Tree,
) -> Result<Vec<(&'static VersionFileFormat, Vec<String>)>> {
    if let VersionFiles::Listed(files) = files {
        return files_of_known_formats(files);
    }
    let mut found: Vec<(&VersionFileFormat, Vec<String>)> = Vec::new();
    for (format, path, has_version) in found_manifests(files, tree)? {
        match found.last_mut() {
            _ if !has_version => {}
            Some((last, paths)) if last.names == format.names => paths.push(path),
            _ => found.push((format, vec![path])),
        }
    }
    Ok(found)
}

fn files_of_known_formats(
    files: &[VersionFile],
) -> Result<Vec<(&'static VersionFileFormat, Vec<String>)>> {
    let mut paths: Vec<(&VersionFileFormat, Vec<String>)> =
        FORMATS.iter().map(|format| (format, Vec::new())).collect();
    let plain = || {
        files
            .iter()
            .filter(|file| file.pattern.is_none())
            .map(|file| file.file.as_str())
    };
    for path in plain() {
        match paths
            .iter_mut()
            .find(|(format, _)| format.names.contains(&name(path)))
        {
            Some((_, paths)) if paths.iter().any(|other| other == path) => {}
            Some((_, paths)) => paths.push(path.to_owned()),
            None if FORMATS
                .iter()
                .any(|format| format.companions.contains(&name(path))) => {}
            None => return Err(unknown(path)),
        }
    }
    for path in plain() {
        let alone = |(format, paths): &&(&VersionFileFormat, Vec<String>)| {
            format.companions.contains(&name(path))
                && !paths
                    .iter()
                    .any(|manifest| is_below(manifest, folder(path)))
        };
        if let Some((format, _)) = paths.iter().find(alone) {
            let manifest = join(folder(path), format.names[0]).unwrap_or_default();
            let message = format!(
                "`{path}` is updated together with `{manifest}`, which `version_files` does not list"
            );
            return Err(Error::usage(
                message,
                format!("list the manifest instead: `version_files = [\"{manifest}\"]`"),
            ));
        }
    }
    paths.retain(|(_, paths)| !paths.is_empty());
    Ok(paths)
}

/// The manifests that exist without being listed, in the order of the formats, and whether each has
/// a publishable version.
pub(super) fn found_manifests(
    files: &VersionFiles<'_>,
    tree: &dyn Tree,
) -> Result<Vec<(&'static VersionFileFormat, String, bool)>> {
    let folders = if let VersionFiles::InFolders(folders) = files {
        &folders[..]
    } else {
        &[]
    };
    let mut found = Vec::new();
    for format in FORMATS {
        let Some(file_has_version) = format.has_version else {
            continue;
        };
        for path in folders
            .iter()
            .flat_map(|folder| format.names.iter().filter_map(|name| join(folder, name)))
        {
            if let Some(file) = tree.file(&path)? {
                let has_version = file_has_version(&path, &file)?;
                found.push((format, path, has_version));
            }
        }
    }
    Ok(found)
}

/// The folder that a glob such as `crates/core/**` covers completely.
fn whole_folder(glob: &str) -> Option<&str> {
    let folder = if glob == "**" {
        ""
    } else {
        glob.strip_suffix("/**")
            .or_else(|| glob.strip_suffix("/**/*"))?
    };
    (!folder.contains(['*', '?', '[', ']', '{', '}', '!', '\\'])).then_some(folder)
}

fn unknown(path: &str) -> Error {
    let names: Vec<&str> = FORMATS
        .iter()
        .flat_map(|format| format.names)
        .copied()
        .collect();
    let pattern = PATTERNS
        .iter()
        .find(|(end, _)| path.ends_with(end))
        .map(|(_, pattern)| *pattern)
        .unwrap_or_default();
    Error::usage(
        format!(
            "`{path}` needs a `pattern`, because it is not {}",
            any_of(&names)
        ),
        format!("add a pattern, such as `{{ file = \"{path}\", pattern = '{pattern}' }}`"),
    )
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::config::Config;
    use crate::history::{File, Mode};
    use crate::source::Source;

    fn tree(files: &[(&str, &str)]) -> BTreeMap<String, File> {
        let file = |text: &str| File {
            bytes: text.into(),
            mode: Mode::Executable,
        };
        files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), file(text)))
            .collect()
    }

    fn listed(file: &str, pattern: Option<&str>) -> VersionFile {
        VersionFile {
            file: file.into(),
            pattern: pattern.map(str::to_owned),
        }
    }

    #[test]
    fn default_is_the_root_manifest() {
        let version = Version::new(1, 3, 0);
        let edits = edit_version_files(
            &VersionFiles::InFolders(vec![""]),
            &tree(&[("Cargo.toml", "package.version = '1.2.0'")]),
            &version,
        )
        .unwrap();
        assert_eq!(edits[0].after, b"package.version = '1.3.0'");
        assert_eq!(edits[0].mode(), Mode::Executable);
        assert_eq!(
            edit_version_files(&VersionFiles::InFolders(vec![""]), &tree(&[]), &version).unwrap(),
            []
        );
    }

    #[test]
    fn default_is_published_from_the_root() {
        let published = [
            ("Cargo.toml", "package.version = '1.2.0'"),
            ("package.json", r#"{"version": "1.2.0"}"#),
            ("pyproject.toml", "project.version = '1.2.0'"),
        ];
        let others = [
            ("version.txt", "1.2.0"),
            ("docs/package.json", r#"{"version": "1.2.0"}"#),
            ("docs/pyproject.toml", "project.version = '1.2.0'"),
        ];
        let edits = edit_version_files(
            &VersionFiles::InFolders(vec![""]),
            &tree(&[published, others].concat()),
            &Version::new(1, 3, 0),
        )
        .unwrap();
        let paths: Vec<_> = edits.iter().map(|edit| edit.path.as_str()).collect();
        assert_eq!(paths, ["Cargo.toml", "package.json", "pyproject.toml"]);
        let unpublished = [
            ("package.json", r#"{"version": "1.2.0", "private": true}"#),
            ("pyproject.toml", "project.dynamic = ['version']"),
        ];
        assert_eq!(
            edit_version_files(
                &VersionFiles::InFolders(vec![""]),
                &tree(&unpublished),
                &Version::new(1, 3, 0)
            )
            .unwrap(),
            []
        );
    }

    #[test]
    fn package_defaults_to_published_manifests() {
        let text = "[[package]]\nname = 'core'\npaths = ['core/**', 'core-[a-z]/**', 'docs/*.md', 'web/**/*']\n";
        let config = Config::parse(Source::new("tollgate.toml", text)).unwrap();
        assert_eq!(
            VersionFiles::of_package(&config.packages[0]),
            VersionFiles::InFolders(vec!["core", "web"])
        );
        assert_eq!(
            VersionFiles::of_repository(&config.release),
            VersionFiles::InFolders(vec![""])
        );
        let files = [
            ("Cargo.toml", "package.version = '9.0.0'"),
            ("core/Cargo.toml", "package.version = '1.2.0'"),
            ("web/package.json", r#"{"version": "1.2.0"}"#),
        ];
        let found = VersionFiles::of_package(&config.packages[0]);
        let edits = edit_version_files(&found, &tree(&files), &Version::new(1, 3, 0)).unwrap();
        let paths: Vec<_> = edits.iter().map(|edit| edit.path.as_str()).collect();
        assert_eq!(paths, ["core/Cargo.toml", "web/package.json"]);
    }

    #[test]
    fn a_lock_file_changes_with_its_manifest_and_never_alone() {
        let files = [
            ("package.json", r#"{"version": "1.2.0"}"#),
            ("package-lock.json", r#"{"version": "1.2.0"}"#),
        ];
        let edits = |listed: &[VersionFile]| {
            edit_version_files(
                &VersionFiles::Listed(listed),
                &tree(&files),
                &Version::new(1, 3, 0),
            )
        };
        let both = [
            listed("package-lock.json", None),
            listed("package.json", None),
        ];
        assert_eq!(edits(&both).unwrap(), edits(&both[1..]).unwrap());
        let error = edits(&both[..1]).unwrap_err();
        let message = "`package-lock.json` is updated together with `package.json`, which `version_files` does not list";
        assert_eq!(error.to_string(), message);
        assert_eq!(
            error.help(),
            Some("list the manifest instead: `version_files = [\"package.json\"]`")
        );
        let elsewhere = [
            listed("web/package-lock.json", None),
            listed("package.json", None),
        ];
        assert!(
            edits(&elsewhere)
                .unwrap_err()
                .to_string()
                .contains("with `web/package.json`")
        );
    }

    #[test]
    fn a_file_that_is_listed_twice_is_edited_once() {
        let files = [listed("version.txt", None), listed("version.txt", None)];
        let edits = edit_version_files(
            &VersionFiles::Listed(&files),
            &tree(&[("version.txt", "1.2.0")]),
            &Version::new(1, 3, 0),
        );
        assert_eq!(edits.unwrap()[0].changes.len(), 1);
    }

    #[test]
    fn unknown_format_error_suggests_a_pattern() {
        let version = Version::new(1, 3, 0);
        for (file, text) in [
            ("chart/Chart.yaml", "apiVersion: v2\nversion: 1.2.0\n"),
            ("composer.json", "{\n    \"version\": \"1.2.0\"\n}"),
            ("setup.cfg", "[metadata]\r\nversion = 1.2.0\r\n"),
            ("Shop.csproj", "<Version>1.2.0</Version>"),
            ("shop.gemspec", "  s.version     = \"1.2.0\""),
            ("src/shop/__init__.py", "__version__ = \"1.2.0\""),
            ("README", "This is version 1.2.0 of it"),
        ] {
            let error = edit_version_files(
                &VersionFiles::Listed(&[listed(file, None)]),
                &tree(&[]),
                &version,
            )
            .unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("`{file}` needs a `pattern`"))
            );
            let told = error.help().unwrap().split_once("pattern = '").unwrap().1;
            let pattern = told.split_once("' }").unwrap().0;
            let edits = edit_version_files(
                &VersionFiles::Listed(&[listed(file, Some(pattern))]),
                &tree(&[(file, text)]),
                &version,
            );
            assert_eq!(
                edits.unwrap()[0].after,
                text.replace("1.2.0", "1.3.0").into_bytes(),
                "{file}"
            );
        }
    }

    #[test]
    fn a_manifest_may_have_patterns_besides() {
        let text = "# v1.2.0\npackage.version = '1.2.0'";
        let files = [
            listed("Cargo.toml", None),
            listed("Cargo.toml", Some(r"# v(?<version>\S+)")),
        ];
        let version = Version::new(1, 3, 0);
        let edits = edit_version_files(
            &VersionFiles::Listed(&files),
            &tree(&[("Cargo.toml", text)]),
            &version,
        )
        .unwrap();
        assert_eq!(edits[0].after, text.replace("1.2.0", "1.3.0").as_bytes());
    }

    #[test]
    fn file_with_the_version_is_not_edited() {
        let files = [listed("v", Some("(?<version>.+)"))];
        assert_eq!(
            edit_version_files(
                &VersionFiles::Listed(&files),
                &tree(&[("v", "1.3.0")]),
                &Version::new(1, 3, 0)
            )
            .unwrap(),
            []
        );
    }

    #[test]
    fn a_missing_file_and_an_unknown_format_are_errors() {
        let error = |file| {
            edit_version_files(
                &VersionFiles::Listed(&[file]),
                &tree(&[]),
                &Version::new(1, 3, 0),
            )
            .unwrap_err()
        };
        assert_eq!(
            error(listed("v", Some("(?<version>.+)"))).to_string(),
            "`v` is not in the commit"
        );
        assert_eq!(
            error(listed("Cargo.toml", None)).to_string(),
            "`Cargo.toml` is not in the commit"
        );
        assert!(
            error(listed("setup.cfg", None))
                .to_string()
                .contains("needs a `pattern`")
        );
    }

    const NEW: &str = "2.0.0-rc.1+b";

    /// The text after an edit, with `1.2.0` as its version between `head` and `tail`.
    fn edited(name: &str, head: &str, tail: &str) -> String {
        let files = tree(&[(name, &format!("{head}1.2.0{tail}"))]);
        let edits = edit_version_files(
            &VersionFiles::Listed(&[listed(name, None)]),
            &files,
            &NEW.parse().unwrap(),
        )
        .unwrap();
        String::from_utf8(edits[0].after.clone()).unwrap()
    }

    fn mark() -> impl Strategy<Value = &'static str> {
        prop_oneof![Just(""), Just("\u{feff}")]
    }

    fn line_end() -> impl Strategy<Value = &'static str> {
        prop_oneof![Just("\n"), Just("\r\n")]
    }

    fn quote() -> impl Strategy<Value = &'static str> {
        prop_oneof![Just("\""), Just("'"), Just("\"\"\""), Just("'''")]
    }

    /// Lines of TOML before the table, and keys after the version that must not be taken for it.
    fn around() -> impl Strategy<Value = (Vec<String>, Vec<String>)> {
        let above = proptest::collection::vec("[ \t]{0,2}(# [a-z\"'0-9.é=\\[\\]]{0,12})?", 0..4);
        let below = proptest::collection::btree_map(
            "[a-z]{1,8}-x",
            "= \\[ \"1\\.2\\.0\",[ \t]{0,2}\\]",
            0..2,
        );
        (
            above,
            below.prop_map(|map| {
                map.into_iter()
                    .map(|(key, value)| format!("{key} {value}"))
                    .collect()
            }),
        )
    }

    /// A member of a JSON object that is not the version, with preceding white space.
    fn member() -> impl Strategy<Value = String> {
        let value = "(\\{\"version\": ?\"1\\.2\\.0\"\\}|\\[\"1\\.2\\.0\", *null\\]|\"\\\\\"version\\\\\": 1\\.2\\.0 é\"|-1\\.2e0|true)";
        (
            "[ \t]{0,2}",
            "[a-z]{1,8}-x|é|\\\\u0000|\\\\\"|Version|versio",
            value,
        )
            .prop_map(|(space, key, value)| format!("{space}\"{key}\":{value}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn toml_edit_changes_only_the_version(
            (name, table) in prop_oneof![
                Just(("Cargo.toml", "[package]")), Just(("pyproject.toml", "[project]")), Just(("pyproject.toml", "[tool.poetry]")),
            ],
            mark in mark(),
            line_end in line_end(),
            quote in quote(),
            (above, below) in around(),
            spaces in "[ \t]{0,3}",
            comment in "( # version = \"1\\.2\\.0\")?",
            end in prop_oneof![Just(""), Just("\n"), Just("\r\n")],
        ) {
            let head = [above, vec![table.to_owned(), format!("version{spaces}={spaces}{quote}")]].concat();
            let head = format!("{mark}{}", head.join(line_end));
            let tail = format!("{quote}{comment}{line_end}{}{end}", below.join(line_end));
            let new = if name == "Cargo.toml" { NEW } else { "2.0.0rc1+b" };
            let after = edited(name, &head, &tail);
            prop_assert_eq!(&after, &format!("{head}{new}{tail}"));
            let read: toml_edit::DocumentMut = after.trim_start_matches('\u{feff}').parse().unwrap();
            let table = table.trim_matches(['[', ']']).split('.').fold(read.as_item(), |item, key| &item[key]);
            prop_assert_eq!(table["version"].as_str(), Some(new));
        }

        #[test]
        fn json_edit_changes_only_the_version(
            mark in mark(),
            line_end in line_end(),
            before in proptest::collection::vec(member(), 0..4),
            key in "(version|\\\\u0076ersion|v\\\\u0065rsion)",
            spaces in "[ \t]{0,3}",
            behind in proptest::collection::vec(member(), 0..4),
            end in "[ \t\r\n]{0,2}",
        ) {
            let comma = format!(",{line_end}");
            let before: String = before.iter().map(|member| format!("{member}{comma}")).collect();
            let behind: String = behind.iter().map(|member| format!("{comma}{member}")).collect();
            let (head, tail) = (format!("{mark}{{{line_end}{before}\"{key}\"{spaces}:{spaces}\""), format!("\"{behind}}}{end}"));
            let after = edited("package.json", &head, &tail);
            prop_assert_eq!(&after, &format!("{head}{NEW}{tail}"));
            let read: serde_json::Value = serde_json::from_str(after.trim_start_matches('\u{feff}')).unwrap();
            prop_assert_eq!(&read["version"], NEW);
        }

        #[test]
        fn plain_edit_changes_only_the_version(mark in mark(), head in "[ \t\r\n]{0,3}", tail in "[ \t\r\n]{0,3}") {
            let head = format!("{mark}{head}");
            prop_assert_eq!(edited("version.txt", &head, &tail), format!("{head}{NEW}{tail}"));
        }

        #[test]
        fn hostile_files_are_errors_or_edits_never_panics(
            toml in "(\\[|\\]|package|workspace|project|version|=|\"|'|1.2.0|\n|\\.| |\u{feff}|é|\\{|\\}|members|,){0,30}",
            json in "(\\[|\\]|\\{|\\}|\"version\"|\"packages\"|\"workspaces\"|\"\"|:|,|\"1.2.0\"|\"|\\\\|\n| |\u{feff}|é|0){0,30}",
        ) {
            for name in ["Cargo.toml", "pyproject.toml", "package.json", "version.txt"] {
                let text = if name.ends_with(".json") { &json } else { &toml };
                let files = [(name, &**text), ("Cargo.lock", &toml), ("uv.lock", &toml), ("package-lock.json", &json)];
                let _ = edit_version_files(&VersionFiles::Listed(&[listed(name, None)]), &tree(&files), &Version::new(1, 3, 0));
            }
        }
    }
}
