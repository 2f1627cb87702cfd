//! Lints commit messages: a draft, or those of a range, one after the other.
//!
//! Decides which rules apply to a message; the rules are in `commit`. Only the texts of messages
//! with findings are kept, to save memory.

use super::commit::{AuthorKind, MessageContext, MessageInfo, Stage};
use super::rule::Check;
use super::run::run_checks;
use super::settings::Settings;
use super::ticket_index::TicketIndex;
use crate::commit::{
    Cleanup, Decoding, Id, RawCommit, decoded, is_bot, normalized, ticket_named_in,
};
use crate::config::Level;
use crate::error::Result;
use crate::finding::{Checked, Finding, Place, Severity, sort};
use crate::source::Source;

/// How the merge messages begin that Git and GitHub generate.
const MERGE_PREFIXES: [&str; 6] = [
    "Merge branch ",
    "Merge branches ",
    "Merge commit ",
    "Merge pull request #",
    "Merge remote-tracking branch ",
    "Merge tag ",
];

/// The rule that applies to merges too, and to commits that an override names by the first digits
/// of their ID: anybody can create a commit whose ID begins with chosen digits. An override with
/// the full ID can only mean this commit.
const MALFORMED: &str = "commit/malformed";

/// A message that is being written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DraftMessage<'a> {
    /// The text in the editor.
    pub(crate) source: &'a Source,
    /// How Git will clean it up.
    pub(crate) cleanup: &'a Cleanup,
    /// Whether its bytes could be decoded.
    pub(crate) decoding: Decoding,
    /// The tickets that it can refer to; `None` if they are unknown, so references aren't checked.
    pub(crate) tickets: Option<&'a TicketIndex>,
    /// Whether it is known to be that of a merge. Merge messages that Git generates are recognized
    /// by their text.
    pub(crate) is_merge: bool,
}

/// Lints a message that is being written.
///
/// An empty message doesn't count as a commit, because Git aborts the commit by default.
#[must_use]
pub(crate) fn lint_message(draft: &DraftMessage<'_>, settings: &Settings) -> Checked {
    let place = Place::file(draft.source);
    let info = MessageInfo {
        place: &place,
        stage: Stage::Draft,
        decoding: draft.decoding,
        author: AuthorKind::Person,
        anomalies: &[],
        has_address: true,
        tickets: draft.tickets,
        is_excused: draft.is_merge,
        is_reviewed: false,
    };
    let message = MessageContext::new(draft.source.text(), draft.cleanup, info, settings);
    let commits = usize::from(message.is_some());
    let findings = message.map_or_else(Vec::new, |mut message| {
        message.info.is_excused |= MERGE_PREFIXES
            .iter()
            .any(|start| message.header.text.starts_with(start));
        lint(&message)
    });
    Checked {
        commits,
        ..Checked::new(findings, [(place.clone(), draft.source.clone())])
    }
}

/// The message that the only squash of a branch will have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SquashMessage<'a> {
    /// The text.
    pub(crate) source: &'a Source,
    /// The tickets that it can refer to; `None`: it refers to none.
    pub(crate) tickets: Option<&'a TicketIndex>,
    /// Whether a program made the pull request.
    pub(crate) is_by_bot: bool,
}

/// The rules that are errors for a squash by a person, unless the configuration sets their levels:
/// its message decides about the version and cannot be corrected after the merge.
const STRICT_RULES: [&str; 3] = [
    "commit/unparsed",
    "commit/unknown-type",
    "commit/ambiguous-breaking",
];

/// Lints the message that the only squash of a branch will have.
#[must_use]
pub(crate) fn lint_squash(squash: &SquashMessage<'_>, settings: &Settings) -> Checked {
    let place = Place::file(squash.source);
    let info = MessageInfo {
        place: &place,
        stage: Stage::Squash,
        decoding: Decoding::Exact,
        author: if squash.is_by_bot {
            AuthorKind::Bot
        } else {
            AuthorKind::Person
        },
        anomalies: &[],
        has_address: true,
        tickets: squash.tickets,
        is_excused: false,
        is_reviewed: false,
    };
    let cleanup = Cleanup::none();
    let message = MessageContext::new(squash.source.text(), &cleanup, info, settings);
    let Some(message) = message else {
        return Checked::default();
    };
    let mut findings = lint(&message);
    for finding in &mut findings {
        let is_strict = STRICT_RULES.contains(&finding.rule) && !settings.sets_level(finding.rule);
        if is_strict && !squash.is_by_bot {
            finding.severity = Severity::Error;
        }
    }
    Checked::new(findings, [(place.clone(), squash.source.clone())])
}

/// Whether a message may refer to a ticket, so that the tickets have to be read.
#[must_use]
pub(crate) fn references_ticket(message: &str) -> bool {
    message
        .lines()
        .skip(1)
        .any(|line| ticket_named_in(line).is_some())
}

/// Reads the tickets that messages can refer to; `None` if they are unknown, so references aren't
/// checked.
type ReadTickets<'a> = Box<dyn FnOnce() -> Result<Option<TicketIndex>> + 'a>;

/// Lints the messages of the commits of a range, one after the other.
pub(crate) struct CommitLint<'a> {
    settings: &'a Settings,
    /// `None` once the tickets have been read.
    read_tickets: Option<ReadTickets<'a>>,
    tickets: Option<TicketIndex>,
    stage: Stage,
    /// Whether nothing but malformed objects is reported.
    is_excused: bool,
    checked: Checked,
}

