//! The words for how a changelog is written: its style, its forge, and what becomes of scopes,
//! breaking changes and pre-releases.

use crate::source::word_enum;

word_enum! {
    /// A style of the changelog.
    pub enum ChangelogStyle {
        /// As keepachangelog.com has it.
        KeepAChangelog = "keepachangelog",
        /// As conventional-changelog writes it.
        Conventional = "conventional",
        /// As GitHub writes the notes of a release.
        GitHub = "github",
        /// As a template of the user's has it.
        Template = "template",
    }
}

word_enum! {
    /// The service that hosts a repository.
    pub enum Forge {
        /// github.com or GitHub Enterprise.
        GitHub = "github",
        /// gitlab.com or an instance of one's own.
        GitLab = "gitlab",
        /// Gitea or Forgejo.
        Gitea = "gitea",
        /// bitbucket.org.
        Bitbucket = "bitbucket",
        /// Azure DevOps.
        Azure = "azure",
    }
}

word_enum! {
    /// Where breaking changes are listed.
    pub enum BreakingPlace {
        /// First in their sections, with a mark.
        Marked = "marked",
        /// In a section of their own above the others.
        Apart = "apart",
    }
}

word_enum! {
    /// How scopes are shown.
    pub enum Scopes {
        /// Before the commit's description.
        Shown = "shown",
        /// Before the description, and entries are ordered by scope, those without one last.
        Ordered = "ordered",
        /// Not at all.
        Hidden = "hidden",
    }
}

word_enum! {
    /// How the changelog shows pre-releases.
    pub enum Prereleases {
        /// Their commits are listed under the next stable release.
        Fold = "fold",
        /// They have sections of their own.
        Show = "show",
    }
}

impl ChangelogStyle {
    /// The titles of the style by type, in the order in which its sections are shown.
    pub(super) const fn titles(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::KeepAChangelog | Self::Template => &[
                ("feat", "Added"),
                ("perf", "Changed"),
                ("revert", "Changed"),
                ("fix", "Fixed"),
            ],
            Self::Conventional | Self::GitHub => &[
                ("feat", "Features"),
                ("fix", "Bug Fixes"),
                ("perf", "Performance Improvements"),
                ("revert", "Reverts"),
            ],
        }
    }

    /// The section title for breaking commits of hidden types.
    #[must_use]
    pub const fn breaking_title(self) -> &'static str {
        match self {
            Self::KeepAChangelog | Self::Template => "Changed",
            Self::Conventional | Self::GitHub => "Miscellaneous",
        }
    }

    /// Whether it says who made a release.
    #[must_use]
    pub const fn names_people(self) -> bool {
        matches!(self, Self::GitHub | Self::Template)
    }
}

impl Forge {
    /// The forge that a host is known for, or that it is named after, as `gitlab.example.org` is.
    #[must_use]
    pub fn of_host(host: &str) -> Option<Self> {
        let named = |name: &str| host.split('.').next() == Some(name);
        match host {
            "github.com" | "ssh.github.com" => Some(Self::GitHub),
            "gitlab.com" | "altssh.gitlab.com" => Some(Self::GitLab),
            "codeberg.org" => Some(Self::Gitea),
            "bitbucket.org" | "altssh.bitbucket.org" => Some(Self::Bitbucket),
            "dev.azure.com" | "ssh.dev.azure.com" => Some(Self::Azure),
            _ if host.ends_with(".visualstudio.com") => Some(Self::Azure),
            _ if named("github") => Some(Self::GitHub),
            _ if named("gitlab") => Some(Self::GitLab),
            _ if named("gitea") || named("forgejo") => Some(Self::Gitea),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_as_what_it_is_written_for() {
        assert!(
            ChangelogStyle::ALL
                .iter()
                .zip(ChangelogStyle::WORDS)
                .all(|(style, word)| ChangelogStyle::parse(word) == Some(*style))
        );
        assert!(
            Forge::ALL
                .iter()
                .zip(Forge::WORDS)
                .all(|(forge, word)| Forge::parse(word) == Some(*forge))
        );
        assert!(
            Scopes::WORDS
                .iter()
                .all(|word| Scopes::parse(word).is_some_and(|scopes| scopes.as_str() == *word))
        );
    }

    #[test]
    fn a_host_may_be_named_after_its_forge() {
        assert_eq!(Forge::of_host("gitlab.example.org"), Some(Forge::GitLab));
        assert_eq!(Forge::of_host("forgejo.example.org"), Some(Forge::Gitea));
        assert_eq!(Forge::of_host("git.example.org"), None);
        assert_eq!(Forge::of_host("notgitlab.example.org"), None);
    }
}
