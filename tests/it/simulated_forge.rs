//! A forge that merges random pull requests: what the gate predicts for each is what `next`,
//! `changelog`, and `release` say after the merge.
//!
//! The forge here writes messages by GitHub's and GitLab's rules on its own, and knows what the gate
//! doesn't: who opened the pull request.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use git2::{Commit, Oid, Signature, Time};
use jiff::Timestamp;
use tempfile::TempDir;
use tollgate::app::gate::{GateOptions, GateResult, PullRequest, check_branch};
use tollgate::app::release::{ReleaseOptions, plan_release};
use tollgate::changelog::{Notes, notes};
use tollgate::commit::Id;
use tollgate::finding::{Finding, Place};
use tollgate::git::Repository;
use tollgate::history::{History as _, NextOptions, ReleaseQuery, Scope, VersionQuery, Versions};
use tollgate::release::NoProgress;

use crate::fault_injection::say;
use crate::sandbox::{Random, Sandbox, next, released, stderr, stdout};
use crate::scenario::{assert_success, in_state};

const COMMON: &str = r#"
[[policy]]
name = "code"
paths = ["src/**"]
allow_none = true

[[policy]]
name = "features"
types = ["feat"]

[[policy]]
name = "breaking"
bump = "major"
"#;

const PACKAGES: &str = r#"
[[package]]
name = "cart"
paths = ["src/**"]

[[package]]
name = "shop"
paths = ["web/**"]
"#;

const FIRST_PARENT: &str = "first_parent = true\n";

/// How the forge is set up.
struct Setting {
    merge: &'static str,
    rest: &'static str,
    method: Method,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    /// By GitHub's rules: whether a single commit gives the title, and what the body is.
    Squash(bool, Body),
    /// With GitLab's template `%{title}\n\n%{description}\n\n%{all_commits}`.
    Template,
    Merge,
    Rebase,
    /// A squash or a merge that the queue has made already.
    Queue,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Description,
    Commits,
    Nothing,
}

const fn setting(merge: &'static str, method: Method) -> Setting {
    Setting {
        merge,
        rest: "",
        method,
    }
}

const SETTINGS: &[Setting] = &[
    setting(
        "method = \"squash\"",
        Method::Squash(false, Body::Description),
    ),
    setting(
        "method = \"squash\"\nsquash_body = \"commits\"",
        Method::Squash(false, Body::Commits),
    ),
    setting(
        "method = \"squash\"\nsquash_body = \"none\"",
        Method::Squash(false, Body::Nothing),
    ),
    setting(
        "method = \"squash\"\nsquash_title = \"commit-or-title\"\nsquash_body = \"commits\"",
        Method::Squash(true, Body::Commits),
    ),
    setting(
        "method = \"squash\"\ntemplate = \"%{title}\\n\\n%{description}\\n\\n%{all_commits}\"",
        Method::Template,
    ),
    setting("method = \"merge\"", Method::Merge),
    setting("method = \"rebase\"", Method::Rebase),
    setting("method = \"squash\"", Method::Queue),
    Setting {
        rest: FIRST_PARENT,
        ..setting("method = \"merge\"", Method::Merge)
    },
    Setting {
        rest: PACKAGES,
        ..setting(
            "method = \"squash\"",
            Method::Squash(false, Body::Description),
        )
    },
    Setting {
        rest: PACKAGES,
        ..setting("method = \"rebase\"", Method::Rebase)
    },
];

const TITLES: &[&str] = &[
    "feat: add ports",
    "feat(api)!: drop v1",
    "fix: `$(rm -rf ~)` isn't run",
    "fix(cart): \"quotes\" 'and' <tags> & \u{1f600}",
    "Fix: keep carts (#3)",
    "docs: say more",
    "chore(deps): bump serde from 1.0.1 to 1.0.2",
    "Update things",
    "Merge branch 'main' into topic",
    "fixup! feat: add ports",
    "Change: CHG-1",
    "feat:no space",
    "perf(db): use an index\u{200b}",
    "refactor!: rename",
    "BREAKING CHANGE: everything",
    "%{description} ::set-output name=x::y",
];

