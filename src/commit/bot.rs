//! Whether a program made a commit.

use crate::commit::{RawPerson, normalized};

/// Bots whose names do not show that they are bots.
const PROGRAMS: [&str; 13] = [
    "allcontributors",
    "dependabot",
    "dependabot-preview",
    "depfu",
    "github-actions",
    "greenkeeper",
    "imgbot",
    "mergify",
    "pre-commit-ci",
    "release-please",
    "renovate",
    "renovatebot",
    "weblate",
];

/// Whether a person is a well-known bot, or has the name of one: `renovate[bot]`,
/// `snyk-bot`.
#[must_use]
pub(crate) fn is_bot(person: &RawPerson<'_>) -> bool {
    let name = normalized(&String::from_utf8_lossy(person.name));
    let email = normalized(&String::from_utf8_lossy(person.email));
    let is_named_so = ["[bot]", "-bot", "_bot", " bot"]
        .iter()
        .any(|end| name.ends_with(end));
    is_named_so || email.contains("[bot]@") || PROGRAMS.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(line: &str) -> bool {
        is_bot(&RawPerson::parse(line.as_bytes()))
    }

    #[test]
    fn bots_are_known_by_their_names_and_addresses() {
        for line in [
            "renovate[bot] <29139614+renovate[bot]@users.noreply.github.com> 1 +0000",
            "dependabot <support@dependabot.com> 1 +0000",
            "Renovate Bot <bot@renovateapp.com> 1 +0000",
            "x <1+x[bot]@users.noreply.github.com> 1 +0000",
        ] {
            assert!(judged(line), "{line}");
        }
    }

    #[test]
    fn people_are_none() {
        for line in [
            "Bob Talbot <bob@example.org> 1 +0000",
            "<> 1 +0000",
            "Abbot <abbot@bot.example> 1 +0000",
        ] {
            assert!(!judged(line), "{line}");
        }
    }
}
