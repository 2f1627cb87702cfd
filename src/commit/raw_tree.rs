//! A tree object: its entries in Git's order, regardless of the order in the object, and two trees
//! side by side.
//!
//! Does not know paths; callers that walk trees limit depth and number.

use std::cell::OnceCell;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::iter::Peekable;
use std::rc::Rc;

use super::{Id, IdHasher};
use crate::error::{Error, Result};

/// How many folders may be above a file: Git itself reads no deeper trees (`core.maxTreeDepth`).
pub(crate) const MAX_TREE_DEPTH: usize = 2048;

/// How many bytes of trees are cached, twice: a tree is mostly needed again soon.
const MAX_CACHED_BYTES: usize = 16 << 20;

/// The length of an object's name.
const ID_BYTES: usize = 20;

/// The bits of a mode that give the kind of an entry.
const KIND: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
const LINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;
/// The only permission bit of a file that Git distinguishes.
const EXECUTABLE: u32 = 0o100;

/// A parsed tree object.
#[derive(Debug, Default)]
pub(crate) struct RawTree {
    bytes: Box<[u8]>,
    /// In Git's order.
    slots: Box<[Slot]>,
    /// Whether the object has them in this order, as every one that Git writes.
    is_in_order: bool,
    /// The entries whose names are not UTF-8, by the names with replacement characters; `None` if
    /// several entries share one.
    by_replaced_name: OnceCell<HashMap<String, Option<Slot>>>,
}

/// The offsets of an entry in the object: its name, and its object after the `NUL`.
#[derive(Debug, Clone, Copy)]
struct Slot {
    mode: u32,
    start: u32,
    end: u32,
}

impl Slot {
    /// The offset after the entry.
    const fn after(self) -> usize {
        self.end as usize + 1 + ID_BYTES
    }
}

/// The entries that two objects may have in common.
struct Shared {
    /// The number of equal entries at the start.
    first: usize,
    /// The offset after them.
    at: usize,
    /// The first of the equal entries at the end.
    last: usize,
}

/// One entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TreeEntry<'a> {
    mode: u32,
    pub(crate) name: &'a [u8],
    pub(crate) id: Id,
}

/// The kind of an entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A submodule.
    Submodule,
    /// A folder.
    Folder,
}

impl TreeEntry<'_> {
    pub(crate) const fn kind(&self) -> EntryKind {
        match self.mode & KIND {
            FOLDER => EntryKind::Folder,
            LINK => EntryKind::Link,
            SUBMODULE => EntryKind::Submodule,
            _ => EntryKind::File,
        }
    }

    pub(crate) const fn is_folder(&self) -> bool {
        self.mode & KIND == FOLDER
    }

    pub(crate) const fn is_executable(&self) -> bool {
        self.mode & (KIND | EXECUTABLE) == FILE | EXECUTABLE
    }

    /// Git sorts a folder as if its name ended with `/`.
    fn order(&self, name: &[u8], is_folder: bool) -> Ordering {
        let shared = self.name.len().min(name.len());
        let rest = |name: &[u8], is_folder: bool| {
            let end = is_folder.then_some(b'/');
            name.get(shared).copied().or(end)
        };
        let order = self.name[..shared].cmp(&name[..shared]);
        let order =
            order.then_with(|| rest(self.name, self.is_folder()).cmp(&rest(name, is_folder)));
        // No valid name has a slash, so that only equal names of one kind are left.
        order.then_with(|| self.name.len().cmp(&name.len()))
    }
}

