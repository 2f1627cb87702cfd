//! Globs for paths with `/`, with the same syntax everywhere in the configuration.

use std::collections::BTreeSet;

use globset::{Error, GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};

use crate::repo_path::folded;

/// The set of these globs; `*` and `?` stop at `/`, `**` does not.
///
/// # Errors
///
/// Fails for a text that is not a glob. The globs of a [`Config`](super::Config) were checked when
/// it was read.
pub fn glob_set(globs: &[impl AsRef<str>]) -> Result<GlobSet, Error> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let glob = glob.as_ref().trim_start_matches("./");
        set.add(
            GlobBuilder::new(glob)
                .literal_separator(true)
                .backslash_escape(true)
                .build()?,
        );
    }
    set.build()
}

/// Globs that match a path as it is written, or as it is read by file systems that ignore letter
/// case and composition.
#[derive(Debug)]
pub(crate) struct PathGlobs {
    exact: GlobSet,
    folded: GlobSet,
}

impl PathGlobs {
    /// Reads globs.
    ///
    /// # Errors
    ///
    /// Fails if [`glob_set`] does.
    pub(crate) fn new(globs: &[impl AsRef<str>]) -> Result<Self, Error> {
        let folded: Vec<String> = globs
            .iter()
            .map(|glob| folded_glob(glob.as_ref()))
            .collect();
        Ok(Self {
            exact: glob_set(globs)?,
            folded: glob_set(&folded)?,
        })
    }

    /// Whether a glob matches the path as it is written.
    #[must_use]
    pub(crate) fn is_match(&self, path: &str) -> bool {
        self.exact.is_match(path)
    }

    /// Whether a glob matches the path for some file system.
    #[must_use]
    pub(crate) fn may_match(&self, path: &str) -> bool {
        self.exact.is_match(path) || self.folded.is_match(folded(path))
    }
}

/// A glob for folded paths, unless folding makes it invalid, as with the class `[Z-a]`.
fn folded_glob(glob: &str) -> String {
    let text = folded(glob);
    if glob_set(&[&text]).is_ok() {
        text
    } else {
        glob.to_owned()
    }
}

/// Globs that may match paths below a link or a submodule, whose files are not in the tree.
///
/// Globs are split at `/` and matched name by name. From the first part that may match across `/`, a
/// glob may match anything.
#[derive(Debug)]
pub(crate) struct GlobsBelow(Vec<Vec<Segment>>);

/// A part of a glob.
#[derive(Debug)]
enum Segment {
    /// `**`: any number of folders.
    AnyDepth,
    /// A pattern for one name.
    Name(Box<GlobMatcher>),
}

/// Maximum number of globs that a glob with alternatives is expanded to.
const MAX_ALTERNATIVES: usize = 256;

impl GlobsBelow {
    /// Splits globs, which were checked when the [`Config`](super::Config) was read.
    #[must_use]
    pub(crate) fn new(globs: &[impl AsRef<str>]) -> Self {
        let folded = globs.iter().map(|glob| folded_glob(glob.as_ref()));
        let globs = globs
            .iter()
            .map(|glob| glob.as_ref().to_owned())
            .chain(folded);
        let globs = globs.flat_map(|glob| {
            expand_braces(glob.trim_start_matches("./")).unwrap_or_else(|| vec!["**".to_owned()])
        });
        Self(globs.map(|glob| segments(&glob)).collect())
    }

    /// Whether some path below `path` could match, for some file system.
    #[must_use]
    pub(crate) fn may_match(&self, path: &str) -> bool {
        let folded = folded(path);
        self.0
            .iter()
            .any(|parts| may_match_below(parts, path) || may_match_below(parts, &folded))
    }
}

fn may_match_below(parts: &[Segment], path: &str) -> bool {
    // The parts that the next name may match; a `**` may match no name at all.
    let mut positions = BTreeSet::new();
    add_position(&mut positions, parts, 0);
    for name in path.split('/') {
        let mut next = BTreeSet::new();
        for at in positions {
            match parts.get(at) {
                Some(Segment::AnyDepth) => add_position(&mut next, parts, at),
                Some(Segment::Name(pattern)) if pattern.is_match(name) => {
                    add_position(&mut next, parts, at + 1);
                }
                _ => {}
            }
        }
        positions = next;
    }
    positions.into_iter().any(|at| at < parts.len())
}

