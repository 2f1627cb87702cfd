//! The changelog of real repositories: links, people, styles, templates, and files that other tools
//! wrote.

use std::sync::Arc;

use tollgate::commit::{Author, Mailmap};

use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::assert_contains;

/// A repository with a release, and a feature and a fix after it.
fn released() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: first (#1)");
    sandbox.tag("v1.0.0");
    sandbox.commit("feat(api)!: second (#2)");
    sandbox.commit("fix: third\n\nCloses #3");
    sandbox
}

fn changelog(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let arguments: Vec<&str> = ["changelog"].iter().chain(arguments).copied().collect();
    let output = sandbox.tollgate(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output).to_owned()
}

fn fails(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let arguments: Vec<&str> = ["changelog"].iter().chain(arguments).copied().collect();
    let output = sandbox.tollgate(&arguments);
    assert_eq!(
        (output.status.code(), stdout(&output)),
        (Some(2), ""),
        "{}",
        stderr(&output)
    );
    stderr(&output).to_owned()
}

#[test]
fn links_lead_where_the_remote_is_and_show_no_secret() {
    let sandbox = released();
    sandbox.git(&[
        "remote",
        "add",
        "origin",
        "https://me:hunter2@github.com/o/r.git",
    ]);
    sandbox.write("tollgate.toml", "changelog.links = true");
    let text = changelog(&sandbox, &["--unreleased"]);
    assert_contains(&text, "second ([#2](https://github.com/o/r/pull/2)) ([");
    assert_contains(&text, ", [#3](https://github.com/o/r/issues/3))");
    let whole = changelog(&sandbox, &[]);
    assert_contains(
        &whole,
        "## [1.0.0](https://github.com/o/r/releases/tag/v1.0.0) - 2026-01-01",
    );
    for arguments in [
        &["--format", "json"][..],
        &["--style", "github"],
        &["--style", "conventional"],
    ] {
        assert!(!changelog(&sandbox, arguments).contains("hunter2"));
    }
}

#[test]
fn changelog_does_not_depend_on_the_clone() {
    let sandbox = released();
    let before = changelog(&sandbox, &[]);
    sandbox.git(&["remote", "add", "origin", "git@github.com:fork/r.git"]);
    assert_eq!(changelog(&sandbox, &[]), before);
    for style in ["keepachangelog", "conventional", "github"] {
        changelog(&sandbox, &["--style", style, "--write", "log.md"]);
        assert!(!sandbox.read("log.md").contains("fork"), "{style}");
    }
    sandbox.write(
        "tollgate.toml",
        "changelog.url = \"https://gitlab.com/o/r\"",
    );
    assert!(changelog(&sandbox, &[]).contains("https://gitlab.com/o/r/-/issues/2"));
    sandbox.write("tollgate.toml", "changelog.links = false");
    assert_eq!(changelog(&sandbox, &[]), before);
}

#[test]
fn the_remote_is_found_as_git_finds_it() {
    let sandbox = released();
    let page = || {
        let document: serde_json::Value =
            serde_json::from_str(&changelog(&sandbox, &["--format", "json"])).unwrap();
        document["repository"]["url"].as_str().map(str::to_owned)
    };
    assert_eq!(page(), None);
    sandbox.git(&["remote", "add", "upstream", "gh:o/upstream"]);
    assert_eq!(page(), None);
    sandbox.git(&["config", "url.git@github.com:.insteadOf", "gh:"]);
    assert_eq!(
        sandbox.git(&["ls-remote", "--get-url", "upstream"]),
        "git@github.com:o/upstream"
    );
    assert_eq!(page().as_deref(), Some("https://github.com/o/upstream"));
    sandbox.git(&["remote", "add", "fork", "gh:me/fork"]);
    assert_eq!(page(), None, "two remotes, none of which is followed");
    sandbox.git(&["config", "branch.main.remote", "fork"]);
    sandbox.git(&["config", "branch.main.merge", "refs/heads/main"]);
    assert_eq!(page().as_deref(), Some("https://github.com/me/fork"));
    sandbox.git(&["remote", "add", "origin", "gh:o/r"]);
    assert_eq!(page().as_deref(), Some("https://github.com/o/r"));
}

