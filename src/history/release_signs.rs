//! Signs of earlier releases in a history that no version tag is recognised in.
//!
//! Decides what is such a sign and what settles the question, so that no release begins at the
//! initial version by mistake. Knows no file and no remote: what they say comes in through
//! [`Evidence`].

use std::borrow::Cow;

use semver::Version;

use crate::commit::Id;
use crate::config::VersionSettings;
use crate::document::quoted;
use crate::error::Result;
use crate::history::History;
use crate::history::tag_schemes::{SchemeScope, TagScheme, semantic_name, tag_schemes};
use crate::history::tags::{DEFAULT_PREFIX, VersionTags};
use crate::repo_path::folder;
use crate::source::{join_or, shell_command};
use crate::version::from_tag;

/// The condition of a remedy with packages.
const PACKAGE_TAGS_HINT: &str =
    "if packages are versioned separately, configure each of them, for example";

/// Words before a version that are not the name of a package.
const GENERIC_NAMES: [&str; 8] = [
    "release", "releases", "rel", "version", "ver", "tag", "build", "nightly",
];

/// What a repository has besides its history that may show earlier releases.
pub(crate) trait Evidence: std::fmt::Debug {
    /// The versions of the manifests that a release of a package, or of the repository, is about.
    ///
    /// # Errors
    ///
    /// Fails if a manifest cannot be read.
    fn manifests(&self, package: Option<&str>) -> Result<Vec<Manifest>>;

    /// The changelog of a package, or of the repository, with the highest version that it has a
    /// section of.
    ///
    /// # Errors
    ///
    /// Fails if the changelog cannot be read.
    fn changelog(&self, package: Option<&str>) -> Result<Option<Manifest>>;

    /// The remote that may have tags that are missing here.
    fn remote(&self) -> Option<TagRemote>;
}

/// A manifest and its version, or a changelog and the highest one that it has a section of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// Its path.
    pub(crate) path: String,
    /// Its version.
    pub(crate) version: Version,
}

/// A remote that may have tags that are missing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TagRemote {
    /// Its name.
    pub(crate) name: String,
    /// Whether git was told not to fetch its tags.
    pub(crate) is_without_tags: bool,
}

/// Signs of earlier releases, because of which the next version is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReleaseSigns {
    /// The package; `None`: the repository.
    pub(crate) package: Option<String>,
    /// The tags that look like versions under another scheme, those with the most tags first.
    pub(crate) schemes: Vec<TagScheme>,
    /// The manifests with a version above the initial one, the highest version first.
    pub(crate) manifests: Vec<Manifest>,
    /// The changelog, if it has a section of a version above the initial one.
    pub(crate) changelog: Option<Manifest>,
    /// A version file that cannot be read, and so may be such a sign.
    pub(crate) unreadable: Option<UnreadableFile>,
    /// The remote that may have tags that are missing here.
    pub(crate) remote: Option<TagRemote>,
    /// The prefixes that version tags may have.
    pub(crate) prefixes: Vec<String>,
    /// The initial version, which is used once the question is settled.
    pub(crate) initial: Version,
}

/// A version file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnreadableFile {
    /// Why.
    pub(crate) reason: String,
    /// What to do about it; may be empty.
    pub(crate) help: String,
}

/// A setting or a command that makes the next version known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remedy {
    /// The condition under which it applies.
    pub(crate) condition: String,
    /// The lines of the configuration, the command or the option.
    pub(crate) action: String,
}

/// The unit whose signs are searched for, and the evidence.
pub(super) struct SignSearch<'a> {
    pub(super) evidence: &'a dyn Evidence,
    /// The package; `None`: the repository.
    pub(super) package: Option<&'a str>,
    /// The prefixes of all packages.
    pub(super) claimed: &'a [&'a str],
}

