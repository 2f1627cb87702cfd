//! Signals that interrupt a release, which must not stop at any instant.
//!
//! The first one is remembered and heeded between two steps; a second one ends the process at once,
//! which a release survives as well.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

use crate::error::{Error, Result};

/// The signals received since [`Interrupts::register`].
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupts {
    signal: Arc<AtomicUsize>,
}

impl Interrupts {
    /// Records signals from now on instead of ending the process.
    pub(super) fn register(&self) -> Result<()> {
        let is_pending = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            let number = usize::try_from(signal).unwrap_or_default();
            flag::register_conditional_default(signal, Arc::clone(&is_pending))
                .and_then(|_| flag::register(signal, Arc::clone(&is_pending)))
                .and_then(|_| flag::register_usize(signal, Arc::clone(&self.signal), number))
                .map_err(|error| Error::file("cannot wait for signals", "").with_source(error))?;
        }
        Ok(())
    }

    /// Whether a signal was received.
    pub(super) fn is_interrupted(&self) -> bool {
        self.signal.load(Ordering::SeqCst) != 0
    }

    /// Ends the process as the signal would have, so that the parent process sees that it was
    /// interrupted.
    pub(super) fn terminate(&self) {
        if let Ok(signal @ 1..) = i32::try_from(self.signal.load(Ordering::SeqCst)) {
            // If the signal cannot be sent, the exit code shows that the work was not done.
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}