impl std::fmt::Debug for CommitLint<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CommitLint")
            .field("checked", &self.checked)
            .finish_non_exhaustive()
    }
}

impl<'a> CommitLint<'a> {
    /// Starts without commits. `read_tickets` is called at the first message that may refer to a
    /// ticket, if there is one.
    #[must_use]
    pub(crate) fn new(
        settings: &'a Settings,
        read_tickets: impl FnOnce() -> Result<Option<TicketIndex>> + 'a,
    ) -> Self {
        Self {
            settings,
            read_tickets: Some(Box::new(read_tickets)),
            tickets: None,
            stage: Stage::Commit(None),
            is_excused: false,
            checked: Checked::default(),
        }
    }

    /// The commits are those that this one does not contain. Findings suggest to rebase onto it.
    #[must_use]
    pub(crate) fn onto(mut self, excluded: Option<Id>) -> Self {
        self.stage = Stage::Commit(excluded);
        self
    }

    /// If the messages will not be kept, only malformed objects are reported.
    #[must_use]
    pub(crate) fn only_malformed(mut self, is_replaced: bool) -> Self {
        self.is_excused |= is_replaced;
        self
    }

    /// The commits have already been merged, so findings suggest an override instead of an edit.
    #[must_use]
    pub(crate) fn merged(mut self) -> Self {
        self.stage = Stage::Merged;
        self
    }

    /// Lints a commit. For merges and overridden commits, only malformed objects are reported.
    ///
    /// # Errors
    ///
    /// Fails if the tickets cannot be read.
    pub(crate) fn add(&mut self, id: Id, commit: &RawCommit<'_>) -> Result<()> {
        self.checked.commits += 1;
        let name = id.to_string();
        let (text, decoding) = decoded(commit.message, commit.encoding);
        if let Some(read) = self.read_tickets.take_if(|_| references_ticket(&text)) {
            self.tickets = read()?;
        }
        let place = Place::Commit(name.clone());
        let info = MessageInfo {
            place: &place,
            stage: self.stage,
            decoding,
            author: if is_bot(&commit.author) {
                AuthorKind::Bot
            } else {
                AuthorKind::Person
            },
            anomalies: &commit.anomalies,
            has_address: !normalized(&decoded(commit.author.email, commit.encoding).0).is_empty(),
            tickets: self.tickets.as_ref(),
            is_excused: self.is_excused
                || commit.parents.len() > 1
                || self.settings.overrides_commit(&name),
            is_reviewed: self.settings.overrides_whole_id(&name),
        };
        let cleanup = Cleanup::none();
        // A commit with an empty message can be malformed too.
        let message = MessageContext::new(&text, &cleanup, info, self.settings)
            .unwrap_or_else(|| MessageContext::empty(info, self.settings));
        let findings = lint(&message);
        if !findings.is_empty() {
            let source = Source::new(place.name(), text.as_ref());
            self.checked.sources.insert(place, source);
            self.checked.findings.extend(findings);
        }
        Ok(())
    }

    /// The findings, sorted, with the number of commits.
    #[must_use]
    pub(crate) fn finish(mut self) -> Checked {
        sort(&mut self.checked.findings);
        self.checked
    }
}

/// Runs the rules about messages.
fn lint(message: &MessageContext<'_>) -> Vec<Finding> {
    let MessageInfo {
        is_excused,
        is_reviewed,
        ..
    } = message.info;
    run_checks(
        |check, findings| {
            if let Check::Message(check) = check {
                check(message, findings);
            }
        },
        |rule, _| match rule.name {
            MALFORMED if is_reviewed => Level::Off,
            name if name != MALFORMED && is_excused => Level::Off,
            _ => message.settings.level_for_commits(rule),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::rules::testing::settings_of;

    /// The rules with findings about a squash with this message, each with its severity.
    fn squash(message: &str, config: &str, is_by_bot: bool) -> Vec<(&'static str, Severity)> {
        let config = Config::parse(Source::new("tollgate.toml", config)).unwrap();
        let source = Source::new("<pull request>", message);
        let message = SquashMessage {
            source: &source,
            tickets: None,
            is_by_bot,
        };
        let checked = lint_squash(&message, &settings_of(&config));
        let findings = checked.findings.iter();
        findings
            .map(|finding| (finding.rule, finding.severity))
            .collect()
    }

    #[test]
    fn title_of_a_squash_must_be_conventional() {
        for (title, rule) in [
            ("Add ports", "commit/unparsed"),
            ("faet: add ports", "commit/unknown-type"),
            (
                "fix: a\n\nBreaking change: the key is gone",
                "commit/ambiguous-breaking",
            ),
        ] {
            assert_eq!(
                squash(title, "", false),
                [(rule, Severity::Error)],
                "{title}"
            );
        }
    }

    #[test]
    fn configured_level_of_a_title_counts() {
        let config = "rules.\"commit/unparsed\" = \"warning\"";
        let expected = [("commit/unparsed", Severity::Warning)];
        assert_eq!(squash("Add ports", config, false), expected);
        let off = "rules.\"commit/*\" = \"off\"";
        assert_eq!(squash("Add ports", off, false), []);
    }

    #[test]
    fn title_of_a_bot_is_only_a_warning() {
        let expected = [("commit/unparsed", Severity::Warning)];
        assert_eq!(squash("Bump serde", "", true), expected);
    }

    #[test]
    fn description_that_denies_a_breaking_change_is_accepted() {
        assert_eq!(squash("fix: a\n\nBreaking change: none", "", false), []);
    }
}