impl SignSearch<'_> {
    /// The signs in a history without a reachable version tag; `None` if there are none, or if the
    /// configuration sets the initial version.
    pub(super) fn find<H: History>(
        &self,
        tags: &VersionTags<'_, H>,
        settings: &VersionSettings,
        is_reachable: impl Fn(Id) -> bool,
    ) -> Result<Option<ReleaseSigns>> {
        if settings.initial.is_some() {
            return Ok(None);
        }
        let initial = settings.initial_version();
        let prefixes = match (self.package, &settings.tag_prefix) {
            (None, None) => vec![DEFAULT_PREFIX.to_owned(), String::new()],
            _ => vec![tags.prefix().to_owned()],
        };
        let schemes = self.schemes(tags, &prefixes, is_reachable)?;
        let (mut manifests, unreadable) = match self.evidence.manifests(self.package) {
            Ok(manifests) => (manifests, None),
            Err(error) => {
                let reason = error.to_string();
                let help = error.help().unwrap_or_default().to_owned();
                (Vec::new(), Some(UnreadableFile { reason, help }))
            }
        };
        let is_above = |manifest: &Manifest| manifest.version.cmp_precedence(&initial).is_gt();
        manifests.retain(is_above);
        manifests.sort_by(|one, other| other.version.cmp(&one.version));
        let changelog = self.evidence.changelog(self.package)?.filter(is_above);
        if schemes.is_empty() && manifests.is_empty() && changelog.is_none() && unreadable.is_none()
        {
            return Ok(None);
        }
        let package = self.package.map(str::to_owned);
        Ok(Some(ReleaseSigns {
            package,
            schemes,
            manifests,
            changelog,
            unreadable,
            remote: self.evidence.remote(),
            prefixes,
            initial,
        }))
    }

    /// The tags of other schemes; of a package those that are named like it, and, if no package has
    /// a version tag, those that no package claims.
    ///
    /// If a version tag is recognised elsewhere, those count that HEAD descends from and that could
    /// be version tags.
    fn schemes<H: History>(
        &self,
        tags: &VersionTags<'_, H>,
        prefixes: &[String],
        is_reachable: impl Fn(Id) -> bool,
    ) -> Result<Vec<TagScheme>> {
        let is_recognised = tags.has_commit()?;
        let scope = if is_recognised {
            SchemeScope::Reachable
        } else {
            SchemeScope::All
        };
        let mut schemes = tag_schemes(tags.history(), scope, is_reachable)?;
        schemes.retain(|scheme| {
            !is_recognised || scheme.is_semantic && !prefixes.contains(&scheme.prefix)
        });
        let Some(package) = self.package else {
            return Ok(schemes);
        };
        let mut names = tags.history().tag_names()?;
        let is_version_tag = |name: Cow<'_, str>| {
            self.claimed
                .iter()
                .any(|prefix| from_tag(&name, prefix).is_some())
        };
        let none_released = !names.any(is_version_tag);
        schemes.retain(|scheme| {
            let is_claimed =
                scheme.prefix != tags.prefix() && self.claimed.contains(&scheme.prefix.as_str());
            !is_claimed && (none_released || is_named_like(scheme, package))
        });
        Ok(schemes)
    }
}

/// Whether the tags of a scheme are named like a package, or like its name without a scope.
fn is_named_like(scheme: &TagScheme, package: &str) -> bool {
    let name = name_of(&scheme.prefix);
    name == package
        || name.rsplit('/').next() == Some(package)
        || package.rsplit('/').next() == Some(name)
}

/// The name before a version, without the characters that separate them.
fn name_of(prefix: &str) -> &str {
    let without_v = prefix
        .strip_suffix(['v', 'V'])
        .filter(|rest| rest.is_empty() || rest.ends_with(['-', '_', '/', '@', '.']));
    without_v
        .unwrap_or(prefix)
        .trim_end_matches(['-', '_', '/', '@', '.'])
}

fn is_package_name(scheme: &TagScheme) -> bool {
    let name = name_of(&scheme.prefix);
    !name.is_empty() && !GENERIC_NAMES.contains(&name.to_ascii_lowercase().as_str())
}

impl ReleaseSigns {
    /// What was seen, in clauses.
    #[must_use]
    pub(crate) fn reasons(&self) -> Vec<String> {
        let tags = self.tags_seen();
        let has_tags = tags.is_some();
        let mut facts: Vec<String> = [tags, self.manifests_seen(), self.sections_seen()]
            .into_iter()
            .flatten()
            .collect();
        if let Some(last) = facts.last_mut().filter(|_| !has_tags) {
            last.push_str(", but no version tag is reachable from HEAD");
        }
        // Nothing can be released before the file is corrected, so that it is reported first.
        let unreadable = self.unreadable.iter().map(|file| file.reason.clone());
        unreadable.chain(facts).collect()
    }

