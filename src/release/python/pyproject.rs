//! One `pyproject.toml`: `project.version` of the standard, `tool.poetry.version` of Poetry.
//!
//! Decides which of its tokens are the project's version, and reports what to do if there is none.

use semver::Version;
use toml::de::DeTable;

use super::spelling::{is_version, spell};
use crate::error::{Error, Result};
use crate::release::token::{Token, fault};
use crate::release::toml_text;
use crate::source::{Edit, Source, Span};

/// Whether the file contains the project's version.
pub(super) fn has_version(source: &Source) -> Result<bool> {
    let project = Project::read(source)?;
    Ok(!project.tokens().is_empty())
}

/// The project's version; `None` if it is not in the file.
pub(super) fn version(source: &Source) -> Result<Option<Token>> {
    Ok(Project::read(source)?
        .tokens()
        .first()
        .map(|token| (*token).clone()))
}

/// The edits that give the project the version in Python's spelling, and that spelling.
///
/// Poetry's version changes if the project has no other, or has the same there. An epoch is kept.
///
/// # Errors
///
/// Fails if the file is not valid TOML, if it contains no version, and if Python cannot spell the
/// version.
pub(super) fn edits(source: &Source, version: &Version) -> Result<(Vec<Edit>, String)> {
    let project = Project::read(source)?;
    let tokens = project.tokens();
    let Some(first) = tokens.first() else {
        return Err(project.without_version(source, version));
    };
    if !is_version(&first.text) {
        let message = format!("`{}` is not a valid Python version", first.text);
        return Err(fault(
            source,
            first.span,
            message,
            format!("use a version such as `{version}`"),
        ));
    }
    let Some(spelt) = spell(version) else {
        let message = format!("{version} has no equivalent Python version");
        let help = "use the pre-release identifier `alpha`, `beta`, `rc`, or `dev`, as in `tollgate release --pre rc`";
        return Err(fault(source, first.span, message, help));
    };
    let epoch = first
        .text
        .split_once('!')
        .map(|(epoch, _)| format!("{}!", epoch.trim_start_matches(['v', 'V'])));
    let spelt = epoch.unwrap_or_default() + &spelt;
    Ok((
        tokens
            .into_iter()
            .map(|token| token.replaced(&*spelt))
            .collect(),
        spelt,
    ))
}

/// The keys of a project that are about its version.
struct Project {
    standard: Option<Token>,
    poetry: Option<Token>,
    /// `dynamic = ["version"]`.
    dynamic: Option<Span>,
    /// The file from which the build backend reads the version.
    made_from: Option<String>,
    /// A Poetry plugin computes the version, and the one in the file means nothing.
    is_made_by_plugin: bool,
}

