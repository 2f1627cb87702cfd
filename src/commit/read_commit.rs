//! Classifies a commit by its message.
//!
//! Fixups are recognized first, then Git's own reverts, then conventional headers; all others are
//! unconventional (docs/design/versions.md, Messages). Whether a merge counts and whether a revert
//! takes effect is decided by `history`, which sees the graph.

use std::sync::Arc;

use crate::commit::author::{Authors, CO_AUTHOR};
use crate::commit::breaking::{announces_breaking, breaking_notes};
use crate::commit::header::Prefixes;
use crate::commit::no_ticket::{no_ticket_reason, no_ticket_reason_in};
use crate::commit::trailers::TICKET;
use crate::commit::{
    Author, Decoding, Header, Id, Message, RawCommit, Reference, Revert, Trailer,
    references_in_footers, ticket_trailers, trailers,
};

/// The parts of a commit that versions and changelogs need.
///
/// There may be a million of them in memory, so data that few commits have is kept in a separate
/// allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub id: Id,
    /// Who wrote it.
    pub author: Arc<Author>,
    /// The kind of its header.
    pub(crate) kind: Kind,
    /// Whether it declares a breaking change, by `!` or by a footer that counts.
    pub breaking: bool,
    /// Whether its message could be decoded.
    pub(crate) decoding: Decoding,
    extras: Option<Box<Extras>>,
}

/// Data that few commits have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Extras {
    revert: Option<Revert>,
    tickets: Box<[String]>,
    no_ticket_reason: Option<String>,
    co_authors: Box<[Arc<Author>]>,
    references: Box<[Reference]>,
    breaking_notes: Box<[String]>,
    anomalies: Box<[&'static str]>,
}

/// The kind of the header of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `type(scope)!: subject`.
    Conventional(Header),
    /// `Revert "…"` or `Reapply "…"` as written by Git, which have the type `revert`. Contains the
    /// line.
    Revert(Box<str>),
    /// `fixup!`, `squash!` or `amend!`: to be folded into another commit. Contains the line.
    Fixup(Box<str>),
    /// None of these. Contains the line.
    Unconventional(Box<str>),
}

/// Reads many commits, and stores once what they share.
#[derive(Debug, Default)]
pub struct Reader {
    authors: Authors,
    prefixes: Prefixes,
}

impl Reader {
    /// Classifies a raw commit.
    #[must_use]
    pub fn read(&mut self, id: Id, raw: &RawCommit<'_>) -> Commit {
        let message = Message::decode(raw.message, raw.encoding);
        let rest = message.rest();
        let kind = Kind::of_one(message.header(), &mut self.prefixes);
        let (trailers, naming) = match may_have_trailers(rest) {
            true => (trailers(message.text()), ticket_trailers(message.text())),
            false => (Vec::new(), Vec::new()),
        };
        let breaking = kind.breaks(rest);
        let rare = Extras {
            revert: kind.revert(rest),
            tickets: tickets_named(&naming),
            no_ticket_reason: no_ticket_reason_in(&naming),
            co_authors: self.authors.with(&trailers),
            references: references_in_footers(rest).into(),
            breaking_notes: notes(breaking, rest),
            anomalies: raw.anomalies.as_slice().into(),
        };
        Commit {
            id,
            author: self.authors.of(&raw.author, raw.encoding),
            breaking,
            decoding: message.decoding,
            extras: rare.kept(),
            kind,
        }
    }
}

fn notes(breaking: bool, rest: &str) -> Box<[String]> {
    if breaking {
        breaking_notes(rest).into()
    } else {
        Box::default()
    }
}

impl Commit {
    /// Classifies a single raw commit; a [`Reader`] is for many.
    #[doc(hidden)]
    #[must_use]
    pub fn read(id: Id, raw: &RawCommit<'_>) -> Self {
        Reader::default().read(id, raw)
    }

