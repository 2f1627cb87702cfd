//! `tollgate changelog`: prints or writes the changelog.

mod update;

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use semver::Version;

use crate::app::changelog::{NotesQuery, configured_template, links, named_template};
use crate::app::release::CommitEvidence;
use crate::changelog::{self, ChangelogText, Links, Notes, PackageChangelog, Template, Title};
use crate::cli::ExitStatus;
use crate::cli::args::words;
use crate::cli::context::Context;
use crate::cli::document_format::{DocumentFormat, TextOrJson};
use crate::cli::input::InputFile;
use crate::cli::next::parse_version;
use crate::cli::packages::PackageFilter;
use crate::cli::version_hints::warn_of_unknown;
use crate::commit::Mailmap;
use crate::config::{ChangelogSettings, ChangelogStyle, Config, Package};
use crate::error::{Error, Result};
use crate::files::{self, WorkTree};
use crate::git::{GitHistory, Repository};
use crate::history::{self, NextOptions, Recent, ReleaseReader, Scope};
use crate::source::sanitise_line;

/// Print or update the changelog.
///
/// Each commit is listed under the first release that contains it. In a repository with packages,
/// the changelog of every package is printed; `--write` updates the changelog of each package that
/// has a `changelog` in the configuration. Commits that belong to no package are not listed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate changelog --unreleased              the next release\n  \
                        tollgate changelog --unreleased --as 1.3.0   the same, under its version\n  \
                        tollgate changelog v1.2.0..v2.0.0            the releases in a range\n  \
                        tollgate changelog --latest --style github   notes for the release page\n  \
                        tollgate changelog --write                   update CHANGELOG.md in place\n  \
                        tollgate changelog --template news.jinja     your own template\n  \
                        tollgate changelog --json | jq … | tollgate changelog --from-json -"
)]
pub(super) struct Args {
    /// Only the commits in this range; either side may be omitted.
    #[arg(value_name = "A..B", conflicts_with_all = ["write", "from_json"])]
    range: Option<String>,
    #[command(flatten)]
    release_filter: ReleaseFilter,
    #[command(flatten)]
    package_filter: PackageFilter,
    /// Use this version as the heading for unreleased changes.
    #[arg(long = "as", value_name = "VERSION", value_parser = parse_version)]
    as_version: Option<Version>,
    /// Changelog style [default: from the configuration].
    #[arg(long, value_parser = words::<ChangelogStyle>())]
    style: Option<ChangelogStyle>,
    /// Render with this MiniJinja template.
    #[arg(long, value_name = "FILE", conflicts_with = "style")]
    template: Option<PathBuf>,
    /// Read the output of `--json` from FILE (`-` for standard input) instead of Git.
    #[arg(long, value_name = "FILE", conflicts_with = "package")]
    from_json: Option<PathBuf>,
    #[command(flatten)]
    format: DocumentFormat,
    /// Write to FILE instead of standard output.
    #[arg(short, long, value_name = "FILE", conflicts_with = "write")]
    output: Option<PathBuf>,
    /// Update FILE [default: from the configuration].
    #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with_all = ["format", "json"])]
    write: Option<Option<PathBuf>>,
}

/// Which releases are shown.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct ReleaseFilter {
    /// Only unreleased changes.
    #[arg(long, conflicts_with = "write")]
    unreleased: bool,
    /// Only the latest release.
    #[arg(long, conflicts_with = "write")]
    latest: bool,
    /// Only this release.
    #[arg(long, value_name = "VERSION", value_parser = parse_version, conflicts_with = "write")]
    release: Option<Version>,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    if let Some(file) = &args.from_json {
        if args.write == Some(None) {
            return Err(Error::usage(
                "with `--from-json`, `--write` needs a file",
                "name the file, such as `--write CHANGELOG.md`",
            ));
        }
        let changelog = args.read_json(file, ctx)?;
        return args.finish(vec![changelog], None, ctx);
    }
    let repository = ctx.repository()?;
    let config = ctx.load_config(&repository)?;
    let query = args.package_filter.query(&config);
    let mut units = query.units()?;
    let mut skipped = Vec::new();
    if !query.is_single() {
        args.refuse_options_of_one_changelog(&config)?;
        if args.write.is_some() {
            (units, skipped) = units
                .into_iter()
                .partition(|unit| config.changelog_file(*unit).is_some());
        }
    }
    let history = repository.history()?;
    let mut inputs = ChangelogInputs {
        repository: &repository,
        config: &config,
        history: &history,
        reader: ReleaseReader::new(&history, units.iter().copied().flatten())?,
    };
    let changelogs: Vec<UnitChangelog> = units
        .into_iter()
        .map(|unit| args.collect(&mut inputs, unit, ctx))
        .collect::<Result<_>>()?;
    let evidence = CommitEvidence::of_head(&repository, &config);
    let versions = || {
        let query = query.with_evidence(&evidence);
        query.propose(&history, &NextOptions::default())
    };
    let has_no_release = changelogs.iter().any(UnitChangelog::has_no_release);
    let is_counted =
        !query.is_single() && (args.format.get() == TextOrJson::Json || args.includes_unreleased());
    let versions = (has_no_release || is_counted).then(versions);
    // The commands that need the version report why it cannot be computed.
    if let Some(Ok(versions)) = &versions
        && has_no_release
    {
        warn_of_unknown(versions, ctx);
    }
    let unassigned = match versions {
        _ if query.is_single() => None,
        Some(versions) if is_counted => Some(versions?.unassigned),
        _ => Some(0),
    };
    let status = args.finish(changelogs, unassigned, ctx)?;
    hint_skipped(&skipped, ctx);
    if args.format.get() == TextOrJson::Text {
        hint_unassigned(unassigned.unwrap_or_default(), ctx);
    }
    Ok(status)
}