/// Adds a position, and those after each `**` that follows.
fn add_position(positions: &mut BTreeSet<usize>, parts: &[Segment], at: usize) {
    let deep = parts[at..]
        .iter()
        .take_while(|part| matches!(part, Segment::AnyDepth))
        .count();
    positions.extend(at..=at + deep);
}

/// The parts of a glob without alternatives.
fn segments(glob: &str) -> Vec<Segment> {
    let mut parts = Vec::new();
    for name in glob.split('/') {
        let part = if name == "**" {
            Some(Segment::AnyDepth)
        } else {
            name_pattern(name)
        };
        let is_open = part.is_none();
        parts.push(part.unwrap_or(Segment::AnyDepth));
        if is_open {
            break;
        }
    }
    parts
}

/// The pattern of one name; `None` if it may match across `/`.
fn name_pattern(name: &str) -> Option<Segment> {
    let slash = |class: &str| {
        let characters: Vec<char> = class.chars().collect();
        let mut ranges = characters.windows(3).filter(|range| range[1] == '-');
        class.starts_with(['!', '^']) || ranges.any(|range| (range[0]..=range[2]).contains(&'/'))
    };
    if name.split('[').skip(1).any(slash) || name.ends_with('\\') {
        return None;
    }
    let glob = GlobBuilder::new(name)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
        .ok()?;
    Some(Segment::Name(Box::new(glob.compile_matcher())))
}

/// Expands alternatives such as `{a,b}`; `None` if there are too many globs, or if the braces are
/// unclear.
fn expand_braces(glob: &str) -> Option<Vec<String>> {
    let mut done = Vec::new();
    let mut open = vec![glob.to_owned()];
    while let Some(glob) = open.pop() {
        let Some(braces) = Braces::first(&glob)? else {
            done.push(glob);
            continue;
        };
        let ends = braces.commas.iter().copied().chain([braces.end]);
        let starts = [braces.start]
            .into_iter()
            .chain(braces.commas.iter().copied());
        for (from, to) in starts.zip(ends) {
            open.push(
                [
                    &glob[..braces.start],
                    &glob[from + 1..to],
                    &glob[braces.end + 1..],
                ]
                .concat(),
            );
        }
        if open.len() + done.len() > MAX_ALTERNATIVES {
            return None;
        }
    }
    Some(done)
}

/// The positions of braces and of the commas between their alternatives.
struct Braces {
    start: usize,
    end: usize,
    commas: Vec<usize>,
}

