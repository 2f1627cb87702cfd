//! Writes the ticket of a change: each known value with its source in a comment, and a question
//! for everything else.
//!
//! Texts of the change are written as values of `toml_edit`, so that they stay texts.

use jiff::civil::Date;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value};

use super::change::{Change, name_of};
use super::detectors::detect;
use super::earlier::{Earlier, Precedent};
use super::fact::{Fact, Link, Statement};
use super::summary::{self, Sourced};
use crate::document::{is_url, quoted};
use crate::risk::RiskPoints;
use crate::source::{Source, sanitise_line};
use crate::ticket::{Category, Kind, MARKER, ParsedTicket, Strategy, prompt};

/// The maximum number of steps that are written one by one.
const MAX_STEPS: usize = 10;
/// The maximum number of entries of a list.
const MAX_LISTED: usize = 100;
/// The maximum number of links.
const MAX_LINKS: usize = 20;
/// The maximum length of a title that is taken from a commit, in characters.
const MAX_TITLE: usize = 120;
/// The maximum length of a text that a question or a comment quotes, in characters.
const MAX_QUOTED: usize = 160;

/// What the user gave for the new ticket.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// The ID.
    pub(crate) id: Option<String>,
    /// The title.
    pub(crate) title: Option<String>,
    /// The kind.
    pub(crate) kind: Option<Kind>,
    /// The category.
    pub(crate) category: Option<Category>,
    /// The justification.
    pub(crate) justification: Option<String>,
}

/// A drafted ticket.
#[derive(Debug, Clone)]
pub(crate) struct DraftedTicket {
    /// The text of the file.
    pub(crate) text: String,
    /// The title, if it is known.
    pub(crate) title: Option<String>,
    /// The number of fields that were found.
    pub(crate) found: usize,
    /// The number of questions.
    pub(crate) questions: usize,
}

/// Drafts the ticket of a change, whose risk is computed for a day.
pub(crate) fn draft_ticket(
    change: &Change,
    given: &Given,
    today: Date,
    points: &RiskPoints,
) -> DraftedTicket {
    let facts = detect(change);
    let earlier = Earlier::of(change);
    let services = summary::services(change, &facts, &earlier);
    let names = services
        .as_ref()
        .map_or(&[][..], |services| &services.value);
    let precedent = earlier.precedent(names, &summary::migrations(&facts));
    let mut draft = Draft {
        change,
        facts: &facts,
        precedent,
        document: Writer::default(),
    };
    let title = draft.write_head(given, services);
    draft.write_links(given.kind);
    draft.write_risk();
    draft.write_schema_change();
    draft.write_deployment();
    draft.write_rollback();
    draft.write_validation();
    let Writer {
        root,
        found,
        questions,
    } = draft.document;
    let text = format!("{}{root}", header(&root.to_string(), today, points));
    DraftedTicket {
        text,
        title,
        found,
        questions,
    }
}

/// The comment at the top: what to do, and the computed risk.
fn header(text: &str, today: Date, points: &RiskPoints) -> String {
    let mut header = String::new();
    if text.contains(MARKER) {
        header += &format!("# Replace every \"{MARKER} …\", then run `tollgate check`.\n");
    }
    if let Ok(parsed) = ParsedTicket::parse(&Source::new("draft.toml", text)) {
        let score = parsed.ticket.computed_risk(today, points);
        header += &format!("# Computed risk: {}, {score}\n", score.level().as_str());
    }
    header
}

/// A TOML document that is being written, and what it has so far.
#[derive(Default)]
struct Writer {
    root: DocumentMut,
    found: usize,
    questions: usize,
}

/// A ticket that is being written.
struct Draft<'a> {
    change: &'a Change,
    facts: &'a [Fact],
    precedent: Option<Precedent<'a>>,
    document: Writer,
}

impl Writer {
    /// The table at a key of the root, which is made if there is none.
    fn table(&mut self, key: &str) -> &mut Table {
        let item = self.root.entry(key).or_insert_with(toml_edit::table);
        item.as_table_mut().expect("only tables are at these keys")
    }

    /// Writes a value that was found; an empty table is the root.
    fn fill(&mut self, table: &str, key: &str, found: Sourced<impl Into<Value>>) {
        self.found += 1;
        let mut value = found.value.into();
        value.decor_mut().set_suffix(comment(&found.source));
        self.write(table, key, value);
    }

