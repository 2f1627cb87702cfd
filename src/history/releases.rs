//! The releases of a history: each commit under the first release that contains it
//! (docs/design/changelog.md, Releases).
//!
//! For the version tags reachable from the tip in ascending order, a release is what its tag
//! reaches and no lower tag does. Commits are grouped by the graph alone.

use std::borrow::Cow;
use std::collections::HashSet;

use semver::Version;

use crate::commit::Id;
use crate::config::{Package, Prereleases, VersionSettings};
use crate::error::Result;
use crate::history::History;
use crate::history::base::BaseSearch;
use crate::history::changed_packages::{ChangedPackages, changed_packages};
use crate::history::classify::{BumpOptions, ClassifiedCommit, MergePolicy, Selection, classify};
use crate::history::difference::{difference, shallow};
use crate::history::graph::{Graph, Node};
use crate::history::order::{first_parent_line, newest_first};
use crate::history::paths::PackageIndex;
use crate::history::tags::{VersionTag, VersionTags};
use crate::version::is_stable;

/// The commits of a release, or those since the last one.
#[derive(Debug, Clone)]
pub struct Release {
    /// The version; `None`: unreleased.
    pub version: Option<Version>,
    /// The tag's name; `None`: unreleased.
    pub tag: Option<String>,
    /// When it was released, in seconds since 1970: the tagger's time, a lightweight tag's
    /// committer's.
    pub time: Option<i64>,
    /// Its commits, newest first by the graph; reverts cancel within the release.
    pub commits: Vec<ClassifiedCommit>,
}

/// The part of a history that is grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Scope {
    /// The newest commit; `None`: HEAD.
    pub tip: Option<Id>,
    /// A commit that is left out, with all its ancestors.
    pub exclude: Option<Id>,
}

/// The highest releases of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recent<'a> {
    /// What isn't released yet.
    Unreleased,
    /// That, and the highest release.
    Latest,
    /// That, and the releases with a higher version than this.
    Above(&'a Version),
    /// That, and the releases with this version or a higher one.
    From(&'a Version),
}

/// Groups commits into releases; [`ReleaseQuery::new`] creates it with
/// defaults.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ReleaseQuery<'a> {
    /// The tags that count, and the types of commits.
    pub settings: &'a VersionSettings,
    /// The package whose releases are read; `None`: those of the repository.
    pub package: Option<&'a Package>,
    /// Whether a pre-release is a release of its own.
    pub prereleases: Prereleases,
}

/// Releases, and the tag before them.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Releases {
    /// What isn't released yet, if there is any, then the releases, highest version first.
    pub list: Vec<Release>,
    /// The tag of the release that the lowest of them follows, if it is not among them.
    pub previous: Option<String>,
}

impl From<Vec<Release>> for Releases {
    fn from(list: Vec<Release>) -> Self {
        Self {
            list,
            previous: None,
        }
    }
}

const UNOWNED: u32 = u32::MAX;

/// Reads the releases of one unit after another: each tag and each commit once, and the trees of a
/// commit once for all packages.
pub(crate) struct ReleaseReader<'h, H> {
    history: &'h H,
    /// The names of all tags.
    tag_names: Vec<Cow<'h, str>>,
    graph: Graph<'h, H>,
    is_prefetched: bool,
    packages: Vec<Package>,
    /// Which of the packages each compared commit touches.
    changed: ChangedPackages,
    compared: HashSet<Node>,
}

