//! The pages of the rules are tests: a bad example raises exactly its rule, a good one nothing.

use super::commit::tests::{lint_committed, lint_draft, lint_object};
use super::rule::{Check, Example};
use super::testing::{TestFiles, settings_of};
use super::{CheckedTree, Rule, SearchedIn, Settings, all, lint_repository, none_found};
use crate::config::{Config, Level, Limits, Person, RuleLevel};
use crate::document::{self, Document, Requirement, Table};
use crate::finding::Checked;
use crate::source::{Source, Span};

/// The headings of every page, in order; a page may have `## Example` and `## Options` too, in
/// their places.
const HEADINGS: [&str; 6] = [
    "## Why it matters",
    "## Use instead",
    "## What it checks",
    "## How to fix",
    "## How to suppress",
    "## Since",
];

/// What a rule needs to be asked for at all.
fn settings_for(rule: &Rule, examples: &[String]) -> Settings {
    let mut config = Config::default();
    match rule.name {
        "ticket/id-mismatch" => {
            config.id_pattern = Some(regex::Regex::new("^CHG-[0-9]{4}$").unwrap());
        }
        "ticket/unknown-goal" => {
            config.goals = [("G-1".into(), "Checkout under two seconds".into())].into();
        }
        "ticket/unknown-person" => {
            config.people = [(
                "bo".into(),
                Person {
                    email: "bo@example.com".into(),
                    ..Person::default()
                },
            )]
            .into();
        }
        "plan/schedule-in-freeze" => {
            let freeze = "[[freeze]]\nname = \"year end\"\nstart = 2026-12-18T18:00:00+01:00\nend = 2027-01-04T08:00:00+01:00";
            config.freezes = Config::parse(Source::new("tollgate.toml", freeze))
                .unwrap()
                .freezes;
        }
        "ticket/too-large" => {
            config.limits = Limits {
                ticket_bytes: examples[0].len() - 1,
                ..config.limits
            }
        }
        "commit/unknown-scope" => config.scopes = ["api".into(), "cart".into()].into(),
        _ => {}
    }
    if rule.level == Level::Off {
        let (selector, span, options) = (rule.name.to_owned(), Span::default(), Table::default());
        config.rules.levels.push(RuleLevel {
            selector,
            span,
            level: Some(Level::Warning),
            options,
        });
    }
    settings_of(&config)
}

fn examples(rule: &Rule, kind: Example) -> Vec<String> {
    rule.examples(kind).into_iter().map(str::to_owned).collect()
}

/// Whether the examples of a page are texts to lint; those of rules about branches and releases are
/// sessions at a terminal.
fn looks_at_texts(rule: &Rule) -> bool {
    !["gate", "release"].contains(&rule.group())
}

fn lint(rule: &Rule, kind: Example) -> Vec<Checked> {
    if rule.group() == "commit" {
        let settings = settings_for(rule, &[]);
        let lint = |example: &String| match rule.name {
            "commit/malformed" => lint_object(example.as_bytes(), &settings),
            "commit/unmergeable-fixup" => lint_committed(example, &settings),
            _ => lint_draft(example, &settings),
        };
        return examples(rule, kind).iter().map(lint).collect();
    }
    if rule
        .checks
        .iter()
        .any(|check| matches!(check, Check::Approvals(_)))
    {
        let examples = examples(rule, kind);
        return examples
            .iter()
            .map(|text| super::approval::testing::lint_example(rule.name, text))
            .collect();
    }
    lint_examples(rule, examples(rule, kind))
}

/// The tree that the examples of a rule belong to.
fn tree_for(rule: &Rule, tickets: &[Source]) -> CheckedTree {
    let files = match rule.name {
        "plan/unknown-migration" => TestFiles::empty(&["db/migrations/0042_add_status.sql"]),
        _ => TestFiles::empty(&[]),
    };
    CheckedTree::read(&files, tickets, None).unwrap()
}

/// Rules across tickets see the examples of a section together, all others each by itself.
fn lint_examples(rule: &Rule, texts: Vec<String>) -> Vec<Checked> {
    let settings = settings_for(rule, &examples(rule, Example::Bad));
    let source = |(number, text)| Source::new(format!("changes/{number}.toml"), text);
    let sources: Vec<Source> = texts.into_iter().enumerate().map(source).collect();
    let together = if rule.is_cross_ticket() {
        sources.len().max(1)
    } else {
        1
    };
    sources
        .chunks(together)
        .map(|sources| lint_repository(sources, &[], &tree_for(rule, sources), &settings))
        .collect()
}

