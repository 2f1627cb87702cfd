//! The front door for messages of commits: one that is being written, or those of a range, one
//! after the other.
//!
//! Decides which checks a message meets, and keeps the texts of those alone in which something is
//! found.

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
use crate::finding::{Checked, Finding, Place, sort};
use crate::source::Source;

/// How the messages of merges begin that git and GitHub write themselves.
const MERGE_PREFIXES: [&str; 6] = [
    "Merge branch ",
    "Merge branches ",
    "Merge commit ",
    "Merge pull request #",
    "Merge remote-tracking branch ",
    "Merge tag ",
];

/// The rule that neither a merge nor the first digits of an override silence: anybody can make a
/// commit whose id begins with digits of their choice. An override that gives the whole id was
/// written for this very object.
const MALFORMED: &str = "commit/malformed";

/// A message that is being written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DraftMessage<'a> {
    /// The text in the editor.
    pub(crate) source: &'a Source,
    /// What git makes of it.
    pub(crate) cleanup: &'a Cleanup,
    /// Whether its bytes could be decoded.
    pub(crate) decoding: Decoding,
    /// The tickets that it may name; `None`: they are not known, and what is named is not judged.
    pub(crate) tickets: Option<&'a TicketIndex>,
    /// Whether it is known to be that of a merge; git's own messages of merges are known by their
    /// text.
    pub(crate) is_merge: bool,
}

/// Lints a message that is being written.
///
/// An empty message is not counted: Git makes no commit of it unless it is asked to.
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

/// Whether a message may name a ticket, so that the tickets have to be known.
#[must_use]
pub(crate) fn references_ticket(message: &str) -> bool {
    message
        .lines()
        .skip(1)
        .any(|line| ticket_named_in(line).is_some())
}

/// Reads the tickets that messages may name; `None`: they are not known, and what is named is not
/// judged.
type ReadTickets<'a> = Box<dyn FnOnce() -> Result<Option<TicketIndex>> + 'a>;

/// Lints the messages of commits, one after the other: those of a range, of a branch or of a
/// release.
pub(crate) struct CommitLint<'a> {
    settings: &'a Settings,
    /// `None`: they have been read.
    read_tickets: Option<ReadTickets<'a>>,
    tickets: Option<TicketIndex>,
    stage: Stage,
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
    /// Starts with no commits; `read_tickets` is called once, when a message may name a ticket.
    #[must_use]
    pub(crate) fn new(
        settings: &'a Settings,
        read_tickets: impl FnOnce() -> Result<Option<TicketIndex>> + 'a,
    ) -> Self {
        Self {
            settings,
            read_tickets: Some(Box::new(read_tickets)),
            tickets: None,
            stage: Stage::Commit,
            checked: Checked::default(),
        }
    }

    /// The commits were merged already, so their messages can only be overridden.
    #[must_use]
    pub(crate) fn merged(mut self) -> Self {
        self.stage = Stage::Merged;
        self
    }

    /// Lints a commit; of merges, and of commits that an override names, only what is malformed is
    /// told.
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
            is_excused: commit.parents.len() > 1 || self.settings.overrides_commit(&name),
            is_reviewed: self.settings.overrides_whole_id(&name),
        };
        let cleanup = Cleanup::none();
        // An empty message can be malformed, too.
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

    /// What was found, in the order in which the commits came.
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