impl<'h, H: History> ReleaseReader<'h, H> {
    /// The history that it reads.
    pub(crate) const fn history(&self) -> &'h H {
        self.history
    }

    /// Reads from a history; `packages` are those whose releases will be read.
    ///
    /// # Errors
    ///
    /// Fails if the tags cannot be listed.
    pub(crate) fn new<'p>(
        history: &'h H,
        packages: impl IntoIterator<Item = &'p Package>,
    ) -> Result<Self> {
        let packages: Vec<Package> = packages.into_iter().cloned().collect();
        let graph = match packages[..] {
            [] => Graph::new(history),
            _ => Graph::with_trees(history),
        };
        Ok(Self {
            history,
            tag_names: history.tag_names()?.collect(),
            graph,
            is_prefetched: false,
            packages,
            changed: ChangedPackages::default(),
            compared: HashSet::new(),
        })
    }

    /// Reads everything that `starts` reach on all cores, if that has not been done.
    fn prefetch(&mut self, starts: Vec<Id>) {
        if !std::mem::replace(&mut self.is_prefetched, true) {
            self.graph.prefetch(starts);
        }
    }

    /// The commits in the changelog of a package; merges that cause no bump are not among them.
    fn commits_of(
        &mut self,
        package: &Package,
        ranges: &[Vec<Node>],
        merges: MergePolicy,
    ) -> Result<HashSet<Node>> {
        let graph = &self.graph;
        let counts =
            |node: &Node| merges == MergePolicy::ByMessage || graph.parents(*node).len() < 2;
        let commits: Vec<Node> = ranges.iter().flatten().copied().filter(counts).collect();
        let is_new = |node: &Node| !self.compared.contains(node);
        let new: Vec<Node> = commits.iter().copied().filter(is_new).collect();
        if !new.is_empty() {
            let changed = changed_packages(&mut self.graph, &self.packages, &new)?;
            self.changed.extend(changed);
            self.compared.extend(new);
        }
        let is_package = |known: &Package| known.name == package.name;
        let index = self.packages.iter().position(is_package);
        let index = index.expect("the reader knows the packages");
        let index = PackageIndex::try_from(index).expect("packages are limited");
        let touches = |node: &Node| {
            let touched = self.changed.get(node);
            touched.is_some_and(|touched| touched.contains(&index))
        };
        Ok(commits.into_iter().filter(touches).collect())
    }
}

impl<'a> ReleaseQuery<'a> {
    /// The releases of the repository, each with the pre-releases before it.
    #[must_use]
    pub const fn new(settings: &'a VersionSettings) -> Self {
        Self {
            settings,
            package: None,
            prereleases: Prereleases::Fold,
        }
    }

    /// Groups all commits of the scope into releases: the unreleased ones first, then the highest
    /// version first.
    ///
    /// A release without commits of its own is kept, unless the scope leaves its tag out. Where
    /// only first-parent lines count, a release has the commits of its own tag's line. A merge that
    /// doesn't affect the version belongs to no package.
    ///
    /// # Errors
    ///
    /// Fails if history is missing.
    pub fn within<H: History>(&self, history: &H, scope: Scope) -> Result<Vec<Release>> {
        self.read(&mut ReleaseReader::new(history, self.package)?, scope)
    }

    /// The same as [`within`](Self::within), by a reader that may have read other units.
    ///
    /// # Errors
    ///
    /// Fails if history is missing.
    pub(crate) fn read<H: History>(
        &self,
        reader: &mut ReleaseReader<'_, H>,
        scope: Scope,
    ) -> Result<Vec<Release>> {
        let Some(tip) = scope
            .tip
            .map_or_else(|| reader.history.head(), |tip| Ok(Some(tip)))?
        else {
            return Ok(Vec::new());
        };
        let tags = self.tags(reader)?;
        let members = if let Some(excluded) = scope.exclude {
            let graph = &mut reader.graph;
            let (tip, excluded) = (graph.node(tip), graph.node(excluded));
            difference(graph, tip, Some(excluded))?.members(graph.len())
        } else {
            let tagged = self
                .ending(&tags)
                .filter_map(|tag| tags.commit(tag).ok().flatten());
            reader.prefetch(tagged.chain([tip]).collect());
            load_all(&mut reader.graph, tip)?
        };
        let tip = reader.graph.node(tip);
        self.group(reader, &tags, tip, members)
    }

