//! `tollgate changelog`: prints or writes the changelog.

use std::io;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::tz::TimeZone;
use semver::Version;

use crate::changelog::{self, Notes, Title};
use crate::cli::Answer;
use crate::cli::context::Context;
use crate::cli::files;
use crate::cli::next::TextOrJson;
use crate::config::{ChangelogSettings, Config, Form};
use crate::error::{Error, Result};
use crate::format;
use crate::git::Repository;
use crate::history::{self, Scope};

/// Print the changelog, or bring a file up to date.
///
/// A commit stands under the first release that contains it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate changelog                         the whole history\n  \
                        tollgate changelog --unreleased            what the next release brings\n  \
                        tollgate changelog v1.2.0..v2.0.0          what came between two releases\n  \
                        tollgate changelog --unreleased --as 1.3.0 the same, under its coming version\n  \
                        tollgate changelog --write                 update CHANGELOG.md; text by hand stays")]
pub(super) struct Args {
    /// Only what B reaches and A does not; either side may be left out.
    #[arg(value_name = "A..B", conflicts_with = "write")]
    range: Option<String>,
    #[command(flatten)]
    part: Part,
    /// Give what is unreleased this version, and today's date.
    #[arg(long = "as", value_name = "VERSION")]
    coming: Option<Version>,
    /// Write it in this form, whatever the configuration says.
    #[arg(long, value_parser = forms())]
    form: Option<Form>,
    /// Write it for people or for programs.
    #[arg(long, value_name = "FORMAT", default_value = "text", conflicts_with = "write")]
    format: TextOrJson,
    /// Put it in FILE instead of printing it.
    #[arg(long, value_name = "FILE", conflicts_with = "write")]
    output: Option<PathBuf>,
    /// Bring FILE up to date in place; without FILE the one that the configuration names.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    write: Option<Option<PathBuf>>,
}

/// Which releases are shown.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Part {
    /// Only what is unreleased.
    #[arg(long, conflicts_with = "write")]
    unreleased: bool,
    /// Only the latest release.
    #[arg(long, conflicts_with = "write")]
    latest: bool,
    /// Only the release of this version.
    #[arg(long, value_name = "VERSION", conflicts_with = "write")]
    release: Option<Version>,
}

fn forms() -> impl TypedValueParser<Value = Form> {
    PossibleValuesParser::new(["keepachangelog", "conventional"])
        .map(|word| Form::parse(&word).expect("only the names of forms pass"))
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    let repository = ctx.repository()?;
    let config = ctx.load_config(&repository)?;
    let settings = ChangelogSettings { form: args.form.unwrap_or(config.changelog.form), ..config.changelog.clone() };
    let notes = args.select(make(args, &repository, &config, &settings, ctx)?)?;
    if let Some(file) = &args.write {
        return write_in_place(file.as_deref(), &repository, &settings, &notes, ctx);
    }
    let text = match args.format {
        TextOrJson::Json => format::changelog_json(&notes),
        TextOrJson::Text if args.is_whole() => {
            format!("{}\n{}", changelog::preamble(settings.form), changelog::render(&notes, settings.form))
        }
        TextOrJson::Text => changelog::render(&notes, settings.form),
    };
    match &args.output {
        Some(path) => files::replace(&ctx.directory.join(path), &text)?,
        None => ctx.out.push_str(&text),
    }
    Ok(Answer::Yes)
}

impl Args {
    /// Whether all of the history is asked for, and so a preamble stands above it.
    const fn is_whole(&self) -> bool {
        self.range.is_none() && !self.part.unreleased && !self.part.latest && self.part.release.is_none()
    }

    /// Keeps the releases that were asked for.
    fn select(&self, notes: Vec<Notes>) -> Result<Vec<Notes>> {
        let part = &self.part;
        if let Some(version) = &part.release {
            let notes: Vec<Notes> = notes.into_iter().filter(|notes| is_release(notes, version)).collect();
            return if notes.is_empty() { Err(no_release(version)) } else { Ok(notes) };
        }
        if part.unreleased {
            return Ok(notes.into_iter().filter(|notes| notes.title.tag().is_none()).collect());
        }
        if part.latest {
            let latest = notes.into_iter().find(|notes| notes.title.tag().is_some());
            return latest.map(|notes| vec![notes]).ok_or_else(|| {
                Error::usage("there is no release yet", "`tollgate changelog --unreleased` shows what is coming")
            });
        }
        Ok(notes)
    }
}

/// What `A..B` leaves of a history.
///
/// Fails where it is none, and where a side names no commit.
pub(super) fn scope(range: &str, repository: &Repository) -> Result<Scope> {
    let Some((without, tip)) = range.split_once("..") else {
        return Err(Error::usage(
            format!("`{range}` is not a range"),
            "write `A..B`, such as `v1.2.0..v2.0.0` or `v1.2.0..`",
        ));
    };
    let resolve = |rev: &str| if rev.is_empty() { Ok(None) } else { repository.resolve(rev).map(Some) };
    Ok(Scope { tip: resolve(tip)?, without: resolve(without)? })
}

fn make(
    args: &Args,
    repository: &Repository,
    config: &Config,
    settings: &ChangelogSettings,
    ctx: &Context,
) -> Result<Vec<Notes>> {
    let scope = args.range.as_deref().map_or(Ok(Scope::default()), |range| scope(range, repository))?;
    let releases = history::releases(&repository.history()?, &config.version, settings.prereleases, scope)?;
    let mut notes = changelog::notes(releases, settings, &config.release.commit_message);
    if let Some(version) = &args.coming {
        let today = ctx.now.to_zoned(TimeZone::UTC).date();
        notes = notes.into_iter().map(|notes| name_coming(notes, version, today)).collect();
    }
    Ok(notes)
}

fn name_coming(notes: Notes, version: &Version, today: jiff::civil::Date) -> Notes {
    if notes.title == Title::Unreleased { notes.coming_as(version.clone(), today) } else { notes }
}

fn is_release(notes: &Notes, version: &Version) -> bool {
    notes.title.tag().is_some() && notes.title.version() == Some(version)
}

fn no_release(version: &Version) -> Error {
    Error::usage(format!("there is no release {version} on this branch"), "`tollgate changelog` shows all releases")
}

#[expect(clippy::disallowed_methods, reason = "the command line names the file")]
fn write_in_place(
    file: Option<&Path>,
    repository: &Repository,
    settings: &ChangelogSettings,
    notes: &[Notes],
    ctx: &Context,
) -> Result<Answer> {
    let path = match (file, repository.root()) {
        (Some(file), _) => ctx.directory.join(file),
        (None, Some(root)) => root.join(&settings.file),
        (None, None) => {
            return Err(Error::usage("a bare repository has no changelog to write", "name a file: `--write FILE`"));
        }
    };
    let existing = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Error::file(format!("`{}` cannot be read", path.display()), "").because(error)),
    };
    let updated = changelog::update(&existing, notes, settings.form);
    if updated != existing {
        files::replace(&path, &updated)?;
    }
    ctx.hint(&format!("{} {}", if updated == existing { "Up to date:" } else { "Updated" }, path.display()));
    Ok(Answer::Yes)
}