    fn sections_seen(&self) -> Option<String> {
        let Manifest { path, version } = self.changelog.as_ref()?;
        Some(format!("`{path}` has a section for {version}"))
    }

    fn tags_seen(&self) -> Option<String> {
        let count: usize = self.schemes.iter().map(|scheme| scheme.count).sum();
        let example = self
            .schemes
            .first()
            .map(|scheme| scheme.highest.as_str())
            .unwrap_or_default();
        let expected: Vec<String> = self
            .prefixes
            .iter()
            .map(|prefix| format!("`{prefix}1.2.3`"))
            .collect();
        let expected = join_or(&expected);
        let is_reachable = self
            .schemes
            .iter()
            .any(|scheme| scheme.highest_reachable.is_some());
        let (seen, elsewhere) = match count {
            0 => return None,
            1 => (
                format!(
                    "1 tag looks like a version, `{example}`, but does not have the form {expected}"
                ),
                ", and is not reachable from HEAD",
            ),
            _ => (
                format!(
                    "{count} tags look like versions, such as `{example}`, but none has the form {expected}"
                ),
                ", and none is reachable from HEAD",
            ),
        };
        Some(if is_reachable { seen } else { seen + elsewhere })
    }

    fn manifests_seen(&self) -> Option<String> {
        Some(match &self.manifests[..] {
            [] => return None,
            [Manifest { path, version }] => format!("`{path}` has version {version}"),
            [Manifest { path, version }, others @ ..] => {
                format!(
                    "{} manifests have versions up to {version}, such as `{path}`",
                    others.len() + 1
                )
            }
        })
    }

    /// The ways to make the version known, the likeliest first.
    #[must_use]
    pub(crate) fn remedies(&self) -> Vec<Remedy> {
        let (mut first, mut later) = (Vec::new(), Vec::new());
        if let Some(TagRemote {
            name,
            is_without_tags,
        }) = &self.remote
        {
            let way = Remedy::new(
                "if the remote has version tags, fetch them",
                shell_command!("git fetch --tags {name}", name),
            );
            if *is_without_tags {
                &mut first
            } else {
                &mut later
            }
            .push(way);
        }
        first.extend(self.ways_of_semantic_tags());
        if !self.schemes.iter().any(|scheme| scheme.is_semantic) {
            first.extend(self.way_of_other_tags());
        }
        first.extend(self.ways_of_manifests());
        first.extend(self.ways_of_sections());
        if self.manifests.len() != 1 || self.package.is_some() {
            let whose = if self.package.is_some() {
                " of a package"
            } else {
                ""
            };
            let when = format!("if there is no release{whose} yet, configure the first version");
            later.push(Remedy::new(&when, initial(&self.initial)));
        }
        first.extend(later);
        first
    }

    fn ways_of_manifests(&self) -> Vec<Remedy> {
        let Some(Manifest { path, version }) = self.manifests.first() else {
            return Vec::new();
        };
        if self.package.is_none() && self.manifests.len() > 1 {
            // Tags of packages show the same, with their prefixes.
            let is_shown = self
                .schemes
                .iter()
                .filter(|scheme| scheme.is_semantic && is_package_name(scheme))
                .count()
                > 1;
            let folder = folder(path);
            let name = folder.rsplit('/').next().unwrap_or_default();
            let table = package_table(name, folder, &format!("{name}-v"));
            return if is_shown {
                Vec::new()
            } else {
                vec![Remedy::new(PACKAGE_TAGS_HINT, table)]
            };
        }
        vec![
            self.way_of_a_first_release(version),
            self.way_of_a_tag(version),
        ]
    }

    /// The remedies for a version with a section in the changelog, unless a manifest has the same
    /// version.
    fn ways_of_sections(&self) -> Vec<Remedy> {
        let Some(Manifest { version, .. }) = &self.changelog else {
            return Vec::new();
        };
        match self.manifests.first() {
            None => vec![
                self.way_of_a_tag(version),
                self.way_of_a_first_release(version),
            ],
            Some(manifest) if self.manifests.len() == 1 && manifest.version == *version => {
                Vec::new()
            }
            Some(_) => vec![self.way_of_a_tag(version)],
        }
    }

