//! Decides what a release consists of: files, commit, tag.
//!
//! Pure: the base commit's files come through [`Tree`], the changelog's new text and the time as
//! values. Whether the plan may be carried out is decided by `rules`, and `git` carries it out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use semver::Version;

use super::emergency::Emergency;
use super::file_edits::{FileEdit, FileRename, PathChange, path_changes};
use super::tag_metadata::{CitedTicket, TagMetadata, tag_message};
use super::version_files::VersionFiles;
use super::version_targets::{VersionTarget, edit_versions};
use crate::commit::{Id, MAX_OBJECT};
use crate::config::{Config, Package, ReleaseHook, ReleaseVia};
use crate::error::{Error, Result};
use crate::history::{Base, NextOptions};
use crate::history::{MAX_FILE_BYTES, Tree};
use crate::repo_path::RepoPath;
use crate::version::to_tag;

/// Everything that a release is planned from, as of one commit.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What the plan is made for.
    pub purpose: Purpose,
    /// The tags of the release, for the repository or for the packages that are due.
    pub tags: &'a [TagRequest<'a>],
    /// The commit that is released.
    pub base: Id,
    /// The branch of HEAD, as `refs/heads/…`; `None`: HEAD is detached.
    pub branch: Option<&'a str>,
    /// The target of the push of commit and tags; `None`: they stay in this repository.
    pub push: Option<&'a PlannedPush>,
    /// The emergency for which the release bypasses rules.
    pub emergency: Option<&'a Emergency>,
    /// The tags that lead to all emergencies that the base commit contains.
    pub previous_emergencies: &'a [String],
    /// The only package that is released, even if others are due; `None`: all that are due.
    pub only: Option<&'a str>,
    /// The requested options for the version.
    pub version_options: &'a NextOptions,
    /// The configuration at the base commit.
    pub config: &'a Config,
    /// The current time.
    pub at: Timestamp,
}

/// Everything that one tag of a release is planned from.
#[derive(Debug, Clone)]
pub struct TagRequest<'a> {
    /// The package that is released; `None`: the repository.
    pub package: Option<&'a Package>,
    /// The version to be released.
    pub version: &'a Version,
    /// The part of the tag's name before the version.
    pub tag_prefix: &'a str,
    /// The tag that the version is counted from; `None` for the first release.
    pub previous: Option<&'a Base>,
    /// The commits of the release, in the order of the range.
    pub commits: Vec<Id>,
    /// The tickets that these commits cite, sorted.
    pub tickets: Vec<CitedTicket>,
    /// The changelog with the release in it; `None`: there is no changelog.
    pub changelog: Option<Changelog<'a>>,
    /// The rename of the release file; `None`: there is none, or it stays.
    pub release_file: Option<FileRename>,
}

/// The target that a release is pushed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PushTarget {
    /// The remote's name.
    pub(crate) remote: String,
    /// The branch on the remote, as `refs/heads/…`.
    pub(crate) branch: String,
}

/// How a release is pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPush {
    /// The target.
    pub(crate) target: PushTarget,
    /// The prefixes of the version tags of everything that is released: the remote may not have
    /// such tags that are missing here.
    pub(crate) tag_prefixes: Vec<String>,
}

/// A changelog that contains the release.
#[derive(Debug, Clone)]
pub struct Changelog<'a> {
    /// The changed file; `None`: only the tag has the notes.
    pub file: Option<&'a str>,
    /// The complete new text of the file.
    pub text: String,
    /// The section of this release, without its title.
    pub notes: String,
}

/// What a release is planned for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Purpose {
    /// To show it. A changelog that is new, or has no releases yet, lacks the earlier ones, so that
    /// the cost of a plan does not grow with the history.
    #[default]
    Preview,
    /// To carry it out.
    Execution,
}

