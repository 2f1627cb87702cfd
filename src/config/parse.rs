//! Parses the text of a configuration, or reports all of its faults at once.
//!
//! The field table checks the structure, and the sections check their values. A configuration with a
//! fault is rejected, since a gate must not run on half of its rules.

use super::reader::Reader;
use super::{Config, KeySpans, fields};
use crate::document::{self, Document, StructureFault, Table};
use crate::error::{Error, Fault, Result};
use crate::source::{Label, Source};

/// The tables of a `Cargo.toml` that may contain a configuration.
const MANIFEST_TABLES: [[&str; 3]; 2] = [
    ["package", "metadata", "tollgate"],
    ["workspace", "metadata", "tollgate"],
];

impl Config {
    /// Reads a configuration from its own file.
    ///
    /// # Errors
    ///
    /// Fails with all syntax errors of the text, or else with all unknown keys and invalid values.
    pub fn parse(source: Source) -> Result<Self> {
        let document = parse_document(source)?;
        read_table(&document, document.root())
    }

    /// Reads the configuration in a `Cargo.toml`: the table `[package.metadata.tollgate]` or
    /// `[workspace.metadata.tollgate]`, if there is one.
    ///
    /// # Errors
    ///
    /// Fails like [`parse`](Self::parse), and if there are both tables.
    pub(crate) fn parse_manifest(source: Source) -> Result<Option<Self>> {
        if !source.text().contains("tollgate") {
            return Ok(None);
        }
        let document = parse_document(source)?;
        let found: Vec<_> = MANIFEST_TABLES
            .iter()
            .filter_map(|path| document.root().at(path))
            .collect();
        match found.as_slice() {
            [] => Ok(None),
            [node] => match node.as_table() {
                Some(table) => read_table(&document, table).map(Some),
                None => {
                    let label = Label::new(node.span, node.type_name());
                    Err(error_at(
                        &document,
                        "the configuration is not a table",
                        label,
                        "write it as a table",
                    ))
                }
            },
            [_, second, ..] => Err(error_at(
                &document,
                "this file contains two configurations: `package.metadata.tollgate` and \
                 `workspace.metadata.tollgate`",
                Label::new(second.span, "second configuration"),
                "keep one of them",
            )),
        }
    }
}

fn parse_document(source: Source) -> Result<Document> {
    let (document, errors) = Document::parse(source);
    if errors.is_empty() {
        return Ok(document);
    }
    let fault = |error: document::SyntaxError| Fault {
        message: error.message,
        help: String::new(),
        label: Label::new(error.span, ""),
    };
    Err(Error::text(
        document.source().clone(),
        errors.into_iter().map(fault).collect(),
    ))
}

fn error_at(document: &Document, message: &str, label: Label, help: &str) -> Error {
    let fault = Fault {
        message: message.to_owned(),
        help: help.to_owned(),
        label,
    };
    Error::text(document.source().clone(), vec![fault])
}

fn read_table(document: &Document, table: &Table) -> Result<Config> {
    let mut faults: Vec<Fault> = document::check(table, &fields())
        .iter()
        .map(to_fault)
        .collect();
    let mut reader = Reader::default();
    let source = Some(document.source().clone());
    let config = Config {
        source,
        key_spans: KeySpans::of(table),
        ..Config::read(table, &mut reader)
    };
    faults.extend(reader.faults);
    faults.sort_by_key(|fault| fault.label.span);
    if faults.is_empty() {
        Ok(config)
    } else {
        Err(Error::text(document.source().clone(), faults))
    }
}

