//! Version requirements of dependencies, updated with the package that they name.
//!
//! Decides what `^1.2` becomes when 1.3.0 is released: the same operator, with the same number of
//! parts.

use semver::{Op, Version, VersionReq};

/// Why a requirement cannot be updated.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FollowError {
    /// It is not a valid requirement.
    Invalid,
    /// Only a person can change its form, and it does not allow the version.
    Excludes,
}

/// The new form of `requirement` once `version` is released.
///
/// A single `=`, `^`, `~` or bare version is updated; any other form is kept if it allows the
/// version.
pub(super) fn follow(requirement: &str, version: &Version) -> Result<String, FollowError> {
    let parsed = VersionReq::parse(requirement).map_err(|_| FollowError::Invalid)?;
    if let [comparator] = parsed.comparators.as_slice()
        && matches!(comparator.op, Op::Exact | Op::Caret | Op::Tilde)
        && let Some(start) = requirement.find(|character: char| character.is_ascii_digit())
    {
        let end = requirement.trim_end().len();
        let (major, minor) = (version.major, version.minor);
        let followed = match (comparator.minor, comparator.patch) {
            (None, _) if version.pre.is_empty() => major.to_string(),
            (_, None) if version.pre.is_empty() => format!("{major}.{minor}"),
            _ => Version {
                build: semver::BuildMetadata::EMPTY,
                ..version.clone()
            }
            .to_string(),
        };
        return Ok(format!(
            "{}{followed}{}",
            &requirement[..start],
            &requirement[end..]
        ));
    }
    if parsed.matches(version) {
        Ok(requirement.to_owned())
    } else {
        Err(FollowError::Excludes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(requirement: &str, version: &str) -> Result<String, FollowError> {
        follow(requirement, &Version::parse(version).unwrap())
    }

    #[test]
    fn the_operator_and_the_number_of_parts_stay() {
        let pairs = [
            ("1.2.0", "1.3.0"),
            ("=1.2.0", "=1.3.0"),
            ("^ 1.2", "^ 1.3"),
            ("~1.2.3 ", "~1.3.0 "),
            ("1", "1"),
        ];
        for (before, after) in pairs {
            assert_eq!(followed(before, "1.3.0").as_deref(), Ok(after), "{before}");
        }
    }

    #[test]
    fn a_pre_release_needs_all_its_parts() {
        assert_eq!(followed("1.2", "1.3.0-rc.1+b").as_deref(), Ok("1.3.0-rc.1"));
    }

    #[test]
    fn ranges_stay_while_they_admit_the_version() {
        assert_eq!(followed(">=1.2, <2", "1.3.0").as_deref(), Ok(">=1.2, <2"));
        assert_eq!(followed("1.*", "1.3.0").as_deref(), Ok("1.*"));
        assert_eq!(followed(">=1.2, <1.3", "1.3.0"), Err(FollowError::Excludes));
        assert_eq!(followed("newest", "1.3.0"), Err(FollowError::Invalid));
    }
}
