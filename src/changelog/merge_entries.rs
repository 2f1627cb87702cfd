//! Updates the unreleased section line by line.
//!
//! An entry is identified by the commit in parentheses at its end, so it may be reworded. An entry
//! by another tool is identified by its words, so it isn't added a second time. Everything else was
//! written by hand and stays in place.

use std::collections::HashSet;

use crate::changelog::outline::is_underline;

/// The number of digits of a commit ID at the end of Tollgate's entries.
const DIGITS: usize = 10;

/// The minimum number of digits of a commit ID in entries by other tools.
const MIN_DIGITS: usize = 7;

/// The beginning of the line that compares two releases; a section has one such line.
pub(super) const COMPARISON: &str = "**Full Changelog**: ";

/// Updates the body of a section from a generated one.
pub(super) fn merge(body: &str, fresh: &str) -> String {
    let fresh_lines: Vec<&str> = fresh.lines().collect();
    let groups = groups(&fresh_lines);
    let wanted: HashSet<&str> = groups.iter().flat_map(Group::commits).collect();
    let mut lines: Vec<&str> = body.lines().collect();
    remove_stale(&mut lines, &wanted);
    let known = Known::in_lines(&lines, listed_twice(&groups));
    let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
    for (at, group) in groups.iter().enumerate() {
        let missing = group
            .entries
            .iter()
            .filter(|entry| !known.has(entry[0], group.is_of_breaks()));
        let missing: Vec<String> = missing
            .flat_map(|entry| spaced(entry))
            .map(str::to_owned)
            .collect();
        if !missing.is_empty() {
            insert(&mut lines, &groups, at, missing);
        }
    }
    if let Some(comparison) = fresh.lines().find(|line| line.starts_with(COMPARISON)) {
        compare(&mut lines, comparison);
    }
    let mut out = lines.join("\n");
    out.push('\n');
    out
}

/// The entries of the releases in a file.
#[derive(Default)]
pub(super) struct ReleasedEntries {
    /// The first digits of commit IDs.
    commits: HashSet<String>,
    /// The numbers of pull requests in entries without a commit.
    requests: HashSet<String>,
    words: HashSet<String>,
}

impl ReleasedEntries {
    /// Adds the text of a release. A pre-release or a version without a tag may list changes that
    /// are still unreleased here, so its entries are also identified by their words and pull
    /// requests.
    pub(super) fn add(&mut self, body: &str, is_over: bool) {
        for line in body.lines() {
            let before = self.commits.len();
            self.commits
                .extend(foreign_commits(line).map(|commit| commit[..MIN_DIGITS].to_owned()));
            if !is_over && self.commits.len() == before && is_entry(line.trim_start()) {
                self.requests.extend(numbers(line));
                self.words.insert(words(line));
            }
        }
    }

    fn has(&self, entry: &str) -> bool {
        let Some(commit) = commit_of(entry) else {
            return false;
        };
        let is_requested =
            || request_of(entry).is_some_and(|request| self.requests.contains(request));
        self.commits.contains(&commit[..MIN_DIGITS])
            || contains_words(&self.words, entry)
            || is_requested()
    }

    /// Whether an entry exists, including entries without a commit: a template may omit the
    /// commits.
    pub(super) fn has_line(&self, entry: &str) -> bool {
        self.has(entry) || contains_words(&self.words, entry)
    }
}

/// The first lines of the entries of generated text.
pub(super) fn entries(text: &str) -> impl Iterator<Item = String> {
    let lines: Vec<&str> = text.lines().collect();
    let first = groups(&lines)
        .into_iter()
        .flat_map(|group| group.entries)
        .map(|entry| entry[0].to_owned());
    let found: Vec<String> = first.filter(|line| is_entry(line)).collect();
    found.into_iter()
}

/// Generated text without the entries that releases already have, and without headings that become
/// empty.
pub(super) fn without_released(text: &str, released: &ReleasedEntries) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut kept: Vec<&str> = Vec::with_capacity(lines.len());
    let mut at = 0;
    while at < lines.len() {
        let is_released = released.has(lines[at]);
        let end = if is_released {
            entry_end(&lines, at)
        } else {
            at + 1
        };
        if !is_released {
            kept.push(lines[at]);
        }
        at = end;
    }
    if kept.len() == lines.len() {
        return text.to_owned();
    }
    remove_empty_titles(&mut kept);
    kept.push("");
    kept.join("\n")
}

/// A heading with the entries below it.
struct Group<'a, 't> {
    /// The line of the heading; empty above the first.
    heading: &'t str,
    /// The lines of each entry.
    entries: Vec<&'a [&'t str]>,
}

