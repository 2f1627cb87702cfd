//! How well an approval is proven.

/// How well an approval is proven, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Evidence {
    /// Somebody typed it into the file.
    #[default]
    Claimed,
    /// The commit that added it is by the person who approves.
    Attributed,
    /// The forge says so, of the commit that is judged.
    Forge,
    /// A key of the person signed it.
    Signed,
}

impl Evidence {
    /// The words of the configuration, in rising order.
    pub const ALL: [Self; 4] = [Self::Claimed, Self::Attributed, Self::Forge, Self::Signed];

    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Attributed => "attributed",
            Self::Forge => "forge",
            Self::Signed => "signed",
        }
    }

    /// The evidence of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|evidence| evidence.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_and_rise() {
        for pair in Evidence::ALL.windows(2) {
            assert!(pair[0] < pair[1]);
        }
        for evidence in Evidence::ALL {
            assert_eq!(Evidence::parse(evidence.as_str()), Some(evidence));
        }
    }
}
