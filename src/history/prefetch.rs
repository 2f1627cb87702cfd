//! Reads histories on all cores ahead of the walks that evaluate them.
//!
//! A walk can only continue at commits that it has read, so reading starts in many places at once:
//! at the tip and at the tags. Nothing is decided here. Unneeded commits stay unused, and
//! unreadable ones are left to the walk that needs them, which reports the error.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::commit::{Commit, Id, IdHasher, RawCommit, Reader, SmallList, parents_and_time};
use crate::history::{History, Objects};

/// The maximum number of reading threads.
const MAX_THREADS: usize = 8;
/// The number of bytes of objects that one thread hands to another at once.
const BATCH_BYTES: usize = 64 << 10;

/// A commit that was read.
pub(super) struct Prefetched {
    pub(super) id: Id,
    pub(super) parents: SmallList<Id>,
    /// The committer's time.
    pub(super) time: i64,
    pub(super) commit: Box<Commit>,
}

/// Reads everything reachable from `starts`, beginning with the last of them.
pub(super) fn prefetch<H: History>(history: &H, starts: Vec<Id>) -> Vec<Prefetched> {
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MAX_THREADS);
    let crew = Prefetcher {
        history,
        claimed: std::array::from_fn(|_| Mutex::default()),
        work: Mutex::new(Work {
            starts,
            objects: Vec::new(),
            busy: 0,
        }),
        change: Condvar::new(),
        idle: AtomicUsize::new(0),
    };
    let crew = &crew;
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map(|number| scope.spawn(move || crew.run_worker(number)))
            .collect();
        let mut ready = crew.run_tasks(history);
        for other in others {
            match other.join() {
                Ok(read) => ready.extend(read),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        ready
    })
}

/// The state that the threads share.
struct Prefetcher<'h, H> {
    history: &'h H,
    /// The commits that a thread has claimed, split by the last byte of their IDs, so that threads
    /// rarely wait for each other.
    ///
    /// Eight bytes represent an ID. If two IDs share them, one of the commits isn't read ahead,
    /// which is harmless.
    claimed: [Mutex<HashSet<[u8; 8], BuildHasherDefault<IdHasher>>>; 256],
    work: Mutex<Work>,
    change: Condvar,
    /// The number of threads that wait for work.
    idle: AtomicUsize,
}

/// The pending work.
struct Work {
    /// Commits from which no thread has walked yet.
    starts: Vec<Id>,
    /// Objects that were read but not parsed.
    objects: Vec<Batch>,
    /// The number of threads that may still add work.
    busy: usize,
}

enum Task {
    Walk(Id),
    Parse(Batch),
}

/// Concatenated commit objects.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    commits: Vec<Loaded>,
}

/// A commit whose object is in a batch.
struct Loaded {
    id: Id,
    parents: SmallList<Id>,
    time: i64,
    /// The end of its object in the batch.
    end: usize,
}