    /// The same commit with another message, but with its own tickets and co-authors.
    #[must_use]
    pub(crate) fn reworded(&self, message: &str) -> Self {
        let message = Message::from(message);
        let kind = Kind::of(message.header());
        let naming = ticket_trailers(message.text());
        let own = tickets_named(&naming);
        let breaking = kind.breaks(message.rest());
        let rare = Extras {
            revert: kind.revert(message.rest()),
            tickets: own.iter().chain(self.tickets()).cloned().collect(),
            no_ticket_reason: no_ticket_reason_in(&naming)
                .or_else(|| self.no_ticket_reason().map(str::to_owned)),
            co_authors: self.co_authors().into(),
            references: references_in_footers(message.rest()).into(),
            breaking_notes: notes(breaking, message.rest()),
            anomalies: self.anomalies().into(),
        };
        Self {
            breaking,
            decoding: message.decoding,
            extras: rare.kept(),
            kind,
            ..self.clone()
        }
    }

    /// The type, as written; `revert` for git's own reverts.
    #[must_use]
    pub fn kind_name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Conventional(header) => Some(header.kind()),
            Kind::Revert(_) => Some("revert"),
            Kind::Fixup(_) | Kind::Unconventional(_) => None,
        }
    }

    /// The scope, if there is one.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        match &self.kind {
            Kind::Conventional(header) => header.scope(),
            _ => None,
        }
    }

    /// The subject, or the whole header line if it is not conventional.
    #[must_use]
    pub fn subject(&self) -> &str {
        match &self.kind {
            Kind::Conventional(header) => header.subject(),
            Kind::Revert(line) | Kind::Fixup(line) | Kind::Unconventional(line) => line,
        }
    }

    /// The commits that it reverts, if it is a revert that names them or could.
    #[must_use]
    pub(crate) fn revert(&self) -> Option<&Revert> {
        self.extras.as_ref()?.revert.as_ref()
    }

    /// The tickets that its `Change:` trailers name.
    #[must_use]
    pub(crate) fn tickets(&self) -> &[String] {
        self.extras.as_ref().map_or(&[], |rare| &rare.tickets)
    }

    /// The reason why it needs no ticket, from a trailer `Change: none (reason)`.
    #[must_use]
    pub(crate) fn no_ticket_reason(&self) -> Option<&str> {
        self.extras.as_ref()?.no_ticket_reason.as_deref()
    }

    /// The co-authors, from its `Co-authored-by` trailers.
    #[must_use]
    pub(crate) fn co_authors(&self) -> &[Arc<Author>] {
        self.extras.as_ref().map_or(&[], |rare| &rare.co_authors)
    }

    /// The issues and pull requests that its footers name; those of its subject are part of the
    /// subject.
    #[must_use]
    pub(crate) fn references(&self) -> &[Reference] {
        self.extras.as_ref().map_or(&[], |rare| &rare.references)
    }

    /// The text of each of its `BREAKING CHANGE` footers.
    #[must_use]
    pub fn breaking_notes(&self) -> &[String] {
        self.extras
            .as_ref()
            .map_or(&[], |rare| &rare.breaking_notes)
    }

    /// Anomalies of the object; nearly always empty.
    #[must_use]
    pub(crate) fn anomalies(&self) -> &[&'static str] {
        self.extras.as_ref().map_or(&[], |rare| &rare.anomalies)
    }
}

impl Extras {
    fn kept(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}

impl Kind {
    /// Classifies a header line.
    #[must_use]
    pub(crate) fn of(line: &str) -> Self {
        Self::of_one(line, &mut Prefixes::default())
    }

    /// Like [`Self::of`], with a cache for many lines.
    fn of_one(line: &str, prefixes: &mut Prefixes) -> Self {
        if ["fixup! ", "squash! ", "amend! "]
            .iter()
            .any(|start| line.starts_with(start))
        {
            Self::Fixup(line.into())
        } else if line.starts_with("Revert \"") || line.starts_with("Reapply \"") {
            Self::Revert(line.into())
        } else {
            Header::parse_with(line, prefixes)
                .map_or_else(|| Self::Unconventional(line.into()), Self::Conventional)
        }
    }

    /// Whether a commit of this kind has a breaking change, by its header or the rest of its
    /// message.
    fn breaks(&self, rest: &str) -> bool {
        match self {
            Self::Conventional(header) => header.bang || announces_breaking(rest),
            Self::Revert(_) => announces_breaking(rest),
            Self::Fixup(_) | Self::Unconventional(_) => false,
        }
    }

