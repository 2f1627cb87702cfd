//! Reads the raw objects of commits and annotated tags, strictly.
//!
//! Git and libgit2 disagree about malformed objects (which of two authors counts, where a message
//! ends), so a reviewer who relies on one of them may not see what the other does. Here the bytes
//! decide, and every anomaly is reported.

use memchr::{memchr, memchr2, memrchr};

use crate::commit::message::{decoded, is_known};
use crate::commit::{Decoding, Id, SmallList};
use crate::source::is_hostile;

/// The last second of the year 9999. Git writes no dates after it, or before 1970.
const LAST_SECOND: i64 = 253_402_300_799;

/// The largest commit or tag object that is read or written, in bytes.
pub(crate) const MAX_OBJECT: usize = 1 << 20;

/// A commit object, borrowed from its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawCommit<'a> {
    /// The root tree.
    pub tree: Id,
    /// The parents, in order.
    pub parents: Vec<Id>,
    /// The person who wrote the change.
    pub author: RawPerson<'a>,
    /// The person who made the commit.
    pub committer: RawPerson<'a>,
    /// The `encoding` header.
    pub encoding: Option<&'a [u8]>,
    /// All bytes after the header.
    pub message: &'a [u8],
    /// The anomalies of the object, in the order found.
    pub anomalies: Vec<&'static str>,
}

/// An annotated tag object, borrowed from its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawTag<'a> {
    /// The object that it points to.
    pub(crate) target: Id,
    /// The type of that object, such as `commit`.
    pub(crate) target_type: &'a [u8],
    /// The name inside the object.
    pub(crate) name: &'a [u8],
    /// The person who made it.
    pub(crate) tagger: Option<RawPerson<'a>>,
    /// All bytes after the header, including a signature.
    pub(crate) message: &'a [u8],
}

/// Name, address and time of an author, committer or tagger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RawPerson<'a> {
    /// The name, as written.
    pub name: &'a [u8],
    /// The address between the angle brackets, as written.
    pub email: &'a [u8],
    /// Seconds since 1970; `None` if there is no number.
    pub seconds: Option<i64>,
}

impl<'a> RawCommit<'a> {
    /// Reads a commit object; `None` if the bytes are not one.
    ///
    /// Headers are read in the places where Git writes them, once each; other occurrences of these
    /// keys are anomalies.
    #[must_use]
    pub fn parse(object: &'a [u8]) -> Option<Self> {
        let tree = tree(object)?;
        let (parents, header) = parents_and_rest(object)?;
        let mut lines = HeaderLines::of(header);
        let mut found = Found::default();
        lines
            .by_ref()
            .enumerate()
            .for_each(|(number, line)| found.add(number, line));
        let is_ended = lines.ended;
        let message = lines.message();
        let mut commit = Self {
            tree,
            parents: parents.as_slice().to_vec(),
            author: RawPerson::parse(found.author.unwrap_or_default()),
            committer: RawPerson::parse(found.committer.unwrap_or_default()),
            encoding: found.encoding,
            message,
            anomalies: Vec::new(),
        };
        let has_nul = |bytes: &[u8]| memchr(0, bytes).is_some();
        let header = &header[..header.len() - message.len()];
        // Git decodes the object as a whole, or not at all.
        let is_decoded =
            commit.encoding.is_none() || decoded(header, commit.encoding).1 == Decoding::Exact;
        commit.anomalies.extend(found.anomalies());
        let oddities = [
            (!is_ended, "the header does not end with an empty line"),
            (has_nul(header), "the header contains NUL"),
            (!is_decoded, "the header cannot be decoded"),
            (has_nul(message), "the message contains NUL"),
        ];
        commit.anomalies.extend(
            oddities
                .into_iter()
                .filter_map(|(is_odd, oddity)| is_odd.then_some(oddity)),
        );
        Some(commit)
    }
}

/// The relevant header lines below the parents, each in its first occurrence.
#[derive(Default)]
struct Found<'a> {
    author: Option<&'a [u8]>,
    committer: Option<&'a [u8]>,
    encoding: Option<&'a [u8]>,
    /// The number of the line on which Git expects the committer.
    after_author: usize,
    is_signed: bool,
    anomalies: Vec<&'static str>,
}

