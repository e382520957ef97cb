//! Prints how long emission takes and how large the Verilog is, for square arrays.
//!
//! `cargo run --release -p heddle-hdl --example emission_speed [SIZE...]`

use heddle_format::Format;
use heddle_hdl::{generate, ArrayConfig};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let given: Vec<usize> = std::env::args()
        .skip(1)
        .map(|size| size.parse())
        .collect::<Result<_, _>>()?;
    let sizes = if given.is_empty() {
        vec![8, 16, 32, 64, 128]
    } else {
        given
    };
    println!(
        "{:>9} {:>6} {:>8} {:>9} {:>10}",
        "array", "format", "seconds", "modules", "bytes"
    );
    for size in sizes {
        for format in Format::ALL {
            let start = Instant::now();
            let design = generate(&ArrayConfig::new(size, size, format))?;
            let seconds = start.elapsed().as_secs_f64();
            let bytes: usize = design.modules.iter().map(|module| module.text.len()).sum();
            println!(
                "{:>9} {format:>6} {seconds:8.3} {:9} {bytes:10}",
                format!("{size}x{size}"),
                design.modules.len(),
            );
        }
    }
    Ok(())
}
