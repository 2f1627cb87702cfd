//! Commit objects, read by Git and by Tollgate: an object that they read differently must be
//! reported as malformed.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Stdio;

use tollgate::commit::{Decoding, Id, RawCommit, RawPerson, Signed, decoded};

use crate::sandbox::{Random, Sandbox, stderr, stdout};
use crate::scenario::assert_success;

/// How many commits are compared; `TOLLGATE_COMMITS` compares more.
const COMMITS: usize = 4_000;

/// How many signatures are compared, each by a program that git starts.
const SIGNATURES: usize = 150;

/// The objects from which others are made.
const SEEDS: [&[u8]; 4] = [
    b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor Ada <ada@example.com> 1767225600 +0000\n\
      committer Bo <bo@example.com> 1767225601 -0130\n\nfeat: a\n\nbody\n",
    b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 0123456789abcdef0123456789abcdef01234567\n\
      parent 89abcdef0123456789abcdef0123456789abcdef\nauthor A B <a@x> 1 +0000\ncommitter C <c@x> 2 +0100\n\nMerge\n",
    b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 0123456789abcdef0123456789abcdef01234567\n\
      author Ren\xe9 <r@x> 1767225600 +0000\ncommitter Ren\xe9 <r@x> 1767225600 +0000\nencoding ISO-8859-1\n\nfix: \xe9t\xe9\n",
    b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor Ada <ada@example.com> 1 +0000\n\
      committer Ada <ada@example.com> 1 +0000\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----\n\
      change-id zzz\n\nfeat: signed\n\nChange: a\n",
];

/// What is put into them.
const PIECES: [&[u8]; 42] = [
    b"\n",
    b"\n\n",
    b" ",
    b"\t",
    b"\r",
    b"\0",
    b"<",
    b">",
    b".",
    b"+",
    b"-",
    b"0",
    b"7",
    b"\x1b",
    b"\x0c",
    b"\x7f",
    b"\xff",
    b"\x93",
    b"\xe2\x80\x8b",
    b"\xe2\x80\x8d",
    b"\xc3\xa9",
    b"A <a@y> <b@y>",
    b"<b@y>",
    b"@",
    b"99999999999999999999",
    b" -1 +0000",
    b"author Eve <eve@x> 3 +0000\n",
    b"committer Eve <eve@x> 3 +0000\n",
    b"parent 0123456789abcdef0123456789abcdef01234567\n",
    b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n",
    b"encoding UTF-8\n",
    b"encoding ISO-8859-15\n",
    b"encoding windows-1252\n",
    b"encoding UTF-7\n",
    b"encoding koi8-r\n",
    b"encoding windows-1251\n",
    b"encoding UTF-16LE\n",
    b"encoding latin1\n",
    b"gpgsig -----BEGIN PGP SIGNATURE-----\n X\n",
    b"gpgsig-sha256 x\n y\n",
    b"mergetag object x\n type commit\n \n x\n",
    b"\nauthor",
];

impl Random {
    /// A commit with one or two changes.
    fn commit(&mut self) -> Vec<u8> {
        let mut object = SEEDS[self.below(SEEDS.len())].to_vec();
        for _ in 0..=self.below(2) {
            self.change(&mut object);
        }
        object
    }

    fn change(&mut self, object: &mut Vec<u8>) {
        // A tree that is changed makes no commit: most changes are below it.
        let start = if self.below(8) == 0 {
            0
        } else {
            object.len().min(46)
        };
        let at = (start + self.below(object.len() - start)).min(object.len() - 1);
        let end = (at + 1 + self.below(24)).min(object.len());
        match self.below(8) {
            0 => object[at] = u8::try_from(self.below(256)).unwrap(),
            1 => drop(object.drain(at..end)),
            2 => {
                let line = object[at..]
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .map_or(object.len(), |end| at + end + 1);
                object.splice(line..line, PIECES[self.below(PIECES.len())].iter().copied());
            }
            3 => {
                let mut lines: Vec<Vec<u8>> = object
                    .split_inclusive(|byte| *byte == b'\n')
                    .map(<[u8]>::to_vec)
                    .collect();
                let (from, to) = (self.below(lines.len()), self.below(lines.len()));
                let line = if self.below(2) == 0 {
                    lines[from].clone()
                } else {
                    lines.remove(from)
                };
                lines.insert(to.min(lines.len()), line);
                *object = lines.concat();
            }
            4 | 5 => object.insert(at, b'a' + u8::try_from(self.below(26)).unwrap()),
            _ => drop(object.splice(at..at, PIECES[self.below(PIECES.len())].iter().copied())),
        }
        if object.is_empty() {
            object.push(b'x');
        }
    }
}

