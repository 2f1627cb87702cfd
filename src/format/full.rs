//! Each finding drawn into the lines it points at, and a last line that counts them.

use std::collections::BTreeMap;

use super::drawing::Drawing;
use super::excerpt::Excerpt;
use super::{Look, tally};
use crate::finding::{Checked, Finding, Place, Severity};
use crate::source::Label;

/// Draws every finding and counts them.
pub(super) fn full(checked: &Checked, look: Look) -> String {
    let mut out = String::new();
    for finding in &checked.findings {
        draw(&mut out, checked, finding, look);
        out.push('\n');
    }
    out + &tally(checked)
}

fn draw(out: &mut String, checked: &Checked, finding: &Finding, look: Look) {
    let mut elsewhere: BTreeMap<&Place, Vec<&Label>> = BTreeMap::new();
    let mut here = vec![&finding.label];
    for (place, label) in &finding.related {
        if *place == finding.place { &mut here } else { elsewhere.entry(place).or_default() }.push(label);
    }
    let drawing = Drawing::new(finding.severity, &finding.message)
        .head(&format!("{}[{}]", finding.severity.as_str(), finding.rule))
        .help(&finding.help);
    place(drawing, checked, (&finding.place, &here), look).draw(out, look);
    for (other, labels) in elsewhere {
        let drawing = Drawing::new(Severity::Note, &format!("see also {}", title(other)));
        place(drawing, checked, (other, &labels), look).draw(out, look);
    }
}

/// Adds the lines that the labels are on; where there are none, the name of the place.
fn place(drawing: Drawing, checked: &Checked, (place, labels): (&Place, &[&Label]), look: Look) -> Drawing {
    match checked.sources.get(place) {
        Some(source) if !source.text().is_empty() => drawing.excerpt(Excerpt::new(source, &title(place), labels, look)),
        _ => drawing.located(&title(place)),
    }
}

fn title(place: &Place) -> String {
    match place {
        Place::File(path) => path.clone(),
        Place::Commit(id) => format!("commit {}", id.get(..12).unwrap_or(id)),
    }
}
