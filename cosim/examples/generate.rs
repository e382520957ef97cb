//! Generates the Verilog of an array from Rust. `heddle generate` adds constraints, bench and manifest.
//!
//! `cargo run --release -p heddle-cosim --example generate FOLDER`

use heddle_format::Format;
use heddle_hdl::{generate, ArrayConfig, Dataflow};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: generate FOLDER")?;
    let config = ArrayConfig {
        dataflow: Dataflow::Both,
        ..ArrayConfig::new(8, 8, Format::Int8)
    };
    let design = generate(&config)?;
    std::fs::create_dir_all(&folder)?;
    design.write(Path::new(&folder))?;
    println!(
        "{folder}: {} modules, sums after {} cycles",
        design.modules.len(),
        config.latency()
    );
    Ok(())
}