fn to_fault(fault: &StructureFault) -> Fault {
    let words = fault.describe("tollgate schema config");
    Fault {
        message: words.message,
        help: words.help,
        label: Label::new(fault.span, words.label),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::{config, fault, faults};
    use crate::config::{
        Activity, ChangelogStyle, FreezeMode, FrozenTime, Language, Level, OverrideEffect,
        Prereleases, VersionFile,
    };
    use crate::document::{Field, Node, Shape};
    use crate::version::Bump;

    #[test]
    fn an_empty_text_is_the_default() {
        assert_eq!(config("").to_toml(), Config::default().to_toml());
    }

    #[test]
    fn every_key_is_read() {
        let packages = config(include_str!(
            "../../tests/fixtures/configs/good/packages.toml"
        ))
        .packages;
        let config = config(include_str!(
            "../../tests/fixtures/configs/good/every_key.toml"
        ));
        assert_eq!(config.tickets, ["docs/changes/*.toml"]);
        assert!(config.id_pattern.unwrap().is_match("CHG-0001"));
        assert_eq!(config.language, Language::Off);
        assert_eq!(config.version.tag_prefix.as_deref(), Some("release-"));
        assert_eq!(config.version.initial_version().to_string(), "1.0.0");
        assert_eq!(
            (config.version.zero_breaking, config.version.zero_feature),
            (Bump::Major, Bump::Patch)
        );
        assert!(config.version.first_parent);
        assert_eq!(config.branches, ["main", "release/*"]);
        assert_eq!(
            (
                config.version.bumps.of("deps"),
                config.version.bumps.of("feat")
            ),
            (Bump::Patch, Bump::Minor)
        );
        let message = OverrideEffect::Message("feat: what it should have said".into());
        let effects: Vec<_> = config
            .version
            .overrides
            .iter()
            .map(|first| &first.effect)
            .collect();
        assert_eq!(effects[..2], [&message, &OverrideEffect::Bump(Bump::None)]);
        let packages_read: Vec<_> = packages
            .iter()
            .map(|p| (p.name.as_str(), p.tag_prefix.as_str()))
            .collect();
        assert_eq!(packages_read, [("core", "core-v"), ("cli", "tool/")]);
        assert_eq!(
            packages[0].changelog.as_deref(),
            Some("crates/core/CHANGELOG.md")
        );
        assert_eq!(packages[0].version_files.as_ref().map(Vec::len), Some(2));
        assert_eq!(
            (config.changelog.file.as_str(), config.changelog.style),
            ("NEWS.md", ChangelogStyle::Template)
        );
        let sections: Vec<_> = config.changelog.titles();
        assert_eq!(sections, [("fix", "Fixed"), ("feat", "Added")]);
        assert_eq!(config.changelog.hidden, ["chore"]);
        assert_eq!(config.changelog.unconventional.as_deref(), Some("Other"));
        assert_eq!(config.changelog.prereleases, Prereleases::Show);
        let levels: Vec<_> = config
            .rules
            .levels
            .iter()
            .map(|rule| (&*rule.selector, rule.level))
            .collect();
        assert_eq!(
            levels[..3],
            [
                ("content/*", Some(Level::Warning)),
                ("plan/*", Some(Level::Off)),
                ("toml/*", None)
            ]
        );
        assert_eq!(levels[3], ("commit/header-too-long", Some(Level::Warning)));
        assert_eq!(
            config.rules.levels[3]
                .options
                .get("max")
                .and_then(Node::as_integer),
            Some(72)
        );
        assert_eq!(config.scopes, ["api", "cart"]);
        assert_eq!(config.rules.overrides[0].files, ["changes/archive/**"]);
        assert_eq!(config.rules.overrides[0].levels[0].level, Some(Level::Off));
        let cargo = VersionFile {
            file: "Cargo.toml".into(),
            pattern: None,
        };
        let docs = VersionFile {
            file: "docs/install.md".into(),
            pattern: Some("v(?<version>.+)".into()),
        };
        assert_eq!(config.release.version_files, Some(vec![cargo, docs]));
        assert_eq!(config.release.commit_message, "chore: {version}");
        assert_eq!(config.freezes.len(), 2);
        assert_eq!(
            (config.freezes[0].mode, config.freezes[0].covers.len()),
            (FreezeMode::Hard, 2)
        );
        let weekly = &config.freezes[1];
        assert_eq!(
            (weekly.mode, &weekly.covers[..]),
            (FreezeMode::Soft, &[Activity::Merge][..])
        );
        assert_eq!(
            (weekly.services[0].as_str(), weekly.environments[0].as_str()),
            ("billing", "production")
        );
        assert!(matches!(weekly.time, FrozenTime::Weekly { .. }));
        let names: Vec<_> = config
            .policies
            .iter()
            .map(|policy| policy.name.as_str())
            .collect();
        assert_eq!(names, ["migrations", "documentation"]);
        assert_eq!(
            (
                config.risk.schema_contract,
                config.risk.gradual,
                config.risk.high
            ),
            (3, 0, 5)
        );
        assert_eq!(config.limits.ticket_bytes, 1000);
    }

    #[test]
    fn all_faults_are_reported_in_order() {
        let found = faults(
            "inital = \"1.0.0\"\nzero_breaking = \"patch\"\nid_pattern = \"(\"\n[changelog]\nfile = 1\n",
        );
        let slices: Vec<_> = found.iter().map(|(_, slice)| slice.as_str()).collect();
        assert_eq!(slices, ["inital", "\"patch\"", "\"(\"", "1"]);
        assert_eq!(found[0].0, "unknown key `inital`");
    }

    #[test]
    fn syntax_errors_come_alone() {
        assert_eq!(fault("inital = 1\nfile = \n").1, "");
    }

    #[test]
    fn a_manifest_may_hold_the_configuration() {
        let manifest = |text: &str| Config::parse_manifest(Source::new("Cargo.toml", text));
        assert!(
            manifest("[package]\nname = \"tollgate\"")
                .unwrap()
                .is_none()
        );
        let found = manifest("[package.metadata.tollgate]\ninitial = \"2.0.0\"")
            .unwrap()
            .unwrap();
        assert_eq!(found.version.initial_version().to_string(), "2.0.0");
        assert!(manifest("[workspace.metadata.tollgate]\ninitial = 1").is_err());
        assert!(manifest("[workspace.metadata.tollgate]\n[package.metadata.tollgate]").is_err());
        assert!(manifest("[workspace.metadata]\ntollgate = 1").is_err());
    }

    #[test]
    fn what_is_shown_reads_back_the_same() {
        for text in [
            include_str!("../../tests/fixtures/configs/good/every_key.toml"),
            include_str!("../../tests/fixtures/configs/good/packages.toml"),
        ] {
            let shown = config(text).to_toml();
            assert_eq!(config(&shown).to_toml(), shown);
        }
    }

    /// Checks the defaults of a table's fields.
    fn check_defaults(header: &str, fields: &[Field]) {
        for field in fields {
            if let Shape::Table(fields) = field.shape {
                let path = format!("{header}.{}", field.name);
                check_defaults(path.trim_start_matches('.'), fields);
            }
            // The first version is recorded as not set.
            let Some(default) = field.default.filter(|_| field.name != "initial") else {
                continue;
            };
            let table = if header.is_empty() {
                String::new()
            } else {
                format!("[{header}]\n")
            };
            let set = format!("{table}{} = {default}", field.name);
            assert_eq!(config(&set).to_toml(), config(&table).to_toml(), "{set}");
        }
    }

    #[test]
    fn defaults_of_the_fields_are_in_effect() {
        check_defaults("", &fields());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(
            lines in proptest::collection::vec("[a-z_]{0,3}(tickets|rules|changelog|release|bumps|overrides|x)?(\\.[a-z]{1,4})? ?= ?(\\PC{0,9}|\\[.{0,5}\\]|\\{.{0,8}\\}|\".{0,6}\"|[0-9]{1,20})", 0..6),
        ) {
            let _ = Config::parse(Source::new("x", lines.join("\n")));
        }
    }
}
