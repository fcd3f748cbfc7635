//! How much room is left where data are written.

use std::path::Path;

/// A file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// What may still be written, in bytes.
    pub free: u64,
    /// Its size, in bytes.
    pub size: u64,
}

const GIGABYTE: u64 = 1_000_000_000;

/// How serious it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Enough.
    Enough,
    /// Less than a tenth and 10 GB, or less than 2 GB: time to look.
    Little,
    /// Less than a thirtieth and 3 GB, or less than 500 MB: soon nothing can be taken any more.
    Full,
}

impl Room {
    /// How serious it is.
    #[must_use]
    pub fn state(self) -> Left {
        if self.free < GIGABYTE / 2 || self.free < self.size / 30 && self.free < 3 * GIGABYTE {
            Left::Full
        } else if self.free < 2 * GIGABYTE || self.free < self.size / 10 && self.free < 10 * GIGABYTE {
            Left::Little
        } else {
            Left::Enough
        }
    }
}

/// The room where a path is.
///
/// # Errors
/// When the path is not there.
pub fn room(path: &Path) -> std::io::Result<Room> {
    let found = rustix::fs::statvfs(path)?;
    Ok(Room {
        free: found.f_bavail.saturating_mul(found.f_frsize),
        size: found.f_blocks.saturating_mul(found.f_frsize),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_much_is_enough() {
        for (free, size, expected) in [
            (400, 2_000, Left::Full),
            (1_500, 4_000, Left::Little),
            (2_500, 250_000, Left::Full),
            (5_000, 30_000, Left::Enough),
            (9_000, 250_000, Left::Little),
            (15_000, 250_000, Left::Enough),
            (40_000, 4_000_000, Left::Enough),
        ] {
            let room = Room {
                free: free * 1_000_000,
                size: size * 1_000_000,
            };
            assert_eq!(room.state(), expected, "{free} of {size} MB");
        }
        assert!(room(Path::new("/")).unwrap().size > 0);
    }
}