impl RawTree {
    /// Reads the entries of a tree object; `id` names it in the error.
    ///
    /// # Errors
    ///
    /// Fails if the object is not a tree.
    pub(crate) fn parse(id: Id, bytes: &[u8]) -> Result<Self> {
        let broken = || {
            let message = format!("object `{id}` is not a readable tree");
            Error::history(message, "run `git fsck` to find the damage")
        };
        let mut tree = Self {
            bytes: bytes.into(),
            ..Self::default()
        };
        let mut slots = Vec::with_capacity(bytes.len() / 32);
        let mut at = 0;
        while at < bytes.len() {
            let slot = slot(bytes, at).ok_or_else(broken)?;
            at = slot.after();
            slots.push(slot);
        }
        let order = |one: &Slot, two: &Slot| {
            let two = tree.entry(*two);
            tree.entry(*one).order(two.name, two.is_folder())
        };
        let is_in_order = slots.is_sorted_by(|one, two| order(one, two).is_lt());
        if !is_in_order {
            slots.sort_by(order);
        }
        tree.slots = slots.into_boxed_slice();
        tree.is_in_order = is_in_order;
        Ok(tree)
    }

    /// The same, for an object that mostly equals another one: the entries that they share are not
    /// read again.
    ///
    /// # Errors
    ///
    /// Fails if the object is not a tree.
    pub(crate) fn parse_like(id: Id, bytes: &[u8], like: &Self) -> Result<Self> {
        let mut tree = Self {
            bytes: bytes.into(),
            is_in_order: true,
            ..Self::default()
        };
        match tree.slots_like(like) {
            None => Self::parse(id, bytes),
            Some(slots) => {
                tree.slots = slots.into_boxed_slice();
                Ok(tree)
            }
        }
    }

    /// The slots of the object, with those of a similar one; `None` if one of the objects is not in
    /// order, or if this one is not a tree.
    fn slots_like(&self, like: &Self) -> Option<Vec<Slot>> {
        if !like.is_in_order {
            return None;
        }
        let Shared {
            first,
            mut at,
            mut last,
        } = like.shared_with(&self.bytes);
        let mut slots = Vec::with_capacity(like.slots.len() + 1);
        slots.extend_from_slice(&like.slots[..first]);
        // The offsets from the end are the same in both objects.
        let from_end = |tree: &Self, at: usize| tree.bytes.len() - at;
        while at < self.bytes.len() {
            let rest = from_end(self, at);
            while last < like.slots.len() && from_end(like, like.start_of(last)) > rest {
                last += 1;
            }
            if last < like.slots.len() && from_end(like, like.start_of(last)) == rest {
                break;
            }
            let slot = slot(&self.bytes, at)?;
            at = slot.after();
            slots.push(slot);
        }
        let read = slots.len();
        if at < self.bytes.len() {
            let start = like.start_of(last);
            let moved = |offset: u32| u32::try_from(offset as usize - start + at).ok();
            for slot in &like.slots[last..] {
                slots.push(Slot {
                    mode: slot.mode,
                    start: moved(slot.start)?,
                    end: moved(slot.end)?,
                });
            }
        }
        let unchecked = &slots[first.saturating_sub(1)..slots.len().min(read + 1)];
        let is_in_order = unchecked.is_sorted_by(|one, two| {
            let two = self.entry(*two);
            self.entry(*one).order(two.name, two.is_folder()).is_lt()
        });
        is_in_order.then_some(slots)
    }

    /// The entries that another object has too.
    fn shared_with(&self, bytes: &[u8]) -> Shared {
        let prefix = shared_prefix(&self.bytes, bytes);
        let first = self.slots.partition_point(|slot| slot.after() <= prefix);
        let at = self.start_of(first);
        let suffix = shared_suffix(&self.bytes[at..], &bytes[at..]);
        let end = self.bytes.len() - suffix;
        let between = &self.slots[first..];
        let differing = match at < end {
            true => between.partition_point(|slot| slot.after() < end) + 1,
            false => 0,
        };
        Shared {
            first,
            at,
            last: (first + differing).min(self.slots.len()),
        }
    }

    /// The offset at which an entry starts, or the end if there is no such entry.
    fn start_of(&self, slot: usize) -> usize {
        slot.checked_sub(1)
            .map_or(0, |before| self.slots[before].after())
    }

