//! Paths for display: with `/`, relative to the current directory.

use std::path::{Component, Path, PathBuf};

/// A path with `/`, as it was written.
pub(crate) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// The path from the folder `from` to `to`, which are both absolute and without links.
pub(crate) fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from
        .components()
        .zip(to.components())
        .take_while(|(a, b)| a == b)
        .count();
    if shared == 0 {
        return to.to_owned();
    }
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(to.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_directory() {
        let way = |from: &str, to: &str| shown(&relative(Path::new(from), Path::new(to)));
        assert_eq!(way("/r", "/r/changes/a.toml"), "changes/a.toml");
        assert_eq!(way("/r/src/x", "/r/changes/a.toml"), "../../changes/a.toml");
    }
}
