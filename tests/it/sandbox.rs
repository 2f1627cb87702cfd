//! Real repositories in temporary folders, made by the git of this machine.
//!
//! Identity, dates and configuration are fixed: nothing of the machine's or the person's settings
//! is seen, and each commit is a minute after the one before, so that ids are the same in every
//! run.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};

use tempfile::TempDir;

use crate::fault_injection::has_strace;
use crate::suggested_commands;

/// 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600;

/// A repository that is deleted at the end of the test.
pub(crate) struct Sandbox {
    folder: TempDir,
    now: AtomicI64,
}

impl Sandbox {
    /// An empty repository on the branch `main`.
    pub(crate) fn new() -> Self {
        static NEW_REPOSITORY: LazyLock<Vec<Entry>> = LazyLock::new(|| {
            let sandbox = Sandbox::without_repository();
            sandbox.git(&["init", "--quiet", "--initial-branch=main"]);
            sandbox.git(&["config", "user.name", "Ada"]);
            sandbox.git(&["config", "user.email", "ada@example.com"]);
            entries(&sandbox.path())
        });
        let sandbox = Self::without_repository();
        for (path, contents) in &*NEW_REPOSITORY {
            let path = sandbox.path().join(path);
            match contents {
                Some(contents) => fs::write(path, contents).unwrap(),
                None => fs::create_dir(path).unwrap(),
            }
        }
        sandbox
    }

    /// The folders of a sandbox.
    fn without_repository() -> Self {
        let sandbox = Self {
            folder: temporary_folder(),
            now: AtomicI64::new(START),
        };
        fs::create_dir(sandbox.folder.path().join("home")).unwrap();
        fs::create_dir(sandbox.path()).unwrap();
        sandbox
    }

    /// The same repository, and what lies beside it, in another folder.
    pub(crate) fn copy(&self) -> Self {
        let folder = temporary_folder();
        let mut command = Command::new("cp");
        assert!(
            command
                .arg("-a")
                .arg(self.folder.path().join("."))
                .arg(folder.path())
                .status()
                .unwrap()
                .success()
        );
        Self {
            folder,
            now: AtomicI64::new(self.now.load(Ordering::Relaxed)),
        }
    }

    /// The work tree.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    /// Writes a file of the work tree, with the folders it needs.
    pub(crate) fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    /// A file of the work tree.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// Runs git, which must succeed, and gives its standard output without the line end.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = self.command("git").args(arguments).output().unwrap();
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    /// Commits the whole work tree, changed or not, a minute after the commit before; gives the
    /// commit's id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.now.fetch_add(60, Ordering::Relaxed);
        self.git(&["add", "--all"]);
        self.git(&[
            // Saves a process for every commit.
            "-c",
            "maintenance.auto=false",
            "commit",
            "--quiet",
            "--allow-empty",
            "--cleanup=verbatim",
            "--message",
            message,
        ]);
        self.head()
            .unwrap_or_else(|| self.git(&["rev-parse", "HEAD"]))
    }

    /// The commit of the branch that is checked out, if its reference is a file.
    fn head(&self) -> Option<String> {
        let git = self.path().join(".git");
        let head = fs::read_to_string(git.join("HEAD")).ok()?;
        let id = fs::read_to_string(git.join(head.trim_end().strip_prefix("ref: ")?)).ok()?;
        (!id.starts_with("ref: ")).then(|| id.trim_end().to_owned())
    }

    /// Runs the tool in the work tree.
    ///
    /// What its helps tell people to run or to write must be sound, whatever the test looks at.
    pub(crate) fn tollgate(&self, arguments: &[&str]) -> Output {
        let output = self
            .command(env!("CARGO_BIN_EXE_tollgate"))
            .args(arguments)
            .output()
            .unwrap();
        for text in [&output.stdout, &output.stderr] {
            suggested_commands::assert_sound(&String::from_utf8_lossy(text));
        }
        output
    }

    /// Runs the tool, and gives its system calls of these kinds too; `None` without `strace`.
    pub(crate) fn system_calls(&self, kinds: &str, arguments: &[&str]) -> Option<(Output, String)> {
        if !has_strace() {
            return None;
        }
        let log = self.path().with_file_name("strace.log");
        let output = self
            .command("strace")
            .args(["-f", "-e", &format!("trace={kinds}"), "-o"])
            .arg(&log)
            .arg(env!("CARGO_BIN_EXE_tollgate"))
            .args(arguments)
            .output()
            .unwrap();
        Some((output, fs::read_to_string(&log).unwrap()))
    }

    /// A program that will run in the work tree with nothing of the machine's environment but the
    /// search path.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let date = format!("@{} +0000", self.now.load(Ordering::Relaxed));
        let home = self.folder.path().join("home");
        let mut command = Command::new(program);
        command.current_dir(self.path()).env_clear();
        command
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", &home);
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        command
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date);
        command.env("LC_ALL", "C").env("TZ", "UTC");
        command
    }
}

