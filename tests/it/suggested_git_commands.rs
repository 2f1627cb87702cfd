//! Runs the Git commands that messages suggest, each in a repository in the state that the message
//! is about.
//!
//! Every command that `suggested_commands` finds in the source has a row: a new one needs a row too.
//! Placeholders are filled in with what such a repository has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::sandbox::Sandbox;
use crate::suggested_commands;

/// A repository that a help is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// A clone with a commit and a tag that are not pushed, another branch, and a changed file.
    Clone,
    /// The same without the changed file.
    Clean,
    /// Without a remote.
    Alone,
    /// A shallow clone.
    Shallow,
    /// A partial clone.
    Partial,
    /// With a split index.
    SplitIndex,
    /// With a sparse index.
    SparseIndex,
    /// With a journal of a release.
    Pending,
    /// With a symbolic reference in its place.
    Symbolic,
    /// With references that libgit2 does not read.
    Reftable,
}

use State::{
    Alone, Clean, Clone as Cloned, Partial, Pending, Reftable, Shallow, SparseIndex, SplitIndex,
    Symbolic,
};

/// The commands as `suggested_commands` finds them, the state that they are about, and what is run
/// there; empty: the same.
const COMMANDS: &[(&str, State, &str)] = &[
    ("git branch --all", Cloned, ""),
    (
        "git branch --move NAME",
        Cloned,
        "git branch --move renamed",
    ),
    ("git cat-file commit", Cloned, "git cat-file commit HEAD"),
    (
        "git cat-file commit word",
        Cloned,
        "git cat-file commit HEAD",
    ),
    (
        "git cat-file tag word",
        Cloned,
        "git tag -a -m notes v1.3.0 && git cat-file tag v1.3.0",
    ),
    (
        "git help check-ref-format",
        Cloned,
        "git check-ref-format refs/tags/v1.2.3",
    ),
    (
        "git merge-base --is-ancestor word HEAD",
        Cloned,
        "git merge-base --is-ancestor HEAD~1 HEAD",
    ),
    ("git rev-list word", Cloned, "git rev-list v1.2.3..HEAD"),
    ("git checkout main -- changes/", Cloned, ""),
    (
        "git checkout word -- changes/a.toml",
        Cloned,
        "git checkout HEAD~1 -- changes/pool.toml",
    ),
    ("git commit --amend", Cloned, ""),
    ("git commit --amend --reset-author", Cloned, ""),
    (
        "git commit --edit --file=word",
        Cloned,
        "git add --all && git commit --edit --file=changes/pool.toml",
    ),
    (
        "git commit --fixup",
        Cloned,
        "git commit --all --fixup HEAD",
    ),
    ("git config --list", Cloned, ""),
    (
        "git config --show-origin word",
        Cloned,
        "git config --show-origin user.email",
    ),
    ("git config core.splitIndex false", SplitIndex, ""),
    ("git config gpg.format ssh", Cloned, ""),
    ("git config push.default current", Cloned, ""),
    ("git config push.default upstream", Cloned, ""),
    (
        "git config remote.origin.push word",
        Cloned,
        "git config remote.origin.push main:main && git push",
    ),
    (
        "git config remote.pushDefault NAME",
        Cloned,
        "git config remote.pushDefault origin",
    ),
    ("git config user.email you@example.com", Cloned, ""),
    ("git config user.name \"Your Name\"", Cloned, ""),
    ("git config user.signingKey KEY", Cloned, ""),
    (
        "git config user.signingKey ~/.ssh/id_ed25519.pub",
        Cloned,
        "",
    ),
    (
        "git config word PATH",
        Cloned,
        "git config gpg.ssh.program ssh-keygen",
    ),
    ("git fetch --refetch", Partial, ""),
    ("git fetch --refetch --filter=blob:none", Partial, ""),
    ("git fetch --refetch --no-filter", Partial, ""),
    ("git fetch --tags", Cloned, ""),
    ("git fetch --tags origin", Cloned, ""),
    (
        "git fetch --tags --force origin",
        Cloned,
        "git fetch --tags --force \"$(git remote get-url --push origin)\"",
    ),
    ("git fetch --unshallow --tags", Shallow, ""),
    (
        "git fetch origin word",
        Shallow,
        "git fetch origin +main:refs/remotes/origin/main",
    ),
    (
        "git fetch origin origin",
        Cloned,
        "git fetch origin $(git rev-parse origin/main)",
    ),
    ("git fetch origin tag v1.2.3", Shallow, ""),
    (
        "git fetch word word",
        Cloned,
        "git fetch origin $(git rev-parse origin/main)",
    ),
    ("git format-patch", Cloned, "git format-patch -1 --stdout"),
    ("git fsck", Cloned, ""),
    ("git log --oneline", Cloned, ""),
    (
        "git log --oneline --grep=word",
        Cloned,
        "git log --oneline --grep='#12'",
    ),
    ("git ls-remote", Cloned, ""),
    ("git ls-tree -r -d HEAD", Cloned, ""),
    ("git merge word", Clean, "git merge side"),
    (
        "git mv",
        Cloned,
        "git mv changes/pool.toml changes/other.toml",
    ),
    ("git pull", Clean, ""),
    ("git push", Cloned, ""),
    ("git push --force-with-lease", Cloned, ""),
    (
        "git push --atomic origin word",
        Cloned,
        "git push --atomic origin main",
    ),
    (
        "git push --atomic origin word word",
        Cloned,
        "git push --atomic origin main v1.2.4",
    ),
    (
        "git push --delete origin v1.2.3",
        Cloned,
        "git push --delete origin refs/tags/v1.2.3",
    ),
    (
        "git push origin HEAD:word",
        Cloned,
        "git push origin HEAD:refs/heads/new",
    ),
    ("git rebase", Clean, "git rebase side"),
    ("git rebase --interactive --autosquash --root", Clean, ""),
    (
        "git rebase --interactive --autosquash origin/main",
        Clean,
        "",
    ),
    (
        "git rebase --interactive --autosquash word",
        Clean,
        "git rebase --interactive --autosquash HEAD~1",
    ),
    ("git refs migrate --ref-format=files", Reftable, ""),
    ("git remote --verbose", Cloned, ""),
    (
        "git remote add NAME URL",
        Alone,
        "git remote add team ../remote.git && git fetch team",
    ),
    (
        "git remote add origin URL",
        Alone,
        "git remote add origin ../remote.git && git fetch origin",
    ),
    ("git reset", Cloned, ""),
    ("git remote get-url --push origin", Cloned, ""),
    (
        "git restore --source=word -- changes/a.toml",
        Cloned,
        "git restore --source=HEAD~1 -- changes/pool.toml",
    ),
    (
        "git restore origin",
        Cloned,
        "git restore changes/pool.toml",
    ),
    ("git rev-parse HEAD", Cloned, ""),
    ("git revert", Clean, "git revert HEAD"),
    ("git revert 3f2a91c", Clean, "git revert HEAD"),
    ("git revert word", Clean, "git revert HEAD"),
    (
        "git show -s --format=%B | tollgate commit-msg -",
        Cloned,
        "",
    ),
    ("git show TAG", Cloned, "git show v1.2.3"),
    ("git show v1.2.3", Cloned, ""),
    ("git show word", Pending, "git show refs/tollgate/pending"),
    (
        "git sparse-checkout reapply --no-sparse-index",
        SparseIndex,
        "",
    ),
    ("git rm changes/a.toml", Clean, "git rm changes/pool.toml"),
    ("git stash", Cloned, ""),
    ("git status", Cloned, ""),
    ("git switch BRANCH", Clean, "git switch side"),
    (
        "git symbolic-ref --delete word",
        Symbolic,
        "git symbolic-ref --delete refs/tollgate/pending",
    ),
    ("git tag", Cloned, ""),
    ("git tag --merged", Cloned, ""),
    ("git tag -d v1.2.3", Cloned, ""),
    ("git tag -d word", Clean, "git tag -d v1.2.4"),
    (
        "git tag -d word && git reset --keep word",
        Clean,
        "git tag -d v1.2.4 && git reset --keep HEAD~1",
    ),
    (
        "git tag -d word && git revert word",
        Clean,
        "git tag -d v1.2.4 && git revert HEAD",
    ),
    ("git tag v1.2.3 word", Cloned, "git tag v1.2.5 HEAD~1"),
    ("git tag v1.2.3 COMMIT", Cloned, "git tag v2.3.0 HEAD~1"),
    ("git tag word word", Cloned, "git tag v2.0.0 'v1.2.3^{}'"),
    ("git update-index --no-split-index", SplitIndex, ""),
    ("git update-index --refresh", Clean, ""),
    (
        "git update-ref -d word",
        Pending,
        "git update-ref -d refs/tollgate/pending",
    ),
];

