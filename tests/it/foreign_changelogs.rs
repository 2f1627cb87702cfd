//! Updates of changelogs that other tools and people wrote: little changes, and their text stays.

use std::fmt::Write as _;
use std::path::Path;

use similar::{ChangeTag, TextDiff};
use tollgate::changelog::{ChangelogRenderer, Generated, Links, Notes, notes, update, versions};
use tollgate::commit::{Commit, RawCommit};
use tollgate::config::{ChangelogSettings, ChangelogStyle, Forge};
use tollgate::history::{ClassifiedCommit, Reason, Release};
use tollgate::version::Bump;

fn judged(digit: char, message: &str) -> ClassifiedCommit {
    let who = "Ada <ada@example.com> 1767225600 +0000";
    let object = format!(
        "tree {}\nauthor {who}\ncommitter {who}\n\n{message}",
        "0".repeat(40)
    );
    let id = digit.to_string().repeat(40).parse().unwrap();
    ClassifiedCommit::new(
        Commit::read(id, &RawCommit::parse(object.as_bytes()).unwrap()),
        Bump::None,
        Reason::Type,
    )
}

fn release(version: Option<&str>, commits: Vec<ClassifiedCommit>) -> Release {
    let tag = version.map(|version| format!("v{version}"));
    let version = version.map(|version| version.parse().unwrap());
    Release {
        version,
        tag,
        time: Some(1_767_225_600),
        commits,
    }
}

/// The shop of the fixtures, and two commits since its last release.
fn shop(settings: &ChangelogSettings) -> Vec<Notes> {
    let releases = vec![
        release(
            None,
            vec![
                judged('9', "feat: sell records"),
                judged('8', "fix(api): return 404 for unknown books (#9)"),
            ],
        ),
        release(
            Some("2.0.0"),
            vec![
                judged('7', "perf: cache the catalogue"),
                judged('6', "feat(api)!: drop the first version"),
            ],
        ),
        release(
            Some("1.1.0"),
            vec![judged('4', "fix: round prices half up")],
        ),
        release(Some("1.0.0"), vec![judged('1', "feat: sell books")]),
    ];
    notes(releases, settings, "chore(release): {version}")
}

/// A changelog once it is up to date; the second run must change nothing.
fn updated(text: &str, notes: &[Notes], renderer: ChangelogRenderer<'_>) -> String {
    let once = |text: &str| {
        let written = versions(text);
        let wanted =
            |notes: &&Notes| notes.title.tag().is_none() || notes.title.version() > written.last();
        let wanted: Vec<Notes> = notes.iter().filter(wanted).cloned().collect();
        update(text, Generated::new(&renderer.render_file(&wanted), notes)).unwrap()
    };
    let updated = once(text);
    assert_eq!(once(&updated), updated);
    updated
}

/// The lines that differ, with how often lines stay the same between them.
fn difference(before: &str, after: &str) -> String {
    let mut out = String::new();
    let mut same = 0;
    for change in TextDiff::from_lines(before, after).iter_all_changes() {
        let mark = match change.tag() {
            ChangeTag::Equal => {
                same += 1;
                continue;
            }
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        };
        if std::mem::take(&mut same) > 0 {
            out += "  …\n";
        }
        writeln!(out, "{mark} {}", change.value().trim_end_matches(['\n'])).unwrap();
    }
    out
}

fn fixtures() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/changelogs");
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.retain(|path| !path.ends_with("README.md"));
    found.sort();
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    found
        .iter()
        .map(|path| {
            (
                path.file_stem().unwrap().to_str().unwrap().to_owned(),
                read(path),
            )
        })
        .collect()
}

#[test]
fn changelogs_of_other_tools_are_updated_minimally() {
    let settings = ChangelogSettings::default();
    let renderer = ChangelogRenderer::new(&settings, None);
    let mut shown = String::new();
    for (name, text) in fixtures() {
        let open = updated(&text, &shop(&settings), renderer);
        let mut notes = shop(&settings);
        notes[0] = notes[0]
            .clone()
            .planned_as("2.1.0".parse().unwrap(), jiff::civil::date(2026, 11, 20));
        let released = updated(&open, &notes, renderer);
        write!(
            shown,
            "{name}: what is unreleased\n{}\n",
            difference(&text, &open)
        )
        .unwrap();
        write!(
            shown,
            "{name}: released as 2.1.0\n{}\n",
            difference(&open, &released)
        )
        .unwrap();
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn no_line_of_theirs_is_lost_in_any_form() {
    let links = Links::new(Forge::GitHub, "https://github.com/example/shop");
    for style in [
        ChangelogStyle::KeepAChangelog,
        ChangelogStyle::Conventional,
        ChangelogStyle::GitHub,
    ] {
        let mut settings = ChangelogSettings::default();
        (settings.style, settings.links) = (style, Some(true));
        for (name, text) in fixtures() {
            let after = updated(
                &text,
                &shop(&settings),
                ChangelogRenderer::new(&settings, Some(&links)),
            );
            let lost: Vec<_> = TextDiff::from_lines(text.as_str(), &after)
                .iter_all_changes()
                .filter(|change| change.tag() == ChangeTag::Delete)
                .map(|change| change.value().to_owned())
                .collect();
            assert_eq!(lost, Vec::<String>::new(), "{name} as {}", style.as_str());
        }
    }
}