#[test]
fn people_agree_with_git_check_mailmap() {
    let sandbox = Sandbox::new();
    let people = [
        ("al", "al@old.org"),
        ("AL", "AL@OLD.ORG"),
        ("bo", "al@old.org"),
        ("Bo", "bo@x.org"),
        ("cy", "cy@x.org"),
        ("Di", "di@x.org"),
        ("nobody", "else@x.org"),
    ];
    sandbox.write(
        ".mailmap",
        "# people\nAda Lovelace <ada@x.org> al <al@old.org>\nBo Berg <bo@x.org> <al@old.org>\nBo Berg <BO@x.org>\n\
         <cy@new.org> <cy@x.org>\n  Di   D.  <di@x.org> # trailing\nbroken <\nEve <>\nCy Young <cy@x.org>\n",
    );
    for (name, email) in people {
        sandbox.git(&["config", "user.name", name]);
        sandbox.git(&["config", "user.email", email]);
        sandbox.commit("feat: x");
    }
    let document: serde_json::Value =
        serde_json::from_str(&changelog(&sandbox, &["--format", "json"])).unwrap();
    let entries = document["releases"][0]["sections"][0]["entries"]
        .as_array()
        .unwrap()
        .clone();
    for (entry, (name, email)) in entries.iter().rev().zip(people) {
        let author = &entry["authors"][0];
        let told = format!(
            "{} <{}>",
            author["name"].as_str().unwrap(),
            author["email"].as_str().unwrap()
        );
        assert_eq!(
            told,
            sandbox.git(&["check-mailmap", &format!("{name} <{email}>")])
        );
    }
}

#[test]
fn any_mailmap_is_read_as_git_reads_it() {
    let sandbox = Sandbox::new();
    let mut state = 1_u32;
    let mut pick = |words: &[&'static str]| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        words[(state >> 16) as usize % words.len()]
    };
    let names = [
        "", "Ada", "ada", "Bo Berg", " cy ", "#x", "é", "<", ">", "Ada  B",
    ];
    let emails = ["a@x", "A@X", "b@x", "", " a@x", "c@y", "é@x", "<a@x"];
    for _ in 0..40 {
        let mut map = String::new();
        for _ in 0..6 {
            for part in [
                pick(&names),
                " <",
                pick(&emails),
                "> ",
                pick(&names),
                " <",
                pick(&emails),
                ">",
                pick(&["", " # x", "\r"]),
            ] {
                map += part;
            }
            map += "\n";
            if pick(&["", "x"]).is_empty() {
                map += &format!("{} <{}>\n", pick(&names), pick(&emails));
            }
        }
        sandbox.write(".mailmap", &map);
        let mailmap = Mailmap::parse(&map);
        for name in ["Ada", "bo berg", "cy", "É"] {
            for email in ["a@x", "B@x", "c@y", "É@x"] {
                let author = mailmap.resolve(&Arc::new(Author {
                    name: name.into(),
                    email: email.into(),
                }));
                let told = format!("{} <{}>", author.name, author.email);
                assert_eq!(
                    told,
                    sandbox.git(&["check-mailmap", &format!("{name} <{email}>")]),
                    "{map}"
                );
            }
        }
    }
}

#[test]
fn bare_repository_uses_files_of_its_head() {
    let sandbox = Sandbox::new();
    sandbox.write(".mailmap", "Ada Lovelace <ada@example.com>\n");
    sandbox.write(
        "t.jinja",
        "{% for c in releases[0].contributors %}{{ c.name }}{% endfor %}",
    );
    sandbox.write(
        "tollgate.toml",
        "changelog = { style = \"template\", template = \"t.jinja\" }",
    );
    sandbox.commit("feat: x");
    sandbox.git(&["clone", "--quiet", "--bare", ".", "../bare.git"]);
    let output = sandbox.tollgate(&["-C", "../bare.git", "changelog"]);
    assert_eq!(stdout(&output), "Ada Lovelace\n", "{}", stderr(&output));
}

#[test]
fn a_mailmap_that_is_a_link_is_not_followed() {
    let sandbox = released();
    sandbox.write("../secret", "Eve <ada@example.com>\n");
    std::os::unix::fs::symlink("../secret", sandbox.path().join(".mailmap")).unwrap();
    assert!(!changelog(&sandbox, &["--format", "json"]).contains("Eve"));
}

#[test]
fn author_below_the_range_is_not_a_new_contributor() {
    let sandbox = released();
    sandbox.git(&["config", "user.name", "Bo"]);
    sandbox.git(&["config", "user.email", "bo@example.com"]);
    sandbox.commit("feat: fourth");
    let text = changelog(&sandbox, &["v1.0.0..", "--style", "github"]);
    assert_contains(&text, "* Bo made their first contribution in ");
    assert!(!text.contains("* Ada made"), "{text}");
}