    /// The highest releases, read without what lies below them: the same as the first ones of
    /// [`within`](Self::within) for everything that HEAD reaches.
    ///
    /// A commit that the release below does not reach is reached by no tag that this one reaches.
    /// So the lowest tag that reaches it, which decides its release, is not below either.
    ///
    /// # Errors
    ///
    /// Fails if history is missing.
    pub(crate) fn recent<H: History>(
        &self,
        reader: &mut ReleaseReader<'_, H>,
        recent: Recent<'_>,
    ) -> Result<Releases> {
        let Some(tip) = reader.history.head()? else {
            return Ok(Releases::default());
        };
        let tags = self.tags(reader)?;
        let graph = &mut reader.graph;
        let tip_node = graph.node(tip);
        let Selected { wanted, below } = self.select(graph, tip_node, &tags, recent)?;
        let Some((below, excluded)) = below else {
            return Ok(self.read(reader, Scope::default())?.into());
        };
        let excluded = graph.node(excluded);
        let members = difference(graph, tip_node, Some(excluded))?.members(graph.len());
        let mut list = self.group(reader, &tags, tip_node, members)?;
        let graph = &reader.graph;
        // Tags with lower versions may be here too; their releases may go on further down.
        list.retain(|release| release.version.as_ref().is_none_or(|v| v > &below.version));
        // A tag that the release below reaches has no commits of its own.
        let grouped: HashSet<String> = list
            .iter()
            .filter_map(|release| release.tag.clone())
            .collect();
        for tag in wanted
            .iter()
            .filter(|tag| !grouped.contains(tag.name.as_ref()))
        {
            let node = tags.commit(tag)?.and_then(|commit| graph.find(commit));
            let node = node.expect("the walk from the tip has met it");
            list.push(without_commits(graph, &tags, tag, node)?);
        }
        list.sort_by(|one, other| match (&one.version, &other.version) {
            (Some(one), Some(other)) => other.cmp(one),
            (one, other) => one.is_some().cmp(&other.is_some()),
        });
        Ok(Releases {
            list,
            previous: Some(below.name.to_string()),
        })
    }

    fn select<'t, H: History>(
        &self,
        graph: &mut Graph<'_, H>,
        tip: Node,
        tags: &'t VersionTags<'_, H>,
        recent: Recent<'_>,
    ) -> Result<Selected<'t>> {
        let mut wanted = Vec::new();
        let mut search = BaseSearch::start(graph, tip)?;
        for tag in self.ending(tags) {
            let Some(commit) = tags.commit(tag)? else {
                continue;
            };
            if !search.reaches(commit)? {
                continue;
            }
            let is_wanted = match recent {
                Recent::Unreleased => false,
                Recent::Latest => wanted.is_empty(),
                Recent::Above(version) => &tag.version > version,
                Recent::From(version) => &tag.version >= version,
            };
            if !is_wanted {
                let below = Some((tag, commit));
                return Ok(Selected { wanted, below });
            }
            wanted.push(tag);
        }
        let below = None;
        Ok(Selected { wanted, below })
    }

    fn tags<'h, H: History>(&self, reader: &ReleaseReader<'h, H>) -> Result<VersionTags<'h, H>> {
        let (history, names) = (reader.history, &reader.tag_names);
        match self.package {
            Some(package) => Ok(VersionTags::with_prefix(
                history,
                names,
                &package.tag_prefix,
            )),
            None => VersionTags::among(history, names, self.settings.tag_prefix.as_deref()),
        }
    }

    /// The tags that may end a release, the highest first.
    fn ending<'t, 'h, H: History>(
        &self,
        tags: &'t VersionTags<'h, H>,
    ) -> impl DoubleEndedIterator<Item = &'t VersionTag<'h>> + use<'t, 'h, H> {
        let shows_all = self.prereleases == Prereleases::Show;
        tags.ascending()
            .iter()
            .rev()
            .filter(move |tag| shows_all || is_stable(&tag.version))
    }

    fn group<H: History>(
        &self,
        reader: &mut ReleaseReader<'_, H>,
        tags: &VersionTags<'_, H>,
        tip: Node,
        members: Vec<bool>,
    ) -> Result<Vec<Release>> {
        let mut sections = Sections {
            owners: vec![UNOWNED; members.len()],
            members,
            released: Vec::new(),
        };
        let graph = &reader.graph;
        for tag in self.ending(tags).rev() {
            let Some(node) = tags
                .node(tag, graph)?
                .filter(|node| sections.is_member(*node))
            else {
                continue;
            };
            let release = without_commits(graph, tags, tag, node)?;
            sections.claim(graph, node, release);
        }
        let ranges = if self.settings.first_parent {
            sections.lines(graph, tip)
        } else {
            sections.ranges(graph, tip)
        };
        let by = BumpOptions {
            settings: self.settings,
            merges: MergePolicy::of(self.settings),
        };
        let package = self
            .package
            .map(|package| reader.commits_of(package, &ranges, by.merges))
            .transpose()?;
        sections.fill(&mut reader.graph, &ranges, package.as_ref(), by)
    }
}