/// The plan of a release: one commit, unless the configuration leaves it out, and a tag for each
/// thing that is released.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// What the plan was made for; only a plan for execution is carried out.
    pub purpose: Purpose,
    /// The tags, all on the release commit, or all on the released commit if there is none. There
    /// is at least one, and their names are distinct.
    pub tags: Vec<PlannedTag>,
    /// The commit that is released: the release commit's only parent.
    pub base: Id,
    /// The branch of the release, as `refs/heads/…`; a release commit moves it. `None`: HEAD is
    /// detached.
    pub branch: Option<String>,
    /// The target of the push of commit and tags; `None`: they stay in this repository.
    pub(crate) push: Option<PlannedPush>,
    /// The files that change, sorted by path; all others are as in the base commit.
    pub edits: Vec<FileEdit>,
    /// The release files that are renamed to their versions, sorted by path.
    pub renames: Vec<FileRename>,
    /// The release commit's message; `None`: there is no such commit, and nothing changes but the
    /// tags.
    pub commit_message: Option<String>,
    /// The emergency for which it bypasses rules.
    pub(crate) emergency: Option<Emergency>,
    /// The commands that run before the release.
    pub(crate) before: Vec<ReleaseHook>,
    /// The commands that run after the release.
    pub(crate) after: Vec<ReleaseHook>,
    /// The date of commit and tags.
    pub at: Timestamp,
}

impl Plan {
    /// What the release changes, by path.
    #[must_use]
    pub(crate) fn path_changes(&self) -> Vec<PathChange<'_>> {
        path_changes(&self.edits, &self.renames)
    }
}

/// One annotated tag of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedTag {
    /// Its name, without `refs/tags/`.
    pub name: String,
    /// The package with this version; `None`: the repository.
    pub package: Option<String>,
    /// The version.
    pub version: Version,
    /// The tag that the version is counted from.
    pub previous: Option<String>,
    /// The release's section of the changelog, without its heading.
    pub notes: String,
    /// Its message: release notes, shortened if they are long, then trailers.
    pub message: String,
}

/// Plans a release.
///
/// # Errors
///
/// Fails if a message or a file is too large for later runs to read, if a version file cannot be
/// edited, if two tags would write to one changelog, and if a path leaves the repository.
pub fn plan(request: &Request<'_>, tree: &dyn Tree) -> Result<Plan> {
    let has_commit = request.config.release.via == ReleaseVia::Commit;
    let tags = if has_commit { request.tags } else { &[] };
    let mut edits = version_edits(request, tags, tree)?;
    for tag in tags {
        let Some(Changelog {
            file: Some(file),
            text,
            ..
        }) = &tag.changelog
        else {
            continue;
        };
        let Some(edit) = edit_changelog(file, text, tree)? else {
            continue;
        };
        if edits.insert(edit.path.clone(), edit).is_some() {
            let message = format!("the release would write `{file}` twice");
            return Err(Error::usage(
                message,
                "use a separate changelog file for each package, and do not list it in `version_files`",
            ));
        }
    }
    let edits: Vec<FileEdit> = edits.into_values().collect();
    let renames = tags.iter();
    let mut renames: Vec<FileRename> = renames.filter_map(|tag| tag.release_file.clone()).collect();
    renames.sort_by(|one, other| one.from.cmp(&other.from));
    check_paths(&path_changes(&edits, &renames))?;
    let plan = Plan {
        purpose: request.purpose,
        emergency: request.emergency.cloned(),
        base: request.base,
        branch: request.branch.map(str::to_owned),
        push: request.push.cloned(),
        commit_message: has_commit.then(|| commit_message(request)),
        before: request.config.release.before.clone(),
        after: request.config.release.after.clone(),
        tags: request
            .tags
            .iter()
            .map(|tag| planned_tag(tag, request))
            .collect(),
        edits,
        renames,
        at: request.at,
    };
    check_sizes(&plan)?;
    Ok(plan)
}

