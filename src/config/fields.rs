//! The keys of a configuration, declared once: parsing, the schema and "did you mean" follow from them.
//!
//! Keys that product.md names and that nothing reads yet are listed apart: they are refused, since a gate that is
//! configured and does not close would be worse than none.

use super::approvals::ApprovalPolicy;
use super::form::{BreakingPlace, Forge, Form, Prereleases, Scopes};
use super::freeze::Activity;
use super::hook::HOOKS;
use super::policy;
use crate::document::{Field, Shape};
use crate::ticket::Kind;

/// Globs may consist of marks alone.
const GLOBS: Shape = Shape::List(&Shape::AnyText);

/// The words for a bump.
const BUMPS: Shape = Shape::Choice(&["none", "patch", "minor", "major"]);

/// The words for a level; `default` gives a rule its own one back.
const LEVELS: Shape = Shape::Choice(&["off", "note", "warning", "error", "default"]);

/// What a rule's table holds besides the options that the rule itself declares.
pub const RULE_FIELDS: &[Field] = &[Field::new("level", LEVELS, "How much the rule weighs.").required()];

const RULES: Shape = Shape::Map(&Shape::Either(&[LEVELS, Shape::Open(RULE_FIELDS)]));

/// Options hold for the whole repository, so that for some files there are levels alone.
const LEVELS_OF_FILES: Shape = Shape::Map(&Shape::Either(&[LEVELS, Shape::Table(RULE_FIELDS)]));

const COMMITS: &[Field] =
    &[Field::new("scopes", Shape::List(&Shape::Text), "The scopes that commits may name; absent: any.")];

const CHANGELOG: &[Field] = &[
    Field::new("file", Shape::Text, "The file that `changelog --write` and a release update, relative to the root.")
        .default("\"CHANGELOG.md\""),
    Field::new("form", Shape::Choice(Form::WORDS), "How the changelog is written.").default("\"keepachangelog\""),
    Field::new(
        "template",
        Shape::Text,
        "The MiniJinja template of the form `template`, relative to the root; refused with any other form.",
    ),
    Field::new(
        "sections",
        Shape::Map(&Shape::Text),
        "The title under which commits of a type stand; `*` is every type that is not named. The order of the keys is \
         the order of the sections; without `*`, types that are not named are hidden. Absent: `feat` Added, `fix` Fixed, `perf` and `revert` Changed.",
    ),
    Field::new("hidden", Shape::AnyList(&Shape::AnyText), "Types that are hidden unless breaking.").default("[]"),
    Field::new(
        "unconventional",
        Shape::Text,
        "The title under which commits without a conventional header stand; absent: they are hidden.",
    ),
    Field::new(
        "prereleases",
        Shape::Choice(Prereleases::WORDS),
        "Whether pre-releases fold into the next stable release or are shown.",
    )
    .default("\"fold\""),
    Field::new(
        "breaking",
        Shape::Choice(BreakingPlace::WORDS),
        "Whether breaking changes are marked, first in their sections, or stand apart above all others. Absent: marked in \
         the form `keepachangelog`, apart in the others.",
    ),
    Field::new(
        "scopes",
        Shape::Choice(Scopes::WORDS),
        "Whether scopes are shown before the entries, order them too, or are hidden.",
    )
    .default("\"shown\""),
    Field::new(
        "links",
        Shape::Boolean,
        "Whether commits, issues, requests and versions are links. Absent: where `url` is given, and in what the forms \
         `github` and `template` print.",
    ),
    Field::new(
        "url",
        Shape::Text,
        "The page of the repository, such as `https://github.com/owner/name`; absent: by the URL of the remote.",
    ),
    Field::new("forge", Shape::Choice(Forge::WORDS), "What the repository lives on; absent: by the name of the host."),
    Field::new(
        "bots",
        TEXTS,
        "Names and addresses that are no contributors, besides well-known bots and names that end with `[bot]`.",
    )
    .default("[]"),
];

const VERSION_FILE: &[Field] = &[
    Field::new("file", Shape::Text, "The file, relative to the root.").required(),
    Field::new("pattern", Shape::AnyText, "A regular expression with a group `version`, as in `v(?<version>[0-9.]+)`."),
];

const VERSION_FILES: Shape = Shape::AnyList(&Shape::Either(&[Shape::Text, Shape::Table(VERSION_FILE)]));

