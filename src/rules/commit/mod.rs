//! Rules on commit messages: one message at a time, whether it is being written or that of a commit
//! to be merged.
//!
//! Decided here: what a rule sees of a message. What a header is, is `commit`'s business.

mod ambiguous_breaking;
mod header_too_long;
mod malformed;
mod missing_blank_line;
mod revert_without_target;
mod subject_case;
mod subject_full_stop;
mod unknown_scope;
mod unknown_ticket;
mod unknown_type;
mod unmergeable_fixup;
mod unparsed;

use super::rule::Rule;
use super::settings::Settings;
use super::ticket_index::TicketIndex;
use crate::commit::{Cleanup, Decoding, Header, Id, Kind};
use crate::finding::Place;
use crate::source::Span;

pub(crate) use malformed::is_malformed_object;

pub(super) const RULES: &[Rule] = &[
    unparsed::RULE,
    unknown_type::RULE,
    unknown_scope::RULE,
    ambiguous_breaking::RULE,
    revert_without_target::RULE,
    unmergeable_fixup::RULE,
    unknown_ticket::RULE,
    malformed::RULE,
    header_too_long::RULE,
    missing_blank_line::RULE,
    subject_full_stop::RULE,
    subject_case::RULE,
];

/// A line of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Its text, without the line end and white space at the end.
    pub(super) text: &'a str,
    /// Its location.
    pub(super) span: Span,
}

/// A message as rules see it.
pub(super) struct MessageContext<'a> {
    /// The first nonblank line, trimmed.
    pub(super) header: Line<'a>,
    /// What the header is.
    pub(super) kind: Kind,
    /// The lines after it.
    pub(super) rest: Vec<Line<'a>>,
    /// What is known around the message.
    pub(super) info: MessageInfo<'a>,
    /// The settings of the run.
    pub(super) settings: &'a Settings,
}

/// What is known around a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct MessageInfo<'a> {
    /// The place of findings about it.
    pub(super) place: &'a Place,
    /// Whether it is being written, or is part of a commit.
    pub(super) stage: Stage,
    /// Whether its bytes could be decoded.
    pub(super) decoding: Decoding,
    /// Who wrote it.
    pub(super) author: AuthorKind,
    /// What is odd about the commit's object.
    pub(super) anomalies: &'a [&'static str],
    /// Whether its author has an address.
    pub(super) has_address: bool,
    /// The tickets that it may name; `None`: they are not known.
    pub(super) tickets: Option<&'a TicketIndex>,
    /// Whether only `commit/malformed` applies: the message is that of a merge, or an override corrects
    /// the commit.
    pub(super) is_excused: bool,
    /// Whether an override names the commit by its whole id.
    pub(super) is_reviewed: bool,
}

/// The stage of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is being written.
    Draft,
    /// It is the message that a squash will have if the pull request stays as it is.
    Squash,
    /// It is the message of a commit that is to be merged, and that this one does not contain;
    /// `None`: it is checked with all commits before it.
    Commit(Option<Id>),
    /// It is the message of a commit that is to be released, and was merged before.
    Merged,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AuthorKind {
    /// A person, as far as is known.
    Person,
    /// A program: it cannot be asked to shorten its messages.
    Bot,
}

impl<'a> MessageContext<'a> {
    /// Splits a text into the lines that Git keeps; `None` if it keeps none.
    pub(super) fn new(
        text: &'a str,
        cleanup: &Cleanup,
        info: MessageInfo<'a>,
        settings: &'a Settings,
    ) -> Option<Self> {
        let kept = cleanup.lines(text).into_iter();
        let mut lines = kept.map(|line| Line::new(line.text.trim_end(), line.start));
        let header = lines.find_map(|line| {
            let text = line
                .text
                .trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
            (!text.is_empty()).then(|| Line::new(text, line.span.end - text.len()))
        })?;
        Some(Self {
            header,
            kind: Kind::of(header.text),
            rest: lines.collect(),
            info,
            settings,
        })
    }

    /// An empty message.
    pub(super) fn empty(info: MessageInfo<'a>, settings: &'a Settings) -> Self {
        Self {
            header: Line::new("", 0),
            kind: Kind::of(""),
            rest: Vec::new(),
            info,
            settings,
        }
    }

