//! The commit that a revision names, unless it is ambiguous.
//!
//! Git takes the first reference that a short name fits, with a warning that is easily missed in a
//! CI log: a pushed tag `origin/main` would replace the branch with that name. Here a short name
//! that fits several commits is an error.

use git2::ErrorCode;

use super::Repository;
use super::history::{from_oid, peeled, to_oid};
use crate::commit::Id;
use crate::error::{Error, Result};
use crate::source::{join_or, shell_command};

/// Where Git looks for a short name, in this order; `{}` is replaced with the name.
const PLACES: [&str; 5] = [
    "refs/{}",
    "refs/tags/{}",
    "refs/heads/{}",
    "refs/remotes/{}",
    "refs/remotes/{}/HEAD",
];

/// The minimum number of digits that abbreviate the ID of an object.
const MIN_ABBREVIATION: usize = 4;

/// A reference or object that has a name.
struct Named {
    /// The full name of the reference, or the digits of an object.
    name: String,
    target: Id,
}

impl Repository {
    /// The commit that a revision names, as `git rev-parse` reads it.
    ///
    /// # Errors
    ///
    /// Fails if it names no commit, or if its name fits references that lead to different commits.
    pub fn resolve(&self, revision: &str) -> Result<Id> {
        self.find_commit(revision)?
            .ok_or_else(|| not_found(revision, self.inner.is_shallow()))
    }

    /// The commit that a revision names; `None` if there is no such reference or object.
    ///
    /// # Errors
    ///
    /// Fails as [`resolve`](Self::resolve) does, except for an unknown name.
    pub(crate) fn find_commit(&self, revision: &str) -> Result<Option<Id>> {
        let end = ["^", "~", ":", "@{"]
            .into_iter()
            .filter_map(|mark| revision.find(mark))
            .min();
        let (name, rest) = revision.split_at(end.unwrap_or(revision.len()));
        let expression = match self.lookup(name)? {
            Some(named) if rest.is_empty() => {
                return peeled(&self.inner, named.target)?
                    .ok_or_else(|| no_commit(revision))
                    .map(Some);
            }
            // A reflog belongs to a name; all other operators apply to the object.
            Some(named) if rest.starts_with("@{") => format!("{}{rest}", named.name),
            Some(named) => format!("{}{rest}", named.target),
            None => revision.to_owned(),
        };
        match self
            .inner
            .revparse_single(&expression)
            .and_then(|object| object.peel_to_commit())
        {
            Ok(commit) => Ok(Some(from_oid(commit.id()))),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            // Very few hexadecimal digits are never an abbreviation; libgit2 would call them
            // ambiguous.
            Err(error) if error.code() == ErrorCode::Ambiguous && name.len() < MIN_ABBREVIATION => {
                Ok(None)
            }
            Err(error) => Err(no_commit(revision).with_source(error)),
        }
    }

    /// The object of a name without operators; `None` if there is no such reference, and it is not
    /// the full name of an object.
    fn lookup(&self, name: &str) -> Result<Option<Named>> {
        if let Some(target) = Id::from_hex(name.as_bytes()) {
            return Ok(Some(Named {
                name: name.to_owned(),
                target,
            }));
        }
        let found = self.fitting(name);
        let commit = |named: &Named| {
            peeled(&self.inner, named.target).map(|commit| commit.unwrap_or(named.target))
        };
        let commits = found.iter().map(commit).collect::<Result<Vec<Id>>>()?;
        if commits.iter().any(|commit| *commit != commits[0]) {
            return Err(ambiguous(name, &found, &commits));
        }
        Ok(found.into_iter().next())
    }

    /// The references that a name fits, and the commit that it may abbreviate.
    fn fitting(&self, name: &str) -> Vec<Named> {
        let is_special = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        let names = match name {
            "@" => vec!["HEAD".to_owned()],
            _ if name == "HEAD" || name.starts_with("refs/") => vec![name.to_owned()],
            _ => {
                let special = is_special.then(|| name.to_owned());
                special
                    .into_iter()
                    .chain(PLACES.iter().map(|place| place.replace("{}", name)))
                    .collect()
            }
        };
        let target = |name: String| {
            let reference = self.inner.find_reference(&name).ok()?.resolve().ok()?;
            Some(Named {
                name,
                target: from_oid(reference.target()?),
            })
        };
        let mut found: Vec<Named> = names.into_iter().filter_map(target).collect();
        let is_abbreviation = (MIN_ABBREVIATION..40).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_abbreviation
            && !found.is_empty()
            && let Ok(commit) = self.inner.find_commit_by_prefix(name)
        {
            let target = from_oid(commit.id());
            found.push(Named {
                name: target.to_string(),
                target,
            });
        }
        found
    }