#[test]
fn every_style_updates_a_file_idempotently() {
    for style in ["keepachangelog", "conventional", "github", "template"] {
        let sandbox = released();
        sandbox.git(&["remote", "add", "origin", "git@github.com:o/r.git"]);
        sandbox.write(
            "t.jinja",
            "{% for r in releases %}\n## {{ r.version if r.version else 'Unreleased' }}\n\n{% for s in r.sections %}\n\
             ### {{ s.title }}\n\n{% for e in s.entries %}\n- {{ e.subject }}\n{% endfor %}\n\n{% endfor %}\n{% endfor %}",
        );
        let template = if style == "template" {
            "template = \"t.jinja\""
        } else {
            ""
        };
        sandbox.write(
            "tollgate.toml",
            format!("[changelog]\nstyle = \"{style}\"\n{template}"),
        );
        changelog(&sandbox, &["--write"]);
        let first = sandbox.read("CHANGELOG.md");
        sandbox.write(
            "CHANGELOG.md",
            first.replacen("nreleased\n", "nreleased\n\nBy hand.\n", 1),
        );
        sandbox.commit("feat: fourth");
        changelog(&sandbox, &["--write"]);
        let second = sandbox.read("CHANGELOG.md");
        assert!(
            second.contains("By hand.") && second.contains(" fourth"),
            "{second}"
        );
        assert_eq!(second.matches("nreleased\n").count(), 1, "{second}");
        assert_eq!(second.matches(" third").count(), 1, "{second}");
        changelog(&sandbox, &["--write"]);
        assert_eq!(sandbox.read("CHANGELOG.md"), second);
        changelog(&sandbox, &["--write", "--as", "2.0.0"]);
        let released = sandbox.read("CHANGELOG.md");
        assert!(
            released.contains("By hand.") && released.contains("2.0.0"),
            "{released}"
        );
        assert!(!released.contains("nreleased"), "{released}");
        assert_eq!(released.matches(" third").count(), 1, "{released}");
    }
}

#[test]
fn a_preview_shows_that_the_template_fails_for_an_earlier_release() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "tollgate.toml",
        "changelog = { style = \"template\", template = \"t.jinja\" }",
    );
    sandbox.write(
        "t.jinja",
        "{% for release in releases %}## {{ release.version or \"Unreleased\" }}\n\
         {% if release.version == \"1.0.0\" %}{{ nothing.at.all }}{% endif %}{% endfor %}",
    );
    sandbox.commit("feat: begin");
    sandbox.git(&["tag", "v1.0.0"]);
    sandbox.commit("feat: go on");
    let output = sandbox.tollgate(&["release"]);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    assert_contains(stderr(&output), "t.jinja");
}