/// Commands that sentences name, such as "as `git revert` does": the words that are added below are
/// up to the reader. Any other command is run with the words that the help has, and with nothing
/// more than another command after it.
const ONLY_NAMED: [&str; 6] = [
    "git cat-file commit",
    "git commit --fixup",
    "git format-patch",
    "git mv",
    "git rebase",
    "git revert",
];

/// The commands that are not run here, and why.
const NOT_RUN: [(&str, &str); 4] = [
    ("git am", "names the operation in progress"),
    (
        "git config --global --add safe.directory word",
        "changes the settings of the user",
    ),
    ("git tag -s", "needs a key; `signing` makes such tags"),
    ("git tag -v", "needs a key; `signing` verifies such tags"),
];

impl State {
    fn repository(self) -> Sandbox {
        let sandbox = cloned();
        let path = sandbox.path();
        match self {
            Cloned => sandbox.write("changes/pool.toml", "title = \"Changed\"\n"),
            Clean => {}
            Alone => drop(sandbox.git(&["remote", "remove", "origin"])),
            Shallow => clone_again(&sandbox, "--depth=1"),
            Partial => clone_again(&sandbox, "--filter=blob:none"),
            SplitIndex => drop(sandbox.git(&["update-index", "--split-index"])),
            SparseIndex => drop(sandbox.git(&[
                "sparse-checkout",
                "set",
                "--cone",
                "--sparse-index",
                "changes",
            ])),
            Pending => drop(sandbox.git(&["update-ref", "refs/tollgate/pending", "HEAD"])),
            Symbolic => {
                drop(sandbox.git(&["symbolic-ref", "refs/tollgate/pending", "refs/heads/main"]));
            }
            Reftable => {
                std::fs::remove_dir_all(path).unwrap();
                std::fs::create_dir(sandbox.path()).unwrap();
                sandbox.git(&[
                    "init",
                    "--quiet",
                    "--ref-format=reftable",
                    "--initial-branch=main",
                ]);
            }
        }
        sandbox
    }
}