/// What a commit says, each part as `git log` prints it.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    parents: String,
    author: [Vec<u8>; 3],
    committer: [Vec<u8>; 3],
    message: Vec<u8>,
}

/// What we read; `None`: it is malformed, or no commit at all.
fn ours(object: &[u8]) -> Option<Said> {
    let commit = RawCommit::parse(object).filter(|commit| commit.anomalies.is_empty())?;
    let text = |bytes: &[u8]| {
        let (text, decoding) = decoded(bytes, commit.encoding);
        (decoding == Decoding::Exact).then(|| text.into_owned().into_bytes())
    };
    let person = |of: &RawPerson<'_>| {
        Some([
            text(of.name)?,
            text(of.email)?,
            of.seconds.unwrap().to_string().into_bytes(),
        ])
    };
    let parents: Vec<String> = commit.parents.iter().map(Id::to_string).collect();
    Some(Said {
        parents: parents.join(" "),
        author: person(&commit.author)?,
        committer: person(&commit.committer)?,
        message: text(commit.message)?,
    })
}

/// What git prints of commits, one after the other.
fn log(sandbox: &Sandbox, ids: &[Id], format: &str) -> Vec<Vec<u8>> {
    let mut git = sandbox.command("git");
    git.args([
        "-c",
        "gpg.program=./gpg",
        "log",
        "--no-walk=unsorted",
        "-z",
        "--stdin",
        "--encoding=UTF-8",
        format,
    ]);
    let mut child = git
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let names: String = ids.iter().map(|id| format!("{id}\n")).collect();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(names.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert_success(&output);
    let records: Vec<Vec<u8>> = output
        .stdout
        .split(|byte| *byte == 0)
        .map(<[u8]>::to_vec)
        .collect();
    records[..ids.len()].to_vec()
}

fn said_by_git(record: &[u8]) -> Said {
    let mut lines = record.splitn(8, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default().to_vec();
    let parents = String::from_utf8(line()).unwrap();
    Said {
        parents,
        author: [line(), line(), line()],
        committer: [line(), line(), line()],
        message: lines.next().unwrap_or_default().to_vec(),
    }
}

/// Writes commits as they are, and gives their ids.
fn written(sandbox: &Sandbox, objects: &[Vec<u8>]) -> Vec<Id> {
    let repository = git2::Repository::open(sandbox.path()).unwrap();
    let database = repository.odb().unwrap();
    let id = |object: &Vec<u8>| {
        let id = database.write(git2::ObjectType::Commit, object).unwrap();
        id.to_string().parse().unwrap()
    };
    objects.iter().map(id).collect()
}

/// This many commits, each another one.
fn mutated(count: usize) -> Vec<Vec<u8>> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut objects = BTreeSet::new();
    while objects.len() < count {
        objects.insert(random.commit());
    }
    objects.into_iter().collect()
}

#[test]
fn git_reads_the_same_commit_or_it_is_malformed() {
    let sandbox = Sandbox::new();
    let count = std::env::var("TOLLGATE_COMMITS").map_or(COMMITS, |count| count.parse().unwrap());
    let all = mutated(count);
    let objects: Vec<Vec<u8>> = all
        .iter()
        .filter(|object| ours(object).is_some())
        .cloned()
        .collect();
    let ids = written(&sandbox, &objects);
    let format = "--format=%P%n%an%n%ae%n%at%n%cn%n%ce%n%ct%n%B";
    for ((object, id), record) in objects.iter().zip(&ids).zip(log(&sandbox, &ids, format)) {
        let read = ours(object).unwrap();
        assert_eq!(
            read,
            said_by_git(&record),
            "{id}: {:?}",
            String::from_utf8_lossy(object)
        );
    }
    assert!(
        objects.len() * 6 > all.len(),
        "too few of the mutated commits are readable: {}",
        objects.len()
    );
}

#[test]
fn signature_payload_agrees_with_git() {
    let sandbox = Sandbox::new();
    sandbox.write("gpg", "#!/bin/sh\ncat \"$4\" >&2\necho == >&2\ncat >&2\n");
    sandbox
        .command("chmod")
        .args(["+x", "gpg"])
        .status()
        .unwrap();
    let is_signed = |object: &Vec<u8>| {
        let signature = Signed::commit(object).signature;
        ours(object).is_some()
            && signature.is_some_and(|text| text.starts_with(b"-----BEGIN PGP SIGNATURE-----"))
    };
    let objects: Vec<Vec<u8>> = mutated(COMMITS)
        .into_iter()
        .filter(is_signed)
        .take(SIGNATURES)
        .collect();
    assert_eq!(objects.len(), SIGNATURES);
    let ids = written(&sandbox, &objects);
    for ((object, id), record) in objects
        .iter()
        .zip(&ids)
        .zip(log(&sandbox, &ids, "--format=%GG"))
    {
        let signed = Signed::commit(object);
        let read = [signed.signature.unwrap(), b"==\n".to_vec(), signed.payload].concat();
        assert_eq!(
            String::from_utf8_lossy(&read),
            String::from_utf8_lossy(&record),
            "{id}"
        );
    }
}

/// A branch `topic` whose tip has a parent below its committer, where git does not look for one.
fn hidden_parent() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: begin");
    sandbox.git(&["tag", "v1.0.0"]);
    let (tree, parent) = (
        sandbox.git(&["rev-parse", "HEAD^{tree}"]),
        sandbox.git(&["rev-parse", "HEAD"]),
    );
    let who = "Ada <ada@example.com> 1767225600 +0000";
    let object = format!(
        "tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\nparent {parent}\n\nfix: x\n"
    );
    sandbox.write(".git/object", object);
    let tip = sandbox.git(&["hash-object", "-t", "commit", "-w", ".git/object"]);
    sandbox.git(&["switch", "--quiet", "--create", "topic", &tip]);
    sandbox
}

