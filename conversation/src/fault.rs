//! Named points at which a test can make a debug build die as a power cut would, or fall over.

/// Aborts the process when `SWITCHBOARD_FAULT` names this point (`name` or `name:count`, the count
/// being how many passes are let through). With `name:count:panic` one pass panics instead. Release builds do nothing.
pub fn point(name: &str) {
    #[cfg(debug_assertions)]
    {
        use std::sync::OnceLock;
        use std::sync::atomic::{AtomicI64, Ordering};
        static FAULT: OnceLock<Option<(String, AtomicI64, bool)>> = OnceLock::new();
        let fault = FAULT.get_or_init(|| {
            let text = std::env::var("SWITCHBOARD_FAULT").ok()?;
            let (text, panics) = text.strip_suffix(":panic").map_or((&*text, false), |text| (text, true));
            let (point, count) = text.split_once(':').unwrap_or((text, "0"));
            Some((point.to_owned(), AtomicI64::new(count.parse().unwrap_or(0)), panics))
        });
        if let Some((point, left, panics)) = fault
            && point == name
        {
            match (left.fetch_sub(1, Ordering::SeqCst), panics) {
                (0, true) => panic!("the fault at {name}"),
                (..=0, false) => std::process::abort(),
                _ => {}
            }
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = name;
}
