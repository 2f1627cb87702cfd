//! Unusual repositories: the answer is right, or the exit code is 2 and the help says what to do.

use serde_json::Value;

use crate::sandbox::{Sandbox, fails, next, released, stderr, stdout};
use crate::scenario::{assert_contains, assert_success};

/// All commands that read the history of HEAD.
const READING: [&[&str]; 4] = [&["next"], &["current"], &["explain"], &["changelog"]];

/// The sandbox's address for a clone that is made by the protocol, and not by linking files.
fn address(sandbox: &Sandbox) -> String {
    format!("file://{}", sandbox.path().display())
}

/// Asserts that the tool gives the same version and changelog in a folder as in the sandbox.
fn agrees(sandbox: &Sandbox, folder: &str) {
    for command in READING {
        let here = sandbox.tollgate(command);
        let there = sandbox.tollgate(&[&["-C", folder], command].concat());
        assert_eq!(
            (there.status.code(), stderr(&there)),
            (Some(0), ""),
            "{command:?}"
        );
        assert_eq!(stdout(&there), stdout(&here), "{command:?}");
    }
}

/// Writes a commit object as it stands and makes it HEAD.
fn commit_object(sandbox: &Sandbox, message: &[u8]) -> String {
    let (tree, parent) = (
        sandbox.git(&["rev-parse", "HEAD^{tree}"]),
        sandbox.git(&["rev-parse", "HEAD"]),
    );
    let who = "Ada <ada@example.com> 1767225600 +0000";
    let headers = format!("tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n\n");
    sandbox.write(".git/object", [headers.as_bytes(), message].concat());
    let made = sandbox.git(&["hash-object", "-t", "commit", "-w", ".git/object"]);
    sandbox.git(&["reset", "--quiet", "--hard", &made]);
    made
}

fn lose(sandbox: &Sandbox, object: &str) {
    std::fs::remove_file(sandbox.path().join(format!(
        ".git/objects/{}/{}",
        &object[..2],
        &object[2..]
    )))
    .unwrap();
}

// Where the repository lies.

#[test]
fn a_worktree_a_subfolder_and_a_bare_clone_give_the_same_answer() {
    let sandbox = released();
    sandbox.git(&["worktree", "add", "--quiet", "--detach", "../elsewhere"]);
    sandbox.git(&["clone", "--quiet", "--bare", ".", "../bare.git"]);
    sandbox.write("deep/er/file", "x");
    for folder in ["../elsewhere", "../bare.git", "deep/er"] {
        agrees(&sandbox, folder);
    }
}

#[test]
fn submodule_is_versioned_separately() {
    let sandbox = released();
    let around = Sandbox::new();
    around.commit("feat: around");
    around.git(&["tag", "v7.0.0"]);
    let from = sandbox.path();
    around.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        from.to_str().unwrap(),
        "inner",
    ]);
    around.commit("fix: take the submodule in");
    assert_eq!(next(&around), "7.0.1");
    assert_eq!(
        stdout(&around.tollgate(&["-C", "inner", "next"])),
        "1.1.0\n"
    );
}

#[test]
fn the_environment_names_the_repository_as_it_does_for_git() {
    let sandbox = released();
    sandbox.write(
        "nested/tollgate.toml",
        "tag_prefix = \"none-\"\ninitial = \"5.0.0\"\n",
    );
    let run = |folder: &str, environment: &[(&str, &str)]| {
        let mut command = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
        let output = command
            .args(["-C", folder, "next"])
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        (stdout(&output).to_owned(), stderr(&output).to_owned())
    };
    let gives = |version: &str| (format!("{version}\n"), String::new());
    let noted = "note: `tollgate.toml` is not committed; this command uses it, \
                 but `release` uses the default configuration\n\
                 note: no version tag is reachable from HEAD, so versions start at 5.0.0\n";
    let first = ("5.0.0\n".to_owned(), noted.to_owned());
    // Without a work tree named, it is the folder of the run.
    assert_eq!(run(".", &[("GIT_DIR", ".git")]), gives("1.1.0"));
    assert_eq!(run("nested", &[("GIT_DIR", "../.git")]), first.clone());
    assert_eq!(
        run("nested", &[("GIT_DIR", "../.git"), ("GIT_WORK_TREE", "..")]),
        gives("1.1.0")
    );
    assert_eq!(
        run(
            "..",
            &[
                ("GIT_DIR", "repository/.git"),
                ("GIT_WORK_TREE", "repository/nested")
            ]
        ),
        first
    );
    let (shown, error) = run(".", &[("GIT_DIR", "nowhere")]);
    assert!(
        shown.is_empty() && error.contains("`GIT_DIR` is set to `nowhere`"),
        "{error}"
    );
}

