//! Lints tickets and release files.
//!
//! Decides the order of things: a text that is too large is not parsed, a text with syntax errors is
//! not modelled, and suppressions are checked last, when it is known what they suppress.

use std::collections::{BTreeSet, HashMap};

use super::all;
use super::checked_tree::CheckedTree;
use super::plan;
use super::rule::{Check, Rule, TicketContext};
use super::run::run_checks;
use super::settings::Settings;
use super::suppress::{self, Suppression};
use crate::config::Level;
use crate::finding::{Checked, Finding, Place, Severity};
use crate::parallel;
use crate::release_file::ParsedReleaseFile;
use crate::source::{Source, Span};
use crate::text::is_foreign;
use crate::ticket::{self, Kind, ParsedTicket, State, Ticket};

/// Lints one ticket by itself, as an editor does: rules that compare tickets do not run.
#[must_use]
pub fn lint_ticket(source: &Source, settings: &Settings) -> Checked {
    let linter = TicketLinter {
        scope: LintScope::SingleTicket,
        tree: None,
        settings,
    };
    linter.lint(std::slice::from_ref(source))
}

/// Lints tickets among the other tickets of their repository, which get no findings. A text with the
/// path of a release file is linted as one.
#[must_use]
pub fn lint_tickets(sources: &[Source], others: &[Source], settings: &Settings) -> Checked {
    let linter = TicketLinter {
        scope: LintScope::Repository(others),
        tree: None,
        settings,
    };
    linter.lint(sources)
}

/// Lints tickets as [`lint_tickets`] does, and compares them with the tree that they belong to.
#[must_use]
pub(crate) fn lint_repository(
    sources: &[Source],
    others: &[Source],
    tree: &CheckedTree,
    settings: &Settings,
) -> Checked {
    let linter = TicketLinter {
        scope: LintScope::Repository(others),
        tree: Some(tree),
        settings,
    };
    linter.lint(sources)
}

/// Lints the tickets that a branch adds or edits. A ticket that the branch closes is linted as if it
/// were still open.
///
/// `finished` are the paths of the tickets that were finished before. Only their structure is
/// checked. `tree` is the one after the merge.
#[must_use]
pub(crate) fn lint_branch(
    sources: &[Source],
    others: &[Source],
    finished: &BTreeSet<String>,
    tree: &CheckedTree,
    settings: &Settings,
) -> Checked {
    let linter = TicketLinter {
        scope: LintScope::Branch(others, finished),
        tree: Some(tree),
        settings,
    };
    linter.lint(sources)
}

/// The tickets that the linted ones are seen among.
#[derive(Debug, Clone, Copy)]
enum LintScope<'a> {
    /// Each by itself.
    SingleTicket,
    /// Each other and these: all tickets of the repository.
    Repository(&'a [Source]),
    /// The same, on a branch. The tickets at these paths were finished before.
    Branch(&'a [Source], &'a BTreeSet<String>),
}

impl<'a> LintScope<'a> {
    /// The other tickets of the repository; `None` if they are unknown.
    const fn others(self) -> Option<&'a [Source]> {
        match self {
            Self::SingleTicket => None,
            Self::Repository(others) | Self::Branch(others, _) => Some(others),
        }
    }

    /// The state that levels depend on. A ticket is checked in full once more when it is closed.
    fn state(self, ticket: &Ticket) -> State {
        match self {
            Self::Branch(_, finished)
                if ticket.state == State::Closed && !finished.contains(ticket.source.name()) =>
            {
                State::Validating
            }
            _ => ticket.state,
        }
    }
}

/// A file with its findings, before suppressions are applied. Its tree is not kept, since there may
/// be many files.
struct LintedFile {
    source: Source,
    /// In a box, because files are moved when the threads are done.
    ticket: Option<Box<Ticket>>,
    suppressions: Vec<Suppression>,
    findings: Vec<Finding>,
}

struct TicketLinter<'a> {
    scope: LintScope<'a>,
    /// What is known of the tree that the tickets belong to.
    tree: Option<&'a CheckedTree>,
    settings: &'a Settings,
}

