//! The name of what a repository holds, for people.

use crate::config::Config;
use crate::git::Repository;

/// The name of what is released: the package, the configured project, or the repository.
pub(crate) fn project_name(
    repository: &Repository,
    config: &Config,
    package: Option<&str>,
) -> String {
    let configured = || config.reports.project.clone();
    let of_remote = || last_part(&repository.remote_url()?);
    let of_folder = || {
        let root = repository.root()?;
        Some(root.file_name()?.to_string_lossy().into_owned())
    };
    package
        .map(str::to_owned)
        .or_else(configured)
        .or_else(of_remote)
        .or_else(of_folder)
        .unwrap_or_else(|| "this repository".to_owned())
}

/// The last part of a URL, without `.git`.
fn last_part(url: &str) -> Option<String> {
    let last = url.trim_end_matches('/').rsplit(['/', ':']).next()?;
    let name = last.strip_suffix(".git").unwrap_or(last);
    (!name.is_empty()).then(|| name.to_owned())
}
