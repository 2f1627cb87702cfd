//! Globs over paths with `/`, alike wherever the configuration has them.

use globset::{Error, GlobBuilder, GlobSet, GlobSetBuilder};

/// The set of these globs; `*` and `?` stop at `/`, `**` does not.
///
/// Fails for a text that is no glob; those of a [`Config`](super::Config) were looked at when it was read.
pub fn glob_set(globs: &[impl AsRef<str>]) -> Result<GlobSet, Error> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let glob = glob.as_ref().trim_start_matches("./");
        set.add(GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build()?);
    }
    set.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_star_stops_at_a_folder_and_two_do_not() {
        let set = glob_set(&["changes/**/*.toml", "./*.md"]).unwrap();
        assert!(set.is_match("changes/a.toml") && set.is_match("changes/x/y/a.toml") && set.is_match("a.md"));
        assert!(!set.is_match("docs/a.md") && !set.is_match("changes/a.toml.bak"));
    }
}
