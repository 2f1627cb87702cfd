//! What a release writes and runs.

use super::Config;
use super::approvals::{Evidence, QUORUM, Quorum};
use super::reader::{Reader, number, string, subtable, word};
use super::release_hook::{HOOKS, ReleaseHook};
use super::section::{Section, Weakenings};
use super::version_files::{self, VERSION_FILES, VersionFile};
use super::writer::{Writer, list};
use crate::document::{Field, Node, Shape, Table};
use crate::source::word_enum;

pub(super) const SECTION: Section = Section {
    fields: &[Field::new(
        "release",
        Shape::Table(FIELDS),
        "Settings for releases.",
    )],
    read,
    write,
    compare,
};

const FIELDS: &[Field] = &[
    Field::new(
        "via",
        Shape::Choice(ReleaseVia::WORDS),
        "How a release gets into the repository: as a commit on the branch, with the tags on it (`commit`), or as tags on the released commit (`tag`), which leaves the changelog and the version files as they are.",
    )
    .default("\"commit\""),
    Field::new(
        "version_files",
        VERSION_FILES,
        "Files that contain the version. Default: the publishable manifests in the repository root.",
    )
    .harmless("The version does not depend on them."),
    Field::new(
        "commit_message",
        Shape::Text,
        "Message of the release commit; `{version}` is replaced by the version.",
    )
    .default("\"chore(release): {version}\""),
    Field::new(
        "emergency_days",
        Shape::Integer(1, 365),
        "Number of days after an emergency release by which its ticket must be closed.",
    )
    .default("7"),
    Field::new(
        "files",
        Shape::Text,
        "Directory of the release files: `next.toml` describes the coming release. With packages, each has a subdirectory of its name.",
    )
    .default("\"releases\""),
    Field::new(
        "sign_off",
        Shape::Table(QUORUM),
        "Sign-off that a stable release requires, in its release file. Default: none.",
    ),
    Field::new(
        "before",
        HOOKS,
        "Commands to run before a release. If one fails, the release does not start.",
    ),
    Field::new(
        "after",
        HOOKS,
        "Commands to run after a release has been made, and pushed if requested.",
    ),
];

word_enum! {
    /// How a release gets into the repository.
    #[non_exhaustive]
    pub enum ReleaseVia {
        /// As a commit on the branch, with the tags on it.
        Commit = "commit",
        /// As tags on the commit that is released.
        Tag = "tag",
    }
}

/// What a release writes and runs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReleaseSettings {
    /// How a release gets into the repository.
    pub via: ReleaseVia,
    /// Files that contain the version; `None`: the publishable manifests at the root.
    pub(crate) version_files: Option<Vec<VersionFile>>,
    /// The message of the release commit; `{version}` is replaced by the version.
    pub commit_message: String,
    /// The number of days after an emergency release by which its ticket must be closed.
    pub(crate) emergency_days: i32,
    /// The folder of the release files.
    pub(crate) files: String,
    /// The sign-off that a stable release requires; `None`: none.
    pub(crate) sign_off: Option<Quorum>,
    /// The commands to run before a release.
    pub(crate) before: Vec<ReleaseHook>,
    /// The commands to run after a release was made.
    pub(crate) after: Vec<ReleaseHook>,
}

impl Default for ReleaseSettings {
    fn default() -> Self {
        let commit_message = "chore(release): {version}".into();
        Self {
            via: ReleaseVia::Commit,
            version_files: None,
            commit_message,
            emergency_days: 7,
            files: "releases".into(),
            sign_off: None,
            before: Vec::new(),
            after: Vec::new(),
        }
    }
}