impl<'a> Found<'a> {
    fn add(&mut self, number: usize, line: &'a [u8]) {
        let (key, value) = line.split_at(memchr(b' ', line).unwrap_or(line.len()));
        let value = value.get(1..).unwrap_or_default();
        let is_expected = match key {
            b"author" => number == 0,
            b"committer" => number == self.after_author && self.author.is_some(),
            _ => true,
        };
        let oddity = match key {
            b"tree" => Some("the header has a second `tree`"),
            b"parent" => Some("the header has a misplaced `parent`"),
            b"author" if self.author.is_some() => Some("there is not exactly one author"),
            b"author" if !is_expected => Some("the author is misplaced"),
            b"committer" if self.committer.is_some() => Some("there is not exactly one committer"),
            b"committer" if !is_expected => Some("the committer is misplaced"),
            b"encoding" if self.encoding.is_some() => Some("the header has a second `encoding`"),
            b"gpgsig" if self.is_signed => Some("the header has a second signature"),
            b"" if number <= self.after_author + 1 => {
                Some("the author or committer continues on another line")
            }
            _ => None,
        };
        self.anomalies.extend(oddity);
        match key {
            b"author" => {
                self.author = self.author.or(Some(value));
                self.after_author = number + 1;
            }
            b"committer" => self.committer = self.committer.or(Some(value)),
            b"encoding" => self.encoding = self.encoding.or(Some(value)),
            b"gpgsig" => self.is_signed = true,
            _ => {}
        }
    }

    /// The anomalies of the lines, regardless of the rest of the object.
    fn anomalies(self) -> Vec<&'static str> {
        let Self {
            author,
            committer,
            encoding,
            anomalies: mut oddities,
            ..
        } = self;
        let is_malformed = |line: Option<&[u8]>| {
            line.is_some_and(|line| !RawPerson::is_well_formed(line, encoding))
        };
        let has_date = |line: Option<&[u8]>| line.is_none_or(has_date);
        let further = [
            (author.is_none(), "there is not exactly one author"),
            (committer.is_none(), "there is not exactly one committer"),
            (
                is_malformed(author),
                "the author is not of the form `Name <address>`",
            ),
            (
                is_malformed(committer),
                "the committer is not of the form `Name <address>`",
            ),
            (
                !has_date(author) || !has_date(committer),
                "a date is invalid",
            ),
            (
                encoding.is_some_and(|encoding| !is_known(encoding)),
                "the encoding is unknown",
            ),
        ];
        oddities.extend(
            further
                .into_iter()
                .filter_map(|(is_odd, oddity)| is_odd.then_some(oddity)),
        );
        oddities
    }
}

impl<'a> RawTag<'a> {
    /// Reads a tag object; `None` if the bytes are not one.
    #[must_use]
    pub(crate) fn parse(object: &'a [u8]) -> Option<Self> {
        let mut lines = HeaderLines::of(object);
        let target = Id::from_hex(lines.next()?.strip_prefix(b"object ")?)?;
        let target_type = lines.next()?.strip_prefix(b"type ")?;
        let name = lines.next()?.strip_prefix(b"tag ")?;
        let tagger = lines
            .next()
            .and_then(|line| line.strip_prefix(b"tagger "))
            .map(RawPerson::parse);
        Some(Self {
            target,
            target_type,
            name,
            tagger,
            message: lines.message(),
        })
    }
}

