//! A list that nearly always has one item or none, such as the parents of a commit, without an
//! allocation for these.

/// None, one, or many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SmallList<T> {
    AtMostOne(Option<T>),
    Many(Box<[T]>),
}

impl<T> SmallList<T> {
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::AtMostOne(item) => item.as_slice(),
            Self::Many(items) => items,
        }
    }
}

impl<T> FromIterator<T> for SmallList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut items = items.into_iter();
        let (first, second) = (items.next(), items.next());
        match (first, second) {
            (Some(first), Some(second)) => {
                Self::Many([first, second].into_iter().chain(items).collect())
            }
            (first, _) => Self::AtMostOne(first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_one_and_many_are_kept_in_order() {
        for items in [&[][..], &[1], &[1, 2], &[1, 2, 3]] {
            assert_eq!(
                items.iter().copied().collect::<SmallList<i32>>().as_slice(),
                items
            );
        }
    }
}
