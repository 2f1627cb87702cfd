//! From a TOML text to a configuration, or to every fault in it at once.
//!
//! The table of fields checks the structure; here the values are checked: patterns compile, globs parse,
//! paths stay inside the repository. A configuration with a fault is rejected, since a gate
//! must not run on half of its rules.

use super::reader::Reader;
use super::{Config, KeySpans, fields};
use crate::document::{self, Document, StructureFault, Table};
use crate::error::{Error, Fault, Result};
use crate::source::{Label, Source};

/// The tables of a `Cargo.toml` that may hold a configuration.
const MANIFEST_TABLES: [[&str; 3]; 2] = [
    ["package", "metadata", "tollgate"],
    ["workspace", "metadata", "tollgate"],
];

impl Config {
    /// Reads a configuration of its own file.
    ///
    /// Fails with every syntax error of the text; where there is none, with every unknown key and
    /// bad value.
    pub fn parse(source: Source) -> Result<Self> {
        let document = parse_document(source)?;
        read_table(&document, document.root())
    }

    /// Reads the configuration in a `Cargo.toml`, in `[package.metadata.tollgate]` or
    /// `[workspace.metadata.tollgate]`; `None` where there is neither.
    ///
    /// Fails as [`parse`](Self::parse) does, and where both are there.
    pub fn parse_manifest(source: Source) -> Result<Option<Self>> {
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
    use crate::config::{
        Activity, ChangelogStyle, FreezeMode, FrozenTime, Language, Level, OverrideEffect,
        Prereleases, VersionFile,
    };
    use crate::document::Node;
    use crate::version::Bump;

    fn config(text: &str) -> Config {
        Config::parse(Source::new("tollgate.toml", text)).unwrap()
    }

    /// The messages of a text's faults, each with what it points at.
    fn faults(text: &str) -> Vec<(String, String)> {
        let error = Config::parse(Source::new("tollgate.toml", text)).unwrap_err();
        let (source, faults) = error.faults().unwrap();
        faults
            .iter()
            .map(|f| (f.message.clone(), source.slice(f.label.span).to_owned()))
            .collect()
    }

    fn one(text: &str) -> (String, String) {
        let found = faults(text);
        assert_eq!(found.len(), 1, "{found:?}");
        found.into_iter().next().unwrap()
    }

    fn pair(message: &str, slice: &str) -> (String, String) {
        (message.into(), slice.into())
    }

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
        assert_eq!(one("inital = 1\nfile = \n").1, "");
    }

    #[test]
    fn hook_is_a_command_with_optional_timeout() {
        let hooks =
            config("release.before = [\"make\", { run = \"make all\", within = \"1h30m\" }]")
                .release
                .before;
        let commands: Vec<_> = hooks
            .iter()
            .map(|hook| (hook.run.as_str(), hook.timeout.as_secs()))
            .collect();
        assert_eq!(commands, [("make", 1800), ("make all", 5400)]);
        assert_eq!(
            one("release.after = [{ within = \"1h\" }]").0,
            "`release.after[0].run` is missing"
        );
        assert_eq!(faults("release.after = [\"\"]").len(), 1);
    }

    #[test]
    fn override_has_a_commit_and_one_effect() {
        let config = config("[[override]]\ncommit = \"0123456A\"\nskip = \"a mistake\"");
        let first = &config.version.overrides[0];
        assert_eq!(
            (first.commit.as_str(), &first.effect),
            ("0123456a", &OverrideEffect::Skip("a mistake".into()))
        );
        let with = |rest: &str| one(&format!("[[override]]\n{rest}"));
        assert_eq!(
            with("commit = \"012345\"\nbump = \"none\"").0,
            "`012345` is not a valid commit ID"
        );
        assert_eq!(
            with("commit = \"0123456\"").0,
            "an override needs exactly one setting; this one has none"
        );
        let both = with("commit = \"0123456\"\nbump = \"none\"\nskip = \"x\"").0;
        assert_eq!(
            both,
            "an override needs exactly one setting; this one has several"
        );
        let twice =
            "commit = \"0123456\"\nskip = \"x\"\n[[override]]\ncommit = \"01234567\"\nskip = \"x\"";
        assert_eq!(
            with(twice),
            pair(
                "`01234567` and `0123456` match the same commit",
                "\"01234567\""
            )
        );
    }

