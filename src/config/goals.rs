//! The goals that tickets may name.

use super::Config;
use super::reader::{Reader, entries};
use super::section::{Section, Weakenings, allows_more};
use super::writer::Writer;
use crate::document::{Entry, Field, Shape, Table, quoted_key};

pub(super) const SECTION: Section = Section {
    fields: &[Field::new(
        "goals",
        Shape::Map(&Shape::Text),
        "Goals that a ticket can name in `goal`, by key. Default: any text.",
    )],
    read,
    write,
    compare,
};

fn read(table: &Table, config: &mut Config, _: &mut Reader) {
    let goal = |entry: &Entry| Some((entry.key.clone(), entry.value.as_str()?.to_owned()));
    config.goals = entries(table, "goals").iter().filter_map(goal).collect();
}

fn write(config: &Config, out: &mut Writer) {
    if !config.goals.is_empty() {
        out.table("[goals]");
    }
    for (goal, text) in &config.goals {
        out.string(&quoted_key(goal), text);
    }
}

fn compare(base: &Config, head: &Config, found: &mut Weakenings) {
    let goals = |config: &Config| config.goals.keys().cloned().collect::<Vec<_>>();
    let (base, head) = (goals(base), goals(head));
    found.key("goals", allows_more(&base, &head));
}

#[cfg(test)]
mod tests {
    use crate::config::testing::weakenings;

    #[test]
    fn additional_goals_are_weaker() {
        let two = "goals = { G-1 = \"x\", G-2 = \"y\" }";
        let one = "goals.G-1 = \"z\"";
        assert_eq!(weakenings(one, two), ["`goals` changed"]);
        assert_eq!(weakenings(one, ""), ["`goals` changed"]);
        assert_eq!(weakenings(two, one), [""; 0]);
        assert_eq!(weakenings("", one), [""; 0]);
    }
}
