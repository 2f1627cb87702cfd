//! The keys of a configuration, declared once: parsing, the schema and "did you mean" follow from
//! them.
//!
//! Keys that are reserved and not read yet are listed apart: they are refused, since a gate that is
//! configured and does not close would be worse than none.

use super::approvals::ApprovalPolicy;
use super::freeze::Activity;
use super::hook::HOOKS;
use super::policy;
use super::style::{BreakingPlace, ChangelogStyle, Forge, Prereleases, Scopes};
use crate::document::{Field, Shape};
use crate::ticket::Kind;

/// Globs may consist of marks alone.
const GLOBS: Shape = Shape::List(&Shape::AnyText);

/// The words for a bump.
const BUMPS: Shape = Shape::Choice(&["none", "patch", "minor", "major"]);

/// The words for a level; `default` gives a rule its own one back.
const LEVELS: Shape = Shape::Choice(&["off", "note", "warning", "error", "default"]);

/// What a rule's table holds besides the options that the rule itself declares.
pub const RULE_FIELDS: &[Field] =
    &[Field::new("level", LEVELS, "Severity of the rule.").required()];

const RULES: Shape = Shape::Map(&Shape::Either(&[LEVELS, Shape::Open(RULE_FIELDS)]));

/// Options hold for the whole repository, so that for some files there are levels alone.
const LEVELS_OF_FILES: Shape = Shape::Map(&Shape::Either(&[LEVELS, Shape::Table(RULE_FIELDS)]));

const COMMITS: &[Field] = &[Field::new(
    "scopes",
    Shape::List(&Shape::Text),
    "Scopes that commits can use. Default: any.",
)];

const CHANGELOG: &[Field] = &[
    Field::new("file", Shape::Text, "File that `changelog --write` and a release update, relative to the repository root.")
        .default("\"CHANGELOG.md\""),
    Field::new("style", Shape::Choice(ChangelogStyle::WORDS), "Format of the changelog.").default("\"keepachangelog\""),
    Field::new(
        "template",
        Shape::Text,
        "MiniJinja template, relative to the repository root. Only valid with `style = \"template\"`.",
    ),
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
    .default("\"fold\""),
    Field::new(
        "breaking",
        Shape::Choice(BreakingPlace::WORDS),
        "Whether breaking changes are marked and listed first in their sections, or listed apart above all others. \
         Default: marked in the style `keepachangelog`, apart in the other styles.",
    ),
    Field::new(
        "scopes",
        Shape::Choice(Scopes::WORDS),
        "Whether scopes are shown before entries, also used to sort entries, or hidden.",
    )
    .default("\"shown\""),
    Field::new(
        "links",
        Shape::Boolean,
        "Whether commits, issues, pull requests, and versions are links. Default: only if `url` is set, and always in the styles \
         `github` and `template`.",
    ),
    Field::new(
        "url",
        Shape::Text,
        "Web address of the repository, such as `https://github.com/owner/name`. Default: derived from the URL of the remote.",
    ),
    Field::new("forge", Shape::Choice(Forge::WORDS), "Forge that hosts the repository. Default: derived from the host name."),
    Field::new(
        "bots",
        TEXTS,
        "Names and email addresses to leave out of the contributors, in addition to well-known bots and names that end in `[bot]`.",
    )
    .default("[]"),
];

const VERSION_FILE: &[Field] = &[
    Field::new(
        "file",
        Shape::Text,
        "File path, relative to the repository root.",
    )
    .required(),
    Field::new(
        "pattern",
        Shape::AnyText,
        "Regular expression with a group named `version`, such as `v(?<version>[0-9.]+)`.",
    ),
];

const VERSION_FILES: Shape =
    Shape::AnyList(&Shape::Either(&[Shape::Text, Shape::Table(VERSION_FILE)]));

const PACKAGE: &[Field] = &[
    Field::new(
        "name",
        Shape::Text,
        "Package name: one word, unique in the configuration.",
    )
    .required(),
    Field::new(
        "paths",
        GLOBS,
        "Globs for the paths that belong to the package, relative to the repository root.",
    )
    .required(),
    Field::new(
        "tag_prefix",
        Shape::AnyText,
        "Prefix of the version in the package's tags. Default: the name followed by `-v`.",
    ),
    Field::new(
        "changelog",
        Shape::Text,
        "Changelog file of the package, relative to the repository root.",
    ),
    Field::new(
        "version_files",
        VERSION_FILES,
        "Files that contain the package's version. Default: the manifests in the package's own directories.",
    ),
    Field::new(
        "depends_on",
        TEXTS,
        "Packages that this one depends on. When one of them is released, this package gets at least a patch release.",
    ),
];