    #[test]
    fn the_form_template_needs_a_template() {
        assert_eq!(
            one("changelog.style = \"template\""),
            pair("`changelog.template` is missing", "\"template\"")
        );
        assert_eq!(
            config("changelog = { style = \"template\", template = \"a.jinja\" }")
                .changelog
                .style,
            ChangelogStyle::Template
        );
    }

    #[test]
    fn a_placeholder_that_nothing_replaces_is_refused() {
        let message = |text: &str| format!("release.commit_message = \"{text}\"");
        assert_eq!(
            one(&message("release {versoin}")).0,
            "unknown placeholder `{versoin}`"
        );
        assert_eq!(
            config(&message("{version} {a b} {}"))
                .release
                .commit_message,
            "{version} {a b} {}"
        );
    }

    #[test]
    fn a_risk_that_nothing_reaches_is_refused() {
        assert_eq!(
            one("risk.medium = 5"),
            pair(
                "no ticket could have medium risk: `medium` is 5, but `high` is 4",
                "5"
            )
        );
        assert_eq!(config("risk = { medium = 5, high = 5 }").risk.high, 5);
    }

    #[test]
    fn a_template_that_no_form_uses_is_refused() {
        let message = "`changelog.template` has no effect with `style = \"keepachangelog\"`";
        assert_eq!(
            one("changelog.template = \"a.jinja\""),
            pair(message, "\"a.jinja\"")
        );
        let with_style = "changelog = { style = \"github\", template = \"a.jinja\" }";
        assert_eq!(
            one(with_style).0,
            "`changelog.template` has no effect with `style = \"github\"`"
        );
    }

    #[test]
    fn repository_settings_are_refused_with_packages() {
        let package = "[[package]]\nname = \"core\"\npaths = [\"core/**\"]\n";
        for (line, key, value) in [
            ("tag_prefix = \"v\"", "tag_prefix", "\"v\""),
            (
                "changelog.file = \"NEWS.md\"",
                "changelog.file",
                "\"NEWS.md\"",
            ),
            ("release.version_files = []", "release.version_files", "[]"),
        ] {
            let message = format!("`{key}` has no effect with packages");
            assert_eq!(one(&format!("{line}\n{package}")), pair(&message, value));
            config(line);
        }
        config(package);
    }

    #[test]
    fn an_address_for_links_is_refused_without_links() {
        for (key, value) in [
            ("forge", "\"gitea\""),
            ("url", "\"https://github.com/a/b\""),
        ] {
            let message = format!("`changelog.{key}` has no effect without links");
            assert_eq!(
                one(&format!("changelog = {{ links = false, {key} = {value} }}")),
                pair(&message, value)
            );
        }
        config("changelog = { links = true, forge = \"gitea\" }");
    }

