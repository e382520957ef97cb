//! Mutants of the engine's blocks, all in one netlist, and what random programs and a probe of the registers notice of
//! them on the Verilated engine. The array is left out: it has mutants of its own.

mod preload;
mod regression;

pub use regression::{notice, Regression};

use super::lockstep::Lockstep;
use super::netlist::{yosys, Mutant, MUTSEL_BITS};
use heddle_engine::verilated::{builder, TOP};
use heddle_format::Format;
use heddle_hdl::engine::{engine_design, EngineConfig};
use heddle_hdl::{ArrayConfig, Dataflow, Prefix};
use heddle_verilator::{Library, Optimize, VerilatorError};
use std::path::{Path, PathBuf};

/// A small engine that has every block, with buffers that most products fill.
pub fn config() -> ArrayConfig {
    ArrayConfig {
        dataflow: Dataflow::Both,
        engine: Some(EngineConfig {
            bus_bits: 64,
            addr_bits: 34,
            reads: 3,
            writes: 2,
            max_dim: 64,
            a_words: 48,
            b_slots: 8,
            slot_words: 2,
            sum_words: 64,
            ring_bits: 3,
        }),
        ..ArrayConfig::new(2, 3, Format::Int8)
    }
}

/// Words of the largest memory that the comparison has as registers: all queues, and buffers as small.
const SMALL: usize = 16;

/// The yosys commands that make the flat netlist of `design.v`. Memories stay what they are: as registers they would be most
/// of it. What is constant or read by nothing goes: a mutant of it is none.
fn flat() -> String {
    format!(
        "read_verilog design.v\nhierarchy -check -top {TOP}\nproc\nmemory_collect\nflatten\nopt -full\nwreduce\n\
         opt_clean -purge\n"
    )
}

/// Original and `mutants` of the netlist in `dir`, for [`Lockstep::verdict`].
///
/// # Errors
/// What went wrong, as text.
pub fn lockstep(mutants: &[&Mutant], dir: &Path) -> Result<Lockstep, String> {
    let commands: Vec<&str> = mutants.iter().map(|of| &of.with_ctrl[..]).collect();
    // What a register holds while nobody reads it is no difference; what is written to a memory is one.
    let small = format!("memory_map t:$mem_v2 r:SIZE<={SMALL} %i\n");
    let commands = format!("{}{}\n{small}", flat(), commands.join("\n"));
    Lockstep::of(&commands, "rst_ni", dir)
}

/// The flat netlist with `count` mutants, drawn with `seed`, in the folder `dir`; and the mutants. What is there
/// already, of the same engine, is taken.
///
/// # Errors
/// What went wrong, as text.
pub fn netlist(count: usize, seed: u64, dir: &Path) -> Result<(PathBuf, Vec<Mutant>), String> {
    assert!(count < 1 << MUTSEL_BITS, "{count} mutants");
    let design = engine_design(&config(), &Prefix::default()).map_err(|error| error.to_string())?;
    let text = preload::preloaded(&design.text())?;
    let failed = |error: std::io::Error| error.to_string();
    let script = dir.join(format!("mutants-{count}-{seed}.ys"));
    let there = std::fs::read_to_string(dir.join("design.v")).is_ok_and(|was| was == text);
    if !(there && script.is_file() && dir.join("mutants.v").is_file()) {
        std::fs::create_dir_all(dir).map_err(failed)?;
        std::fs::write(dir.join("design.v"), &text).map_err(failed)?;
        yosys(
            dir,
            &format!(
                "{}select -set array c:*u_array*\n\
                 mutate -list {count} -seed {seed} -ctrl mutsel {MUTSEL_BITS} 1 -o list.ys * @array %d\n\
                 script list.ys\nopt_clean\nwrite_verilog -noattr mutants.v\n",
                flat()
            ),
        )?;
        std::fs::rename(dir.join("list.ys"), &script).map_err(failed)?;
    }
    let list = std::fs::read_to_string(script).map_err(failed)?;
    let lines: Vec<&str> = text.lines().collect();
    let mutants = list
        .lines()
        .filter_map(|line| Mutant::read(line, &lines, block));
    // Cells that yosys named itself are not left out by their names: what they drive tells.
    let mutants = mutants.filter(|of| !of.place.contains("u_array."));
    Ok((dir.join("mutants.v"), mutants.collect()))
}

/// The netlist, simulated.
///
/// # Errors
/// Those of the build.
pub fn build(netlist: &Path) -> Result<Library, VerilatorError> {
    builder(&[netlist.to_owned()])
        .optimize(Optimize::Balanced)
        .x_initial_unique(true)
        .build()
}

/// The block of the engine that a cell of the flat netlist belongs to, by its instance.
fn block(cell: &str) -> &'static str {
    // What lies inside of others comes first.
    const BLOCKS: [(&str, &str); 22] = [
        ("walker", "masks: walker"),
        ("tables", "masks: tables"),
        ("windows", "windows"),
        ("gearbox", "gearbox"),
        ("counters", "registers: counters"),
        ("axi_lite", "registers: AXI4-Lite"),
        ("weights", "sequence: weights"),
        ("sums", "sequence: sums"),
        ("intake", "sequence: intake"),
        ("buffers", "buffers"),
        ("sequence", "sequence"),
        ("registers", "registers"),
        ("ring", "ring"),
        ("check", "check"),
        ("masks", "masks"),
        ("load", "load"),
        ("unpack", "unpack"),
        ("store", "store"),
        ("expand", "expand"),
        ("faults", "faults"),
        ("read", "read"),
        ("write", "write"),
    ];
    let has = |name: &str| cell.contains(&format!("u_{name}."));
    // Queues of others have the names of these.
    let walkers = [("beats", "sequence: beats"), ("seeds", "sequence: seeds")];
    let walker = walkers
        .iter()
        .find(|(name, _)| cell.contains(&format!("u_sequence.\\u_{name}.")));
    let block = BLOCKS.iter().find(|(name, _)| has(name));
    walker.or(block).map_or("engine", |(_, block)| block)
}

#[cfg(test)]
mod tests {
    use super::block;

    #[test]
    fn cells_are_of_their_blocks() {
        for (cell, of) in [
            (r"$flatten\u_masks.\u_walker.$procdff$7", "masks: walker"),
            (
                r"$flatten\u_core.\u_sequence.\u_beats.\u_words.$add$1",
                "sequence: beats",
            ),
            (r"$flatten\u_unpack.\u_gearbox.\u_beats.$add$1", "gearbox"),
            (r"$flatten\u_load.$add$1", "load"),
            (r"$add$1", "engine"),
        ] {
            assert_eq!(block(cell), of, "{cell}");
        }
    }
}