    /// The entries in git's order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = TreeEntry<'_>> {
        self.entries_of(&self.slots)
    }

    fn entries_of<'t>(&'t self, slots: &'t [Slot]) -> impl Iterator<Item = TreeEntry<'t>> {
        slots.iter().map(|slot| self.entry(*slot))
    }

    /// The entry of a name.
    pub(crate) fn find(&self, name: &[u8]) -> Option<TreeEntry<'_>> {
        let find = |is_folder| {
            let order = |slot: &Slot| self.entry(*slot).order(name, is_folder);
            self.slots
                .binary_search_by(order)
                .ok()
                .map(|at| self.entry(self.slots[at]))
        };
        let found = find(false).filter(|entry| !entry.is_folder());
        found.or_else(|| find(true).filter(TreeEntry::is_folder))
    }

    /// The entry whose name has this form once bytes that are not UTF-8 are replaced.
    ///
    /// # Errors
    ///
    /// Fails with the name if several entries have it.
    pub(crate) fn find_replaced<'n>(
        &self,
        name: &'n str,
    ) -> std::result::Result<Option<TreeEntry<'_>>, &'n str> {
        let by_name = self.by_replaced_name.get_or_init(|| {
            let mut by_name = HashMap::new();
            for slot in &self.slots {
                let entry = self.entry(*slot);
                if std::str::from_utf8(entry.name).is_err() {
                    let name = String::from_utf8_lossy(entry.name).into_owned();
                    by_name
                        .entry(name)
                        .and_modify(|known| *known = None)
                        .or_insert(Some(*slot));
                }
            }
            by_name
        });
        match (by_name.get(name), self.find(name.as_bytes())) {
            (None, exact) => Ok(exact),
            (Some(Some(slot)), None) => Ok(Some(self.entry(*slot))),
            _ => Err(name),
        }
    }

    fn entry(&self, slot: Slot) -> TreeEntry<'_> {
        let (start, end) = (slot.start as usize, slot.end as usize);
        let id = self.bytes[end + 1..]
            .first_chunk()
            .expect("parsing saw that the object's name is there");
        TreeEntry {
            mode: slot.mode,
            name: &self.bytes[start..end],
            id: Id::new(*id),
        }
    }

    fn len_in_memory(&self) -> usize {
        self.bytes.len() + size_of_val(&*self.slots)
    }
}

/// `mode name NUL id` at an offset.
fn slot(bytes: &[u8], at: usize) -> Option<Slot> {
    let tree = &bytes[at..];
    let space = tree.iter().take(8).position(|byte| *byte == b' ')?;
    let digit = |byte: &u8| matches!(byte, b'0'..=b'7').then(|| u32::from(byte - b'0'));
    let digits = tree[..space].iter();
    let mode = digits
        .filter(|_| space > 0)
        .try_fold(0, |mode, byte| Some(mode << 3 | digit(byte)?))?;
    let mode = if mode & KIND == FILE {
        FILE | (mode & EXECUTABLE)
    } else {
        mode & KIND
    };
    let start = at + space + 1;
    let end = start + memchr::memchr(0, &bytes[start..])?;
    bytes.get(end + 1..end + 1 + ID_BYTES)?;
    Some(Slot {
        mode,
        start: start.try_into().ok()?,
        end: end.try_into().ok()?,
    })
}

/// The entries at which two trees differ: entries with equal names and kinds are paired.
///
/// Large folders mostly differ in one entry, so those before and after it are skipped first.
pub(crate) fn differences<'t>(
    before: &'t RawTree,
    after: &'t RawTree,
) -> impl Iterator<Item = (Option<TreeEntry<'t>>, Option<TreeEntry<'t>>)> {
    let (old, new) = differing_slots(before, after);
    let pairs = SideBySide {
        before: before.entries_of(old).peekable(),
        after: after.entries_of(new).peekable(),
    };
    pairs.filter(|(before, after)| before != after)
}

