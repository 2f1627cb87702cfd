//! The message of a release's tag: its name, the release notes, and trailers that record what the
//! release was made from.
//!
//! `verify` recomputes what the trailers record: the package, the options, the base, each ticket
//! with its digest and risk, and the digests of configuration, commits and changelog. No untrusted
//! text can add a trailer.

use sha2::{Digest as _, Sha256};

use super::emergency::{
    BYPASSED, EMERGENCY, Emergency, FOLLOW_UP, PREVIOUS_EMERGENCY, previous_emergency_text,
};
use super::plan::{Changelog, Request, TagRequest};
use crate::changelog::shortened;
use crate::commit::{Id, SignatureFormat, strip_signature, trailers};
use crate::config::ReleaseVia;
use crate::history::NextOptions;
use crate::source::{sanitise_line, shell_command};
use crate::ticket::RiskLevel;
use crate::version::Bump;

/// A ticket that a release implements.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CitedTicket {
    /// The ID.
    pub(crate) id: String,
    /// The plan with which the release was checked; `None`: there is no such ticket, or it cannot
    /// be read.
    pub(crate) plan: Option<CitedPlan>,
}

/// The plan of a ticket that a release implements.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CitedPlan {
    /// The digest, `sha256:` and 64 digits.
    pub(crate) digest: String,
    /// The risk that decided how many approvals the release needed. Later versions of Tollgate may
    /// compute another one from the same ticket.
    pub(crate) risk: RiskLevel,
}

/// A ticket that a tag names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordedTicket<'a> {
    /// The ID.
    pub(crate) id: &'a str,
    /// The digest of its plan; `None`: there was no such ticket, or it could not be read.
    pub(crate) digest: Option<&'a str>,
    /// The risk that decided how many approvals the release needed; `None`: the tag was made by a
    /// version of Tollgate that did not record it.
    pub(crate) risk: Option<RiskLevel>,
}

/// The requested options, which do not follow from the commits.
#[derive(Debug, Clone, Default)]
pub(crate) struct RequestedOptions {
    /// The only package that was released; `None`: all that were due.
    pub(crate) package: Option<String>,
    /// The options for the version.
    pub(crate) version: NextOptions,
}

/// The trailers of a release's tag, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TagMetadata(Vec<(String, String)>);

/// The package that is released.
pub(super) const PACKAGE: &str = "Package";
/// The branch on which it is released.
pub(super) const BRANCH: &str = "Branch";
/// How the release got into the repository; absent if it has a release commit.
pub(super) const VIA: &str = "Via";
/// The requested options, as the command line takes them.
pub(super) const OPTIONS: &str = "Options";
/// The same in tags of earlier versions.
pub(super) const OPTIONS_LEGACY: &str = "Asked";
/// The tag that the version is counted from, and its commit.
pub(super) const BASE: &str = "Base";
/// A ticket's ID, and a hyphen or the plan's digest and the risk; tags made by earlier versions do
/// not have the risk.
pub(super) const TICKET: &str = "Ticket";
/// The digest of the configuration's text.
pub(super) const CONFIGURATION: &str = "Configuration";
/// The digest of the commits' ids, sorted, each with a line feed.
pub(super) const COMMITS: &str = "Commits";
/// The digest of the release notes.
pub(super) const CHANGELOG: &str = "Changelog";
/// The tool and its version.
pub(super) const TOOL: &str = "Tool";

/// The maximum size of release notes in a tag in bytes, which is also the limit of a release page
/// on GitHub. `verify` shortens the notes again and compares them, so another limit would make
/// existing tags differ.
const MAX_NOTES_BYTES: usize = 120_000;

/// The name of the tool in [`TOOL`], before its version.
const TOOL_PREFIX: &str = "tollgate ";

/// This version of the tool, as tags record it.
pub(crate) const THIS_TOOL: &str = concat!("tollgate ", env!("CARGO_PKG_VERSION"));

/// How every digest starts.
const DIGEST_PREFIX: &str = "sha256:";

/// Replaces the digest of a ticket that doesn't exist or can't be read.
const NO_DIGEST: &str = "-";

