//! The settings of a run: the values that rules need from the configuration, and the level of each
//! rule in each file.
//!
//! Selectors and options of rules are checked here, because the configuration doesn't know the
//! rules. An unknown one is an error: ignoring a typo would leave a rule on, or turn off another
//! one, without any notice.

use crate::finding::Place;
use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobMatcher, GlobSet};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use regex::Regex;

use super::rule::Rule;
use super::{GROUPS, all, plan, resolve};
use crate::approval::is_program;
use crate::config::{
    ANY_TYPE, Config, Exception, Freeze, Language, Level, Person, RULE_FIELDS, ReleaseFiles,
    RuleLevel, glob_set, is_same_person,
};
use crate::document::{self, Field, Node};
use crate::error::{Error, Fault, Result};
use crate::risk::{RiskPoints, RiskScore};
use crate::source::{Label, Source, closest};
use crate::ticket::{Kind, RiskLevel, State, Ticket};

/// The rules that run, as exceptions to the configuration.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct RuleSelection {
    /// Run only these; empty: those of the configuration.
    pub select: Vec<String>,
    /// Run these too, although the configuration turns them off.
    pub extend_select: Vec<String>,
    /// Run none of these.
    pub ignore: Vec<String>,
}

/// The levels and options of the rules, and the current time.
#[derive(Debug)]
pub struct Settings {
    pub(super) id_pattern: Option<Regex>,
    /// Whether tickets need approvals. If so, a commit without an email address is malformed.
    pub(super) requires_approvals: bool,
    /// Whether a policy lets commits exempt themselves by `Change: none (reason)`.
    pub(super) allows_exceptions: bool,
    pub(super) language: Language,
    pub(super) ticket_bytes: usize,
    /// Which files are release files.
    pub(super) release_files: ReleaseFiles,
    /// The day of `now`, in UTC.
    pub(super) today: Date,
    pub(super) now: Timestamp,
    pub(super) risk: RiskPoints,
    pub(super) freezes: Vec<Freeze>,
    /// Every name of a configured person; if empty, any name is valid.
    pub(super) people: Vec<String>,
    /// The configured people, by alias.
    persons: BTreeMap<String, Person>,
    /// The configured bots.
    bots: Vec<String>,
    /// The keys of the configured goals; if empty, any goal is valid.
    pub(super) goals: Vec<String>,
    /// The scopes that commits can have; if empty, any scope is valid.
    pub(super) scopes: Vec<String>,
    /// The IDs of the commits that the configuration overrides, often only their first digits.
    overridden: Vec<String>,
    types: BTreeSet<String>,
    levels: Vec<LevelRule>,
    overrides: Vec<(GlobSet, Vec<LevelRule>)>,
    /// The value of every option, by the names of its rule and of the option.
    options: BTreeMap<(&'static str, &'static str), Node>,
    select: Vec<Selector>,
    extend_select: Vec<Selector>,
    ignore: Vec<Selector>,
}

#[derive(Debug)]
struct LevelRule {
    selector: Selector,
    level: Option<Level>,
}

#[derive(Debug)]
enum Selector {
    Name(String),
    Glob(GlobMatcher),
}