impl<'t> Group<'_, 't> {
    fn level(&self) -> usize {
        level(self.heading)
    }

    fn is_of_breaks(&self) -> bool {
        is_of_breaks(self.heading)
    }

    fn commits(&self) -> impl Iterator<Item = &'t str> {
        self.entries.iter().filter_map(|entry| commit_of(entry[0]))
    }
}

/// Splits generated text into groups.
fn groups<'a, 't>(lines: &'a [&'t str]) -> Vec<Group<'a, 't>> {
    let mut groups = vec![Group {
        heading: "",
        entries: Vec::new(),
    }];
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at].trim_end();
        let end = if line.is_empty() || level(line) > 0 {
            at + 1
        } else {
            entry_end(lines, at)
        };
        if level(line) > 0 {
            groups.push(Group {
                heading: line,
                entries: Vec::new(),
            });
        } else if !line.is_empty() && !line.starts_with(COMPARISON) {
            groups
                .last_mut()
                .expect("never empty")
                .entries
                .push(&lines[at..end]);
        }
        at = end;
    }
    groups
}

/// The end of the entry that begins at a line. Indented lines belong to it, even after blank lines.
fn entry_end(lines: &[&str], start: usize) -> usize {
    let mut end = start + 1;
    for (at, line) in lines.iter().enumerate().skip(end) {
        if is_continuation(line) {
            end = at + 1;
        } else if !line.trim().is_empty() {
            break;
        }
    }
    end
}

/// The lines of an entry, followed by a blank line if it has several paragraphs.
fn spaced<'t>(entry: &[&'t str]) -> impl Iterator<Item = &'t str> {
    let gap = entry.iter().any(|line| line.is_empty()).then_some("");
    entry.iter().copied().chain(gap)
}

fn is_continuation(line: &str) -> bool {
    line.starts_with([' ', '\t']) && !line.trim().is_empty()
}

/// The level of a heading; 0 for any other line.
fn level(line: &str) -> usize {
    let level = line.len() - line.trim_start_matches('#').len();
    if (1..=6).contains(&level) && line[level..].starts_with(' ') {
        level
    } else {
        0
    }
}

/// Whether a heading is for breaking changes.
fn is_of_breaks(heading: &str) -> bool {
    level(heading) > 0
        && heading
            .split(is_mark)
            .any(|word| word.eq_ignore_ascii_case("breaking"))
}

/// The commits that generated text lists both under breaking changes and under another heading.
fn listed_twice<'t>(groups: &[Group<'_, 't>]) -> HashSet<&'t str> {
    let of = |breaks: bool| {
        groups
            .iter()
            .filter(move |group| group.is_of_breaks() == breaks)
            .flat_map(Group::commits)
    };
    let breaking: HashSet<&str> = of(true).collect();
    of(false)
        .filter(|commit| breaking.contains(commit))
        .collect()
}

/// The existing entries of a section.
struct Known<'t> {
    /// Commits that are listed twice; only the section distinguishes their entries.
    twice: HashSet<&'t str>,
    commits: HashSet<(bool, String)>,
    /// The first digits of commit IDs in the form of other tools.
    others: HashSet<(bool, String)>,
    words: HashSet<String>,
    /// The numbers of issues and pull requests in entries without a commit.
    requests: HashSet<String>,
}

impl<'t> Known<'t> {
    fn in_lines(lines: &[&str], twice: HashSet<&'t str>) -> Self {
        let mut known = Self {
            twice,
            commits: HashSet::new(),
            others: HashSet::new(),
            words: HashSet::new(),
            requests: HashSet::new(),
        };
        let (mut of_breaks, mut is_note) = (false, false);
        for line in lines {
            if level(line) > 0 {
                of_breaks = is_of_breaks(line);
            }
            // Indented lines below one of Tollgate's entries are its note, not the words of an
            // entry.
            is_note = if is_continuation(line) {
                is_note
            } else {
                commit_of(line).is_some() || (is_note && line.is_empty())
            };
            if let Some(commit) = commit_of(line) {
                known.commits.insert((of_breaks, commit.to_owned()));
                continue;
            }
            let others = known.others.len();
            known.others.extend(
                foreign_commits(line).map(|commit| (of_breaks, commit[..MIN_DIGITS].to_owned())),
            );
            if known.others.len() == others && !is_note {
                known.words.insert(words(line));
                known.requests.extend(numbers(line));
            }
        }
        known
    }

    /// Whether the entry with this first line exists, either under breaking changes or under
    /// another heading.
    fn has(&self, first: &str, of_breaks: bool) -> bool {
        let is_listed = |of_breaks: bool, commit: &str| {
            let has = |known: &HashSet<(bool, String)>, digits: &str| {
                known.contains(&(of_breaks, digits.to_owned()))
            };
            has(&self.commits, commit) || has(&self.others, &commit[..MIN_DIGITS])
        };
        let is_same = |commit: &str| {
            is_listed(of_breaks, commit)
                || (!self.twice.contains(commit) && is_listed(!of_breaks, commit))
        };
        let is_requested =
            || request_of(first).is_some_and(|request| self.requests.contains(request));
        commit_of(first).is_some_and(is_same)
            || contains_words(&self.words, first)
            || is_requested()
    }
}

