//! The hash of each line of a text, by which GitHub's upload action recognizes findings.
//!
//! GitHub matches findings of two runs by this hash alone, and its action warns about any other
//! value. The algorithm is that of
//! <https://github.com/github/codeql-action/blob/main/src/fingerprints.ts>: a polynomial over the
//! 100 UTF-16 units from the start of the line, without white space, and the number of previous
//! occurrences.

use std::collections::HashMap;

const BLOCK_UNITS: usize = 100;
const FACTOR: u64 = 37;
const END_OF_TEXT: u16 = u16::MAX;
const LINE_FEED: u16 = b'\n' as u16;
const RETURN: u16 = b'\r' as u16;

/// The hashes of all lines, the first line's first; an empty text has one line.
pub(super) fn line_hashes(text: &str) -> Vec<String> {
    let (units, starts) = units(text);
    let mut seen: HashMap<u64, usize> = HashMap::new();
    let hash = |start: usize| {
        let block = units[start..]
            .iter()
            .copied()
            .chain(std::iter::repeat(0))
            .take(BLOCK_UNITS);
        let hash = block.fold(0_u64, |hash, unit| {
            hash.wrapping_mul(FACTOR).wrapping_add(u64::from(unit))
        });
        let count = seen
            .entry(hash)
            .and_modify(|count| *count += 1)
            .or_insert(1);
        format!("{hash:x}:{count}")
    };
    starts.into_iter().map(hash).collect()
}

/// The relevant UTF-16 units, and the position at which each line starts.
fn units(text: &str) -> (Vec<u16>, Vec<usize>) {
    let (mut units, mut starts) = (Vec::with_capacity(text.len()), Vec::new());
    let (mut at_start, mut after_return) = (true, false);
    for unit in text.encode_utf16().chain([END_OF_TEXT]) {
        let is_blank = unit == u16::from(b' ')
            || unit == u16::from(b'\t')
            || (after_return && unit == LINE_FEED);
        after_return = unit == RETURN;
        if is_blank {
            continue;
        }
        if at_start {
            starts.push(units.len());
        }
        at_start = unit == LINE_FEED || unit == RETURN;
        units.push(if unit == RETURN { LINE_FEED } else { unit });
    }
    (units, starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_text_has_the_hash_of_its_end() {
        assert_eq!(line_hashes(""), ["c129715d7a2bc9a3:1"]);
    }

    #[test]
    fn blanks_and_the_kind_of_line_end_do_not_count() {
        let hashes = [
            "e9496ae3ebfced30:1",
            "fb7c023a8b9ccb3f:1",
            "ce8ba1a563dcdaca:1",
            "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1",
            "c8e28b0b4002a3a0:1",
            "c129715d7a2bc9a3:1",
        ];
        assert_eq!(
            line_hashes(" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n"),
            hashes
        );
        assert_eq!(
            line_hashes(" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n"),
            hashes
        );
    }

    #[test]
    fn lines_with_one_hash_are_counted() {
        let hashes = line_hashes(&"Lorem ipsum dolor sit amet.\n".repeat(10));
        assert_eq!(hashes[..2], ["a7f2ff13bc495cf2:1", "a7f2ff13bc495cf2:2"]);
        assert_eq!(
            hashes[6..],
            [
                "a7f2ff1481e87703:1",
                "a9cf91f7bbf1862b:1",
                "55ec222b86bcae53:1",
                "cc97dc7b1d7d8f7b:1",
                "c129715d7a2bc9a3:1"
            ]
        );
    }
}
