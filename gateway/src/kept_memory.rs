//! How the C library keeps memory that was given back. By itself it opens an arena for nearly every thread, up to eight
//! for each core, and each keeps as much as it ever had in use at a time: with the threads of a database's connections
//! that is more than the program uses. A few arenas serve all threads as well, and what one thread gives back the
//! next one takes. And whatever large piece was given back once it takes from an arena from then on, up to 32 MB, so
//! that the next one of its size stays for good: what the bot learned with, a large mail. Large pieces go back to the
//! system at once instead.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// How many arenas, and from how many bytes on a piece is large. The C library reads these once, before the program
/// begins.
const KEPT: [(&str, &str); 2] = [("MALLOC_ARENA_MAX", "2"), ("MALLOC_MMAP_THRESHOLD_", "1048576")];

/// Becomes the same program with the same arguments and few arenas, unless whoever started it has set either, or the
/// C library is another one. Returns when that is so, or when it does not work: then all is as it would be without.
pub(crate) fn keep_little() {
    let is_set = |name: &str| std::env::var_os(name).is_some();
    if cfg!(not(target_env = "gnu")) || KEPT.iter().any(|(name, _)| is_set(name)) || is_set("GLIBC_TUNABLES") {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let mut arguments = std::env::args_os();
    let mut again = Command::new(program);
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    let error = again.args(arguments).envs(KEPT).exec();
    eprintln!("memory is kept as the C library likes: {error}");
}