const PACKAGE: &[Field] = &[
    Field::new("name", Shape::Text, "What people call it: one word, and no other package's.").required(),
    Field::new("paths", GLOBS, "Globs of the paths that belong to it, relative to the root.").required(),
    Field::new(
        "tag_prefix",
        Shape::AnyText,
        "What stands before the version in the names of its tags; absent: the name and `-v`.",
    ),
    Field::new("changelog", Shape::Text, "The file of its changelog, relative to the root."),
    Field::new(
        "version_files",
        VERSION_FILES,
        "The files that bear its version; absent: the manifests in the folders that are its own.",
    ),
    Field::new(
        "depends_on",
        TEXTS,
        "The packages that it follows: a release of one of them gives it a patch at least.",
    ),
];

const RELEASE: &[Field] = &[
    Field::new(
        "version_files",
        VERSION_FILES,
        "The files that bear the version; absent: the manifests at the root that are to be published.",
    ),
    Field::new("commit_message", Shape::Text, "The message of the release commit; `{version}` stands for the version.")
        .default("\"chore(release): {version}\""),
    Field::new(
        "emergency_days",
        Shape::Integer(1, 365),
        "How many days after an emergency release its ticket is closed.",
    )
    .default("7"),
    Field::new("before", HOOKS, "Commands that run before a release begins; one that fails leaves nothing behind."),
    Field::new("after", HOOKS, "Commands that run once a release is made, and pushed where that is asked for."),
];

const LIMITS: &[Field] = &[
    Field::new("ticket_bytes", Shape::Integer(1, 1 << 30), "The most bytes of a ticket.").default("262144"),
    Field::new("tickets", Shape::Integer(1, 1 << 30), "The most tickets.").default("10000"),
    Field::new("total_bytes", Shape::Integer(1, 1 << 40), "The most bytes of all tickets together.")
        .default("33554432"),
];

const OVERRIDE: &[Field] = &[
    Field::new("files", GLOBS, "Globs of the files, relative to the root.").required(),
    Field::new("rules", LEVELS_OF_FILES, "The levels for these files, by rule or glob such as `plan/*`.").required(),
];

const COMMIT_OVERRIDE: &[Field] = &[
    Field::new("commit", Shape::Text, "The first digits of the commit's name, seven or more.").required(),
    Field::new("message", Shape::Text, "What it should have said: it counts as if it did."),
    Field::new("bump", BUMPS, "What it bumps, whatever it says."),
    Field::new("skip", Shape::Text, "Why it counts for nothing and stands in no changelog."),
];

const TEXTS: Shape = Shape::AnyList(&Shape::Text);

const PERSON: &[Field] = &[
    Field::new("email", Shape::Text, "The address under which the person commits.").required(),
    Field::new("roles", TEXTS, "The roles in which the person approves."),
    Field::new("aliases", TEXTS, "Further addresses and names of the person."),
];

const POINTS: Shape = Shape::Integer(-100, 100);

const RISK: &[Field] = &[
    Field::new("schema_contract", POINTS, "The phase of the schema change is `contract`.").default("2"),
    Field::new("not_backward_compatible", POINTS, "Today's code does not work with the new schema.").default("2"),
    Field::new("irreversible", POINTS, "The change cannot be undone.").default("3"),
    Field::new("partly_reversible", POINTS, "The change can be undone in part.").default("1"),
    Field::new("downtime", POINTS, "Users are without service.").default("2"),
    Field::new("many_services", POINTS, "More than three services are concerned.").default("1"),
    Field::new("manual_steps", POINTS, "More than five deployment steps are not `automated`.").default("1"),
    Field::new("gradual", POINTS, "The strategy is canary, feature-flag or dark-launch.").default("-1"),
    Field::new("rehearsed", POINTS, "The rollback was rehearsed within a year.").default("-1"),
    Field::new("medium", POINTS, "The sum from which on the risk is medium.").default("2"),
    Field::new("high", POINTS, "The sum from which on the risk is high.").default("4"),
];

const WEEKLY: &[Field] = &[
    Field::new("from", Shape::Text, "When it begins, by the clock of the zone, such as `Fri 14:00`.").required(),
    Field::new("to", Shape::Text, "When it ends, such as `Mon 07:00`.").required(),
    Field::new("zone", Shape::Text, "The IANA zone, such as `Europe/Berlin`.").required(),
];

const SCOPE: Shape = Shape::List(&Shape::Text);

