//! Durations as they are written: numbers with units, such as `1h30m`.

use std::time::Duration;

/// The units of a duration, in the order in which they are written.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Reads a duration: digits and units in falling order, such as `1d2h30m15s`.
///
/// Each unit may occur once, and at least one must. `None` for anything else, and for values that
/// overflow.
#[must_use]
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0_u64;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .filter(|digits| *digits > 0)?;
        let count: u64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let (_, size) = units.find(|(name, _)| *name == unit)?;
        seconds = seconds.checked_add(count.checked_mul(*size)?)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    (!text.is_empty()).then_some(Duration::from_secs(seconds))
}

/// A duration in the form that [`parse_duration`] reads, without fractions of a second.
#[must_use]
pub(crate) fn format_duration(duration: Duration) -> String {
    let mut rest = duration.as_secs();
    let mut text = String::new();
    for (unit, size) in UNITS {
        if rest >= size {
            text += &format!("{}{unit}", rest / size);
            rest %= size;
        }
    }
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_adds_up_its_units() {
        assert_eq!(
            parse_duration("1d2h30m15s"),
            Some(Duration::from_secs(95_415))
        );
        assert_eq!(parse_duration("90s"), Some(Duration::from_secs(90)));
        assert_eq!(parse_duration("0s"), Some(Duration::ZERO));
    }

    #[test]
    fn units_descend_without_repetition() {
        for text in [
            "",
            "5",
            "m",
            "5 m",
            "5min",
            "30m2h",
            "5m5m",
            "-5m",
            "1.5h",
            "5µ",
            "99999999999999999999s",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
        assert_eq!(parse_duration("18446744073709551615d"), None);
    }

    #[test]
    fn a_duration_is_written_as_it_is_read() {
        for text in ["1d2h30m15s", "90m", "0s", "45s", "1d"] {
            let read = parse_duration(text).unwrap();
            assert_eq!(parse_duration(&format_duration(read)), Some(read));
        }
        assert_eq!(format_duration(Duration::from_secs(5_400)), "1h30m");
        assert_eq!(format_duration(Duration::ZERO), "0s");
    }
}