impl<'a> RawPerson<'a> {
    /// Reads `Name <address> seconds zone` as Git does; missing parts are empty.
    ///
    /// The address ends at the first `>`, and the seconds follow the last one.
    #[must_use]
    pub(crate) fn parse(line: &'a [u8]) -> Self {
        let Some(open) = memchr(b'<', line) else {
            return Self {
                name: trim_end(line),
                ..Self::default()
            };
        };
        let name = trim_end(&line[..open]);
        let Some(length) = memchr(b'>', &line[open + 1..]) else {
            return Self {
                name,
                ..Self::default()
            };
        };
        let email = &line[open + 1..][..length];
        let after = &line[memrchr(b'>', line).unwrap_or(open) + 1..];
        let digits = &after[after.iter().take_while(|byte| is_space(**byte)).count()..];
        let digits = &digits[..digits
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()];
        let seconds = std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| digits.parse().ok());
        Self {
            name,
            email,
            seconds,
        }
    }

    /// Whether a line begins with `Name <address>` exactly as Git writes it, so that all readers
    /// agree.
    ///
    /// The name may be empty. Control characters and invisible characters are refused; a name may
    /// contain joiners, which some scripts need.
    pub(super) fn is_well_formed(line: &[u8], encoding: Option<&[u8]>) -> bool {
        let is_joiner = |character| matches!(character, '\u{200c}' | '\u{200d}');
        let is_readable = |text: &[u8], is_name: bool| {
            if text.iter().all(|byte| matches!(byte, b' '..=b'~')) {
                return true;
            }
            let (text, decoding) = decoded(text, encoding);
            let is_hidden = |character| is_hostile(character) && !(is_name && is_joiner(character));
            decoding == Decoding::Exact && !text.contains(is_hidden)
        };
        let Some((name, rest)) = split_at(line, b'<') else {
            return false;
        };
        let Some((email, date)) = split_at(rest, b'>') else {
            return false;
        };
        let has_space = name.is_empty() || name.ends_with(b" ");
        has_space
            && memchr(b'>', name).is_none()
            && memchr(b'<', email).is_none()
            && memchr2(b'<', b'>', date).is_none()
            && is_readable(name, true)
            && is_readable(email, false)
    }
}

/// The parts before and after the first of these bytes.
fn split_at(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr(byte, text)?;
    Some((&text[..at], &text[at + 1..]))
}

/// Whether ` seconds zone` follows the address, in the form in which Git writes dates of the years
/// 1970 to 9999.
fn has_date(line: &[u8]) -> bool {
    // A line without an address is malformed regardless of its date.
    let Some(close) = memrchr(b'>', line) else {
        return true;
    };
    let mut parts = line[close + 1..].split(|byte| *byte == b' ');
    let parts = [parts.next(), parts.next(), parts.next(), parts.next()];
    let [
        Some([]),
        Some(seconds),
        Some([b'+' | b'-', zone @ ..]),
        None,
    ] = parts
    else {
        return false;
    };
    let is_number = |digits: &[u8]| digits.iter().all(u8::is_ascii_digit);
    let is_padded = seconds.len() > 1 && seconds[0] == b'0';
    let is_possible = RawPerson::parse(line)
        .seconds
        .is_some_and(|seconds| seconds <= LAST_SECOND);
    is_number(seconds) && !is_padded && is_possible && is_number(zone) && zone.len() == 4
}

fn trim_end(text: &[u8]) -> &[u8] {
    let end = text
        .iter()
        .rposition(|byte| !is_space(*byte))
        .map_or(0, |last| last + 1);
    &text[..end]
}

/// Whether Git treats a byte as white space.
const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The lines above the first empty one, one after another.
struct HeaderLines<'a> {
    rest: &'a [u8],
    /// Whether the empty line was reached.
    ended: bool,
}

impl<'a> HeaderLines<'a> {
    fn of(object: &'a [u8]) -> Self {
        Self {
            rest: object,
            ended: false,
        }
    }

    /// The text below the header.
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
        let (line, rest) = split_at(self.rest, b'\n').unwrap_or((self.rest, &[]));
        self.ended = line.is_empty() && !self.rest.is_empty();
        self.rest = rest;
        (!line.is_empty()).then_some(line)
    }
}

/// Only the parents and the committer's time, which is all that a walk needs of the commits it
/// passes.
///
/// Returns `None` if the bytes are not a commit. An invalid time counts as 0, since times are not
/// used to order anything.
pub(crate) fn parents_and_time(object: &[u8]) -> Option<(SmallList<Id>, i64)> {
    let (parents, header) = parents_and_rest(object)?;
    let line = HeaderLines::of(header)
        .find_map(|line| line.strip_prefix(b"committer "))
        .unwrap_or_default();
    Some((parents, RawPerson::parse(line).seconds.unwrap_or(0)))
}

/// The parents of a commit, which directly follow its tree, and the lines below them.
fn parents_and_rest(object: &[u8]) -> Option<(SmallList<Id>, &[u8])> {
    tree(object)?;
    let mut rest = object.get(TREE..)?;
    let parents = std::iter::from_fn(|| {
        let line = rest.strip_prefix(b"parent ")?;
        let parent = line
            .get(..40)
            .and_then(Id::from_hex)
            .filter(|_| line.get(40) == Some(&b'\n'));
        rest = rest.get(PARENT..).unwrap_or_default();
        Some(parent)
    });
    let parents = parents.collect::<Option<SmallList<Id>>>()?;
    Some((parents, rest))
}

