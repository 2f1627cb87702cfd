//! What was merged into a line of history, and which commits came together.
//!
//! The line is that of first parents: a merge in it brought all that no older commit of the line reaches. It is looked at
//! as far back as tickets stand in it that are asked for.

use std::collections::{HashMap, HashSet};

use super::citing::{Merged, Work};
use super::lineage::Lineages;
use crate::commit::{Commit, Id, RawCommit};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::git::GitHistory;
use crate::history::{Divergence, Objects as _, divergence};

/// A line of history, as far back as some tickets stand in it.
pub(super) struct Mainline<'r> {
    lineages: &'r Lineages<'r>,
    /// The line, newest first, as far as it was asked for.
    line: Vec<Id>,
    /// How many commits of it have one of the tickets.
    depth: usize,
}

impl<'r> Mainline<'r> {
    pub(super) fn new(lineages: &'r Lineages<'r>, tip: Id) -> Self {
        Self { lineages, line: vec![tip], depth: 0 }
    }

    /// Reaches back to where a ticket that stood at these paths came to the line.
    pub(super) fn reach(&mut self, paths: &HashSet<String>) -> Result<()> {
        let mut at = 0;
        while self.lineages.stands(self.line[at], paths)? {
            self.depth = self.depth.max(at + 1);
            at += 1;
            if at == self.line.len() {
                let Some(parent) = self.lineages.first_parent(self.line[at - 1])? else { break };
                self.line.push(parent);
            }
        }
        Ok(())
    }

    /// What was merged since then, newest first; nothing where no ticket was there.
    pub(super) fn merged(&self, history: &GitHistory<'_>, config: &Config) -> Result<Vec<Merged>> {
        if self.depth == 0 {
            return Ok(Vec::new());
        }
        let (from, has_root) = match self.line.get(self.depth) {
            Some(before) => (*before, false),
            None => (self.line[self.depth - 1], true),
        };
        let mut merged = together(divergence(history, &config.version, from, self.line[0])?);
        if has_root {
            merged.push(Merged(vec![Work::new(read(history, from)?)]));
        }
        Ok(merged)
    }
}

fn read(history: &GitHistory<'_>, id: Id) -> Result<Commit> {
    let object = history.commit(id)?;
    let raw = RawCommit::parse(object.as_ref());
    raw.map(|raw| Commit::read(id, &raw)).ok_or_else(|| Error::no_commit(id))
}

/// Puts those commits together that came with one commit of the line of first parents.
fn together(found: Divergence) -> Vec<Merged> {
    let Divergence { commits, parents, .. } = found;
    let ids: Vec<Id> = commits.iter().map(|judged| judged.commit.id).collect();
    let place: HashMap<Id, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let mut line = Vec::new();
    let mut next = ids.first().and_then(|tip| place.get(tip));
    while let Some(at) = next {
        line.push(*at);
        next = parents[*at].first().and_then(|parent| place.get(parent));
    }
    // The oldest merge that reaches a commit brought it.
    let mut brought_by: Vec<Option<usize>> = vec![None; ids.len()];
    for (unit, at) in line.iter().enumerate().rev() {
        let mut open = vec![*at];
        while let Some(at) = open.pop() {
            if brought_by[at].is_none() {
                brought_by[at] = Some(unit);
                open.extend(parents[at].iter().filter_map(|parent| place.get(parent)));
            }
        }
    }
    let mut merged: Vec<Merged> = line.iter().map(|_| Merged(Vec::new())).collect();
    for (judged, unit) in commits.into_iter().zip(brought_by) {
        let unit = unit.expect("the tip reaches every commit of the range");
        merged[unit].0.push(Work::new(judged.commit));
    }
    merged
}
