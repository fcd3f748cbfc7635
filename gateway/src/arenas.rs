//! How the C library keeps memory that was given back. By itself it opens an arena for nearly every thread, up to eight
//! for each core, and each keeps as much as it ever had in use at a time: with the threads of a database's connections
//! that is more than the program uses. A few arenas serve all threads as well, and what one thread gives back the
//! next one takes.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// How many, and the variable that says so. The C library reads it once, before the program begins.
const ARENAS: (&str, &str) = ("MALLOC_ARENA_MAX", "2");

/// Becomes the same program with the same arguments and few arenas, unless whoever started it has set how many, or the
/// C library is another one. Returns when that is so, or when it does not work: then all is as it would be without.
pub(crate) fn keep_few() {
    let is_set = |name| std::env::var_os(name).is_some();
    if cfg!(not(target_env = "gnu")) || is_set(ARENAS.0) || is_set("GLIBC_TUNABLES") {
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
    let error = again.args(arguments).env(ARENAS.0, ARENAS.1).exec();
    eprintln!("memory is kept as the C library likes: {error}");
}
