//! The values of a configuration's table, each judged on its own.
//!
//! Whatever is of the wrong type is passed over here, since the walk over the fields has told it
//! already.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use semver::Version;

use super::rules::{Level, Override, RuleLevel, RuleSettings};
use super::{
    ANY_TYPE, ApprovalPolicy, BreakingPlace, ChangelogSettings, ChangelogStyle, Config, Forge,
    Hook, Language, Person, Prereleases, Scopes, VersionFile, VersionSettings, commit_overrides,
    freeze, glob_set, packages, policy,
};
use crate::commit::Header;
use crate::document::{Entry, Node, Table};
use crate::error::Fault;
use crate::repo_path::{PathFault, RepoPath, is_git_folder};
use crate::source::Label;
use crate::version::{self, Bump};

/// The most bytes of a compiled regular expression.
const PATTERN_BYTES: usize = 1 << 20;

/// Gathers what is wrong with values.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) faults: Vec<Fault>,
}

/// Reads the table of a configuration; keys that are absent or at fault keep their defaults.
pub(super) fn config(table: &Table, reader: &mut Reader) -> Config {
    let mut config = Config {
        version: versions(table, reader),
        rules: rule_settings(table, reader),
        ..Config::default()
    };
    if let Some(node) = table.get("tickets") {
        config.tickets = reader.globs(node);
    }
    config.id_pattern = table
        .get("id_pattern")
        .and_then(|node| reader.pattern("id_pattern", node));
    if table.text("language") == Some("off") {
        config.language = Language::Off;
    }
    config.scopes = texts(table.at(&["commits", "scopes"]))
        .map(|(scope, _)| scope.to_owned())
        .collect();
    config.packages = packages::read(table, reader);
    refuse_unused_beside_packages(table, reader);
    config.people = people(table);
    let goal = |entry: &Entry| Some((entry.key.clone(), entry.value.as_str()?.to_owned()));
    config.goals = entries(table, "goals").iter().filter_map(goal).collect();
    let freezes = table
        .get("freeze")
        .and_then(Node::as_array)
        .unwrap_or_default();
    config.freezes = freezes
        .iter()
        .filter_map(Node::as_table)
        .filter_map(|table| freeze::read(table, reader))
        .collect();
    config.policies = policy::read_all(table, reader);
    config.approvals = table
        .get("approvals")
        .and_then(Node::as_table)
        .map(|table| {
            let (policy, faults) = ApprovalPolicy::read(table);
            reader.faults.extend(faults);
            policy
        });
    for (key, points) in config.risk.entries() {
        let given = table
            .at(&["risk", key])
            .and_then(Node::as_integer)
            .and_then(|given| i32::try_from(given).ok());
        *points = given.unwrap_or(*points);
    }
    let thresholds = table
        .at(&["risk", "medium"])
        .or(table.at(&["risk", "high"]));
    if let Some(node) = thresholds.filter(|_| config.risk.medium > config.risk.high) {
        let message = format!(
            "no ticket could have medium risk: `medium` is {}, but `high` is {}",
            config.risk.medium, config.risk.high
        );
        reader.fault(node, message, "set `medium` to at most the value of `high`");
    }
    if let Some(node) = table.get("branches") {
        config.branches = reader.globs(node);
    }
    if let Some(changelog) = table.get("changelog").and_then(Node::as_table) {
        changelog_settings(changelog, &mut config.changelog, reader);
    }
    if let Some(release) = table.get("release").and_then(Node::as_table) {
        config.release.version_files = release
            .get("version_files")
            .and_then(Node::as_array)
            .map(|files| version_files(files, reader));
        set_text(
            release,
            "commit_message",
            &mut config.release.commit_message,
        );
        release
            .get("commit_message")
            .into_iter()
            .for_each(|node| reader.placeholders(node));
        let days = release
            .get("emergency_days")
            .and_then(Node::as_integer)
            .and_then(|days| i32::try_from(days).ok());
        config.release.emergency_days = days.unwrap_or(config.release.emergency_days);
        config.release.before = Hook::read_all(release.get("before"));
        config.release.after = Hook::read_all(release.get("after"));
    }
    let limits = &mut config.limits;
    for (key, limit) in [
        ("ticket_bytes", &mut limits.ticket_bytes),
        ("tickets", &mut limits.tickets),
        ("total_bytes", &mut limits.total_bytes),
    ] {
        let given = table.at(&["limits", key]).and_then(Node::as_integer);
        *limit = given
            .and_then(|given| usize::try_from(given).ok())
            .unwrap_or(*limit);
    }
    config
}