const PARAGRAPHS: &[&str] = &[
    "Some prose about it.",
    "* feat: add a header\n\n* fix!: and another one",
    "BREAKING CHANGE: the key `a` is gone",
    "breaking change: or not",
    "Change: CHG-1",
    "Change: CHG-2\nSigned-off-by: Bo <bo@example.com>",
    "Change: none (only a comment)",
    "Change: CHG-1\nmore prose",
    "Reviewed-by: Cy <cy@example.com>",
    "Co-authored-by: Cy <cy@example.com>",
    "<!-- Change: CHG-1 -->",
    "Closes #3\nRefs: #4",
    "---------",
    "# Heading\n\n- [ ] a task",
    "```\nfeat: code\n```",
];

/// A repository whose `main` is merged into.
struct Forge {
    folder: TempDir,
    git: git2::Repository,
    random: Random,
    now: i64,
}

/// A pull request.
struct Request {
    title: String,
    body: String,
    number: u64,
    author: &'static str,
    /// The tip of its branch.
    tip: Oid,
}

/// What can be compared of a release: for each unit the version, whether there is something to
/// release, and the entries of its changelog.
type Outcome = Vec<(Option<String>, Option<String>, bool, Vec<String>)>;

impl Forge {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let git = git2::Repository::init_bare(folder.path().join("bare")).unwrap();
        git.set_head("refs/heads/main").unwrap();
        let forge = Self {
            git,
            folder,
            random: Random(0x0020_2611_2817),
            now: 1_767_225_600,
        };
        for (at, setting) in SETTINGS.iter().enumerate() {
            let text = format!("{}\n[merge]\n{}\n{COMMON}", setting.rest, setting.merge);
            // A key of the root comes before the first table, and a package anywhere.
            std::fs::write(forge.config(at), text).unwrap();
        }
        forge
    }

    fn config(&self, setting: usize) -> PathBuf {
        self.folder.path().join(format!("{setting}.toml"))
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.random.below(list.len())]
    }

    fn signature(&mut self, name: &str) -> Signature<'static> {
        self.now += 60;
        let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
        Signature::new(name, &email, &Time::new(self.now, 0)).unwrap()
    }

    fn commit(&mut self, author: &str, message: &str, tree: Oid, parents: &[Oid]) -> Oid {
        let who = self.signature(author);
        let tree = self.git.find_tree(tree).unwrap();
        let parents: Vec<Commit<'_>> = parents
            .iter()
            .map(|id| self.git.find_commit(*id).unwrap())
            .collect();
        let parents: Vec<&Commit<'_>> = parents.iter().collect();
        self.git
            .commit(None, &who, &who, message, &tree, &parents)
            .unwrap()
    }

    /// The tree of a commit with another file in it.
    fn tree_with(&self, commit: Option<Oid>, path: &str, text: &str) -> Oid {
        let tree = commit.map(|id| self.git.find_commit(id).unwrap().tree().unwrap());
        let mut index = git2::Index::new().unwrap();
        if let Some(tree) = tree {
            index.read_tree(&tree).unwrap();
        }
        let blob = self.git.blob(text.as_bytes()).unwrap();
        index
            .add(&git2::IndexEntry {
                ctime: git2::IndexTime::new(0, 0),
                mtime: git2::IndexTime::new(0, 0),
                dev: 0,
                ino: 0,
                mode: 0o100_644,
                uid: 0,
                gid: 0,
                file_size: 0,
                id: blob,
                flags: 0,
                flags_extended: 0,
                path: path.into(),
            })
            .unwrap();
        index.write_tree_to(&self.git).unwrap()
    }

    fn main(&self) -> Oid {
        self.git.refname_to_id("refs/heads/main").unwrap()
    }

    fn set_main(&self, tip: Oid) {
        self.git
            .reference("refs/heads/main", tip, true, "merge")
            .unwrap();
    }

    /// A released history with two tickets, and a change that waits for the next release.
    fn begin(&mut self) {
        let mut tip = None;
        for (path, text) in [
            ("changes/CHG-1.toml", in_state("proposed")),
            ("changes/CHG-2.toml", in_state("proposed")),
            ("README.md", "shop".to_owned()),
        ] {
            let tree = self.tree_with(tip, path, &text);
            let parents: Vec<Oid> = tip.into_iter().collect();
            tip = Some(self.commit("Ada", "feat: begin", tree, &parents));
        }
        let tip = tip.unwrap();
        for tag in ["v1.0.0", "cart-v1.0.0", "shop-v2.0.0"] {
            let object = self.git.find_object(tip, None).unwrap();
            self.git.tag_lightweight(tag, &object, false).unwrap();
        }
        let tree = self.tree_with(Some(tip), "docs/a.md", "a");
        let waiting = self.commit("Ada", "fix(docs): wait for the release", tree, &[tip]);
        self.set_main(waiting);
    }

    fn message(&mut self) -> String {
        let mut message = self.pick(TITLES).to_owned();
        for _ in 0..self.random.below(3) {
            let paragraph = self.pick(PARAGRAPHS);
            write!(message, "\n\n{paragraph}").unwrap();
        }
        if self.random.below(8) == 0 {
            let target = self.main();
            message = format!("Revert \"feat: begin\"\n\nThis reverts commit {target}.");
        }
        message
    }

    /// A branch with one to four commits, some of them merges of `main`.
    fn branch(&mut self, number: u64) -> Oid {
        let main = self.main();
        // It may have left `main` some merges ago.
        let mut tip = main;
        for _ in 0..self.random.below(3) {
            let commit = self.git.find_commit(tip).unwrap();
            let is_known = commit
                .parent(0)
                .is_ok_and(|parent| parent.parent_count() > 0);
            if is_known && commit.parent_id(0).is_ok_and(|id| self.has_tag_below(id)) {
                tip = commit.parent_id(0).unwrap();
            }
        }
        let bot = self.random.below(10) == 0;
        for part in 0..=self.random.below(4) {
            let author = if bot {
                "renovate[bot]"
            } else {
                self.pick(&["Ada", "Bo", "Cy"])
            };
            let folder = self.pick(&["src", "web", "docs"]);
            let message = self.message();
            let (path, text) = if self.random.below(12) == 0 {
                let id = format!("changes/CHG-{number}-{part}.toml");
                (id, in_state("proposed"))
            } else {
                (format!("{folder}/{number}-{part}.txt"), "x".to_owned())
            };
            let tree = self.tree_with(Some(tip), &path, &text);
            tip = self.commit(author, &message, tree, &[tip]);
            if self.random.below(6) == 0 && part > 0 {
                let tree = self.merged(main, tip);
                tip = self.commit("Ada", "Merge branch 'main' into topic", tree, &[tip, main]);
            }
        }
        tip
    }

    /// Whether the released commit is below a commit.
    fn has_tag_below(&self, commit: Oid) -> bool {
        let released = self.git.refname_to_id("refs/tags/v1.0.0").unwrap();
        self.git.graph_descendant_of(commit, released).unwrap()
    }

    fn merged(&self, one: Oid, other: Oid) -> Oid {
        let [one, other] = [one, other].map(|id| self.git.find_commit(id).unwrap());
        let mut index = self.git.merge_commits(&one, &other, None).unwrap();
        assert!(!index.has_conflicts());
        index.write_tree_to(&self.git).unwrap()
    }

    fn request(&mut self, number: u64) -> Request {
        let tip = self.branch(number);
        let mut paragraphs: Vec<&str> = Vec::new();
        for _ in 0..self.random.below(4) {
            paragraphs.push(self.pick(PARAGRAPHS));
        }
        let mut body = paragraphs.join("\n\n");
        if self.random.below(2) == 0 {
            body = body.replace('\n', "\r\n");
        }
        let title = if self.random.below(10) == 0 {
            format!("Revert \"{}\"", self.pick(TITLES))
        } else {
            self.pick(TITLES).to_owned()
        };
        Request {
            title,
            body,
            number,
            author: self.pick(&["Ada", "Bo", "Cy", "Dee"]),
            tip,
        }
    }

    /// The commits of a branch, oldest first.
    fn commits_of(&self, tip: Oid) -> Vec<Commit<'_>> {
        let mut walk = self.git.revwalk().unwrap();
        walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE)
            .unwrap();
        walk.push(tip).unwrap();
        walk.hide(self.main()).unwrap();
        walk.map(|id| self.git.find_commit(id.unwrap()).unwrap())
            .collect()
    }

    /// The message of a squash as GitHub writes it.
    fn github_message(&self, request: &Request, takes_commit: bool, body: Body) -> String {
        let commits = self.commits_of(request.tip);
        let commits: Vec<&Commit<'_>> = commits
            .iter()
            .filter(|commit| commit.parent_count() < 2)
            .collect();
        let number = request.number;
        let only = if let ([only], true) = (&commits[..], takes_commit) {
            Some(only.message().unwrap().trim())
        } else {
            None
        };
        let (title, own) = only.map_or((request.title.trim(), ""), |message| {
            message.split_once('\n').unwrap_or((message, ""))
        });
        let text = match (body, only) {
            (Body::Nothing, _) => String::new(),
            (Body::Description, _) => request.body.replace("\r\n", "\n").trim().to_owned(),
            (Body::Commits, Some(_)) => own.trim().to_owned(),
            (Body::Commits, None) => {
                let items = commits.iter();
                let items = items.map(|commit| format!("* {}", commit.message().unwrap().trim()));
                items.collect::<Vec<_>>().join("\n\n")
            }
        };
        let people = people(&commits, request.author);
        let people: Vec<&str> = people
            .iter()
            .map(String::as_str)
            .filter(|line| only.is_none() || !text.lines().any(|known| known == *line))
            .collect();
        let people = people.join("\n");
        let mut message = format!("{title} (#{number})");
        if !text.is_empty() {
            write!(message, "\n\n{text}").unwrap();
        }
        if !people.is_empty() {
            let last = text.rsplit("\n\n").next().unwrap_or_default();
            let is_trailer = |line: &str| {
                line.split_once(':').is_some_and(|(key, _)| {
                    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                })
            };
            let continues = !last.is_empty() && last.lines().all(is_trailer);
            let gap = match (text.is_empty(), only) {
                (true, _) => "\n\n",
                (false, None) => "\n\n---------\n\n",
                (false, Some(_)) if continues => "\n",
                (false, Some(_)) => "\n\n",
            };
            write!(message, "{gap}{people}").unwrap();
        }
        message
    }

    /// The message that GitLab makes of its template.
    fn gitlab_message(&self, request: &Request) -> String {
        let commits = self.commits_of(request.tip);
        let newest_first = commits.iter().rev();
        let messages = newest_first
            .filter(|commit| commit.parent_count() < 2)
            .map(|commit| format!("* {}", commit.message().unwrap().trim()));
        let list = messages.collect::<Vec<_>>().join("\n\n");
        let body = request.body.replace("\r\n", "\n");
        let body = body.trim();
        let parts = [request.title.trim(), body, &list];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("\n\n")
    }

    /// Merges a pull request; gives the new tip of `main`.
    fn merge(&mut self, request: &Request, method: Method) -> Oid {
        let main = self.main();
        let squash = |forge: &Self| match method {
            Method::Squash(takes_commit, body) => forge.github_message(request, takes_commit, body),
            _ => forge.gitlab_message(request),
        };
        match method {
            Method::Squash(..) | Method::Template => {
                let tree = self.merged(main, request.tip);
                let message = squash(self);
                self.commit(request.author, &message, tree, &[main])
            }
            Method::Merge => {
                let tree = self.merged(main, request.tip);
                let message = format!(
                    "Merge pull request #{} from ada/topic\n\n{}",
                    request.number, request.title
                );
                self.commit("Dee", &message, tree, &[main, request.tip])
            }
            Method::Rebase => self.rebase(request, main),
            Method::Queue => request.tip,
        }
    }

    fn rebase(&mut self, request: &Request, main: Oid) -> Oid {
        let commits: Vec<(Oid, String, String)> = self
            .commits_of(request.tip)
            .into_iter()
            .filter(|commit| commit.parent_count() < 2)
            .map(|commit| {
                let author = commit.author().name().unwrap().to_owned();
                (commit.id(), commit.message().unwrap().to_owned(), author)
            })
            .collect();
        let mut tip = main;
        for (id, message, author) in commits {
            let tree = {
                let [commit, onto] = [id, tip].map(|id| self.git.find_commit(id).unwrap());
                let mut index = self.git.cherrypick_commit(&commit, &onto, 0, None).unwrap();
                index.write_tree_to(&self.git).unwrap()
            };
            tip = self.commit(&author, &message, tree, &[tip]);
        }
        tip
    }
}

