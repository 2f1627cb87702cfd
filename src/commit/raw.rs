//! Reads the raw objects of commits and annotated tags, strictly.
//!
//! Git and libgit2 disagree about malformed objects (which of two authors counts, where a message ends); whoever reads
//! only through them can be shown one thing and sold another. Here the bytes decide, and every oddity is named.

use memchr::{memchr, memrchr};

use crate::commit::{Few, Id};

/// The last second of the year 9999: what lies beyond, or before 1970, is no date that git writes.
const LAST_SECOND: i64 = 253_402_300_799;

/// A commit object, borrowed from its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawCommit<'a> {
    /// The parents, in order.
    pub parents: Vec<Id>,
    /// Who wrote the change.
    pub author: Signature<'a>,
    /// Who made the commit.
    pub committer: Signature<'a>,
    /// The `encoding` header.
    pub encoding: Option<&'a [u8]>,
    /// All bytes after the header.
    pub message: &'a [u8],
    /// What is odd about the object, in the order found.
    pub oddities: Vec<&'static str>,
}

/// An annotated tag object, borrowed from its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawTag<'a> {
    /// What it points to.
    pub target: Id,
    /// The type of what it points to, such as `commit`.
    pub target_type: &'a [u8],
    /// The name inside the object.
    pub name: &'a [u8],
    /// Who made it.
    pub tagger: Option<Signature<'a>>,
    /// All bytes after the header, a signature included.
    pub message: &'a [u8],
}

/// Name, address and time of an author, committer or tagger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signature<'a> {
    /// The name, as written.
    pub name: &'a [u8],
    /// The address between the angle brackets, as written.
    pub email: &'a [u8],
    /// Seconds since 1970; `None` where no number stands there.
    pub seconds: Option<i64>,
}

impl<'a> RawCommit<'a> {
    /// Reads a commit object; `None` where the bytes are none.
    #[must_use]
    pub fn parse(object: &'a [u8]) -> Option<Self> {
        let mut lines = HeaderLines::of(object);
        let mut commit = Self {
            parents: Vec::with_capacity(1),
            author: Signature::default(),
            committer: Signature::default(),
            encoding: None,
            message: &[],
            oddities: Vec::new(),
        };
        Id::from_hex(lines.next()?.strip_prefix(b"tree ")?)?;
        let (mut authors, mut committers) = (0, 0);
        for line in lines.by_ref() {
            let (key, value) = line.split_at(memchr(b' ', line).unwrap_or(line.len()));
            let value = value.get(1..).unwrap_or_default();
            match key {
                b"parent" => commit.parents.push(Id::from_hex(value)?),
                b"author" => keep_first(&mut commit.author, &mut authors, value),
                b"committer" => keep_first(&mut commit.committer, &mut committers, value),
                b"encoding" => commit.encoding = Some(value),
                _ => {}
            }
        }
        commit.message = lines.message();
        commit.note_oddities(authors, committers);
        Some(commit)
    }

    fn note_oddities(&mut self, authors: usize, committers: usize) {
        if authors != 1 {
            self.oddities.push("it does not have exactly one author");
        }
        if committers != 1 {
            self.oddities.push("it does not have exactly one committer");
        }
        let is_possible = |signature: &Signature<'_>| signature.seconds.is_some_and(|s| (0..=LAST_SECOND).contains(&s));
        if !is_possible(&self.author) || !is_possible(&self.committer) {
            self.oddities.push("its date is impossible");
        }
        if memchr(0, self.message).is_some() {
            self.oddities.push("its message contains NUL");
        }
    }
}

impl<'a> RawTag<'a> {
    /// Reads a tag object; `None` where the bytes are none.
    #[must_use]
    pub fn parse(object: &'a [u8]) -> Option<Self> {
        let mut lines = HeaderLines::of(object);
        let target = Id::from_hex(lines.next()?.strip_prefix(b"object ")?)?;
        let target_type = lines.next()?.strip_prefix(b"type ")?;
        let name = lines.next()?.strip_prefix(b"tag ")?;
        let tagger = lines.next().and_then(|line| line.strip_prefix(b"tagger ")).map(Signature::parse);
        Some(Self { target, target_type, name, tagger, message: lines.message() })
    }
}

impl<'a> Signature<'a> {
    /// Reads `Name <address> seconds zone`; what is not there is empty.
    #[must_use]
    pub fn parse(line: &'a [u8]) -> Self {
        let open = memchr(b'<', line).unwrap_or(line.len());
        let close = memrchr(b'>', line).filter(|close| *close > open);
        let name = line[..open].trim_ascii();
        let Some(close) = close else { return Self { name, ..Self::default() } };
        let seconds = line[close + 1..].trim_ascii().split(|byte| *byte == b' ').next();
        let seconds = seconds.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        Self { name, email: &line[open + 1..close], seconds }
    }
}

fn keep_first<'a>(kept: &mut Signature<'a>, count: &mut usize, value: &'a [u8]) {
    if *count == 0 {
        *kept = Signature::parse(value);
    }
    *count += 1;
}

/// The lines above the first empty one, one after another.
struct HeaderLines<'a> {
    rest: &'a [u8],
    ended: bool,
}

impl<'a> HeaderLines<'a> {
    fn of(object: &'a [u8]) -> Self {
        Self { rest: object, ended: false }
    }

