//! Services that earlier tickets name and that have a folder of their own.

use std::collections::BTreeSet;

use crate::draft::change::Change;
use crate::draft::fact::{Fact, Statement};

/// The folders of services: `services/orders/…`.
const FOLDERS: [&str; 2] = ["services", "apps"];

pub(super) fn detect(change: &Change) -> Vec<Fact> {
    let known: BTreeSet<&str> = change
        .earlier
        .iter()
        .flat_map(|ticket| &ticket.services)
        .map(|service| service.text.as_str())
        .collect();
    let service = |path: &str| {
        let mut folders = path.split('/');
        let first = folders.next()?;
        let name = match FOLDERS.contains(&first) {
            true => folders.next()?,
            false => first,
        };
        folders.next()?;
        known.contains(name).then(|| name.to_owned())
    };
    change
        .files
        .iter()
        .filter_map(|file| {
            Some(Fact::of_file(
                Statement::Service(service(&file.path)?),
                &file.path,
            ))
        })
        .collect()
}