impl Settings {
    /// The settings of a run.
    ///
    /// # Errors
    ///
    /// Fails if a selector matches no rule, if a rule doesn't have an option, and if a glob of
    /// paths is invalid.
    pub fn new(config: &Config, choice: &RuleSelection, now: Timestamp) -> Result<Self> {
        let mut faults = Vec::new();
        let levels = level_rules(&config.rules.levels, &mut faults);
        let options = options(&config.rules.levels, &mut faults);
        let mut overrides = Vec::new();
        for part in &config.rules.overrides {
            let files = glob_set(&part.files).map_err(|cause| {
                Error::usage("a glob of `overrides` cannot be read", "").with_source(cause)
            })?;
            overrides.push((files, level_rules(&part.levels, &mut faults)));
            faults.extend(part.levels.iter().filter_map(commit_rule_in_override));
        }
        if !faults.is_empty() {
            let source = config
                .source
                .clone()
                .unwrap_or_else(|| Source::new("configuration", ""));
            return Err(Error::text(source, faults));
        }
        Ok(Self {
            id_pattern: config.id_pattern.clone(),
            requires_approvals: config.approvals.is_some(),
            allows_exceptions: config
                .policies
                .iter()
                .any(|policy| policy.exception == Exception::Allowed),
            language: config.language,
            ticket_bytes: config.limits.ticket_bytes,
            release_files: config.release_files()?,
            people: config
                .people
                .iter()
                .flat_map(|(alias, person)| person.names(alias))
                .map(str::to_owned)
                .collect(),
            persons: config.people.clone(),
            bots: config
                .approvals
                .as_ref()
                .map(|policy| policy.bots.clone())
                .unwrap_or_default(),
            goals: config.goals.keys().cloned().collect(),
            today: now.to_zoned(TimeZone::UTC).date(),
            now,
            risk: config.risk,
            freezes: config.freezes.clone(),
            scopes: config.scopes.clone(),
            overridden: config
                .version
                .overrides
                .iter()
                .map(|value| value.commit.clone())
                .collect(),
            types: known_types(config),
            levels,
            overrides,
            options,
            select: parse_selectors(&choice.select)?,
            extend_select: parse_selectors(&choice.extend_select)?,
            ignore: parse_selectors(&choice.ignore)?,
        })
    }

    /// Whether two names belong to the same person.
    pub(super) fn is_same_person(&self, one: &str, other: &str) -> bool {
        is_same_person(&self.persons, one, other)
    }

    /// Whether a name is that of a bot: a well-known one, or a configured one by any of its names in
    /// `[people]`.
    pub(super) fn is_bot(&self, name: &str) -> bool {
        let has_address_of_bot = |person: &Person| {
            is_program(&person.email, &[]) && self.is_same_person(&person.email, name)
        };
        is_program(name, &[])
            || self.bots.iter().any(|bot| self.is_same_person(bot, name))
            || self.persons.values().any(has_address_of_bot)
    }

    /// Whether commits can have a type; case is ignored.
    pub(super) fn is_known_type(&self, kind: &str) -> bool {
        self.types.contains(ANY_TYPE) || self.is_listed_type(kind)
    }

    /// Whether a type is one of the usual ones, or in the configuration; case is ignored.
    pub(super) fn is_listed_type(&self, kind: &str) -> bool {
        self.types.contains(&kind.to_lowercase())
    }

    /// Whether the configuration overrides the commit with this ID.
    pub(super) fn overrides_commit(&self, name: &str) -> bool {
        self.overridden
            .iter()
            .any(|digits| name.starts_with(digits))
    }

    /// Whether the configuration overrides the commit with this ID, and contains the full ID.
    pub(super) fn overrides_whole_id(&self, name: &str) -> bool {
        self.overridden.iter().any(|digits| digits == name)
    }

    /// The types that commits can have, in lower case.
    pub(super) fn known_types(&self) -> impl Iterator<Item = &str> {
        self.types.iter().map(String::as_str)
    }

    /// The value of an option that is an integer.
    pub(super) fn number(&self, rule: &Rule, option: &Field) -> usize {
        let number = self
            .option(rule, option)
            .as_integer()
            .and_then(|number| usize::try_from(number).ok());
        number.expect("options are checked, and their defaults tested")
    }

    /// The value of an option that is a word.
    pub(super) fn word(&self, rule: &Rule, option: &Field) -> &str {
        self.option(rule, option)
            .as_str()
            .expect("options are checked, and their defaults tested")
    }

    /// The value of an option of a rule.
    pub(super) fn option(&self, rule: &Rule, option: &Field) -> &Node {
        &self.options[&(rule.name, option.name)]
    }

    /// The time of the run.
    #[must_use]
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// The declared risk of a ticket; if it declares none, the computed risk.
    #[must_use]
    pub(crate) fn risk_of(&self, ticket: &Ticket) -> RiskLevel {
        ticket.risk_level(self.today, &self.risk)
    }

