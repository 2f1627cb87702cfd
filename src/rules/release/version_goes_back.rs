//! A version file in which a release would lower the version: the file knows of a later one.

use crate::config::Level;
use crate::finding::{Finding, Place};
use crate::release::{LoweredVersion, ReleaseContext};
use crate::rules::rule::{Check, Rule};
use crate::source::{Span, shell_command};
use crate::version::core;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/version-goes-back",
    Level::Error,
    "release that lowers a version in a file",
    include_str!("version_goes_back.md"),
    &[Check::Release(check)],
);

fn check(found: &ReleaseContext) -> Vec<Finding> {
    found.lowered.iter().map(finding).collect()
}

fn finding(lowered: &LoweredVersion) -> Finding {
    let LoweredVersion {
        path,
        before,
        after,
        version: meant,
        package,
        place,
    } = lowered;
    let span = place.as_ref().map(|(_, span)| *span).unwrap_or_default();
    let label = if span == Span::default() {
        String::new()
    } else {
        format!("higher than {after}")
    };
    let to_release = core(meant);
    let command = match package {
        Some(package) => shell_command!(
            "tollgate release --package {package} --set-version {to_release}",
            package,
            to_release
        ),
        None => shell_command!("tollgate release --set-version {to_release}", to_release),
    };
    RULE.finding(Place::File(path.clone()), span, label)
        .message(format!(
            "the release would lower the version from {before} to {after}"
        ))
        .help(format!(
            "to release {to_release} instead, run `{command}`; \
             if {before} was released, tag its commit; if {before} is a mistake, correct the file"
        ))
        .anchor(format!("{path} {before}"))
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::super::is_bypassable;
    use super::super::tests::{clean, reported};
    use super::*;
    use crate::rules::run_release_rules;
    use crate::rules::testing::settings;
    use crate::source::Source;

    fn lowered() -> ReleaseContext {
        let source = Source::new("package.json", r#"{"version": "4.2.0"}"#);
        let place = Some((source, Span::new(13, 18)));
        let (before, after, meant) = ("4.2.0".into(), "0.1.0".into(), Version::new(4, 2, 0));
        let lowered = LoweredVersion {
            path: "package.json".into(),
            before,
            after,
            version: meant,
            package: None,
            place,
        };
        ReleaseContext {
            lowered: vec![lowered],
            ..clean()
        }
    }

    #[test]
    fn a_lowered_version_is_an_error_at_its_place() {
        let message = "the release would lower the version from 4.2.0 to 0.1.0".to_owned();
        assert_eq!(
            reported(&lowered()),
            [(RULE.name, "package.json".to_owned(), message)]
        );
        let checked = run_release_rules(&lowered(), &settings());
        assert_eq!(checked.findings[0].label.span, Span::new(13, 18));
        assert_eq!(checked.sources.len(), 1);
    }

    #[test]
    fn no_emergency_bypasses_it() {
        assert!(!is_bypassable(
            &run_release_rules(&lowered(), &settings()).findings[0],
            "changes/hotfix.toml"
        ));
    }
}
