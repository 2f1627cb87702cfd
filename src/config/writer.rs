//! The configuration that holds, written as a configuration.

use std::fmt::Write as _;

use super::{
    ApprovalPolicy, Config, Exception, Freeze, FrozenTime, Hook, Language, OverrideEffect, Policy,
    Quorum, Requirement, Roles, RuleLevel, VersionFile,
};
use crate::document::{Entry, quoted, quoted_key};
use crate::ticket::RiskLevel;
use crate::version::Bump;

impl Config {
    /// Writes every setting that holds, defaults included, as TOML that reads back the same.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        key(&mut out, "tickets", &list(&self.tickets));
        if let Some(pattern) = &self.id_pattern {
            key(&mut out, "id_pattern", &quoted(pattern.as_str()));
        }
        key(
            &mut out,
            "language",
            if self.language == Language::Off {
                "\"off\""
            } else {
                "\"en\""
            },
        );
        self.write_versions(&mut out);
        self.write_overrides(&mut out);
        if !self.scopes.is_empty() {
            out += "\n[commits]\n";
            key(&mut out, "scopes", &list(&self.scopes));
        }
        self.write_packages(&mut out);
        self.write_changelog(&mut out);
        self.write_release(&mut out);
        if !self.rules.levels.is_empty() {
            out += "\n[rules]\n";
            levels(&mut out, &self.rules.levels);
        }
        for settings in &self.rules.overrides {
            out += "\n[[overrides]]\n";
            key(&mut out, "files", &list(&settings.files));
            out += "[overrides.rules]\n";
            levels(&mut out, &settings.levels);
        }
        self.write_names(&mut out);
        self.freezes
            .iter()
            .for_each(|freeze| write_freeze(&mut out, freeze));
        if let Some(approvals) = &self.approvals {
            write_approvals(&mut out, approvals);
        }
        self.policies
            .iter()
            .for_each(|policy| write_policy(&mut out, policy));
        out += "\n[risk]\n";
        for (name, points) in self.risk.clone().entries() {
            key(&mut out, name, &points.to_string());
        }
        out += "\n[limits]\n";
        key(
            &mut out,
            "ticket_bytes",
            &self.limits.ticket_bytes.to_string(),
        );
        key(&mut out, "tickets", &self.limits.tickets.to_string());
        key(
            &mut out,
            "total_bytes",
            &self.limits.total_bytes.to_string(),
        );
        out
    }

    fn write_names(&self, out: &mut String) {
        for (alias, person) in &self.people {
            *out += &format!("\n[people.{}]\n", quoted_key(alias));
            key(out, "email", &quoted(&person.email));
            key(out, "roles", &list(&person.roles));
            key(out, "aliases", &list(&person.aliases));
        }
        if !self.goals.is_empty() {
            out.push_str("\n[goals]\n");
        }
        for (goal, text) in &self.goals {
            key(out, &quoted_key(goal), &quoted(text));
        }
    }

    fn write_versions(&self, out: &mut String) {
        let version = &self.version;
        out.push('\n');
        if let Some(prefix) = &version.tag_prefix {
            key(out, "tag_prefix", &quoted(prefix));
        }
        match &version.initial {
            Some(initial) => key(out, "initial", &quoted(&initial.to_string())),
            None => *out += &format!("# initial = \"{}\"\n", version.initial_version()),
        }
        key(
            out,
            "zero_breaking",
            &quoted(version.zero_breaking.as_str()),
        );
        key(out, "zero_feature", &quoted(version.zero_feature.as_str()));
        key(out, "first_parent", &version.first_parent.to_string());
        if !self.branches.is_empty() {
            key(out, "branches", &list(&self.branches));
        }
        out.push_str("\n[bumps]\n");
        for (kind, bump) in version.bumps.iter() {
            key(out, &quoted_key(kind), &quoted(Bump::as_str(bump)));
        }
    }

    fn write_overrides(&self, out: &mut String) {
        for entry in &self.version.overrides {
            out.push_str("\n[[override]]\n");
            key(out, "commit", &quoted(&entry.commit));
            match &entry.effect {
                OverrideEffect::Message(message) => key(out, "message", &quoted(message)),
                OverrideEffect::Bump(bump) => key(out, "bump", &quoted(bump.as_str())),
                OverrideEffect::Skip(reason) => key(out, "skip", &quoted(reason)),
            }
        }
    }

    fn write_packages(&self, out: &mut String) {
        for package in &self.packages {
            out.push_str("\n[[package]]\n");
            key(out, "name", &quoted(&package.name));
            key(out, "paths", &list(&package.paths));
            key(out, "tag_prefix", &quoted(&package.tag_prefix));
            if let Some(file) = &package.changelog {
                key(out, "changelog", &quoted(file));
            }
            if let Some(files) = &package.version_files {
                key(out, "version_files", &version_files(files));
            }
            key(out, "depends_on", &list(&package.depends_on));
        }
    }

    fn write_changelog(&self, out: &mut String) {
        let changelog = &self.changelog;
        out.push_str("\n[changelog]\n");
        if self.packages.is_empty() {
            key(out, "file", &quoted(&changelog.file));
        }
        key(out, "style", &quoted(changelog.style.as_str()));
        let sections = changelog
            .titles()
            .into_iter()
            .map(|(kind, title)| format!("{} = {}", quoted_key(kind), quoted(title)));
        key(
            out,
            "sections",
            &format!("{{ {} }}", sections.collect::<Vec<_>>().join(", ")),
        );
        key(out, "hidden", &list(&changelog.hidden));
        if let Some(title) = &changelog.unconventional {
            key(out, "unconventional", &quoted(title));
        }
        key(out, "prereleases", &quoted(changelog.prereleases.as_str()));
        if let Some(template) = &changelog.template {
            key(out, "template", &quoted(template));
        }
        key(
            out,
            "breaking",
            &quoted(changelog.breaking_place().as_str()),
        );
        key(out, "scopes", &quoted(changelog.scopes.as_str()));
        if let Some(links) = changelog.links {
            key(out, "links", &links.to_string());
        }
        if let Some(url) = &changelog.url {
            key(out, "url", &quoted(url));
        }
        if let Some(forge) = changelog.forge {
            key(out, "forge", &quoted(forge.as_str()));
        }
        key(out, "bots", &list(&changelog.bots));
    }

    fn write_release(&self, out: &mut String) {
        out.push_str("\n[release]\n");
        if let Some(files) = &self.release.version_files {
            key(out, "version_files", &version_files(files));
        }
        key(out, "commit_message", &quoted(&self.release.commit_message));
        key(
            out,
            "emergency_days",
            &self.release.emergency_days.to_string(),
        );
        for (name, hooks) in [
            ("before", &self.release.before),
            ("after", &self.release.after),
        ] {
            key(
                out,
                name,
                &format!(
                    "[{}]",
                    hooks
                        .iter()
                        .map(Hook::to_toml)
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            );
        }
    }
}