    fn way_of_a_first_release(&self, version: &Version) -> Remedy {
        match &self.package {
            Some(package) => {
                let command = shell_command!(
                    "tollgate release --package {package} --set-version {version}",
                    package,
                    version
                );
                Remedy::new(
                    &format!("to make {version} its first release, run"),
                    command,
                )
            }
            None => Remedy::new(
                &format!("to make {version} the first release, configure"),
                initial(version),
            ),
        }
    }

    /// The prefix of the tags, after packages if the tags belong to several.
    fn ways_of_semantic_tags(&self) -> Vec<Remedy> {
        let usable =
            |scheme: &&TagScheme| scheme.is_semantic && !scheme.prefix.starts_with(['-', '/', '.']);
        let semantic: Vec<&TagScheme> = self.schemes.iter().filter(usable).collect();
        let Some(most) = semantic.first() else {
            return Vec::new();
        };
        let packages: Vec<&&TagScheme> = semantic
            .iter()
            .filter(|scheme| is_package_name(scheme))
            .collect();
        let prefix = format!("tag_prefix = {}", quoted(&most.prefix));
        if self.package.is_some() {
            return vec![Remedy::new(
                "if they are releases of this package, configure in its `[[package]]`",
                prefix,
            )];
        }
        if let [first, _, ..] = packages[..] {
            let name = name_of(&first.prefix);
            // Go tags contain the folder; for other names the folder is unknown.
            let folder = if first.prefix.contains('/') && !first.prefix.starts_with('@') {
                name
            } else {
                "FOLDER"
            };
            let of_packages = Remedy::new(
                PACKAGE_TAGS_HINT,
                package_table(name, folder, &first.prefix),
            );
            return vec![
                of_packages,
                Remedy::new(
                    "if the repository has a single version, configure its tag prefix",
                    prefix,
                ),
            ];
        }
        vec![Remedy::new(
            "if they are releases of this repository, configure",
            prefix,
        )]
    }

    /// A semantic name for the highest tag that HEAD descends from.
    ///
    /// A version tag elsewhere would not be the base: the next version would be the initial one.
    fn way_of_other_tags(&self) -> Option<Remedy> {
        let (scheme, tag) = self
            .schemes
            .iter()
            .find_map(|scheme| Some((scheme, scheme.highest_reachable.as_deref()?)))?;
        let is_own = self.prefixes.contains(&scheme.prefix);
        let prefix = if is_own {
            &scheme.prefix
        } else {
            self.prefixes.first()?
        };
        let semantic = semantic_name(tag, prefix)?;
        let commit = format!("{tag}^{{}}");
        let command = shell_command!("git tag {semantic} {commit}", semantic, commit);
        Some(Remedy::new(
            "if they are releases, add a tag with three numbers to the latest one reachable from HEAD",
            command,
        ))
    }

    fn way_of_a_tag(&self, version: &Version) -> Remedy {
        let prefix = self
            .prefixes
            .first()
            .map(String::as_str)
            .unwrap_or_default();
        let tag = format!("{prefix}{version}");
        let command = shell_command!("git tag {tag} COMMIT", tag);
        Remedy::new(
            &format!("if {version} has been released, tag its commit"),
            command,
        )
    }

