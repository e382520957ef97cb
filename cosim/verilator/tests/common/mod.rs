//! What the tests share: where the Verilog and the caches are.
#![allow(dead_code)] // each test file is a program of its own and uses a part

use heddle_verilator::Builder;
use std::fs;
use std::path::{Path, PathBuf};

/// A Verilog file of the tests.
pub fn verilog(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/verilog")
        .join(name)
}

/// The cache that tests share and keep between runs.
pub fn shared_cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("models")
}

/// A builder for a module of the tests, in its own file.
pub fn builder(top: &str) -> Builder {
    Builder::new(top)
        .file(verilog(&format!("{top}.v")))
        .clock("clk_i")
        .cache_dir(shared_cache())
}

/// An empty cache, but for Verilator's runtime, whose compilation takes seconds
/// and is not what the tests are about.
pub fn fresh_cache() -> tempfile::TempDir {
    let fresh = tempfile::tempdir().unwrap();
    builder("counter").build().unwrap();
    for entry in fs::read_dir(shared_cache()).unwrap().flatten() {
        if entry.path().join("runtime.a").exists() {
            let copy = fresh.path().join(entry.file_name());
            fs::create_dir(&copy).unwrap();
            for file in fs::read_dir(entry.path()).unwrap().flatten() {
                fs::copy(file.path(), copy.join(file.file_name())).unwrap();
            }
        }
    }
    fresh
}

/// The Verilator that the tests use unless they name another one.
pub fn verilator() -> PathBuf {
    std::env::var_os("HEDDLE_VERILATOR").map_or_else(|| "verilator".into(), PathBuf::from)
}

/// Writes an executable shell script.
pub fn script(path: &Path, body: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
