//! Corrections for single commits that are already merged. History stays as it is, and the
//! configuration is reviewed.

use super::Config;
use super::reader::{Reader, word};
use super::section::{Section, Weakenings};
use super::version::BUMPS;
use super::writer::Writer;
use crate::document::{Field, Node, Shape, Table};
use crate::source::Span;
use crate::version::Bump;

pub(super) const SECTION: Section = Section {
    fields: &[Field::new(
        "override",
        Shape::List(&Shape::Table(FIELDS)),
        "Corrections for single commits that are already merged. Set exactly one of `message`, `bump`, and `skip` in each.",
    )],
    read,
    write,
    compare,
};

const FIELDS: &[Field] = &[
    Field::new(
        "commit",
        Shape::Text,
        "Commit ID, abbreviated to at least seven digits.",
    )
    .required(),
    Field::new(
        "message",
        Shape::Text,
        "Message to use instead of the commit's own message.",
    ),
    Field::new(
        "bump",
        BUMPS,
        "Version bump to use, regardless of the commit message.",
    ),
    Field::new(
        "skip",
        Shape::Text,
        "Reason to leave the commit out of the version and the changelog.",
    ),
];

/// Minimum number of digits of a commit ID.
const MIN_DIGITS: usize = 7;

/// Maximum number of digits of a commit ID.
const MAX_DIGITS: usize = 40;

/// A correction of one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommitOverride {
    /// The first digits of the commit's ID, in lower case: seven to forty.
    pub(crate) commit: String,
    /// The effect on the commit.
    pub(crate) effect: OverrideEffect,
    /// The position of the digits in the configuration.
    pub(crate) span: Span,
}

/// The effect of an override.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OverrideEffect {
    /// It counts as if this were its message.
    Message(String),
    /// It causes this bump, regardless of its message.
    Bump(Bump),
    /// It is left out of the version and the changelog, for this reason.
    Skip(String),
}

fn read(table: &Table, config: &mut Config, reader: &mut Reader) {
    let nodes = table.get("override").and_then(Node::as_array);
    let mut overrides: Vec<CommitOverride> = Vec::new();
    for node in nodes.unwrap_or_default() {
        let Some(found) = read_override(node, reader) else {
            continue;
        };
        if let Some(known) = overrides.iter().find(|known| known.may_match(&found)) {
            let message = format!(
                "`{}` and `{}` match the same commit",
                found.commit, known.commit
            );
            let help = "keep one override per commit, or write more digits of the IDs";
            reader.fault_at(found.span, message, help);
        }
        overrides.push(found);
    }
    config.version.overrides = overrides;
}

fn read_override(node: &Node, reader: &mut Reader) -> Option<CommitOverride> {
    let table = node.as_table()?;
    let effects = [
        table
            .text("message")
            .map(|message| OverrideEffect::Message(message.to_owned())),
        word(table, "bump").map(OverrideEffect::Bump),
        table
            .text("skip")
            .map(|reason| OverrideEffect::Skip(reason.to_owned())),
    ];
    let given = ["message", "bump", "skip"]
        .iter()
        .filter(|key| table.get(key).is_some())
        .count();
    if given != 1 {
        let message = format!(
            "an override needs exactly one setting; this one has {}",
            if given == 0 { "none" } else { "several" }
        );
        reader.fault(
            node,
            message,
            "set one of `message`, `bump`, and `skip = \"reason\"`",
        );
    }
    let digits = table.get("commit")?;
    let commit = digits.as_str()?.to_ascii_lowercase();
    if !(MIN_DIGITS..=MAX_DIGITS).contains(&commit.len())
        || !commit.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        let message = format!("`{commit}` is not a valid commit ID");
        reader.fault(
            digits,
            message,
            "write 7 to 40 hexadecimal digits, as shown by `git log --oneline`",
        );
    }
    Some(CommitOverride {
        commit,
        effect: effects.into_iter().flatten().next()?,
        span: digits.span,
    })
}

impl CommitOverride {
    /// Whether some commit has both IDs.
    fn may_match(&self, other: &Self) -> bool {
        self.commit.starts_with(&other.commit) || other.commit.starts_with(&self.commit)
    }
}

fn write(config: &Config, out: &mut Writer) {
    for entry in &config.version.overrides {
        out.table("[[override]]");
        out.string("commit", &entry.commit);
        match &entry.effect {
            OverrideEffect::Message(message) => out.string("message", message),
            OverrideEffect::Bump(bump) => out.string("bump", bump.as_str()),
            OverrideEffect::Skip(reason) => out.string("skip", reason),
        }
    }
}

fn compare(base: &Config, head: &Config, found: &mut Weakenings) {
    let is_known = |entry: &CommitOverride| {
        let mut known = base.version.overrides.iter();
        known.any(|other| other.commit == entry.commit && other.effect == entry.effect)
    };
    found.key("override", !head.version.overrides.iter().all(is_known));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::{config, fault, pair, weakenings};

    #[test]
    fn override_has_a_commit_and_one_effect() {
        let config = config("[[override]]\ncommit = \"0123456A\"\nskip = \"a mistake\"");
        let first = &config.version.overrides[0];
        assert_eq!(
            (first.commit.as_str(), &first.effect),
            ("0123456a", &OverrideEffect::Skip("a mistake".into()))
        );
        let with = |rest: &str| fault(&format!("[[override]]\n{rest}"));
        assert_eq!(
            with("commit = \"012345\"\nbump = \"none\"").0,
            "`012345` is not a valid commit ID"
        );
        assert_eq!(
            with("commit = \"0123456\"").0,
            "an override needs exactly one setting; this one has none"
        );
        let both = with("commit = \"0123456\"\nbump = \"none\"\nskip = \"x\"").0;
        assert_eq!(
            both,
            "an override needs exactly one setting; this one has several"
        );
        let twice =
            "commit = \"0123456\"\nskip = \"x\"\n[[override]]\ncommit = \"01234567\"\nskip = \"x\"";
        assert_eq!(
            with(twice),
            pair(
                "`01234567` and `0123456` match the same commit",
                "\"01234567\""
            )
        );
    }

    #[test]
    fn new_override_is_weaker() {
        let skipped = "[[override]]\ncommit = \"140a870\"\nskip = \"an experiment\"";
        for head in [
            skipped,
            "[[override]]\ncommit = \"140a870\"\nmessage = \"fix: x\"",
            "[[override]]\ncommit = \"140a870\"\nbump = \"none\"",
        ] {
            assert_eq!(weakenings("", head), ["`override` changed"], "{head}");
        }
        assert_eq!(weakenings(skipped, &format!("# why\n{skipped}")), [""; 0]);
        assert_eq!(weakenings(skipped, ""), [""; 0]);
    }
}