impl<'a> RecordedTicket<'a> {
    /// Reads the value of a trailer.
    ///
    /// An ID may have spaces, and any words. The last word is a risk only after a digest or a
    /// hyphen, which is the last word in tags made by earlier versions.
    fn parse(value: &'a str) -> Self {
        let is_digest = |word: &str| word == NO_DIGEST || word.starts_with(DIGEST_PREFIX);
        let (value, risk) = value
            .rsplit_once(' ')
            .and_then(|(rest, word)| Some((rest, RiskLevel::parse(word)?)))
            .filter(|(rest, _)| {
                rest.rsplit_once(' ')
                    .is_some_and(|(_, word)| is_digest(word))
            })
            .map_or((value, None), |(rest, risk)| (rest, Some(risk)));
        let (id, digest) = value.rsplit_once(' ').unwrap_or((value, NO_DIGEST));
        Self {
            id,
            digest: (digest != NO_DIGEST).then_some(digest),
            risk,
        }
    }
}

impl TagMetadata {
    /// Reads the trailers of a tag's message; `None` if Tollgate did not write it.
    #[must_use]
    pub(crate) fn read(message: &str) -> Option<Self> {
        let text = std::str::from_utf8(strip_signature(message.as_bytes())).ok()?;
        let fields: Vec<_> = trailers(text)
            .into_iter()
            .map(|trailer| (trailer.key.to_owned(), trailer.value))
            .collect();
        let record = Self(fields);
        record
            .get(TOOL)
            .is_some_and(|tool| tool.starts_with(TOOL_PREFIX))
            .then_some(record)
    }

    /// The value of a trailer. If there are several, which only a forger writes, the first.
    #[must_use]
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// The tickets.
    pub(crate) fn tickets(&self) -> impl Iterator<Item = RecordedTicket<'_>> {
        self.0
            .iter()
            .filter(|(name, _)| name == TICKET)
            .map(|(_, value)| RecordedTicket::parse(value))
    }

    /// The branch on which the release was made.
    #[must_use]
    pub(crate) fn branch(&self) -> Option<&str> {
        self.get(BRANCH)
    }

    /// How the release got into the repository; `None` if this version of the tool does not know the
    /// word.
    #[must_use]
    pub(crate) fn via(&self) -> Option<ReleaseVia> {
        self.get(VIA)
            .map_or(Some(ReleaseVia::Commit), ReleaseVia::parse)
    }

    /// Whether the tag is on a release commit, as the tag says; otherwise, it is on the released
    /// commit itself.
    #[must_use]
    pub(crate) fn has_commit(&self) -> bool {
        self.via() != Some(ReleaseVia::Tag)
    }

    /// The tag that the version is counted from, and its commit; `None` for the first release.
    #[must_use]
    pub(crate) fn base(&self) -> Option<(&str, &str)> {
        self.get(BASE)?.split_once(' ')
    }

    /// The tool that made the release, and its version.
    #[must_use]
    pub(crate) fn tool(&self) -> Option<&str> {
        self.get(TOOL)
    }

    /// Whether this version of the tool made the release, as the tag says.
    #[must_use]
    pub(crate) fn is_by_this_version(&self) -> bool {
        self.tool() == Some(THIS_TOOL)
    }

    /// Whether the recorded digest of release notes differs from that of these notes.
    #[must_use]
    pub(crate) fn differs_from_notes(&self, notes: &str) -> bool {
        self.get(CHANGELOG)
            .is_some_and(|noted| noted != digest(notes))
    }

    /// The digest of the commits' ids.
    #[must_use]
    pub(crate) fn commits(&self) -> Option<&str> {
        self.get(COMMITS)
    }

    /// The digest of the configuration's text.
    #[must_use]
    pub(crate) fn configuration(&self) -> Option<&str> {
        self.get(CONFIGURATION)
    }

    /// The requested options, as they are written.
    #[must_use]
    pub(crate) fn options_text(&self) -> Option<&str> {
        self.get(OPTIONS).or_else(|| self.get(OPTIONS_LEGACY))
    }

    /// The requested options; `None` if the trailer cannot be parsed.
    #[must_use]
    pub(crate) fn options(&self) -> Option<RequestedOptions> {
        self.options_text()
            .map_or_else(|| Some(RequestedOptions::default()), parse_options)
    }

    /// The trailers other than tickets that occur more than once, by name.
    pub(super) fn repeated(&self) -> impl Iterator<Item = &str> {
        let names = self
            .0
            .iter()
            .enumerate()
            .filter(|(_, (name, _))| name != TICKET);
        names
            .filter(|(at, (name, _))| self.0[..*at].iter().any(|(other, _)| other == name))
            .map(|(_, (name, _))| &name[..])
    }
}

