//! Signals that ask a release to end, for the one command that must not end at any instant.
//!
//! The first one is remembered and heeded between two steps; a second one ends the process at once,
//! which a release survives as well.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

use crate::error::{Error, Result};

/// The signals that have come since somebody looks for them.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupts {
    signal: Arc<AtomicUsize>,
}

impl Interrupts {
    /// Begins to remember signals instead of ending by them.
    pub(super) fn remember(&self) -> Result<()> {
        let has_come = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            let number = usize::try_from(signal).unwrap_or_default();
            flag::register_conditional_default(signal, Arc::clone(&has_come))
                .and_then(|_| flag::register(signal, Arc::clone(&has_come)))
                .and_then(|_| flag::register_usize(signal, Arc::clone(&self.signal), number))
                .map_err(|error| {
                    Error::file("signals cannot be waited for", "").with_source(error)
                })?;
        }
        Ok(())
    }

    /// Whether one has come.
    pub(super) fn has_come(&self) -> bool {
        self.signal.load(Ordering::SeqCst) != 0
    }

    /// Ends the process as the signal would have, so that whoever started it sees that it was
    /// interrupted.
    pub(super) fn end(&self) {
        if let Ok(signal @ 1..) = i32::try_from(self.signal.load(Ordering::SeqCst)) {
            // Where the signal cannot be sent, the exit code says that the work was not done.
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}