impl Braces {
    /// The first outermost braces of a glob, if any; `None` if they are unbalanced or in a class.
    #[expect(
        clippy::option_option,
        reason = "a glob without braces is not one with unclear braces"
    )]
    fn first(glob: &str) -> Option<Option<Self>> {
        let (mut start, mut depth, mut commas) = (0, 0_usize, Vec::new());
        let mut characters = glob.char_indices();
        let mut is_in_class = false;
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => _ = characters.next(),
                '[' => is_in_class = true,
                ']' => is_in_class = false,
                '{' | '}' | ',' if is_in_class => return None,
                '{' => {
                    if depth == 0 {
                        start = at;
                    }
                    depth += 1;
                }
                ',' if depth == 1 => commas.push(at),
                '}' if depth == 1 => {
                    return Some(Some(Self {
                        start,
                        end: at,
                        commas,
                    }));
                }
                '}' => depth = depth.checked_sub(1)?,
                _ => {}
            }
        }
        (depth == 0).then_some(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(glob: &str, path: &str) -> bool {
        GlobsBelow::new(&[glob]).may_match(path)
    }

    #[test]
    fn path_matches_as_a_file_system_reads_it() {
        let globs =
            PathGlobs::new(&["src/**", "\u{dc}b/*", "[Z-a]/x", "Deploy/[AB].yaml"]).unwrap();
        for path in [
            "SRC/a",
            "Src/a",
            "U\u{308}b/a",
            "\u{fc}B/a",
            "deploy/a.yaml",
            "DEPLOY/B.YAML",
        ] {
            assert!(globs.may_match(path) && !globs.is_match(path), "{path}");
        }
        for path in ["src/a", "\u{dc}b/a", "Deploy/A.yaml"] {
            assert!(globs.may_match(path) && globs.is_match(path), "{path}");
        }
        for path in ["srcs/a", "lib/src", "deploy/c.yaml"] {
            assert!(!globs.may_match(path), "{path}");
        }
        assert!(below("src/x/**", "SRC") && below("SRC/x/**", "src") && !below("src/x/**", "LIB"));
    }

    #[test]
    fn a_path_that_a_glob_may_continue_has_matches_below() {
        for (glob, path) in [
            ("migrations/**", "migrations"),
            ("migrations/**", "migrations/a/b"),
            ("./db/migrations/*.sql", "db"),
            ("services/*/migrations/**", "services"),
            ("services/*/migrations/**", "services/b"),
            ("services/*/migrations/**", "services/b/migrations"),
            ("services/*/migrations/**", "services/b/migrations/old"),
            ("**/secrets/**", "secrets"),
            ("**/secrets/**", "a/b/secrets"),
            ("**/secrets/**", "docs"),
            ("**/*.sql", "a/b"),
            ("a/**/b/**/c", "a/b"),
            ("db-?/x", "db-1"),
            ("{db,data}/x/**", "data"),
            ("{db/{a,b},data}/**", "db/b"),
            ("db/{a,b/c}/*.sql", "db/b"),
            ("a[bc]/x", "ab"),
            ("a[!b]c", "a"),
            ("a[+-9]c", "a"),
            ("a[/]c", "a"),
            ("x/[{]/**", "y"),
            ("a\\*/x", "a*"),
            ("**", "x"),
        ] {
            assert!(below(glob, path), "{glob} below {path}");
        }
    }

    #[test]
    fn path_outside_a_glob_has_no_matches_below() {
        for (glob, path) in [
            ("migrations/**", "migration"),
            ("migrations/**", "migrations2"),
            ("migrations/**", "a/migrations"),
            ("migrations/*.sql", "migrations/a.sql"),
            ("migrations/*.sql", "migrations/a"),
            ("services/*/migrations/**", "services/b/migration"),
            ("services/*/migrations/**", "services/b/c/migrations"),
            ("services/*/migrations/**", "service"),
            ("Cargo.toml", "Cargo.toml"),
            ("*.md", "docs"),
            ("*/x", "a/b"),
            ("{db,data}/x/**", "date"),
            ("db/{a,b/c}/*.sql", "db/c"),
            ("db/v[0-9]/x", "db/va"),
            ("db/a[!b]c", "da"),
            ("a\\*/x", "ab"),
        ] {
            assert!(!below(glob, path), "{glob} below {path}");
        }
    }

    #[test]
    fn a_glob_with_many_alternatives_may_match_anywhere() {
        assert!(below(&"{a,b}".repeat(20), "x"));
        assert!(!below(&"{a,b}".repeat(5), "x"));
    }

    proptest::proptest! {
        #[test]
        fn what_matches_is_below_all_folders_above_it(
            parts in proptest::collection::vec(
                proptest::sample::select(&["a", "b", "*", "**", "a*", "?", "{a,b}", "{a/b,b}", "[a-b]", "[!b]", "a**", "\\a"][..]),
                1..5,
            ),
            path in "[ab](/[ab]{1,2}){0,4}",
        ) {
            let glob = parts.join("/");
            if glob_set(&[&glob]).unwrap().is_match(&path) {
                for (end, _) in path.match_indices('/') {
                    proptest::prop_assert!(below(&glob, &path[..end]), "{} below {}", glob, &path[..end]);
                }
            }
        }
    }

    #[test]
    fn one_star_stops_at_a_folder_and_two_do_not() {
        let set = glob_set(&["changes/**/*.toml", "./*.md"]).unwrap();
        assert!(
            set.is_match("changes/a.toml")
                && set.is_match("changes/x/y/a.toml")
                && set.is_match("a.md")
        );
        assert!(!set.is_match("docs/a.md") && !set.is_match("changes/a.toml.bak"));
    }
}