/// The tags of some releases, highest first.
struct Selected<'t> {
    wanted: Vec<&'t VersionTag<'t>>,
    /// The highest one that is not wanted, with its commit.
    below: Option<(&'t VersionTag<'t>, Id)>,
}

/// The release of a tag that leads to `node`, without its commits.
fn without_commits<H: History>(
    graph: &Graph<'_, H>,
    tags: &VersionTags<'_, H>,
    tag: &VersionTag<'_>,
    node: Node,
) -> Result<Release> {
    let tagged = tags.history().tag_time(&tag.name)?;
    Ok(Release {
        version: Some(tag.version.clone()),
        tag: Some(tag.name.to_string()),
        time: Some(tagged.unwrap_or_else(|| graph.time(node))),
        commits: Vec::new(),
    })
}

/// Reads everything that the tip reaches, without messages; for each commit, whether it is reached.
fn load_all<H: History>(graph: &mut Graph<'_, H>, tip: Id) -> Result<Vec<bool>> {
    let mut stack = vec![graph.node(tip)];
    let mut seen = vec![false; graph.len()];
    while let Some(node) = stack.pop() {
        if std::mem::replace(&mut seen[node as usize], true) {
            continue;
        }
        if graph.is_cut(node) {
            return Err(shallow(graph, node));
        }
        graph.load(node)?;
        seen.resize(graph.len(), false);
        stack.extend(
            graph
                .parents(node)
                .iter()
                .filter(|parent| !seen[**parent as usize]),
        );
    }
    Ok(seen)
}

/// Which release each commit belongs to.
struct Sections {
    /// The number of the release that each commit belongs to.
    owners: Vec<u32>,
    /// Whether each commit is in the scope.
    members: Vec<bool>,
    /// The releases, the lowest version first, each with its tag's commit.
    released: Vec<(Node, Release)>,
}

impl Sections {
    fn is_member(&self, node: Node) -> bool {
        self.members.get(node as usize) == Some(&true)
    }

    /// Assigns all commits that a tag reaches, and that have no release yet, to its release.
    fn claim<H: History>(&mut self, graph: &Graph<'_, H>, node: Node, release: Release) {
        let number = u32::try_from(self.released.len()).expect("tags are limited");
        self.released.push((node, release));
        let mut stack = vec![node];
        while let Some(node) = stack.pop() {
            let owner = &mut self.owners[node as usize];
            if *owner == UNOWNED && self.members[node as usize] {
                *owner = number;
                stack.extend(graph.parents(node));
            }
        }
    }

    /// Classifies each release's commits, and sorts the releases in the order in which they are
    /// shown.
    fn fill<H: History>(
        self,
        graph: &mut Graph<'_, H>,
        ranges: &[Vec<Node>],
        package: Option<&HashSet<Node>>,
        by: BumpOptions<'_>,
    ) -> Result<Vec<Release>> {
        let mut releases: Vec<Release> = self
            .released
            .into_iter()
            .map(|(_, release)| release)
            .collect();
        releases.push(Release {
            version: None,
            tag: None,
            time: None,
            commits: Vec::new(),
        });
        for (release, range) in releases.iter_mut().zip(ranges) {
            release.commits = match package {
                None => classify(graph, &Selection::all(range), by)?,
                Some(package) => {
                    let members: Vec<Node> = range
                        .iter()
                        .copied()
                        .filter(|node| package.contains(node))
                        .collect();
                    classify(
                        graph,
                        &Selection {
                            range,
                            members: &members,
                            is_member: &|node| package.contains(&node),
                        },
                        by,
                    )?
                }
            };
        }
        releases.pop_if(|unreleased| unreleased.commits.is_empty());
        releases.reverse();
        Ok(releases)
    }

    /// The commits of each release, and last the unreleased ones.
    fn ranges<H: History>(&self, graph: &Graph<'_, H>, tip: Node) -> Vec<Vec<Node>> {
        let mut ranges: Vec<Vec<Node>> = vec![Vec::new(); self.released.len() + 1];
        for node in newest_first(graph, tip, |node| self.members[node as usize]) {
            let owner = self.owners[node as usize];
            ranges[if owner == UNOWNED {
                self.released.len()
            } else {
                owner as usize
            }]
            .push(node);
        }
        ranges
    }

