//! The files that contain a version: of the repository, or of a package.

use super::reader::{Reader, string};
use super::writer::{Writer, list};
use crate::document::{Field, Node, Shape, Table, quoted};

/// A list of files: paths, or tables with a pattern.
pub(super) const VERSION_FILES: Shape =
    Shape::AnyList(&Shape::Either(&[Shape::Text, Shape::Table(FIELDS)]));

const FIELDS: &[Field] = &[
    Field::new(
        "file",
        Shape::Text,
        "File path, relative to the repository root.",
    )
    .required(),
    Field::new(
        "pattern",
        Shape::AnyText,
        "Regular expression with a group named `version`, such as `v(?<version>[0-9.]+)`.",
    ),
];

/// A file that contains the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFile {
    /// Its path, relative to the root.
    pub file: String,
    /// A regular expression with a group `version`; `None`: the format follows from the file name.
    pub pattern: Option<String>,
}

/// Reads the list `version_files` of a table, if there is one.
pub(super) fn read(table: &Table, reader: &mut Reader) -> Option<Vec<VersionFile>> {
    let nodes = table.get("version_files")?.as_array()?;
    Some(
        nodes
            .iter()
            .filter_map(|node| read_file(node, reader))
            .collect(),
    )
}

fn read_file(node: &Node, reader: &mut Reader) -> Option<VersionFile> {
    let Some(table) = node.as_table() else {
        return Some(VersionFile {
            file: reader.path_of(node)?,
            pattern: None,
        });
    };
    check_pattern(table, reader);
    Some(VersionFile {
        file: reader.path(table, "file")?,
        pattern: string(table, "pattern"),
    })
}

/// Reports a pattern that captures no version.
fn check_pattern(table: &Table, reader: &mut Reader) {
    let (Some(node), Some(regex)) = (table.get("pattern"), reader.pattern(table, "pattern")) else {
        return;
    };
    let mut groups = regex.capture_names().flatten();
    if !groups.any(|name| name == "version") {
        reader.fault(
            node,
            "`pattern` has no group named `version`".into(),
            "capture the version in a named group, such as `v(?<version>[0-9.]+)`",
        );
    }
}

/// Writes the list, if there is one.
pub(super) fn write(files: Option<&[VersionFile]>, out: &mut Writer) {
    if let Some(files) = files {
        out.value(
            "version_files",
            list(files.iter().map(VersionFile::to_toml)),
        );
    }
}

impl VersionFile {
    fn to_toml(&self) -> String {
        let file = quoted(&self.file);
        match &self.pattern {
            Some(pattern) => format!("{{ file = {file}, pattern = {} }}", quoted(pattern)),
            None => file,
        }
    }
}
