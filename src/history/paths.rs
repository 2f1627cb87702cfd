//! Decides which packages a path belongs to, folder by folder.
//!
//! To make comparing trees cheap, a folder is entered only if some but not all of its content may
//! belong to a package. The result for a file equals that of `config::glob_set`; additionally, a
//! path without wildcards covers a whole folder if it is one.

use globset::{Candidate, GlobSet};

use crate::config::{Package, glob_set};
use crate::error::{Error, Result};

/// The number of a package: its position in the configuration.
pub(super) type PackageIndex = u32;

/// The globs of all packages, split at `/`.
pub(super) struct Paths {
    globs: Vec<Glob>,
    /// The whole globs of each package, for those that cannot be split.
    sets: Vec<GlobSet>,
}

struct Glob {
    package: PackageIndex,
    segments: Vec<Segment>,
}

/// A pattern for one segment of a path.
enum Segment {
    /// `**`: any number of folders; at the end, everything below.
    Deep,
    /// A name without wildcards.
    Name(Box<[u8]>),
    /// A name with wildcards.
    Pattern(Box<GlobSet>),
    /// The rest of a glob that can't be split, so the whole glob has to be matched.
    Rest,
}

/// The relation of a folder to the packages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Folder {
    /// The packages that its whole content belongs to, ascending.
    pub(super) complete: Vec<PackageIndex>,
    /// The positions in globs that may match further down.
    open: Vec<(usize, usize)>,
}

impl Paths {
    /// Splits the globs of packages.
    ///
    /// Fails if they are too large together. Each must be a valid glob.
    pub(super) fn new(packages: &[Package]) -> Result<Self> {
        let mut paths = Self {
            globs: Vec::new(),
            sets: Vec::new(),
        };
        for (number, package) in (0..).zip(packages) {
            let too_large = |error| {
                Error::limit(
                    format!("the globs of package `{}` are too large", package.name),
                    "use fewer or shorter globs",
                )
                .with_source(error)
            };
            let globs = package.paths.iter().flat_map(|glob| with_folder(glob));
            let globs: Vec<String> = globs.collect();
            paths.sets.push(glob_set(&globs).map_err(too_large)?);
            paths.globs.extend(globs.iter().map(|glob| Glob {
                package: number,
                segments: parse_segments(glob),
            }));
        }
        Ok(paths)
    }

    /// The root of the repository.
    pub(super) fn root(&self) -> Folder {
        let mut root = Folder::default();
        for glob in 0..self.globs.len() {
            self.advance(&mut root, glob, 0);
        }
        root.close(self);
        root
    }

    /// A folder within a folder.
    pub(super) fn enter(&self, folder: &Folder, name: &[u8]) -> Folder {
        let mut inner = Folder {
            complete: folder.complete.clone(),
            open: Vec::new(),
        };
        for &(glob, at) in &folder.open {
            match &self.globs[glob].segments[at] {
                Segment::Deep | Segment::Rest => self.advance(&mut inner, glob, at),
                part if part.matches(name) && at + 1 < self.globs[glob].segments.len() => {
                    self.advance(&mut inner, glob, at + 1);
                }
                _ => {}
            }
        }
        inner.close(self);
        inner
    }

    /// Calls `found` for each package that a file in a folder belongs to; `path` is the file's full
    /// path.
    pub(super) fn owners(&self, folder: &Folder, path: &[u8], mut found: impl FnMut(PackageIndex)) {
        folder.complete.iter().copied().for_each(&mut found);
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        for &(glob, at) in &folder.open {
            let Glob {
                package,
                segments: parts,
            } = &self.globs[glob];
            let is_hit = match &parts[at] {
                Segment::Rest => {
                    self.sets[*package as usize].is_match_candidate(&Candidate::from_bytes(path))
                }
                Segment::Deep => false,
                part => at + 1 == parts.len() && part.matches(name),
            };
            if is_hit {
                found(*package);
            }
        }
    }

    /// Whether this folder or anything below it can belong to a wanted package.
    pub(super) fn may_match(&self, folder: &Folder, wanted: impl Fn(PackageIndex) -> bool) -> bool {
        folder
            .open
            .iter()
            .any(|(glob, _)| wanted(self.globs[*glob].package))
    }

    /// Advances a glob to a part, and also past `**`, which may match no folder at all.
    fn advance(&self, folder: &mut Folder, glob: usize, mut at: usize) {
        let Glob {
            package,
            segments: parts,
        } = &self.globs[glob];
        loop {
            let is_deep = matches!(parts[at], Segment::Deep);
            if is_deep && at + 1 == parts.len() {
                folder.complete.push(*package);
                return;
            }
            folder.open.push((glob, at));
            if !is_deep {
                return;
            }
            at += 1;
        }
    }
}

