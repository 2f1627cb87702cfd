//! A revert that names no commit, so that what it takes back still counts.

use super::MessageContext;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::source::shell_command;
use crate::text::Pattern;

pub(super) const RULE: Rule = Rule::new(
    "commit/revert-without-target",
    Level::Warning,
    "revert that does not identify a commit",
    include_str!("revert_without_target.md"),
    &[Check::Message(check)],
);

/// A commit that is named in other words than git's.
static COMMIT: Pattern = Pattern::new(r"(?i)\breverts?:? (?:commit )?`?([0-9a-f]{7,40})\b");

/// A pull request, as GitHub's button names it.
static REQUEST: Pattern = Pattern::new(r"^Reverts (?:[\w.-]+/[\w.-]+)?#([0-9]+)");

fn check(message: &MessageContext<'_>, findings: &mut Vec<Finding>) {
    let rest: Vec<&str> = message.rest.iter().map(|line| line.text).collect();
    let Some(revert) = message.kind.revert(&rest.join("\n")) else {
        return;
    };
    if !revert.targets.is_empty() {
        return;
    }
    let named = |pattern: &Pattern| {
        rest.iter()
            .find_map(|line| Some(pattern.captures(line)?[1].to_owned()))
    };
    let help = match (named(&COMMIT), named(&REQUEST)) {
        (Some(commit), _) => format!("add `This reverts commit {commit}.` to the body"),
        (None, Some(number)) => {
            let pattern = format!("#{number}");
            let command = shell_command!("git log --oneline --grep={pattern}", pattern);
            format!("add `This reverts commit ID.` to the body; to find ID, run `{command}`")
        }
        (None, None) => {
            "add `This reverts commit ID.` to the body, as `git revert` does".to_owned()
        }
    };
    let finding = RULE
        .finding(message.place(), message.header.span, "reverts nothing")
        .message("the revert does not identify the commit it reverts, so both commits affect the version");
    findings.push(finding.help(help).anchor("header"));
}

#[cfg(test)]
mod tests {
    use crate::rules::commit::tests::{lint, rules};

    const RULE: &str = "commit/revert-without-target";

    fn help(message: &str) -> String {
        let found = lint(message)
            .findings
            .into_iter()
            .find(|finding| finding.rule == RULE);
        found.map(|finding| finding.help).unwrap_or_default()
    }

    #[test]
    fn a_revert_by_the_button_of_github_is_reported() {
        let help = help("Revert \"feat: a (#12)\" (#13)\n\nReverts acme/shop#12");
        assert!(help.contains("`git log --oneline --grep='#12'`"), "{help}");
    }

    #[test]
    fn vague_commit_reference_is_reported_with_valid_form() {
        let expected = "add `This reverts commit 0123456789.` to the body";
        assert_eq!(
            help("revert: feat: a\n\nThis commit reverts 0123456789."),
            expected
        );
        assert_eq!(
            help("Revert \"feat: a\"\n\nreverts commit 0123456789"),
            expected
        );
    }

    #[test]
    fn a_revert_that_names_nothing_is_reported() {
        for message in [
            "Revert \"feat: a\"",
            "revert: the new parser",
            "revert: a\n\nRefs: #12",
        ] {
            assert_eq!(rules(message), [RULE], "{message}");
        }
    }

    #[test]
    fn reverts_with_target_are_accepted() {
        for message in [
            "Revert \"feat: a\"\n\nThis reverts commit 0123456789.",
            "Reapply \"feat: a\"\n\nThis reverts commit 0123456789.",
            "revert: a\n\nRefs: 0123456, abcdef0",
            "fix: a\n\nReverts acme/shop#12",
            "fix: revert to the old parser",
            "fixup! Revert \"feat: a\"",
        ] {
            assert_eq!(rules(message), [""; 0], "{message}");
        }
    }
}