fn version_files(files: &[VersionFile]) -> String {
    let files = files.iter().map(|file| match &file.pattern {
        Some(pattern) => format!(
            "{{ file = {}, pattern = {} }}",
            quoted(&file.file),
            quoted(pattern)
        ),
        None => quoted(&file.file),
    });
    format!("[{}]", files.collect::<Vec<_>>().join(", "))
}

fn write_freeze(out: &mut String, freeze: &Freeze) {
    out.push_str("\n[[freeze]]\n");
    key(out, "name", &quoted(&freeze.name));
    match &freeze.time {
        FrozenTime::Once { start, end } => {
            key(out, "start", &start.to_string());
            key(out, "end", &end.to_string());
        }
        FrozenTime::Weekly { from, to, zone } => {
            let zone = quoted(zone.iana_name().unwrap_or("UTC"));
            key(
                out,
                "weekly",
                &format!("{{ from = \"{from}\", to = \"{to}\", zone = {zone} }}"),
            );
        }
    }
    key(out, "mode", &quoted(freeze.mode.as_str()));
    if let Some(reason) = &freeze.reason {
        key(out, "reason", &quoted(reason));
    }
    write_scope(out, "services", &freeze.services);
    write_scope(out, "environments", &freeze.environments);
    let words = |words: Vec<&str>| list(&words.into_iter().map(str::to_owned).collect::<Vec<_>>());
    key(
        out,
        "allow",
        &words(freeze.allow.iter().map(|kind| kind.as_str()).collect()),
    );
    key(
        out,
        "covers",
        &words(
            freeze
                .covers
                .iter()
                .map(|activity| activity.as_str())
                .collect(),
        ),
    );
}