/// Removes entries whose commits are no longer unreleased, with their notes, and headings that
/// become empty.
///
/// Keeps entries with handwritten text below them.
fn remove_stale(lines: &mut Vec<&str>, wanted: &HashSet<&str>) {
    let mut kept: Vec<&str> = Vec::with_capacity(lines.len());
    let (mut at, mut dropped) = (0, false);
    while let Some(line) = lines.get(at) {
        let is_stale = commit_of(line).is_some_and(|commit| !wanted.contains(commit));
        let is_underlined = lines.get(at + 1).is_some_and(|next| is_underline(next));
        let end = if is_stale {
            entry_end(lines, at)
        } else {
            at + 1
        };
        if is_stale && !is_underlined && !is_continued_by_hand(&lines[at..end]) {
            at = end;
            dropped = true;
        } else {
            kept.push(line);
            at += 1;
        }
    }
    if dropped {
        remove_empty_titles(&mut kept);
    }
    *lines = kept;
}

/// Whether an entry has handwritten text below it. Tollgate's notes follow a blank line, and their
/// lists use the other marker.
fn is_continued_by_hand(entry: &[&str]) -> bool {
    let marker = &entry[0][..1];
    match entry.get(1) {
        Some(next) if is_continuation(next) => true,
        Some(_) => {
            let first = entry[1..].iter().find(|line| is_continuation(line));
            first.is_some_and(|line| {
                line.trim_start()
                    .strip_prefix(marker)
                    .is_some_and(|rest| rest.starts_with(' '))
            })
        }
        None => false,
    }
}

fn remove_empty_titles(lines: &mut Vec<&str>) {
    let mut kept: Vec<&str> = Vec::with_capacity(lines.len());
    // Headings with only blank lines or other such headings below them, as positions in `kept`.
    let mut empty: Vec<(usize, usize)> = Vec::new();
    let end = std::iter::once(("", 1));
    for (line, level) in lines.iter().map(|line| (*line, level(line))).chain(end) {
        while let Some((at, _)) = empty.pop_if(|(_, above)| level > 0 && level <= *above) {
            kept.truncate(at);
        }
        if level > 0 {
            empty.push((kept.len(), level));
        } else if !line.trim().is_empty() {
            empty.clear();
        }
        kept.push(line);
    }
    kept.pop();
    *lines = kept;
}

/// Inserts new entries above the existing ones of their heading, or adds the heading.
fn insert(lines: &mut Vec<String>, groups: &[Group<'_, '_>], at: usize, mut entries: Vec<String>) {
    let group = &groups[at];
    let Some(heading) = position(lines, group.heading) else {
        insert_group(lines, groups, at, entries);
        return;
    };
    let mut at = heading + 1;
    while lines.get(at).is_some_and(|line| line.trim().is_empty()) {
        at += 1;
    }
    if at == heading + 1 {
        lines.insert(at, String::new());
        at += 1;
    }
    let followed_by_title = lines.get(at).is_some_and(|line| level(line) > 0);
    entries.pop_if(|last| last.is_empty() && (followed_by_title || lines.len() == at));
    let gap = followed_by_title.then(String::new);
    lines.splice(at..at, entries.into_iter().chain(gap));
}

/// Inserts a group before the next existing group in the order of the generated text, or at the
/// end.
fn insert_group(
    lines: &mut Vec<String>,
    groups: &[Group<'_, '_>],
    at: usize,
    entries: Vec<String>,
) {
    let group = &groups[at];
    let parent = groups[..at]
        .iter()
        .rfind(|other| (1..group.level()).contains(&other.level()));
    let parent = parent.filter(|parent| position(lines, parent.heading).is_none());
    let headings = [
        parent.map(|parent| parent.heading),
        Some(group.heading).filter(|heading| !heading.is_empty()),
    ];
    let mut added: Vec<String> = Vec::new();
    for heading in headings.into_iter().flatten() {
        added.extend([heading.to_owned(), String::new()]);
    }
    added.extend(entries);
    added.pop_if(|last| last.is_empty());
    let next = groups[at + 1..]
        .iter()
        .find_map(|next| position(lines, next.heading));
    if let Some(next) = next {
        added.push(String::new());
        lines.splice(next..next, added);
        return;
    }
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    lines.push(String::new());
    lines.extend(added);
}

/// The line of a heading, found by its words: `### 🚀 Features` equals `### Features`.
fn position(lines: &[String], heading: &str) -> Option<usize> {
    if heading.is_empty() {
        return None;
    }
    let wanted = (is_of_breaks(heading), words(heading));
    lines
        .iter()
        .position(|line| level(line) > 0 && (is_of_breaks(line), words(line)) == wanted)
}

