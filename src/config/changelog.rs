//! What the changelog shows, and how.

use super::Config;
use super::reader::{Reader, entries, flag, string, strings, subtable, word};
use super::section::{Section, TEXTS, Weakenings, is_subset};
use super::version::ANY_TYPE;
use super::writer::Writer;
use crate::document::{Entry, Field, Node, Shape, Table, quoted, quoted_key};
use crate::source::{any_of, word_enum};

pub(super) const SECTION: Section = Section {
    fields: &[Field::new(
        "changelog",
        Shape::Table(FIELDS),
        "Settings for the changelog.",
    )],
    read,
    write,
    compare,
};

const FIELDS: &[Field] = &[
    Field::new("file", Shape::Text, "File that `changelog --write` and a release update, relative to the repository root.")
        .default("\"CHANGELOG.md\"")
    .harmless("The tag contains the release notes too."),
    Field::new("style", Shape::Choice(ChangelogStyle::WORDS), "Format of the changelog.").default("\"keepachangelog\"")
    .harmless("All styles show the same commits."),
    Field::new(
        "template",
        Shape::Text,
        "MiniJinja template, relative to the repository root. Only valid with `style = \"template\"`.",
    )
    .harmless("The tag contains the commits too."),
    Field::new(
        "sections",
        Shape::Map(&Shape::Text),
        "Section title for each commit type; `*` matches all other types. Sections appear in the order of the keys. \
         Without `*`, other types are hidden. Default: `feat` is Added, `fix` is Fixed, `perf` and `revert` are Changed.",
    ),
    Field::new("hidden", Shape::AnyList(&Shape::AnyText), "Commit types that are hidden unless they are breaking changes.").default("[]"),
    Field::new(
        "unconventional",
        Shape::Text,
        "Section title for commits without a conventional header. Default: these commits are hidden.",
    ),
    Field::new(
        "prereleases",
        Shape::Choice(Prereleases::WORDS),
        "Whether pre-releases are shown, or folded into the next stable release.",
    )
    .default("\"fold\"")
    .harmless("It decides where commits are shown, not whether."),
    Field::new(
        "breaking",
        Shape::Choice(BreakingPlace::WORDS),
        "Whether breaking changes are marked and listed first in their sections, or listed in a separate section above all others. \
         Default: marked in the style `keepachangelog`, apart in the other styles.",
    )
    .harmless("It decides where commits are shown, not whether."),
    Field::new(
        "scopes",
        Shape::Choice(Scopes::WORDS),
        "Whether scopes are shown before entries, also used to sort entries, or hidden.",
    )
    .default("\"shown\"")
    .harmless("The descriptions are shown."),
    Field::new(
        "links",
        Shape::Boolean,
        "Whether commits, issues, pull requests, and versions are links. Default: only if `url` is set, and always in the styles \
         `github` and `template`.",
    )
    .harmless("No check depends on links."),
    Field::new(
        "url",
        Shape::Text,
        "Web address of the repository, such as `https://github.com/owner/name`. Default: derived from the URL of the remote.",
    )
    .harmless("No check depends on links."),
    Field::new("forge", Shape::Choice(Forge::WORDS), "Forge that hosts the repository. Default: derived from the host name.")
    .harmless("No check depends on links."),
    Field::new(
        "bots",
        TEXTS,
        "Names and email addresses to leave out of the contributors, in addition to well-known bots and names that end in `[bot]`.",
    )
    .default("[]")
    .harmless("No check depends on contributors."),
];

word_enum! {
    /// A style of the changelog.
    #[non_exhaustive]
    pub enum ChangelogStyle {
        /// The format of keepachangelog.com.
        KeepAChangelog = "keepachangelog",
        /// The format of conventional-changelog.
        Conventional = "conventional",
        /// The format of GitHub's release notes.
        GitHub = "github",
        /// A template of the repository.
        Template = "template",
    }
}