/// The people whom GitHub adds to a squash.
fn people(commits: &[&Commit<'_>], author: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for key in ["Signed-off-by", "Co-authored-by"] {
        for commit in commits {
            let who = commit.author();
            let (name, email) = (who.name().unwrap(), who.email().unwrap());
            if key == "Co-authored-by" && name != author {
                lines.push(format!("{key}: {name} <{email}>"));
            }
            let message = commit.message().unwrap();
            let last = message.trim().rsplit("\n\n").next().unwrap_or_default();
            let named = last.lines().filter(|line| line.starts_with(key));
            lines.extend(named.map(str::to_owned));
        }
    }
    let mut seen = BTreeSet::new();
    lines.retain(|line| seen.insert(line.clone()));
    lines
}

fn id(oid: Oid) -> Id {
    oid.to_string().parse().unwrap()
}

/// The entries of notes, without the commits' IDs.
fn entries(notes: Option<&Notes>) -> Vec<String> {
    let sections = notes.into_iter().flat_map(|notes| &notes.sections);
    let mut found = Vec::new();
    for section in sections {
        for entry in &section.entries {
            found.push(format!(
                "{}: {:?}",
                section.title,
                (
                    &entry.kind,
                    &entry.scope,
                    entry.breaking,
                    &entry.breaking_notes,
                    &entry.subject,
                    &entry.tickets,
                    &entry.references
                )
            ));
        }
    }
    found
}