/// Refuses settings of the repository's own version, which it does not have beside packages.
fn refuse_unused_beside_packages(table: &Table, reader: &mut Reader) {
    if table
        .get("package")
        .and_then(Node::as_array)
        .is_none_or(<[Node]>::is_empty)
    {
        return;
    }
    for (path, key) in [
        (&["tag_prefix"][..], "tag_prefix"),
        (&["changelog", "file"], "changelog"),
        (&["release", "version_files"], "version_files"),
    ] {
        if let Some(node) = table.at(path) {
            let message = format!("`{}` has no effect with packages", path.join("."));
            reader.fault(
                node,
                message,
                &format!("set `{key}` in each `[[package]]`, or remove the key"),
            );
        }
    }
}

fn people(table: &Table) -> BTreeMap<String, Person> {
    let read = |entry: &Entry| {
        let person = entry.value.as_table()?;
        let list = |key: &str| {
            texts(person.get(key))
                .map(|(text, _)| text.to_owned())
                .collect()
        };
        let email = person.text("email")?.to_owned();
        Some((
            entry.key.clone(),
            Person {
                email,
                roles: list("roles"),
                aliases: list("aliases"),
            },
        ))
    };
    entries(table, "people").iter().filter_map(read).collect()
}

fn versions(table: &Table, reader: &mut Reader) -> VersionSettings {
    let tag_prefix = table
        .get("tag_prefix")
        .and_then(|node| reader.tag_prefix(node));
    let mut settings = VersionSettings {
        tag_prefix,
        ..VersionSettings::default()
    };
    settings.initial = table.get("initial").and_then(|node| reader.initial(node));
    let bump = |key: &str| table.text(key).and_then(Bump::parse);
    settings.zero_breaking = bump("zero_breaking").unwrap_or(settings.zero_breaking);
    settings.zero_feature = bump("zero_feature").unwrap_or(settings.zero_feature);
    settings.first_parent = table
        .get("first_parent")
        .and_then(Node::as_bool)
        .unwrap_or(settings.first_parent);
    settings.overrides = commit_overrides::read(table, reader);
    reader.types_as_keys(entries(table, "bumps"));
    for entry in entries(table, "bumps") {
        if let Some(bump) = entry.value.as_str().and_then(Bump::parse) {
            settings.bumps.set(&entry.key, bump);
        }
    }
    settings
}