const RELEASE: &[Field] = &[
    Field::new(
        "version_files",
        VERSION_FILES,
        "Files that contain the version. Default: the publishable manifests in the repository root.",
    ),
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
        "before",
        HOOKS,
        "Commands to run before a release. If one fails, the release does not start.",
    ),
    Field::new(
        "after",
        HOOKS,
        "Commands to run after a release was made, and pushed if requested.",
    ),
];

const LIMITS: &[Field] = &[
    Field::new(
        "ticket_bytes",
        Shape::Integer(1, 1 << 30),
        "Maximum size of a ticket in bytes.",
    )
    .default("262144"),
    Field::new(
        "tickets",
        Shape::Integer(1, 1 << 30),
        "Maximum number of tickets.",
    )
    .default("10000"),
    Field::new(
        "total_bytes",
        Shape::Integer(1, 1 << 40),
        "Maximum total size of all tickets in bytes.",
    )
    .default("33554432"),
];

const OVERRIDE: &[Field] = &[
    Field::new(
        "files",
        GLOBS,
        "Globs for the files, relative to the repository root.",
    )
    .required(),
    Field::new(
        "rules",
        LEVELS_OF_FILES,
        "Severity levels for these files, by rule name or by glob such as `plan/*`.",
    )
    .required(),
];