    /// What stands below them.
    fn message(mut self) -> &'a [u8] {
        while self.next().is_some() {}
        self.rest
    }
}

impl<'a> Iterator for HeaderLines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.ended {
            return None;
        }
        let line;
        (line, self.rest) = match memchr(b'\n', self.rest) {
            Some(end) => (&self.rest[..end], &self.rest[end + 1..]),
            None => (self.rest, &[][..]),
        };
        self.ended = line.is_empty();
        (!line.is_empty()).then_some(line)
    }
}

/// The parents and the committer's time alone: what a walk needs of the commits it only passes.
///
/// Gives `None` where the bytes are no commit; a time that is no number counts as 0, for times order nothing.
pub(crate) fn parents_and_time(object: &[u8]) -> Option<(Few<Id>, i64)> {
    const TREE: usize = "tree ".len() + 40 + 1;
    const PARENT: usize = "parent ".len() + 40 + 1;
    let mut rest = object.strip_prefix(b"tree ").and_then(|_| object.get(TREE..))?;
    let parents = std::iter::from_fn(|| {
        let line = rest.strip_prefix(b"parent ")?;
        let parent = line.get(..40).and_then(Id::from_hex);
        rest = rest.get(PARENT..).unwrap_or_default();
        Some(parent)
    });
    let parents = parents.collect::<Option<Few<Id>>>()?;
    let line = HeaderLines::of(rest).find_map(|line| line.strip_prefix(b"committer ")).unwrap_or_default();
    Some((parents, Signature::parse(line).seconds.unwrap_or(0)))
}

/// The tree of a commit alone; `None` where the bytes are no commit.
#[must_use]
pub fn tree(object: &[u8]) -> Option<Id> {
    Id::from_hex(object.strip_prefix(b"tree ")?.get(..40)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";
    const PARENT: &str = "parent 0123456789abcdef0123456789abcdef01234567\n";
    const WHO: &str = "author A B <a@example.org> 12 +0000\ncommitter C <c@example.org> 34 +0100\n";

    #[test]
    fn a_commit_is_read_whole() {
        let object = format!("{TREE}{PARENT}{WHO}encoding latin1\ngpgsig x\n y\n\nfeat: a\n\nbody\n");
        let commit = RawCommit::parse(object.as_bytes()).unwrap();
        assert_eq!(commit.parents.len(), 1);
        assert_eq!(
            (commit.author.name, commit.author.email, commit.author.seconds),
            (&b"A B"[..], &b"a@example.org"[..], Some(12))
        );
        assert_eq!(commit.committer.seconds, Some(34));
        assert_eq!(commit.encoding, Some(&b"latin1"[..]));
        assert_eq!(commit.message, b"feat: a\n\nbody\n");
        assert!(commit.oddities.is_empty());
    }

    #[test]
    fn a_commit_without_a_message_is_one() {
        assert_eq!(RawCommit::parse(format!("{TREE}{WHO}\n").as_bytes()).unwrap().message, b"");
    }

    #[test]
    fn a_second_author_is_odd_and_the_first_counts() {
        let object = format!("{TREE}{WHO}author Z <z@example.org> 1 +0000\n\nx");
        let commit = RawCommit::parse(object.as_bytes()).unwrap();
        assert_eq!(commit.author.name, b"A B");
        assert_eq!(commit.oddities, ["it does not have exactly one author"]);
    }

    #[test]
    fn a_date_that_no_calendar_has_is_odd() {
        for seconds in ["soon", "-1", "253402300800", "99999999999999999999"] {
            let object = format!("{TREE}{WHO}\n").replacen(" 12 +", &format!(" {seconds} +"), 1);
            assert_eq!(RawCommit::parse(object.as_bytes()).unwrap().oddities, ["its date is impossible"], "{seconds}");
        }
    }

    #[test]
    fn a_message_with_nul_is_odd() {
        let object = format!("{TREE}{WHO}\nfeat: a\0b");
        assert_eq!(RawCommit::parse(object.as_bytes()).unwrap().oddities, ["its message contains NUL"]);
    }

    #[test]
    fn a_blob_is_no_commit() {
        assert_eq!(RawCommit::parse(b"hello\n\nworld"), None);
        assert_eq!(parents_and_time(b"hello"), None);
    }

    #[test]
    fn the_short_way_gives_the_same_parents_and_time() {
        let object = format!("{TREE}{PARENT}{WHO}\ncommitter in the message");
        let (parents, time) = parents_and_time(object.as_bytes()).unwrap();
        let raw = RawCommit::parse(object.as_bytes()).unwrap();
        assert_eq!((parents.as_slice(), time), (raw.parents.as_slice(), 34));
    }

    #[test]
    fn an_old_tag_has_no_tagger() {
        let object = b"object 0123456789abcdef0123456789abcdef01234567\ntype commit\ntag v1\n\nx\n\ny\n";
        let tag = RawTag::parse(object).unwrap();
        assert_eq!((tag.tagger, tag.message), (None, &b"x\n\ny\n"[..]));
    }

    #[test]
    fn a_tag_tells_its_name_and_its_time() {
        let object = b"object 0123456789abcdef0123456789abcdef01234567\ntype commit\ntag v1\ntagger T <t@example.org> 5 +0000\n\nx\n";
        let tag = RawTag::parse(object).unwrap();
        assert_eq!((tag.name, tag.tagger.unwrap().seconds), (&b"v1"[..], Some(5)));
    }
}
