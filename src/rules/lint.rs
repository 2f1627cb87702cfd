//! The front door: tickets in, findings out.
//!
//! Decides the order of things: a text that is too large is not parsed, one that does not parse is
//! not modelled, and suppressions are judged last, when it is known what they silence. Levels come
//! from the settings alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::all;
use super::plan;
use super::rule::{Check, Rule, TicketContext};
use super::settings::Settings;
use super::suppress::{self, Suppression};
use crate::config::Level;
use crate::finding::{Checked, Finding, Place, Severity, sort};
use crate::source::{Source, Span};
use crate::ticket::{self, Kind, ParsedTicket, State, Ticket};

/// What is known of a file before levels and suppressions; its tree is not kept, since there may be
/// many files.
struct LintedFile {
    source: Source,
    ticket: Option<Ticket>,
    suppressions: Vec<Suppression>,
    findings: Vec<Finding>,
}

/// From how many files on the work is shared among threads.
const MANY_FILES: usize = 64;

/// Among what tickets are seen.
#[derive(Debug, Clone, Copy)]
enum LintScope<'a> {
    /// Each by itself, without the other tickets.
    SingleTicket,
    /// Among each other and these, and there are no more.
    Repository(&'a [Source]),
    /// The same, as a branch brings them; those of these paths were over before.
    Branch(&'a [Source], &'a BTreeSet<&'a str>),
}

impl<'a> LintScope<'a> {
    /// The other tickets of the repository, where it is known which there are.
    const fn others(self) -> Option<&'a [Source]> {
        match self {
            Self::SingleTicket => None,
            Self::Repository(others) | Self::Branch(others, _) => Some(others),
        }
    }

    /// The state that levels depend on: a ticket is checked once more when it is closed.
    fn state(self, ticket: &Ticket) -> State {
        match self {
            Self::Branch(_, over)
                if ticket.state == State::Closed && !over.contains(ticket.source.name()) =>
            {
                State::Validating
            }
            _ => ticket.state,
        }
    }
}

/// Lints one ticket by itself, as an editor does: rules that look at other tickets too do not
/// speak.
#[must_use]
pub fn lint_ticket(source: &Source, settings: &Settings) -> Checked {
    lint(
        std::slice::from_ref(source),
        LintScope::SingleTicket,
        settings,
    )
}

/// Lints tickets among the other tickets of their repository, which get no findings.
#[must_use]
pub fn lint_tickets(sources: &[Source], others: &[Source], settings: &Settings) -> Checked {
    lint(sources, LintScope::Repository(others), settings)
}

/// Lints the tickets that a branch brings as [`lint_tickets`] does; what it closes is judged as if
/// it were not over yet.
///
/// `over` are the paths of those that were over before, of which the structure alone is judged.
#[must_use]
pub fn lint_branch(
    sources: &[Source],
    others: &[Source],
    over: &BTreeSet<&str>,
    settings: &Settings,
) -> Checked {
    lint(sources, LintScope::Branch(others, over), settings)
}

fn lint(sources: &[Source], scope: LintScope<'_>, settings: &Settings) -> Checked {
    let mut file: Vec<LintedFile> = lint_files(sources, settings);
    let mut others: Vec<Ticket> = Vec::new();
    if let Some(sources) = scope.others() {
        others.extend(
            sources
                .iter()
                .filter_map(|source| parse_ticket(source, settings)),
        );
        run_cross_ticket_checks(&mut file, &others, settings);
    }
    let mut checked = Checked {
        tickets: sources.len(),
        ..Checked::default()
    };
    for file in file {
        checked
            .sources
            .insert(Place::file(&file.source), file.source.clone());
        checked
            .findings
            .extend(resolve_severities(file, scope, settings));
    }
    let known: BTreeMap<&str, &Source> = others
        .iter()
        .map(|t| (t.source.name(), &t.source))
        .collect();
    for (place, _) in checked.findings.iter().flat_map(|finding| &finding.related) {
        if let Some(source) = known.get(place.name()) {
            checked
                .sources
                .entry(place.clone())
                .or_insert_with(|| (*source).clone());
        }
    }
    sort(&mut checked.findings);
    checked
}

/// Where tickets were looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchedIn<'a> {
    /// At the globs of the configuration.
    Globs(&'a str),
    /// At named paths: a CI step that checks nothing must not pass silently.
    Paths(&'a str),
}

/// The finding that there are no tickets; at named paths an error, unless the rule is off.
#[must_use]
pub fn none_found(searched: SearchedIn<'_>, settings: &Settings) -> Checked {
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
    Checked {
        findings: severity
            .map(|severity| finding.at_most(severity))
            .into_iter()
            .collect(),
        sources: BTreeMap::from([(place, Source::new(required, ""))]),
        ..Checked::default()
    }
}

fn checks() -> impl Iterator<Item = &'static Check> {
    all().flat_map(|rule| rule.checks)
}