impl Project {
    fn read(source: &Source) -> Result<Self> {
        let root = toml_text::parse(source)?;
        let at = |path: &[&str]| {
            path.iter()
                .try_fold(&root, |table, key| toml_text::table(table, key))
        };
        let string =
            |path: &[&str], key| at(path).and_then(|table| toml_text::string(source, table, key));
        let dynamic =
            at(&["project"]).map(|project| toml_text::strings(source, project, "dynamic"));
        let plugin =
            at(&["tool", "poetry-dynamic-versioning"]).is_some_and(|plugin: &DeTable<'_>| {
                plugin
                    .get("enable")
                    .is_some_and(|value| value.get_ref().as_bool() == Some(true))
            });
        let made_from = string(&["tool", "hatch", "version"], "path")
            .or_else(|| string(&["tool", "pdm", "version"], "path"))
            .or_else(|| string(&["tool", "setuptools", "dynamic", "version"], "file"));
        Ok(Self {
            standard: string(&["project"], "version"),
            poetry: string(&["tool", "poetry"], "version"),
            dynamic: dynamic
                .into_iter()
                .flatten()
                .find(|token| token.text == "version")
                .map(|token| token.span),
            made_from: made_from.map(|token| token.text),
            is_made_by_plugin: plugin,
        })
    }

    fn tokens(&self) -> Vec<&Token> {
        match (&self.standard, &self.poetry) {
            (Some(standard), Some(poetry)) if standard.text == poetry.text => {
                vec![standard, poetry]
            }
            (Some(standard), _) => vec![standard],
            (None, Some(poetry)) if !self.is_made_by_plugin => vec![poetry],
            (None, _) => Vec::new(),
        }
    }

    fn without_version(&self, source: &Source, version: &Version) -> Error {
        let Some(dynamic) = self
            .dynamic
            .or(self.poetry.as_ref().map(|token| token.span))
        else {
            let help = format!("add `version = \"{version}\"` to `[project]`");
            return fault(
                source,
                Span::default(),
                "neither `project.version` nor `tool.poetry.version` is set",
                help,
            );
        };
        let help = match &self.made_from {
            Some(file) => format!(
                "list the file that contains the version in `version_files`: `{{ file = \"{file}\", pattern = \
                 '__version__ = \"(?<version>[0-9A-Za-z.+-]+)\"' }}`"
            ),
            None => "if the version comes from the tag, remove the file from `version_files`; if it comes from \
                     another file, list that file with a `pattern`"
                .to_owned(),
        };
        fault(
            source,
            dynamic,
            "the version is dynamic and not stored in this file",
            help,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::splice;

    fn edited(text: &str, version: &str) -> Result<String> {
        let source = Source::new("pyproject.toml", text);
        let (edits, _) = edits(&source, &Version::parse(version).unwrap())?;
        Ok(splice(text, &edits).unwrap())
    }

    fn fails(text: &str, version: &str) -> (String, String) {
        let error = edited(text, version).unwrap_err();
        (
            error.to_string(),
            error.help().unwrap_or_default().to_owned(),
        )
    }

    #[test]
    fn version_is_in_project_or_poetry_table() {
        assert_eq!(
            edited("project.version = '1.2'", "1.3.0").unwrap(),
            "project.version = '1.3.0'"
        );
        let poetry = "[tool.poetry]\r\nversion='1.2.0'#x\r\n[tool.other]\r\nversion='1.2.0'";
        assert_eq!(
            edited(poetry, "1.3.0").unwrap(),
            poetry.replacen("1.2.0", "1.3.0", 1)
        );
    }

    #[test]
    fn only_equal_versions_change_together() {
        let same = "[project]\nversion = '1.2.0'\n[tool.poetry]\nversion = '1.2.0'";
        assert_eq!(
            edited(same, "1.3.0").unwrap(),
            same.replace("1.2.0", "1.3.0")
        );
        let differs = "[project]\nversion = '1.2.0'\n[tool.poetry]\nversion = '0'";
        assert_eq!(
            edited(differs, "1.3.0").unwrap(),
            differs.replace("1.2.0", "1.3.0")
        );
    }

    #[test]
    fn poetry_version_replaces_dynamic_version() {
        let text = "[project]\ndynamic = ['version']\n[tool.poetry]\nversion = '1.2.0'\n";
        assert_eq!(
            edited(text, "1.3.0").unwrap(),
            text.replace("1.2.0", "1.3.0")
        );
        let made = format!("{text}[tool.poetry-dynamic-versioning]\nenable = true");
        assert_eq!(
            fails(&made, "1.3.0").0,
            "`pyproject.toml`: the version is dynamic and not stored in this file"
        );
    }

    #[test]
    fn dynamic_version_error_names_its_source() {
        let text = "[project]\ndynamic = ['readme', 'version']\n";
        let (message, help) = fails(text, "1.3.0");
        assert_eq!(
            message,
            "`pyproject.toml`: the version is dynamic and not stored in this file"
        );
        assert!(help.starts_with(
            "if the version comes from the tag, remove the file from `version_files`"
        ));
        let hatch = format!("{text}[tool.hatch.version]\npath = 'src/shop/__init__.py'");
        assert!(
            fails(&hatch, "1.3.0")
                .1
                .contains("file = \"src/shop/__init__.py\", pattern =")
        );
    }

    #[test]
    fn no_version_and_none_that_python_knows_are_errors() {
        let none = "`pyproject.toml`: neither `project.version` nor `tool.poetry.version` is set";
        assert_eq!(
            fails("[project]\nname = 'a'", "1.3.0"),
            (
                none.into(),
                "add `version = \"1.3.0\"` to `[project]`".into()
            )
        );
        assert_eq!(
            fails("project.version = 'x'", "1.3.0").0,
            "`pyproject.toml`: `x` is not a valid Python version"
        );
        let (message, help) = fails("project.version = '1.2'", "1.3.0-next.1");
        assert_eq!(
            message,
            "`pyproject.toml`: 1.3.0-next.1 has no equivalent Python version"
        );
        assert!(help.starts_with("use the pre-release identifier `alpha`"));
    }

    #[test]
    fn an_epoch_stays() {
        assert_eq!(
            edited("project.version = '1!1.2.0'", "1.3.0").unwrap(),
            "project.version = '1!1.3.0'"
        );
    }
}