impl<H: History> Prefetcher<'_, H> {
    /// The work of one thread, with its own handle to the objects.
    fn run_worker(&self, number: usize) -> Vec<Prefetched> {
        self.history
            .try_clone(number)
            .map_or_else(|_| Vec::new(), |objects| self.run_tasks(&objects))
    }

    fn run_tasks(&self, objects: &impl Objects) -> Vec<Prefetched> {
        let mut worker = Worker {
            reader: Reader::default(),
            ready: Vec::new(),
        };
        while let Some(task) = self.next_task() {
            let _busy = BusyGuard(self);
            match task {
                Task::Walk(start) => self.walk(start, objects, &mut worker),
                Task::Parse(batch) => worker.parse(batch),
            }
        }
        worker.ready
    }

    /// Waits for a task; `None` once no thread can add more.
    fn next_task(&self) -> Option<Task> {
        let mut work = lock(&self.work);
        loop {
            let task = work
                .objects
                .pop()
                .map(Task::Parse)
                .or_else(|| work.starts.pop().map(Task::Walk));
            if task.is_some() {
                work.busy += 1;
                return task;
            }
            if work.busy == 0 {
                return None;
            }
            self.idle.fetch_add(1, Ordering::Relaxed);
            work = self
                .change
                .wait(work)
                .unwrap_or_else(PoisonError::into_inner);
            self.idle.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Reads all unclaimed commits that `start` reaches, first parents first.
    fn walk(&self, start: Id, objects: &impl Objects, worker: &mut Worker) {
        let mut batch = Batch::default();
        let mut open = vec![start];
        while let Some(id) = open.pop() {
            if !self.claim(id) {
                continue;
            }
            let Ok(object) = objects.commit(id) else {
                continue;
            };
            let Some((parents, time)) = parents_and_time(object.as_ref()) else {
                continue;
            };
            if !self.history.is_shallow(id) {
                open.extend(parents.as_slice().iter().rev());
            }
            batch.push(object.as_ref(), id, parents, time);
            if batch.bytes.len() >= BATCH_BYTES {
                self.enqueue(std::mem::take(&mut batch), worker);
                self.offload(&mut open);
            }
        }
        self.enqueue(batch, worker);
    }

    /// Whether this thread is the first to reach a commit.
    fn claim(&self, id: Id) -> bool {
        let [a, b, c, d, e, f, g, h, .., last] = *id.as_bytes();
        lock(&self.claimed[usize::from(last)]).insert([a, b, c, d, e, f, g, h])
    }

    /// Hands a batch to a waiting thread, or parses it at once if none is waiting.
    fn enqueue(&self, batch: Batch, worker: &mut Worker) {
        if self.idle.load(Ordering::Relaxed) == 0 {
            return worker.parse(batch);
        }
        lock(&self.work).objects.push(batch);
        self.change.notify_one();
    }

    /// Hands the oldest pending commit to a waiting thread.
    fn offload(&self, open: &mut Vec<Id>) {
        if open.len() > 1 && self.idle.load(Ordering::Relaxed) > 0 {
            lock(&self.work).starts.push(open.remove(0));
            self.change.notify_one();
        }
    }
}

/// Removes a thread from the count of busy ones, even if it panics, so that no other thread waits
/// for it.
struct BusyGuard<'c, 'h, H>(&'c Prefetcher<'h, H>);

impl<H> Drop for BusyGuard<'_, '_, H> {
    fn drop(&mut self) {
        let mut work = lock(&self.0.work);
        work.busy -= 1;
        if work.busy == 0 {
            self.0.change.notify_all();
        }
    }
}

/// The state of one thread.
struct Worker {
    reader: Reader,
    ready: Vec<Prefetched>,
}

impl Worker {
    fn parse(&mut self, batch: Batch) {
        let mut start = 0;
        for Loaded {
            id,
            parents,
            time,
            end,
        } in batch.commits
        {
            if let Some(raw) = RawCommit::parse(&batch.bytes[start..end]) {
                let commit = Box::new(self.reader.read(id, &raw));
                self.ready.push(Prefetched {
                    id,
                    parents,
                    time,
                    commit,
                });
            }
            start = end;
        }
    }
}

impl Batch {
    fn push(&mut self, object: &[u8], id: Id, parents: SmallList<Id>, time: i64) {
        self.bytes.extend_from_slice(object);
        self.commits.push(Loaded {
            id,
            parents,
            time,
            end: self.bytes.len(),
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::history::graph::Graph;
    use crate::history::testing::{TestHistory, graph_shape, history_from, id, letter};

    fn names(read: &[Prefetched]) -> Vec<Id> {
        let mut names: Vec<Id> = read.iter().map(|ready| ready.id).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn each_commit_is_read_once() {
        let history = TestHistory::default()
            .commit('a', "", "x")
            .commit('b', "a", "x")
            .commit('c', "ab", "x");
        assert_eq!(
            names(&prefetch(&history, vec![id('a'), id('b'), id('c')])),
            [id('a'), id('b'), id('c')]
        );
    }

    #[test]
    fn a_long_history_is_read_by_several_threads() {
        let history = TestHistory::line(2_000);
        assert_eq!(
            names(&prefetch(&history, vec![history.head().unwrap().unwrap()])).len(),
            2_000
        );
    }

    #[test]
    fn what_cannot_be_read_is_left_to_others() {
        let history = TestHistory::default()
            .commit('a', "", "x")
            .commit('b', "a", "x")
            .commit('c', "b", "x")
            .without('b');
        assert_eq!(names(&prefetch(&history, vec![id('c')])), [id('c')]);
    }

    proptest! {
        #[test]
        fn what_is_read_ahead_is_what_would_be_read(graph_shape in graph_shape(), starts in prop::collection::vec(0_usize..20, 0..4)) {
            let history = history_from(&graph_shape);
            let (mut ahead, mut plain) = (Graph::new(&history), Graph::new(&history));
            ahead.prefetch(starts.into_iter().map(|at| id(letter(at))).collect());
            for at in 0..graph_shape.len() {
                let nodes = [&mut ahead, &mut plain].map(|graph| {
                    let node = graph.node(id(letter(at)));
                    graph.load_message(node).unwrap();
                    let parents: SmallList<Id> = graph.parents(node).iter().map(|parent| graph.id(*parent)).collect();
                    (parents, graph.time(node), graph.take_commit(node).unwrap())
                });
                prop_assert_eq!(&nodes[0], &nodes[1]);
            }
        }
    }
}