fn cloned() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&[
        "init",
        "--quiet",
        "--bare",
        "--initial-branch=main",
        "../remote.git",
    ]);
    sandbox.git(&[
        "-C",
        "../remote.git",
        "config",
        "uploadpack.allowFilter",
        "true",
    ]);
    sandbox.git(&["remote", "add", "origin", "../remote.git"]);
    sandbox.write("changes/pool.toml", "title = \"Raise the pool\"\n");
    sandbox.commit("feat: first");
    sandbox.git(&["branch", "side"]);
    sandbox.git(&["tag", "v1.2.3"]);
    sandbox.write("changes/pool.toml", "title = \"Raise the pool to 40\"\n");
    sandbox.commit("fix: second (#12)");
    sandbox.git(&[
        "push",
        "--quiet",
        "--set-upstream",
        "origin",
        "main",
        "v1.2.3",
    ]);
    sandbox.write("other", "x\n");
    sandbox.commit("fix: third");
    sandbox.git(&["tag", "v1.2.4"]);
    sandbox
}

/// Replaces the repository by another clone of its remote.
fn clone_again(sandbox: &Sandbox, option: &str) {
    let remote = format!(
        "file://{}",
        sandbox
            .path()
            .join("../remote.git")
            .canonicalize()
            .unwrap()
            .display()
    );
    std::fs::remove_dir_all(sandbox.path()).unwrap();
    std::fs::create_dir(sandbox.path()).unwrap();
    sandbox.git(&["clone", "--quiet", option, &remote, "."]);
}

/// Whether a command is another one in which only words were replaced.
fn is_filled_in(named: &str, command: &str) -> bool {
    static INNER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\$\([^)]*\)").unwrap());
    let lengths = |command: &str| -> Vec<usize> {
        let words = shlex::split(&INNER.replace_all(command, "VALUE")).unwrap();
        words.split(|word| word == "&&").map(<[_]>::len).collect()
    };
    let named = lengths(named);
    lengths(command)
        .windows(named.len())
        .any(|lengths| lengths == named)
}

#[test]
fn every_git_command_of_a_help_is_run() {
    let known: BTreeSet<String> = COMMANDS
        .iter()
        .map(|(command, ..)| *command)
        .chain(NOT_RUN.map(|(name, _)| name))
        .map(str::to_owned)
        .collect();
    let found = suggested_commands::git_commands();
    let missing: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "without a row: {missing:#?}\nin no help: {gone:#?}"
    );
    let mut states: BTreeMap<State, Sandbox> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (named, state, command) in COMMANDS {
        let command = if command.is_empty() { named } else { command };
        if command != named && !ONLY_NAMED.contains(named) && !is_filled_in(named, command) {
            wrong.push(format!("`{command}` is not `{named}` with values"));
        }
        let sandbox = states
            .entry(*state)
            .or_insert_with(|| state.repository())
            .copy();
        // The index of a copy does not know its files yet.
        sandbox.git(&["status", "--porcelain"]);
        let mut shell = sandbox.command("sh");
        let tool = Path::new(env!("CARGO_BIN_EXE_tollgate")).parent().unwrap();
        let path = std::env::join_paths(
            std::iter::once(tool.to_owned())
                .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        shell
            .args(["-c", command])
            .env("PATH", path.unwrap())
            .env("GIT_EDITOR", "true")
            .env("GIT_SEQUENCE_EDITOR", "true");
        let output = shell.output().unwrap();
        if !output.status.success() {
            wrong.push(format!(
                "{state:?}: {command}: {}",
                String::from_utf8_lossy(&output.stderr)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