impl TicketLinter<'_> {
    fn lint(&self, sources: &[Source]) -> Checked {
        let mut files = self.lint_files(sources);
        let others: Vec<Ticket> = self
            .scope
            .others()
            .unwrap_or_default()
            .iter()
            .filter_map(|source| self.parse(source))
            .collect();
        if self.scope.others().is_some() {
            self.compare(&mut files, &others);
        }
        let findings: Vec<Finding> = files
            .into_iter()
            .flat_map(|file| self.apply_suppressions(file))
            .collect();
        let related: BTreeSet<&str> = findings
            .iter()
            .flat_map(|finding| &finding.related)
            .map(|related| related.place.name())
            .collect();
        let related = others
            .iter()
            .map(|ticket| &ticket.source)
            .filter(|source| related.contains(source.name()));
        let texts = sources.iter().chain(related);
        let texts: Vec<_> = texts
            .map(|source| (Place::file(source), source.clone()))
            .collect();
        let is_release_file = |source: &&Source| self.is_release_file(source);
        let release_files = sources.iter().filter(is_release_file).count();
        Checked {
            tickets: sources.len() - release_files,
            release_files,
            ..Checked::new(findings, texts)
        }
    }

    /// Lints each file by itself, in order. The result does not depend on the number of threads.
    fn lint_files(&self, sources: &[Source]) -> Vec<LintedFile> {
        parallel::map(sources, |source| self.lint_file(source))
    }

    fn lint_file(&self, source: &Source) -> LintedFile {
        let without_ticket = |findings| LintedFile {
            source: source.clone(),
            ticket: None,
            suppressions: Vec::new(),
            findings,
        };
        let findings = self.run(source, None, |check, findings| {
            if let Check::Text(check) = check {
                findings.extend(check(source, self.settings));
            }
        });
        if !findings.is_empty() {
            return without_ticket(findings);
        }
        let linted = if self.is_release_file(source) {
            ParsedReleaseFile::parse(source)
                .map(|parsed| without_ticket(self.lint_release_file(&parsed)))
        } else {
            ParsedTicket::parse(source).map(|parsed| self.lint_parsed(parsed))
        };
        match linted {
            Ok(linted) => linted,
            Err(errors) => without_ticket(self.run(source, None, |check, findings| {
                if let Check::Syntax(check) = check {
                    findings.extend(errors.iter().map(|error| check(error, source)));
                }
            })),
        }
    }

    fn lint_parsed(&self, parsed: ParsedTicket) -> LintedFile {
        let faults = parsed.faults();
        let ParsedTicket { ticket, document } = parsed;
        let ctx = TicketContext {
            settings: self.settings,
            document: &document,
            plan_texts: ticket::plan_texts(&document),
            risk: ticket.risk.declared(),
        };
        let source = document.source();
        let mut findings = self.run(source, Some(&ticket), |check, findings| match check {
            Check::Document(check) => check(&document, findings),
            Check::Fault(check) => {
                findings.extend(faults.iter().filter_map(|fault| check(fault, &ctx)));
            }
            Check::Ticket(check) => check(&ticket, &ctx, findings),
            Check::Tree(check) => {
                if let Some(tree) = self.tree_of(source) {
                    check(&ticket, &ctx, tree, findings);
                }
            }
            _ => {}
        });
        drop_misread(&mut findings, &ctx);
        LintedFile {
            source: source.clone(),
            suppressions: suppress::suppressions(&document),
            ticket: Some(Box::new(ticket)),
            findings,
        }
    }

    fn is_release_file(&self, source: &Source) -> bool {
        self.settings.release_files.contains(source.name())
    }

    fn lint_release_file(&self, parsed: &ParsedReleaseFile) -> Vec<Finding> {
        self.run(parsed.source(), None, |check, findings| match check {
            Check::Document(check) => check(&parsed.document, findings),
            Check::ReleaseFile(check) => check(parsed, self.settings, findings),
            _ => {}
        })
    }

    /// What is known of the tree that a ticket belongs to.
    fn tree_of(&self, source: &Source) -> Option<&CheckedTree> {
        self.tree.filter(|tree| tree.knows(source.name()))
    }

    fn parse(&self, source: &Source) -> Option<Ticket> {
        if source.text().len() > self.settings.ticket_bytes {
            return None;
        }
        Some(ParsedTicket::parse(source).ok()?.ticket)
    }

    /// Adds what the rules that compare tickets find in files.
    fn compare(&self, files: &mut [LintedFile], others: &[Ticket]) {
        let tickets: Vec<&Ticket> = files
            .iter()
            .filter_map(|file| file.ticket.as_deref())
            .chain(others)
            .collect();
        let by_place: HashMap<Place, usize> = files
            .iter()
            .enumerate()
            .map(|(index, file)| (Place::file(&file.source), index))
            .collect();
        let findings = run_checks(
            |check, findings| {
                if let Check::Tickets(check) = check {
                    findings.extend(check(&tickets, self.settings));
                }
            },
            |rule, place| match by_place.get(place).map(|index| &files[*index]) {
                Some(file) => self.level(rule, &file.source, file.ticket.as_deref()),
                None => Level::Off,
            },
        );
        for finding in findings {
            files[by_place[&finding.place]].findings.push(finding);
        }
    }

    /// Drops the findings that comments suppress, and adds those about the comments.
    fn apply_suppressions(&self, file: LintedFile) -> Vec<Finding> {
        let LintedFile {
            source,
            ticket,
            mut suppressions,
            mut findings,
        } = file;
        findings.retain(|finding| !suppress::suppress(&mut suppressions, finding, &source));
        let is_run = |rule: &Rule| {
            let knows_tree = self.tree_of(&source).is_some_and(|tree| {
                // Before its commits come, a plan is compared only in part.
                tree.covers_commits(source.name()) != Some(false)
            });
            let is_known = (self.scope.others().is_some() || !rule.is_cross_ticket())
                && (knows_tree || !rule.needs_tree());
            is_known && self.level(rule, &source, ticket.as_deref()) != Level::Off
        };
        for suppression in &mut suppressions {
            suppression.unused &= rule(&suppression.rule).is_some_and(is_run);
        }
        findings.extend(self.run(&source, ticket.as_deref(), |check, findings| {
            if let Check::Suppression(check) = check {
                findings.extend(suppressions.iter().filter_map(check));
            }
        }));
        findings
    }

    fn run(
        &self,
        source: &Source,
        ticket: Option<&Ticket>,
        run: impl Fn(&Check, &mut Vec<Finding>),
    ) -> Vec<Finding> {
        run_checks(run, |rule, _| self.level(rule, source, ticket))
    }

    /// The level of a rule in a file, whose ticket is `None` if the text is not a ticket.
    fn level(&self, rule: &Rule, source: &Source, ticket: Option<&Ticket>) -> Level {
        if !plan::applies_to(rule, ticket.map_or(Kind::Normal, |ticket| ticket.kind)) {
            return Level::Off;
        }
        let state = ticket.map(|ticket| self.scope.state(ticket));
        self.settings.level(rule, source.name(), state)
    }
}