/// A folder in memory, if there is room, programs may run there, and `TMPDIR` does not name another
/// place. Some file systems take long to make files while the deleted ones of other tests are
/// recent.
fn temporary_folder() -> TempDir {
    #[cfg(target_os = "linux")]
    {
        const MEMORY: &str = "/dev/shm";
        let is_fit = rustix::fs::statvfs(MEMORY).is_ok_and(|found| {
            !found.f_flag.contains(rustix::fs::StatVfsMountFlags::NOEXEC)
                && found.f_bavail.saturating_mul(found.f_frsize) > 1 << 30
        });
        let is_free = std::env::var_os("TMPDIR").is_none();
        if let (true, Ok(folder)) = (is_fit && is_free, tempfile::tempdir_in(MEMORY)) {
            return folder;
        }
    }
    tempfile::tempdir().unwrap()
}

/// A path below a folder, with the contents of a file.
type Entry = (PathBuf, Option<Vec<u8>>);

/// Everything in a folder, each folder before what it contains. The hooks that only show how hooks
/// are written are left out.
fn entries(folder: &Path) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(parent) = folders.pop() {
        for entry in fs::read_dir(folder.join(&parent)).unwrap() {
            let entry = entry.unwrap();
            let path = parent.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                found.push((path.clone(), None));
                folders.push(path);
            } else if path
                .extension()
                .is_none_or(|extension| extension != "sample")
            {
                found.push((path, Some(fs::read(entry.path()).unwrap())));
            }
        }
    }
    found
}

/// Numbers that look random and are the same in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below this one.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % limit.max(1)
    }
}

/// A repository with `v1.0.0` on its first commit and a feature after it.
pub(crate) fn released() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: first");
    sandbox.git(&["tag", "-a", "v1.0.0", "-m", "release"]);
    sandbox.commit("feat: second");
    sandbox
}

/// The next version, which the tool must give without another word.
pub(crate) fn next(sandbox: &Sandbox) -> String {
    let output = sandbox.tollgate(&["next"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
    stdout(&output).trim_end().to_owned()
}

/// What the tool says where it cannot do its work: exit code 2 and nothing on standard output.
pub(crate) fn fails(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let output = sandbox.tollgate(arguments);
    assert_eq!(
        (output.status.code(), stdout(&output)),
        (Some(2), ""),
        "{}",
        stderr(&output)
    );
    stderr(&output).to_owned()
}

/// The standard error of a run without the note that the configuration is not committed.
pub(crate) fn warnings(output: &Output) -> String {
    let is_kept = |line: &&str| {
        !line.starts_with("note: the configuration has uncommitted changes")
            && !line.starts_with("note: `tollgate.toml` is not committed")
    };
    stderr(output)
        .lines()
        .filter(is_kept)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The standard output of a run as text.
pub(crate) fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

/// The standard error of a run as text.
pub(crate) fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn a_sandbox_gives_the_same_commits_in_every_run() {
    let ids: Vec<_> = (0..2)
        .map(|_| {
            let sandbox = Sandbox::new();
            sandbox.write("a/b.txt", "x\n");
            sandbox.commit("feat: add a file")
        })
        .collect();
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn a_sandbox_sees_no_configuration_but_its_own() {
    let sandbox = Sandbox::new();
    assert!(
        sandbox
            .git(&["config", "--list", "--show-scope"])
            .lines()
            .all(|line| line.starts_with("local"))
    );
    assert!(sandbox.read(".git/HEAD").ends_with("refs/heads/main\n"));
}

#[test]
fn the_tool_runs_in_a_sandbox() {
    let output = Sandbox::new().tollgate(&["--version"]);
    assert_eq!(stderr(&output), "", "{}", stdout(&output));
}