const COMMIT_OVERRIDE: &[Field] = &[
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

const TEXTS: Shape = Shape::AnyList(&Shape::Text);

const PERSON: &[Field] = &[
    Field::new(
        "email",
        Shape::Text,
        "Email address that the person commits with.",
    )
    .required(),
    Field::new("roles", TEXTS, "Roles that the person can approve in."),
    Field::new(
        "aliases",
        TEXTS,
        "Additional email addresses, names, and logins of the person.",
    ),
];

const POINTS: Shape = Shape::Integer(-100, 100);

const RISK: &[Field] = &[
    Field::new(
        "schema_contract",
        POINTS,
        "Points if the phase of the schema change is `contract`.",
    )
    .default("2"),
    Field::new(
        "not_backward_compatible",
        POINTS,
        "Points if the current code does not work with the new schema.",
    )
    .default("2"),
    Field::new(
        "irreversible",
        POINTS,
        "Points if the change cannot be undone.",
    )
    .default("3"),
    Field::new(
        "partly_reversible",
        POINTS,
        "Points if the change can only partly be undone.",
    )
    .default("1"),
    Field::new("downtime", POINTS, "Points for downtime.").default("2"),
    Field::new(
        "many_services",
        POINTS,
        "Points for more than three services.",
    )
    .default("1"),
    Field::new(
        "manual_steps",
        POINTS,
        "Points if more than five deployment steps are not `automated`.",
    )
    .default("1"),
    Field::new(
        "gradual",
        POINTS,
        "Points if the strategy is `canary`, `feature-flag`, or `dark-launch`.",
    )
    .default("-1"),
    Field::new(
        "rehearsed",
        POINTS,
        "Points if the rollback was rehearsed within the last year.",
    )
    .default("-1"),
    Field::new("medium", POINTS, "Lowest sum for medium risk.").default("2"),
    Field::new("high", POINTS, "Lowest sum for high risk.").default("4"),
];

const WEEKLY: &[Field] = &[
    Field::new(
        "from",
        Shape::Text,
        "Start, in local time of the zone, such as `Fri 14:00`.",
    )
    .required(),
    Field::new("to", Shape::Text, "End, such as `Mon 07:00`.").required(),
    Field::new(
        "zone",
        Shape::Text,
        "IANA time zone, such as `Europe/Berlin`.",
    )
    .required(),
];

const SCOPE: Shape = Shape::List(&Shape::Text);

const FREEZE: &[Field] = &[
    Field::new("name", Shape::Text, "Name of the freeze.").required(),
    Field::new("start", Shape::Instant, "Start, with a UTC offset.").unless("weekly"),
    Field::new("end", Shape::Instant, "End, with a UTC offset.").unless("weekly"),
    Field::new(
        "weekly",
        Shape::Table(WEEKLY),
        "Weekly recurrence, instead of `start` and `end`.",
    ),
    Field::new(
        "mode",
        Shape::Choice(&["hard", "soft"]),
        "Whether the freeze is an error or only a warning.",
    )
    .default("\"hard\""),
    Field::new("reason", Shape::Text, "Reason for the freeze."),
    Field::new("services", SCOPE, "Affected services. Default: all."),
    Field::new(
        "environments",
        SCOPE,
        "Affected environments. Default: all.",
    ),
    Field::new(
        "allow",
        Shape::AnyList(&Shape::Choice(Kind::WORDS)),
        "Kinds of tickets that are exempt from the freeze.",
    ),
    Field::new(
        "covers",
        Shape::List(&Shape::Choice(Activity::WORDS)),
        "Activities that the freeze forbids.",
    )
    .default("[\"deploy\", \"release\"]"),
];

/// The keys of a configuration.
pub(crate) const FIELDS: &[Field] = &[
    Field::new("tickets", GLOBS, "Globs for ticket files, relative to the repository root.")
        .default(r#"["changes/**/*.toml"]"#),
    Field::new("id_pattern", Shape::AnyText, "Regular expression that a ticket ID must match."),
    Field::new(
        "language",
        Shape::Choice(&["en", "off"]),
        "Language of the tickets. The content rules understand English; `off` disables them.",
    )
    .default("\"en\""),
    Field::new(
        "tag_prefix",
        Shape::AnyText,
        "Prefix of the version in tag names. Default: `v`, or no prefix if all version tags are bare versions.",
    ),
    Field::new("initial", Shape::Text, "First version of a repository without version tags. If set, signs of earlier releases do not make the next version unknown.").default("\"0.1.0\""),
    Field::new("zero_breaking", Shape::Choice(&["minor", "major"]), "Version bump for a breaking change before 1.0.0.")
        .default("\"minor\""),
    Field::new("zero_feature", Shape::Choice(&["minor", "patch"]), "Version bump for a feature before 1.0.0.")
        .default("\"minor\""),
    Field::new(
        "first_parent",
        Shape::Boolean,
        "Whether to follow only first parents, and use the messages of merge commits.",
    )
    .default("false"),
    Field::new("branches", GLOBS, "Globs for the branches that releases can be made from. Default: all."),
    Field::new(
        "bumps",
        Shape::Map(&BUMPS),
        "Version bump for each commit type, in addition to the defaults: minor for `feat`; patch for `fix`, `perf`, and `revert`. \
         `*` matches all other types. Default: other types cause no bump.",
    ),
    Field::new(
        "override",
        Shape::List(&Shape::Table(COMMIT_OVERRIDE)),
        "Corrections for single commits that are already merged. Set exactly one of `message`, `bump`, and `skip` in each.",
    ),
    Field::new("commits", Shape::Table(COMMITS), "Settings for commit messages."),
    Field::new(
        "package",
        Shape::List(&Shape::Table(PACKAGE)),
        "Packages with their own versions. Default: the repository has one version.",
    ),
    Field::new("changelog", Shape::Table(CHANGELOG), "Settings for the changelog."),
    Field::new(
        "rules",
        RULES,
        "Severity levels of rules, by name or by glob such as `content/*`. Rules with options also accept a table.",
    ),
    Field::new("overrides", Shape::List(&Shape::Table(OVERRIDE)), "Severity levels of rules for specific files."),
    Field::new("people", Shape::Map(&Shape::Table(PERSON)), "People who can be named in a ticket, by alias. Default: anyone."),
    Field::new("goals", Shape::Map(&Shape::Text), "Goals that a ticket can name in `goal`, by key. Default: any text."),
    Field::new(
        "risk",
        Shape::Table(RISK),
        "Points that each fact adds to the risk of a ticket, and the thresholds for the levels.",
    ),
    Field::new(
        "freeze",
        Shape::List(&Shape::Table(FREEZE)),
        "Periods in which changes are forbidden. `plan/schedule-in-freeze` checks the schedules of tickets; the gate and releases check the current time.",
    ),
    Field::new(
        "policy",
        Shape::List(&Shape::Table(policy::FIELDS)),
        "Tickets that changes require before they can be merged, enforced by `tollgate gate`.",
    ),
    Field::new(
        "approvals",
        Shape::Table(ApprovalPolicy::FIELDS),
        "Approvals that tickets require, enforced by `tollgate gate` and `tollgate release`. Default: none.",
    ),
    Field::new("release", Shape::Table(RELEASE), "Settings for releases."),
    Field::new("limits", Shape::Table(LIMITS), "Size limits."),
];