/// The slots of two trees without the equal ones at the start and at the end.
fn differing_slots<'t>(before: &'t RawTree, after: &'t RawTree) -> (&'t [Slot], &'t [Slot]) {
    if !before.is_in_order || !after.is_in_order {
        return (&before.slots, &after.slots);
    }
    let Shared {
        first, mut last, ..
    } = before.shared_with(&after.bytes);
    loop {
        let rest = before.bytes.len() - before.start_of(last);
        let start = after.bytes.len() - rest;
        let other = after.slots.partition_point(|slot| slot.after() <= start);
        if after.start_of(other) == start {
            return (&before.slots[first..last], &after.slots[first..other]);
        }
        last += 1;
    }
}

/// How many bytes two texts have in common at the start.
fn shared_prefix(one: &[u8], other: &[u8]) -> usize {
    const CHUNK: usize = 64;
    let chunks = one.chunks_exact(CHUNK).zip(other.chunks_exact(CHUNK));
    let start = CHUNK * chunks.take_while(|(one, other)| one == other).count();
    let rest = one[start..].iter().zip(&other[start..]);
    start + rest.take_while(|(one, other)| one == other).count()
}

/// How many bytes two texts have in common at the end.
fn shared_suffix(one: &[u8], other: &[u8]) -> usize {
    const CHUNK: usize = 64;
    let chunks = one.rchunks_exact(CHUNK).zip(other.rchunks_exact(CHUNK));
    let end = CHUNK * chunks.take_while(|(one, other)| one == other).count();
    let (one, other) = (&one[..one.len() - end], &other[..other.len() - end]);
    let rest = one.iter().rev().zip(other.iter().rev());
    end + rest.take_while(|(one, other)| one == other).count()
}

struct SideBySide<B: Iterator, A: Iterator> {
    before: Peekable<B>,
    after: Peekable<A>,
}

impl<'t, B: Iterator<Item = TreeEntry<'t>>, A: Iterator<Item = TreeEntry<'t>>> Iterator
    for SideBySide<B, A>
{
    type Item = (Option<TreeEntry<'t>>, Option<TreeEntry<'t>>);

    fn next(&mut self) -> Option<Self::Item> {
        let order = match (self.before.peek(), self.after.peek()) {
            (None, None) => return None,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(before), Some(after)) => before.order(after.name, after.is_folder()),
        };
        let before = if order.is_le() {
            self.before.next()
        } else {
            None
        };
        let after = if order.is_ge() {
            self.after.next()
        } else {
            None
        };
        Some((before, after))
    }
}

type ById = HashMap<Id, Rc<RawTree>, BuildHasherDefault<IdHasher>>;

/// The trees read recently: the older half is dropped when the newer one is full.
#[derive(Debug, Default)]
pub(crate) struct TreeCache {
    newer: ById,
    older: ById,
    bytes: usize,
}

impl TreeCache {
    /// A tree that is still cached.
    pub(crate) fn get(&mut self, id: Id) -> Option<Rc<RawTree>> {
        if let Some(tree) = self.newer.get(&id) {
            return Some(Rc::clone(tree));
        }
        let tree = self.older.remove(&id)?;
        self.put(id, Rc::clone(&tree));
        Some(tree)
    }