    /// The risk that decides how many approvals a ticket needs.
    #[must_use]
    pub(crate) fn stricter_risk_of(&self, ticket: &Ticket) -> RiskLevel {
        ticket.stricter_risk(self.today, &self.risk)
    }

    /// The computed risk of a ticket, with its reasons.
    #[must_use]
    pub(crate) fn risk_score(&self, ticket: &Ticket) -> RiskScore {
        ticket.computed_risk(self.today, &self.risk)
    }

    /// The level of a rule in the file of a ticket with this state; `None` if the file isn't a
    /// ticket.
    #[must_use]
    pub(crate) fn level(&self, rule: &Rule, path: &str, state: Option<State>) -> Level {
        let by_path = self
            .overrides
            .iter()
            .filter(|(files, _)| files.is_match(path))
            .flat_map(|(_, levels)| levels);
        in_state(rule, self.level_with(rule, by_path), state)
    }

    /// The level of a rule at a place in a branch or a release.
    pub(super) fn level_at(&self, rule: &Rule, place: &Place) -> Level {
        let path = match place {
            Place::File(path) => path,
            Place::Commit(_) => "",
        };
        self.level(rule, path, None)
    }

    /// The level of a rule for commits, which have no path, so `overrides` doesn't apply.
    pub(super) fn level_for_commits(&self, rule: &Rule) -> Level {
        self.level_with(rule, std::iter::empty())
    }

    /// Whether the configuration sets the level of a rule for all files.
    pub(super) fn sets_level(&self, rule: &str) -> bool {
        all()
            .filter(|known| known.name == rule)
            .any(|known| self.levels.iter().any(|set| set.selector.matches(known)))
    }

    /// Whether rules were selected, none of which is about commit messages.
    #[must_use]
    pub(crate) fn selects_no_message_rule(&self) -> bool {
        let mut rules = super::commit::RULES.iter();
        !self.select.is_empty() && rules.all(|rule| self.level_for_commits(rule) == Level::Off)
    }

    /// Whether rules were selected, none of which looks at a ticket or release file alone. The rules
    /// that can't be disabled don't count.
    #[must_use]
    pub(crate) fn selects_no_file_rule(&self) -> bool {
        let mut rules =
            all().filter(|rule| rule.checks_files() && !FIXED_LEVEL_RULES.contains(&rule.name));
        !self.select.is_empty() && rules.all(|rule| self.level(rule, "", None) == Level::Off)
    }

    fn level_with<'a>(
        &'a self,
        rule: &Rule,
        by_path: impl Iterator<Item = &'a LevelRule>,
    ) -> Level {
        if FIXED_LEVEL_RULES.contains(&rule.name) {
            return Level::Error;
        }
        let mut level = rule.level;
        for chosen in self
            .levels
            .iter()
            .chain(by_path)
            .filter(|chosen| chosen.selector.matches(rule))
        {
            // A glob changes the level of enabled rules only. A rule that is off by default is a
            // matter of taste, and has to be enabled by name.
            if level != Level::Off || rule.level != Level::Off || chosen.selector.is_name() {
                level = chosen.level.unwrap_or(rule.level);
            }
        }
        let names =
            |selectors: &[Selector]| selectors.iter().any(|selector| selector.matches(rule));
        let wanted = names(&self.select) || names(&self.extend_select);
        if names(&self.ignore) || (!self.select.is_empty() && !wanted) {
            return Level::Off;
        }
        if wanted && level == Level::Off {
            level = if rule.level == Level::Off {
                Level::Warning
            } else {
                rule.level
            };
        }
        if rule.reads_english() && self.language == Language::Off {
            return Level::Off;
        }
        level
    }
}

/// Common types that cause no version bump.
const QUIET_TYPES: [&str; 7] = ["build", "chore", "ci", "docs", "refactor", "style", "test"];