fn read(table: &Table, config: &mut Config, reader: &mut Reader) {
    let Some(table) = subtable(table, "release") else {
        return;
    };
    let default = ReleaseSettings::default();
    if let Some(node) = table.get("commit_message") {
        check_placeholders(node, reader);
    }
    config.release = ReleaseSettings {
        via: word(table, "via").unwrap_or(default.via),
        version_files: version_files::read(table, reader),
        commit_message: string(table, "commit_message").unwrap_or(default.commit_message),
        emergency_days: number(table, "emergency_days").unwrap_or(default.emergency_days),
        files: reader.path(table, "files").unwrap_or(default.files),
        sign_off: subtable(table, "sign_off").map(|table| read_sign_off(table, reader)),
        before: ReleaseHook::read_all(table.get("before")),
        after: ReleaseHook::read_all(table.get("after")),
    };
    if let Some(node) = table.get("sign_off")
        && config.release.via == ReleaseVia::Tag
    {
        let message = "a sign-off cannot be required with `via = \"tag\"`".to_owned();
        let help = "remove one of them: a sign-off is written in `next.toml`, which only a release commit can rename to its version";
        reader.fault(node, message, help);
    }
}

fn read_sign_off(table: &Table, reader: &mut Reader) -> Quorum {
    let quorum = Quorum::of(1).with(Some(table));
    if let Some(node) = table.get("evidence")
        && quorum.evidence == Evidence::Forge
    {
        let message = "a release cannot be signed off on the forge".to_owned();
        let help = "use `claimed`, `attributed`, or `signed`: a forge approves pull requests, not releases";
        reader.fault(node, message, help);
    }
    quorum
}

/// Reports placeholders other than `{version}`.
fn check_placeholders(node: &Node, reader: &mut Reader) {
    let is_placeholder = |name: &&str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let text = node.as_str().unwrap_or_default();
    let pieces = text
        .split('{')
        .skip(1)
        .filter_map(|piece| piece.split_once('}'));
    let names = pieces.map(|(name, _)| name).filter(is_placeholder);
    for name in names.filter(|name| *name != "version") {
        let message = format!("unknown placeholder `{{{name}}}`");
        reader.fault(node, message, "use `{version}`, the only placeholder");
    }
}

fn write(config: &Config, out: &mut Writer) {
    let release = &config.release;
    out.table("[release]");
    out.string("via", release.via.as_str());
    version_files::write(release.version_files.as_deref(), out);
    out.string("commit_message", &release.commit_message);
    out.value("emergency_days", release.emergency_days);
    out.string("files", &release.files);
    if let Some(sign_off) = &release.sign_off {
        out.value("sign_off", sign_off.to_toml());
    }
    out.value(
        "before",
        list(release.before.iter().map(ReleaseHook::to_toml)),
    );
    out.value(
        "after",
        list(release.after.iter().map(ReleaseHook::to_toml)),
    );
}

fn compare(base: &Config, head: &Config, found: &mut Weakenings) {
    let (base, head) = (&base.release, &head.release);
    found.key("release", runs_other_commands(base, head));
    found.key("release.via", head.via != base.via);
    found.key(
        "release.commit_message",
        head.commit_message != base.commit_message,
    );
    found.key(
        "release.emergency_days",
        head.emergency_days > base.emergency_days,
    );
    found.key("release.files", head.files != base.files);
    let is_weaker = base.sign_off.as_ref().is_some_and(|base| {
        let head = head.sign_off.as_ref();
        head.is_none_or(|head| !head.is_as_strict_as(base))
    });
    found.key("release.sign_off", is_weaker);
}

/// Whether a release runs a new command, or no longer runs one that could stop it.
fn runs_other_commands(base: &ReleaseSettings, head: &ReleaseSettings) -> bool {
    let is_new = |hook| !is_run_by(&base.before, hook) && !is_run_by(&base.after, hook);
    let is_lost = |hook| !is_run_by(&head.before, hook);
    head.before.iter().chain(&head.after).any(is_new) || base.before.iter().any(is_lost)
}

fn is_run_by(hooks: &[ReleaseHook], hook: &ReleaseHook) -> bool {
    hooks.iter().any(|other| other.run == hook.run)
}