fn changelog_settings(table: &Table, settings: &mut ChangelogSettings, reader: &mut Reader) {
    if let Some(file) = table.get("file").and_then(|node| reader.path(node)) {
        settings.file = file;
    }
    settings.style = table
        .text("style")
        .and_then(ChangelogStyle::parse)
        .unwrap_or(settings.style);
    reader.types_as_keys(entries(table, "sections"));
    reader.types_in_list(
        table.get("hidden"),
        "a type without a section is always hidden",
    );
    if table.get("sections").is_some() {
        let title =
            |entry: &Entry| Some((entry.key.to_lowercase(), entry.value.as_str()?.to_owned()));
        settings.sections = Some(
            entries(table, "sections")
                .iter()
                .filter_map(title)
                .collect(),
        );
    }
    settings.hidden = texts(table.get("hidden"))
        .map(|(text, _)| text.to_lowercase())
        .collect();
    settings.unconventional = table.text("unconventional").map(str::to_owned);
    settings.prereleases = table
        .text("prereleases")
        .and_then(Prereleases::parse)
        .unwrap_or(settings.prereleases);
    settings.template = table.get("template").and_then(|node| reader.path(node));
    if let (ChangelogStyle::Template, None, Some(node)) =
        (settings.style, &settings.template, table.get("style"))
    {
        let help = "set the path of the template, relative to the repository root: `template = \"changelog.md.jinja\"`";
        reader.fault(node, "`changelog.template` is missing".into(), help);
    }
    if let Some(node) = table
        .get("template")
        .filter(|_| settings.style != ChangelogStyle::Template)
    {
        let message = format!(
            "`changelog.template` has no effect with `style = \"{}\"`",
            settings.style.as_str()
        );
        reader.fault(
            node,
            message,
            "set `style = \"template\"`, or remove the key",
        );
    }
    settings.breaking = table.text("breaking").and_then(BreakingPlace::parse);
    settings.scopes = table
        .text("scopes")
        .and_then(Scopes::parse)
        .unwrap_or(settings.scopes);
    settings.links = table.get("links").and_then(Node::as_bool);
    settings.forge = table.text("forge").and_then(Forge::parse);
    for key in ["url", "forge"] {
        if let Some(node) = table.get(key).filter(|_| settings.links == Some(false)) {
            let message = format!("`changelog.{key}` has no effect without links");
            reader.fault(node, message, "remove the key, or remove `links = false`");
        }
    }
    settings.url = table
        .get("url")
        .and_then(|node| reader.page(node, settings.forge));
    settings.bots = texts(table.get("bots"))
        .map(|(text, _)| text.to_owned())
        .collect();
}

pub(super) fn version_files(nodes: &[Node], reader: &mut Reader) -> Vec<VersionFile> {
    let mut read = |node: &Node| match node.as_table() {
        None => Some(VersionFile {
            file: reader.path(node)?,
            pattern: None,
        }),
        Some(table) => {
            let pattern = table.get("pattern");
            if let Some(node) = pattern {
                reader.version_pattern(node);
            }
            let pattern = pattern.and_then(Node::as_str).map(str::to_owned);
            Some(VersionFile {
                file: reader.path(table.get("file")?)?,
                pattern,
            })
        }
    };
    nodes.iter().filter_map(&mut read).collect()
}

fn rule_settings(table: &Table, reader: &mut Reader) -> RuleSettings {
    let overrides = table
        .get("overrides")
        .and_then(Node::as_array)
        .unwrap_or_default();
    let overrides = overrides.iter().filter_map(Node::as_table);
    RuleSettings {
        levels: levels(table),
        overrides: overrides
            .map(|table| Override {
                files: table
                    .get("files")
                    .map(|node| reader.globs(node))
                    .unwrap_or_default(),
                levels: levels(table),
            })
            .collect(),
    }
}

fn levels(table: &Table) -> Vec<RuleLevel> {
    let read = |entry: &Entry| {
        let options = entry.value.as_table().cloned().unwrap_or_default();
        let word = entry.value.as_str().or_else(|| options.text("level"));
        RuleLevel {
            selector: entry.key.clone(),
            span: entry.key_span,
            level: word.and_then(Level::parse),
            options,
        }
    };
    entries(table, "rules").iter().map(read).collect()
}

fn entries<'a>(table: &'a Table, key: &str) -> &'a [Entry] {
    table
        .get(key)
        .and_then(Node::as_table)
        .map(Table::entries)
        .unwrap_or_default()
}

pub(super) fn texts(node: Option<&Node>) -> impl Iterator<Item = (&str, &Node)> {
    node.and_then(Node::as_array)
        .unwrap_or_default()
        .iter()
        .filter_map(|node| Some((node.as_str()?, node)))
}