/// What the gate predicts.
fn predicted(result: &GateResult) -> Option<Outcome> {
    let units = result.prediction.as_ref()?.units.as_ref().unwrap();
    let outcome = units.iter().map(|unit| {
        let next = &unit.unit.next;
        (
            unit.unit.name.clone(),
            next.version().map(ToString::to_string),
            next.releasable,
            entries(unit.notes.as_ref()),
        )
    });
    Some(outcome.collect())
}

/// What `next` and `changelog` say after the merge.
fn actual(repository: &Repository, result: &GateResult) -> (Versions, Outcome) {
    let config = &result.config;
    let history = repository.history().unwrap();
    let versions = VersionQuery::new(config, None)
        .next(&history, &NextOptions::default())
        .unwrap();
    let outcome = versions.units.iter().map(|unit| {
        let mut query = ReleaseQuery::new(&config.version);
        query.package = unit
            .name
            .as_ref()
            .and_then(|name| config.packages.iter().find(|package| package.name == *name));
        let releases = query.within(&history, Scope::default()).unwrap();
        let notes = notes(releases, &config.changelog, &config.release.commit_message);
        let unreleased = notes.iter().find(|notes| notes.title.tag().is_none());
        (
            unit.name.clone(),
            unit.next.version().map(ToString::to_string),
            unit.next.releasable,
            entries(unreleased),
        )
    });
    let outcome = outcome.collect();
    (versions, outcome)
}