    /// Whether a text may be the name of a branch; operators of revisions cannot be part of one.
    #[must_use]
    pub(crate) fn is_branch_name(name: &str) -> bool {
        git2::Branch::name_is_valid(name).unwrap_or(false)
    }

    /// How to fetch the commit of a revision into this clone if it is missing.
    #[must_use]
    pub(crate) fn fetch_help(&self, revision: &str) -> String {
        let list = self.inner.remotes().ok();
        let remotes: Vec<&str> = list.iter().flatten().flatten().flatten().collect();
        let origin = remotes
            .iter()
            .find(|remote| **remote == "origin")
            .or(remotes.first());
        let is_tag = revision.starts_with("refs/tags/");
        let Some(origin) = origin else {
            return if is_tag { LIST_TAGS } else { LISTS }.to_owned();
        };
        if self.inner.is_shallow() && revision.contains(['~', '^']) {
            return "run `git fetch --unshallow --tags`".to_owned();
        }
        if Id::from_hex(revision.as_bytes()).is_some() {
            let command = shell_command!("git fetch {origin} {revision}", origin, revision);
            return format!("run `{command}`");
        }
        if let Some(tag) = revision
            .strip_prefix("refs/tags/")
            .filter(|tag| is_plain_branch(tag))
        {
            return format!("run `{}`", fetch_tag(origin, tag));
        }
        let name = revision.strip_prefix("refs/remotes/").unwrap_or(revision);
        let of_remote = |remote| Some((remote, name.strip_prefix(remote)?.strip_prefix('/')?));
        match remotes.iter().copied().find_map(of_remote) {
            Some((remote, branch)) if is_plain_branch(branch) => {
                format!("run `{}`", fetch_branch(remote, branch))
            }
            None if matches!(self.find_commit(&format!("{origin}/{name}")), Ok(Some(_))) => {
                format!("did you mean `{origin}/{name}`?")
            }
            None if is_plain_branch(name) => format!(
                "for a branch, run `{}`, then use `{origin}/{name}`\nfor a tag, run `{}`",
                fetch_branch(origin, name),
                fetch_tag(origin, name)
            ),
            _ if is_tag => LIST_TAGS.to_owned(),
            _ => LISTS.to_owned(),
        }
    }

    /// The branch that work is most likely merged into; `None` if no branch has a usual name.
    #[must_use]
    pub(crate) fn likely_base(&self) -> Option<String> {
        let default = self.inner.find_reference("refs/remotes/origin/HEAD").ok();
        let default = default
            .as_ref()
            .and_then(|head| head.symbolic_target().ok().flatten());
        let usual = [
            "refs/remotes/origin/main",
            "refs/remotes/origin/master",
            "refs/heads/main",
            "refs/heads/master",
        ];
        let exists = |name: &&str| self.inner.refname_to_id(name).is_ok();
        let found = default.into_iter().chain(usual).find(exists)?;
        let found = found.strip_prefix("refs/remotes/").unwrap_or(found);
        Some(
            found
                .strip_prefix("refs/heads/")
                .unwrap_or(found)
                .to_owned(),
        )
    }

    /// Whether an object exists, of whatever type.
    #[must_use]
    pub(crate) fn has_object(&self, id: Id) -> bool {
        self.inner
            .odb()
            .is_ok_and(|objects| objects.exists(to_oid(id)))
    }
}

/// How to list the names in a repository.
const LISTS: &str = "run `git branch --all` and `git tag` to list branches and tags";

/// How to list the tags in a repository.
const LIST_TAGS: &str = "run `git tag` to list tags";

/// Whether a name is valid for a branch and needs no quotes in a shell.
fn is_plain_branch(name: &str) -> bool {
    Repository::is_branch_name(name)
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/._-+@".contains(c))
}

/// The refspec names both sides, since clones of a single branch have no rule for other branches.
fn fetch_branch(remote: &str, branch: &str) -> String {
    let refspec = format!("+{branch}:refs/remotes/{remote}/{branch}");
    shell_command!("git fetch {remote} {refspec}", remote, refspec)
}

fn fetch_tag(remote: &str, tag: &str) -> String {
    shell_command!("git fetch {remote} tag {tag}", remote, tag)
}

