//! How the forge merges a branch, and the message of the commit that it then makes.

use super::Config;
use super::reader::{Reader, string, subtable, word};
use super::section::{Section, Weakenings};
use super::writer::Writer;
use crate::document::{Field, Shape, Table};
use crate::source::word_enum;

pub(super) const SECTION: Section = Section {
    fields: &[Field::new(
        "merge",
        Shape::Table(FIELDS),
        "How the forge merges a branch: with `--title`, the gate checks the commit that will result.",
    )],
    read,
    write,
    compare,
};

const FIELDS: &[Field] = &[
    Field::new(
        "method",
        Shape::Choice(MergeMethod::WORDS),
        "Only way in which the forge merges. Default: unknown; the gate checks the commits of the branch, and also predicts a squash.",
    ),
    Field::new(
        "squash_title",
        Shape::Choice(SquashTitle::WORDS),
        "First line of a squash: the title of the pull request, or that of the commit if there is only one.",
    )
    .default("\"title\""),
    Field::new(
        "squash_body",
        Shape::Choice(SquashBody::WORDS),
        "Text below it: the description of the pull request, the messages of the commits, or nothing.",
    )
    .default("\"description\""),
    Field::new(
        "template",
        Shape::Text,
        "Template of GitLab for the message of the squash, or of the merge commit, with variables such as `%{title}`. \
         If set, `squash_title` and `squash_body` do not apply.",
    ),
];

word_enum! {
    /// How a forge merges a branch.
    pub enum MergeMethod {
        /// It makes one commit of all commits.
        Squash = "squash",
        /// It adds a merge commit.
        Merge = "merge",
        /// It copies the commits onto the base.
        Rebase = "rebase",
    }
}

word_enum! {
    /// The first line of a squash.
    pub(crate) enum SquashTitle {
        /// The title of the pull request.
        Title = "title",
        /// The first line of the commit if there is only one, otherwise the title.
        CommitOrTitle = "commit-or-title",
    }
}

word_enum! {
    /// The text below the first line of a squash.
    pub(crate) enum SquashBody {
        /// The description of the pull request.
        Description = "description",
        /// The messages of the commits.
        Commits = "commits",
        /// Nothing.
        Nothing = "none",
    }
}

/// How the forge merges a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MergeSettings {
    /// The only way in which it merges; `None`: it is not known.
    pub(crate) method: Option<MergeMethod>,
    /// The first line of a squash.
    pub(crate) squash_title: SquashTitle,
    /// The text below it.
    pub(crate) squash_body: SquashBody,
    /// The template of the message on GitLab; `None`: the message is that of GitHub.
    pub(crate) template: Option<String>,
}

impl Default for MergeSettings {
    fn default() -> Self {
        Self {
            method: None,
            squash_title: SquashTitle::Title,
            squash_body: SquashBody::Description,
            template: None,
        }
    }
}

fn read(table: &Table, config: &mut Config, _: &mut Reader) {
    let Some(table) = subtable(table, "merge") else {
        return;
    };
    let default = MergeSettings::default();
    config.merge = MergeSettings {
        method: word(table, "method"),
        squash_title: word(table, "squash_title").unwrap_or(default.squash_title),
        squash_body: word(table, "squash_body").unwrap_or(default.squash_body),
        template: string(table, "template"),
    };
}

fn write(config: &Config, out: &mut Writer) {
    let merge = &config.merge;
    out.table("[merge]");
    out.optional("method", merge.method.map(MergeMethod::as_str));
    out.string("squash_title", merge.squash_title.as_str());
    out.string("squash_body", merge.squash_body.as_str());
    out.optional("template", merge.template.as_deref());
}

/// Of an unknown method, only the commits of the branch are checked, as for a merge and a rebase. A
/// squash, and another message for it, make the gate check something else.
fn compare(base: &Config, head: &Config, found: &mut Weakenings) {
    let (base, head) = (&base.merge, &head.merge);
    let was_squash = base.method == Some(MergeMethod::Squash);
    let is_squash = head.method == Some(MergeMethod::Squash);
    found.key("merge.method", was_squash != is_squash);
    found.key(
        "merge.squash_title",
        was_squash && base.squash_title != head.squash_title,
    );
    found.key(
        "merge.squash_body",
        was_squash && base.squash_body != head.squash_body,
    );
    found.key(
        "merge.template",
        base.method.is_some() && base.template != head.template,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::{config, weakenings};

    #[test]
    fn squash_has_title_and_description_by_default() {
        let merge = config("merge.method = \"squash\"").merge;
        assert_eq!(merge.method, Some(MergeMethod::Squash));
        assert_eq!(merge.squash_title, SquashTitle::Title);
        assert_eq!(merge.squash_body, SquashBody::Description);
        assert_eq!(config("").merge.method, None);
    }

    #[test]
    fn each_key_is_read() {
        let text = "[merge]\nmethod = \"merge\"\nsquash_title = \"commit-or-title\"\n\
                    squash_body = \"none\"\ntemplate = \"%{title}\"\n";
        let expected = MergeSettings {
            method: Some(MergeMethod::Merge),
            squash_title: SquashTitle::CommitOrTitle,
            squash_body: SquashBody::Nothing,
            template: Some("%{title}".into()),
        };
        assert_eq!(config(text).merge, expected);
    }

    #[test]
    fn squash_that_begins_or_ends_may_be_weaker() {
        let [squash, merge] = ["squash", "merge"].map(|word| format!("merge.method = \"{word}\""));
        let expected = ["`merge.method` changed"];
        assert_eq!(weakenings("", &squash), expected);
        assert_eq!(weakenings(&squash, &merge), expected);
        assert_eq!(weakenings(&squash, &squash), [""; 0]);
        assert_eq!(weakenings("", &merge), [""; 0]);
    }

    #[test]
    fn another_message_of_the_squash_may_be_weaker() {
        let with = |method: &str, rest: &str| format!("merge = {{ {method}{rest} }}");
        let rest = "squash_title = \"commit-or-title\", squash_body = \"none\", template = \"x\"";
        let squash = "method = \"squash\", ";
        assert_eq!(
            weakenings(&with("method = \"squash\"", ""), &with(squash, rest)),
            [
                "`merge.squash_title` changed",
                "`merge.squash_body` changed",
                "`merge.template` changed"
            ]
        );
        assert_eq!(weakenings("", &with("", rest)), [""; 0]);
    }
}