fn write_approvals(out: &mut String, policy: &ApprovalPolicy) {
    out.push_str("\n[approvals]\n");
    if let Some(file) = &policy.allowed_signers {
        key(out, "allowed_signers", &quoted(file));
    }
    key(out, "bots", &list(&policy.bots));
    key(out, "emergency", &quoted(policy.emergency.as_str()));
    key(out, "emergency_roles", &list(&policy.emergency_roles));
    if let Some(pattern) = &policy.incident_pattern {
        key(out, "incident_pattern", &quoted(pattern));
    }
    for (name, risk) in RiskLevel::WORDS
        .iter()
        .filter_map(|word| Some((word, RiskLevel::parse(word)?)))
    {
        let Quorum {
            people,
            roles,
            evidence,
        } = policy.quorum(risk);
        let roles = match roles {
            Roles::Any => ", roles = []".to_owned(),
            Roles::One => String::new(),
            Roles::Each(roles) => format!(", roles = {}", list(roles)),
        };
        key(
            out,
            name,
            &format!(
                "{{ quorum = {people}{roles}, evidence = {} }}",
                quoted(evidence.as_str())
            ),
        );
    }
}

fn write_policy(out: &mut String, policy: &Policy) {
    out.push_str("\n[[policy]]\n");
    key(out, "name", &quoted(&policy.name));
    if let Some(since) = &policy.since {
        key(out, "since", &quoted(since));
    }
    let categories: Vec<String> = policy
        .categories
        .iter()
        .map(|category| category.as_str().to_owned())
        .collect();
    let lists = [
        ("paths", &policy.paths),
        ("types", &policy.types),
        ("scopes", &policy.scopes),
        ("categories", &categories),
    ];
    for (name, texts) in lists {
        write_scope(out, name, texts);
    }
    if let Some(bump) = policy.bump {
        key(out, "bump", &quoted(bump.as_str()));
    }
    if let Some(risk) = policy.risk {
        key(out, "risk", &quoted(risk.as_str()));
    }
    match &policy.requires {
        Requirement::Nothing => key(out, "requires", "\"none\""),
        Requirement::Ticket { sections, min_risk } => {
            key(out, "requires", "\"ticket\"");
            write_scope(out, "sections", sections);
            if let Some(risk) = min_risk {
                key(out, "min_risk", &quoted(risk.as_str()));
            }
            key(
                out,
                "allow_none",
                &(policy.exception == Exception::Allowed).to_string(),
            );
        }
    }
}

/// A list that is left out where it is empty, since it means all then.
fn write_scope(out: &mut String, name: &str, texts: &[String]) {
    if !texts.is_empty() {
        key(out, name, &list(texts));
    }
}

fn levels(out: &mut String, levels: &[RuleLevel]) {
    for rule in levels {
        let level = quoted(rule.level.map_or("default", super::Level::as_str));
        let options = rule
            .options
            .entries()
            .iter()
            .filter(|option| option.key != "level")
            .filter_map(option);
        let options: Vec<String> = options.collect();
        let value = match options.as_slice() {
            [] => level,
            options => format!("{{ level = {level}, {} }}", options.join(", ")),
        };
        key(out, &quoted_key(&rule.selector), &value);
    }
}

/// An option of a rule: those that there are hold words, numbers and truth values.
fn option(entry: &Entry) -> Option<String> {
    let value = &entry.value;
    let words = value.as_str().map(quoted);
    let value = words
        .or(value.as_integer().map(|n| n.to_string()))
        .or(value.as_bool().map(|truth| truth.to_string()));
    Some(format!("{} = {}", quoted_key(&entry.key), value?))
}

fn key(out: &mut String, key: &str, value: &str) {
    writeln!(out, "{key} = {value}").expect("a string takes any text");
}

fn list(texts: &[String]) -> String {
    format!(
        "[{}]",
        texts
            .iter()
            .map(|text| quoted(text))
            .collect::<Vec<_>>()
            .join(", ")
    )
}
