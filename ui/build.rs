//! Makes sure that `dist/` exists, so that building the binary never needs Node. The real content
//! comes from `npm run build`; the placeholder is an empty manifest, which `assets::is_built`
//! tells apart.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let dist = Path::new(&root).join("dist");
    let manifest = dist.join("manifest.json");
    if !manifest.exists() {
        fs::create_dir_all(&dist)?;
        fs::write(&manifest, "{}\n")?;
    }
    println!("cargo::rerun-if-changed=dist");
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
