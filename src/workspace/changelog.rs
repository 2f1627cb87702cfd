//! What a changelog needs besides the history: where links lead, who is who, and the template.

use std::fs::File;
use std::io;
use std::path::Path;

use super::{paths, read_text};
use crate::changelog::{Links, web_address};
use crate::config::ChangelogSettings;
use crate::error::{Error, Result};
use crate::format::Template;
use crate::git::Repository;
use crate::source::Source;

/// More than the largest template, so that one that is too large is seen to be.
const MOST_BYTES: usize = 1 << 20;

/// Where the pages of a repository are: as the settings say, else by its remote. `None`: not known, or no links wanted.
#[must_use]
pub fn links(settings: &ChangelogSettings, repository: Option<&Repository>) -> Option<Links> {
    if settings.links == Some(false) {
        return None;
    }
    match &settings.url {
        Some(url) => {
            let (page, known) = web_address(url)?;
            Some(Links::new(settings.forge.or(known)?, page))
        }
        None => Links::of_remote(&repository?.remote_url()?, settings.forge),
    }
}

/// Reads the template that the configuration names: below the root of the work tree, or from HEAD where there is none.
///
/// # Errors
///
/// Fails where it cannot be read, where it leads out of the root, and where it does not compile.
pub fn configured_template(repository: &Repository, file: &str) -> Result<Template> {
    let Some(root) = repository.root() else {
        let bytes = repository.file_at_head(file)?.unwrap_or_default();
        let text = read_text(bytes.as_slice(), MOST_BYTES).map_err(|error| unreadable(file, error))?;
        return Template::new(Source::new(file, text));
    };
    let path = root.join(file);
    let real = path.canonicalize().map_err(|error| unreadable(file, error))?;
    let root = root.canonicalize().map_err(|error| unreadable(file, error))?;
    if !real.starts_with(root) {
        return Err(Error::refused(
            format!("the template `{file}` leads out of the repository"),
            "keep it inside; `--template FILE` takes one from anywhere",
        ));
    }
    read_template(&real, file)
}

/// Reads a template that the command line names.
///
/// # Errors
///
/// Fails where it cannot be read and where it does not compile.
pub fn named_template(directory: &Path, file: &Path) -> Result<Template> {
    read_template(&directory.join(file), &paths::shown(file))
}

#[expect(clippy::disallowed_methods, reason = "the configuration or the command line names the file")]
fn read_template(path: &Path, name: &str) -> Result<Template> {
    let text =
        File::open(path).and_then(|file| read_text(file, MOST_BYTES)).map_err(|error| unreadable(name, error))?;
    Template::new(Source::new(name, text))
}

fn unreadable(name: &str, error: io::Error) -> Error {
    let help = if error.kind() == io::ErrorKind::NotFound { "is it committed, and named from the root?" } else { "" };
    Error::file(format!("the template `{name}` cannot be read"), help).because(error)
}
