//! Enumerations whose values are words of a file or of the command line. Each word is written once;
//! reading, printing, the choices of an option and the schema follow.

/// An enumeration whose values are words.
pub(crate) trait WordEnum: Copy + Send + Sync + 'static {
    /// The words, in the order of the values.
    const WORDS: &'static [&'static str];

    /// The value of a word.
    fn parse(word: &str) -> Option<Self>;
}

/// Defines a [`WordEnum`], whose items are also inherent, so that constants can use them.
macro_rules! word_enum {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name { $($(#[$of])* $variant,)+ }

        #[allow(dead_code, reason = "not every enumeration needs every item")]
        impl $name {
            /// Every value, in order.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The words, in the order of the values.
            #[doc(hidden)]
            $vis const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word for this value.
            #[must_use]
            $vis const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The value of a word.
            #[must_use]
            $vis fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl $crate::source::WordEnum for $name {
            const WORDS: &'static [&'static str] = Self::WORDS;

            fn parse(word: &str) -> Option<Self> {
                Self::parse(word)
            }
        }
    };
}

pub(crate) use word_enum;

#[cfg(test)]
mod tests {
    word_enum! {
        /// Directions.
        enum Direction {
            /// Up.
            Up = "up",
            /// Down.
            Down = "down",
        }
    }

    #[test]
    fn every_word_leads_back_to_itself() {
        for (value, word) in Direction::ALL.iter().zip(Direction::WORDS) {
            assert_eq!(
                (Direction::parse(word), value.as_str()),
                (Some(*value), *word)
            );
        }
        assert_eq!(Direction::parse("Up"), None);
    }
}
