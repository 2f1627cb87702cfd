//! The one integration binary: a theme a file.

mod tidy;
