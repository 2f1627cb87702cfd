//! Every command that writes to the work tree: it writes nothing outside of it, whatever a branch
//! brings.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::sandbox::{released, stderr, stdout};
use crate::scenario::assert_contains;

/// A command that writes to a file, which a setting names.
struct Writer {
    name: &'static str,
    arguments: &'static [&'static str],
    /// The configuration that lets it write to a file.
    config: fn(&str) -> String,
    /// The file's name below a folder.
    file: &'static str,
    /// What is in the file before.
    before: &'static str,
}

const TICKET: &str = "titel = \"Raise the pool of the billing API to 40 connections\"\nid = \"T-1\"\nstate = \"draft\"\ndeployment = [\"Merge #12\"]\n";

const WRITERS: &[Writer] = &[
    Writer {
        name: "changelog --write",
        arguments: &["changelog", "--write"],
        config: |file| format!("[changelog]\nfile = '{file}'\n"),
        file: "NEWS.md",
        before: "# Changelog\n",
    },
    Writer {
        name: "changelog --write --package",
        arguments: &["changelog", "--write", "--package", "core"],
        config: |file| {
            format!("[[package]]\nname = \"core\"\npaths = [\"**\"]\nchangelog = '{file}'\n")
        },
        file: "NEWS.md",
        before: "# Changelog\n",
    },
    Writer {
        name: "release, its changelog",
        arguments: &["release", "--execute"],
        config: |file| format!("[changelog]\nfile = '{file}'\n"),
        file: "NEWS.md",
        before: "# Changelog\n",
    },
    Writer {
        name: "release, a version file",
        arguments: &["release", "--execute"],
        config: |file| {
            let pattern = "version = (?<version>[0-9.]+)";
            format!("[release]\nversion_files = [{{ file = '{file}', pattern = '{pattern}' }}]\n")
        },
        file: "version.txt",
        before: "version = 1.0.0\n",
    },
    Writer {
        name: "ticket new",
        arguments: &["ticket", "new", "Raise the pool to 40 connections"],
        config: |file| {
            format!(
                "tickets = ['{}/*.toml']\n",
                Path::new(file).parent().unwrap().display()
            )
        },
        file: "2026-01-01-raise-the-pool-to-40-connections.toml",
        before: "",
    },
    Writer {
        name: "ticket move",
        arguments: &["ticket", "move", "T-1", "reviewed"],
        config: |file| format!("tickets = ['{file}']\n"),
        file: "t.toml",
        before: TICKET,
    },
    Writer {
        name: "ticket approve",
        arguments: &["ticket", "approve", "T-1"],
        config: |file| format!("tickets = ['{file}']\n"),
        file: "t.toml",
        before: TICKET,
    },
    Writer {
        name: "ticket done",
        arguments: &["ticket", "done", "T-1", "1"],
        config: |file| format!("tickets = ['{file}']\n"),
        file: "t.toml",
        before: TICKET,
    },
    Writer {
        name: "ticket close",
        arguments: &["ticket", "close", "T-1", "--result", "failed"],
        config: |file| format!("tickets = ['{file}']\n"),
        file: "t.toml",
        before: TICKET,
    },
    Writer {
        name: "release --sign-off",
        arguments: &["release", "--sign-off"],
        config: |file| {
            let folder = Path::new(file).parent().unwrap().display();
            format!("[release]\nfiles = '{folder}'\n")
        },
        file: "next.toml",
        before: "",
    },
    Writer {
        name: "item done",
        arguments: &["item", "done", "1"],
        config: |file| {
            let folder = Path::new(file).parent().unwrap().display();
            format!("[release]\nfiles = '{folder}'\n")
        },
        file: "next.toml",
        before: "[[items]]\nstage = \"test\"\ntext = \"Load test\"\n",
    },
    Writer {
        name: "check --fix",
        arguments: &["check", "--fix"],
        config: |file| format!("tickets = ['{file}']\n"),
        file: "t.toml",
        before: TICKET,
    },
];

/// The files below a folder, by path; links as where they lead.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if kind.is_dir() {
            found.extend(contents(&path));
        } else if kind.is_file() {
            found.insert(path.display().to_string(), fs::read(&path).unwrap());
        } else {
            found.insert(
                path.display().to_string(),
                fs::read_link(&path).unwrap().display().to_string().into(),
            );
        }
    }
    found
}

