//! Detects the files that are renamed between two commits, as Git does when it merges.
//!
//! Git follows a rename if at least half of the larger file is in both. Here every added file that
//! Git may take for the new name counts: an unnecessary check of a file is better than a missing
//! one.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Repository;
use super::history::to_oid;
use crate::commit::Id;
use crate::error::{Error, Result};

/// The maximum number of pairs of files that are compared.
const MAX_PAIRS: usize = 1_000_000;
/// The maximum number of bytes of files that are compared.
const MAX_BYTES: usize = 256 << 20;

/// Git's scale of similarity. Half of it makes a rename.
const MAX_SIMILARITY: usize = 60_000;
const MIN_SIMILARITY: usize = MAX_SIMILARITY / 2;

/// The longest piece of a file that git compares as one, in bytes.
const MAX_CHUNK: usize = 64;
/// The divisor that Git uses for the hashes of pieces.
const HASHES: u32 = 107_927;
/// How many bytes Git examines to decide whether a file is binary.
const LOOKED_AT: usize = 8_000;

/// Old names of files by their new ones, each with the similarity of the two files.
pub(crate) type Renames = BTreeMap<String, (String, usize)>;

/// The number of bytes of a file for each hash.
type Pieces = HashMap<u32, usize>;

/// Files with their contents, each split into pieces once.
struct Contents<'r> {
    objects: git2::Odb<'r>,
    pieces: HashMap<Id, Pieces>,
    bytes: usize,
}

/// A file at a path.
#[derive(Clone, Copy)]
struct File<'p> {
    path: &'p str,
    id: Id,
    size: usize,
}

impl Repository {
    /// The `new` names that files which are `gone` may have, each with the similarity of the two
    /// files.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be read, and if a limit of files or bytes is exceeded.
    pub(crate) fn renames(
        &self,
        gone: &BTreeMap<&str, Id>,
        new: &BTreeMap<String, Id>,
    ) -> Result<Renames> {
        if gone.is_empty() || new.is_empty() {
            return Ok(Renames::new());
        }
        let objects = self.inner.odb().map_err(|error| {
            Error::repository("the object database cannot be read", "").with_source(error)
        })?;
        let mut contents = Contents {
            objects,
            pieces: HashMap::new(),
            bytes: 0,
        };
        let mut gone = contents.files(gone.iter().map(|(path, id)| (*path, *id)))?;
        let mut new = contents.files(new.iter().map(|(path, id)| (path.as_str(), *id)))?;
        let by_id: HashMap<Id, &str> = gone.iter().map(|file| (file.id, file.path)).collect();
        let same = new.iter().filter_map(|file| {
            Some((
                file.path.to_owned(),
                ((*by_id.get(&file.id)?).to_owned(), MAX_SIMILARITY),
            ))
        });
        let mut renames: Renames = same.collect();
        // As in Git, an unchanged file is not compared any further.
        let found: HashSet<&str> = renames.values().map(|(old, _)| old.as_str()).collect();
        gone.retain(|file| !found.contains(file.path));
        new.retain(|file| !renames.contains_key(file.path));
        if gone.len().saturating_mul(new.len()) > MAX_PAIRS {
            let (gone, new) = (gone.len(), new.len());
            return Err(too_many(format!(
                "there are too many deleted ({gone}) and added ({new}) files to detect renames"
            )));
        }
        for new in new {
            let mut best = MIN_SIMILARITY - 1;
            for old in &gone {
                let score = contents.similarity(*old, new)?;
                if score > best {
                    best = score;
                    renames.insert(new.path.to_owned(), (old.path.to_owned(), score));
                }
            }
        }
        Ok(renames)
    }
}

