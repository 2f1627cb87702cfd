//! Whether feature flags are removed in time.

use jiff::Timestamp;
use jiff::civil::Date;

use super::facts::PageTicket;
use super::markup::Markup;
use super::plot::{
    Anchor, Cell, Scale, Side, bar, cut, figure, label, line, number, numbers, point,
};
use super::view::{View, counted};
use super::{Sign, legend, section};
use crate::report::clock::day;
use crate::ticket::{Category, State};

const ROW: f64 = 22.0;
const LEFT: f64 = 190.0;
const MAX_FLAGS: usize = 30;
const MAX_LISTED: usize = 300;

/// A feature flag of a ticket.
pub(super) struct Flag<'f> {
    pub(super) ticket: &'f PageTicket,
    pub(super) key: String,
    pub(super) owner: Option<String>,
    pub(super) remove_by: Date,
    /// When it was deployed, or when its ticket was added.
    since: Option<Timestamp>,
    /// The closed ticket of a removal that names it.
    removal: Option<&'f PageTicket>,
}

impl Flag<'_> {
    /// Whether its day is over, and no closed ticket removes it.
    pub(super) fn is_overdue(&self, today: Date) -> bool {
        self.removal.is_none() && self.remove_by < today
    }
}

/// The flags with a date of removal, the earliest first.
pub(super) fn flags<'f>(view: &View<'f>) -> Vec<Flag<'f>> {
    let removals: Vec<&PageTicket> = view
        .facts
        .tickets
        .iter()
        .filter(|ticket| ticket.ticket.category == Some(Category::Removal))
        .filter(|ticket| ticket.ticket.state == State::Closed)
        .collect();
    let flag = |ticket: &'f PageTicket| {
        if ticket.ticket.state == State::Cancelled {
            return None;
        }
        let flag = ticket.ticket.deployment.flag.as_ref()?;
        let key = flag.key.as_ref()?.text.trim().to_owned();
        let outcome = ticket.ticket.outcome.as_ref();
        let deployed = outcome.and_then(|it| Some(it.deployed_at?.timestamp));
        let removal = removals
            .iter()
            .find(|it| it.id() != ticket.id() && names(it, &key));
        Some(Flag {
            ticket,
            remove_by: flag.remove_by?,
            owner: flag.owner.as_ref().map(|owner| owner.text.clone()),
            since: deployed.or(ticket.added_at),
            removal: removal.copied(),
            key,
        })
    };
    let mut flags: Vec<Flag<'_>> = view.facts.tickets.iter().filter_map(flag).collect();
    flags.sort_by(|one, other| (one.remove_by, &one.key).cmp(&(other.remove_by, &other.key)));
    flags
}

/// Whether a ticket names a flag in its title, its description, or its steps.
fn names(ticket: &PageTicket, key: &str) -> bool {
    let ticket = &ticket.ticket;
    let steps = ticket.deployment.steps.iter();
    let texts = steps.flat_map(|step| [Some(&step.action), step.run.as_ref()]);
    let texts = texts.chain([Some(&ticket.title), ticket.description.as_ref()]);
    texts.flatten().any(|text| has_word(&text.text, key))
}

/// Whether a text has a key that is not part of a longer one.
fn has_word(text: &str, key: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    !key.is_empty()
        && text.match_indices(key).any(|(start, _)| {
            let before = text[..start].chars().next_back();
            let after = text[start + key.len()..].chars().next();
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        })
}

