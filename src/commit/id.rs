//! The name of a Git object.

use std::fmt;
use std::hash::Hasher;
use std::str::FromStr;

/// The SHA-1 name of a Git object: 20 bytes, shown as 40 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 20]);

impl Id {
    /// The name with these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The bytes of the name.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// Reads 40 lower-case hexadecimal digits, the form in which objects refer to each other.
    #[must_use]
    pub fn from_hex(digits: &[u8]) -> Option<Self> {
        let digits: &[u8; 40] = digits.try_into().ok()?;
        let (mut bytes, mut seen) = ([0; 20], 0);
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let (high, low) = (NIBBLES[usize::from(pair[0])], NIBBLES[usize::from(pair[1])]);
            seen |= high | low;
            *byte = high << 4 | low;
        }
        (seen <= 0xf).then_some(Self(bytes))
    }

    /// The first ten digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        let mut digits = self.to_string();
        digits.truncate(10);
        digits
    }

    /// Whether the name begins with these hexadecimal digits.
    #[must_use]
    pub(crate) fn starts_with(&self, prefix: &str) -> bool {
        prefix.len() <= 40
            && prefix.bytes().enumerate().all(|(at, digit)| {
                let byte = self.0[at / 2];
                nibble(digit) == Some(if at % 2 == 0 { byte >> 4 } else { byte & 0xf })
            })
    }
}

const NO_DIGIT: u8 = 0xff;

/// The value of each byte as a hexadecimal digit; a walk reads eighty of them per commit.
static NIBBLES: [u8; 256] = {
    let mut nibbles = [NO_DIGIT; 256];
    let mut value = 0_u8;
    while value < 16 {
        nibbles[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    nibbles
};

fn nibble(digit: u8) -> Option<u8> {
    Some(NIBBLES[usize::from(digit)]).filter(|value| *value != NO_DIGIT)
}

impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 40];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
            pair[1] = b"0123456789abcdef"[usize::from(byte & 0xf)];
        }
        out.pad(std::str::from_utf8(&digits).expect("hexadecimal digits are ASCII"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for Id {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::from_hex(text.as_bytes()).ok_or(())
    }
}

/// Hashes an [`Id`] by its first bytes, since it is already a hash.
///
/// An attacker who computes colliding object names only gains a slow run, bounded by the limits on
/// commits.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    fn write_usize(&mut self, _length: usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn a_name_is_shown_as_it_was_read() {
        assert_eq!(NAME.parse::<Id>().unwrap().to_string(), NAME);
    }

    #[test]
    fn only_forty_lowercase_digits_are_an_id() {
        for text in ["", "0123", &NAME.to_uppercase(), &NAME.replace('0', "g")] {
            assert_eq!(text.parse::<Id>(), Err(()), "{text}");
        }
    }

    #[test]
    fn a_prefix_may_end_inside_a_byte() {
        let id: Id = NAME.parse().unwrap();
        assert!(id.starts_with("0123456"));
        assert!(!id.starts_with("0123457"));
        assert!(!id.starts_with(&format!("{NAME}0")));
    }
}