#[test]
fn a_bad_example_raises_exactly_its_rule() {
    let mut wrong = Vec::new();
    for rule in all().filter(|rule| looks_at_texts(rule) && rule.name != "ticket/none-found") {
        let checked = lint(rule, Example::Bad);
        assert!(!checked.is_empty(), "{} shows no bad example", rule.name);
        for checked in checked {
            let mut rules: Vec<&str> = checked
                .findings
                .iter()
                .map(|finding| finding.rule)
                .collect();
            rules.dedup();
            if rules != [rule.name] {
                wrong.push(format!("{} raises {rules:?}", rule.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn comment_suppresses_bad_example_if_allowed() {
    for rule in all().filter(|rule| ["toml", "ticket", "content", "plan"].contains(&rule.group())) {
        let silenced = |text: String| {
            format!(
                "{text}\n# tollgate: allow-file[{}] it is meant so\n",
                rule.name
            )
        };
        let texts = examples(rule, Example::Bad)
            .into_iter()
            .map(silenced)
            .collect();
        for checked in lint_examples(rule, texts) {
            let reports = checked
                .findings
                .iter()
                .any(|finding| finding.rule == rule.name);
            assert_eq!(reports, !rule.can_be_suppressed(), "{}", rule.name);
        }
    }
}

#[test]
fn a_good_example_raises_nothing() {
    let mut wrong = Vec::new();
    for rule in all().filter(|rule| looks_at_texts(rule)) {
        let checked = lint(rule, Example::Good);
        assert!(!checked.is_empty(), "{} shows no good example", rule.name);
        for checked in checked {
            let raised = checked
                .findings
                .iter()
                .map(|finding| format!("{} raises {}", rule.name, finding.rule));
            wrong.extend(raised);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn requiring_tickets_without_any_is_reported() {
    let checked = none_found(
        SearchedIn::Globs("changes"),
        &settings_of(&Config::default()),
    );
    assert_eq!(
        checked
            .findings
            .iter()
            .map(|finding| finding.rule)
            .collect::<Vec<_>>(),
        ["ticket/none-found"]
    );
}

#[test]
fn every_page_has_all_its_parts() {
    for rule in all() {
        assert!(
            rule.page.starts_with(&format!("# {}\n", rule.name)),
            "{}",
            rule.name
        );
        let prose: String = rule.page.split("```").step_by(2).collect();
        let headings: Vec<&str> = prose
            .lines()
            .filter(|line| line.starts_with("## "))
            .collect();
        let required: Vec<&str> = headings
            .iter()
            .copied()
            .filter(|heading| !["## Example", "## Options"].contains(heading))
            .collect();
        assert_eq!(required, HEADINGS, "{}", rule.name);
        assert_eq!(
            headings.contains(&"## Options"),
            !rule.options.is_empty(),
            "{}",
            rule.name
        );
        assert!(
            rule.page
                .trim_end()
                .ends_with(&format!("## Since\n\n{}", rule.since)),
            "{}",
            rule.name
        );
    }
}

#[test]
fn options_have_valid_defaults_and_descriptions() {
    for rule in all() {
        for option in rule.options {
            let toml = format!("{} = {}", option.name, option.default.unwrap_or_default());
            let (document, errors) = Document::parse(Source::new("default", toml));
            assert!(
                errors.is_empty() && document::check(document.root(), &[*option]).is_empty(),
                "{}",
                rule.name
            );
            assert!(
                option.doc.ends_with('.') && option.requirement == Requirement::Optional,
                "{}",
                rule.name
            );
            let default = option.default.unwrap_or_default();
            let (name, section) = (option.name, rule.page.split("## Options").nth(1));
            let line = section.and_then(|section| {
                section
                    .lines()
                    .find(|line| line.starts_with(&format!("- `{name}`")))
            });
            assert!(
                line.is_some_and(|line| line.contains(default)),
                "{}: {name} defaults to {default}",
                rule.name
            );
        }
    }
}

#[test]
fn names_are_unique_and_grouped() {
    let names: Vec<&str> = all().map(|rule| rule.name).collect();
    let mut unique = names.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), names.len());
    assert!(
        names
            .iter()
            .all(|name| super::GROUPS.contains(&name.split('/').next().unwrap_or_default()))
    );
}

#[test]
fn every_finding_has_help() {
    for rule in all().filter(|rule| looks_at_texts(rule)) {
        for finding in lint(rule, Example::Bad)
            .into_iter()
            .flat_map(|checked| checked.findings)
        {
            assert!(!finding.help.is_empty(), "{}", rule.name);
            assert!(
                !finding.message.ends_with('.') && !finding.message.is_empty(),
                "{}",
                finding.message
            );
        }
    }
}