impl Contents<'_> {
    /// The objects that are non-empty files; Git follows no empty files.
    fn files<'p>(&self, objects: impl Iterator<Item = (&'p str, Id)>) -> Result<Vec<File<'p>>> {
        let mut files = Vec::new();
        for (path, id) in objects {
            match self.objects.read_header(to_oid(id)) {
                Ok((size, git2::ObjectType::Blob)) if size > 0 => {
                    files.push(File { path, id, size });
                }
                Ok(_) => {}
                // The commit of a submodule is in another repository.
                Err(error) if error.code() == git2::ErrorCode::NotFound => {}
                Err(error) => return Err(unreadable(id, error)),
            }
        }
        Ok(files)
    }

    /// How similar two files are, from 0 to [`MAX_SIMILARITY`].
    fn similarity(&mut self, old: File<'_>, new: File<'_>) -> Result<usize> {
        let larger = old.size.max(new.size);
        if old.size.min(new.size) * 2 < larger {
            return Ok(0);
        }
        self.read(old.id)?;
        self.read(new.id)?;
        let (old, new) = (&self.pieces[&old.id], &self.pieces[&new.id]);
        let copied: usize = old
            .iter()
            .filter_map(|(hash, bytes)| Some((*bytes).min(*new.get(hash)?)))
            .sum();
        Ok(copied * MAX_SIMILARITY / larger)
    }

    fn read(&mut self, id: Id) -> Result<()> {
        if self.pieces.contains_key(&id) {
            return Ok(());
        }
        let object = self
            .objects
            .read(to_oid(id))
            .map_err(|error| unreadable(id, error))?;
        self.bytes += object.len();
        if self.bytes > MAX_BYTES {
            return Err(too_many(format!(
                "the deleted and added files exceed {MAX_BYTES} bytes, which is too much to detect renames"
            )));
        }
        self.pieces.insert(id, pieces(object.data()));
        Ok(())
    }
}

/// Splits a file as Git does: at line ends, and after a maximum length.
fn pieces(file: &[u8]) -> Pieces {
    let is_text = memchr::memchr(0, &file[..file.len().min(LOOKED_AT)]).is_none();
    let mut pieces = Pieces::new();
    let (mut one, mut two, mut length) = (0_u32, 0_u32, 0);
    let mut end = |one: &mut u32, two: &mut u32, length: &mut usize| {
        let hash = one.wrapping_add(two.wrapping_mul(0x61)) % HASHES;
        *pieces.entry(hash).or_default() += *length;
        (*one, *two, *length) = (0, 0, 0);
    };
    for (at, byte) in file.iter().enumerate() {
        if is_text && *byte == b'\r' && file.get(at + 1) == Some(&b'\n') {
            continue;
        }
        let before = one;
        one = (one << 7) ^ (two >> 25);
        two = (two << 7) ^ (before >> 25);
        one = one.wrapping_add(u32::from(*byte));
        length += 1;
        if length == MAX_CHUNK || *byte == b'\n' {
            end(&mut one, &mut two, &mut length);
        }
    }
    if length > 0 {
        end(&mut one, &mut two, &mut length);
    }
    pieces
}

fn too_many(fact: String) -> Error {
    Error::limit(fact, "merge the base branch into this branch")
}

fn unreadable(id: Id, error: git2::Error) -> Error {
    Error::history(
        format!("object `{id}` cannot be read"),
        "run `git fsck` to find the damage",
    )
    .with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(old: &str, new: &str) -> usize {
        let (old, new) = (pieces(old.as_bytes()), pieces(new.as_bytes()));
        old.iter()
            .filter_map(|(hash, bytes)| Some((*bytes).min(*new.get(hash)?)))
            .sum()
    }

    #[test]
    fn lines_are_compared_wherever_they_are() {
        assert_eq!(copied("a\nb\nc\n", "c\nx\na\n"), 4);
        assert_eq!(copied("a\r\nb\r\n", "a\nb\n"), 4);
        assert_eq!(copied("\0a\r\n", "\0a\n"), 0);
        assert_eq!(copied(&"a".repeat(130), &"a".repeat(65)), 64);
        assert_eq!(copied("", "a"), 0);
    }
}