/// Replaces the line that compares two releases, or appends it.
fn compare(lines: &mut Vec<String>, comparison: &str) {
    if let Some(line) = lines.iter_mut().find(|line| line.starts_with(COMPARISON)) {
        comparison.clone_into(line);
        return;
    }
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    lines.extend([String::new(), comparison.to_owned()]);
}

/// The commit that a generated line ends with: `(0123456789)`, `(0123456789, CHG-1)` or
/// `([0123456789](https://…))`.
pub(super) fn commit_of(entry: &str) -> Option<&str> {
    let line = entry.lines().next().filter(|line| is_entry(line))?;
    let inside = line.trim_end().strip_suffix(')')?;
    inside.rmatch_indices(" (").find_map(|(at, _)| {
        let rest = &inside[at + 2..];
        let (linked, rest) = rest
            .strip_prefix('[')
            .map_or((false, rest), |rest| (true, rest));
        let digits = rest.len() - rest.trim_start_matches(is_digit).len();
        let after = &rest[digits..];
        let ends = if linked {
            after.starts_with("](")
        } else {
            after.is_empty() || after.starts_with(',')
        };
        (digits == DIGITS && ends).then(|| &rest[..digits])
    })
}

/// The commits in an entry or table row by another tool: 7 to 40 digits in parentheses, brackets,
/// or backticks.
fn foreign_commits(line: &str) -> impl Iterator<Item = &str> {
    let openings = line
        .match_indices(['(', '[', '`'])
        .filter(|_| is_entry(line) || line.starts_with('|'));
    openings.filter_map(|(at, _)| {
        let rest = &line[at + 1..];
        let digits = rest.len() - rest.trim_start_matches(is_digit).len();
        let is_commit =
            (MIN_DIGITS..=40).contains(&digits) && rest[digits..].starts_with([')', ']', '`', ',']);
        is_commit.then(|| &rest[..digits])
    })
}

/// Whether these words contain an entry, with its scope or, as some tools write it, without.
fn contains_words(known: &HashSet<String>, entry: &str) -> bool {
    let without_scope = || {
        entry
            .rfind(":** ")
            .map(|end| words(&format!("- {}", &entry[end + 4..])))
    };
    known.contains(&words(entry)) || without_scope().is_some_and(|words| known.contains(&words))
}

/// The numbers of issues and pull requests in an entry.
fn numbers(line: &str) -> impl Iterator<Item = String> {
    let marks = line
        .match_indices('#')
        .filter(|_| is_entry(line.trim_start()));
    marks
        .filter_map(|(at, _)| number_at(line, at))
        .map(str::to_owned)
}

/// The digits after the mark at this position.
fn number_at(line: &str, mark: usize) -> Option<&str> {
    let rest = &line[mark + 1..];
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let is_own = !line[..mark].ends_with(|c: char| c.is_alphanumeric() || "-_./".contains(c));
    (digits > 0 && is_own).then(|| &rest[..digits])
}

/// The number of the pull request at the end of one of Tollgate's entries: `(#12) (0123456789)`.
fn request_of(entry: &str) -> Option<&str> {
    let commit = commit_of(entry)?;
    let text = entry[..entry.rfind(commit)?].rsplit_once(" (")?.0;
    let mark = text.rfind('#')?;
    let number = number_at(text, mark)?;
    let rest = &text[mark + 1 + number.len()..];
    (!rest.contains(char::is_whitespace) && (rest.is_empty() || rest.starts_with([')', ']'])))
        .then_some(number)
}

fn is_entry(line: &str) -> bool {
    ["- ", "* ", "+ "].iter().any(|mark| line.starts_with(mark))
}

const fn is_digit(character: char) -> bool {
    matches!(character, '0'..='9' | 'a'..='f')
}

fn is_mark(character: char) -> bool {
    !character.is_alphanumeric()
}

/// The words of a line, without marks, emoji, the commit at its end, and the word for breaking
/// changes.
fn words(line: &str) -> String {
    let end = commit_of(line)
        .and_then(|commit| line.rfind(commit))
        .and_then(|at| line[..at].rfind(" ("));
    let told = &line[..end.unwrap_or(line.len())];
    let (before, after) = told.split_once("<!--").unwrap_or((told, ""));
    let after = after.split_once("-->").map_or("", |(_, after)| after);
    let mut out = String::new();
    for word in before.split(is_mark).chain(after.split(is_mark)) {
        if !word.is_empty() && !word.eq_ignore_ascii_case("breaking") {
            out.extend(word.chars().flat_map(char::to_lowercase));
            out.push(' ');
        }
    }
    out
}