    /// How many trees are cached.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.newer.len() + self.older.len()
    }

    /// Caches a tree.
    pub(crate) fn put(&mut self, id: Id, tree: Rc<RawTree>) {
        self.bytes += tree.len_in_memory();
        if self.bytes > MAX_CACHED_BYTES {
            self.bytes = tree.len_in_memory();
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(id, tree);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(entries: &[(&str, &str)]) -> RawTree {
        let mut bytes = Vec::new();
        for (mode, name) in entries {
            bytes.extend_from_slice(format!("{mode} {name}\0").as_bytes());
            bytes.extend_from_slice(&[name.as_bytes()[0]; 20]);
        }
        RawTree::parse(Id::new([0; 20]), &bytes).unwrap()
    }

    fn names(tree: &RawTree) -> Vec<&str> {
        tree.entries()
            .map(|entry| std::str::from_utf8(entry.name).unwrap())
            .collect()
    }

    #[test]
    fn a_folder_is_ordered_as_if_it_ended_with_a_slash() {
        let tree = tree(&[("40000", "a"), ("100644", "a.b"), ("100755", "b")]);
        assert_eq!(names(&tree), ["a.b", "a", "b"]);
        assert_eq!(tree.find(b"a").unwrap().kind(), EntryKind::Folder);
        assert!(
            tree.find(b"b").unwrap().is_executable() && !tree.find(b"a.b").unwrap().is_executable()
        );
        assert_eq!((tree.find(b"c"), tree.find(b"")), (None, None));
    }

    #[test]
    fn entry_kinds_are_distinguished() {
        let tree = tree(&[("120000", "a"), ("160000", "b"), ("100664", "c")]);
        let kinds: Vec<_> = tree.entries().map(|entry| entry.kind()).collect();
        assert_eq!(
            kinds,
            [EntryKind::Link, EntryKind::Submodule, EntryKind::File]
        );
    }

    #[test]
    fn a_name_that_is_not_utf_8_is_found_by_its_replaced_name() {
        let bytes = |names: &[&[u8]]| -> Vec<u8> {
            names
                .iter()
                .flat_map(|name| [&b"100644 "[..], name, b"\0", &[1; 20]].concat())
                .collect()
        };
        let parse = |names: &[&[u8]]| RawTree::parse(Id::new([0; 20]), &bytes(names)).unwrap();
        let tree = parse(&[b"a", b"b\xff"]);
        assert_eq!(
            tree.find_replaced("b\u{fffd}").unwrap().unwrap().name,
            b"b\xff"
        );
        assert_eq!(tree.find_replaced("a").unwrap().unwrap().name, b"a");
        assert_eq!(tree.find_replaced("c\u{fffd}"), Ok(None));
        for names in [
            [&b"b\xfe"[..], b"b\xff"],
            [b"b\xff", "b\u{fffd}".as_bytes()],
        ] {
            assert!(parse(&names).find_replaced("b\u{fffd}").is_err());
        }
    }

    #[test]
    fn equal_names_of_one_kind_are_paired() {
        let (before, after) = (
            tree(&[("100644", "a"), ("100644", "b")]),
            tree(&[("40000", "a"), ("100644", "b")]),
        );
        let pairs = SideBySide {
            before: before.entries().peekable(),
            after: after.entries().peekable(),
        };
        let pairs: Vec<_> = pairs
            .map(|(one, two)| (one.is_some(), two.is_some()))
            .collect();
        assert_eq!(pairs, [(true, false), (false, true), (true, true)]);
    }

    #[test]
    fn only_entries_that_differ_are_given() {
        let names = |before: &[(&str, &str)], after: &[(&str, &str)]| {
            let (before, after) = (tree(before), tree(after));
            let pairs = differences(&before, &after);
            let name = |entry: Option<TreeEntry<'_>>| {
                entry.map(|entry| String::from_utf8_lossy(entry.name).into_owned())
            };
            let names = pairs.map(|(one, two)| (name(one), name(two)));
            names.collect::<Vec<_>>()
        };
        let file = |name: &'static str| ("100644", name);
        let all = [file("a"), file("b"), file("c")];
        let b = Some("b".to_owned());
        assert_eq!(names(&all, &all), []);
        assert_eq!(names(&all, &[all[0], all[2]]), [(b.clone(), None)]);
        assert_eq!(names(&[all[0], all[2]], &all), [(None, b.clone())]);
        let changed = [all[0], ("100755", "b"), all[2]];
        assert_eq!(names(&all, &changed), [(b.clone(), b.clone())]);
        assert_eq!(names(&[], &[all[1]]), [(None, b)]);
    }

    /// Objects that differ in few entries, or not at all; some are not in order, and some names
    /// and ids look like the start of an entry.
    fn similar_objects() -> Vec<Vec<u8>> {
        let entry = |mode: &str, name: &str, id: u8| {
            [format!("{mode} {name}\0").as_bytes(), &[id; ID_BYTES]].concat()
        };
        let mut entries: Vec<Vec<u8>> = (b'a'..=b'h')
            .map(|name| entry("100644", &char::from(name).to_string().repeat(9), b'1'))
            .collect();
        entries[3] = entry("40000", "d100644 d", 0);
        let mut objects = vec![entries.concat(), Vec::new()];
        for at in 0..entries.len() {
            for change in 0..5 {
                let mut other = entries.clone();
                match change {
                    0 => _ = other.remove(at),
                    1 => other[at][0] = b'4',
                    2 => _ = other[at].pop(),
                    3 => other.insert(at, entry("100644", &format!("{}0", at * 3), 1)),
                    _ => other[at] = entry("100755", "cc", b' '),
                }
                objects.push(other.concat());
            }
        }
        entries.swap(1, 5);
        objects.push(entries.concat());
        objects
    }

    #[test]
    fn similar_objects_are_parsed_as_others_are() {
        let id = Id::new([0; 20]);
        let objects = similar_objects();
        for like in objects
            .iter()
            .filter_map(|bytes| RawTree::parse(id, bytes).ok())
        {
            for bytes in &objects {
                let parsed = RawTree::parse(id, bytes);
                let similar = RawTree::parse_like(id, bytes, &like);
                let text = |tree: Result<RawTree>| tree.map(|tree| format!("{tree:?}")).ok();
                assert_eq!(text(similar), text(parsed));
            }
        }
    }

    #[test]
    fn differences_are_those_of_all_entries_side_by_side() {
        let id = Id::new([0; 20]);
        let objects = similar_objects();
        let parse = |bytes: &Vec<u8>| RawTree::parse(id, bytes).ok();
        let trees: Vec<RawTree> = objects.iter().filter_map(parse).collect();
        for before in &trees {
            for after in &trees {
                let all = SideBySide {
                    before: before.entries().peekable(),
                    after: after.entries().peekable(),
                };
                let all: Vec<_> = all.filter(|(one, other)| one != other).collect();
                assert_eq!(differences(before, after).collect::<Vec<_>>(), all);
            }
        }
    }

    #[test]
    fn entries_are_ordered_as_git_orders_them() {
        let ordered = ["a-", "a/", "a0", "aa", "aa/", "b"];
        for (at, one) in ordered.iter().enumerate() {
            for (other_at, other) in ordered.iter().enumerate() {
                let mode = if one.ends_with('/') { FOLDER } else { FILE };
                let entry = TreeEntry {
                    mode,
                    name: one.trim_end_matches('/').as_bytes(),
                    id: Id::new([0; 20]),
                };
                let name = other.trim_end_matches('/').as_bytes();
                assert_eq!(entry.order(name, other.ends_with('/')), at.cmp(&other_at));
            }
        }
    }

    #[test]
    fn modes_and_submodules_count_and_the_order_of_entries_does_not() {
        let entry = |mode: &str, name: &str, id| {
            [format!("{mode} {name}\0").as_bytes(), &[id; 20]].concat()
        };
        let differs = |one: &[Vec<u8>], two: &[Vec<u8>]| {
            let parse =
                |entries: &[Vec<u8>]| RawTree::parse(Id::new([0; 20]), &entries.concat()).unwrap();
            differences(&parse(one), &parse(two)).next().is_some()
        };
        assert!(differs(
            &[entry("100644", "a", 1)],
            &[entry("100755", "a", 1)]
        ));
        assert!(differs(
            &[entry("160000", "a", 1)],
            &[entry("160000", "a", 2)]
        ));
        assert!(!differs(
            &[entry("100644", "a", 1)],
            &[entry("100664", "a", 1)]
        ));
        let (a, b) = (entry("100644", "a", 1), entry("040000", "b", 1));
        assert!(!differs(&[a.clone(), b.clone()], &[b, a]));
    }

    #[test]
    fn a_broken_tree_is_an_error() {
        for bytes in ["x", "100644 a", "100644 a\0short", " a\0", "999999999 a\0"] {
            assert!(
                RawTree::parse(Id::new([0; 20]), bytes.as_bytes()).is_err(),
                "{bytes:?}"
            );
        }
    }
}
