//! Instants in `allowed_signers` (ssh-keygen(1), ALLOWED SIGNERS).

use jiff::Timestamp;
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;

/// Reads `YYYYMMDD[HHMM[SS]]`, with or without `Z` or `UTC` after it.
///
/// Without them ssh-keygen uses the machine's zone; here it is UTC, so that every machine gives the
/// same answer.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let upper = text.to_ascii_uppercase();
    let digits = upper
        .strip_suffix("UTC")
        .or_else(|| upper.strip_suffix('Z'))
        .unwrap_or(&upper);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || ![8, 12, 14].contains(&digits.len()) {
        return None;
    }
    let number = |from: usize, to: usize| {
        digits
            .get(from..to)
            .map_or(Some(0), |part| part.parse::<i8>().ok())
    };
    let year = digits[..4].parse::<i16>().ok()?;
    if !(1..=12).contains(&number(4, 6)?) {
        return None;
    }
    let first = date(year, number(4, 6)?, 1);
    let day = number(6, 8)?;
    if !(1..=first.days_in_month()).contains(&day) {
        return None;
    }
    let (hour, minute, second) = (number(8, 10)?, number(10, 12)?, number(12, 14)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let time = DateTime::new(year, first.month(), day, hour, minute, second, 0).ok()?;
    let instant = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
    (instant > Timestamp::UNIX_EPOCH).then_some(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        instant(text).map(|instant| instant.to_string())
    }

    #[test]
    fn a_day_a_minute_and_a_second_are_read() {
        assert_eq!(read("20261120").as_deref(), Some("2026-11-20T00:00:00Z"));
        assert_eq!(
            read("202611201314Z").as_deref(),
            Some("2026-11-20T13:14:00Z")
        );
        assert_eq!(
            read("20261120131415utc").as_deref(),
            Some("2026-11-20T13:14:15Z")
        );
        assert_eq!(read("20240229").as_deref(), Some("2024-02-29T00:00:00Z"));
    }

    #[test]
    fn malformed_time_is_none() {
        for text in [
            "",
            "Z",
            "2026",
            "20261320",
            "20260230",
            "2026112024",
            "202611202400",
            "20261120Zz",
            "+2261120",
            "19600101",
            "２０２６1120",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
