//! Work that is spread over the processors.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// With fewer items, starting threads costs more than it saves.
const MANY_ITEMS: usize = 64;

/// The number of items that a thread takes at once.
const ITEMS_AT_ONCE: usize = 16;

/// The result for each item, in the order of the items, whatever the number of processors.
pub(crate) fn map<I: Sync, R: Send>(items: &[I], work: impl Fn(&I) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    if items.len() < MANY_ITEMS || threads == 1 {
        return items.iter().map(work).collect();
    }
    // Each thread takes the next few items when it is done with the ones before, because items
    // differ in size.
    let parts: Vec<&[I]> = items.chunks(ITEMS_AT_ONCE).collect();
    let next = AtomicUsize::new(0);
    let work_on_parts = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(part) = parts.get(number) else {
                return done;
            };
            done.push((number, part.iter().map(&work).collect::<Vec<_>>()));
        }
    };
    let mut done: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work_on_parts)).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, Vec<_>>| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        running.into_iter().flat_map(join).collect()
    });
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_are_in_the_order_of_the_items() {
        for count in [0, 1, 63, 64, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(super::map(&items, |item| item * 2), doubled);
        }
    }
}