/// What changelogs are collected from.
struct ChangelogInputs<'a> {
    repository: &'a Repository,
    config: &'a Config,
    history: &'a GitHistory<'a>,
    reader: ReleaseReader<'a, GitHistory<'a>>,
}

fn hint_unassigned(commits: usize, ctx: &Context) {
    let subject = match commits {
        0 => return,
        1 => "1 commit since the last releases belongs to no package and is".to_owned(),
        _ => format!("{commits} commits since the last releases belong to no package and are"),
    };
    ctx.hint(&format!("{subject} in no changelog"));
}

fn hint_skipped(packages: &[Option<&Package>], ctx: &Context) {
    let names: Vec<String> = packages
        .iter()
        .flatten()
        .map(|package| format!("`{}`", package.name))
        .collect();
    if !names.is_empty() {
        ctx.hint(&format!(
            "Skipped (no `changelog` in the configuration): {}",
            names.join(", ")
        ));
    }
}

/// The releases of a unit, and the settings to render them with.
struct UnitChangelog {
    /// The name of the package; `None`: the repository.
    name: Option<String>,
    notes: Vec<Notes>,
    links: Option<Links>,
    settings: ChangelogSettings,
    /// The work tree of its repository.
    tree: Option<WorkTree>,
    template: Option<Template>,
}

impl UnitChangelog {
    fn has_no_release(&self) -> bool {
        self.notes.iter().all(|notes| notes.title.tag().is_none())
    }

    fn text(&self) -> ChangelogText<'_> {
        ChangelogText::new(&self.settings, self.links.as_ref(), self.template.clone())
    }
}

impl Args {
    /// Whether all of the history is printed, which has a preamble.
    const fn is_complete(&self) -> bool {
        self.range.is_none()
            && !self.release_filter.unreleased
            && !self.release_filter.latest
            && self.release_filter.release.is_none()
    }

    /// Whether unreleased changes are printed.
    const fn includes_unreleased(&self) -> bool {
        self.range.is_none() && !self.release_filter.latest && self.release_filter.release.is_none()
    }

    /// Refuses options that make sense for a single changelog only.
    fn refuse_options_of_one_changelog(&self, config: &Config) -> Result<()> {
        let is_printed = self.write.is_none() && self.format.get() == TextOrJson::Text;
        if self.as_version.is_none()
            && !matches!(self.write, Some(Some(_)))
            && !(is_printed && self.style(config) == ChangelogStyle::Template)
        {
            return Ok(());
        }
        Err(Error::usage(
            "this repository has several packages, each with its own changelog",
            "choose one with `--package NAME`",
        ))
    }

    /// Prints or writes changelogs: a single one, or those of packages.
    fn finish(
        &self,
        changelogs: Vec<UnitChangelog>,
        unassigned: Option<usize>,
        ctx: &mut Context,
    ) -> Result<ExitStatus> {
        let mut selected = Vec::new();
        for changelog in changelogs {
            let notes = self.apply_as_version(changelog.notes, ctx);
            selected.extend(
                self.select(notes)
                    .map(|notes| UnitChangelog { notes, ..changelog }),
            );
        }
        if let Some(file) = &self.write {
            return update::write(selected, file.as_deref(), ctx);
        }
        let text = match (&selected[..], unassigned) {
            ([], _) => return Err(self.nothing_selected()),
            ([changelog], None) => {
                self.note_empty_release(&changelog.notes, ctx);
                self.render(changelog)?
            }
            (changelogs, unassigned) => {
                self.render_packages(changelogs, unassigned.unwrap_or_default())?
            }
        };
        match &self.output {
            Some(path) => files::replace_file(&ctx.output_path(path)?, &text)?,
            None => ctx.text(text),
        }
        Ok(ExitStatus::Success)
    }

