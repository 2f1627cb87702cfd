//! Decides what a release consists of: files, commit, tag.
//!
//! Pure: the base commit's files come through [`Tree`], the changelog's new text and the clock as values. Whether the
//! plan may be carried out is judged elsewhere, and `git` carries it out.

use jiff::Timestamp;
use semver::Version;
use sha2::{Digest as _, Sha256};

use super::tree::{FileEdit, Tree};
use super::version_files::edit_version_files;
use crate::commit::Id;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::source::sanitise_line;
use crate::version::to_tag;

/// What a release is planned from, all of it as of one commit.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The version to be released.
    pub version: &'a Version,
    /// What stands before the version in the tag's name.
    pub tag_prefix: &'a str,
    /// The tag that the version is counted from, `None` for the first release.
    pub previous: Option<&'a str>,
    /// The commit that is released.
    pub base: Id,
    /// The branch that HEAD is on, as `refs/heads/…`; `None`: HEAD is detached.
    pub branch: Option<&'a str>,
    /// The commits of the release, in the order of the range.
    pub commits: &'a [Id],
    /// The ids of the tickets that these commits cite, sorted.
    pub tickets: &'a [String],
    /// The changelog with the release in it; `None`: none is kept.
    pub changelog: Option<Changelog<'a>>,
    /// The configuration at the base commit.
    pub config: &'a Config,
    /// Now.
    pub at: Timestamp,
}

/// A changelog that has the release in it.
#[derive(Debug, Clone, Copy)]
pub struct Changelog<'a> {
    /// The whole new text of the configured file.
    pub text: &'a str,
    /// The part that tells of this release, without its title.
    pub notes: &'a str,
}

/// What a release would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The version.
    pub version: Version,
    /// The tag's name, without `refs/tags/`.
    pub tag: String,
    /// The tag that the version is counted from.
    pub previous: Option<String>,
    /// The commit that is released: the release commit's only parent.
    pub base: Id,
    /// The branch that moves to the release commit, as `refs/heads/…`; `None`: HEAD is detached.
    pub branch: Option<String>,
    /// Globs of the branches that may be released from; empty: all.
    pub branches: Vec<String>,
    /// The files that change, sorted by path; all others stay as in the base commit.
    pub edits: Vec<FileEdit>,
    /// The release commit's message.
    pub commit_message: String,
    /// What the changelog says of the release, without its heading.
    pub notes: String,
    /// The annotated tag's message: release notes, then trailers.
    pub tag_message: String,
    /// The date of commit and tag.
    pub at: Timestamp,
}

/// The trailer of the tag that names the branch, from which an interrupted release goes on.
pub const BRANCH_TRAILER: &str = "Branch";

/// Plans a release.
///
/// # Errors
///
/// Fails where a version file cannot be edited, and where a path leaves the repository.
pub fn plan(request: &Request<'_>, tree: &dyn Tree) -> Result<Plan> {
    let settings = &request.config.release;
    let mut edits = edit_version_files(settings.version_files.as_deref(), tree, request.version)?;
    if let Some(changelog) = request.changelog {
        edits.extend(edit_changelog(&request.config.changelog.file, changelog.text, tree)?);
    }
    edits.sort_by(|a, b| a.path.cmp(&b.path));
    if let Some(twice) = edits.windows(2).find(|pair| pair[0].path == pair[1].path) {
        let message = format!("`{}` is both changelog and version file", twice[0].path);
        return Err(Error::usage(message, "take it out of `version_files`"));
    }
    if let Some(edit) = edits.iter().find(|edit| !is_inside(&edit.path)) {
        let message = format!("`{}` does not lie among the files of the repository", edit.path);
        return Err(Error::refused(message, "name it relative to the root, with `/`, without `..` and `.git`"));
    }
    let tag = to_tag(request.version, request.tag_prefix);
    Ok(Plan {
        version: request.version.clone(),
        previous: request.previous.map(str::to_owned),
        base: request.base,
        branch: request.branch.map(str::to_owned),
        branches: request.config.branches.clone(),
        commit_message: commit_message(&settings.commit_message, request.version),
        notes: request.changelog.map(|changelog| changelog.notes.trim().to_owned()).unwrap_or_default(),
        tag_message: tag_message(&tag, request),
        tag,
        edits,
        at: request.at,
    })
}

fn edit_changelog(path: &str, text: &str, tree: &dyn Tree) -> Result<Option<FileEdit>> {
    let before = tree.file(path)?;
    let is_new = before.as_ref().is_none_or(|file| file.bytes != text.as_bytes());
    Ok(is_new.then(|| FileEdit { path: path.to_owned(), before, after: text.as_bytes().to_vec() }))
}

/// Whether a path names a file of the work tree on every system that Git runs on.
fn is_inside(path: &str) -> bool {
    path.split('/').all(|part| {
        let lower = part.to_ascii_lowercase();
        !matches!(lower.as_str(), "" | "." | ".." | ".git" | "git~1")
            && !part.contains(|character: char| matches!(character, '\\' | ':') || character.is_control())
            && !part.ends_with(['.', ' '])
    })
}

fn commit_message(template: &str, version: &Version) -> String {
    let message = template.replace("{version}", &version.to_string()).replace('\0', "");
    format!("{}\n", message.trim_end())
}