fn not_found(revision: &str, is_shallow: bool) -> Error {
    let help = if is_shallow {
        "this clone is shallow, so tags and commits may be missing; run `git fetch --unshallow --tags`"
    } else {
        LISTS
    };
    Error::usage(
        format!("there is no branch, tag, or commit `{revision}`"),
        help,
    )
}

fn no_commit(revision: &str) -> Error {
    Error::usage(
        format!("`{revision}` is not a commit"),
        "use a tag, a branch, or a commit",
    )
}

fn ambiguous(name: &str, found: &[Named], commits: &[Id]) -> Error {
    let meanings = found.iter().zip(commits).map(|(named, commit)| {
        if named.target.to_string() == named.name {
            return format!("commit `{}`", commit.short());
        }
        format!("`{}` (commit {})", named.name, commit.short())
    });
    let meanings: Vec<String> = meanings.collect();
    let help = format!(
        "use the full name, such as `{}`",
        found.last().map_or(name, |named| &named.name)
    );
    Error::usage(
        format!("`{name}` is ambiguous: it could be {}", join_or(&meanings)),
        help,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(remotes: &[&str], revision: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let inner = git2::Repository::init(folder.path()).unwrap();
        for remote in remotes {
            inner.remote(remote, "https://example.org/x.git").unwrap();
        }
        Repository::new(inner).fetch_help(revision)
    }

    #[test]
    fn short_hex_name_is_not_an_abbreviation() {
        let folder = tempfile::tempdir().unwrap();
        let inner = git2::Repository::init(folder.path()).unwrap();
        let repository = Repository::new(inner);
        for name in ["a", "abc", "b~1"] {
            assert_eq!(repository.find_commit(name).unwrap(), None, "{name}");
        }
    }

    #[test]
    fn missing_tag_of_a_shallow_clone_is_fetched() {
        let help = |is_shallow| not_found("v1", is_shallow).help().unwrap().to_owned();
        assert_eq!(help(false), LISTS);
        assert!(help(true).contains("`git fetch --unshallow --tags`"));
    }

    #[test]
    fn a_remote_branch_is_fetched_by_its_own_name() {
        let command = "run `git fetch origin +main:refs/remotes/origin/main`";
        assert_eq!(help(&["origin"], "origin/main"), command);
        assert_eq!(help(&["origin"], "refs/remotes/origin/main"), command);
        let command = "run `git fetch fork +feat/x:refs/remotes/fork/feat/x`";
        assert_eq!(help(&["origin", "fork"], "fork/feat/x"), command);
    }

    #[test]
    fn a_commit_is_fetched_by_its_id() {
        let id = "0123456789012345678901234567890123456789";
        assert_eq!(
            help(&["upstream"], id),
            format!("run `git fetch upstream {id}`")
        );
    }

    #[test]
    fn a_name_without_a_remote_is_a_branch_or_a_tag() {
        let help = help(&["origin"], "v1");
        assert!(
            help.contains("`git fetch origin +v1:refs/remotes/origin/v1`, then use `origin/v1`"),
            "{help}"
        );
        assert!(help.contains("`git fetch origin tag v1`"), "{help}");
    }

    #[test]
    fn only_tags_are_listed_for_a_missing_tag() {
        assert_eq!(help(&[], "refs/tags/v1"), LIST_TAGS);
        assert_eq!(help(&["origin"], "refs/tags/v1; rm -rf x"), LIST_TAGS);
    }

    #[test]
    fn without_a_remote_nothing_is_fetched() {
        assert_eq!(help(&[], "origin/main"), LISTS);
        assert_eq!(help(&["origin"], "main; rm -rf x"), LISTS);
        assert_eq!(help(&["origin"], "main~3"), LISTS);
    }

    #[test]
    fn likely_base_is_an_existing_branch() {
        let folder = tempfile::tempdir().unwrap();
        let inner = git2::Repository::init(folder.path()).unwrap();
        let blob = inner.blob(b"x").unwrap();
        let repository = Repository::new(inner);
        let base_with = |name: &str| {
            repository.inner.reference(name, blob, false, "").unwrap();
            repository.likely_base()
        };
        assert_eq!(repository.likely_base(), None);
        assert_eq!(base_with("refs/heads/topic"), None);
        assert_eq!(base_with("refs/heads/main").as_deref(), Some("main"));
        let remote = base_with("refs/remotes/origin/master");
        assert_eq!(remote.as_deref(), Some("origin/master"));
    }
}