    /// The place of findings about the message.
    pub(super) fn place(&self) -> Place {
        self.info.place.clone()
    }

    /// The header if it is conventional.
    pub(super) fn conventional(&self) -> Option<&Header> {
        match &self.kind {
            Kind::Conventional(header) => Some(header),
            _ => None,
        }
    }

    /// The conventional header of a message by a person. Bots cannot be asked to write differently.
    pub(super) fn conventional_by_person(&self) -> Option<&Header> {
        self.conventional()
            .filter(|_| self.info.author == AuthorKind::Person)
    }

    /// The position of the first occurrence of a character.
    pub(super) fn position_of(&self, character: char) -> Option<Span> {
        let mut lines = std::iter::once(&self.header).chain(&self.rest);
        lines.find_map(|line| {
            let start = line.span.start + line.text.find(character)?;
            Some(Span::new(start, start + character.len_utf8()))
        })
    }

    /// The span of the subject of a conventional header.
    pub(super) fn subject_span(&self, header: &Header) -> Span {
        Span::new(
            self.header.span.end - header.subject().len(),
            self.header.span.end,
        )
    }
}

impl<'a> Line<'a> {
    const fn new(text: &'a str, start: usize) -> Self {
        Self {
            text,
            span: Span {
                start,
                end: start + text.len(),
            },
        }
    }
}

/// A header in which a word that was written before the type, such as the key of an issue, comes
/// first in the subject.
fn move_behind_type(word: &str, rest: &str, settings: &Settings) -> Option<String> {
    let header = Header::parse(rest).filter(|header| settings.is_listed_type(header.kind()))?;
    let start = &rest[..rest.len() - header.subject().len()];
    Some(format!("{start}{word} {}", header.subject()))
}

#[cfg(test)]
pub(super) mod tests {
    use crate::commit::{Cleanup, CleanupMode, Decoding, Id, RawCommit};
    use crate::config::{Config, Level, RuleLevel};
    use crate::document::Table;
    use crate::finding::Checked;
    use crate::rules::testing::settings_of;
    use crate::rules::{CommitLint, DraftMessage, Settings, TicketIndex, lint_message};
    use crate::source::{Source, Span};

    /// What may be named in messages: an open ticket, and one that is over.
    pub(in crate::rules) fn tickets() -> TicketIndex {
        TicketIndex::read(&[
            Source::new("changes/pool-40.toml", "state = \"proposed\""),
            Source::new("changes/pool-20.toml", "state = \"closed\""),
        ])
    }

    /// Settings that enable a rule that is off by default, with these options.
    pub(in crate::rules) fn with_rule(rule: &str, options: &str) -> Settings {
        let text = format!("rules.\"{rule}\" = {{ level = \"warning\", {options} }}");
        settings_of(&Config::parse(Source::new("tollgate.toml", text)).unwrap())
    }

    pub(in crate::rules) fn lint_draft(message: &str, settings: &Settings) -> Checked {
        let source = Source::new("message", message);
        let cleanup = Cleanup {
            mode: CleanupMode::Strip,
            comment: "#".into(),
        };
        let tickets = tickets();
        let draft = DraftMessage {
            source: &source,
            cleanup: &cleanup,
            decoding: Decoding::Exact,
            tickets: Some(&tickets),
            is_merge: false,
        };
        lint_message(&draft, settings)
    }

    /// The findings of a message in a commit by this author.
    pub(in crate::rules) fn lint_object(object: &[u8], settings: &Settings) -> Checked {
        let mut lint = CommitLint::new(settings, || Ok(Some(tickets())));
        lint.add(Id::new([7; 20]), &RawCommit::parse(object).unwrap())
            .unwrap();
        lint.finish()
    }

    /// The findings of a message in a commit that was merged before.
    pub(in crate::rules) fn lint_merged(message: &str) -> Checked {
        let settings = settings_of(&Config::default());
        let object = object("Ada <ada@example.org>", message);
        let mut lint = CommitLint::new(&settings, || Ok(Some(tickets()))).merged();
        lint.add(Id::new([7; 20]), &RawCommit::parse(&object).unwrap())
            .unwrap();
        lint.finish()
    }

    pub(in crate::rules) fn object(author: &str, message: &str) -> Vec<u8> {
        let tree = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        format!("{tree}\nauthor {author} 1 +0000\ncommitter {author} 1 +0000\n\n{message}")
            .into_bytes()
    }