/// The tag's name, the release notes, and trailers that say what the release was made from.
fn tag_message(tag: &str, request: &Request<'_>) -> String {
    let notes = request.changelog.map(|changelog| changelog.notes.replace('\0', "")).unwrap_or_default();
    let commits: String = request.commits.iter().map(|id| format!("{id}\n")).collect();
    let mut message = format!("{tag}\n\n");
    if !notes.trim().is_empty() {
        message.push_str(&format!("{}\n\n", notes.trim()));
    }
    let branch = request.branch.and_then(|branch| branch.strip_prefix("refs/heads/"));
    // A ticket's id may be any text; a line end in it would forge a trailer.
    let tickets = (!request.tickets.is_empty()).then(|| sanitise_line(&request.tickets.join(", ")));
    let configuration = request.config.source.as_ref().map(|source| digest(source.text()));
    let trailers = [
        (BRANCH_TRAILER, branch.map(str::to_owned)),
        ("Base", request.previous.map(str::to_owned)),
        ("Tickets", tickets),
        ("Configuration", configuration),
        ("Commits", Some(digest(&commits))),
        ("Changelog", request.changelog.map(|changelog| digest(changelog.notes))),
        ("Tool", Some(concat!("tollgate ", env!("CARGO_PKG_VERSION")).to_owned())),
    ];
    for (key, value) in trailers {
        message.extend(value.map(|value| format!("{key}: {value}\n")));
    }
    message
}

fn digest(text: &str) -> String {
    let hex: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::commit::trailers;
    use crate::config::VersionFile;
    use crate::release::{File, Mode};

    fn planned(config: &Config, files: &[(&str, &str)]) -> Result<Plan> {
        let file = |text: &str| File { bytes: text.into(), mode: Mode::Plain };
        let tree: BTreeMap<String, File> = files.iter().map(|(path, text)| ((*path).to_owned(), file(text))).collect();
        let request = Request {
            version: &Version::new(1, 3, 0),
            tag_prefix: "v",
            previous: Some("v1.2.0"),
            base: Id::new([1; 20]),
            branch: Some("refs/heads/main"),
            commits: &[Id::new([1; 20])],
            tickets: &["CHG-1".into(), "CHG-2".into()],
            changelog: Some(Changelog { text: "# Changelog\n", notes: "### Added\n\n- Ports: x\n" }),
            config,
            at: Timestamp::UNIX_EPOCH,
        };
        plan(&request, &tree)
    }

    #[test]
    fn a_plan_has_changelog_and_version_files_by_path() {
        let plan = planned(&Config::default(), &[("Cargo.toml", "package.version = '1.2.0'")]).unwrap();
        let paths: Vec<_> = plan.edits.iter().map(|edit| (edit.path.as_str(), edit.before.is_some())).collect();
        assert_eq!(paths, [("CHANGELOG.md", false), ("Cargo.toml", true)]);
        assert_eq!((plan.tag.as_str(), plan.commit_message.as_str()), ("v1.3.0", "chore(release): 1.3.0\n"));
    }

    #[test]
    fn a_changelog_that_says_it_already_is_no_edit() {
        assert_eq!(planned(&Config::default(), &[("CHANGELOG.md", "# Changelog\n")]).unwrap().edits, []);
    }

    #[test]
    fn the_tag_says_what_it_was_made_from_in_trailers() {
        let message = planned(&Config::default(), &[]).unwrap().tag_message;
        assert!(message.starts_with("v1.3.0\n\n### Added\n\n- Ports: x\n\nBranch: main\n"), "{message}");
        let keys: Vec<_> = trailers(&message).into_iter().map(|trailer| trailer.key).collect();
        assert_eq!(keys, ["Branch", "Base", "Tickets", "Commits", "Changelog", "Tool"]);
    }

    #[test]
    fn a_ticket_cannot_forge_a_trailer() {
        let request = Request {
            version: &Version::new(1, 0, 0),
            tag_prefix: "v",
            previous: None,
            base: Id::new([1; 20]),
            branch: Some("refs/heads/main"),
            commits: &[],
            tickets: &["A\nBranch: other".into()],
            changelog: None,
            config: &Config::default(),
            at: Timestamp::UNIX_EPOCH,
        };
        let message = plan(&request, &BTreeMap::new()).unwrap().tag_message;
        let branches = trailers(&message).into_iter().filter(|trailer| trailer.key == BRANCH_TRAILER);
        assert_eq!(branches.map(|trailer| trailer.value).collect::<Vec<_>>(), ["main"]);
    }

    #[test]
    fn a_path_outside_the_work_tree_is_refused() {
        for path in ["../CHANGELOG.md", "/tmp/x", ".git/config", "a/.GIT/x", "a//b", "a\\b", "c:x", "a./b", ""] {
            let mut config = Config::default();
            config.changelog.file = path.into();
            let error = planned(&config, &[]).unwrap_err();
            assert!(error.to_string().contains("does not lie among"), "{path}: {error}");
        }
    }

    #[test]
    fn one_file_cannot_be_changelog_and_version_file() {
        let mut config = Config::default();
        let file = VersionFile { file: "CHANGELOG.md".into(), pattern: Some("(?<version>.+)".into()) };
        config.release.version_files = Some(vec![file]);
        let error = planned(&config, &[("CHANGELOG.md", "1.2.0")]).unwrap_err();
        assert_eq!(error.to_string(), "`CHANGELOG.md` is both changelog and version file");
    }
}
