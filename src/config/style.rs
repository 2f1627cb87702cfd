//! The words for how a changelog is written: its style, its forge, and what becomes of scopes,
//! breaking changes and pre-releases.

/// A style of the changelog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangelogStyle {
    /// As keepachangelog.com has it.
    KeepAChangelog,
    /// As conventional-changelog writes it.
    Conventional,
    /// As GitHub writes the notes of a release.
    GitHub,
    /// As a template of the user's has it.
    Template,
}

/// What a repository lives on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forge {
    /// github.com or GitHub Enterprise.
    GitHub,
    /// gitlab.com or an instance of one's own.
    GitLab,
    /// Gitea or Forgejo.
    Gitea,
    /// bitbucket.org.
    Bitbucket,
    /// Azure DevOps.
    Azure,
}

/// Where breaking changes are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakingPlace {
    /// First in their sections, with a mark.
    Marked,
    /// In a section of their own above the others.
    Apart,
}

/// What becomes of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scopes {
    /// They are shown before the commit's description.
    Shown,
    /// So they do, and entries are ordered by them, those without one last.
    Ordered,
    /// They are left out.
    Hidden,
}

/// What becomes of pre-release tags in the changelog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prereleases {
    /// Their commits are listed under the next stable release.
    Fold,
    /// They have sections of their own.
    Show,
}

impl ChangelogStyle {
    /// Every style, the default first.
    pub const ALL: &[Self] = &[
        Self::KeepAChangelog,
        Self::Conventional,
        Self::GitHub,
        Self::Template,
    ];
    /// The words of the configuration and of the command line.
    pub const WORDS: &[&str] = &["keepachangelog", "conventional", "github", "template"];

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

    /// The word of the configuration and of the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// The style of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|style| style.as_str() == word)
    }
}

impl Forge {
    /// Every forge.
    pub const ALL: &[Self] = &[
        Self::GitHub,
        Self::GitLab,
        Self::Gitea,
        Self::Bitbucket,
        Self::Azure,
    ];
    /// The words of the configuration.
    pub const WORDS: &[&str] = &["github", "gitlab", "gitea", "bitbucket", "azure"];

    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// The forge of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|forge| forge.as_str() == word)
    }

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

impl BreakingPlace {
    /// The words of the configuration.
    pub const WORDS: &[&str] = &["marked", "apart"];

    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// The value of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Marked, Self::Apart]
            .into_iter()
            .find(|place| place.as_str() == word)
    }
}

impl Scopes {
    /// The words of the configuration.
    pub const WORDS: &[&str] = &["shown", "ordered", "hidden"];

    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// The value of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Shown, Self::Ordered, Self::Hidden]
            .into_iter()
            .find(|scopes| scopes.as_str() == word)
    }
}

impl Prereleases {
    /// The words of the configuration.
    pub const WORDS: &[&str] = &["fold", "show"];

    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// The value of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Fold, Self::Show]
            .into_iter()
            .find(|choice| choice.as_str() == word)
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