#[cfg(test)]
mod tests {
    use crate::config::testing::{config, fault, weakenings};

    #[test]
    fn a_placeholder_that_nothing_replaces_is_refused() {
        let message = |text: &str| format!("release.commit_message = \"{text}\"");
        assert_eq!(
            fault(&message("release {versoin}")).0,
            "unknown placeholder `{versoin}`"
        );
        assert_eq!(
            config(&message("{version} {a b} {}"))
                .release
                .commit_message,
            "{version} {a b} {}"
        );
    }

    #[test]
    fn other_way_to_release_is_weaker() {
        let (commit, tag) = ("release.via = \"commit\"", "release.via = \"tag\"");
        assert_eq!(weakenings("", tag), ["`release.via` changed"]);
        assert_eq!(weakenings(tag, ""), ["`release.via` changed"]);
        assert_eq!(weakenings("", commit), [""; 0]);
    }

    #[test]
    fn sign_off_without_a_release_commit_is_refused() {
        let message = fault("[release]\nvia = \"tag\"\nsign_off = { quorum = 1 }").0;
        assert_eq!(
            message,
            "a sign-off cannot be required with `via = \"tag\"`"
        );
    }

    #[test]
    fn changed_release_command_is_weaker() {
        let (none, one) = ("", "release.before = [\"cargo test\"]");
        assert_eq!(weakenings(none, one), ["`release` changed"]);
        assert_eq!(weakenings(one, none), ["`release` changed"]);
        let after = "release.after = [\"notify\"]";
        assert_eq!(weakenings(none, after), ["`release` changed"]);
        assert_eq!(weakenings(after, none), [""; 0]);
        assert_eq!(weakenings(one, &format!("# why\n{one}")), [""; 0]);
        let table =
            |run: &str| format!("release.before = [{{ run = \"{run}\", within = \"1m\" }}]");
        assert_eq!(weakenings(one, &table("true")), ["`release` changed"]);
        assert_eq!(weakenings(one, &table("cargo test")), [""; 0]);
        let after = "release.after = [{ run = \"x\" }]";
        assert_eq!(weakenings(none, after), ["`release` changed"]);
    }

    #[test]
    fn other_message_and_later_deadline_are_weaker() {
        let message = "release.commit_message = \"release {version}\"";
        assert_eq!(
            weakenings("", message),
            ["`release.commit_message` changed"]
        );
        let days = |days| format!("release.emergency_days = {days}");
        assert_eq!(
            weakenings("", &days(365)),
            ["`release.emergency_days` changed"]
        );
        assert_eq!(weakenings(&days(7), &days(3)), [""; 0]);
    }

    #[test]
    fn fewer_people_or_roles_for_the_sign_off_are_weaker() {
        let sign_off = |quorum: &str| format!("release.sign_off = {quorum}");
        let (one, two) = (sign_off("{ quorum = 1 }"), sign_off("{ quorum = 2 }"));
        let role = sign_off("{ roles = [\"rm\"], evidence = \"signed\" }");
        let weaker = ["`release.sign_off` changed"];
        assert_eq!(weakenings(&two, &one), weaker);
        assert_eq!(weakenings(&one, ""), weaker);
        assert_eq!(weakenings(&role, &two), weaker);
        assert_eq!(weakenings("", &one), [""; 0]);
        assert_eq!(weakenings(&one, &two), [""; 0]);
        assert_eq!(weakenings(&one, &role), [""; 0]);
    }

    #[test]
    fn sign_off_on_the_forge_is_refused() {
        let message = fault("release.sign_off = { evidence = \"forge\" }").0;
        assert_eq!(message, "a release cannot be signed off on the forge");
    }

    #[test]
    fn other_directory_of_release_files_is_weaker() {
        let other = "release.files = \"plans\"";
        assert_eq!(weakenings("", other), ["`release.files` changed"]);
        assert_eq!(weakenings("", "release.files = \"releases\""), [""; 0]);
    }
}