#[test]
fn a_hidden_parent_is_refused_by_the_gate() {
    let output =
        hidden_parent().tollgate(&["gate", "--base", "main", "--format", "concise", "--quiet"]);
    let finding =
        "error[commit/malformed] the commit is malformed: the header has a misplaced `parent`\n";
    assert!(stdout(&output).ends_with(finding), "{}", stdout(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_malformed_commit_is_refused_by_a_release() {
    let sandbox = hidden_parent();
    let output = sandbox.tollgate(&["release", "--execute"]);
    assert!(
        stdout(&output).contains("error[commit/malformed]"),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
    assert_eq!(
        (output.status.code(), sandbox.git(&["tag"]).as_str()),
        (Some(1), "v1.0.0")
    );
    sandbox.write("tollgate.toml", "rules.\"commit/malformed\" = \"off\"\n");
    sandbox.commit("chore: let it pass");
    assert_eq!(
        sandbox.tollgate(&["release", "--execute"]).status.code(),
        Some(0)
    );
}

#[test]
fn malformed_commit_is_one_finding_also_of_a_first_release() {
    let sandbox = hidden_parent();
    for tags in ["v1.0.0", ""] {
        let output = sandbox.tollgate(&["release"]);
        assert_eq!(
            (
                output.status.code(),
                stdout(&output).matches("[commit/malformed]").count()
            ),
            (Some(1), 1),
            "{tags}"
        );
        if !tags.is_empty() {
            sandbox.git(&["tag", "--delete", tags]);
        }
    }
}
