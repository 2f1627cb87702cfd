//! `Cargo.lock`: the versions of the workspace's own packages.
//!
//! Decides which tokens name a released package: packages without a source, and dependencies that
//! spell out their version. Resolves nothing: the locked versions of other packages are kept.

use std::collections::BTreeMap;

use semver::Version;

use crate::error::Result;
use crate::release::token::Token;
use crate::release::toml_text;
use crate::source::{Edit, Source};

/// The edits that give these packages, by name with their old versions, the version `after`.
///
/// # Errors
///
/// Fails if the file is not valid TOML.
pub(super) fn edits(
    source: &Source,
    released: &BTreeMap<String, String>,
    after: &Version,
) -> Result<Vec<Edit>> {
    let root = toml_text::parse(source)?;
    let packages = root
        .get("package")
        .and_then(|value| value.get_ref().as_array());
    let mut tokens: Vec<(Token, String)> = Vec::new();
    for package in packages.into_iter().flat_map(|packages| packages.iter()) {
        let Some(package) = package.get_ref().as_table() else {
            continue;
        };
        let name = toml_text::string(source, package, "name")
            .map(|name| name.text)
            .unwrap_or_default();
        if let Some(before) = released.get(&name)
            && !package.contains_key("source")
            && let Some(version) = toml_text::string(source, package, "version")
            && version.text == *before
        {
            tokens.push((version, after.to_string()));
        }
        for dependency in toml_text::strings(source, package, "dependencies") {
            if let Some((name, version)) = dependency.text.split_once(' ')
                && released.get(name).is_some_and(|before| before == version)
            {
                let text = format!("{name} {after}");
                tokens.push((dependency, text));
            }
        }
    }
    Ok(tokens
        .into_iter()
        .filter(|(token, text)| token.text != *text)
        .map(|(token, text)| Edit {
            span: token.span,
            text,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::splice;

    const LOCK: &str = r#"version = 4

[[package]]
name = "core"
version = "1.2.0"
dependencies = [
 "serde",
]

[[package]]
name = "core"
version = "0.9.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "00"

[[package]]
name = "cli"
version = "1.2.0"
dependencies = [
 "core 1.2.0",
 "core 0.9.0",
 "core 1.2.0 (registry+https://github.com/rust-lang/crates.io-index)",
]
"#;

    #[test]
    fn only_the_released_package_moves_wherever_it_is_named() {
        let source = Source::new("Cargo.lock", LOCK);
        let released = [("core".to_owned(), "1.2.0".to_owned())].into();
        let edits = edits(&source, &released, &Version::new(1, 3, 0)).unwrap();
        let after = splice(LOCK, &edits).unwrap();
        let expected = LOCK
            .replacen("version = \"1.2.0\"", "version = \"1.3.0\"", 1)
            .replace("\"core 1.2.0\"", "\"core 1.3.0\"");
        assert_eq!(after, expected);
    }
}