fn set_text(table: &Table, key: &str, value: &mut String) {
    if let Some(text) = table.text(key) {
        text.clone_into(value);
    }
}

/// What is wrong with the type of a commit as a configuration names it, and how it is named; `None`
/// for a good one.
fn type_fault(name: &str) -> Option<(String, String)> {
    if Header::parse(&format!("{name}: x")).is_some_and(|header| header.kind() == name) {
        return None;
    }
    let end = name
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
        .unwrap_or(name.len());
    let kind = &name[..end];
    let help = if Header::parse(&format!("{kind}: x")).is_some() {
        format!("write only the type, `{kind}`, which covers every scope, with and without `!`")
    } else {
        "start with a letter, followed by letters, digits, `-`, or `_`, such as `feat`".to_owned()
    };
    Some((format!("`{name}` is not a valid commit type"), help))
}

impl Reader {
    pub(super) fn fault(&mut self, node: &Node, message: String, help: &str) {
        self.faults.push(Fault {
            message,
            help: help.to_owned(),
            label: Label::new(node.span, ""),
        });
    }

    /// Judges keys that are types of commits, or `*` for all others.
    fn types_as_keys(&mut self, entries: &[Entry]) {
        for (at, entry) in entries.iter().enumerate() {
            let before = entries[..at]
                .iter()
                .find(|before| before.key.eq_ignore_ascii_case(&entry.key));
            let fault = match before {
                Some(before) => {
                    let message = format!("`{}` and `{}` are the same type", before.key, entry.key);
                    Some((
                        message,
                        "remove one of them; types are case-insensitive".to_owned(),
                    ))
                }
                None if entry.key == ANY_TYPE => None,
                None => type_fault(&entry.key),
            };
            let label = Label::new(entry.key_span, "");
            self.faults.extend(fault.map(|(message, help)| Fault {
                message,
                help,
                label,
            }));
        }
    }

    /// Judges a list of types, in which `*` says nothing; `all` is the way to mean all types.
    pub(super) fn types_in_list(&mut self, node: Option<&Node>, all: &str) {
        for (name, node) in texts(node) {
            match type_fault(name) {
                Some((message, _)) if name == ANY_TYPE => self.fault(node, message, all),
                Some((message, help)) => self.fault(node, message, &help),
                None => {}
            }
        }
    }

    /// Judges a text in which only `{version}` is replaced.
    fn placeholders(&mut self, node: &Node) {
        let pieces = node
            .as_str()
            .unwrap_or_default()
            .split('{')
            .skip(1)
            .filter_map(|piece| piece.split_once('}'));
        for (name, _) in pieces.filter(|(name, _)| *name != "version") {
            if !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            {
                self.fault(
                    node,
                    format!("unknown placeholder `{{{name}}}`"),
                    "use `{version}`, the only placeholder",
                );
            }
        }
    }

    pub(super) fn globs(&mut self, node: &Node) -> Vec<String> {
        for (text, node) in texts(Some(node)) {
            if let Err(error) = glob_set(&[text]) {
                let kind = error.kind();
                self.fault(
                    node,
                    format!("`{text}` is not a valid glob: {kind}"),
                    "globs support `*`, `**`, `?`, `[a-z]`, and `{a,b}`",
                );
            } else if text.starts_with('/') || text.split('/').any(|name| name == "..") {
                let fault = PathFault::Outside;
                self.fault(node, format!("`{text}` {fault}"), fault.help());
            } else if text.split('/').any(is_git_folder) {
                let fault = PathFault::GitFolder;
                self.fault(node, format!("`{text}` {fault}"), fault.help());
            }
        }
        // `./a` and `a` are one path, and git knows only the second.
        texts(Some(node))
            .map(|(text, _)| text.trim_start_matches("./").to_owned())
            .collect()
    }