/// Where tickets were searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SearchedIn<'a> {
    /// At the globs of the configuration.
    Globs(&'a str),
    /// At named paths: a CI step that checks nothing must not pass silently.
    Paths(&'a str),
}

/// Drops the findings of rules that read English words, if the ticket is in another language.
fn drop_misread(findings: &mut Vec<Finding>, ctx: &TicketContext<'_>) {
    let reads_english = |finding: &Finding| rule(finding.rule).is_some_and(Rule::reads_english);
    let texts = || ctx.plan_texts.iter().map(|text| text.text.as_str());
    if findings.iter().any(reads_english) && is_foreign(texts()) {
        findings.retain(|finding| !reads_english(finding));
    }
}

/// The finding that there are no tickets: an error at named paths, unless the rule is off.
#[must_use]
pub(crate) fn none_found(searched: SearchedIn<'_>, settings: &Settings) -> Checked {
    let rule = &super::ticket::none_found::RULE;
    let (SearchedIn::Globs(required) | SearchedIn::Paths(required)) = searched;
    let place = Place::File(required.to_owned());
    let finding = rule
        .finding(place.clone(), Span::default(), "no tickets here")
        .message(format!("no tickets found in `{required}`"))
        .help("create a ticket with `tollgate ticket new`, or pass the paths of your ticket files");
    let severity = settings
        .level(rule, required, None)
        .severity()
        .map(|severity| match searched {
            SearchedIn::Globs(_) => severity,
            SearchedIn::Paths(_) => Severity::Error,
        });
    let finding = severity.map(|severity| finding.at_most(severity));
    Checked::new(
        finding.into_iter().collect(),
        [(place, Source::new(required, ""))],
    )
}

/// The rule of that name.
#[must_use]
pub(crate) fn rule(name: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.name == name)
}

/// The rule of that name; the group may be left out if no other rule has the rest of the name.
#[must_use]
pub(crate) fn resolve(name: &str) -> Option<&'static Rule> {
    let mut without_group = all().filter(|rule| rule.short_name() == name);
    rule(name).or_else(|| {
        without_group
            .next()
            .filter(|_| without_group.next().is_none())
    })
}

#[cfg(test)]
mod language_tests {
    use crate::rules::testing::rules_of;

    #[test]
    fn rules_that_read_english_are_silent_in_other_languages() {
        let hollow = "validation = [\"Monitor the logs\"]";
        assert!(rules_of(hollow).contains(&"content/unobservable-validation"));
        let german = format!(
            "{hollow}\ndescription = \"Der Pool wird erhöht, und die Dienste werden nach dem Neustart geprüft, wenn sich die Last legt. Das ist nicht schwer, und mit dem neuen Pool sind auch die Fehler aus der letzten Woche vorbei, die bei der Kasse auf den Seiten standen\""
        );
        assert!(!rules_of(&german).contains(&"content/unobservable-validation"));
    }

    #[test]
    fn contradictions_are_found_in_any_language() {
        let german = "title = \"Raise max_connections from 400 to 600\"\n\
                      description = \"Der Pool wird erhöht, und die Dienste werden nach dem Neustart geprüft, wenn sich die Last legt. Das ist nicht schwer, und mit dem neuen Pool sind auch die Fehler aus der letzten Woche vorbei, die bei der Kasse auf den Seiten standen\"\n\
                      deployment = [\"`max_connections = 800` setzen\"]";
        assert!(rules_of(german).contains(&"content/value-contradicted"));
    }
}