/// Asserts that a writer refuses `path`, which leads to the file `outside/<name>` or into `.git`.
fn assert_refused(writer: &Writer, path: &str, links: &[(&str, &str)]) {
    let sandbox = released();
    let outside = sandbox.path().parent().unwrap().join("outside");
    fs::create_dir(&outside).unwrap();
    if !writer.before.is_empty() {
        fs::write(outside.join(writer.file), writer.before).unwrap();
        fs::write(sandbox.path().join(".git").join(writer.file), writer.before).unwrap();
    }
    for (link, target) in links {
        symlink(target, sandbox.path().join(link)).unwrap();
    }
    sandbox.write("tollgate.toml", (writer.config)(path));
    sandbox.commit("feat: lead the tool elsewhere");
    let before = (contents(&outside), contents(&sandbox.path().join(".git")));
    let arguments = [writer.arguments, &["--now", "2026-01-01T12:00:00Z"]].concat();
    let output = sandbox.tollgate(&arguments);
    let told = format!(
        "{}: `{path}`: {}{}",
        writer.name,
        stdout(&output),
        stderr(&output)
    );
    let mut after = (contents(&outside), contents(&sandbox.path().join(".git")));
    after.1.retain(|path, _| !path.contains("/.git/tollgate/"));
    assert!(before == after, "something was written: {told}");
    assert_eq!(output.status.code(), Some(2), "{told}");
    let reasons = [
        "symbolic link",
        "`.git` directory",
        "outside the repository",
        "not a valid file name",
    ];
    assert!(
        reasons
            .iter()
            .any(|reason| stderr(&output).contains(reason)),
        "{told}"
    );
}

#[test]
fn no_writer_follows_a_link_in_the_folders() {
    for writer in WRITERS {
        assert_refused(
            writer,
            &format!("d/{}", writer.file),
            &[("d", "../outside")],
        );
        assert_refused(writer, &format!("d/{}", writer.file), &[("d", ".git")]);
    }
}

#[test]
fn no_writer_follows_a_link_at_the_end() {
    // The others choose the folder, not the file.
    let choose_folder = ["ticket new", "release --sign-off", "item done"];
    let names_file = |writer: &&Writer| !choose_folder.contains(&writer.name);
    for writer in WRITERS.iter().filter(names_file) {
        assert_refused(
            writer,
            writer.file,
            &[(writer.file, &format!("../outside/{}", writer.file))],
        );
    }
}

#[test]
fn no_writer_enters_the_git_folder() {
    for writer in WRITERS {
        for folder in [".git", "./.G\u{200c}IT."] {
            assert_refused(writer, &format!("{folder}/{}", writer.file), &[]);
        }
    }
}

#[test]
fn no_writer_leaves_the_work_tree_by_its_path() {
    for writer in WRITERS {
        let outside = format!("/tmp/tollgate-test-outside-{}", std::process::id());
        for folder in ["a/../../outside", &outside] {
            assert_refused(writer, &format!("{folder}/{}", writer.file), &[]);
        }
        assert!(!Path::new(&outside).exists());
    }
}

#[test]
fn every_writer_writes_to_a_folder_of_the_work_tree() {
    for writer in WRITERS {
        let sandbox = released();
        let path = format!("docs/{}", writer.file);
        if !writer.before.is_empty() {
            sandbox.write(&path, writer.before);
        }
        sandbox.write("tollgate.toml", (writer.config)(&path));
        sandbox.commit("feat: write it down");
        let arguments = [writer.arguments, &["--now", "2026-01-01T12:00:00Z"]].concat();
        let output = sandbox.tollgate(&arguments);
        assert_ne!(
            output.status.code(),
            Some(2),
            "{}: {}",
            writer.name,
            stderr(&output)
        );
        if !["ticket move", "ticket close"].contains(&writer.name) {
            assert_ne!(
                sandbox.read(&path),
                writer.before,
                "{}: {}",
                writer.name,
                stderr(&output)
            );
        }
    }
}

#[test]
fn output_file_cannot_escape_repository() {
    let sandbox = released();
    let outside = sandbox.path().parent().unwrap().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink("../outside", sandbox.path().join("docs")).unwrap();
    for arguments in [
        &["changelog", "--output", "docs/x.md"][..],
        &["changelog", "--write", "docs/x.md"],
        &["check", "--format", "json=docs/x.json"],
    ] {
        let output = sandbox.tollgate(arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert_contains(
            stderr(&output),
            "is outside the repository because of a symbolic link",
        );
    }
    assert!(contents(&outside).is_empty());
    assert_eq!(
        sandbox
            .tollgate(&["changelog", "--output", "../outside/x.md"])
            .status
            .code(),
        Some(0)
    );
    assert_eq!(contents(&outside).len(), 1);
}
