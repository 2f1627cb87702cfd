//! Adapts the heading levels of generated text to the file that it is inserted into.

use crate::changelog::outline::{Chapter, Outline, Title, literal_lines};

/// Generated text with the heading levels that a changelog uses for releases and their sections.
pub(super) fn with_levels_of(outline: &Outline<'_>, fresh: &str) -> String {
    let is_known = |chapter: &&Chapter<'_>| chapter.title != Title::Unknown;
    let released = outline
        .chapters
        .iter()
        .find(|chapter| chapter.version().is_some());
    let Some(first) = released.or_else(|| outline.chapters.iter().find(is_known)) else {
        return fresh.to_owned();
    };
    let generated = Outline::parse(fresh);
    let Some(release) = generated.chapters.first().map(|chapter| chapter.level) else {
        return fresh.to_owned();
    };
    let section = section_level(&generated.chapters).unwrap_or(release + 1);
    // The newest releases show the file's current convention.
    let newest = &outline.chapters[..outline.chapters.len().min(10)];
    let wanted = section_level(newest).unwrap_or(first.level + 1);
    if (release, section) == (first.level, wanted) {
        return fresh.to_owned();
    }
    let mut out = fresh[..generated.preamble.len()].to_owned();
    for chapter in &generated.chapters {
        out.push_str(&at_level(chapter.heading(), first.level));
        out.push('\n');
        for (line, is_literal) in chapter.body().lines().zip(literal_lines(chapter.body())) {
            match heading_level(line).filter(|_| !is_literal) {
                Some(level) => out.push_str(&at_level(
                    line,
                    (wanted + level).saturating_sub(section).clamp(1, 6),
                )),
                None => out.push_str(line),
            }
            out.push('\n');
        }
    }
    out + generated.footer
}

/// The highest level of the headings below release headings.
fn section_level(chapters: &[Chapter<'_>]) -> Option<usize> {
    let sections = |chapter: &Chapter<'_>| {
        let lines = chapter.body().lines().zip(literal_lines(chapter.body()));
        let levels = lines
            .filter(|(_, is_literal)| !is_literal)
            .filter_map(|(line, _)| heading_level(line));
        levels.filter(|level| *level > chapter.level).min()
    };
    chapters.iter().filter_map(sections).min()
}

/// The level of a heading with `#` marks.
fn heading_level(line: &str) -> Option<usize> {
    let level = line.len() - line.trim_start_matches('#').len();
    ((1..=6).contains(&level) && line[level..].starts_with(' ')).then_some(level)
}

fn at_level(heading: &str, level: usize) -> String {
    format!("{}{}", "#".repeat(level), heading.trim_start_matches('#'))
}