    pub(in crate::rules) fn lint_committed(message: &str, settings: &Settings) -> Checked {
        lint_object(&object("Ada <ada@example.org>", message), settings)
    }

    pub(in crate::rules) fn lint(message: &str) -> Checked {
        lint_draft(message, &settings_of(&Config::default()))
    }

    pub(in crate::rules) fn names(checked: &Checked) -> Vec<&'static str> {
        checked
            .findings
            .iter()
            .map(|finding| finding.rule)
            .collect()
    }

    pub(in crate::rules) fn rules(message: &str) -> Vec<&'static str> {
        names(&lint(message))
    }

    /// The rules with findings where this rule has one.
    pub(in crate::rules) fn rules_with(rule: &str, message: &str) -> Vec<&'static str> {
        names(&lint_draft(message, &with_rule(rule, "")))
    }

    #[test]
    fn comments_and_text_below_scissors_are_ignored() {
        let text = "\n# feature: no\nfeat: x\n# BREAKING CHANGE\n# ------------------------ >8 ------------------------\nBREAKING CHANGE\n";
        assert_eq!(rules(text), [""; 0]);
    }

    #[test]
    fn an_empty_message_is_gits_business() {
        assert_eq!(rules("\n# only comments\n"), [""; 0]);
    }

    #[test]
    fn positions_refer_to_the_original_text() {
        let checked = lint("# a comment\n\n\u{feff}  faet: x\r\n");
        assert_eq!(checked.findings[0].label.span, Span::new(18, 22));
    }

    #[test]
    fn level_off_disables_a_rule() {
        let levels = |level| {
            let rule = RuleLevel {
                selector: "commit/unparsed".into(),
                span: Span::default(),
                level,
                options: Table::default(),
            };
            let mut config = Config::default();
            config.rules.levels = vec![rule];
            names(&lint_draft("update", &settings_of(&config)))
        };
        assert_eq!(levels(Some(Level::Off)), [""; 0]);
        assert_eq!(levels(None), ["commit/unparsed"]);
    }

    #[test]
    fn only_malformed_merges_are_reported() {
        for message in [
            "Merge branch 'x'",
            "Merge pull request #1 from a/b",
            "Merge tag 'v1'",
        ] {
            assert_eq!(rules(message), [""; 0], "{message}");
        }
        assert_eq!(rules("Merge the two parsers"), ["commit/unparsed"]);
    }

    #[test]
    fn overridden_commit_is_checked_only_for_malformation() {
        let settings = |digits: &str| {
            let text =
                format!("override = [{{ commit = \"{digits}\", skip = \"an experiment\" }}]");
            settings_of(&Config::parse(Source::new("tollgate.toml", text)).unwrap())
        };
        assert_eq!(
            names(&lint_committed("wip", &settings("07070707"))),
            [""; 0]
        );
        assert_eq!(
            names(&lint_committed("wip\0", &settings("07070707"))),
            ["commit/malformed"]
        );
        assert_eq!(
            names(&lint_committed("wip", &settings("0707070707a"))),
            ["commit/unparsed"]
        );
    }

    #[test]
    fn override_by_whole_id_excuses_a_malformed_commit() {
        let text = format!(
            "override = [{{ commit = \"{}\", skip = \"an experiment\" }}]",
            "07".repeat(20)
        );
        let settings = settings_of(&Config::parse(Source::new("tollgate.toml", text)).unwrap());
        assert_eq!(names(&lint_committed("wip\0", &settings)), [""; 0]);
    }

    #[test]
    fn a_commit_is_a_merge_by_its_parents_and_not_by_its_text() {
        let settings = settings_of(&Config::default());
        assert_eq!(
            names(&lint_committed("Merge branch 'x'", &settings)),
            ["commit/unparsed"]
        );
        let parent = "parent 0123456789abcdef0123456789abcdef01234567\n".repeat(2);
        let merge = String::from_utf8(object("Ada <a@x>", "bring it in\0")).unwrap();
        let merge = merge.replacen("\nauthor", &format!("\n{parent}author"), 1);
        assert_eq!(
            names(&lint_object(merge.as_bytes(), &settings)),
            ["commit/malformed"]
        );
    }
}