/// The tag's name, the release notes, and the trailers.
pub(super) fn tag_message(name: &str, tag: &TagRequest<'_>, request: &Request<'_>) -> String {
    let mut message = format!("{name}\n\n");
    if let Some(changelog) = tag
        .changelog
        .as_ref()
        .filter(|changelog| !changelog.notes.trim().is_empty())
    {
        let notes = normalized_notes(&changelog.notes);
        message.push_str(&format!(
            "{}\n\n",
            shortened(&notes, MAX_NOTES_BYTES, &full_notes_hint(tag, changelog))
        ));
    }
    for (key, value) in tag_trailers(tag, request) {
        // An ID or a name may be any text, and a line end in it would forge a trailer.
        message.push_str(&format!("{key}: {}\n", sanitise_line(&value)));
    }
    message
}

/// Release notes in the form that a tag can contain, however long they are.
pub(super) fn normalized_notes(notes: &str) -> String {
    fit_for_tag(notes).trim().to_owned()
}

/// Where to find the complete notes.
fn full_notes_hint(tag: &TagRequest<'_>, changelog: &Changelog<'_>) -> String {
    match changelog.file {
        Some(file) => format!("`{}` has all of them", sanitise_line(file)),
        None => {
            let version = tag.version;
            let command = match tag.package {
                Some(package) => shell_command!(
                    "tollgate changelog --release {version} --package {package}",
                    version,
                    package = package.name
                ),
                None => shell_command!("tollgate changelog --release {version}", version),
            };
            format!("`{}` prints all of them", sanitise_line(&command))
        }
    }
}

fn tag_trailers(tag: &TagRequest<'_>, request: &Request<'_>) -> Vec<(&'static str, String)> {
    let branch = request
        .branch
        .and_then(|branch| branch.strip_prefix("refs/heads/"));
    let before = [
        (PACKAGE, tag.package.map(|package| package.name.clone())),
        (BRANCH, branch.map(str::to_owned)),
        (VIA, via_text(request.config.release.via)),
        (OPTIONS, format_options(request)),
        (
            BASE,
            tag.previous
                .map(|base| format!("{} {}", base.tag, base.commit)),
        ),
    ];
    let tickets = tag.tickets.iter().map(|ticket| {
        let plan = ticket.plan.as_ref();
        let plan = plan.map_or(NO_DIGEST.to_owned(), |plan| {
            format!("{} {}", plan.digest, plan.risk.as_str())
        });
        (TICKET, Some(format!("{} {plan}", ticket.id)))
    });
    let emergency = request.emergency;
    let after = [
        (
            CONFIGURATION,
            request
                .config
                .source
                .as_ref()
                .map(|source| digest(source.text())),
        ),
        (COMMITS, Some(digest(&sorted_lines(&tag.commits)))),
        (
            CHANGELOG,
            tag.changelog
                .as_ref()
                .map(|changelog| digest(&changelog.notes)),
        ),
        (
            PREVIOUS_EMERGENCY,
            Some(previous_emergency_text(request.previous_emergencies)),
        ),
        (
            EMERGENCY,
            emergency.map(|emergency| emergency.ticket.clone()),
        ),
        (BYPASSED, emergency.map(Emergency::bypassed_text)),
        (
            FOLLOW_UP,
            emergency.map(|emergency| emergency.due.to_string()),
        ),
        (TOOL, Some(THIS_TOOL.to_owned())),
    ];
    let all = before.into_iter().chain(tickets).chain(after);
    all.filter_map(|(key, value)| Some((key, value?))).collect()
}

/// How the release gets into the repository. A release commit is not recorded, as it was not in
/// tags of earlier versions.
fn via_text(via: ReleaseVia) -> Option<String> {
    (via != ReleaseVia::Commit).then(|| via.as_str().to_owned())
}