    /// The remedies as text of several lines.
    #[must_use]
    pub(crate) fn help(&self) -> String {
        // Another remedy would not help: a release fails at the same file.
        if let Some(UnreadableFile { help, .. }) = &self.unreadable {
            return if help.is_empty() {
                "correct the file".to_owned()
            } else {
                help.clone()
            };
        }
        let indented = |what: &str| {
            what.lines()
                .map(|line| format!("  {line}"))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let ways = self.remedies();
        let ways = ways
            .iter()
            .map(|way| format!("{}:\n{}", way.condition, indented(&way.action)));
        let last = "if you changed the configuration, commit it: `status` and `release` read the committed configuration\n\
                    to set the version of a single release, pass `--set-version VERSION`";
        ways.chain([last.to_owned()]).collect::<Vec<_>>().join("\n")
    }
}

impl Remedy {
    fn new(when: &str, what: impl Into<String>) -> Self {
        Self {
            condition: when.to_owned(),
            action: what.into(),
        }
    }
}

fn package_table(name: &str, folder: &str, prefix: &str) -> String {
    let paths = quoted(&format!("{folder}/**"));
    format!(
        "[[package]]\nname = {}\npaths = [{paths}]\ntag_prefix = {}",
        quoted(name),
        quoted(prefix)
    )
}

fn initial(version: &Version) -> String {
    format!("initial = \"{version}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Package};
    use crate::error::Error;
    use crate::history::testing::{TestHistory, package, propose};
    use crate::history::{NextOptions, NextVersion, UnknownVersion, VersionQuery};
    use crate::source::Source;

    impl ReleaseSigns {
        /// What was found, in a sentence.
        fn reason(&self) -> String {
            self.reasons().join("; ")
        }
    }

    /// No evidence besides the tags.
    #[derive(Debug, Clone, Copy)]
    struct TagsOnly;

    impl Evidence for TagsOnly {
        fn manifests(&self, _: Option<&str>) -> Result<Vec<Manifest>> {
            Ok(Vec::new())
        }

        fn changelog(&self, _: Option<&str>) -> Result<Option<Manifest>> {
            Ok(None)
        }

        fn remote(&self) -> Option<TagRemote> {
            None
        }
    }

    /// Manifests by path and version, and a remote without tags or with `git fetch --no-tags`.
    #[derive(Debug, Default)]
    struct Given<'a> {
        manifests: &'a [(&'a str, &'a str)],
        changelog: Option<&'a str>,
        remote: Option<bool>,
    }

    impl Evidence for Given<'_> {
        fn manifests(&self, package: Option<&str>) -> Result<Vec<Manifest>> {
            let is_of_package = |path: &str| package.is_none_or(|name| path.starts_with(name));
            let of = self
                .manifests
                .iter()
                .filter(|(path, _)| is_of_package(path));
            of.map(|(path, version)| match version.parse() {
                Ok(version) => Ok(Manifest {
                    path: (*path).to_owned(),
                    version,
                }),
                Err(_) => Err(Error::file(
                    format!("`{path}` is not UTF-8"),
                    "save it as UTF-8",
                )),
            })
            .collect()
        }

        fn changelog(&self, _: Option<&str>) -> Result<Option<Manifest>> {
            let manifest = |version: &str| Manifest {
                path: "CHANGELOG.md".into(),
                version: version.parse().unwrap(),
            };
            Ok(self.changelog.map(manifest))
        }

        fn remote(&self) -> Option<TagRemote> {
            self.remote.map(|is_without_tags| TagRemote {
                name: "origin".into(),
                is_without_tags,
            })
        }
    }

    fn tagged(names: &[&str]) -> TestHistory {
        names.iter().fold(
            TestHistory::default().commit('a', "", "feat: a"),
            |history, name| history.tag(name, 'a'),
        )
    }

    fn proposed(names: &[&str], given: &Given<'_>) -> NextVersion {
        let settings = VersionSettings::default();
        propose(
            &tagged(names),
            &settings,
            &NextOptions::default(),
            Some(given),
        )
        .unwrap()
    }

    /// The signs for whose sake a version is unknown.
    fn of(next: NextVersion) -> ReleaseSigns {
        match next.version {
            Err(UnknownVersion::ReleaseSigns(signs)) => *signs,
            other => panic!("{other:?}"),
        }
    }

    fn signs(names: &[&str], given: &Given<'_>) -> ReleaseSigns {
        of(proposed(names, given))
    }

    /// What settles it, without when it does.
    fn ways(signs: &ReleaseSigns) -> Vec<String> {
        signs.remedies().into_iter().map(|way| way.action).collect()
    }

