//! A window, as JSON has it.

use jiff::Timestamp;
use serde::Serialize;

use crate::calendar::Window;

/// From one instant to another.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WireWindow {
    #[cfg_attr(test, schemars(with = "String"))]
    pub(super) start: Timestamp,
    #[cfg_attr(test, schemars(with = "String"))]
    pub(super) end: Timestamp,
}

impl WireWindow {
    pub(super) const fn of(window: Window) -> Self {
        Self {
            start: window.start,
            end: window.end,
        }
    }

    pub(super) const fn window(self) -> Window {
        Window {
            start: self.start,
            end: self.end,
        }
    }
}