/// The policies that nothing covers, by these rules.
fn uncovered(
    findings: &[Finding],
    rules: &[&str],
    is_new: impl Fn(&Place) -> bool,
) -> BTreeSet<String> {
    let found = findings
        .iter()
        .filter(|finding| rules.contains(&finding.rule) && is_new(&finding.place));
    found
        .filter_map(|finding| {
            let (_, rest) = finding.message.split_once("policy `")?;
            Some(rest.split_once('`')?.0.to_owned())
        })
        .collect()
}

const GATE_RULES: [&str; 3] = [
    "gate/missing-ticket",
    "gate/missing-ticket-for-breaking",
    "gate/insufficient-ticket",
];

#[test]
fn predictions_hold_after_the_merge() {
    merge_and_compare(5 * SETTINGS.len());
}

#[test]
#[ignore = "takes a minute"]
fn two_hundred_predictions_hold_after_the_merge() {
    merge_and_compare(200);
}

fn merge_and_compare(requests: usize) {
    let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let mut forge = Forge::new();
    forge.begin();
    let repository = Repository::discover(&forge.folder.path().join("bare")).unwrap();
    let (mut held, mut uncertain, mut blocked) = (0, 0, 0);
    for number in 0..requests {
        let at = number % SETTINGS.len();
        let method = SETTINGS[at].method;
        let main = forge.main();
        let mut request = forge.request(number as u64 + 10);
        if method == Method::Queue {
            request.tip = forge.merge(&request, Method::Squash(false, Body::Description));
        }
        let mut options = GateOptions::new(forge.folder.path(), id(main), id(request.tip), now);
        options.config = Some(forge.config(at));
        if method != Method::Queue {
            let mut known = PullRequest::new(&request.title, &request.body).unwrap();
            known.number = Some(request.number);
            known.source_branch = Some("ada/topic".into());
            options.pull_request = Some(known);
        }
        let history = repository.history().unwrap();
        let result = check_branch(&repository, &history, &options).unwrap();
        let predicted_gaps = uncovered(&result.checked.findings, &GATE_RULES, |_| true);

        let tip = forge.merge(&request, method);
        forge.set_main(tip);
        let history = repository.history().unwrap();
        assert_eq!(history.head().unwrap(), Some(id(tip)));
        let (versions, outcome) = actual(&repository, &result);
        let mut release = ReleaseOptions::new(forge.folder.path(), now);
        release.config = Some(forge.config(at));
        let proposal = plan_release(&repository, &release, &mut NoProgress).unwrap();
        let tags: Option<Vec<String>> = proposal
            .plan
            .as_ref()
            .map(|plan| plan.tags.iter().map(|tag| tag.name.clone()).collect());
        let due: Vec<String> = versions
            .units
            .iter()
            .filter(|unit| unit.next.releasable)
            .filter_map(|unit| unit.next.tag())
            .collect();
        assert_eq!(tags.unwrap_or_default(), due);
        let landed: BTreeSet<String> = forge
            .landed(main)
            .into_iter()
            .map(|oid| oid.to_string())
            .collect();
        let gaps = uncovered(
            &proposal.checked.findings,
            &["release/uncovered-commit"],
            |place| landed.contains(place.name()),
        );
        let describe = || {
            let message = forge.git.find_commit(tip).unwrap();
            format!(
                "pull request {number} by {}: {:?} {:?}\nlanded as {:?}\npredicted {:?}",
                SETTINGS[at].merge,
                request.title,
                request.body,
                message.message().unwrap(),
                result
                    .prediction
                    .as_ref()
                    .and_then(|found| found.message.as_ref()),
            )
        };
        let depends = result
            .prediction
            .as_ref()
            .and_then(|found| found.message.as_ref());
        if depends.is_some_and(|message| !message.depends_on.is_empty()) {
            uncertain += 1;
        } else {
            if let Some(predicted) = predicted(&result) {
                assert_eq!(predicted, outcome, "{}", describe());
            }
            // A release that follows only first parents doesn't look at the commits of a branch, and
            // one of packages not at those outside of them.
            if !SETTINGS[at].rest.is_empty() {
                assert!(gaps.is_subset(&predicted_gaps), "{}", describe());
            } else if !due.is_empty() {
                assert_eq!(predicted_gaps, gaps, "{}", describe());
            }
            held += 1;
        }
        blocked += usize::from(!predicted_gaps.is_empty());
        // A pull request that the gate blocks isn't merged in reality.
        if !predicted_gaps.is_empty() {
            forge.set_main(main);
        }
    }
    say(&format!(
        "{held} predictions held, {uncertain} said what they depend on, {blocked} were blocked"
    ));
    assert_eq!(held + uncertain, requests);
    assert!(
        uncertain * 10 <= requests,
        "{uncertain} predictions were uncertain"
    );
}

