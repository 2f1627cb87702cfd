//! Time zones by name.

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// What to write as a time zone.
pub(crate) const ZONE_HELP: &str = "use an IANA time zone, such as `Europe/Berlin`, or `UTC`";

/// The time zone of this IANA name, by the database that is built in: the same on every machine.
pub(crate) fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}