const FREEZE: &[Field] = &[
    Field::new("name", Shape::Text, "What people call it.").required(),
    Field::new("start", Shape::Instant, "When it begins, with its offset from UTC.").unless("weekly"),
    Field::new("end", Shape::Instant, "When it ends, with its offset from UTC.").unless("weekly"),
    Field::new("weekly", Shape::Table(WEEKLY), "When it is every week, instead of `start` and `end`."),
    Field::new("mode", Shape::Choice(&["hard", "soft"]), "Whether a change is refused or only warned of.")
        .default("\"hard\""),
    Field::new("reason", Shape::Text, "Why it is there."),
    Field::new("services", SCOPE, "The services concerned; absent means all."),
    Field::new("environments", SCOPE, "The environments concerned; absent means all."),
    Field::new("allow", Shape::AnyList(&Shape::Choice(Kind::WORDS)), "The kinds of tickets that it lets through."),
    Field::new("covers", Shape::List(&Shape::Choice(Activity::WORDS)), "What is not to be done meanwhile.")
        .default("[\"deploy\", \"release\"]"),
];

/// The keys of a configuration.
pub(crate) const FIELDS: &[Field] = &[
    Field::new("tickets", GLOBS, "Globs of the ticket files, relative to the root.")
        .default(r#"["changes/**/*.toml"]"#),
    Field::new("id_pattern", Shape::AnyText, "A regular expression that a ticket's identity has to match."),
    Field::new(
        "language",
        Shape::Choice(&["en", "off"]),
        "The language of the tickets: content rules read English, `off` switches them off.",
    )
    .default("\"en\""),
    Field::new(
        "tag_prefix",
        Shape::AnyText,
        "What stands before the version in a tag's name; absent: `v`, or nothing where only bare versions are there.",
    ),
    Field::new("initial", Shape::Text, "The first version of a history without one. If it is set, signs of earlier releases do not make the next version unknown.").default("\"0.1.0\""),
    Field::new("zero_breaking", Shape::Choice(&["minor", "major"]), "What a break bumps before 1.0.0.")
        .default("\"minor\""),
    Field::new("zero_feature", Shape::Choice(&["minor", "patch"]), "What a feature bumps before 1.0.0.")
        .default("\"minor\""),
    Field::new(
        "first_parent",
        Shape::Boolean,
        "Whether only the first-parent line counts, its merge commits by their messages.",
    )
    .default("false"),
    Field::new("branches", GLOBS, "Globs of the branches that may be released from; absent: all."),
    Field::new(
        "bumps",
        Shape::Map(&BUMPS),
        "What a commit of a type bumps, merged over the defaults: `feat` minor; `fix`, `perf` and `revert` patch. `*` is \
         every type that is not named; absent: they bump nothing.",
    ),
    Field::new(
        "override",
        Shape::List(&Shape::Table(COMMIT_OVERRIDE)),
        "What is made of single commits that are merged already: one of `message`, `bump` and `skip` each.",
    ),
    Field::new("commits", Shape::Table(COMMITS), "What the messages of commits may say."),
    Field::new(
        "package",
        Shape::List(&Shape::Table(PACKAGE)),
        "The parts of the repository that have versions of their own; absent: it has one version.",
    ),
    Field::new("changelog", Shape::Table(CHANGELOG), "How the changelog is grouped and written."),
    Field::new(
        "rules",
        RULES,
        "The levels of rules, by name or by glob such as `content/*`; a rule that has options takes a table.",
    ),
    Field::new("overrides", Shape::List(&Shape::Table(OVERRIDE)), "The levels of rules for some files."),
    Field::new("people", Shape::Map(&Shape::Table(PERSON)), "Who may stand in a ticket, by alias; absent: anybody."),
    Field::new("goals", Shape::Map(&Shape::Text), "What a ticket's `goal` may be, by key; absent: anything."),
    Field::new(
        "risk",
        Shape::Table(RISK),
        "How many points each fact counts for the risk of a ticket, and what they make.",
    ),
    Field::new(
        "freeze",
        Shape::List(&Shape::Table(FREEZE)),
        "When changes are not to be made: `plan/schedule-in-freeze` holds schedules against it, a release the clock.",
    ),
    Field::new(
        "policy",
        Shape::List(&Shape::Table(policy::FIELDS)),
        "What a change asks for before it may merge: `tollgate gate` judges branches by it.",
    ),
    Field::new(
        "approvals",
        Shape::Table(ApprovalPolicy::FIELDS),
        "Whose approval a change asks for, as `tollgate gate` judges it; absent: nobody's.",
    ),
    Field::new("release", Shape::Table(RELEASE), "What a release writes and runs."),
    Field::new("limits", Shape::Table(LIMITS), "What is too large to be read."),
];