pub(super) fn write(view: &View<'_>, out: &mut Markup) {
    let flags = flags(view);
    if flags.is_empty() {
        return;
    }
    let today = view.clock.date(view.now());
    section(
        out,
        "page:flags",
        "Are feature flags removed in time?",
        |out| {
            let overdue = flags.iter().filter(|flag| flag.is_overdue(today)).count();
            let removed = flags.iter().filter(|flag| flag.removal.is_some()).count();
            let overdue = match overdue {
                0 => "none of them is overdue".to_owned(),
                count => format!("{count} overdue"),
            };
            let have = match flags.len() {
                1 => "1 flag has".to_owned(),
                count => format!("{count} flags have"),
            };
            out.leaf(
            "p.lede",
            &format!(
                "{have} a date of removal: {overdue}, {removed} removed. A flag counts as removed if a closed ticket of the category “removal” names it."
            ),
        );
            let shown = &flags[..flags.len().min(MAX_FLAGS)];
            write_plot(view, shown, today, out);
            let signs = [
                (Sign::Box("rect.planned"), "until its date of removal"),
                (Sign::Box("rect.late"), "overdue"),
                (Sign::Box("rect.kept"), "removed"),
                (Sign::Line("line.now"), "now"),
            ];
            legend(out, &signs);
            let listed = flags.iter().take(MAX_LISTED);
            let rows: Vec<Vec<Cell>> = listed.map(|flag| row(view, flag, today)).collect();
            let head = ["Flag", "Ticket", "Owner", "Since", "Remove by", "State"];
            numbers(out, &head, &rows);
        },
    );
}

fn row(view: &View<'_>, flag: &Flag<'_>, today: Date) -> Vec<Cell> {
    let owner = flag.owner.as_ref().map(|owner| view.facts.person(owner));
    vec![
        flag.key.clone().into(),
        Cell::Ticket(flag.ticket.id().to_owned()),
        owner.unwrap_or_else(|| "not stated".to_owned()).into(),
        flag.since
            .map_or_else(|| "unknown".to_owned(), |since| view.clock.day(since))
            .into(),
        day(flag.remove_by).into(),
        state(flag, today).into(),
    ]
}

fn state(flag: &Flag<'_>, today: Date) -> String {
    match flag.removal {
        Some(removal) => format!("removed by {}", removal.id()),
        None if flag.is_overdue(today) => "overdue".to_owned(),
        None => "in use".to_owned(),
    }
}

fn write_plot(view: &View<'_>, flags: &[Flag<'_>], today: Date, out: &mut Markup) {
    let removal_of = |flag: &Flag<'_>| view.clock.start_of(flag.remove_by);
    let starts = flags.iter().filter_map(|flag| flag.since);
    let start = starts.min().unwrap_or(view.now()).min(view.now());
    let ends = flags.iter().filter_map(removal_of);
    let end = ends.max().unwrap_or(view.now()).max(view.now());
    let scale = Scale::of_time(start, end, LEFT);
    let height = 12.0 + ROW * number(flags.len());
    let sentence = format!(
        "{} from their deployment to their date of removal",
        counted(flags.len(), "flag")
    );
    figure(out, Side::Start, &sentence, height, |out| {
        let now = scale.at_time(view.now());
        line(out, "line.now", point(now, 2.0), point(now, height - 2.0));
        for (index, flag) in flags.iter().enumerate() {
            let top = 6.0 + ROW * number(index);
            label(
                out,
                "text.small",
                Anchor::End,
                point(LEFT - 8.0, top + 11.0),
                &cut(&flag.key, 26),
            );
            let Some(end) = removal_of(flag) else {
                continue;
            };
            let from = scale.at_time(flag.since.unwrap_or(start));
            let to = scale.at_time(end).max(from + 3.0);
            let (from, to) = (point(from, top), point(to, top + 13.0));
            if flag.is_overdue(today) {
                bar(out, "rect.planned", from, to, "");
                bar(
                    out,
                    "rect.late",
                    point(to.x, top),
                    point(now, to.y),
                    "overdue",
                );
            } else {
                let is_removed = flag.removal.is_some();
                bar(
                    out,
                    if is_removed {
                        "rect.kept"
                    } else {
                        "rect.planned"
                    },
                    from,
                    to,
                    "",
                );
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_inside_a_longer_one_is_not_named() {
        assert!(has_word("remove `one-page`", "one-page"));
        assert!(!has_word("remove one-page-2026", "one-page"));
        assert!(!has_word("remove one", ""));
    }
}