/// The length of the line of a tree.
const TREE: usize = "tree ".len() + 40 + 1;
/// The length of the line of a parent.
const PARENT: usize = "parent ".len() + 40 + 1;

/// Only the tree of a commit; `None` if the bytes are not a commit.
#[must_use]
pub(crate) fn tree(object: &[u8]) -> Option<Id> {
    let line = object.strip_prefix(b"tree ")?;
    line.get(..40)
        .and_then(Id::from_hex)
        .filter(|_| line.get(40) == Some(&b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";
    const PARENT: &str = "parent 0123456789abcdef0123456789abcdef01234567\n";
    const WHO: &str = "author A B <a@example.org> 12 +0000\ncommitter C <c@example.org> 34 +0100\n";

    #[test]
    fn commit_object_is_parsed() {
        let object =
            format!("{TREE}{PARENT}{WHO}encoding latin1\ngpgsig x\n y\n\nfeat: a\n\nbody\n");
        let commit = RawCommit::parse(object.as_bytes()).unwrap();
        assert_eq!(commit.parents.len(), 1);
        assert_eq!(
            (
                commit.author.name,
                commit.author.email,
                commit.author.seconds
            ),
            (&b"A B"[..], &b"a@example.org"[..], Some(12))
        );
        assert_eq!(commit.committer.seconds, Some(34));
        assert_eq!(commit.encoding, Some(&b"latin1"[..]));
        assert_eq!(commit.message, b"feat: a\n\nbody\n");
        assert!(commit.anomalies.is_empty());
    }

    #[test]
    fn a_commit_without_a_message_is_one() {
        assert_eq!(
            RawCommit::parse(format!("{TREE}{WHO}\n").as_bytes())
                .unwrap()
                .message,
            b""
        );
    }

    #[test]
    fn a_second_author_is_odd_and_the_first_counts() {
        let object = format!("{TREE}{WHO}author Z <z@example.org> 1 +0000\n\nx");
        let commit = RawCommit::parse(object.as_bytes()).unwrap();
        assert_eq!(commit.author.name, b"A B");
        assert_eq!(commit.anomalies, ["there is not exactly one author"]);
    }

    fn oddities(object: &str) -> Vec<&'static str> {
        RawCommit::parse(object.as_bytes()).unwrap().anomalies
    }

    #[test]
    fn a_parent_below_the_author_is_ignored_and_odd() {
        for place in ["committer", "encoding", "\n\n"] {
            let object = format!("{TREE}{PARENT}{WHO}encoding UTF-8\n\nx");
            let (above, below) =
                object.split_at(object.find(place).unwrap() + usize::from(place == "\n\n"));
            let object = format!("{above}{}{below}", PARENT.replace('0', "f"));
            let commit = RawCommit::parse(object.as_bytes()).unwrap();
            assert_eq!(
                commit.parents,
                RawCommit::parse(format!("{TREE}{PARENT}{WHO}\nx").as_bytes())
                    .unwrap()
                    .parents
            );
            assert!(
                commit
                    .anomalies
                    .contains(&"the header has a misplaced `parent`"),
                "{:?}",
                commit.anomalies
            );
        }
    }

    #[test]
    fn repeated_and_misplaced_headers_are_odd() {
        let (author, committer) = WHO.split_at(WHO.find("committer").unwrap());
        for (header, oddity) in [
            (
                format!("{TREE}{WHO}{TREE}"),
                "the header has a second `tree`",
            ),
            (
                format!("{TREE}{WHO}{committer}"),
                "there is not exactly one committer",
            ),
            (
                format!("{TREE}{author}"),
                "there is not exactly one committer",
            ),
            (
                format!("{TREE}{committer}"),
                "there is not exactly one author",
            ),
            (format!("{TREE}x y\n{WHO}"), "the author is misplaced"),
            (
                format!("{TREE}{author}x y\n{committer}"),
                "the committer is misplaced",
            ),
            (
                format!("{TREE}{WHO}encoding UTF-8\nencoding KOI8-R\n"),
                "the header has a second `encoding`",
            ),
            (
                format!("{TREE}{WHO}gpgsig a\n b\ngpgsig c\n"),
                "the header has a second signature",
            ),
            (
                format!("{TREE}{author} x\n{committer}"),
                "the author or committer continues on another line",
            ),
            (
                format!("{TREE}{WHO}encoding UTF-7\n"),
                "the encoding is unknown",
            ),
            (
                format!("{TREE}{WHO}encoding UTF-16LE\n"),
                "the encoding is unknown",
            ),
            (format!("{TREE}{WHO}x \0y\n"), "the header contains NUL"),
        ] {
            assert!(
                oddities(&format!("{header}\nx")).contains(&oddity),
                "{header:?} {oddity}"
            );
        }
        assert_eq!(
            oddities(&format!("{TREE}{WHO}")),
            ["the header does not end with an empty line"]
        );
        let mergetags =
            "mergetag object x\n author y\nmergetag object z\nchange-id q\nHG:extra r\n";
        assert_eq!(
            oddities(&format!(
                "{TREE}{PARENT}{PARENT}{WHO}{mergetags}gpgsig a\n b\n\nx"
            )),
            [""; 0]
        );
    }

    #[test]
    fn an_author_that_readers_read_differently_is_odd() {
        let author = |who: &str| {
            oddities(&format!("{TREE}{WHO}\nx").replacen("A B <a@example.org>", who, 1))
        };
        for who in [
            "A <a@x> <b@y>",
            "A <a@x>, B <b@y>",
            "A a@x",
            "A<a@x>",
            "A <<a@x>",
            "A > <a@x>",
            "A\r <a@x>",
            "A\u{1b} <a@x>",
            "A\u{202e} <a@x>",
            "A\u{200b} <a@x>",
            "A <a\u{200d}@x>",
            "A <a\t@x>",
        ] {
            assert_eq!(
                author(who),
                ["the author is not of the form `Name <address>`"],
                "{who:?}"
            );
        }
        for who in [
            "A B. <a@x.>",
            " <a@x>",
            "<a@x>",
            "A <>",
            "\u{639}\u{644}\u{6cc}\u{200c}\u{631} <a@x>",
            "A 'B' (C) <a+b@x>",
        ] {
            assert_eq!(author(who), [""; 0], "{who:?}");
        }
    }

    #[test]
    fn an_address_ends_where_git_ends_it() {
        let person = RawPerson::parse(b"Zed <kim@x> <zed@x> 5 +0000");
        assert_eq!(
            (person.name, person.email, person.seconds),
            (&b"Zed"[..], &b"kim@x"[..], Some(5))
        );
    }

    #[test]
    fn a_date_that_no_calendar_has_is_odd() {
        for seconds in [
            "soon",
            "-1",
            "253402300800",
            "99999999999999999999",
            "012",
            "12\t",
            "\x0c12",
            "\r12",
            " 12",
        ] {
            let object = format!("{TREE}{WHO}\n").replacen(" 12 +", &format!(" {seconds} +"), 1);
            assert_eq!(
                RawCommit::parse(object.as_bytes()).unwrap().anomalies,
                ["a date is invalid"],
                "{seconds}"
            );
        }
    }

    #[test]
    fn a_message_with_nul_is_odd() {
        let object = format!("{TREE}{WHO}\nfeat: a\0b");
        assert_eq!(
            RawCommit::parse(object.as_bytes()).unwrap().anomalies,
            ["the message contains NUL"]
        );
    }

    #[test]
    fn blob_is_not_a_commit() {
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
        let object =
            b"object 0123456789abcdef0123456789abcdef01234567\ntype commit\ntag v1\n\nx\n\ny\n";
        let tag = RawTag::parse(object).unwrap();
        assert_eq!((tag.tagger, tag.message), (None, &b"x\n\ny\n"[..]));
    }

    #[test]
    fn tag_name_and_time_are_read() {
        let object = b"object 0123456789abcdef0123456789abcdef01234567\ntype commit\ntag v1\ntagger T <t@example.org> 5 +0000\n\nx\n";
        let tag = RawTag::parse(object).unwrap();
        assert_eq!(
            (tag.name, tag.tagger.unwrap().seconds),
            (&b"v1"[..], Some(5))
        );
    }
}