#[test]
fn objects_may_lie_in_another_repository() {
    let sandbox = released();
    sandbox.git(&["clone", "--quiet", "--shared", ".", "../shared"]);
    agrees(&sandbox, "../shared");
    std::fs::rename(
        sandbox.path().join(".git/objects"),
        sandbox.path().join(".git/gone"),
    )
    .unwrap();
    assert!(fails(&sandbox, &["-C", "../shared", "next"]).contains("is missing"));
}

#[test]
fn no_repository_is_a_sentence() {
    let sandbox = Sandbox::new();
    assert!(fails(&sandbox, &["-C", "/", "next"]).contains("not in a Git repository"));
}

#[test]
fn repositories_of_other_formats_are_named() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "--quiet", "--object-format=sha256", "../sha256"]);
    assert!(fails(&sandbox, &["-C", "../sha256", "next"]).contains("SHA-256"));
    let reftable = sandbox
        .command("git")
        .args(["init", "--quiet", "--ref-format=reftable", "../reftable"])
        .status()
        .unwrap();
    assert!(reftable.success(), "this test needs git 2.45 or later");
    assert!(fails(&sandbox, &["-C", "../reftable", "next"]).contains("reftable"));
}

// What is not there.

#[test]
fn a_shallow_clone_refuses_with_the_command_that_mends_it() {
    let sandbox = released();
    sandbox.git(&[
        "clone",
        "--quiet",
        "--depth",
        "1",
        &format!("file://{}", sandbox.path().display()),
        "../shallow",
    ]);
    for command in ["next", "current", "changelog", "explain"] {
        let error = fails(&sandbox, &["-C", "../shallow", command]);
        assert!(
            error.contains("run `git fetch --unshallow --tags`"),
            "{command}: {error}"
        );
    }
}

#[test]
fn a_shallow_clone_that_reaches_the_base_is_answered() {
    let sandbox = released();
    sandbox.git(&[
        "clone",
        "--quiet",
        "--depth",
        "2",
        &format!("file://{}", sandbox.path().display()),
        "../shallow",
    ]);
    sandbox.git(&[
        "-C",
        "../shallow",
        "fetch",
        "--quiet",
        "--depth",
        "2",
        "origin",
        "tag",
        "v1.0.0",
    ]);
    assert_eq!(
        stdout(&sandbox.tollgate(&["-C", "../shallow", "next"])),
        "1.1.0\n"
    );
}

#[test]
fn a_clone_without_files_or_folders_is_answered() {
    let sandbox = released();
    sandbox.write("src/file", "x");
    sandbox.commit("fix: a file");
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    for filter in ["blob:none", "tree:0"] {
        let folder = format!("../{}", filter.replace(':', "-"));
        let filter = format!("--filter={filter}");
        sandbox.git(&[
            "clone",
            "--quiet",
            "--no-checkout",
            &filter,
            &address(&sandbox),
            &folder,
        ]);
        agrees(&sandbox, &folder);
    }
}

#[test]
fn a_missing_parent_is_named() {
    let sandbox = Sandbox::new();
    let first = sandbox.commit("feat: first");
    sandbox.commit("feat: second");
    std::fs::remove_file(sandbox.path().join(format!(
        ".git/objects/{}/{}",
        &first[..2],
        &first[2..]
    )))
    .unwrap();
    assert!(fails(&sandbox, &["next"]).contains(&first));
}