fn known_types(config: &Config) -> BTreeSet<String> {
    let bumps = config.version.bumps.iter().map(|(kind, _)| kind);
    let titles = config.changelog.titles();
    // The title for all other types doesn't make every type known: a typo is still reported.
    let shown = titles
        .iter()
        .map(|(kind, _)| *kind)
        .filter(|kind| *kind != ANY_TYPE);
    let hidden = config.changelog.hidden.iter().map(String::as_str);
    bumps
        .chain(shown)
        .chain(hidden)
        .chain(QUIET_TYPES)
        .map(str::to_lowercase)
        .collect()
}

/// Rules whose level neither the configuration nor the command line changes: without them, a file
/// that cannot be parsed would pass.
const FIXED_LEVEL_RULES: [&str; 2] = ["toml/syntax", "ticket/too-large"];

/// Describes the default level of a rule, and the tickets for which it is lower.
#[must_use]
pub(crate) fn describe_level(rule: &Rule) -> String {
    let draft = in_state(rule, rule.level, Some(State::Draft));
    let mut exceptions = Vec::new();
    if draft != rule.level {
        exceptions.push(format!("{} in drafts", draft.as_str()));
    }
    if rule.level != Level::Off && !plan::applies_to(rule, Kind::Emergency) {
        exceptions.push("off for emergencies".to_owned());
    }
    if exceptions.is_empty() {
        return rule.level.as_str().to_owned();
    }
    format!("{} ({})", rule.level.as_str(), exceptions.join(", "))
}

/// The level for a ticket in a state: for drafts, errors about the text are warnings; for finished
/// tickets, only rules about the structure run (docs/design/tickets.md, Levels).
fn in_state(rule: &Rule, level: Level, state: Option<State>) -> Level {
    let about_the_text = ["content", "plan"].contains(&rule.group());
    let is_over = ["approval", "suppress"].contains(&rule.group());
    match state {
        Some(State::Draft) if about_the_text => level.min(Level::Warning),
        Some(State::Closed | State::Cancelled) if about_the_text || is_over => Level::Off,
        _ => level,
    }
}

impl Selector {
    fn parse(text: &str) -> Option<Self> {
        if !text.contains(['*', '?', '[', '{']) {
            return all()
                .any(|rule| rule.name == text)
                .then(|| Self::Name(text.to_owned()));
        }
        let glob = GlobBuilder::new(text)
            .literal_separator(true)
            .build()
            .ok()?
            .compile_matcher();
        let group = text
            .split('/')
            .next()
            .is_some_and(|group| GROUPS.contains(&group));
        (group || all().any(|rule| glob.is_match(rule.name))).then_some(Self::Glob(glob))
    }

    const fn is_name(&self) -> bool {
        matches!(self, Self::Name(_))
    }

    fn matches(&self, rule: &Rule) -> bool {
        match self {
            Self::Name(name) => name == rule.name,
            Self::Glob(glob) => glob.is_match(rule.name),
        }
    }
}

/// The levels with parsed selectors; names come after globs, because they are more specific.
fn level_rules(levels: &[RuleLevel], faults: &mut Vec<Fault>) -> Vec<LevelRule> {
    let mut chosen = Vec::new();
    for part in levels {
        match Selector::parse(&part.selector) {
            Some(selector) => chosen.push(LevelRule {
                selector,
                level: part.level,
            }),
            None => faults.push(Fault {
                message: format!("unknown rule `{}`", part.selector),
                help: nearest(&part.selector),
                label: Label::new(part.span, "unknown rule"),
            }),
        }
    }
    chosen.sort_by_key(|chosen| chosen.selector.is_name());
    chosen
}

/// The fault of a level in `overrides` whose selector matches only rules about commits: their
/// messages have no path.
fn commit_rule_in_override(part: &RuleLevel) -> Option<Fault> {
    let selector = Selector::parse(&part.selector)?;
    let mut named = all().filter(|rule| selector.matches(rule)).peekable();
    named.peek()?;
    named.all(|rule| rule.group() == "commit").then(|| Fault {
        message: format!(
            "`{}` has no effect in `overrides`: it checks commit messages, not files",
            part.selector
        ),
        help: "set its level under `[rules]`".to_owned(),
        label: Label::new(part.span, "checks commit messages"),
    })
}