    /// The same of the first-parent line of each release's tag, and of the tip.
    fn lines<H: History>(&self, graph: &Graph<'_, H>, tip: Node) -> Vec<Vec<Node>> {
        let tags = self
            .released
            .iter()
            .zip(0..)
            .map(|((node, _), number)| (*node, number));
        let line = |(end, owner): (Node, u32)| {
            first_parent_line(graph, end, |node| {
                self.members[node as usize] && self.owners[node as usize] == owner
            })
        };
        tags.chain([(tip, UNOWNED)]).map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::classify::Reason;
    use crate::history::testing::{TestHistory, id, package};

    fn query(settings: &VersionSettings, prereleases: Prereleases) -> ReleaseQuery<'_> {
        ReleaseQuery {
            settings,
            package: None,
            prereleases,
        }
    }

    fn grouped(
        history: &TestHistory,
        prereleases: Prereleases,
        scope: Scope,
    ) -> Vec<(String, String)> {
        let settings = VersionSettings::default();
        shown(
            &query(&settings, prereleases)
                .within(history, scope)
                .unwrap(),
        )
    }

    fn shown(releases: &[Release]) -> Vec<(String, String)> {
        let letters = |release: &Release| {
            release
                .commits
                .iter()
                .map(|j| char::from(j.commit.id.as_bytes()[0]))
                .collect()
        };
        releases
            .iter()
            .map(|release| (release.tag.clone().unwrap_or_default(), letters(release)))
            .collect()
    }

    fn all(history: &TestHistory) -> Vec<(String, String)> {
        grouped(history, Prereleases::Fold, Scope::default())
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected
            .iter()
            .map(|(tag, letters)| ((*tag).into(), (*letters).into()))
            .collect()
    }

    fn merged() -> TestHistory {
        TestHistory::default()
            .commit('a', "", "feat: a")
            .tag("v1.0.0", 'a')
            .commit('b', "a", "feat: b")
            .commit('c', "a", "fix: c")
            .tag("v1.0.1", 'c')
            .commit('d', "bc", "Merge")
            .tag("v1.1.0", 'd')
            .commit('e', "d", "fix: e")
    }

    #[test]
    fn commit_is_listed_under_its_first_release() {
        assert_eq!(
            all(&merged()),
            pairs(&[
                ("", "e"),
                ("v1.1.0", "db"),
                ("v1.0.1", "c"),
                ("v1.0.0", "a")
            ])
        );
    }

    #[test]
    fn of_two_tags_on_one_commit_the_higher_is_empty() {
        let history = TestHistory::default()
            .commit('a', "", "feat: a")
            .tag("v1.0.0", 'a')
            .tag("v1.0.1", 'a');
        assert_eq!(all(&history), pairs(&[("v1.0.1", ""), ("v1.0.0", "a")]));
    }

    #[test]
    fn prereleases_fold_into_the_next_stable_release_unless_shown() {
        let history = TestHistory::default()
            .commit('a', "", "feat: a")
            .tag("v1.0.0-rc.1", 'a')
            .commit('b', "a", "fix: b")
            .tag("v1.0.0", 'b');
        assert_eq!(all(&history), pairs(&[("v1.0.0", "ba")]));
        let shown = grouped(&history, Prereleases::Show, Scope::default());
        assert_eq!(shown, pairs(&[("v1.0.0", "b"), ("v1.0.0-rc.1", "a")]));
    }

    #[test]
    fn tags_that_the_tip_does_not_reach_have_no_release() {
        let history = merged()
            .commit('x', "a", "feat: x")
            .tag("v9.0.0", 'x')
            .head_at('c');
        assert_eq!(all(&history), pairs(&[("v1.0.1", "c"), ("v1.0.0", "a")]));
    }

    #[test]
    fn a_scope_leaves_out_what_an_older_point_reaches() {
        let scope = Scope {
            tip: Some(id('d')),
            exclude: Some(id('c')),
        };
        assert_eq!(
            grouped(&merged(), Prereleases::Fold, scope),
            pairs(&[("v1.1.0", "db")])
        );
    }

