//! Which files one commit has under another name than an older one, as git tells when it merges.
//!
//! Git follows a rename if at least half of the larger file is in both. Here every added file that git may take for the
//! new name of a file is one, since a name that is judged in vain costs less than one that is not judged.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::CommitTree;
use super::history::to_oid;
use crate::commit::Id;
use crate::error::{Error, Result};

/// The most pairs of files that are compared.
const MOST_PAIRS: usize = 1_000_000;
/// The most bytes of files that are compared.
const MOST_BYTES: usize = 256 << 20;

/// Git's scale of similarity, and the least on it that makes a rename.
const WHOLE: usize = 60_000;
const LEAST: usize = WHOLE / 2;

/// The longest piece of a file that git compares as one, in bytes.
const LONGEST_PIECE: usize = 64;
/// What git divides the hashes of pieces by.
const HASHES: u32 = 107_927;
/// How many bytes git looks at to tell whether a file is binary.
const LOOKED_AT: usize = 8_000;

/// Old names of files by their new ones, each with how similar the two files are.
pub type Renames = BTreeMap<String, (String, usize)>;

/// How many bytes of a file there are of each hash.
type Pieces = HashMap<u32, usize>;

/// Files with their contents, each taken apart once.
struct Contents<'r> {
    objects: git2::Odb<'r>,
    pieces: HashMap<Id, Option<Pieces>>,
    bytes: usize,
}

impl CommitTree<'_> {
    /// The files that an older commit has at one of these paths and this one has not, by each new name that they may have,
    /// with how similar they are.
    ///
    /// # Errors
    ///
    /// Fails if a tree or a file cannot be read, and over the limits of files and bytes.
    pub fn renames_since(&self, older: &CommitTree<'_>, gone: &BTreeSet<String>) -> Result<Renames> {
        let (before, after) = (self.lost_since(older, gone)?, self.added_since(older)?);
        if before.len().saturating_mul(after.len()) > MOST_PAIRS {
            return Err(too_many(format!("{} renamed files may be one of {} others", before.len(), after.len())));
        }
        let mut contents = Contents { objects: self.objects()?, pieces: HashMap::new(), bytes: 0 };
        let mut renamed = Renames::new();
        for (new, new_id) in &after {
            let mut best = 0;
            for (old, old_id) in &before {
                let score = contents.similarity(*old_id, *new_id)?;
                if score >= LEAST && score > best {
                    best = score;
                    renamed.insert(new.clone(), (old.clone(), score));
                }
            }
        }
        Ok(renamed)
    }

    fn lost_since(&self, older: &CommitTree<'_>, gone: &BTreeSet<String>) -> Result<Vec<(String, Id)>> {
        let mut lost = Vec::new();
        for path in gone {
            if let (None, Some(id)) = (self.object_at(path.as_ref())?, older.object_at(path.as_ref())?) {
                lost.push((path.clone(), id));
            }
        }
        Ok(lost)
    }
}

impl Contents<'_> {
    /// How similar two files are, from 0 to [`WHOLE`]; what is not a file is similar to nothing else.
    fn similarity(&mut self, old: Id, new: Id) -> Result<usize> {
        let (Some(old_size), Some(new_size)) = (self.size(old)?, self.size(new)?) else { return Ok(0) };
        let larger = old_size.max(new_size);
        if larger == 0 || old_size.min(new_size) * 2 < larger {
            return Ok(0);
        }
        if old == new {
            return Ok(WHOLE);
        }
        self.read(old)?;
        self.read(new)?;
        let (Some(Some(old)), Some(Some(new))) = (self.pieces.get(&old), self.pieces.get(&new)) else { return Ok(0) };
        let copied: usize = old.iter().filter_map(|(hash, bytes)| Some((*bytes).min(*new.get(hash)?))).sum();
        Ok(copied * WHOLE / larger)
    }

    /// The size of a file; `None` for an object of another kind, and for a submodule's, which is not here.
    fn size(&self, id: Id) -> Result<Option<usize>> {
        match self.objects.read_header(to_oid(id)) {
            Ok((size, git2::ObjectType::Blob)) => Ok(Some(size)),
            Ok(_) => Ok(None),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(unreadable(id, error)),
        }
    }

    fn read(&mut self, id: Id) -> Result<()> {
        if self.pieces.contains_key(&id) {
            return Ok(());
        }
        let object = self.objects.read(to_oid(id)).map_err(|error| unreadable(id, error))?;
        self.bytes += object.len();
        if self.bytes > MOST_BYTES {
            return Err(too_many(format!("the files that may be renamed have more than {MOST_BYTES} bytes")));
        }
        self.pieces.insert(id, Some(pieces(object.data())));
        Ok(())
    }
}

/// Takes a file apart as git does: at line ends, and after so many bytes.
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
        if length == LONGEST_PIECE || *byte == b'\n' {
            end(&mut one, &mut two, &mut length);
        }
    }
    if length > 0 {
        end(&mut one, &mut two, &mut length);
    }
    pieces
}

fn too_many(fact: String) -> Error {
    Error::limit(
        format!("{fact}, more than are compared"),
        "merge the base into the branch, so that renames are settled",
    )
}

fn unreadable(id: Id, error: git2::Error) -> Error {
    Error::history(format!("object `{id}` cannot be read"), "`git fsck` says what is damaged").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(old: &str, new: &str) -> usize {
        let (old, new) = (pieces(old.as_bytes()), pieces(new.as_bytes()));
        old.iter().filter_map(|(hash, bytes)| Some((*bytes).min(*new.get(hash)?))).sum()
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
