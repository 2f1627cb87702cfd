//! What a run asks for: the configuration's part, and which rules speak at which level in which file.
//!
//! Selectors are judged here, because only here the rules are known: one that names no rule is an error, since a
//! misspelt one would silence nothing, or the wrong thing, without a word.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobMatcher, GlobSet};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use regex::Regex;

use super::rule::Rule;
use super::{GROUPS, all};
use crate::config::{Config, Freeze, Language, Level, RuleLevel, glob_set};
use crate::error::{Error, Fault, Result};
use crate::source::{Label, Source, closest};
use crate::ticket::{RiskPoints, State};

/// Which rules the command line asks for.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Only these; empty: those of the configuration.
    pub select: Vec<String>,
    /// These too, though they are off.
    pub extend_select: Vec<String>,
    /// Not these, whatever else is said.
    pub ignore: Vec<String>,
}

/// What a run asks for.
#[derive(Debug)]
pub struct Settings {
    pub(super) id_pattern: Option<Regex>,
    pub(super) language: Language,
    pub(super) ticket_bytes: usize,
    /// The day of `now`, in UTC.
    pub(super) today: Date,
    pub(super) now: Timestamp,
    pub(super) risk: RiskPoints,
    pub(super) freezes: Vec<Freeze>,
    /// Every name under which a configured person may stand; empty: anybody may.
    pub(super) people: Vec<String>,
    /// The keys of the configured goals; empty: any goal may stand.
    pub(super) goals: Vec<String>,
    types: BTreeSet<String>,
    levels: Vec<Chosen>,
    overrides: Vec<(GlobSet, Vec<Chosen>)>,
    select: Vec<Selector>,
    extend_select: Vec<Selector>,
    ignore: Vec<Selector>,
}

#[derive(Debug)]
struct Chosen {
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
    /// Fails for a selector that names no rule, and for globs of paths that are none.
    pub fn new(config: &Config, choice: &Choice, now: Timestamp) -> Result<Self> {
        let mut faults = Vec::new();
        let levels = chosen(&config.rules.levels, &mut faults);
        let mut overrides = Vec::new();
        for part in &config.rules.overrides {
            let files = glob_set(&part.files)
                .map_err(|cause| Error::usage("a glob of `overrides` cannot be read", "").because(cause))?;
            overrides.push((files, chosen(&part.levels, &mut faults)));
        }
        if !faults.is_empty() {
            let source = config.source.clone().unwrap_or_else(|| Source::new("configuration", ""));
            return Err(Error::text(source, faults));
        }
        Ok(Self {
            id_pattern: config.id_pattern.clone(),
            language: config.language,
            ticket_bytes: config.limits.ticket_bytes,
            people: config.people.iter().flat_map(|(alias, person)| person.names(alias)).map(str::to_owned).collect(),
            goals: config.goals.keys().cloned().collect(),
            today: now.to_zoned(TimeZone::UTC).date(),
            now,
            risk: config.risk,
            freezes: config.freezes.clone(),
            types: known_types(config),
            levels,
            overrides,
            select: asked(&choice.select)?,
            extend_select: asked(&choice.extend_select)?,
            ignore: asked(&choice.ignore)?,
        })
    }

    /// Whether commits may be of a type; case does not count.
    pub(super) fn knows_type(&self, kind: &str) -> bool {
        self.types.contains(&kind.to_lowercase())
    }

    /// The types that commits may be of, in lower case.
    pub(super) fn known_types(&self) -> impl Iterator<Item = &str> {
        self.types.iter().map(String::as_str)
    }