    #[test]
    fn a_scope_reads_nothing_far_below_it() {
        let history = TestHistory::default()
            .commit_at('a', "", ("feat: a", 1))
            .commit_at('b', "a", ("feat: b", 2))
            .commit_at('c', "b", ("feat: c", 3))
            .commit_at('d', "c", ("feat: d", 4))
            .without('a');
        let scope = Scope {
            tip: Some(id('d')),
            exclude: Some(id('c')),
        };
        assert_eq!(
            grouped(&history, Prereleases::Fold, scope),
            pairs(&[("", "d")])
        );
    }

    #[test]
    fn on_first_parent_lines_merges_count_by_their_messages() {
        // b is a line of its own that was released before it was merged.
        let history = TestHistory::default()
            .commit('a', "", "feat: a")
            .tag("v1.0.0", 'a')
            .commit('s', "a", "fix: side")
            .commit('b', "s", "fix: b")
            .tag("v1.0.1", 'b')
            .commit('x', "a", "feat: x")
            .commit('m', "ax", "feat: merged by title")
            .commit('n', "mb", "chore: merge the old line")
            .tag("v1.1.0", 'n')
            .commit('y', "n", "fix: y");
        let settings = VersionSettings {
            first_parent: true,
            ..VersionSettings::default()
        };
        let releases = query(&settings, Prereleases::Fold)
            .within(&history, Scope::default())
            .unwrap();
        assert_eq!(
            shown(&releases),
            pairs(&[
                ("", "y"),
                ("v1.1.0", "nm"),
                ("v1.0.1", "bs"),
                ("v1.0.0", "a")
            ])
        );
        assert_eq!(releases[1].commits[1].reason, Reason::Type);
    }

    #[test]
    fn parents_in_order_dates_order_nothing() {
        let history = TestHistory::default()
            .commit('a', "", "feat: a")
            .commit_at('b', "a", ("feat: b", 1))
            .commit_at('c', "a", ("feat: c", 9))
            .commit('d', "bc", "Merge");
        assert_eq!(all(&history), pairs(&[("", "dbca")]));
    }

    #[test]
    fn history_that_is_cut_off_is_an_error() {
        let history = TestHistory::default()
            .commit('b', "a", "feat: x")
            .cut('b')
            .tag("v1.0.0", 'b');
        let settings = VersionSettings::default();
        let result = query(&settings, Prereleases::Fold).within(&history, Scope::default());
        assert!(result.is_err());
    }

    #[test]
    fn package_releases_have_its_tags_and_commits() {
        let revert = format!("Revert \"feat: c\"\n\nThis reverts commit {}.", id('c'));
        let history = TestHistory::default()
            .change('a', "", ("feat: a", "core/a cli/a"))
            .tag("core-v1.0.0", 'a')
            .change('b', "a", ("fix: b", "cli/b"))
            .tag("cli-v1.0.0", 'b')
            .change('c', "b", ("feat: c", "core/c cli/c"))
            .change('d', "c", (&revert, "-core/c"));
        let grouped = |package: &Package| -> Vec<(String, String)> {
            let settings = VersionSettings::default();
            let query = ReleaseQuery {
                package: Some(package),
                ..query(&settings, Prereleases::Fold)
            };
            let of = query.within(&history, Scope::default()).unwrap();
            let summary = |commit: &ClassifiedCommit| {
                format!(
                    "{}{}",
                    char::from(commit.commit.id.as_bytes()[0]),
                    commit.reason.as_str()
                )
            };
            let letters = |release: &Release| {
                release
                    .commits
                    .iter()
                    .map(summary)
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            of.iter()
                .map(|release| (release.tag.clone().unwrap_or_default(), letters(release)))
                .collect()
        };
        let core = grouped(&package("core", "core"));
        assert_eq!(
            core,
            pairs(&[("", "dreverting creverted"), ("core-v1.0.0", "atype")])
        );
        assert_eq!(
            grouped(&package("cli", "cli")),
            pairs(&[("", "ctype"), ("cli-v1.0.0", "btype atype")])
        );
    }

    #[test]
    fn an_unborn_branch_has_no_releases() {
        assert_eq!(all(&TestHistory::default()), []);
    }

    /// A history of 25 commits with random parents and tags; `a` is the first. The commits and tags
    /// of two packages alternate.
    fn random(random: &mut impl FnMut(usize) -> usize) -> TestHistory {
        let mut history = TestHistory::default();
        for (number, letter) in ('a'..='y').enumerate() {
            let parents: String = match number {
                0 => String::new(),
                _ => {
                    let (first, second) = (1 + random(number.min(3)), 1 + random(number.min(8)));
                    let parent =
                        |back: usize| char::from(b'a' + u8::try_from(number - back).unwrap());
                    if second != first && random(3) == 0 {
                        format!("{}{}", parent(first), parent(second))
                    } else {
                        parent(first).to_string()
                    }
                }
            };
            let package = ["core", "cli"][number % 2];
            let file = format!("{package}/{letter}");
            history = history.change(letter, &parents, ("feat: x", &file));
            if number % 3 == 0 {
                history = history.tag(&format!("{package}-v0.{number}.0"), letter);
            }
            if random(4) == 0 {
                let prerelease = if random(4) == 0 { "-rc.1" } else { "" };
                let tag = format!("v{}.{}.{number}{prerelease}", random(3), random(3));
                history = history.tag(&tag, letter);
            }
        }
        history
    }

    /// Numbers below a limit that look random.
    fn numbers() -> impl FnMut(usize) -> usize {
        let mut state = 1_u64;
        move |below| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            usize::try_from(state >> 40).unwrap() % below
        }
    }