    /// Writes a value without a source.
    fn write(&mut self, table: &str, key: &str, value: Value) {
        let table = match table {
            "" => self.root.as_table_mut(),
            table => self.table(table),
        };
        table.insert(key, Item::Value(value));
    }

    /// Writes a question.
    fn ask(&mut self, table: &str, key: &str, question: &str) {
        self.questions += 1;
        self.write(table, key, question_text(question));
    }
}

fn question_text(question: &str) -> Value {
    text(&format!("{MARKER} {question}"))
}

/// A text as a TOML string.
fn text(text: &str) -> Value {
    quoted(text)
        .parse()
        .unwrap_or_else(|_| Value::from(sanitise_line(text)))
}

/// A comment at the end of a line.
fn comment(source: &str) -> String {
    format!(" # from {}", quotation(source))
}

/// A text of the change for a comment or a question: one line that isn't too long.
fn quotation(text: &str) -> String {
    let line = sanitise_line(text.trim());
    match line.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// A list with one entry a line, if it has more than one.
fn list(entries: impl IntoIterator<Item = Value>) -> Value {
    let mut array: Array = entries.into_iter().collect();
    if array.len() > 1 {
        for entry in array.iter_mut() {
            entry.decor_mut().set_prefix("\n  ");
        }
        array.set_trailing("\n");
        array.set_trailing_comma(true);
    }
    Value::Array(array)
}

/// Whether a paragraph of a message is neither a heading nor a list.
fn is_prose(paragraph: &str) -> bool {
    !paragraph.is_empty() && !paragraph.starts_with(['#', '*', '-', '<', '`', '|', '['])
}

/// Texts in backticks, at most three.
fn in_backticks(texts: &[&str]) -> String {
    let shown = texts.iter().take(3);
    let shown: Vec<String> = shown.map(|text| format!("`{}`", quotation(text))).collect();
    shown.join("; ")
}

impl Draft<'_> {
    fn write_head(
        &mut self,
        given: &Given,
        services: Option<Sourced<Vec<String>>>,
    ) -> Option<String> {
        if let Some(id) = &given.id {
            self.document.write("", "id", text(id));
        }
        let title = self.write_title(given);
        let kind = given.kind.unwrap_or(Kind::Normal);
        self.document.write("", "kind", kind.as_str().into());
        match (given.category, summary::category(self.facts)) {
            (Some(given), _) => self.document.write("", "category", given.as_str().into()),
            (None, Some(found)) => {
                let found = Sourced::new(found.value.as_str(), found.source);
                self.document.fill("", "category", found);
            }
            (None, None) => {}
        }
        self.document.write("", "state", "proposed".into());
        if let Some(services) = services {
            let names = list(services.value.iter().map(|name| text(name)));
            let found = Sourced::new(names, services.source);
            self.document.fill("", "services", found);
        }
        self.write_description();
        self.write_justification(given);
        title
    }

    fn write_title(&mut self, given: &Given) -> Option<String> {
        let known =
            summary::title(self.facts).filter(|title| title.value.chars().count() <= MAX_TITLE);
        if let Some(title) = &given.title {
            self.document.write("", "title", text(title));
            return Some(title.clone());
        }
        if let Some(title) = known {
            let found = Sourced::new(text(&title.value), title.source);
            self.document.fill("", "title", found);
            return Some(title.value);
        }
        let subjects: Vec<&str> = self.subjects();
        let mut question = prompt("title").to_owned();
        if !subjects.is_empty() {
            question += &format!(" The commits say: {}", in_backticks(&subjects));
        }
        self.document.ask("", "title", &question);
        None
    }

    fn subjects(&self) -> Vec<&str> {
        let commits = self.change.commits.iter();
        commits.map(|commit| commit.subject.as_str()).collect()
    }

    /// Whether a subject names the dependency that a fact is about.
    fn is_named_by_commits(&self, fact: &Fact) -> bool {
        let Statement::Upgrade(upgrade) = &fact.statement else {
            return false;
        };
        let name = name_of(&upgrade.name).to_lowercase();
        self.subjects().iter().any(|subject| {
            let subject = subject.to_lowercase();
            let mut words = subject.split(|c: char| !(c.is_alphanumeric() || "-_.".contains(c)));
            words.any(|word| word == name)
        })
    }

    /// The commits, if there are several, and the upgrades of dependencies.
    fn write_description(&mut self) {
        let mut parts = Vec::new();
        let entry = |entry: String| format!("- {}\n", quotation(&entry));
        let commits = self.subjects();
        if commits.len() > 1 && commits.len() <= MAX_LISTED {
            let commits = commits.iter().map(|subject| entry((*subject).to_owned()));
            parts.push(format!("Commits:\n{}", commits.collect::<String>()));
        }
        let is_only_upgrades = summary::is_only_upgrades(self.facts);
        let upgrades: Vec<String> = self
            .facts
            .iter()
            .filter(|fact| is_only_upgrades || self.is_named_by_commits(fact))
            .filter_map(|fact| match &fact.statement {
                Statement::Upgrade(it) => {
                    let origin = &fact.origin;
                    Some(entry(format!(
                        "{} {} → {} ({origin})",
                        it.name, it.from, it.to
                    )))
                }
                _ => None,
            })
            .collect();
        if !upgrades.is_empty() && upgrades.len() <= MAX_LISTED {
            parts.push(format!("Versions of dependencies:\n{}", upgrades.concat()));
        }
        if !parts.is_empty() {
            let found = Sourced::new(
                parts.join("\n"),
                "the commits and the files that they change",
            );
            self.document.fill("", "description", found);
        }
    }

    fn write_justification(&mut self, given: &Given) {
        if let Some(justification) = &given.justification {
            self.document
                .write("", "justification", text(justification));
            return;
        }
        let bodies = self
            .change
            .commits
            .iter()
            .map(|commit| commit.prose.as_str());
        let paragraphs = bodies.flat_map(|body| body.split("\n\n")).map(str::trim);
        let said = paragraphs.into_iter().find(|paragraph| is_prose(paragraph));
        let said =
            said.map(|said| format!(" A commit says: {}", quotation(&said.replace('\n', " "))));
        let question = format!("{}{}", prompt("justification"), said.unwrap_or_default());
        self.document.ask("", "justification", &question);
    }

    fn write_links(&mut self, kind: Option<Kind>) {
        let mut links: Vec<(&Link, String)> = Vec::new();
        for fact in self.facts {
            if let Statement::Link(link) = &fact.statement
                && links.len() < MAX_LINKS
                && links.iter().all(|(known, _)| known.target != link.target)
            {
                links.push((link, fact.origin.to_string()));
            }
        }
        let mut values: Vec<Value> = links.iter().map(|(link, _)| link_value(link)).collect();
        if kind == Some(Kind::Emergency) {
            self.document.questions += 1;
            let mut incident = InlineTable::new();
            incident.insert("kind", "incident".into());
            incident.insert("ref", question_text(prompt("links")));
            values.insert(0, Value::InlineTable(incident));
        }
        let mut sources: Vec<String> = links.into_iter().map(|(_, source)| source).collect();
        sources.dedup();
        if !sources.is_empty() {
            let found = Sourced::new(list(values), sources.join(", "));
            self.document.fill("", "links", found);
        } else if !values.is_empty() {
            self.document.write("", "links", list(values));
        }
    }

    fn write_risk(&mut self) {
        if let Some(reversible) = summary::reversible(self.facts) {
            let found = Sourced::new(reversible.value.as_str(), reversible.source);
            self.document.fill("risk", "reversible", found);
        }
    }

    fn write_schema_change(&mut self) {
        let migrations = summary::migrations(self.facts);
        if migrations.is_empty() || migrations.len() > MAX_LISTED {
            return;
        }
        let paths = list(migrations.iter().map(|migration| text(&migration.path)));
        let found = Sourced::new(paths, "the files that the change adds");
        self.document.fill("schema_change", "migrations", found);
        if let Some(phase) = summary::phase(self.facts) {
            let found = Sourced::new(phase.value.as_str(), phase.source);
            self.document.fill("schema_change", "phase", found);
        }
    }

    fn write_deployment(&mut self) {
        let mut steps = ArrayOfTables::new();
        let (migrations, rollouts) = (
            summary::migrations(self.facts),
            summary::rollouts(self.facts),
        );
        let fits = migrations.len() + rollouts.len() <= MAX_STEPS;
        let mut has_commands = true;
        if fits {
            for migration in &migrations {
                let action = format!("Run the migration `{}`", migration.path);
                let mut step = self.step(Sourced::new(action, migration.path.clone()));
                let command = self
                    .precedent
                    .and_then(|it| it.command_for(&migration.path));
                has_commands &= command.is_some();
                if let (Some((run, old)), Some(precedent)) = (command, self.precedent) {
                    let source = format!("how {} ran {old}", precedent.id());
                    self.add(&mut step, "run", Sourced::new(run, source));
                }
                if let Some(undo) = &migration.undo {
                    let found = Sourced::new(undo.clone(), "the files that the change adds");
                    self.add(&mut step, "undo", found);
                }
                steps.push(step);
            }
            for (rollout, origin) in &rollouts {
                let mut step = self.step(Sourced::new(rollout.action.clone(), origin.to_string()));
                let undo = Sourced::new(
                    rollout.undo.clone(),
                    format!("{} on the base", rollout.earlier),
                );
                self.add(&mut step, "undo", undo);
                steps.push(step);
            }
        }
        self.write_flag();
        let question = match (migrations.len(), rollouts.len()) {
            (0, 0) => Some(prompt("deployment")),
            (0, _) => {
                Some("How is the manifest applied, and what else is done? One step per entry.")
            }
            _ if has_commands && fits => None,
            _ => Some(
                "Which command runs the migrations, and what else is done? One step per entry.",
            ),
        };
        if let Some(question) = question {
            let commands = self.precedent.map(|it| (it.id(), it.commands()));
            let question = with_last_time(question, commands);
            steps.push(self.question_step(&question));
        }
        let deployment = self.document.table("deployment");
        deployment.set_implicit(deployment.is_empty());
        deployment.insert("steps", Item::ArrayOfTables(steps));
    }

    fn write_flag(&mut self) {
        let Some(flag) = summary::flag(self.facts) else {
            return;
        };
        let strategy = Sourced::new(Strategy::FeatureFlag.as_str(), flag.source.clone());
        self.document.fill("deployment", "strategy", strategy);
        let mut table = InlineTable::new();
        table.insert("key", text(&flag.value));
        self.document.questions += 1;
        table.insert("owner", question_text("Who removes the flag?"));
        let found = Sourced::new(table, flag.source);
        self.document.fill("deployment", "flag", found);
    }

    /// A step with an action that was found.
    fn step(&mut self, action: Sourced<String>) -> Table {
        let mut step = Table::new();
        self.add(&mut step, "do", action);
        step
    }

    /// A step that is a question.
    fn question_step(&mut self, question: &str) -> Table {
        self.document.questions += 1;
        let mut step = Table::new();
        step.insert("do", Item::Value(question_text(question)));
        step
    }

    /// Adds a text that was found to a step.
    fn add(&mut self, step: &mut Table, key: &str, found: Sourced<String>) {
        self.document.found += 1;
        let mut value = text(&found.value);
        value.decor_mut().set_suffix(comment(&found.source));
        step.insert(key, Item::Value(value));
    }

    fn write_rollback(&mut self) {
        let migrations = summary::migrations(self.facts);
        let rollouts = summary::rollouts(self.facts);
        let mut steps = ArrayOfTables::new();
        if rollouts.len() <= MAX_STEPS {
            for (rollout, _) in rollouts.iter().rev() {
                let source = format!("{} on the base", rollout.earlier);
                let step = self.step(Sourced::new(rollout.undo.clone(), source));
                steps.push(step);
            }
        }
        let mut question = match steps.is_empty() {
            true => prompt("rollback").to_owned(),
            false => "What else is undone, and what shows that the rollback worked?".to_owned(),
        };
        let undone: Vec<&str> = migrations
            .iter()
            .filter_map(|it| it.undo.as_deref())
            .collect();
        if !undone.is_empty() {
            question += &format!(
                " The change has: {}.",
                undone[..undone.len().min(3)].join("; ")
            );
        }
        if let Some(removal) = summary::removal(self.facts) {
            question += &format!(" Where does the deleted data come from ({removal})?");
        }
        if steps.is_empty() {
            let steps = list([question_text(&question)]);
            self.document.questions += 1;
            self.document.write("rollback", "steps", steps);
            return;
        }
        steps.push(self.question_step(&question));
        let rollback = self.document.table("rollback");
        rollback.set_implicit(true);
        rollback.insert("steps", Item::ArrayOfTables(steps));
    }

    fn write_validation(&mut self) {
        let checks = self.precedent.map(|it| (it.id(), it.checks()));
        let question = with_last_time(prompt("validation"), checks);
        self.document.questions += 1;
        let steps = list([question_text(&question)]);
        self.document.write("validation", "steps", steps);
        let Some(precedent) = self.precedent else {
            return;
        };
        let watched = [
            ("dashboards", precedent.dashboards()),
            ("alerts", precedent.alerts()),
        ];
        for (key, texts) in watched {
            if !texts.is_empty() {
                let texts = list(texts.into_iter().map(text));
                self.document
                    .fill("validation", key, Sourced::new(texts, precedent.id()));
            }
        }
    }
}