    fn render(&self, changelog: &UnitChangelog) -> Result<String> {
        let UnitChangelog { notes, links, .. } = changelog;
        match self.format.get() {
            TextOrJson::Json => Ok(changelog::changelog_json(notes, links.as_ref())),
            TextOrJson::Text if self.is_complete() => changelog.text().full(notes),
            TextOrJson::Text => changelog.text().partial(notes),
        }
    }

    fn render_packages(&self, changelogs: &[UnitChangelog], unassigned: usize) -> Result<String> {
        let packages = changelogs.iter().map(|changelog| PackageChangelog {
            name: changelog.name.as_deref().unwrap_or_default(),
            notes: &changelog.notes,
        });
        if self.format.get() == TextOrJson::Json {
            let links = changelogs
                .first()
                .and_then(|changelog| changelog.links.as_ref());
            let packages: Vec<_> = packages.collect();
            return Ok(changelog::changelog_packages_json(
                &packages, links, unassigned,
            ));
        }
        let mut text = String::new();
        for (package, changelog) in packages.zip(changelogs) {
            if package.notes.is_empty() {
                continue;
            }
            text.push_str(if text.is_empty() { "" } else { "\n" });
            text.push_str(&changelog.text().with_title(package.name, package.notes)?);
        }
        Ok(text)
    }

    /// Prints a note if the one requested release has no entries.
    fn note_empty_release(&self, notes: &[Notes], ctx: &Context) {
        let [notes] = notes else { return };
        let is_empty = notes.sections.is_empty() && notes.dependencies.is_empty();
        if let Some(tag) = notes.title.tag().filter(|_| {
            is_empty && (self.release_filter.latest || self.release_filter.release.is_some())
        }) {
            ctx.hint(&format!(
                "note: the release `{}` has no entries in the changelog",
                sanitise_line(tag)
            ));
        }
    }

    /// The style of the command line, or that of the configuration.
    fn style(&self, config: &Config) -> ChangelogStyle {
        match (&self.template, self.style) {
            (Some(_), _) => ChangelogStyle::Template,
            (None, style) => style.unwrap_or(config.changelog.style),
        }
    }

    /// The settings of the configuration, overridden by those of the command line.
    fn settings(&self, config: &Config, package: Option<&Package>) -> Result<ChangelogSettings> {
        let mut settings = config.changelog.clone();
        settings.style = self.style(config);
        match package {
            Some(Package {
                changelog: Some(file),
                ..
            }) => settings.file.clone_from(file),
            Some(Package { name, .. }) if self.write == Some(None) => {
                let message = format!("package `{name}` has no `changelog` in the configuration");
                return Err(Error::usage(
                    message,
                    "add one, or pass a file: `--write FILE`",
                ));
            }
            _ => {}
        }
        Ok(settings)
    }

