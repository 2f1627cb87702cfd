//! Recall and precision on tickets by people who didn't know the rules.
//!
//! `faults.tsv` lists what a reviewer would send back, with the rules that name it; `verdicts.tsv`
//! says of each rule that fires on a ticket whether the reviewer agrees. A rule that fires where
//! nobody has judged it counts as a false alarm.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use tollgate::finding::Severity;
use tollgate::rules::lint_ticket;
use tollgate::source::Source;

use crate::fault_injection::say;
use crate::ticket_files::{files, settings};

/// The least that the rules achieve, in per cent. The figures of the first measurement, before any
/// rule knew these tickets, are in the README beside them.
const MIN_RECALL: f64 = 61.0;
const MIN_PRECISION_OF_ERRORS: f64 = 95.0;
const MIN_PRECISION_OF_WARNINGS: f64 = 89.0;

/// What a reviewer says of a rule on a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Justified,
    Nitpick,
    FalseAlarm,
    /// True only because the record is years old; not counted.
    OldRecord,
}

/// A fault that the words or the structure of a ticket show.
struct Fault {
    ticket: String,
    rules: Vec<String>,
}

fn table(name: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/strangers")
        .join(name);
    let text = fs::read_to_string(path).unwrap();
    let row = |line: &str| line.split('\t').map(str::to_owned).collect();
    text.lines().skip(1).map(row).collect()
}

/// The faults that no knowledge of the technology is needed for.
fn faults() -> Vec<Fault> {
    table("faults.tsv")
        .into_iter()
        .filter(|row| row[1] != "knowledge")
        .map(|row| Fault {
            ticket: row[0].clone(),
            rules: row[3].split(' ').map(str::to_owned).collect(),
        })
        .collect()
}

fn verdicts() -> BTreeMap<(String, String), Verdict> {
    let verdict = |row: Vec<String>| {
        let verdict = match row[2].as_str() {
            "justified" => Verdict::Justified,
            "nitpick" => Verdict::Nitpick,
            "false alarm" => Verdict::FalseAlarm,
            "old record" => Verdict::OldRecord,
            other => panic!("{other}"),
        };
        ((row[0].clone(), row[1].clone()), verdict)
    };
    table("verdicts.tsv").into_iter().map(verdict).collect()
}

/// The rules that fire on each ticket, with the severity of their findings.
fn fired() -> BTreeMap<String, BTreeSet<(String, Severity)>> {
    let mut fired = BTreeMap::new();
    for folder in ["tickets", "records"] {
        for file in files(&format!("tests/fixtures/strangers/{folder}")) {
            let text = fs::read_to_string(&file).unwrap();
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            let checked = lint_ticket(
                &Source::new(format!("changes/{name}.toml"), text),
                &settings(),
            );
            let rules = checked.findings.into_iter();
            let rules = rules.map(|finding| (finding.rule.to_owned(), finding.severity));
            fired.insert(name, rules.collect());
        }
    }
    fired
}

/// A share in per cent, with the counts that it is made of.
fn share(part: usize, whole: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few hundred at most")]
    let share = 100.0 * part as f64 / whole as f64;
    share
}

#[test]
fn faults_of_strangers_are_named() {
    let (fired, faults) = (fired(), faults());
    let is_named = |fault: &&Fault| {
        fired[&fault.ticket]
            .iter()
            .any(|(rule, _)| fault.rules.contains(rule))
    };
    let named = faults.iter().filter(is_named).count();
    let recall = share(named, faults.len());
    say(&format!(
        "{named} of {} faults named: {recall:.0}%",
        faults.len()
    ));
    assert!(recall >= MIN_RECALL, "{recall}");
}

#[test]
fn findings_on_tickets_of_strangers_are_justified() {
    let (fired, verdicts) = (fired(), verdicts());
    let mut unjudged = Vec::new();
    let mut counts: BTreeMap<(Severity, Verdict), usize> = BTreeMap::new();
    for (ticket, rules) in &fired {
        for (rule, severity) in rules {
            let verdict = verdicts.get(&(ticket.clone(), rule.clone()));
            if verdict.is_none() {
                unjudged.push(format!("{ticket}\t{rule}"));
            }
            let verdict = *verdict.unwrap_or(&Verdict::FalseAlarm);
            *counts.entry((*severity, verdict)).or_default() += 1;
        }
    }
    for (severity, least) in [
        (Severity::Error, MIN_PRECISION_OF_ERRORS),
        (Severity::Warning, MIN_PRECISION_OF_WARNINGS),
    ] {
        let count = |verdict| {
            counts
                .get(&(severity, verdict))
                .copied()
                .unwrap_or_default()
        };
        let justified = count(Verdict::Justified);
        let all = justified + count(Verdict::Nitpick) + count(Verdict::FalseAlarm);
        let precision = share(justified, all);
        say(&format!(
            "{justified} of {all} findings of level {severity:?} justified: {precision:.0}%"
        ));
        assert!(precision >= least, "{precision}\n{}", unjudged.join("\n"));
    }
}
