//! `tb_PREFIX_engine.v`: a self-checking test bench of an engine in Verilog-2001.
//!
//! Its text stands in the `.v` files of this folder, a file for each of its parts, see
//! `template.rs`; numbers and the waveform are those of the array's bench.

use super::bench::{connections, ARITHMETIC, WAVEFORM};
use super::{template, title};
use crate::emit::{range, Design, Direction, Port};
use crate::engine::codes::{access, job, operand};
use crate::engine::registers::{field, offset, registers, Access};
use crate::engine::{descriptor, EngineConfig};
use crate::{ArrayConfig, Kind, Prefix};
use heddle_format::Overflow;

/// The largest ring that the bench uses has 2 to the power of this descriptors.
const RING_BITS: usize = 2;

const PARTS: [&str; 7] = [
    include_str!("declarations.v"),
    WAVEFORM,
    ARITHMETIC,
    include_str!("memory.v"),
    include_str!("registers.v"),
    include_str!("jobs.v"),
    include_str!("run.v"),
];

/// The text of the bench of `design`, the engine of `config`; `waveform` is whether it writes one.
///
/// # Panics
/// If the configuration has no engine.
pub fn text(config: &ArrayConfig, design: &Design, waveform: bool) -> String {
    let int = config.format.is_integer();
    let holds = |condition: &str| match condition {
        "int" => int,
        "float" => !int,
        "waveform" => waveform,
        "saturate" => config.overflow == Overflow::Saturate,
        other => unreachable!("the bench asks for '{other}'"),
    };
    template::fill(&PARTS.concat(), holds, &values(config, design))
}

/// What stands for each name.
fn values(config: &ArrayConfig, design: &Design) -> Vec<(&'static str, String)> {
    let int = config.format.is_integer();
    let number = |value: usize| value.to_string();
    let of_int = |text: &str, other: usize| if int { text.into() } else { number(other) };
    let prefix = Prefix::of(design);
    let ports = design.top().map_or(&[][..], |top| &top.ports);
    let engine: &EngineConfig = config.engine();
    vec![
        ("BANNER", crate::emit::banner()),
        ("BENCH", Kind::Engine.bench(&prefix)),
        ("TOP", prefix.engine()),
        ("TITLE", title(config, Kind::Engine)),
        ("ROWS", number(config.rows)),
        ("COLS", number(config.cols)),
        ("WORD", number(config.operand_bits())),
        // Sums of as many products as a chain has are exact in f32.
        ("VALUE", of_int("WORD", 8)),
        ("ACC", number(config.acc_bits())),
        ("SEED", of_int("ACC - 2", 20)),
        ("OPERAND", number(config.operand_bytes())),
        ("SUM", number(config.sum_bytes())),
        ("BUS", number(engine.bus_bytes())),
        ("ADDR", number(engine.addr_bits)),
        ("READS", number(engine.reads)),
        ("WRITES", number(engine.writes)),
        ("A_WORDS", number(engine.a_words)),
        ("B_SLOTS", number(engine.b_slots)),
        ("SLOT_WORDS", number(engine.slot_words)),
        ("SUM_WORDS", number(engine.sum_words)),
        ("RING_BITS", number(engine.ring_bits.min(RING_BITS))),
        ("DESCRIPTOR", number(descriptor::BYTES)),
        ("LAYOUTS", layouts(config)),
        ("OFFSETS", offsets()),
        ("FIELDS", fields()),
        ("CONSTANTS", constants(config)),
        ("PORTS", declarations(ports)),
        ("CONNECTIONS", connections(ports)),
    ]
}

/// Layouts in turn, those that the array can do.
fn layouts(config: &ArrayConfig) -> String {
    let flow = config.dataflow;
    let layout = match (flow.has_ws(), flow.has_os()) {
        (true, true) => "chains % 3",
        (true, false) => "chains % 2",
        (false, _) => "TN",
    };
    format!("      layout = {layout};")
}

/// Offsets of the registers that the bench uses, codes, and bits.
fn offsets() -> String {
    let mut lines: Vec<String> = [
        "CONTROL",
        "STATUS",
        "IRQ_STATUS",
        "IRQ_ENABLE",
        "ACCESS",
        "RING_BASE_LO",
        "RING_BASE_HI",
        "RING_BITS",
        "HEAD",
        "TAIL",
        "ERROR",
        "ERROR_INDEX",
        "ERROR_ADDR_LO",
        "JOBS_LO",
        "MACS_LO",
    ]
    .into_iter()
    .map(|name| format!("  localparam [11:0] R_{name} = 12'h{:03x};", offset(name)))
    .collect();
    for name in ["idle", "halted"] {
        let bit = field("STATUS", name).lsb;
        lines.push(format!("  localparam S_{} = {bit};", name.to_uppercase()));
    }
    for name in ["enable", "clear_error", "clear_counters"] {
        let value = 1_u32 << field("CONTROL", name).lsb;
        let name = name.to_uppercase();
        lines.push(format!(
            "  localparam [31:0] CONTROL_{name} = 32'h{value:x};"
        ));
    }
    for (name, bits, code) in [
        ("CODE_ZERO", 8, job::ZERO),
        ("CODE_BUS", 8, job::BUS),
        ("OPERAND_B", 3, operand::B),
        ("OPERAND_C", 3, operand::C),
        ("REFUSED_READ_ONLY", 8, access::READ_ONLY),
    ] {
        lines.push(format!(
            "  localparam [{}:0] {name} = {bits}'h{code:x};",
            bits - 1
        ));
    }
    lines.join("\n")
}

/// The lowest bit of each field of a descriptor.
fn fields() -> String {
    let lines = descriptor::FIELDS.iter().map(|field| {
        let name = field.name.to_uppercase();
        format!("  localparam D_{name} = {};", field.first_bit())
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What the registers read that say what the engine is.
fn constants(config: &ArrayConfig) -> String {
    let value = |access: &Access| match access {
        Access::Constant(value) => Some(value(config)),
        _ => None,
    };
    let constant = registers().filter_map(|register| {
        let fields = register.fields.iter();
        let fields = fields.map(|field| Some(value(&field.access)? << field.lsb));
        let word: u64 = fields.sum::<Option<u64>>()?;
        let (offset, name) = (register.offset, register.name);
        Some(format!(
            "      expect_value(12'h{offset:03x}, 32'h{word:08x}); // {name}"
        ))
    });
    constant.collect::<Vec<_>>().join("\n")
}

/// Everything that drives a port starts at 0.
fn declarations(ports: &[Port]) -> String {
    let lines = ports.iter().map(|port| {
        let bits = range(&port.bits.into());
        match port.direction {
            Direction::Input => format!("  reg {bits}{} = {}'d0;", port.name, port.bits),
            Direction::Output => format!("  wire {bits}{};", port.name),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}