    /// The level of a rule in a file whose ticket stands in `state`; a file that is no ticket has none.
    #[must_use]
    pub fn level(&self, rule: &Rule, path: &str, state: Option<State>) -> Level {
        if FIXED.contains(&rule.name) {
            return Level::Error;
        }
        let by_path = self.overrides.iter().filter(|(files, _)| files.is_match(path)).flat_map(|(_, levels)| levels);
        let mut level = rule.level;
        for chosen in self.levels.iter().chain(by_path).filter(|chosen| chosen.selector.names(rule)) {
            level = chosen.level.unwrap_or(rule.level);
        }
        let names = |selectors: &[Selector]| selectors.iter().any(|selector| selector.names(rule));
        let wanted = names(&self.select) || names(&self.extend_select);
        if names(&self.ignore) || (!self.select.is_empty() && !wanted) {
            return Level::Off;
        }
        if wanted && level == Level::Off {
            level = if rule.level == Level::Off { Level::Warning } else { rule.level };
        }
        if rule.group() == "content" && self.language == Language::Off {
            return Level::Off;
        }
        in_state(rule, level, state)
    }
}

/// Types that count for nothing and are no slip of the hand.
const QUIET_TYPES: [&str; 7] = ["build", "chore", "ci", "docs", "refactor", "style", "test"];

fn known_types(config: &Config) -> BTreeSet<String> {
    let bumps = config.version.bumps.iter().map(|(kind, _)| kind);
    let titles = config.changelog.titles();
    let shown = titles.iter().map(|(kind, _)| *kind);
    let hidden = config.changelog.hidden.iter().map(String::as_str);
    bumps.chain(shown).chain(hidden).chain(QUIET_TYPES).map(str::to_lowercase).collect()
}

/// Rules without which a file that cannot be read would count as passed: neither configuration nor command line
/// changes their level.
const FIXED: [&str; 2] = ["toml/syntax", "ticket/too-large"];

/// Drafts are judged more mildly, and what is over is judged by its structure alone (product.md §3).
fn in_state(rule: &Rule, level: Level, state: Option<State>) -> Level {
    let about_the_text = ["content", "plan"].contains(&rule.group());
    match state {
        Some(State::Draft) if about_the_text => level.min(Level::Warning),
        Some(State::Closed | State::Cancelled) if about_the_text || rule.group() == "suppress" => Level::Off,
        _ => level,
    }
}

impl Selector {
    fn parse(text: &str) -> Option<Self> {
        if !text.contains(['*', '?', '[', '{']) {
            return all().any(|rule| rule.name == text).then(|| Self::Name(text.to_owned()));
        }
        let glob = GlobBuilder::new(text).literal_separator(true).build().ok()?.compile_matcher();
        let group = text.split('/').next().is_some_and(|group| GROUPS.contains(&group));
        (group || all().any(|rule| glob.is_match(rule.name))).then_some(Self::Glob(glob))
    }

    fn names(&self, rule: &Rule) -> bool {
        match self {
            Self::Name(name) => name == rule.name,
            Self::Glob(glob) => glob.is_match(rule.name),
        }
    }
}

/// The levels with their selectors understood; names come after globs, since they say more.
fn chosen(levels: &[RuleLevel], faults: &mut Vec<Fault>) -> Vec<Chosen> {
    let mut chosen = Vec::new();
    for part in levels {
        match Selector::parse(&part.selector) {
            Some(selector) => chosen.push(Chosen { selector, level: part.level }),
            None => faults.push(Fault {
                message: format!("`{}` names no rule", part.selector),
                help: nearest(&part.selector),
                label: Label::new(part.span, "no rule is called so"),
            }),
        }
    }
    chosen.sort_by_key(|chosen| matches!(chosen.selector, Selector::Name(_)));
    chosen
}

fn asked(selectors: &[String]) -> Result<Vec<Selector>> {
    selectors
        .iter()
        .map(|text| Selector::parse(text).ok_or_else(|| Error::usage(format!("`{text}` names no rule"), nearest(text))))
        .collect()
}