#[test]
fn a_commit_missing_in_the_middle_is_named_with_what_to_do() {
    let sandbox = released();
    let lost = sandbox.commit("fix: lost");
    sandbox.commit("fix: after it");
    lose(&sandbox, &lost);
    for command in [
        &["next"][..],
        &["explain"],
        &["changelog"],
        &["check", "--commits", "v1.0.0..HEAD"],
    ] {
        let error = fails(&sandbox, command);
        assert!(
            error.contains(&format!("object `{lost}` is missing")),
            "{command:?}: {error}"
        );
        assert!(error.contains("git fetch"), "{command:?}: {error}");
    }
}

#[test]
fn missing_objects_below_the_base_are_fine() {
    let sandbox = Sandbox::new();
    let lost = sandbox.commit("feat: lost");
    sandbox.commit("feat: first");
    sandbox.git(&["tag", "v1.0.0"]);
    sandbox.commit("fix: second");
    lose(&sandbox, &lost);
    assert_eq!(next(&sandbox), "1.0.1");
    assert!(fails(&sandbox, &["changelog"]).contains(&lost));
}

#[test]
fn an_unborn_branch_is_a_sentence() {
    assert!(fails(&Sandbox::new(), &["next"]).contains("the current branch has no commits yet"));
}

#[test]
fn a_detached_head_counts_as_a_branch_does() {
    let sandbox = released();
    sandbox.git(&["checkout", "--quiet", "--detach"]);
    sandbox.commit("fix: third");
    assert_eq!(next(&sandbox), "1.1.0");
    sandbox.git(&["checkout", "--quiet", "--detach", "HEAD~1"]);
    assert_eq!(next(&sandbox), "1.1.0");
}

// What git would show instead of the objects.

#[test]
fn replaced_objects_are_ignored() {
    let sandbox = released();
    let honest = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.git(&["checkout", "--quiet", "--detach", "HEAD~1"]);
    let forged = sandbox.commit("feat!: forged");
    sandbox.git(&["replace", &honest, &forged]);
    sandbox.git(&["checkout", "--quiet", "main"]);
    assert_eq!(next(&sandbox), "1.1.0");
}

#[test]
fn grafts_are_ignored() {
    let sandbox = released();
    let (head, first) = (
        sandbox.git(&["rev-parse", "HEAD"]),
        sandbox.git(&["rev-parse", "HEAD~1"]),
    );
    let breaking = sandbox.commit("feat!: of another line");
    sandbox.git(&["reset", "--quiet", "--hard", &head]);
    let before = stdout(&sandbox.tollgate(&["changelog"])).to_owned();
    sandbox.write(".git/info/grafts", format!("{head} {first} {breaking}\n"));
    assert_eq!(next(&sandbox), "1.1.0");
    assert_eq!(stdout(&sandbox.tollgate(&["changelog"])), before);
}

#[test]
fn a_commit_graph_changes_no_answer() {
    let sandbox = released();
    sandbox.git(&["checkout", "--quiet", "-b", "side", "v1.0.0"]);
    sandbox.commit("feat!: side");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.merge("side", "Merge");
    let without = READING.map(|command| stdout(&sandbox.tollgate(command)).to_owned());
    sandbox.git(&["commit-graph", "write", "--reachable"]);
    assert_eq!(
        READING.map(|command| stdout(&sandbox.tollgate(command)).to_owned()),
        without
    );

    let file = sandbox.path().join(".git/objects/info/commit-graph");
    let mut graph = std::fs::read(&file).unwrap();
    let merge = sandbox.git(&["rev-parse", "HEAD"]);
    leave_out_second_parent(&mut graph, &merge);
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, &graph).unwrap();
    assert_eq!(
        sandbox.git(&["rev-list", "--count", "HEAD"]),
        "3",
        "git believes the lie"
    );
    assert_eq!(
        READING.map(|command| stdout(&sandbox.tollgate(command)).to_owned()),
        without,
        "a lie"
    );

    for broken in [&graph[..graph.len() / 2], &b"CGPH"[..], b""] {
        std::fs::write(&file, broken).unwrap();
        assert_eq!(
            READING.map(|command| stdout(&sandbox.tollgate(command)).to_owned()),
            without,
            "{}",
            broken.len()
        );
    }
}