/// A question with what the last ticket for the service had there.
fn with_last_time(question: &str, last: Option<(&str, Vec<&str>)>) -> String {
    match last {
        Some((id, texts)) if !texts.is_empty() => {
            format!("{question} In {id}: {}", in_backticks(&texts))
        }
        _ => question.to_owned(),
    }
}

fn link_value(link: &Link) -> Value {
    let mut table = InlineTable::new();
    if let Some(kind) = link.kind {
        table.insert("kind", kind.into());
    }
    let key = if is_url(&link.target) { "url" } else { "ref" };
    table.insert(key, text(&link.target));
    Value::InlineTable(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LinkSettings;
    use crate::draft::change::{ChangeCommit, ChangedFile, Version};
    use crate::ticket::Ticket;

    const SPLIT_NAMES: &str = r#"
title = "Split the names of customers"
state = "closed"
services = ["orders"]
justification = "x"
schema_change.migrations = ["migrations/0398_split_names.sql"]
deployment = [{ do = "Split", run = "psql orders -f migrations/0398_split_names.sql" }]
rollback = ["x"]
validation = { steps = [{ do = "Look", run = "\\d orders" }], dashboards = ["orders/errors"] }
"#;

    fn file(path: &str, text: &str) -> ChangedFile {
        ChangedFile {
            path: path.to_owned(),
            before: Version::Missing,
            after: Version::Text(Source::new(path, text)),
        }
    }

    fn parse(path: &str, text: &str) -> Ticket {
        let parsed = ParsedTicket::parse(&Source::new(path, text)).unwrap();
        assert_eq!(parsed.faults(), [], "{text}");
        parsed.ticket
    }

    /// The change that drops a column, as in the sample of the documentation.
    fn drop_column() -> Change {
        Change {
            files: vec![
                file(
                    "migrations/0413_drop_legacy_address.down.sql",
                    "ALTER TABLE orders ADD COLUMN legacy_address text;",
                ),
                file(
                    "migrations/0413_drop_legacy_address.sql",
                    "ALTER TABLE orders DROP COLUMN legacy_address;",
                ),
            ],
            commits: vec![ChangeCommit {
                id: "0841ff6".to_owned(),
                kind: Some("feat".to_owned()),
                scope: Some("orders".to_owned()),
                subject: "drop the column orders.legacy_address".to_owned(),
                body: "\nRefs: ORD-97\n".to_owned(),
                prose: String::new(),
            }],
            links: LinkSettings::default(),
            earlier: vec![parse("changes/2026-07-02-split-names.toml", SPLIT_NAMES)],
        }
    }

    fn draft(change: &Change) -> DraftedTicket {
        let today = jiff::civil::date(2026, 11, 20);
        draft_ticket(change, &Given::default(), today, &RiskPoints::default())
    }

    #[test]
    fn ticket_of_a_dropped_column_has_what_the_change_states() {
        let drafted = draft(&drop_column());
        let expected = r#"# Replace every "(replace) …", then run `tollgate check`.
# Computed risk: high, 5 (contract phase of a schema change +2, partly reversible +1, data in production +2)
title = "Drop the column orders.legacy_address" # from subject of 0841ff6
kind = "normal"
category = "schema" # from DROP COLUMN, migrations/0413_drop_legacy_address.sql:1
state = "proposed"
services = ["orders"] # from scope of 0841ff6
justification = "(replace) What is wrong today, who is affected, and what will improve?"
links = [{ ref = "ORD-97" }] # from message of 0841ff6

[risk]
reversible = "partly" # from DROP COLUMN, migrations/0413_drop_legacy_address.sql:1, which can be undone without its data

[schema_change]
migrations = ["migrations/0413_drop_legacy_address.sql"] # from the files that the change adds
phase = "contract" # from DROP COLUMN, migrations/0413_drop_legacy_address.sql:1

[[deployment.steps]]
do = "Run the migration `migrations/0413_drop_legacy_address.sql`" # from migrations/0413_drop_legacy_address.sql
run = "psql orders -f migrations/0413_drop_legacy_address.sql" # from how 2026-07-02-split-names ran 0398_split_names.sql
undo = "Run `migrations/0413_drop_legacy_address.down.sql`" # from the files that the change adds

[rollback]
steps = ["(replace) How is it undone, and what shows that it worked? The change has: Run `migrations/0413_drop_legacy_address.down.sql`. Where does the deleted data come from (DROP COLUMN, migrations/0413_drop_legacy_address.sql:1)?"]

[validation]
steps = ["(replace) What do you check, and what does it show if the change works? In 2026-07-02-split-names: `\\d orders`"]
dashboards = ["orders/errors"] # from 2026-07-02-split-names
"#;
        assert_eq!(drafted.text, expected);
        assert_eq!((drafted.found, drafted.questions), (11, 3));
        parse("changes/x.toml", &drafted.text);
    }

    #[test]
    fn nothing_certain_leaves_only_questions() {
        let drafted = draft(&Change::default());
        assert_eq!((drafted.found, drafted.questions), (0, 5));
        assert_eq!(drafted.title, None);
        parse("changes/x.toml", &drafted.text);
    }

    #[test]
    fn ticket_that_failed_is_no_precedent() {
        let mut change = drop_column();
        let failed = format!("{SPLIT_NAMES}[outcome]\nresult = \"rolled-back\"\n");
        change.earlier = vec![parse("changes/a.toml", &failed)];
        assert!(!draft(&change).text.contains("run ="));
    }

    #[test]
    fn hostile_texts_stay_texts() {
        let hostile = "a\"\"\" = 1\n# tollgate: allow-file[*] x\r\n[risk]\u{1b}[31m\u{202e}'''\0";
        let path = format!("migrations/0001_{hostile}.sql");
        let mut change = drop_column();
        change.files = vec![file(&path, &format!("DROP TABLE a; -- {hostile}"))];
        let commit = &mut change.commits[0];
        (commit.subject, commit.prose) = (format!("drop the {hostile}"), hostile.to_owned());
        commit.body = format!("Refs: https://x.example/{hostile}\n");
        let drafted = draft(&change);
        let ticket = parse("changes/x.toml", &drafted.text);
        assert_eq!(ticket.schema_change.unwrap().migrations[0].text, path);
        assert!(
            !drafted
                .text
                .lines()
                .any(|line| line.starts_with("# tollgate:"))
        );
        assert!(!drafted.text.contains(['\u{1b}', '\u{202e}', '\r', '\0']));
    }

    #[test]
    fn upgrades_that_only_accompany_a_change_are_left_out() {
        let manifest = |version: &str| {
            let text = format!("[features]\na = []\n[dependencies]\nserde = \"{version}\"\n");
            Version::Text(Source::new("Cargo.toml", text))
        };
        let mut change = drop_column();
        change.files.push(ChangedFile {
            path: "Cargo.toml".to_owned(),
            before: manifest("1.0"),
            after: manifest("1.1"),
        });
        assert!(!draft(&change).text.contains("serde"));
        change.commits[0].subject = "upgrade serde and drop the column".to_owned();
        assert!(
            draft(&change)
                .text
                .contains("- serde 1.0 → 1.1 (Cargo.toml:4)")
        );
    }

    #[test]
    fn flag_has_an_owner_to_name() {
        let path = "config/feature_flags/beta/new_cart.yml";
        let change = Change {
            files: vec![file(path, "name: new_cart\ntype: beta\n")],
            ..Change::default()
        };
        let text = draft(&change).text;
        let line = format!(
            "flag = {{ key = \"new_cart\", owner = \"(replace) Who removes the flag?\" }} # from {path}:1"
        );
        assert!(text.contains(&line), "{text}");
        parse("changes/x.toml", &text);
    }

    proptest::proptest! {
        #[test]
        fn any_change_gives_a_valid_ticket(
            path in "(db/migrate/20240102030405_|migrations/1_|k8s/)?\\PC{0,12}\\.(sql|rb|py|yaml|json|toml)",
            text in "(kind: |operations = \\[|def up\n|ALTER TABLE a |\\PC{0,9}|[\n\"'(){}:,;-]){0,12}",
            subject in "\\PC{0,40}",
        ) {
            let mut change = drop_column();
            change.commits[0].subject = subject;
            change.files.push(file(&path, &text));
            let drafted = draft(&change);
            parse("changes/x.toml", &drafted.text);
        }
    }
}
