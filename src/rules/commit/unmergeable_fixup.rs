//! A fixup commit: it should be squashed into another one.

use super::{MessageContext, Stage};
use crate::commit::{Id, Kind};
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::source::{Span, shell_command};

pub(super) const RULE: Rule = Rule::new(
    "commit/unmergeable-fixup",
    Level::Error,
    "`fixup!` commit left in the branch",
    include_str!("unmergeable_fixup.md"),
    &[Check::Message(check)],
);

fn check(message: &MessageContext<'_>, findings: &mut Vec<Finding>) {
    let Kind::Fixup(line) = &message.kind else {
        return;
    };
    let word = line.split(' ').next().unwrap_or_default();
    let (text, help) = match message.info.stage {
        Stage::Draft => return,
        Stage::Squash => (
            format!(
                "the squash would be a `{word}` commit, which affects neither the version nor the changelog"
            ),
            "give the pull request a title such as `fix: …`".to_owned(),
        ),
        Stage::Commit(onto) => (
            format!("a `{word}` commit must be squashed before merging"),
            format!("run `{}`, then `git push --force-with-lease`", squash(onto)),
        ),
        Stage::Merged => (
            format!("a `{word}` commit was merged without being squashed"),
            "add an `[[override]]` with its `commit` and `skip = \"the reason\"`".to_owned(),
        ),
    };
    let start = message.header.span.start;
    let finding = RULE
        .finding(
            message.place(),
            Span::new(start, start + word.len()),
            "not squashed yet",
        )
        .message(text)
        .help(help);
    findings.push(finding.anchor("header"));
}

/// The command that squashes the commits after a commit.
///
/// It names the commit: without it, Git takes the branch's own upstream, which has the commits if
/// they were pushed, so nothing would be squashed.
fn squash(onto: Option<Id>) -> String {
    match onto {
        Some(onto) => shell_command!(
            "git rebase --interactive --autosquash {onto}",
            onto = onto.short()
        ),
        None => "git rebase --interactive --autosquash --root".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::commit::{Id, RawCommit};
    use crate::config::Config;
    use crate::rules::CommitLint;
    use crate::rules::commit::tests::{lint_committed, lint_merged, names, object, rules};
    use crate::rules::testing::settings_of;

    #[test]
    fn help_names_the_commit_to_rebase_onto() {
        let help = |onto: Option<Id>| {
            let settings = settings_of(&Config::default());
            let object = object("Ada <ada@example.org>", "fixup! feat: x");
            let mut lint = CommitLint::new(&settings, || Ok(None)).onto(onto);
            lint.add(Id::new([7; 20]), &RawCommit::parse(&object).unwrap())
                .unwrap();
            lint.finish().findings.remove(0).help
        };
        let push = "then `git push --force-with-lease`";
        assert_eq!(
            help(Some(Id::new([8; 20]))),
            format!("run `git rebase --interactive --autosquash 0808080808`, {push}")
        );
        assert_eq!(
            help(None),
            format!("run `git rebase --interactive --autosquash --root`, {push}")
        );
    }

    fn committed(message: &str) -> Vec<&'static str> {
        names(&lint_committed(message, &settings_of(&Config::default())))
    }

    #[test]
    fn fixup_in_a_range_is_reported() {
        for message in [
            "fixup! feat: x",
            "squash! feat: x\n\nmore",
            "amend! feat: x\n\nfeat: y",
        ] {
            assert_eq!(
                committed(message),
                ["commit/unmergeable-fixup"],
                "{message}"
            );
        }
    }

    #[test]
    fn merged_fixup_is_skipped_and_not_squashed() {
        let found = lint_merged("fixup! feat: x").findings.remove(0);
        assert_eq!(
            found.message,
            "a `fixup!` commit was merged without being squashed"
        );
        assert!(found.help.contains("`[[override]]`"), "{}", found.help);
    }

    #[test]
    fn while_it_is_written_it_is_as_it_should_be() {
        assert_eq!(rules("fixup! feat: x"), [""; 0]);
    }

    #[test]
    fn commits_that_mention_fixups_are_accepted() {
        for message in [
            "feat: squash! is a word",
            "fix: read fixup! commits",
            "feat: x\n\nfixup! feat: y",
        ] {
            assert_eq!(committed(message), [""; 0], "{message}");
        }
    }
}