    const NPM_INIT: Given<'_> = Given {
        manifests: &[("package.json", "1.0.0")],
        remote: None,
        changelog: None,
    };

    #[test]
    fn tags_of_another_scheme_make_the_version_unknown() {
        for name in [
            "release-1.2.3",
            "app-v1.2.3",
            "@s/p@1.2.3",
            "V1.2.3",
            "hatch-v1.9.0",
            "v2",
            "1.0",
            "2024.01.1",
        ] {
            let next = proposed(&[name], &Given::default());
            assert!(next.version.is_err() && !next.releasable, "{name}");
        }
    }

    #[test]
    fn without_a_sign_the_initial_version_is_next() {
        for names in [&["latest", "x1", "build-2024-01-02"][..], &[]] {
            let given = Given {
                manifests: &[("package.json", "0.1.0")],
                remote: Some(true),
                changelog: None,
            };
            assert_eq!(proposed(names, &given).version, Ok(Version::new(0, 1, 0)));
        }
    }

    #[test]
    fn a_released_section_of_the_changelog_is_a_sign() {
        let found = signs(
            &[],
            &Given {
                changelog: Some("2.3.0"),
                ..Given::default()
            },
        );
        let seen =
            "`CHANGELOG.md` has a section for 2.3.0, but no version tag is reachable from HEAD";
        assert_eq!(found.reason(), seen);
        assert_eq!(
            ways(&found),
            [
                "git tag v2.3.0 COMMIT",
                "initial = \"2.3.0\"",
                "initial = \"0.1.0\""
            ]
        );
        for version in ["0.1.0", "0.1.0-rc.1"] {
            let next = proposed(
                &[],
                &Given {
                    changelog: Some(version),
                    ..Given::default()
                },
            );
            assert_eq!(next.version, Ok(Version::new(0, 1, 0)));
        }
    }

    #[test]
    fn a_recognised_tag_makes_other_schemes_no_sign() {
        let next = proposed(&["v1.0.0", "hatch-v9.0.0"], &NPM_INIT);
        assert_eq!(next.version, Ok(Version::new(1, 0, 0)));
    }

    #[test]
    fn reachable_prerelease_is_not_a_missing_base() {
        assert_eq!(
            proposed(&["v1.0.0-rc.1"], &NPM_INIT).version,
            Ok(Version::new(1, 0, 0))
        );
    }

    #[test]
    fn a_manifest_is_a_sign_although_a_tag_is_elsewhere() {
        let history = tagged(&[])
            .commit('x', "", "feat: other")
            .tag("v1.0.0", 'x')
            .head_at('a');
        let next = propose(
            &history,
            &VersionSettings::default(),
            &NextOptions::default(),
            Some(&NPM_INIT),
        )
        .unwrap();
        assert!(next.version.is_err());
    }

    #[test]
    fn a_configured_initial_version_settles_it() {
        let settings = VersionSettings {
            initial: Some(Version::new(0, 5, 0)),
            ..VersionSettings::default()
        };
        let history = tagged(&["hatch-v1.9.0"]);
        let next = propose(
            &history,
            &settings,
            &NextOptions::default(),
            Some(&NPM_INIT),
        )
        .unwrap();
        assert_eq!(next.version, Ok(Version::new(0, 5, 0)));
    }

    #[test]
    fn a_requested_version_settles_it() {
        let options = NextOptions {
            version: Some(Version::new(2, 0, 0)),
            ..NextOptions::default()
        };
        let history = tagged(&["hatch-v1.9.0"]);
        let next = propose(
            &history,
            &VersionSettings::default(),
            &options,
            Some(&NPM_INIT),
        )
        .unwrap();
        assert_eq!(next.version, Ok(Version::new(2, 0, 0)));
    }

    #[test]
    fn an_old_version_is_recomputed_without_signs() {
        let history = tagged(&["hatch-v1.9.0"]);
        let next = propose(
            &history,
            &VersionSettings::default(),
            &NextOptions::default(),
            None,
        )
        .unwrap();
        assert_eq!(next.version, Ok(Version::new(0, 1, 0)));
    }

    #[test]
    fn reason_counts_what_was_found() {
        let one = signs(&["x@4.2.0"], &Given::default());
        assert_eq!(
            one.reason(),
            "1 tag looks like a version, `x@4.2.0`, but does not have the form `v1.2.3` or `1.2.3`"
        );
        let both = signs(&["x-1.0.0", "x-1.1.0", "v2"], &NPM_INIT);
        assert_eq!(
            both.reason(),
            "3 tags look like versions, such as `x-1.1.0`, but none has the form `v1.2.3` or `1.2.3`; \
             `package.json` has version 1.0.0"
        );
        let manifest = signs(&[], &NPM_INIT).reason();
        assert_eq!(
            manifest,
            "`package.json` has version 1.0.0, but no version tag is reachable from HEAD"
        );
    }

    #[test]
    fn a_manifest_that_cannot_be_read_may_be_a_sign() {
        let given = Given {
            manifests: &[("package.json", "x")],
            remote: None,
            changelog: None,
        };
        let signs = signs(&["x-1.0.0"], &given);
        assert!(
            signs
                .reason()
                .starts_with("`package.json` is not UTF-8; 1 tag looks")
        );
        assert_eq!(signs.help(), "save it as UTF-8");
    }

    #[test]
    fn a_manifest_alone_is_settled_by_initial_first() {
        let expected = ["initial = \"1.0.0\"", "git tag v1.0.0 COMMIT"];
        assert_eq!(ways(&signs(&[], &NPM_INIT)), expected);
        let cloned = Given {
            remote: Some(false),
            ..NPM_INIT
        };
        assert_eq!(
            ways(&signs(&[], &cloned)),
            [&expected[..], &["git fetch --tags origin"]].concat()
        );
    }

    #[test]
    fn a_clone_without_tags_is_settled_by_a_fetch_first() {
        let given = Given {
            remote: Some(true),
            ..NPM_INIT
        };
        assert_eq!(ways(&signs(&[], &given))[0], "git fetch --tags origin");
    }

    #[test]
    fn a_shared_prefix_is_settled_by_tag_prefix_first() {
        let found = ways(&signs(&["hatch-v1.8.0", "hatch-v1.9.0"], &Given::default()));
        assert_eq!(found, ["tag_prefix = \"hatch-v\"", "initial = \"0.1.0\""]);
        assert_eq!(
            ways(&signs(&["release-1.2.3", "V9"], &Given::default()))[0],
            "tag_prefix = \"release-\""
        );
    }

    #[test]
    fn prefixes_named_like_packages_are_settled_by_packages_first() {
        let found = ways(&signs(
            &["@s/core@1.2.3", "@s/core@1.3.0", "@s/cli@2.0.0"],
            &Given::default(),
        ));
        let expected =
            "[[package]]\nname = \"@s/core\"\npaths = [\"FOLDER/**\"]\ntag_prefix = \"@s/core@\"";
        assert_eq!(found[0], expected);
        let of_go = &ways(&signs(&["sub/v1.2.3", "other/v1.0.0"], &Given::default()))[0];
        assert!(
            of_go.contains("name = \"other\"\npaths = [\"other/**\"]\n"),
            "{of_go}"
        );
    }

    #[test]
    fn several_manifests_are_settled_by_packages_first() {
        let given = Given {
            manifests: &[
                ("crates/a/Cargo.toml", "0.3.0"),
                ("crates/b/Cargo.toml", "4.2.0"),
            ],
            remote: None,
            changelog: None,
        };
        let expected = "[[package]]\nname = \"b\"\npaths = [\"crates/b/**\"]\ntag_prefix = \"b-v\"";
        assert_eq!(ways(&signs(&[], &given)), [expected, "initial = \"0.1.0\""]);
    }

    #[test]
    fn reachable_tags_count_despite_recognised_ones() {
        let history = tagged(&["hatch-v1.9.0"])
            .commit('x', "", "feat: other")
            .tag("0.23.0", 'x')
            .head_at('a');
        let settings = VersionSettings::default();
        let next = propose(
            &history,
            &settings,
            &NextOptions::default(),
            Some(&TagsOnly),
        )
        .unwrap();
        assert_eq!(of(next).schemes[0].prefix, "hatch-v");
        let history = tagged(&["v2"])
            .commit('x', "", "feat: other")
            .tag("v9.0.0", 'x')
            .tag("x-1.0.0", 'x')
            .head_at('a');
        let next = propose(
            &history,
            &settings,
            &NextOptions::default(),
            Some(&TagsOnly),
        )
        .unwrap();
        assert_eq!(next.version, Ok(Version::new(0, 1, 0)));
    }

    #[test]
    fn a_version_of_less_than_three_numbers_is_settled_by_a_tag() {
        assert_eq!(
            ways(&signs(&["v1", "v2"], &Given::default()))[0],
            "git tag v2.0.0 'v2^{}'"
        );
        assert_eq!(
            ways(&signs(&["2024.01.1"], &Given::default()))[0],
            "git tag 2024.1.1 '2024.01.1^{}'"
        );
        assert_eq!(
            ways(&signs(&["release-5"], &Given::default()))[0],
            "git tag v5.0.0 'release-5^{}'"
        );
    }

    /// The signs of a history whose HEAD is `b`, with a child `x` of the root on another branch.
    fn signs_beside(tags: &[(&str, char)]) -> ReleaseSigns {
        let history = TestHistory::default()
            .commit('a', "", "feat: a")
            .commit('x', "a", "fix: x")
            .commit('b', "a", "fix: b");
        let history = tags
            .iter()
            .fold(history, |history, (name, commit)| {
                history.tag(name, *commit)
            })
            .head_at('b');
        of(propose(
            &history,
            &VersionSettings::default(),
            &NextOptions::default(),
            Some(&TagsOnly),
        )
        .unwrap())
    }

    #[test]
    fn the_highest_reachable_tag_gets_three_numbers() {
        let found = signs_beside(&[
            ("release-1.2", 'a'),
            ("release-1.10", 'a'),
            ("release-1.20", 'x'),
        ]);
        assert_eq!(ways(&found)[0], "git tag v1.10.0 'release-1.10^{}'");
    }

    #[test]
    fn unreachable_tags_are_not_to_be_tagged() {
        let found = signs_beside(&[("release-1.2", 'x'), ("release-1.20", 'x')]);
        assert_eq!(ways(&found), ["initial = \"0.1.0\""]);
        assert!(
            found
                .reason()
                .ends_with(", and none is reachable from HEAD"),
            "{}",
            found.reason()
        );
        let one = signs_beside(&[("v2", 'x')]).reason();
        assert!(one.ends_with(", and is not reachable from HEAD"), "{one}");
    }

    #[test]
    fn what_is_to_be_configured_is_a_configuration() {
        let names: [&[&str]; 4] = [
            &["hatch-v1.9.0"],
            &["@s/core@1.2.3", "cli-v2.0.0"],
            &["x\"y-1.0.0"],
            &["v2"],
        ];
        for names in names {
            for way in signs(names, &NPM_INIT)
                .remedies()
                .into_iter()
                .filter(|way| way.condition.contains("configure"))
            {
                let parsed = Config::parse(Source::new("tollgate.toml", way.action.as_str()));
                assert!(parsed.is_ok(), "{}", way.action);
            }
        }
    }

    /// Name and whether the version is known, of packages `core` and `cli`.
    fn packages(names: &[&str], manifests: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
        let version = VersionSettings::default();
        let packages: [Package; 2] = [package("core", "core"), package("cli", "cli")];
        let query = VersionQuery {
            packages: &packages,
            settings: &version,
            only: None,
            evidence: None,
        };
        let history = TestHistory::default().change('a', "", ("feat: a", "core/a cli/a"));
        let history = names
            .iter()
            .fold(history, |history, name| history.tag(name, 'a'));
        let given = Given {
            manifests,
            remote: None,
            changelog: None,
        };
        let found = query
            .with_evidence(&given)
            .propose(&history, &NextOptions::default())
            .unwrap()
            .units;
        found
            .into_iter()
            .map(|one| {
                (
                    one.name.unwrap(),
                    one.next.version.ok().map(|version| version.to_string()),
                )
            })
            .collect()
    }

    fn known(core: Option<&str>, cli: Option<&str>) -> Vec<(String, Option<String>)> {
        vec![
            ("core".into(), core.map(str::to_owned)),
            ("cli".into(), cli.map(str::to_owned)),
        ]
    }

    #[test]
    fn package_is_unknown_only_for_its_manifest() {
        let found = packages(
            &[],
            &[
                ("core/package.json", "4.2.0"),
                ("cli/package.json", "0.1.0"),
            ],
        );
        assert_eq!(found, known(None, Some("0.1.0")));
    }

    #[test]
    fn a_new_package_ignores_the_tags_of_others() {
        let found = packages(&["core-v1.0.0", "v3.0.0", "release-2.0.0"], &[]);
        assert_eq!(found, known(Some("1.0.0"), Some("0.1.0")));
    }

    #[test]
    fn tags_named_like_a_package_are_its_signs() {
        assert_eq!(
            packages(&["core-v1.0.0", "@s/cli@3.0.0"], &[]),
            known(Some("1.0.0"), None)
        );
    }

    #[test]
    fn tags_of_no_package_are_signs_until_one_is_released() {
        assert_eq!(packages(&["v3.0.0"], &[]), known(None, None));
    }
}