/// Forges a commit-graph in which a merge has its first parent alone.
fn leave_out_second_parent(graph: &mut [u8], merge: &str) {
    const NO_PARENT: [u8; 4] = 0x7000_0000_u32.to_be_bytes();
    let number = |at: usize, graph: &[u8]| {
        u32::from_be_bytes(graph[at..at + 4].try_into().unwrap()) as usize
    };
    let chunk = |name: &[u8], graph: &[u8]| {
        let at = (0..usize::from(graph[6]))
            .map(|entry| 8 + 12 * entry)
            .find(|at| &graph[*at..at + 4] == name)
            .unwrap();
        number(at + 8, graph)
    };
    let names = chunk(b"OIDL", graph);
    let wanted: Vec<u8> = (0..20)
        .map(|at| u8::from_str_radix(&merge[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let commits = number(chunk(b"OIDF", graph) + 255 * 4, graph);
    let at = (0..commits)
        .find(|at| graph[names + 20 * at..names + 20 * (at + 1)] == wanted)
        .unwrap();
    let second = chunk(b"CDAT", graph) + 36 * at + 24;
    graph[second..second + 4].copy_from_slice(&NO_PARENT);
}

// Messages.

#[test]
fn a_message_that_is_not_utf_8_is_never_dropped() {
    let sandbox = released();
    commit_object(&sandbox, b"feat!: caf\xe9\n");
    let output = sandbox.tollgate(&["next", "--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&json["next"], &json["commits"][0]["reason"]),
        (&Value::from("2.0.0"), &Value::from("undecodable"))
    );
}

#[test]
fn a_message_is_read_in_the_encoding_that_its_commit_names() {
    let sandbox = released();
    sandbox.write(".git/message", b"feat!: caf\xe9\n");
    sandbox.git(&[
        "-c",
        "i18n.commitEncoding=ISO-8859-1",
        "commit",
        "--quiet",
        "--allow-empty",
        "-F",
        ".git/message",
    ]);
    assert!(stdout(&sandbox.tollgate(&["changelog"])).contains("café"));
    assert_eq!(next(&sandbox), "2.0.0");
}

#[test]
fn a_message_of_a_hundred_mebibytes_is_refused_by_its_size() {
    let sandbox = released();
    sandbox.commit_with_long_message(&format!("feat: x\n\n{}", "x".repeat(100 << 20)));
    let huge = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.commit("fix: after it");
    let branch = ["gate", "--base", "v1.0.0", "--head", huge.as_str()];
    for command in [
        &["next"][..],
        &["explain"],
        &["changelog"],
        &["check", "--commits", "v1.0.0..HEAD"],
        &branch,
    ] {
        let error = fails(&sandbox, command);
        assert!(
            error.contains(&format!("commit `{huge}` is 1048")),
            "{command:?}: {error}"
        );
        assert!(
            error.contains("the limit is 1048576\n  help: shorten the message"),
            "{command:?}: {error}"
        );
    }
    let error = fails(&sandbox, &["commit-msg", ".git/message"]);
    assert_contains(&error, "`.git/message` has more than 1048576 bytes");
}

#[test]
fn huge_message_below_the_base_is_fine() {
    let sandbox = released();
    sandbox.commit_with_long_message(&format!("feat: x\n\n{}", "x".repeat(2 << 20)));
    sandbox.commit("fix: after it");
    sandbox.git(&["tag", "v1.1.0"]);
    sandbox.commit("fix: more");
    assert_eq!(next(&sandbox), "1.1.1");
}

// Tags.

#[test]
fn tag_of_a_blob_is_not_a_version_tag() {
    let sandbox = released();
    sandbox.write("a", "x");
    sandbox.commit("docs: a");
    sandbox.git(&["tag", "v9.0.0", "HEAD:a"]);
    assert_eq!(next(&sandbox), "1.1.0");
}

#[test]
fn tag_of_a_tree_is_not_a_version_tag() {
    let sandbox = released();
    sandbox.git(&["tag", "v9.0.0", "HEAD^{tree}"]);
    sandbox.git(&["tag", "-a", "v9.1.0", "-m", "x", "HEAD^{tree}"]);
    assert_eq!(next(&sandbox), "1.1.0");
}

#[test]
fn ten_thousand_tags_are_read_loose_and_packed() {
    let sandbox = released();
    let head = sandbox.git(&["rev-parse", "HEAD~1"]);
    let tags: String = (0..10_000)
        .map(|patch| format!("create refs/tags/v0.1.{patch} {head}\n"))
        .collect();
    sandbox.write(".git/tags", tags);
    let update = "git update-ref --stdin < .git/tags";
    assert!(
        sandbox
            .command("sh")
            .args(["-c", update])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(next(&sandbox), "1.1.0");
    sandbox.git(&["pack-refs", "--all"]);
    assert_eq!(next(&sandbox), "1.1.0");
}

// Work trees that git calls clean.

/// A released repository with a folder of files, and more to release.
fn with_docs() -> Sandbox {
    let sandbox = released();
    sandbox.write("docs/x", "x\n");
    sandbox.write("lib/y", "y\n");
    sandbox.commit("feat: third");
    sandbox
}

/// What a release says is in the way, without doing it.
fn in_the_way(sandbox: &Sandbox) -> String {
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    let output = sandbox.tollgate(&["release"]);
    assert_success(&output);
    stdout(&output)
        .lines()
        .filter(|line| line.starts_with("error"))
        .collect()
}

#[test]
fn a_sparse_checkout_is_clean() {
    let sandbox = with_docs();
    sandbox.git(&["sparse-checkout", "set", "--no-cone", "/*", "!docs"]);
    assert!(!sandbox.path().join("docs").exists());
    assert_eq!(in_the_way(&sandbox), "");
    sandbox.write("lib/y", "z\n");
    let output = sandbox.tollgate(&["release"]);
    assert_contains(stdout(&output), "release/dirty-worktree");
    sandbox.git(&["checkout", "--quiet", "lib/y"]);
    let output = sandbox.tollgate(&["release", "--execute"]);
    assert_success(&output);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    assert_eq!(
        sandbox.git(&["ls-tree", "--name-only", "HEAD", "docs/"]),
        "docs/x"
    );
}

#[test]
fn an_index_that_cannot_be_read_is_named() {
    let sandbox = with_docs();
    sandbox.git(&["config", "core.splitIndex", "true"]);
    sandbox.git(&["update-index", "--split-index"]);
    let said = fails(&sandbox, &["release"]);
    assert_contains(
        &said,
        "run `git config core.splitIndex false`, then `git update-index --no-split-index`",
    );
    assert!(!said.contains("damaged"), "{said}");
    sandbox.git(&["config", "core.splitIndex", "false"]);
    sandbox.git(&["update-index", "--no-split-index"]);
    sandbox.commit("feat: fourth");
    assert_eq!(in_the_way(&sandbox), "");
    let sandbox = with_docs();
    sandbox.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "lib"]);
    for arguments in [&["release"][..], &["release", "--execute"]] {
        let said = fails(&sandbox, arguments);
        assert_contains(&said, "run `git sparse-checkout reapply --no-sparse-index`");
    }
    sandbox.git(&["sparse-checkout", "reapply", "--no-sparse-index"]);
    assert_eq!(in_the_way(&sandbox), "");
}

#[test]
fn a_damaged_index_is_named() {
    let sandbox = released();
    std::fs::write(sandbox.path().join(".git/index"), "DIRC, but damaged").unwrap();
    for arguments in [&["release"][..], &["release", "--execute"]] {
        let said = fails(&sandbox, arguments);
        assert!(
            said.starts_with("error: the index is damaged\n  help: delete `.git/index`"),
            "{said}"
        );
    }
}

#[test]
fn checking_commands_need_no_index() {
    let sandbox = with_docs();
    sandbox.git(&["branch", "base", "HEAD~1"]);
    let commands: [&[&str]; 5] = [
        &["gate", "--base", "base"],
        &["next"],
        &["changelog"],
        &["check", "--commits", "base..main"],
        &["explain"],
    ];
    let run = |command: &[&str]| {
        let output = sandbox.tollgate(command);
        (output.status.code(), stdout(&output).to_owned())
    };
    let with_index: Vec<_> = commands.iter().map(|command| run(command)).collect();
    std::fs::write(sandbox.path().join(".git/index"), "DIRC, but damaged").unwrap();
    for (command, expected) in commands.iter().zip(&with_index) {
        assert_eq!(&run(command), expected, "{command:?}");
    }
    std::fs::remove_file(sandbox.path().join(".git/index")).unwrap();
    sandbox.git(&["reset", "--quiet"]);
    sandbox.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "lib"]);
    for (command, expected) in commands.iter().zip(&with_index) {
        assert_eq!(&run(command), expected, "{command:?}");
    }
}

#[test]
fn a_filtered_file_whose_time_changed_is_left_to_git() {
    let sandbox = with_docs();
    sandbox.git(&["config", "filter.upper.clean", "tr a-z A-Z"]);
    sandbox.git(&["config", "filter.upper.smudge", "tr A-Z a-z"]);
    sandbox.write(
        ".gitattributes",
        "docs/* filter=upper\nlib/* text eol=crlf\n",
    );
    sandbox.write("docs/x", "changed\n");
    sandbox.write("lib/y", "y\r\n");
    sandbox.commit("feat: fourth");
    sandbox.git(&["status"]);
    assert_eq!(in_the_way(&sandbox), "");
    let other = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    for path in ["docs/x", "lib/y"] {
        let file = std::fs::File::options()
            .write(true)
            .open(sandbox.path().join(path))
            .unwrap();
        file.set_modified(other).unwrap();
    }
    let output = sandbox.tollgate(&["release"]);
    let text = stdout(&output);
    assert!(
        text.contains("docs/x") && text.contains("a file with a Git filter may have changed"),
        "{text}{}",
        stderr(&output)
    );
    assert!(!text.contains("lib/y"), "{text}");
    assert_contains(&text, "git update-index --refresh");
    sandbox.git(&["update-index", "--refresh"]);
    let output = sandbox.tollgate(&["release"]);
    assert!(
        !stdout(&output).contains("release/dirty-worktree"),
        "git compared it: {}",
        stdout(&output)
    );
    assert_eq!(in_the_way(&sandbox), "");
}

// What libgit2 says.

/// Commands that read a repository in different ways.
const ALL: [&[&str]; 11] = [
    &["next"],
    &["current"],
    &["explain"],
    &["status"],
    &["changelog"],
    &["changelog", "v1.."],
    &["check", "--commits", "nothing.."],
    &["gate", "--base", "origin/main"],
    &["verify", "v1.0.0"],
    &["release"],
    &["ticket", "list"],
];

/// Breaks a repository.
type Damage = fn(&Sandbox);

/// What the commands say of a repository, with these options.
fn said(sandbox: &Sandbox, options: &[&str]) -> String {
    let run =
        |command: &&[&str]| stderr(&sandbox.tollgate(&[options, command].concat())).to_owned();
    ALL.iter().map(run).collect()
}

#[test]
fn codes_of_libgit2_are_shown_to_the_verbose_alone() {
    let damages: [(&str, Damage); 4] = [
        ("an object that is missing", |sandbox| {
            lose(sandbox, &sandbox.git(&["rev-parse", "HEAD"]));
        }),
        ("an object that is damaged", |sandbox| {
            let object = sandbox.git(&["rev-parse", "HEAD"]);
            lose(sandbox, &object);
            sandbox.write(
                &format!(".git/objects/{}/{}", &object[..2], &object[2..]),
                "damaged",
            );
        }),
        ("a reference that is damaged", |sandbox| {
            sandbox.write(".git/refs/heads/main", "damaged\n");
        }),
        ("settings that are damaged", |sandbox| {
            sandbox.write(".git/config", "[core\n");
        }),
    ];
    let mut details = 0;
    for (what, damage) in damages {
        let sandbox = released();
        damage(&sandbox);
        let plain = said(&sandbox, &[]);
        let codes = ["class=", "code=", "libgit2", "revspec"]
            .into_iter()
            .find(|word| plain.contains(word));
        assert_eq!(codes, None, "{what}:\n{plain}");
        details += said(&sandbox, &["-v"])
            .matches("  detail: libgit2: ")
            .count();
    }
    assert!(details > 4, "{details}");
}

#[test]
fn unknown_revision_has_a_plain_error() {
    let sandbox = released();
    let said = fails(&sandbox, &["changelog", "v1.."]);
    assert_eq!(
        said,
        "error: there is no branch, tag, or commit `v1`\n  help: run `git branch --all` and `git tag` to list branches and tags\n"
    );
}