    /// The commits that a commit of this kind reverts, by the rest of its message; `None` if it is
    /// not a revert.
    #[must_use]
    pub(crate) fn revert(&self, rest: &str) -> Option<Revert> {
        match self {
            Self::Revert(_) => Some(Revert::named_in(rest)),
            Self::Conventional(header) if header.kind().eq_ignore_ascii_case("revert") => {
                Some(Revert::named_in(rest).with_references(rest))
            }
            _ => None,
        }
    }
}

/// Whether some line could be a relevant trailer. Nearly no message has one, and for the others the
/// last block need not be found.
fn may_have_trailers(rest: &str) -> bool {
    let begins = |line: &[u8], key: &str| {
        line.get(..key.len())
            .is_some_and(|w| w.eq_ignore_ascii_case(key.as_bytes()))
    };
    let mut lines = rest.as_bytes().split(|byte| *byte == b'\n');
    lines.any(|line| {
        matches!(line.first(), Some(b'C' | b'c'))
            && (begins(line, TICKET) || begins(line, CO_AUTHOR))
    })
}

fn tickets_named(trailers: &[Trailer<'_>]) -> Box<[String]> {
    let named = trailers
        .iter()
        .filter(|trailer| trailer.names_ticket())
        .map(|trailer| &trailer.value);
    named
        .filter(|value| !value.is_empty() && no_ticket_reason(value).is_none())
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(message: &str) -> Commit {
        let object = format!(
            "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@example.org> 1 +0000\ncommitter A <a@example.org> 1 +0000\n\n{message}"
        );
        Commit::read(
            Id::new([0; 20]),
            &RawCommit::parse(object.as_bytes()).unwrap(),
        )
    }

    #[test]
    fn a_conventional_commit_has_type_scope_and_subject() {
        let commit = commit("feat(api): add\n");
        assert_eq!(
            (commit.kind_name(), commit.scope(), commit.subject()),
            (Some("feat"), Some("api"), "add")
        );
    }

    #[test]
    fn a_mark_or_a_footer_breaks() {
        assert!(commit("chore!: x").breaking);
        assert!(commit("docs: x\n\nBREAKING CHANGE: y").breaking);
        assert!(commit("Revert \"x\"\n\nBREAKING CHANGE: y").breaking);
        assert!(!commit("feat: x").breaking);
    }

    #[test]
    fn an_unconventional_commit_never_breaks() {
        let commit = commit("update\n\nBREAKING CHANGE: y");
        assert_eq!(
            (commit.breaking, commit.kind_name(), commit.subject()),
            (false, None, "update")
        );
    }

    #[test]
    fn fixup_is_not_conventional() {
        assert!(matches!(commit("fixup! feat: x").kind, Kind::Fixup(_)));
    }

    #[test]
    fn prose_before_trailers_drops_no_commit() {
        assert_eq!(
            commit("fix: a\n\nNote: x\n\nFixes #1\n\nmore").kind_name(),
            Some("fix")
        );
    }

    #[test]
    fn only_revert_commits_revert() {
        let body = "x\n\nThis reverts commit 0123456789.";
        assert!(commit(&format!("fix: {body}")).revert().is_none());
        assert_eq!(
            commit(&format!("revert: {body}"))
                .revert()
                .unwrap()
                .targets
                .len(),
            1
        );
        assert_eq!(
            commit(&format!("Revert \"{body}"))
                .revert()
                .unwrap()
                .targets
                .len(),
            1
        );
    }

    #[test]
    fn footer_references_revert_only_in_type_revert() {
        let body = "x\n\nRefs: 0123456";
        assert!(
            commit(&format!("Revert \"{body}"))
                .revert()
                .unwrap()
                .targets
                .is_empty()
        );
        assert_eq!(
            commit(&format!("Revert: {body}")).revert().unwrap().targets,
            ["0123456"]
        );
    }

    #[test]
    fn change_trailers_name_tickets() {
        assert_eq!(
            commit("fix: a\n\nChange: CHG-1\nChange: none (docs)\n").tickets(),
            ["CHG-1"]
        );
        assert!(
            commit("fix: a\n\nChange: x is prose\nand more")
                .tickets()
                .is_empty()
        );
    }

    #[test]
    fn key_of_a_ticket_trailer_has_any_case() {
        for key in ["change", "CHANGE", "cHANGE"] {
            assert_eq!(
                commit(&format!("fix: a\n\n{key}: CHG-1\n")).tickets(),
                ["CHG-1"],
                "{key}"
            );
            assert_eq!(
                commit(&format!("fix: a\n\n{key}: none (typo)\n")).no_ticket_reason(),
                Some("typo"),
                "{key}"
            );
        }
        assert_eq!(commit("change: CHG-1").tickets(), [""; 0]);
        assert_eq!(
            commit("change: CHG-1\n\nchanges: CHG-2\nchange-id: CHG-3\n").tickets(),
            [""; 0]
        );
    }

    #[test]
    fn a_squash_names_its_ticket_above_the_people_who_wrote_it() {
        let people =
            "Co-authored-by: B <b@example.org>\nco-authored-by: C <c@x>\nSigned-off-by: B <b@x>\n";
        for between in ["---------\n\n", ""] {
            let commit = commit(&format!(
                "fix: a (#1)\n\n* b\n\nChange: CHG-1\nRefs: #2\n\n{between}{people}"
            ));
            assert_eq!(
                (commit.tickets(), commit.co_authors().len()),
                (&["CHG-1".to_owned()][..], 2),
                "{between:?}"
            );
        }
        let excepted = commit(
            "fix: a\n\nChange: none (typo)\n\n---------\n\nReviewed-by: B <b@x>\nCo-authored-by: B <b@x>",
        );
        assert_eq!(excepted.no_ticket_reason(), Some("typo"));
        for below in [
            "---------\n\nCo-authored-by: B <b@x>\nRefs: #2",
            "---------\n\nCo-authored-by: B <b@x>\nand prose",
            "--------\n\nCo-authored-by: B <b@x>",
            "more\n\n---------\n\nCo-authored-by: B <b@x>",
            "Co-authored-by: B <b@x>\n\nCo-authored-by: C <c@x>",
            "* more\n\nCo-authored-by: B <b@x>",
        ] {
            assert_eq!(
                commit(&format!("fix: a\n\nChange: CHG-1\n\n{below}\n")).tickets(),
                [""; 0],
                "{below}"
            );
        }
    }

    #[test]
    fn a_trailer_may_have_a_space_before_its_colon() {
        assert_eq!(commit("fix: a\n\nChange : CHG-1\n").tickets(), ["CHG-1"]);
    }

    #[test]
    fn author_and_co_authors_are_read() {
        let commit = commit(
            "fix: a\n\nCo-Authored-By: B C <b@example.org>\nco-authored-by: D\nCo-authored-by:\n",
        );
        assert_eq!(
            (&*commit.author.name, &*commit.author.email),
            ("A", "a@example.org")
        );
        let co_authors: Vec<_> = commit
            .co_authors()
            .iter()
            .map(|author| (&*author.name, &*author.email))
            .collect();
        assert_eq!(co_authors, [("B C", "b@example.org"), ("D", "")]);
    }

    #[test]
    fn a_million_commits_fit_into_memory() {
        assert!(size_of::<Commit>() <= 72);
    }

    #[test]
    fn reworded_commit_keeps_its_tickets() {
        let commit = commit("wip\n\nChange: CHG-1\n").reworded("feat(api)!: add\n\nChange: CHG-2");
        assert_eq!(
            (commit.kind_name(), commit.scope(), commit.breaking),
            (Some("feat"), Some("api"), true)
        );
        assert_eq!(commit.tickets(), ["CHG-2", "CHG-1"]);
    }

    #[test]
    fn two_thousand_trailers_are_no_burden() {
        let message = format!(
            "feat: a\n\n{}",
            "Reviewed-by: Z <z@example.org>\n".repeat(2000)
        );
        assert_eq!(commit(&message).kind_name(), Some("feat"));
    }
}