    #[test]
    fn packages_are_read_together_as_alone() {
        let mut next = numbers();
        let settings = VersionSettings::default();
        let packages = [package("core", "core"), package("cli", "cli")];
        for number in 0..100 {
            let history = random(&mut next);
            let mut together = ReleaseReader::new(&history, &packages).unwrap();
            let mut read = |package: &Package, recent| {
                let query = ReleaseQuery {
                    package: Some(package),
                    ..query(&settings, Prereleases::Fold)
                };
                let mut alone = ReleaseReader::new(&history, Some(package)).unwrap();
                let [together, alone] = [&mut together, &mut alone].map(|reader| {
                    let list = match recent {
                        Some(recent) => query.recent(reader, recent).unwrap().list,
                        None => query.read(reader, Scope::default()).unwrap(),
                    };
                    shown(&list)
                });
                assert_eq!(together, alone, "{recent:?} in history {number}");
            };
            for recent in [Some(Recent::Latest), Some(Recent::Unreleased), None] {
                packages.iter().for_each(|package| read(package, recent));
            }
        }
    }

    #[test]
    fn recent_releases_are_the_first_of_all() {
        let mut next = numbers();
        let settings = [false, true].map(|first_parent| VersionSettings {
            first_parent,
            ..VersionSettings::default()
        });
        for number in 0..400 {
            let history = random(&mut next);
            let prereleases = [Prereleases::Fold, Prereleases::Show][number % 2];
            let query = query(&settings[number / 2 % 2], prereleases);
            let all = query.within(&history, Scope::default()).unwrap();
            let above = Version::new(1, 1, 0);
            for recent in [
                Recent::Unreleased,
                Recent::Latest,
                Recent::Above(&above),
                Recent::From(&above),
            ] {
                let mut reader = ReleaseReader::new(&history, None).unwrap();
                let found = query.recent(&mut reader, recent).unwrap();
                let is_wanted = |release: &&Release| match (&release.version, recent) {
                    (None, _) => true,
                    (Some(_), Recent::Unreleased) => false,
                    (Some(_), Recent::Latest) => {
                        all.iter().find_map(|release| release.tag.as_ref()) == release.tag.as_ref()
                    }
                    (Some(version), Recent::Above(lowest)) => version > lowest,
                    (Some(version), Recent::From(lowest)) => version >= lowest,
                };
                let expected: Vec<Release> = all.iter().filter(is_wanted).cloned().collect();
                let previous = all
                    .get(expected.len())
                    .and_then(|release| release.tag.clone());
                let what = format!("{recent:?} in history {number}");
                assert_eq!(shown(&found.list), shown(&expected), "{what}");
                assert_eq!(found.previous, previous, "{what}");
            }
        }
    }
}