    pub(super) fn pattern(&mut self, key: &str, node: &Node) -> Option<Regex> {
        let built = RegexBuilder::new(node.as_str()?)
            .size_limit(PATTERN_BYTES)
            .build();
        built
            .map_err(|error| {
                let error = error.to_string(); // the last line says what it is, those before draw where
                let reason = error
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_start_matches("error: ");
                let help = "see the syntax at https://docs.rs/regex/#syntax";
                self.fault(
                    node,
                    format!("`{key}` is not a valid regular expression: {reason}"),
                    help,
                );
            })
            .ok()
    }

    fn version_pattern(&mut self, node: &Node) {
        let Some(regex) = self.pattern("pattern", node) else {
            return;
        };
        if !regex
            .capture_names()
            .flatten()
            .any(|name| name == "version")
        {
            self.fault(
                node,
                "`pattern` has no group named `version`".into(),
                "capture the version in a named group, such as `v(?<version>[0-9.]+)`",
            );
        }
    }

    /// Takes a file of the repository; `./a` and `a` are one path.
    pub(super) fn path(&mut self, node: &Node) -> Option<String> {
        let path = node.as_str()?.trim_start_matches("./");
        // That it is empty is reported already.
        if !path.is_empty()
            && let Err(fault) = RepoPath::portable(path)
        {
            self.fault(node, format!("`{path}` {fault}"), fault.help());
        }
        Some(path.to_owned())
    }

    /// The page of a repository, on a host that tells the forge where `forge` does not.
    fn page(&mut self, node: &Node, forge: Option<Forge>) -> Option<String> {
        let url = node.as_str()?;
        let rest = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"))
            .unwrap_or_default();
        let (authority, path) = rest.split_once('/').unwrap_or_default();
        let host = authority.split(':').next().unwrap_or_default();
        let is_plain = |c: char| c.is_ascii_graphic() && !"@\\<>\"`".contains(c);
        if host.is_empty() || path.is_empty() || !url.chars().all(is_plain) {
            let help =
                "write the web address of the repository, such as `https://github.com/owner/name`";
            self.fault(
                node,
                "`changelog.url` is not a valid web address".into(),
                help,
            );
            return None;
        }
        if forge.is_none() && Forge::of_host(host).is_none() {
            let words = Forge::WORDS.join("`, `");
            self.fault(
                node,
                "`changelog.forge` is missing".into(),
                &format!("the forge cannot be detected from the host name: set `forge` to one of `{words}`"),
            );
        }
        Some(url.to_owned())
    }

    fn initial(&mut self, node: &Node) -> Option<Version> {
        let text = node.as_str()?;
        match Version::parse(text) {
            Ok(version) if version::core(&version) == version => Some(version),
            _ => {
                self.fault(
                    node,
                    format!("`{text}` is not a valid initial version"),
                    "write three numbers, such as `0.1.0`",
                );
                None
            }
        }
    }

    /// Takes what `git check-ref-format` lets stand at the beginning of a tag's name.
    pub(super) fn tag_prefix(&mut self, node: &Node) -> Option<String> {
        Some(self.prefix_of(node, node.as_str()?.to_owned()))
    }

    /// The same for a prefix that follows from what stands at `node`.
    pub(super) fn prefix_of(&mut self, node: &Node, prefix: String) -> String {
        if !can_begin_tag_name(&prefix) {
            self.fault(
                node,
                format!("`{prefix}` is not a valid tag prefix"),
                "see `git help check-ref-format` for the rules",
            );
        }
        prefix
    }
}

/// Whether Git allows a text at the start of a tag's name (`git check-ref-format`).
pub(super) fn can_begin_tag_name(text: &str) -> bool {
    let has_forbidden_character =
        text.contains(|c: char| c.is_control() || " ~^:?*[\\".contains(c));
    let has_forbidden_sequence = ["..", "//", "/.", "@{", ".lock/"]
        .iter()
        .any(|bad| text.contains(bad));
    !(has_forbidden_character || has_forbidden_sequence || text.starts_with(['-', '/', '.']))
}