word_enum! {
    /// The service that hosts a repository.
    #[non_exhaustive]
    pub enum Forge {
        /// github.com or GitHub Enterprise.
        GitHub = "github",
        /// gitlab.com or a self-managed instance.
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
    #[non_exhaustive]
    pub enum BreakingPlace {
        /// First in their sections, with a mark.
        Marked = "marked",
        /// In a section of their own above the others.
        Apart = "apart",
    }
}

word_enum! {
    /// How scopes are shown.
    #[non_exhaustive]
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
    #[non_exhaustive]
    pub enum Prereleases {
        /// Their commits are listed under the next stable release.
        Fold = "fold",
        /// They have sections of their own.
        Show = "show",
    }
}

/// How the changelog is grouped and written.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ChangelogSettings {
    /// The file that `changelog --write` and a release update.
    pub file: String,
    /// The style.
    pub style: ChangelogStyle,
    /// Section titles by commit type, in the order of the sections; `None`: those of the style.
    pub sections: Option<Vec<(String, String)>>,
    /// Commit types that are hidden unless they are breaking changes.
    pub hidden: Vec<String>,
    /// The section title for commits without a conventional header; `None`: they are hidden.
    pub unconventional: Option<String>,
    /// How pre-releases are shown.
    pub prereleases: Prereleases,
    /// The template of [`ChangelogStyle::Template`], relative to the root.
    pub template: Option<String>,
    /// Where breaking changes are listed; `None`: the place of the style.
    pub breaking: Option<BreakingPlace>,
    /// How scopes are shown.
    pub scopes: Scopes,
    /// Whether there are links; `None`: it depends on the style and on `url`.
    pub links: Option<bool>,
    /// The web address of the repository; `None`: it follows from the URL of the remote.
    pub url: Option<String>,
    /// The forge; `None`: it follows from the host name.
    pub forge: Option<Forge>,
    /// Names and email addresses of bots, in addition to well-known ones.
    pub bots: Vec<String>,
}

impl ChangelogSettings {
    /// Where breaking changes are listed.
    #[must_use]
    pub(crate) fn breaking_place(&self) -> BreakingPlace {
        self.breaking.unwrap_or(match self.style {
            ChangelogStyle::KeepAChangelog => BreakingPlace::Marked,
            ChangelogStyle::Conventional | ChangelogStyle::GitHub | ChangelogStyle::Template => {
                BreakingPlace::Apart
            }
        })
    }

    /// Whether printed text has links, if their targets are known. By default, styles for a page of
    /// the forge and templates have them.
    #[must_use]
    pub(crate) fn wants_links(&self) -> bool {
        self.links.unwrap_or(
            self.url.is_some()
                || matches!(
                    self.style,
                    ChangelogStyle::GitHub | ChangelogStyle::Template
                ),
        )
    }

    /// Whether a committed file has links: only if the settings say so, since the default depends on
    /// the clone that writes it.
    #[must_use]
    pub(crate) fn wants_links_in_files(&self) -> bool {
        self.links.unwrap_or(self.url.is_some())
    }

    /// Section titles by commit type, in the order of the sections; other types are hidden.
    #[must_use]
    pub(crate) fn titles(&self) -> Vec<(&str, &str)> {
        match &self.sections {
            Some(sections) => sections
                .iter()
                .map(|(kind, title)| (kind.as_str(), title.as_str()))
                .collect(),
            None => self.style.titles().to_vec(),
        }
    }
}

impl Default for ChangelogSettings {
    fn default() -> Self {
        Self {
            file: "CHANGELOG.md".into(),
            style: ChangelogStyle::KeepAChangelog,
            sections: None,
            hidden: Vec::new(),
            unconventional: None,
            prereleases: Prereleases::Fold,
            template: None,
            breaking: None,
            scopes: Scopes::Shown,
            links: None,
            url: None,
            forge: None,
            bots: Vec::new(),
        }
    }
}

impl ChangelogStyle {
    /// The section titles of the style by commit type, in the order of the sections.
    const fn titles(self) -> &'static [(&'static str, &'static str)] {
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
    pub(crate) const fn breaking_title(self) -> &'static str {
        match self {
            Self::KeepAChangelog | Self::Template => "Changed",
            Self::Conventional | Self::GitHub => "Miscellaneous",
        }
    }

    /// Whether it names the contributors of a release.
    #[must_use]
    pub(crate) const fn names_people(self) -> bool {
        matches!(self, Self::GitHub | Self::Template)
    }
}

