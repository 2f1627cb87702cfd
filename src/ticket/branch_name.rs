//! Which ticket the name of a branch means.

/// The ID that the name of a branch contains, between other characters than letters and digits; the
/// longest one. `None` if it contains none, or several that aren't parts of each other.
///
/// The last part of the name may also be an ID without the date that it begins with.
#[must_use]
pub(crate) fn named_by_branch<'i>(branch: &str, ids: &[&'i str]) -> Option<&'i str> {
    let mut named: Vec<&str> = Vec::new();
    for id in ids {
        if contains(branch, id) && !named.contains(id) {
            named.push(id);
        }
    }
    if let Some(longest) = named.iter().copied().max_by_key(|id| id.len()) {
        return named
            .iter()
            .all(|id| contains(longest, id))
            .then_some(longest);
    }
    let last = branch.rsplit('/').next().unwrap_or_default();
    let mut dated = ids.iter().filter(|id| without_date(id) == Some(last));
    dated.next().copied().filter(|_| dated.next().is_none())
}

/// Whether an ID is in a text as a word of its own, in any letter case.
fn contains(text: &str, id: &str) -> bool {
    let (text, id) = (text.to_lowercase(), id.to_lowercase());
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut found = text.match_indices(&id);
    !id.is_empty()
        && found.any(|(start, _)| {
            let before = text[..start].chars().next_back();
            let after = text[start + id.len()..].chars().next();
            !is_part(before) && !is_part(after)
        })
}

/// The part of an ID after the date that it begins with.
fn without_date(id: &str) -> Option<&str> {
    let (date, rest) = id.split_at_checked(10)?;
    let _: jiff::civil::Date = date.parse().ok()?;
    rest.strip_prefix('-').filter(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [&str; 4] = ["CHG-1", "CHG-12", "2026-11-20-raise-the-pool", "pool"];

    fn named(branch: &str) -> Option<&'static str> {
        named_by_branch(branch, &IDS)
    }

    #[test]
    fn id_in_a_branch_name_is_a_word() {
        assert_eq!(named("feature/chg-1-new-pipeline"), Some("CHG-1"));
        assert_eq!(named("CHG-12"), Some("CHG-12"));
        assert_eq!(named("feature/CHG-123"), None);
        assert_eq!(named("carpool"), None);
        assert_eq!(named("main"), None);
    }

    #[test]
    fn longest_id_is_meant() {
        let dated = "2026-11-20-raise-the-pool";
        assert_eq!(named(dated), Some(dated));
        assert_eq!(named("CHG-1-and-CHG-12"), None);
    }

    #[test]
    fn date_of_an_id_may_be_missing() {
        let ids = ["2026-11-20-drop-it", "2026-11-21-raise-it"];
        assert_eq!(named_by_branch("lee/raise-it", &ids), Some(ids[1]));
        assert_eq!(named_by_branch("lee/raise-it-again", &ids), None);
        let twice = ["2026-11-20-raise-it", "2026-11-21-raise-it"];
        assert_eq!(named_by_branch("raise-it", &twice), None);
    }
}