impl Folder {
    /// Sorts, and removes the globs of packages that contain the whole folder.
    fn close(&mut self, paths: &Paths) {
        self.complete.sort_unstable();
        self.complete.dedup();
        self.open.sort_unstable();
        self.open.dedup();
        self.open.retain(|(glob, _)| {
            self.complete
                .binary_search(&paths.globs[*glob].package)
                .is_err()
        });
    }
}

impl Segment {
    fn matches(&self, name: &[u8]) -> bool {
        match self {
            Self::Name(segment) => **segment == *name,
            Self::Pattern(segment) => segment.is_match_candidate(&Candidate::from_bytes(name)),
            Self::Deep | Self::Rest => false,
        }
    }
}

/// A glob; a path without wildcards also matches everything below it.
fn with_folder(glob: &str) -> Vec<String> {
    let path = glob.trim_start_matches("./").trim_end_matches('/');
    if has_wildcards(path) {
        vec![path.to_owned()]
    } else {
        vec![path.to_owned(), format!("{path}/**")]
    }
}

fn has_wildcards(text: &str) -> bool {
    text.contains(['*', '?', '[', ']', '{', '}', '\\'])
}

fn parse_segments(glob: &str) -> Vec<Segment> {
    let mut parts = Vec::new();
    for part in glob.split('/') {
        parts.push(match part {
            "**" => Segment::Deep,
            _ if !has_wildcards(part) => Segment::Name(part.as_bytes().into()),
            // Within a longer name, the meaning of two stars depends on the whole glob, and braces
            // may contain a `/`.
            _ => match glob_set(&[part]) {
                Ok(set) if !part.contains("**") => Segment::Pattern(Box::new(set)),
                _ => {
                    parts.push(Segment::Rest);
                    return parts;
                }
            },
        });
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::history::testing::package;

    fn folder(paths: &Paths, path: &str) -> Folder {
        path.split('/')
            .filter(|name| !name.is_empty())
            .fold(paths.root(), |at, name| paths.enter(&at, name.as_bytes()))
    }

    /// The packages of a file.
    fn owners(paths: &Paths, path: &str) -> Vec<PackageIndex> {
        let mut found = Vec::new();
        let above = path.rsplit_once('/').map_or("", |(above, _)| above);
        paths.owners(&folder(paths, above), path.as_bytes(), |package| {
            found.push(package);
        });
        found.dedup();
        found
    }

    fn paths(packages: &[&[&str]]) -> Paths {
        let packages: Vec<Package> = packages
            .iter()
            .map(|globs| package("x", &globs.join(" ")))
            .collect();
        Paths::new(&packages).unwrap()
    }

    #[test]
    fn a_file_belongs_to_every_package_whose_globs_match() {
        let paths = paths(&[
            &["core/**"],
            &["**/*.proto"],
            &["*/src/*.rs"],
            &["{core,cli/x}/a"],
        ]);
        assert_eq!(owners(&paths, "core/a"), [0, 3]);
        assert_eq!(owners(&paths, "core/src/b.rs"), [0, 2]);
        assert_eq!(owners(&paths, "cli/x/a"), [3]);
        assert_eq!(owners(&paths, "a.proto"), [1]);
        assert!(owners(&paths, "README.md").is_empty());
    }

    #[test]
    fn path_without_wildcards_is_a_file_or_folder() {
        let paths = paths(&[&["crates/core", "./Cargo.toml", "docs/"]]);
        assert_eq!(owners(&paths, "crates/core/src/lib.rs"), [0]);
        assert_eq!(owners(&paths, "Cargo.toml"), [0]);
        assert_eq!(owners(&paths, "docs/a"), [0]);
        assert!(owners(&paths, "crates/corelib/a").is_empty());
    }

    #[test]
    fn a_folder_is_entered_only_where_something_is_to_be_found() {
        let paths = paths(&[&["core/**"], &["cli/*/src/**"]]);
        let is_closed = |path: &str| !paths.may_match(&folder(&paths, path), |_| true);
        assert_eq!(folder(&paths, "core").complete, [0]);
        assert!(
            is_closed("core")
                && is_closed("docs")
                && is_closed("cli/x/docs")
                && is_closed("cli/x/src")
        );
        assert!(!is_closed("") && !is_closed("cli") && !is_closed("cli/x"));
        assert_eq!(folder(&paths, "cli/x/src").complete, [1]);
    }

    proptest! {
        #[test]
        fn owners_agree_with_the_unsplit_globs(
            glob in "(\\*\\*/)?([ab*?]{1,2}|[{]a,b[}]|[{]a,b/a[}]|\\[ab\\])(/(\\*\\*|[ab*?]{1,2})){0,3}",
            path in "[ab]{1,2}(/[ab]{1,2}){0,3}",
        ) {
            prop_assume!(glob_set(&[glob.as_str()]).is_ok() && has_wildcards(&glob));
            let expected = glob_set(&[glob.as_str()]).unwrap().is_match(&path);
            prop_assert_eq!(!owners(&paths(&[&[&glob]]), &path).is_empty(), expected, "{} {}", glob, path);
        }
    }
}