#[test]
fn a_release_is_written_by_the_template_of_its_commit() {
    let sandbox = released();
    sandbox.write(
        "t.jinja",
        "{% for r in releases %}\n## {{ r.version }}\n\nBrought by {{ r.contributors | length }}.\n{% endfor %}",
    );
    sandbox.write(
        "tollgate.toml",
        "changelog = { style = \"template\", template = \"t.jinja\" }",
    );
    sandbox.commit("chore: a template");
    let output = sandbox.tollgate(&["release"]);
    assert!(
        stdout(&output).contains("  Brought by 1.\n"),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
    std::fs::remove_file(sandbox.path().join("t.jinja")).unwrap();
    sandbox.commit("chore: none");
    let output = sandbox.tollgate(&["release"]);
    assert_contains(
        stderr(&output),
        "the template `t.jinja` is not in the commit",
    );
}

#[test]
fn github_style_lists_contributors() {
    let sandbox = released();
    sandbox.write(
        "tollgate.toml",
        "[changelog]\nstyle = \"github\"\nurl = \"https://github.com/o/r\"",
    );
    sandbox.write(".mailmap", "Ada Lovelace <ada@example.com>\n");
    sandbox.commit("chore: people");
    let output = sandbox.tollgate(&["release"]);
    let plan = stdout(&output);
    assert!(
        plan.contains("  ## What's Changed\n"),
        "{plan}{}",
        stderr(&output)
    );
    assert_contains(
        &plan,
        " second by Ada Lovelace in [#2](https://github.com/o/r/pull/2)",
    );
    assert_contains(&plan, "(https://github.com/o/r/compare/v1.0.0...v2.0.0)");
}

#[test]
fn a_fault_of_a_template_is_drawn_into_it() {
    let sandbox = released();
    sandbox.write(
        "t.jinja",
        "# x\n{% for r in releases %}\n## {{ r.vrsion }}\n{% endfor %}\n",
    );
    let error = fails(&sandbox, &["--template", "t.jinja"]);
    assert!(
        error.contains("[t.jinja:3:7]") && error.contains("`r.vrsion` is not defined"),
        "{error}"
    );
}

#[test]
fn a_template_of_the_configuration_stays_inside_the_repository() {
    let sandbox = released();
    sandbox.write("../outside.jinja", "x");
    std::os::unix::fs::symlink("../outside.jinja", sandbox.path().join("t.jinja")).unwrap();
    sandbox.write(
        "tollgate.toml",
        "changelog = { style = \"template\", template = \"t.jinja\" }",
    );
    assert!(fails(&sandbox, &[]).contains("is outside the repository because of a symbolic link"));
    assert_eq!(changelog(&sandbox, &["--template", "t.jinja"]), "x\n");
}

#[test]
fn a_changelog_is_written_from_json_without_a_repository() {
    let sandbox = released();
    sandbox.git(&["remote", "add", "origin", "git@github.com:o/r.git"]);
    let document = changelog(&sandbox, &["--format", "json"]);
    for style in ["keepachangelog", "conventional", "github"] {
        // The titles of sections are those of the style that the document was made in.
        let document = changelog(&sandbox, &["--format", "json", "--style", style]);
        let output = sandbox.tollgate_with_input(
            &[
                "-C",
                "..",
                "changelog",
                "--from-json",
                "-",
                "--style",
                style,
            ],
            &document,
        );
        assert_eq!(
            stdout(&output),
            changelog(&sandbox, &["--style", style]),
            "{}",
            stderr(&output)
        );
    }
    let again = sandbox.tollgate_with_input(
        &[
            "-C",
            "..",
            "changelog",
            "--from-json",
            "-",
            "--format",
            "json",
        ],
        &document,
    );
    assert_eq!(stdout(&again), document);
    let broken = sandbox.tollgate_with_input(
        &["changelog", "--from-json", "-"],
        document.replace("false", "maybe"),
    );
    assert_eq!(broken.status.code(), Some(2));
    assert_contains(stderr(&broken), "expected a value");
}

#[test]
fn write_from_json_needs_a_file() {
    let sandbox = released();
    let arguments = ["changelog", "--from-json", "-", "--write"];
    let output = sandbox.tollgate_with_input(&arguments, "");
    assert_contains(stderr(&output), "`--write` needs a file");
}

#[test]
fn the_example_templates_write_every_release() {
    let sandbox = released();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/templates");
    for template in std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let text = changelog(&sandbox, &["--template", template.to_str().unwrap()]);
        assert!(
            text.contains("Second (#2)") && text.contains("1.0.0"),
            "{text}"
        );
    }
}

#[test]
fn a_changelog_that_is_not_understood_stays_as_it_is() {
    let sandbox = Sandbox::new();
    let text = "# Log\n\nv1.0.0 - January 1, 2026\n\n* a\n";
    sandbox.write("CHANGELOG.md", text);
    sandbox.commit("feat: a");
    for arguments in [&["changelog", "--write"][..], &["release", "--execute"]] {
        let output = sandbox.tollgate(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_contains(stderr(&output), "CHANGELOG.md:3:1");
        assert_contains(
            stderr(&output),
            "looks like a release, but is not a heading",
        );
        assert_eq!(sandbox.read("CHANGELOG.md"), text);
    }
    let output = sandbox.tollgate(&["changelog", "--write", "CHANGES.rst"]);
    assert_eq!(output.status.code(), Some(2));
    assert_contains(stderr(&output), "is reStructuredText");
    assert!(!sandbox.path().join("CHANGES.rst").exists());
}

#[test]
fn latest_release_without_entries_is_named() {
    let sandbox = Sandbox::new();
    sandbox.commit("chore: begin");
    sandbox.git(&["tag", "v1.0.0"]);
    let output = sandbox.tollgate(&["changelog", "--latest", "--style", "github"]);
    assert!(output.status.success());
    assert_eq!(
        stderr(&output),
        "note: the release `v1.0.0` has no entries in the changelog\n"
    );
}