/// The requested options as the command line takes them; `None` if there are none.
fn format_options(request: &Request<'_>) -> Option<String> {
    let options = request.version_options;
    let options = [
        ("--package", request.only.map(str::to_owned)),
        ("--pre", options.pre.clone()),
        ("--bump", options.bump.map(|bump| bump.as_str().to_owned())),
        (
            "--set-version",
            options.version.as_ref().map(ToString::to_string),
        ),
        ("--build", options.build.as_ref().map(ToString::to_string)),
    ];
    let parts: Vec<_> = options
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| format!("{name} {value}")))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn parse_options(text: &str) -> Option<RequestedOptions> {
    let (mut package, mut options) = (None, NextOptions::default());
    let mut words = text.split(' ');
    while let Some(option) = words.next() {
        let value = words.next()?;
        match option {
            "--package" => package = Some(value.to_owned()),
            "--pre" => options.pre = Some(value.to_owned()),
            "--bump" => options.bump = Some(Bump::parse(value)?),
            "--set-version" => options.version = Some(value.parse().ok()?),
            "--build" => options.build = Some(value.parse().ok()?),
            _ => return None,
        }
    }
    Some(RequestedOptions {
        package,
        version: options,
    })
}

/// The IDs, sorted and each with a line feed: the output of `git rev-list … | sort`, regardless of
/// Git's order.
fn sorted_lines(commits: &[Id]) -> String {
    let mut ids: Vec<String> = commits.iter().map(|id| format!("{id}\n")).collect();
    ids.sort_unstable();
    ids.concat()
}

/// Release notes in the form that a tag can contain: without NUL, and without lines that Git would
/// take for the start of a signature.
fn fit_for_tag(notes: &str) -> String {
    let line = |line: &str| match SignatureFormat::of(line.as_bytes()) {
        Some(_) => format!(" {line}"),
        None => line.to_owned(),
    };
    notes
        .replace('\0', "")
        .split_inclusive('\n')
        .map(line)
        .collect()
}

fn digest(text: &str) -> String {
    digest_of_bytes(text.as_bytes())
}

/// The SHA-256 of some bytes, as a tag records it.
pub(crate) fn digest_of_bytes(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{DIGEST_PREFIX}{hex}")
}

