//! Dates in a text: `2026-12-09`, `9 December 2026`, `Dec 9`, with or without a weekday.

use jiff::civil::{Date, Weekday};

use super::pattern::Pattern;

/// A date that a text mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DateMention<'t> {
    /// The date as it is written, with its weekday.
    pub(crate) text: &'t str,
    /// The byte offset of `text` in the text that was read.
    pub(crate) start: usize,
    /// The weekday before it.
    pub(crate) weekday: Option<Weekday>,
    year: Option<i16>,
    month: i8,
    day: i8,
}

static DATE: Pattern = Pattern::new(
    r"(?ix)
        (?:\b(?P<weekday>mon|tue|wed|thu|fri|sat|sun)(?:day|s|sday|nesday|r|rs|rsday|urday)?\.?,?\s+(?:the\s+)?)?
        (?:
          \b(?P<iso_year>\d{4})-(?P<iso_month>\d{2})-(?P<iso_day>\d{2})
          | \b(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,?(?:\s+(?P<year>\d{4}))?\b
          | \b(?P<us_month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(?P<us_day>\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(?P<us_year>\d{4}))?\b
        )",
);

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

const MONTH_NAMES: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The dates of a text, in order.
pub(crate) fn dates(text: &str) -> Vec<DateMention<'_>> {
    // The expression is slow, and most texts have no numbers.
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    DATE.captures_iter(text)
        .filter_map(|found| {
            let whole = found.get(0)?;
            let part = |names: [&str; 3]| {
                let found = names.iter().find_map(|name| found.name(name));
                found.map(|found| found.as_str())
            };
            let month = part(["iso_month", "month", "us_month"])?;
            let month = match month.parse() {
                Ok(month) => month,
                Err(_) => named_month(whole.as_str(), month)?,
            };
            let mention = DateMention {
                text: whole.as_str(),
                start: whole.start(),
                weekday: found
                    .name("weekday")
                    .and_then(|name| weekday(name.as_str())),
                year: part(["iso_year", "year", "us_year"]).and_then(|year| year.parse().ok()),
                month,
                day: part(["iso_day", "day", "us_day"])?.parse().ok()?,
            };
            Date::new(2024, mention.month, mention.day)
                .is_ok()
                .then_some(mention)
        })
        .collect()
}

/// The number of a month whose name, or an abbreviation of it, is in the mention.
fn named_month(mention: &str, abbreviation: &str) -> Option<i8> {
    let abbreviation = abbreviation.to_ascii_lowercase();
    let index = MONTHS.iter().position(|month| **month == abbreviation)?;
    let is_name = |word: &str| {
        let word = word.to_ascii_lowercase();
        word == "sept" || word == abbreviation || word == MONTH_NAMES[index]
    };
    let named = mention
        .split(|c: char| !c.is_ascii_alphabetic())
        .any(is_name);
    named.then(|| i8::try_from(index + 1).ok()).flatten()
}

fn weekday(abbreviation: &str) -> Option<Weekday> {
    const WEEKDAYS: [(&str, Weekday); 7] = [
        ("mon", Weekday::Monday),
        ("tue", Weekday::Tuesday),
        ("wed", Weekday::Wednesday),
        ("thu", Weekday::Thursday),
        ("fri", Weekday::Friday),
        ("sat", Weekday::Saturday),
        ("sun", Weekday::Sunday),
    ];
    let abbreviation = abbreviation.to_ascii_lowercase();
    WEEKDAYS
        .iter()
        .find(|(name, _)| *name == abbreviation)
        .map(|(_, weekday)| *weekday)
}

impl DateMention<'_> {
    /// The date; if the year isn't written, those of last year, this year and next year.
    pub(crate) fn candidates(&self, today: Date) -> Vec<Date> {
        let years = match self.year {
            Some(year) => vec![year],
            None => vec![today.year() - 1, today.year(), today.year() + 1],
        };
        years
            .into_iter()
            .filter_map(|year| Date::new(year, self.month, self.day).ok())
            .collect()
    }

    /// Whether its weekday is that of none of the days that it may mean.
    pub(crate) fn contradicts_weekday(&self, days: &[Date]) -> bool {
        self.weekday.is_some_and(|weekday| {
            !days.is_empty() && days.iter().all(|day| day.weekday() != weekday)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Date {
        Date::constant(2026, 11, 20)
    }

    fn one(text: &str) -> DateMention<'_> {
        let found = dates(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        found[0].clone()
    }

    #[test]
    fn dates_are_read_in_common_forms() {
        for text in [
            "2026-12-09",
            "on 9 December 2026",
            "December 9, 2026",
            "Dec 9th 2026",
            "the 9th of Dec. 2026",
        ] {
            assert_eq!(
                one(text).candidates(today()),
                [Date::constant(2026, 12, 9)],
                "{text}"
            );
        }
    }

    #[test]
    fn date_without_a_year_may_be_in_three_years() {
        assert_eq!(one("9 Dec").candidates(today()).len(), 3);
    }

    fn contradicts(text: &str) -> bool {
        let date = one(text);
        date.contradicts_weekday(&date.candidates(today()))
    }

    #[test]
    fn wrong_weekday_is_a_contradiction() {
        assert!(contradicts("Saturday 9 December 2026"));
        assert!(contradicts("Sat, 9 Dec 2026"));
        assert!(!contradicts("Wednesday 9 December 2026"));
        assert!(!contradicts("Wednesday 9 December"));
        assert!(!contradicts("9 December 2026"));
    }

    #[test]
    fn weekday_without_a_year_is_compared_with_three_years() {
        // 9 December is a Tuesday, Wednesday and Thursday in 2025, 2026 and 2027.
        assert!(!contradicts("Thursday 9 December"));
        assert!(contradicts("Saturday 9 December"));
    }

    #[test]
    fn other_numbers_and_names_are_not_dates() {
        for text in [
            "10 marketing mails",
            "31 February 2026",
            "2026-13-09",
            "Mayor 5",
            "5 decimals",
            "Saturday",
            "1.2.2026-rc",
        ] {
            assert_eq!(dates(text), [], "{text}");
        }
    }
}