/// What to write instead of a name that no rule bears.
#[must_use]
pub fn nearest(name: &str) -> String {
    match closest(name, all().map(|rule| rule.name)) {
        Some(rule) => format!("did you mean `{rule}`?"),
        None => "`tollgate rules` lists all rules".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Override, RuleSettings};
    use crate::source::Span;

    fn level(selector: &str, level: Option<Level>) -> RuleLevel {
        RuleLevel { selector: selector.into(), span: Span::new(0, 1), level }
    }

    fn settings(levels: Vec<RuleLevel>, choice: &Choice) -> Result<Settings> {
        let rules = RuleSettings { levels, overrides: Vec::new() };
        Settings::new(&Config { rules, ..Config::default() }, choice, Timestamp::UNIX_EPOCH)
    }

    fn of(settings: &Settings, name: &str) -> Level {
        settings.level(all().find(|rule| rule.name == name).unwrap(), "a.toml", Some(State::Proposed))
    }

    #[test]
    fn a_name_counts_before_a_glob_wherever_it_stands() {
        let levels = vec![level("content/placeholder", Some(Level::Off)), level("content/*", Some(Level::Note))];
        let settings = settings(levels, &Choice::default()).unwrap();
        assert_eq!(of(&settings, "content/placeholder"), Level::Off);
        assert_eq!(of(&settings, "content/title-vague"), Level::Note);
    }

    #[test]
    fn default_gives_a_rule_its_own_level_back() {
        let levels = vec![level("content/*", Some(Level::Off)), level("content/placeholder", None)];
        assert_eq!(of(&settings(levels, &Choice::default()).unwrap(), "content/placeholder"), Level::Error);
    }

    #[test]
    fn select_silences_the_others_and_ignore_wins() {
        let choice = Choice {
            select: vec!["content/*".into()],
            ignore: vec!["content/title-vague".into()],
            ..Choice::default()
        };
        let settings = settings(Vec::new(), &choice).unwrap();
        assert_eq!(of(&settings, "content/placeholder"), Level::Error);
        assert_eq!(of(&settings, "content/title-vague"), Level::Off);
        assert_eq!(of(&settings, "ticket/missing-field"), Level::Off);
    }

    #[test]
    fn what_makes_a_file_unreadable_is_never_silenced() {
        let levels = vec![level("toml/*", Some(Level::Off))];
        assert_eq!(of(&settings(levels, &Choice::default()).unwrap(), "toml/syntax"), Level::Error);
    }

    #[test]
    fn a_path_has_levels_of_its_own() {
        let overrides =
            vec![Override { files: vec!["old/**".into()], levels: vec![level("content/*", Some(Level::Off))] }];
        let rules = RuleSettings { levels: Vec::new(), overrides };
        let config = Config { rules, ..Config::default() };
        let settings = Settings::new(&config, &Choice::default(), Timestamp::UNIX_EPOCH).unwrap();
        let rule = all().find(|rule| rule.name == "content/placeholder").unwrap();
        assert_eq!(settings.level(rule, "old/a.toml", Some(State::Proposed)), Level::Off);
        assert_eq!(settings.level(rule, "new/a.toml", Some(State::Proposed)), Level::Error);
    }

    #[test]
    fn a_draft_gets_warnings_and_a_closed_ticket_nothing_about_its_text() {
        let settings = settings(Vec::new(), &Choice::default()).unwrap();
        let rule = all().find(|rule| rule.name == "content/placeholder").unwrap();
        assert_eq!(settings.level(rule, "a", Some(State::Draft)), Level::Warning);
        assert_eq!(settings.level(rule, "a", Some(State::Closed)), Level::Off);
    }

    #[test]
    fn a_misspelt_selector_is_an_error_with_the_nearest_name() {
        let error = settings(vec![level("content/placeholders", Some(Level::Off))], &Choice::default()).unwrap_err();
        assert_eq!(error.help(), Some("did you mean `content/placeholder`?"));
        let choice = Choice { ignore: vec!["contents/*".into()], ..Choice::default() };
        assert!(settings(Vec::new(), &choice).is_err());
    }
}
