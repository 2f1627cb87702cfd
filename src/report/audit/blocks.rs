//! The shell commands that the audit shares with the documentation.

const BLOCKS: &str = include_str!("blocks.sh");

/// What the name of a block is written after.
const MARK: &str = "\n#: ";

/// The commands with this name, with a line feed after each.
pub(super) fn block(name: &str) -> &'static str {
    let named = BLOCKS.split(MARK).skip(1).find_map(|block| {
        let (own, commands) = block.split_once('\n')?;
        (own == name).then_some(commands)
    });
    named.expect("each block that is used has commands")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../docs/check-without-tollgate.md");

    #[test]
    fn blocks_are_those_of_the_documentation() {
        let mut names = 0;
        for block_of_page in PAGE.split("<!-- shared: ").skip(1) {
            let (name, rest) = block_of_page.split_once(" -->\n```sh\n").unwrap();
            let (commands, _) = rest.split_once("```\n").unwrap();
            assert_eq!(block(name), commands, "{name}");
            names += 1;
        }
        let own = 1;
        assert_eq!(names + own, BLOCKS.split(MARK).skip(1).count());
    }
}