/// Refuses paths that some system cannot store, and files that are changed and renamed.
fn check_paths(changes: &[PathChange<'_>]) -> Result<()> {
    for change in changes {
        let path = change.path;
        RepoPath::portable(path)
            .map_err(|fault| Error::refused(format!("`{path}` {fault}"), fault.help()))?;
    }
    for pair in changes.windows(2) {
        if pair[0].path == pair[1].path {
            return Err(Error::usage(
                format!(
                    "the release would both change and rename `{}`",
                    pair[0].path
                ),
                "remove the file from `version_files`, or choose another directory with `release.files`",
            ));
        }
    }
    Ok(())
}

/// The bytes of an object that are reserved for its header and a signature.
const RESERVED: usize = 64 << 10;

/// Refuses a plan whose objects are too large for later runs to read.
fn check_sizes(plan: &Plan) -> Result<()> {
    let limit = MAX_OBJECT - RESERVED;
    if let Some(tag) = plan.tags.iter().find(|tag| tag.message.len() > limit) {
        let tickets = TagMetadata::read(&tag.message).map_or(0, |record| record.tickets().count());
        return Err(Error::limit(
            format!(
                "the message of tag `{}` would be {} bytes; the limit is {limit}",
                tag.name,
                tag.message.len()
            ),
            format!(
                "it lists {tickets} tickets; release fewer commits at once, or one package with `--package`"
            ),
        ));
    }
    let length = plan.commit_message.as_ref().map_or(0, String::len);
    if length > limit {
        let message = format!(
            "the message of the release commit would be {length} bytes; the limit is {limit}"
        );
        return Err(Error::limit(
            message,
            "shorten `release.commit_message`, or release one package with `--package`",
        ));
    }
    match plan
        .edits
        .iter()
        .find(|edit| edit.after.len() > MAX_FILE_BYTES)
    {
        None => Ok(()),
        Some(edit) => Err(Error::limit(
            format!(
                "`{}` would be {} bytes; the limit is {MAX_FILE_BYTES}",
                edit.path,
                edit.after.len()
            ),
            "move older releases into another file",
        )),
    }
}

/// The edits of the version files of these tags, by path.
fn version_edits(
    request: &Request<'_>,
    tags: &[TagRequest<'_>],
    tree: &dyn Tree,
) -> Result<BTreeMap<String, FileEdit>> {
    let mut released = Vec::new();
    for tag in tags {
        let files = match tag.package {
            None => VersionFiles::of_repository(&request.config.release),
            Some(package) => VersionFiles::of_package(package),
        };
        let package = tag.package.map(|package| package.name.as_str());
        released.push(VersionTarget {
            package,
            files,
            version: tag.version,
        });
    }
    let edits = edit_versions(&released, tree)?;
    Ok(edits
        .into_iter()
        .map(|edit| (edit.path.clone(), edit))
        .collect())
}

fn edit_changelog(path: &str, text: &str, tree: &dyn Tree) -> Result<Option<FileEdit>> {
    let before = tree.file(path)?;
    let is_new = before
        .as_ref()
        .is_none_or(|file| file.bytes != text.as_bytes());
    Ok(is_new.then(|| FileEdit {
        path: path.to_owned(),
        before,
        after: text.as_bytes().to_vec(),
        changes: Vec::new(),
    }))
}

fn planned_tag(tag: &TagRequest<'_>, request: &Request<'_>) -> PlannedTag {
    let name = to_tag(tag.version, tag.tag_prefix);
    PlannedTag {
        message: tag_message(&name, tag, request),
        name,
        package: tag.package.map(|package| package.name.clone()),
        version: tag.version.clone(),
        previous: tag.previous.map(|base| base.tag.clone()),
        notes: tag
            .changelog
            .as_ref()
            .map(|changelog| changelog.notes.trim().to_owned())
            .unwrap_or_default(),
    }
}

/// The configured message with the version, or with the names and versions of packages.
fn commit_message(request: &Request<'_>) -> String {
    let versions = request.tags.iter().map(|tag| match tag.package {
        None => tag.version.to_string(),
        Some(package) => format!("{} {}", package.name, tag.version),
    });
    let versions: Vec<String> = versions.collect();
    let message = request
        .config
        .release
        .commit_message
        .replace("{version}", &versions.join(", "))
        .replace('\0', "");
    format!("{}\n", message.trim_end())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::VersionFile;
    use crate::history::{File, Mode};
    use crate::release::testing::tree;

    fn request<'a>(tags: &'a [TagRequest<'a>], config: &'a Config) -> Request<'a> {
        const ASKED: &NextOptions = &NextOptions {
            pre: None,
            bump: None,
            version: None,
            build: None,
        };
        let (asked, at) = (ASKED, Timestamp::UNIX_EPOCH);
        Request {
            purpose: Purpose::Execution,
            only: None,
            version_options: asked,
            tags,
            base: Id::new([1; 20]),
            branch: Some("refs/heads/main"),
            push: None,
            emergency: None,
            previous_emergencies: &[],
            config,
            at,
        }
    }

    fn planned(config: &Config, files: &[(&str, &str)]) -> Result<Plan> {
        let tree = tree(files);
        let tag = TagRequest {
            package: None,
            version: &Version::new(1, 3, 0),
            tag_prefix: "v",
            previous: None,
            commits: vec![Id::new([1; 20])],
            tickets: Vec::new(),
            changelog: Some(Changelog {
                file: Some(&config.changelog.file),
                text: "# Changelog\n".into(),
                notes: "### Added\n\n- Ports: x\n".into(),
            }),
            release_file: None,
        };
        plan(&request(&[tag], config), &tree)
    }

    #[test]
    fn a_plan_has_changelog_and_version_files_by_path() {
        let plan = planned(
            &Config::default(),
            &[("Cargo.toml", "package.version = '1.2.0'")],
        )
        .unwrap();
        let paths: Vec<_> = plan
            .edits
            .iter()
            .map(|edit| (edit.path.as_str(), edit.before.is_some()))
            .collect();
        assert_eq!(paths, [("CHANGELOG.md", false), ("Cargo.toml", true)]);
        assert_eq!(
            (plan.tags[0].name.as_str(), plan.commit_message.as_deref()),
            ("v1.3.0", Some("chore(release): 1.3.0\n"))
        );
    }

    #[test]
    fn release_by_tag_changes_no_file() {
        let mut config = Config::default();
        config.release.via = ReleaseVia::Tag;
        let files = [("Cargo.toml", "package.version = '1.2.0'")];
        let plan = planned(&config, &files).unwrap();
        assert_eq!((plan.edits, plan.commit_message), (Vec::new(), None));
        let message = &plan.tags[0].message;
        assert!(message.contains("\nBranch: main\nVia: tag\n"), "{message}");
    }

    #[test]
    fn a_tag_that_names_too_many_tickets_is_refused() {
        let cited = |number: usize| CitedTicket {
            id: format!("{number:0100}"),
            plan: None,
        };
        let tickets: Vec<CitedTicket> = (0..10_000).map(cited).collect();
        let version = Version::new(1, 0, 0);
        let tag = TagRequest {
            tickets,
            ..bare(None, &version)
        };
        let error = plan(&request(&[tag], &Config::default()), &BTreeMap::new()).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the message of tag `v1.0.0` would be "),
            "{error}"
        );
        assert!(
            error.to_string().ends_with(" bytes; the limit is 983040"),
            "{error}"
        );
        assert!(
            error
                .help()
                .unwrap()
                .starts_with("it lists 10000 tickets; "),
            "{:?}",
            error.help()
        );
    }

    #[test]
    fn a_commit_message_beyond_the_limit_is_refused() {
        let mut config = Config::default();
        config.release.commit_message = "x".repeat(MAX_OBJECT);
        let error = planned(&config, &[]).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the message of the release commit would be "),
            "{error}"
        );
    }

    #[test]
    fn a_changelog_that_says_it_already_is_no_edit() {
        assert_eq!(
            planned(&Config::default(), &[("CHANGELOG.md", "# Changelog\n")])
                .unwrap()
                .edits,
            []
        );
    }

    #[test]
    fn a_path_outside_the_work_tree_is_refused() {
        for path in [
            "../CHANGELOG.md",
            "/tmp/x",
            ".git/config",
            "a/.GIT/x",
            "a//b",
            "a\\b",
            "c:x",
            "a./b",
            "",
        ] {
            let mut config = Config::default();
            config.changelog.file = path.into();
            let error = planned(&config, &[]).unwrap_err().to_string();
            let fault = RepoPath::portable(path).unwrap_err();
            assert_eq!(error, format!("`{path}` {fault}"));
        }
    }

    #[test]
    fn one_file_cannot_be_changelog_and_version_file() {
        let mut config = Config::default();
        let file = VersionFile {
            file: "CHANGELOG.md".into(),
            pattern: Some("(?<version>.+)".into()),
        };
        config.release.version_files = Some(vec![file]);
        let error = planned(&config, &[("CHANGELOG.md", "1.2.0")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the release would write `CHANGELOG.md` twice"
        );
    }

    fn bare<'a>(package: Option<&'a Package>, version: &'a Version) -> TagRequest<'a> {
        let tag_prefix = package.map_or("v", |package| package.tag_prefix.as_str());
        TagRequest {
            package,
            version,
            tag_prefix,
            previous: None,
            commits: Vec::new(),
            tickets: Vec::new(),
            changelog: None,
            release_file: None,
        }
    }

    fn package(name: &str, files: &[&str]) -> Package {
        let file = |file: &&str| VersionFile {
            file: (*file).to_owned(),
            pattern: Some(format!("{name} (?<version>[0-9.]+)")),
        };
        Package {
            name: name.into(),
            paths: vec![format!("{name}/**")],
            tag_prefix: format!("{name}-v"),
            changelog: None,
            version_files: Some(files.iter().map(file).collect()),
            depends_on: Vec::new(),
        }
    }

    #[test]
    fn packages_have_a_tag_each_and_one_commit() {
        let (core, cart) = (package("core", &[]), package("cart", &[]));
        let versions = [Version::new(1, 0, 0), Version::new(0, 2, 0)];
        let tags = [
            bare(Some(&core), &versions[0]),
            bare(Some(&cart), &versions[1]),
        ];
        let plan = plan(&request(&tags, &Config::default()), &BTreeMap::new()).unwrap();
        assert_eq!(
            plan.commit_message.as_deref(),
            Some("chore(release): core 1.0.0, cart 0.2.0\n")
        );
        let names: Vec<_> = plan.tags.iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(names, ["core-v1.0.0", "cart-v0.2.0"]);
        assert!(
            plan.tags[1]
                .message
                .starts_with("cart-v0.2.0\n\nPackage: cart\nBranch: main\n")
        );
    }

    #[test]
    fn release_file_is_renamed() {
        let file = File {
            bytes: b"decider = 'lee'\n".to_vec(),
            mode: Mode::Plain,
        };
        let rename = FileRename::new(
            "releases/next.toml".into(),
            "releases/1.3.0.toml".into(),
            file,
        );
        let version = Version::new(1, 3, 0);
        let tag = TagRequest {
            release_file: Some(rename.clone()),
            ..bare(None, &version)
        };
        let plan = plan(&request(&[tag], &Config::default()), &BTreeMap::new()).unwrap();
        assert_eq!(plan.renames, [rename]);
        let changes = plan.path_changes().into_iter();
        let changes: Vec<_> = changes
            .map(|change| (change.path, change.before.is_some(), change.after.is_some()))
            .collect();
        assert_eq!(
            changes,
            [
                ("releases/1.3.0.toml", false, true),
                ("releases/next.toml", true, false)
            ]
        );
    }

    #[test]
    fn file_is_not_both_changed_and_renamed() {
        let file = File {
            bytes: Vec::new(),
            mode: Mode::Plain,
        };
        let version = Version::new(1, 3, 0);
        let tag = TagRequest {
            release_file: Some(FileRename::new(
                "a/next.toml".into(),
                "CHANGELOG.md".into(),
                file,
            )),
            changelog: Some(Changelog {
                file: Some("CHANGELOG.md"),
                text: "x".into(),
                notes: String::new(),
            }),
            ..bare(None, &version)
        };
        let error = plan(&request(&[tag], &Config::default()), &BTreeMap::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the release would both change and rename `CHANGELOG.md`"
        );
    }

    #[test]
    fn packages_may_share_a_version_file() {
        let (core, cart) = (
            package("core", &["VERSIONS"]),
            package("cart", &["VERSIONS"]),
        );
        let versions = [Version::new(1, 0, 0), Version::new(0, 2, 0)];
        let tags = [
            bare(Some(&core), &versions[0]),
            bare(Some(&cart), &versions[1]),
        ];
        let before = File {
            bytes: b"core 0.9.0\ncart 0.1.0\n".to_vec(),
            mode: Mode::Plain,
        };
        let tree = BTreeMap::from([("VERSIONS".to_owned(), before.clone())]);
        let plan = plan(&request(&tags, &Config::default()), &tree).unwrap();
        assert_eq!(plan.edits[0].before, Some(before));
        assert_eq!(plan.edits[0].after, b"core 1.0.0\ncart 0.2.0\n");
        let versions = plan.edits[0]
            .changes
            .iter()
            .map(|change| (change.line, change.after.as_str()));
        assert_eq!(versions.collect::<Vec<_>>(), [(1, "1.0.0"), (2, "0.2.0")]);
    }

    #[test]
    fn two_packages_cannot_have_one_changelog() {
        let (core, cart) = (package("core", &[]), package("cart", &[]));
        let version = Version::new(1, 0, 0);
        let changelog = Some(Changelog {
            file: Some("CHANGELOG.md"),
            text: "x".into(),
            notes: String::new(),
        });
        let tags = [&core, &cart].map(|package| TagRequest {
            changelog: changelog.clone(),
            ..bare(Some(package), &version)
        });
        let error = plan(&request(&tags, &Config::default()), &BTreeMap::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the release would write `CHANGELOG.md` twice"
        );
    }
}
