//! A version file in which a release would lower the version: the file knows of a later one.

use super::{Circumstances, LoweredVersion};
use crate::config::Level;
use crate::finding::Place;
use crate::rules::rule::{Check, Hit, Rule};
use crate::source::{Label, Span};
use crate::version::core;

pub(in crate::rules) const RULE: Rule = Rule {
    name: "release/version-goes-back",
    level: Level::Error,
    since: "0.1.0",
    summary: "release that lowers a version in a file",
    page: include_str!("version_goes_back.md"),
    options: &[],
    checks: &[Check::Release(check)],
};

fn check(found: &Circumstances) -> Vec<(Place, Hit)> {
    found
        .lowered
        .iter()
        .map(|lowered| (Place::File(lowered.path.clone()), hit(lowered)))
        .collect()
}

fn hit(lowered: &LoweredVersion) -> Hit {
    let LoweredVersion {
        path,
        before,
        after,
        meant,
        package,
        place,
    } = lowered;
    let span = place.as_ref().map(|(_, span)| *span).unwrap_or_default();
    let label = if span == Span::default() {
        String::new()
    } else {
        format!("higher than {after}")
    };
    let of_package = package
        .as_ref()
        .map(|name| format!(" --package {name}"))
        .unwrap_or_default();
    let to_release = core(meant);
    RULE.finding(Label::new(span, label))
        .message(format!("the release would lower the version from {before} to {after}"))
        .help(format!(
            "to release {to_release} instead, run `tollgate release{of_package} --set-version {to_release}`; \
             if {before} was released, tag its commit; if {before} is a mistake, correct the file"
        ))
        .anchor(format!("{path} {before}"))
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::super::is_bypassable;
    use super::super::tests::{clean, told};
    use super::*;
    use crate::rules::judge_release;
    use crate::rules::testing::settings;
    use crate::source::Source;

    fn lowered() -> Circumstances {
        let source = Source::new("package.json", r#"{"version": "4.2.0"}"#);
        let place = Some((source, Span::new(13, 18)));
        let (before, after, meant) = ("4.2.0".into(), "0.1.0".into(), Version::new(4, 2, 0));
        let lowered = LoweredVersion {
            path: "package.json".into(),
            before,
            after,
            meant,
            package: None,
            place,
        };
        Circumstances {
            lowered: vec![lowered],
            ..clean()
        }
    }

    #[test]
    fn a_lowered_version_is_an_error_at_its_place() {
        let message = "the release would lower the version from 4.2.0 to 0.1.0".to_owned();
        assert_eq!(
            told(&lowered()),
            [(RULE.name, "package.json".to_owned(), message)]
        );
        let checked = judge_release(&lowered(), &settings());
        assert_eq!(checked.findings[0].label.span, Span::new(13, 18));
        assert_eq!(checked.sources.len(), 1);
    }

    #[test]
    fn no_emergency_bypasses_it() {
        assert!(!is_bypassable(
            &judge_release(&lowered(), &settings()).findings[0],
            "changes/hotfix.toml"
        ));
    }
}