/// Every option with its configured value, or its default.
fn options(
    levels: &[RuleLevel],
    faults: &mut Vec<Fault>,
) -> BTreeMap<(&'static str, &'static str), Node> {
    let mut options = BTreeMap::new();
    for rule in all() {
        let default =
            |option: &Field| Some(((rule.name, option.name), Node::parse(option.default?)?));
        options.extend(rule.options.iter().filter_map(default));
    }
    for part in levels.iter().filter(|part| {
        part.options
            .entries()
            .iter()
            .any(|entry| entry.key != "level")
    }) {
        let Some(rule) = all().find(|rule| rule.name == part.selector) else {
            if Selector::parse(&part.selector).is_some() {
                faults.push(Fault {
                    message: format!(
                        "`{}` matches several rules, but options belong to one rule",
                        part.selector
                    ),
                    help: "set only a level here, and set options under the name of each rule"
                        .into(),
                    label: Label::new(part.span, "matches several rules"),
                });
            }
            continue;
        };
        let known: Vec<Field> = RULE_FIELDS.iter().chain(rule.options).copied().collect();
        faults.extend(document::check(&part.options, &known).iter().map(|fault| {
            let words = fault.describe("tollgate schema config");
            let help = match rule.options {
                [] => format!("`{}` has no options: set only a level", rule.name),
                _ => words.help,
            };
            Fault {
                message: words.message,
                help,
                label: Label::new(fault.span, words.label),
            }
        }));
        let given = rule
            .options
            .iter()
            .filter_map(|option| Some((option.name, part.options.get(option.name)?)));
        options.extend(given.map(|(name, node)| ((rule.name, name), node.clone())));
    }
    options
}

fn parse_selectors(selectors: &[String]) -> Result<Vec<Selector>> {
    selectors
        .iter()
        .map(|text| {
            let name = resolve(text).map_or(text.as_str(), |rule| rule.name);
            Selector::parse(name)
                .ok_or_else(|| Error::usage(format!("unknown rule `{text}`"), nearest(text)))
        })
        .collect()
}