/// Runs a command that must succeed; gives its standard output.
fn output(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let output = sandbox.tollgate(arguments);
    assert_success(&output);
    stdout(&output).to_owned()
}

#[test]
fn headers_in_a_squash_are_entries_if_configured() {
    let sandbox = released();
    let message =
        "refactor: rework the pool (#7)\n\n* fix(pool): close files\n\n* wip\n\n* perf: use less";
    sandbox.commit(message);
    let entries = || {
        let changelog = output(&sandbox, &["changelog", "--unreleased"]);
        let release = output(&sandbox, &["release", "--json"]);
        let has = |text: &str| (changelog.contains(text), release.contains(text));
        [has("close files"), has("use less"), has("rework the pool")]
    };
    assert_eq!(entries(), [(false, false); 3]);
    assert_eq!(next(&sandbox), "1.1.0");
    sandbox.write("tollgate.toml", "commits.squash_bodies = \"entries\"\n");
    sandbox.commit("ci: list what squashes contain");
    assert_eq!(entries(), [(true, true), (true, true), (false, false)]);
    assert_eq!(next(&sandbox), "1.1.0");
    output(&sandbox, &["changelog", "--write"]);
    let once = sandbox.read("CHANGELOG.md");
    output(&sandbox, &["changelog", "--write"]);
    assert_eq!(sandbox.read("CHANGELOG.md"), once);
    assert_eq!(once.matches("close files").count(), 1);
}

