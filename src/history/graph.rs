//! The commits seen so far, each read once and known by a small number.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use crate::commit::{Commit, Id, IdHasher, RawCommit, Reader, SmallList, parents_and_time, tree};
use crate::error::{Error, Result};
use crate::history::History;
use crate::history::prefetch::{Prefetched, prefetch};

/// The number of a commit in its [`Graph`].
pub(super) type Node = u32;

/// How many bytes of objects are kept until it is known whether their messages are needed.
const MAX_CACHED_BYTES: usize = 16 << 20;

/// The part of a history that has been seen.
pub(super) struct Graph<'h, H> {
    history: &'h H,
    nodes_by_id: HashMap<Id, Node, BuildHasherDefault<IdHasher>>,
    nodes: Vec<Entry>,
    reader: Reader,
    kept_bytes: usize,
    /// The trees of the loaded commits, if they will be needed.
    trees: Option<Vec<Option<Id>>>,
}

struct Entry {
    id: Id,
    time: i64,
    parents: Option<SmallList<Node>>,
    content: Content,
}

/// What is known of a commit besides its parents.
enum Content {
    Unknown,
    /// The object's bytes, not parsed yet.
    Raw(Box<[u8]>),
    Read(Box<Commit>),
}

impl<'h, H: History> Graph<'h, H> {
    pub(super) fn new(history: &'h H) -> Self {
        Self {
            history,
            nodes_by_id: HashMap::default(),
            nodes: Vec::new(),
            reader: Reader::default(),
            kept_bytes: 0,
            trees: None,
        }
    }

    /// The history that it is read from.
    pub(super) const fn history(&self) -> &'h H {
        self.history
    }

    /// A graph that keeps the trees of commits.
    pub(super) fn with_trees(history: &'h H) -> Self {
        Self {
            trees: Some(Vec::new()),
            ..Self::new(history)
        }
    }

    /// The tree of a commit, which is loaded for that.
    pub(super) fn tree(&mut self, node: Node) -> Result<Id> {
        self.load(node)?;
        if let Some(known) = self
            .trees
            .as_ref()
            .and_then(|trees| trees.get(node as usize))
            .copied()
            .flatten()
        {
            return Ok(known);
        }
        let id = self.id(node);
        let object = self.history.commit(id)?;
        self.record_tree(node, object.as_ref());
        tree(object.as_ref()).ok_or_else(|| Error::not_a_commit(id))
    }

    /// The number of a commit, which gets one when it is first seen.
    pub(super) fn node(&mut self, id: Id) -> Node {
        let next =
            Node::try_from(self.nodes.len()).expect("four billion commits do not fit into memory");
        *self.nodes_by_id.entry(id).or_insert_with(|| {
            self.nodes.push(Entry {
                id,
                time: 0,
                parents: None,
                content: Content::Unknown,
            });
            next
        })
    }

    /// The number of a commit that was seen.
    pub(super) fn find(&self, id: Id) -> Option<Node> {
        self.nodes_by_id.get(&id).copied()
    }

    /// How many commits were seen.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn id(&self, node: Node) -> Id {
        self.nodes[node as usize].id
    }

    /// The committer's time of a loaded commit: a hint for the order of walks.
    pub(super) fn time(&self, node: Node) -> i64 {
        self.nodes[node as usize].time
    }

    /// The parents of a loaded commit, in order; none if history is cut off there.
    pub(super) fn parents(&self, node: Node) -> &[Node] {
        self.nodes[node as usize]
            .parents
            .as_ref()
            .map_or(&[], SmallList::as_slice)
    }

    /// Whether history is cut off at this commit.
    pub(super) fn is_cut(&self, node: Node) -> bool {
        self.history.is_shallow(self.id(node))
    }

    /// Reads all that `starts` reach on all cores, as far as it can be read; the last are begun
    /// with first.
    pub(super) fn prefetch(&mut self, starts: Vec<Id>) {
        let ready = prefetch(self.history, starts);
        self.nodes_by_id.reserve(ready.len());
        self.nodes.reserve(ready.len());
        for Prefetched {
            id,
            parents,
            time,
            commit,
        } in ready
        {
            let node = self.node(id);
            self.connect(node, parents.as_slice(), time);
            self.nodes[node as usize].content = Content::Read(commit);
        }
    }

    /// Reads the parents and the time of a commit.
    pub(super) fn load(&mut self, node: Node) -> Result<()> {
        if self.nodes[node as usize].parents.is_some() {
            return Ok(());
        }
        let id = self.id(node);
        let object = self.history.commit(id)?;
        let object = object.as_ref();
        let (parents, time) = parents_and_time(object).ok_or_else(|| Error::not_a_commit(id))?;
        self.connect(node, parents.as_slice(), time);
        self.record_tree(node, object);
        if self.kept_bytes + object.len() <= MAX_CACHED_BYTES {
            self.kept_bytes += object.len();
            self.nodes[node as usize].content = Content::Raw(object.into());
        }
        Ok(())
    }

    /// Calls `read` with the bytes of a commit, which are kept if it was loaded recently.
    pub(super) fn with_object<T>(
        &self,
        node: Node,
        read: impl FnOnce(&[u8]) -> Result<T>,
    ) -> Result<T> {
        match &self.nodes[node as usize].content {
            Content::Raw(object) => read(object),
            Content::Unknown | Content::Read(_) => {
                read(self.history.commit(self.id(node))?.as_ref())
            }
        }
    }

    /// Reads a commit with its message.
    pub(super) fn load_message(&mut self, node: Node) -> Result<()> {
        match std::mem::replace(&mut self.nodes[node as usize].content, Content::Unknown) {
            Content::Read(commit) => self.nodes[node as usize].content = Content::Read(commit),
            Content::Raw(object) => self.read(node, &object)?,
            Content::Unknown => {
                let object = self.history.commit(self.id(node))?;
                self.read(node, object.as_ref())?;
            }
        }
        Ok(())
    }

    fn read(&mut self, node: Node, object: &[u8]) -> Result<()> {
        let id = self.id(node);
        let raw = RawCommit::parse(object).ok_or_else(|| Error::not_a_commit(id))?;
        self.nodes[node as usize].content = Content::Read(Box::new(self.reader.read(id, &raw)));
        if self.nodes[node as usize].parents.is_none() {
            self.connect(node, &raw.parents, raw.committer.seconds.unwrap_or(0));
            self.record_tree(node, object);
        }
        Ok(())
    }

    fn record_tree(&mut self, node: Node, object: &[u8]) {
        let Some(trees) = &mut self.trees else { return };
        trees.resize(self.nodes.len(), None);
        trees[node as usize] = tree(object);
    }

    /// Moves a commit out of the graph; it is read if it has not been.
    pub(super) fn take_commit(&mut self, node: Node) -> Result<Commit> {
        self.load_message(node)?;
        match std::mem::replace(&mut self.nodes[node as usize].content, Content::Unknown) {
            Content::Read(commit) => Ok(*commit),
            Content::Raw(_) | Content::Unknown => unreachable!("it was just loaded"),
        }
    }

    fn connect(&mut self, node: Node, parents: &[Id], time: i64) {
        let parents = if self.is_cut(node) { &[] } else { parents };
        let parents = parents.iter().map(|parent| self.node(*parent)).collect();
        let entry = &mut self.nodes[node as usize];
        (entry.parents, entry.time) = (Some(parents), time);
    }
}