/// The help for an unknown rule name.
#[must_use]
pub(crate) fn nearest(name: &str) -> String {
    let names = all().map(|rule| {
        if name.contains('/') {
            rule.name
        } else {
            rule.short_name()
        }
    });
    match closest(name, names).and_then(resolve) {
        Some(rule) => format!("did you mean `{}`?", rule.name),
        None => "run `tollgate rules` to list all rules".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Override, RuleSettings};
    use crate::document::Table;
    use crate::source::Span;

    fn level(selector: &str, level: Option<Level>) -> RuleLevel {
        RuleLevel {
            selector: selector.into(),
            span: Span::new(0, 1),
            level,
            options: Table::default(),
        }
    }

    fn settings(levels: Vec<RuleLevel>, choice: &RuleSelection) -> Result<Settings> {
        let rules = RuleSettings {
            levels,
            overrides: Vec::new(),
        };
        Settings::new(
            &Config {
                rules,
                ..Config::default()
            },
            choice,
            Timestamp::UNIX_EPOCH,
        )
    }

    fn of(settings: &Settings, name: &str) -> Level {
        settings.level(
            all().find(|rule| rule.name == name).unwrap(),
            "a.toml",
            Some(State::Proposed),
        )
    }

    #[test]
    fn selection_without_rules_about_messages_is_known() {
        let selects = |select: &str| {
            let choice = RuleSelection {
                select: vec![select.to_owned()],
                ..RuleSelection::default()
            };
            settings(Vec::new(), &choice)
                .unwrap()
                .selects_no_message_rule()
        };
        assert!(selects("content/*") && !selects("commit/*") && !selects("commit/subject-case"));
        let default = settings(Vec::new(), &RuleSelection::default()).unwrap();
        assert!(!default.selects_no_message_rule());
    }

    #[test]
    fn selection_without_rules_about_files_is_known() {
        let selects = |select: &str| {
            let choice = RuleSelection {
                select: vec![select.to_owned()],
                ..RuleSelection::default()
            };
            !settings(Vec::new(), &choice)
                .unwrap()
                .selects_no_file_rule()
        };
        assert!(selects("content/*") && selects("release/invalid-file"));
        assert!(!selects("commit/*") && !selects("approval/stale") && !selects("gate/*"));
    }

    #[test]
    fn level_is_described_with_its_exceptions() {
        let level = |name| describe_level(crate::rules::rule(name).unwrap());
        assert_eq!(
            level("content/trivial-rollback"),
            "error (warning in drafts)"
        );
        assert_eq!(
            level("plan/unmet-dependency"),
            "warning (off for emergencies)"
        );
        assert_eq!(level("plan/schedule-reversed"), "error (warning in drafts)");
        assert_eq!(level("ticket/missing-field"), "error");
    }

    #[test]
    fn name_takes_precedence_over_glob() {
        let levels = vec![
            level("content/placeholder", Some(Level::Off)),
            level("content/*", Some(Level::Note)),
        ];
        let settings = settings(levels, &RuleSelection::default()).unwrap();
        assert_eq!(of(&settings, "content/placeholder"), Level::Off);
        assert_eq!(of(&settings, "content/title-vague"), Level::Note);
    }

    #[test]
    fn default_gives_a_rule_its_own_level_back() {
        let levels = vec![
            level("content/*", Some(Level::Off)),
            level("content/placeholder", None),
        ];
        assert_eq!(
            of(
                &settings(levels, &RuleSelection::default()).unwrap(),
                "content/placeholder"
            ),
            Level::Error
        );
    }

    #[test]
    fn select_disables_others_and_ignore_wins() {
        let choice = RuleSelection {
            select: vec!["content/*".into()],
            ignore: vec!["content/title-vague".into()],
            ..RuleSelection::default()
        };
        let settings = settings(Vec::new(), &choice).unwrap();
        assert_eq!(of(&settings, "content/placeholder"), Level::Error);
        assert_eq!(of(&settings, "content/title-vague"), Level::Off);
        assert_eq!(of(&settings, "ticket/missing-field"), Level::Off);
    }

    #[test]
    fn what_makes_a_file_unreadable_is_never_silenced() {
        let levels = vec![level("toml/*", Some(Level::Off))];
        assert_eq!(
            of(
                &settings(levels, &RuleSelection::default()).unwrap(),
                "toml/syntax"
            ),
            Level::Error
        );
    }

    #[test]
    fn a_path_has_levels_of_its_own() {
        let overrides = vec![Override {
            files: vec!["old/**".into()],
            levels: vec![level("content/*", Some(Level::Off))],
        }];
        let rules = RuleSettings {
            levels: Vec::new(),
            overrides,
        };
        let config = Config {
            rules,
            ..Config::default()
        };
        let settings =
            Settings::new(&config, &RuleSelection::default(), Timestamp::UNIX_EPOCH).unwrap();
        let rule = all()
            .find(|rule| rule.name == "content/placeholder")
            .unwrap();
        assert_eq!(
            settings.level(rule, "old/a.toml", Some(State::Proposed)),
            Level::Off
        );
        assert_eq!(
            settings.level(rule, "new/a.toml", Some(State::Proposed)),
            Level::Error
        );
    }

    #[test]
    fn a_level_of_a_commit_rule_for_files_is_refused() {
        let message = |rule: &str| {
            let text =
                format!("[[overrides]]\nfiles = [\"a/**\"]\nrules = {{ \"{rule}\" = \"off\" }}");
            let config = Config::parse(Source::new("tollgate.toml", text)).unwrap();
            Settings::new(&config, &RuleSelection::default(), Timestamp::UNIX_EPOCH)
                .map(drop)
                .map_err(|error| error.to_string())
        };
        let refusal = "`tollgate.toml`: `commit/unparsed` has no effect in `overrides`: it checks commit messages, not files";
        assert_eq!(message("commit/unparsed"), Err(refusal.into()));
        assert!(message("commit/*").is_err());
        assert_eq!((message("content/*"), message("*/*")), (Ok(()), Ok(())));
    }

    fn read(rules: &str) -> Result<Settings> {
        let config =
            Config::parse(Source::new("tollgate.toml", format!("[rules]\n{rules}"))).unwrap();
        Settings::new(&config, &RuleSelection::default(), Timestamp::UNIX_EPOCH)
    }

    /// Message, span and help of the only fault of a configuration.
    fn fault(rules: &str) -> (String, String, String) {
        let error = read(rules).unwrap_err();
        let (source, faults) = error.faults().unwrap();
        assert_eq!(faults.len(), 1, "{faults:?}");
        (
            faults[0].message.clone(),
            source.slice(faults[0].label.span).to_owned(),
            faults[0].help.clone(),
        )
    }

    #[test]
    fn option_has_default_or_configured_value() {
        let rule = all()
            .find(|rule| rule.name == "commit/header-too-long")
            .unwrap();
        let max = |rules| read(rules).unwrap().number(rule, &rule.options[0]);
        assert_eq!(max(""), 72);
        assert_eq!(
            max("\"commit/header-too-long\" = { level = \"note\", max = 50 }"),
            50
        );
    }

    #[test]
    fn unknown_option_is_reported_at_its_position() {
        let of = |rule: &str, option: &str| {
            fault(&format!("\"{rule}\" = {{ level = \"note\", {option} }}"))
        };
        let (message, slice, help) = of("commit/header-too-long", "mx = 50");
        assert_eq!(
            (&*message, &*slice, &*help),
            ("unknown key `mx`", "mx", "use `max`, or remove the key")
        );
        let (message, slice, _) = of("commit/header-too-long", "max = 5");
        assert_eq!(
            (&*message, &*slice),
            ("`5` is not a valid value for `max`", "5")
        );
        assert!(
            of("commit/header-too-long", "max = \"50\"")
                .0
                .contains("string")
        );
        let (_, slice, help) = of("commit/unparsed", "max = 50");
        assert_eq!(
            (&*slice, &*help),
            ("max", "`commit/unparsed` has no options: set only a level")
        );
        let (message, slice, _) = of("commit/*", "max = 50");
        assert_eq!(
            (&*slice, &*message),
            (
                "\"commit/*\"",
                "`commit/*` matches several rules, but options belong to one rule"
            )
        );
        assert_eq!(
            of("commit/unpased", "max = 50").0,
            "unknown rule `commit/unpased`"
        );
    }

    #[test]
    fn a_glob_does_not_switch_on_what_is_off_by_itself() {
        let level = |rules: &str| of(&read(rules).unwrap(), "commit/subject-case");
        assert_eq!(level("\"commit/*\" = \"error\""), Level::Off);
        assert_eq!(
            level("\"commit/*\" = \"error\"\n\"commit/subject-case\" = \"note\""),
            Level::Note
        );
        let choice = RuleSelection {
            extend_select: vec!["commit/*".into()],
            ..RuleSelection::default()
        };
        assert_eq!(
            of(
                &settings(Vec::new(), &choice).unwrap(),
                "commit/subject-case"
            ),
            Level::Warning
        );
    }

    #[test]
    fn draft_gets_warnings_and_closed_text_is_ignored() {
        let settings = settings(Vec::new(), &RuleSelection::default()).unwrap();
        let rule = all()
            .find(|rule| rule.name == "content/placeholder")
            .unwrap();
        assert_eq!(
            settings.level(rule, "a", Some(State::Draft)),
            Level::Warning
        );
        assert_eq!(settings.level(rule, "a", Some(State::Closed)), Level::Off);
    }

    #[test]
    fn a_misspelt_selector_is_an_error_with_the_nearest_name() {
        let error = settings(
            vec![level("content/placeholders", Some(Level::Off))],
            &RuleSelection::default(),
        )
        .unwrap_err();
        assert_eq!(error.help(), Some("did you mean `content/placeholder`?"));
        let choice = RuleSelection {
            ignore: vec!["contents/*".into()],
            ..RuleSelection::default()
        };
        assert!(settings(Vec::new(), &choice).is_err());
    }
}