impl Forge {
    /// The forge of a well-known host, or of one that is named after a forge, such as
    /// `gitlab.example.org`.
    #[must_use]
    pub(crate) fn of_host(host: &str) -> Option<Self> {
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

fn read(table: &Table, config: &mut Config, reader: &mut Reader) {
    let Some(table) = subtable(table, "changelog") else {
        return;
    };
    let default = ChangelogSettings::default();
    let forge = word(table, "forge");
    reader.types_as_keys(entries(table, "sections"));
    reader.types_in_list(
        table.get("hidden"),
        "a type without a section is always hidden",
    );
    config.changelog = ChangelogSettings {
        file: reader.path(table, "file").unwrap_or(default.file),
        style: word(table, "style").unwrap_or(default.style),
        sections: table.get("sections").map(|_| sections(table)),
        hidden: strings(table, "hidden")
            .iter()
            .map(|kind| kind.to_lowercase())
            .collect(),
        unconventional: string(table, "unconventional"),
        prereleases: word(table, "prereleases").unwrap_or(default.prereleases),
        template: reader.path(table, "template"),
        breaking: word(table, "breaking"),
        scopes: word(table, "scopes").unwrap_or(default.scopes),
        links: flag(table, "links"),
        url: table.get("url").and_then(|node| url(node, forge, reader)),
        forge,
        bots: strings(table, "bots"),
    };
    check_template(table, &config.changelog, reader);
    for key in ["url", "forge"] {
        if let Some(node) = table
            .get(key)
            .filter(|_| config.changelog.links == Some(false))
        {
            let message = format!("`changelog.{key}` has no effect without links");
            reader.fault(node, message, "remove the key, or remove `links = false`");
        }
    }
}

/// Titles by type, in the order of the file.
fn sections(table: &Table) -> Vec<(String, String)> {
    let title = |entry: &Entry| Some((entry.key.to_lowercase(), entry.value.as_str()?.to_owned()));
    entries(table, "sections")
        .iter()
        .filter_map(title)
        .collect()
}

/// Reports a template that is missing or that the style does not use.
fn check_template(table: &Table, settings: &ChangelogSettings, reader: &mut Reader) {
    match (table.get("template"), settings.style) {
        (None, ChangelogStyle::Template) => {
            let help = "set the path of the template, relative to the repository root: `template = \"changelog.md.jinja\"`";
            if let Some(node) = table.get("style") {
                reader.fault(node, "`changelog.template` is missing".into(), help);
            }
        }
        (Some(node), style) if style != ChangelogStyle::Template => {
            let message = format!(
                "`changelog.template` has no effect with `style = \"{}\"`",
                style.as_str()
            );
            reader.fault(
                node,
                message,
                "set `style = \"template\"`, or remove the key",
            );
        }
        _ => {}
    }
}

/// Reads the web address of the repository; the forge has to follow from its host unless it is set.
fn url(node: &Node, forge: Option<Forge>, reader: &mut Reader) -> Option<String> {
    let url = node.as_str()?;
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .unwrap_or_default();
    let (authority, path) = rest.split_once('/').unwrap_or_default();
    let host = authority.split(':').next().unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_graphic() && !"@\\<>\"`".contains(c);
    if host.is_empty() || path.is_empty() || !url.chars().all(is_plain) {
        let help =
            "write the web address of the repository, such as `https://github.com/owner/name`";
        reader.fault(
            node,
            "`changelog.url` is not a valid web address".into(),
            help,
        );
        return None;
    }
    if forge.is_none() && Forge::of_host(host).is_none() {
        let words = any_of(Forge::WORDS);
        reader.fault(
            node,
            "`changelog.forge` is missing".into(),
            &format!("the forge cannot be detected from the host name: set `forge` to {words}"),
        );
    }
    Some(url.to_owned())
}

fn write(config: &Config, out: &mut Writer) {
    let changelog = &config.changelog;
    out.table("[changelog]");
    if config.packages.is_empty() {
        out.string("file", &changelog.file);
    }
    out.string("style", changelog.style.as_str());
    let sections = changelog
        .titles()
        .into_iter()
        .map(|(kind, title)| format!("{} = {}", quoted_key(kind), quoted(title)));
    out.value(
        "sections",
        format!("{{ {} }}", sections.collect::<Vec<_>>().join(", ")),
    );
    out.strings("hidden", &changelog.hidden);
    out.optional("unconventional", changelog.unconventional.as_deref());
    out.string("prereleases", changelog.prereleases.as_str());
    out.optional("template", changelog.template.as_deref());
    out.string("breaking", changelog.breaking_place().as_str());
    out.string("scopes", changelog.scopes.as_str());
    if let Some(links) = changelog.links {
        out.value("links", links);
    }
    out.optional("url", changelog.url.as_deref());
    out.optional("forge", changelog.forge.map(Forge::as_str));
    out.strings("bots", &changelog.bots);
}

fn compare(base: &Config, head: &Config, found: &mut Weakenings) {
    let (base, head) = (&base.changelog, &head.changelog);
    found.key("changelog", hides_more(base, head));
}

/// Whether the changelog hides commits that it showed before.
fn hides_more(base: &ChangelogSettings, head: &ChangelogSettings) -> bool {
    let titles = head.titles();
    let is_shown = |kind: &str| {
        titles
            .iter()
            .any(|(other, _)| [kind, ANY_TYPE].contains(other))
    };
    !is_subset(&head.hidden, &base.hidden)
        || !base.titles().iter().all(|(kind, _)| is_shown(kind))
        || (base.unconventional.is_some() && head.unconventional.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::{config, fault, pair, weakenings};

    #[test]
    fn style_template_needs_a_template() {
        assert_eq!(
            fault("changelog.style = \"template\""),
            pair("`changelog.template` is missing", "\"template\"")
        );
        assert_eq!(
            config("changelog = { style = \"template\", template = \"a.jinja\" }")
                .changelog
                .style,
            ChangelogStyle::Template
        );
    }

    #[test]
    fn template_that_no_style_uses_is_refused() {
        let message = "`changelog.template` has no effect with `style = \"keepachangelog\"`";
        assert_eq!(
            fault("changelog.template = \"a.jinja\""),
            pair(message, "\"a.jinja\"")
        );
        let with_style = "changelog = { style = \"github\", template = \"a.jinja\" }";
        assert_eq!(
            fault(with_style).0,
            "`changelog.template` has no effect with `style = \"github\"`"
        );
    }

    #[test]
    fn an_address_for_links_is_refused_without_links() {
        for (key, value) in [
            ("forge", "\"gitea\""),
            ("url", "\"https://github.com/a/b\""),
        ] {
            let message = format!("`changelog.{key}` has no effect without links");
            assert_eq!(
                fault(&format!("changelog = {{ links = false, {key} = {value} }}")),
                pair(&message, value)
            );
        }
        config("changelog = { links = true, forge = \"gitea\" }");
    }

    #[test]
    fn the_page_of_the_repository_is_a_web_address_of_a_known_forge() {
        let url = |url: &str| format!("changelog.url = \"{url}\"");
        assert!(
            fault(&url("git@github.com:o/r"))
                .0
                .ends_with("is not a valid web address")
        );
        assert!(
            fault(&url("https://me:secret@github.com/o/r"))
                .0
                .ends_with("is not a valid web address")
        );
        assert_eq!(
            fault(&url("https://git.example.org/o/r")).0,
            "`changelog.forge` is missing"
        );
        let linked = config(&format!(
            "{}\nchangelog.forge = \"gitlab\"",
            url("https://git.example.org/o/r/")
        ));
        assert_eq!(
            linked.changelog.url.as_deref(),
            Some("https://git.example.org/o/r/")
        );
    }

    #[test]
    fn hidden_commits_are_weaker() {
        for (base, head) in [
            (
                "changelog.sections = { feat = \"A\", docs = \"B\" }",
                "changelog.sections = { feat = \"A\" }",
            ),
            ("", "changelog.hidden = [\"fix\"]"),
            ("changelog.unconventional = \"Other\"", ""),
        ] {
            assert_eq!(
                weakenings(base, head),
                ["`changelog` changed"],
                "{base:?} {head:?}"
            );
            assert_eq!(weakenings(head, base), [""; 0], "{head:?} {base:?}");
        }
        for head in [
            "changelog.sections = { \"*\" = \"All\" }",
            "changelog.style = \"github\"",
        ] {
            assert_eq!(weakenings("", head), [""; 0], "{head}");
        }
    }

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