    /// The highest releases, if nothing below them is printed.
    const fn recent(&self) -> Option<Recent<'_>> {
        match &self.release_filter {
            _ if self.range.is_some() || self.write.is_some() => None,
            ReleaseFilter {
                release: Some(version),
                ..
            } => Some(Recent::From(version)),
            ReleaseFilter {
                unreleased: true, ..
            } => Some(Recent::Unreleased),
            ReleaseFilter { latest: true, .. } => Some(Recent::Latest),
            ReleaseFilter { .. } => None,
        }
    }

    /// The tag that the range starts after, if it starts after one.
    fn tag_below(&self, history: &GitHistory<'_>) -> Option<String> {
        let (below, _) = self.range.as_deref()?.split_once("..")?;
        history.has_tag(below).then(|| below.to_owned())
    }

    /// The changelog that `--json` printed.
    fn read_json(&self, file: &Path, ctx: &Context) -> Result<UnitChangelog> {
        let config = ctx.config()?;
        let document = InputFile {
            path: file,
            most: MAX_BYTES,
            help: "",
            size_help: "print fewer releases: `--latest`, or a range",
        };
        let (notes, links) = changelog::read_changelog(&document.read_text(ctx)?)?;
        Ok(UnitChangelog {
            name: None,
            notes,
            links,
            settings: self.settings(&config, None)?,
            tree: None,
            template: self.named_template(ctx)?,
        })
    }

    /// The template that the command line names.
    fn named_template(&self, ctx: &Context) -> Result<Option<Template>> {
        let file = self.template.as_ref();
        file.map(|file| named_template(&ctx.directory, file))
            .transpose()
    }

    /// The changelog of the repository, or of a package.
    fn collect(
        &self,
        inputs: &mut ChangelogInputs<'_>,
        package: Option<&Package>,
        ctx: &Context,
    ) -> Result<UnitChangelog> {
        let ChangelogInputs {
            repository,
            config,
            history,
            reader,
        } = inputs;
        let settings = self.settings(config, package)?;
        let scope = self
            .range
            .as_deref()
            .map_or(Ok(Scope::default()), |range| parse_range(range, repository))?;
        let names_people = self.format.get() == TextOrJson::Json || settings.style.names_people();
        let mailmap = if names_people {
            Some(Mailmap::parse(&repository.mailmap()?))
        } else {
            None
        };
        let query = NotesQuery {
            config,
            settings: &settings,
            package,
            mailmap,
            recent: self.recent(),
            scope,
            previous_tag: self.tag_below(history),
        };
        let mut notes = query.collect(reader)?;
        if let Some(package) = package {
            let tags: Vec<&str> = notes.iter().filter_map(|notes| notes.title.tag()).collect();
            let mut by_tag =
                history::dependencies_by_tag(*history, &config.packages, package, &tags)?;
            for notes in &mut notes {
                notes.dependencies = notes
                    .title
                    .tag()
                    .and_then(|tag| by_tag.remove(tag))
                    .unwrap_or_default();
            }
        }
        let links = links(&settings, Some(repository));
        let template = match (self.named_template(ctx)?, &settings.template) {
            (None, Some(file)) if settings.style == ChangelogStyle::Template => {
                Some(configured_template(repository, file)?)
            }
            (named, _) => named,
        };
        Ok(UnitChangelog {
            name: package.map(|package| package.name.clone()),
            notes,
            links,
            settings,
            tree: repository.work_tree()?,
            template,
        })
    }

    fn apply_as_version(&self, notes: Vec<Notes>, ctx: &Context) -> Vec<Notes> {
        let Some(version) = &self.as_version else {
            return notes;
        };
        let today = ctx.now.to_zoned(TimeZone::UTC).date();
        let name = |notes: Notes| match notes.title {
            Title::Unreleased => notes.planned_as(version.clone(), today),
            _ => notes,
        };
        notes.into_iter().map(name).collect()
    }

    /// Keeps the requested releases; `None` if there is no such release.
    fn select(&self, notes: Vec<Notes>) -> Option<Vec<Notes>> {
        let filter = &self.release_filter;
        if let Some(version) = &filter.release {
            let notes: Vec<Notes> = notes
                .into_iter()
                .filter(|notes| is_release(notes, version))
                .collect();
            return (!notes.is_empty()).then_some(notes);
        }
        if filter.unreleased {
            return Some(
                notes
                    .into_iter()
                    .filter(|notes| notes.title.tag().is_none())
                    .collect(),
            );
        }
        if filter.latest {
            return notes
                .into_iter()
                .find(|notes| notes.title.tag().is_some())
                .map(|notes| vec![notes]);
        }
        Some(notes)
    }

    fn nothing_selected(&self) -> Error {
        match &self.release_filter.release {
            Some(version) => no_release(version),
            None => Error::usage(
                "no stable release found",
                "run `tollgate explain` to see which tags are ignored, or `tollgate changelog --unreleased` to see unreleased changes",
            ),
        }
    }
}

/// Parses a range `A..B`.
///
/// # Errors
///
/// Fails if it is not a range, or if a side is not a commit.
pub(super) fn parse_range(range: &str, repository: &Repository) -> Result<Scope> {
    let Some((without, tip)) = range.split_once("..") else {
        return Err(Error::usage(
            format!("`{range}` is not a range"),
            "use `A..B`, such as `v1.2.0..v2.0.0` or `v1.2.0..`",
        ));
    };
    let resolve = |rev: &str| {
        if rev.is_empty() {
            Ok(None)
        } else {
            repository.resolve(rev).map(Some)
        }
    };
    Ok(Scope {
        tip: resolve(tip)?,
        exclude: resolve(without)?,
    })
}

fn is_release(notes: &Notes, version: &Version) -> bool {
    notes.title.tag().is_some() && notes.title.version() == Some(version)
}

fn no_release(version: &Version) -> Error {
    Error::usage(
        format!("there is no release {version} on this branch"),
        "run `tollgate changelog` to see all releases",
    )
}

/// The largest document that is read back, in bytes.
const MAX_BYTES: usize = 256 << 20;