#[test]
fn event_gives_title_and_description_only_if_asked() {
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", "merge.method = \"squash\"\n");
    sandbox.commit("feat: begin");
    sandbox.branch("topic");
    sandbox.write("a", "a");
    sandbox.commit("wip");
    let payload = r#"{ "pull_request": { "title": "feat: `$(x)`", "body": "b\r\n\r\nChange: none (x)", "number": 7 } }"#;
    sandbox.write("../event.json", payload);
    let gate = |arguments: &[&str]| {
        let output = sandbox
            .command(env!("CARGO_BIN_EXE_tollgate"))
            .args(["gate", "--base", "main"])
            .args(arguments)
            .env("GITHUB_EVENT_PATH", sandbox.path().join("../event.json"))
            .output()
            .unwrap();
        stderr(&output).to_owned()
    };
    let landed =
        "If squashed with the title as it is now, the commit `feat: `$(x)` (#7)` counts as minor.";
    assert!(
        gate(&["--event"]).contains(landed),
        "{}",
        gate(&["--event"])
    );
    assert!(!gate(&[]).contains("squashed"));
}

impl Forge {
    /// The commits of `main` since an older tip.
    fn landed(&self, since: Oid) -> Vec<Oid> {
        let mut walk = self.git.revwalk().unwrap();
        walk.push(self.main()).unwrap();
        walk.hide(since).unwrap();
        walk.map(Result::unwrap).collect()
    }
}
