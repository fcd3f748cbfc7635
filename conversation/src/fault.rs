//! Named points at which a test can make a debug build die as a power cut would.

/// Aborts the process when `SWITCHBOARD_FAULT` names this point (`name` or `name:count`, the count
/// being how many passes are let through). Release builds do nothing.
pub fn point(name: &str) {
    #[cfg(debug_assertions)]
    {
        use std::sync::OnceLock;
        use std::sync::atomic::{AtomicI64, Ordering};
        static FAULT: OnceLock<Option<(String, AtomicI64)>> = OnceLock::new();
        let fault = FAULT.get_or_init(|| {
            let text = std::env::var("SWITCHBOARD_FAULT").ok()?;
            let (point, count) = text.split_once(':').unwrap_or((&text, "0"));
            Some((point.to_owned(), AtomicI64::new(count.parse().unwrap_or(0))))
        });
        if let Some((point, left)) = fault
            && point == name
            && left.fetch_sub(1, Ordering::SeqCst) <= 0
        {
            std::process::abort();
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = name;
}