    #[test]
    fn only_types_of_commits_are_keys_of_bumps_and_sections() {
        for (text, key) in [
            ("[bumps]\n\"feat(api)\" = \"major\"", "feat(api)"),
            ("[bumps]\n\"feat!\" = \"major\"", "feat!"),
            ("[bumps]\nBREAKING-CHANGE = \"major\"", "BREAKING-CHANGE"),
            ("[changelog.sections]\n\"feat(api)\" = \"API\"", "feat(api)"),
            ("[changelog]\nhidden = [\"feat(api)\"]", "feat(api)"),
            ("[changelog]\nhidden = [\"*\"]", "*"),
            (
                "[[policy]]\nname = \"a\"\ntypes = [\"feat(api)\"]",
                "feat(api)",
            ),
            ("[[policy]]\nname = \"a\"\ntypes = [\"*\"]", "*"),
        ] {
            assert_eq!(
                one(text).0,
                format!("`{key}` is not a valid commit type"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_help_for_a_type_with_a_scope_is_the_type_alone() {
        let error = Config::parse(Source::new("x", "bumps.\"feat(api)\" = \"major\"")).unwrap_err();
        let help = "write only the type, `feat`, which covers every scope, with and without `!`";
        assert_eq!(error.help(), Some(help));
    }

    #[test]
    fn duplicate_type_is_refused_in_any_case() {
        assert_eq!(
            one("[bumps]\nDeps = \"patch\"\ndeps = \"minor\""),
            pair("`Deps` and `deps` are the same type", "deps")
        );
        let sections = "[changelog]\nsections = { feat = \"A\", FEAT = \"B\" }";
        assert_eq!(one(sections).0, "`feat` and `FEAT` are the same type");
    }

    #[test]
    fn a_star_is_read_as_all_other_types() {
        let config = config(
            "bumps.\"*\" = \"patch\"\nchangelog.sections = { feat = \"Added\", \"*\" = \"Other\" }",
        );
        assert_eq!(
            (
                config.version.bumps.of("chore"),
                config.version.bumps.of("feat")
            ),
            (Bump::Patch, Bump::Minor)
        );
        assert_eq!(config.changelog.titles()[1], ("*", "Other"));
        let shown = config.to_toml();
        assert_eq!(
            Config::parse(Source::new("x", shown.clone()))
                .unwrap()
                .to_toml(),
            shown
        );
    }

    #[test]
    fn the_page_of_the_repository_is_a_web_address_of_a_known_forge() {
        let url = |url: &str| format!("changelog.url = \"{url}\"");
        assert!(
            one(&url("git@github.com:o/r"))
                .0
                .ends_with("is not a valid web address")
        );
        assert!(
            one(&url("https://me:secret@github.com/o/r"))
                .0
                .ends_with("is not a valid web address")
        );
        assert_eq!(
            one(&url("https://git.example.org/o/r")).0,
            "`changelog.forge` is missing"
        );
        let linked = config(&format!(
            "{}\nchangelog.forge = \"gitlab\"",
            url("https://git.example.org/o/r/")
        ));
        assert_eq!(
            linked.changelog.url.as_deref(),
            Some("https://git.example.org/o/r/")
        );
    }

    #[test]
    fn people_and_goals_are_read_by_their_names() {
        let config =
            config("people.bo = { email = \"bo@x.org\", roles = [\"dba\"] }\ngoals.G-1 = \"Fast\"");
        assert_eq!(
            (
                config.people["bo"].email.as_str(),
                config.goals["G-1"].as_str()
            ),
            ("bo@x.org", "Fast")
        );
        assert_eq!(one("people.bo = {}").0, "`people.bo.email` is missing");
    }

    #[test]
    fn a_pattern_must_compile_and_stay_small() {
        assert_eq!(
            one("id_pattern = \"(\"").0,
            "`id_pattern` is not a valid regular expression: unclosed group"
        );
        let large = one("id_pattern = '((\\w{100}){100}){100}'").0;
        assert!(large.contains("exceeds size limit"), "{large}");
        assert!(
            one("release.version_files = [{ file = \"a\", pattern = \"x\" }]")
                .0
                .contains("group named `version`")
        );
    }

    #[test]
    fn a_path_below_a_dot_is_the_path() {
        let read = config("tickets = [\"./changes/*.toml\", \"x/./*.toml\"]");
        assert_eq!(read.tickets, ["changes/*.toml", "x/./*.toml"]);
    }

    #[test]
    fn globs_must_parse() {
        assert!(
            one("tickets = [\"[\"]")
                .0
                .starts_with("`[` is not a valid glob")
        );
        assert!(
            one("[[overrides]]\nfiles = [\"{\"]\nrules = {}")
                .0
                .starts_with("`{` is not a valid glob")
        );
        assert_eq!(
            one("tickets = [\"../*.toml\"]").0,
            "`../*.toml` is outside the repository"
        );
    }

    #[test]
    fn files_stay_inside_the_repository() {
        for path in ["/etc/passwd", "../x", "a/../../x", "C:\\\\x", ""] {
            assert_eq!(
                faults(&format!("changelog.file = \"{path}\"")).len(),
                1,
                "{path}"
            );
        }
        assert_eq!(
            config("changelog.file = \"./docs/a..b.md\"").changelog.file,
            "docs/a..b.md"
        );
    }

    #[test]
    fn a_first_version_is_strict_and_stable() {
        for version in ["1", "v1.0.0", "1.0.0-rc.1", "1.0.0+b"] {
            assert_eq!(
                one(&format!("initial = \"{version}\"")).1,
                format!("\"{version}\"")
            );
        }
    }

    #[test]
    fn a_tag_prefix_is_what_git_takes_in_a_name() {
        assert_eq!(
            config("tag_prefix = \"\"").version.tag_prefix.as_deref(),
            Some("")
        );
        for prefix in ["a b", "-v", "a..b", "v^", "@{"] {
            assert_eq!(
                faults(&format!("tag_prefix = \"{prefix}\"")).len(),
                1,
                "{prefix}"
            );
        }
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
            assert_eq!(
                Config::parse(Source::new("x", shown.clone()))
                    .unwrap()
                    .to_toml(),
                shown
            );
        }
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