/// The digest of the IDs of some commits, as a tag records it.
pub(crate) fn digest_of_commits(commits: &[Id]) -> String {
    digest(&sorted_lines(commits))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use semver::Version;

    use super::*;
    use crate::config::Config;
    use crate::history::Base;
    use crate::release::Changelog;

    fn message(tickets: &[CitedTicket], options: &NextOptions) -> String {
        let base = Base {
            version: Version::new(1, 2, 0),
            tag: "v1.2.0".into(),
            commit: Id::new([2; 20]),
        };
        let tag = TagRequest {
            package: None,
            version: &Version::new(1, 3, 0),
            tag_prefix: "v",
            previous: Some(&base),
            commits: vec![Id::new([1; 20])],
            tickets: tickets.to_vec(),
            changelog: Some(Changelog {
                file: None,
                text: String::new(),
                notes: "### Added\n\n- Ports: x\n".into(),
            }),
            release_file: None,
        };
        let request = Request {
            purpose: crate::release::Purpose::Execution,
            tags: std::slice::from_ref(&tag),
            base: Id::new([1; 20]),
            branch: Some("refs/heads/main"),
            push: None,
            emergency: None,
            previous_emergencies: &[],
            only: (options.build.is_some()).then_some("core"),
            version_options: options,
            config: &Config::default(),
            at: Timestamp::UNIX_EPOCH,
        };
        tag_message("v1.3.0", &tag, &request)
    }

    fn cited(id: &str, digest: Option<&str>) -> CitedTicket {
        let plan = digest.map(|digest| CitedPlan {
            digest: digest.to_owned(),
            risk: RiskLevel::High,
        });
        CitedTicket {
            id: id.into(),
            plan,
        }
    }

    /// The ticket in the value of a trailer.
    fn recorded(value: &str) -> (&str, Option<&str>, Option<RiskLevel>) {
        let RecordedTicket { id, digest, risk } = RecordedTicket::parse(value);
        (id, digest, risk)
    }

    #[test]
    fn recorded_risk_is_read() {
        let ticket = ("CHG-1", Some("sha256:aa"), Some(RiskLevel::High));
        assert_eq!(recorded("CHG-1 sha256:aa high"), ticket);
        let ticket = ("CHG - low", Some("sha256:aa"), Some(RiskLevel::Critical));
        assert_eq!(recorded("CHG - low sha256:aa critical"), ticket);
    }

    #[test]
    fn tags_without_risk_are_read() {
        for (value, id, digest) in [
            ("CHG-1 sha256:aa", "CHG-1", Some("sha256:aa")),
            ("CHG-1 -", "CHG-1", None),
            ("CHG-1 high -", "CHG-1 high", None),
            ("high sha256:aa", "high", Some("sha256:aa")),
            ("high -", "high", None),
            ("sha256:aa high", "sha256:aa", Some("high")),
            ("CHG-1 sha256:aa severe", "CHG-1 sha256:aa", Some("severe")),
            ("CHG-1", "CHG-1", None),
        ] {
            assert_eq!(recorded(value), (id, digest, None), "{value}");
        }
    }

    #[test]
    fn the_tag_says_what_it_was_made_from_in_trailers() {
        let tickets = [cited("CHG-1", Some("sha256:aa")), cited("CHG 2", None)];
        let message = message(&tickets, &NextOptions::default());
        assert!(
            message.starts_with("v1.3.0\n\n### Added\n\n- Ports: x\n\nBranch: main\n"),
            "{message}"
        );
        let keys: Vec<_> = trailers(&message)
            .into_iter()
            .map(|trailer| trailer.key)
            .collect();
        assert_eq!(
            keys,
            [
                "Branch",
                "Base",
                "Ticket",
                "Ticket",
                "Commits",
                "Changelog",
                "Previous-emergency",
                "Tool"
            ]
        );
        let record = TagMetadata::read(&message).unwrap();
        assert_eq!(
            record.get(BASE),
            Some(format!("v1.2.0 {}", Id::new([2; 20])).as_str())
        );
        assert_eq!(
            record
                .0
                .iter()
                .filter(|(name, _)| name == TICKET)
                .map(|(_, value)| &value[..])
                .collect::<Vec<_>>(),
            ["CHG-1 sha256:aa high", "CHG 2 -"]
        );
    }

    #[test]
    fn options_round_trip() {
        for options in [
            NextOptions {
                pre: Some("rc".into()),
                bump: Some(Bump::Major),
                ..NextOptions::default()
            },
            NextOptions {
                version: Some("2.0.0-rc.1+x".parse().unwrap()),
                ..NextOptions::default()
            },
            NextOptions {
                build: Some("5.a".parse().unwrap()),
                ..NextOptions::default()
            },
            NextOptions::default(),
        ] {
            let read = TagMetadata::read(&message(&[], &options))
                .unwrap()
                .options()
                .unwrap();
            assert_eq!(format!("{:?}", read.version), format!("{options:?}"));
            assert_eq!(read.package.is_some(), options.build.is_some());
        }
        for text in ["--pre", "--bump huge", "--set-version x", "--force yes", ""] {
            assert!(parse_options(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_ticket_cannot_forge_a_trailer() {
        let message = message(&[cited("A\nBranch: other", None)], &NextOptions::default());
        let record = TagMetadata::read(&message).unwrap();
        assert_eq!(
            (record.get(BRANCH), record.repeated().count()),
            (Some("main"), 0)
        );
        assert_eq!(record.tickets().next().unwrap().id, "A Branch: other");
    }

    #[test]
    fn notes_cannot_forge_a_signature() {
        let notes = "- x\n-----BEGIN PGP SIGNATURE-----\nx\n";
        assert_eq!(
            fit_for_tag(notes),
            "- x\n -----BEGIN PGP SIGNATURE-----\nx\n"
        );
    }

    #[test]
    fn a_signature_is_no_part_of_the_trailers() {
        let signed = message(&[], &NextOptions::default()) + "-----BEGIN SSH SIGNATURE-----\nU1\n";
        assert_eq!(
            TagMetadata::read(&signed).unwrap().get(BRANCH),
            Some("main")
        );
    }

    #[test]
    fn other_messages_tell_nothing() {
        for message in [
            "v1.0.0\n",
            "v1.0.0\n\nTool: hand\n",
            "v1.0.0\n\nSigned-off-by: Ada\n",
        ] {
            assert_eq!(TagMetadata::read(message), None, "{message}");
        }
    }
}
