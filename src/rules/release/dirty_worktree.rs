//! A work tree that is not the commit to be released: what was tried is not what would be released.

use super::Circumstances;
use crate::config::Level;
use crate::finding::Place;
use crate::rules::rule::{Check, Hit, Rule};
use crate::source::{Label, Span};

pub(in crate::rules) const RULE: Rule = Rule {
    name: "release/dirty-worktree",
    level: Level::Error,
    since: "0.1.0",
    summary: "a work tree that is not the commit to be released",
    page: include_str!("dirty_worktree.md"),
    options: &[],
    checks: &[Check::Release(check)],
};

fn check(found: &Circumstances) -> Vec<(Place, Hit)> {
    let changed = found.changed.iter().map(|path| {
        let hit = hit("a tracked file is changed and not committed".into(), path);
        (Place::File(path.clone()), hit.help("commit it, or put it aside with `git stash`"))
    });
    let occupied = found.occupied.iter().map(|path| {
        let hit = hit("an untracked file lies where the release would write".into(), path);
        (Place::File(path.clone()), hit.help("commit it, or move it away"))
    });
    let under_way = found.under_way.map(|what| {
        let hit = hit(format!("{what} is under way"), what);
        (Place::Commit(found.base.to_string()), hit.help("finish it first; `git status` says how"))
    });
    let filtered = found.filtered.iter().map(|path| {
        let hit = hit("a file with a filter may be changed".into(), path);
        (Place::File(path.clone()), hit.help(
            "run `git update-index --refresh`, which compares it through its filter, and try again; if that changes \
             nothing, the file's time is in the future: set it with `touch`",
        ))
    });
    changed.chain(filtered).chain(occupied).chain(under_way).collect()
}

fn hit(message: String, anchor: &str) -> Hit {
    RULE.finding(Label::new(Span::default(), "")).message(message).anchor(anchor)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, told};
    use super::*;

    #[test]
    fn each_file_is_told_at_its_path() {
        let found = Circumstances { changed: vec!["b".into()], occupied: vec!["a".into()], ..clean() };
        let expected = [
            (RULE.name, "a".to_owned(), "an untracked file lies where the release would write".to_owned()),
            (RULE.name, "b".to_owned(), "a tracked file is changed and not committed".to_owned()),
        ];
        assert_eq!(told(&found), expected);
    }

    #[test]
    fn what_is_half_way_is_told() {
        let found = Circumstances { under_way: Some("a merge"), ..clean() };
        assert_eq!(told(&found)[0].2, "a merge is under way");
    }
}