/// Judges each file by itself, in order; the result does not depend on how many threads there are.
fn lint_files(sources: &[Source], settings: &Settings) -> Vec<LintedFile> {
    let lint_chunk = |part: &[Source]| {
        part.iter()
            .map(|source| lint_file(source, settings))
            .collect::<Vec<_>>()
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    if sources.len() < MANY_FILES || threads == 1 {
        return lint_chunk(sources);
    }
    std::thread::scope(|scope| {
        let parts = sources.chunks(sources.len().div_ceil(threads));
        let running: Vec<_> = parts
            .map(|part| scope.spawn(move || lint_chunk(part)))
            .collect();
        let join = |part: std::thread::ScopedJoinHandle<'_, Vec<LintedFile>>| {
            part.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        running.into_iter().flat_map(join).collect()
    })
}

fn lint_file(source: &Source, settings: &Settings) -> LintedFile {
    let nothing = |findings| LintedFile {
        source: source.clone(),
        ticket: None,
        suppressions: Vec::new(),
        findings,
    };
    let refused = checks().find_map(|check| match check {
        Check::Text(check) => check(source, settings),
        _ => None,
    });
    if let Some(finding) = refused {
        return nothing(vec![finding]);
    }
    let parsed = match ParsedTicket::parse(source) {
        Ok(parsed) => parsed,
        Err(errors) => {
            let mut findings = Vec::new();
            for check in checks() {
                if let Check::Syntax(check) = check {
                    findings.extend(errors.iter().map(|error| check(error, source)));
                }
            }
            return nothing(findings);
        }
    };
    let faults = parsed.faults();
    let ParsedTicket { ticket, document } = parsed;
    let ctx = TicketContext {
        settings,
        document: &document,
        plan_texts: ticket::plan_texts(&document),
        risk: settings.risk_of(&ticket),
    };
    let mut findings = Vec::new();
    for check in checks() {
        match check {
            Check::Document(check) => check(&document, &mut findings),
            Check::Fault(check) => {
                findings.extend(faults.iter().filter_map(|fault| check(fault, &ctx)));
            }
            Check::Ticket(check) => check(&ticket, &ctx, &mut findings),
            Check::Text(_)
            | Check::Syntax(_)
            | Check::Tickets(_)
            | Check::Message(_)
            | Check::Branch(_)
            | Check::Approvals(_)
            | Check::Release(_)
            | Check::Suppression(_) => {}
        }
    }
    let suppressions = suppress::suppressions(&document);
    LintedFile {
        source: source.clone(),
        ticket: Some(ticket),
        suppressions,
        findings,
    }
}

fn parse_ticket(source: &Source, settings: &Settings) -> Option<Ticket> {
    if source.text().len() > settings.ticket_bytes {
        return None;
    }
    Some(ParsedTicket::parse(source).ok()?.ticket)
}

fn run_cross_ticket_checks(files: &mut [LintedFile], others: &[Ticket], settings: &Settings) {
    let tickets: Vec<&Ticket> = files
        .iter()
        .filter_map(|file| file.ticket.as_ref())
        .chain(others)
        .collect();
    let mut found: HashMap<Place, Vec<Finding>> = HashMap::new();
    for check in checks() {
        if let Check::Tickets(check) = check {
            for finding in check(&tickets, settings) {
                found
                    .entry(finding.place.clone())
                    .or_default()
                    .push(finding);
            }
        }
    }
    for file in files {
        let found = found.remove(&Place::file(&file.source));
        file.findings.extend(found.into_iter().flatten());
    }
}

/// Silences what is suppressed, judges the suppressions, and gives the rest its severity.
fn resolve_severities(file: LintedFile, scope: LintScope<'_>, settings: &Settings) -> Vec<Finding> {
    let path = file.source.name();
    let state: Option<State> = file.ticket.as_ref().map(|ticket| scope.state(ticket));
    let kind = file
        .ticket
        .as_ref()
        .map_or(Kind::Normal, |ticket| ticket.kind);
    let level = |name: &str| match rule(name) {
        Some(rule) if plan::applies_to(rule, kind) => settings.level(rule, path, state),
        _ => Level::Off,
    };
    let mut findings: Vec<Finding> = file
        .findings
        .into_iter()
        .filter(|finding| level(finding.rule) != Level::Off)
        .collect();
    let mut suppressions = file.suppressions;
    findings.retain(|finding| !suppress::suppress(&mut suppressions, finding, &file.source));
    let could_speak = |name: &str| {
        let seen =
            scope.others().is_some() || rule(name).is_some_and(|rule| !rule.is_cross_ticket());
        seen && level(name) != Level::Off
    };
    for suppression in &mut suppressions {
        suppression.unused = suppression.unused && could_speak(&suppression.rule);
    }
    let judges = checks().filter_map(|check| match check {
        Check::Suppression(check) => Some(check),
        _ => None,
    });
    findings.extend(judges.flat_map(|check| suppressions.iter().filter_map(check)));
    findings
        .into_iter()
        .filter_map(|finding| {
            let severity = level(finding.rule).severity()?;
            Some(finding.at_most(severity))
        })
        .collect()
}

/// The rule of that name.
#[must_use]
pub fn rule(name: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.name == name)
}

/// The rule of that name; the group may be left out if no other rule has the rest of the name.
#[must_use]
pub fn resolve(name: &str) -> Option<&'static Rule> {
    let mut without_group = all().filter(|rule| rule.short_name() == name);
    rule(name).or_else(|| {
        without_group
            .next()
            .filter(|_| without_group.next().is_none())
    })
}
