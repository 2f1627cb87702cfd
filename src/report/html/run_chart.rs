//! The share of failed releases by month, once there are enough releases for a share to mean
//! something.

use std::collections::BTreeMap;

use super::markup::Markup;
use super::plot::{
    Anchor, Cell, Mark, Scale, Side, WIDTH, figure, label, line, mark, number, numbers, point,
};
use super::view::{ShownRelease, View};
use super::{Sign, legend};

/// How many releases with a known outcome it takes.
const MIN_RELEASES: usize = 20;

/// The releases of a month whose outcome is known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Month {
    failed: usize,
    known: usize,
}

impl Month {
    /// In percent.
    fn rate(self) -> f64 {
        100.0 * number(self.failed) / number(self.known.max(1))
    }
}

/// Writes the chart of the repository or of a package, if it has enough releases.
pub(super) fn write(view: &View<'_>, package: Option<&str>, out: &mut Markup) {
    let months = months(view, package);
    let known: usize = months.values().map(|month| month.known).sum();
    if known < MIN_RELEASES {
        return;
    }
    let failed: usize = months.values().map(|month| month.failed).sum();
    let median = median(months.values().map(|month| month.rate()).collect());
    let sentence = format!(
        "Share of failed releases by month: {failed} of {known} releases failed, median of the months {median:.0}%"
    );
    out.leaf("p.lede", &format!("{sentence}. A dot is a month."));
    let scale = Scale {
        from: 0.0,
        to: 100.0,
        low: 130.0,
        high: 14.0,
    };
    figure(out, Side::End, &sentence, 166.0, |out| {
        for value in [0.0, 50.0, 100.0] {
            let y = scale.at(value);
            line(out, "line.grid", point(50.0, y), point(WIDTH - 10.0, y));
            let text = format!("{value:.0}%");
            label(out, "text.small", Anchor::End, point(44.0, y + 4.0), &text);
        }
        let y = scale.at(median);
        line(out, "line.median", point(50.0, y), point(WIDTH - 10.0, y));
        let width = (WIDTH - 60.0) / number(months.len());
        let mut before = None;
        for (index, ((_, of_year), month)) in months.iter().enumerate() {
            let at = point(50.0 + width * (number(index) + 0.5), scale.at(month.rate()));
            if let Some(before) = before {
                line(out, "line.axis", before, at);
            }
            before = Some(at);
            let middle = Anchor::Middle;
            label(
                out,
                "text.small",
                middle,
                point(at.x, 148.0),
                month_name(*of_year),
            );
            let count = format!("{} of {}", month.failed, month.known);
            label(out, "text.small", middle, point(at.x, 162.0), &count);
            mark(out, Mark::Filled, at, &count);
        }
    });
    legend(out, &[(Sign::Line("line.median"), "median of the months")]);
    let rows: Vec<Vec<Cell>> = months
        .iter()
        .map(|((year, of_year), month)| {
            vec![
                format!("{} {year}", month_name(*of_year)).into(),
                month.failed.to_string().into(),
                month.known.to_string().into(),
            ]
        })
        .collect();
    numbers(
        out,
        &["Month", "Failed", "Releases with a known outcome"],
        &rows,
    );
}

/// By year and month; months without a known outcome are left out.
fn months(view: &View<'_>, package: Option<&str>) -> BTreeMap<(i16, i8), Month> {
    let is_known = |release: &&ShownRelease<'_>| {
        release.package == package && release.figures.result.is_some()
    };
    let mut months: BTreeMap<(i16, i8), Month> = BTreeMap::new();
    for release in view.releases.iter().filter(is_known) {
        let day = view.clock.date(release.measured.at);
        let month = months.entry((day.year(), day.month())).or_default();
        month.known += 1;
        month.failed += usize::from(release.mark() == Mark::Bad);
    }
    months
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = |index: usize| values.get(index).copied().unwrap_or_default();
    f64::midpoint(
        middle(values.len().saturating_sub(1) / 2),
        middle(values.len() / 2),
    )
}

const fn month_name(month: i8) -> &'static str {
    match month {
        1 => "Jan",
        2 => "Feb",
        3 => "Mar",
        4 => "Apr",
        5 => "May",
        6 => "Jun",
        7 => "Jul",
        8 => "Aug",
        9 => "Sep",
        10 => "Oct",
        11 => "Nov",
        _ => "Dec",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_an_even_number_is_between_the_middle_ones() {
        assert!((median(vec![50.0, 0.0, 10.0, 20.0]) - 15.0).abs() < 0.01);
    }
}
