//! Proofs, by yosys, that our Verilog is equivalent to rust-hdl's own.
//!
//! rust-hdl writes one module per instance, and is told of a body whose loops are unrolled and
//! whose operators are wires of their own: the same description in another way. Registers are
//! paired by name: `mesh.row$0.pe$1.act_q$all` is our `u_mesh.g_row[0].u_row.g_pe[1].u_pe.act_q`.
//! With that it remains to prove that each next state and each output is the same function, which
//! yosys does by SAT. The words of a bank become registers for it.

mod common;

use heddle_format::{Format, Overflow};
use heddle_hdl::arith::bf16::Bf16;
use heddle_hdl::arith::int::Int;
use heddle_hdl::arith::Arithmetic;
use heddle_hdl::array::Array;
use heddle_hdl::describe::{Module, Site};
use heddle_hdl::emit::{emit, Design, Direction};
use heddle_hdl::pe::Pe;
use heddle_hdl::{ArrayConfig, Dataflow, Gating, MultiplierCell, Reset};
use rust_hdl::prelude::*;
use std::collections::HashMap;
use std::fmt::Write;

/// The registers of a design: rust-hdl's path, and ours.
#[derive(Default)]
struct Registers {
    /// rust-hdl's path and ours to the innermost block, and what its text calls its instances.
    scopes: Vec<Scope>,
    pairs: Vec<(String, String)>,
}

#[derive(Default)]
struct Scope {
    theirs: String,
    ours: String,
    instances: HashMap<String, String>,
}

impl Probe for Registers {
    fn visit_start_scope(&mut self, name: &str, node: &dyn Block) {
        let mut scope = Scope::default();
        if let Some(parent) = self.scopes.last() {
            scope.theirs = format!("{}{name}.", parent.theirs);
            // What has no registers may have no name.
            let ours = parent.instances.get(name).map_or(name, String::as_str);
            scope.ours = format!("{}{ours}.", parent.ours);
        }
        if let Verilog::Custom(text) = node.hdl() {
            for line in text.lines() {
                let Some(told) = line.strip_prefix("// heddle:") else {
                    continue;
                };
                let told: Vec<_> = told.split(' ').collect();
                let [kind, theirs, ours] = told[..] else {
                    panic!("{line}");
                };
                match kind {
                    "instance" => {
                        scope.instances.insert(theirs.into(), ours.into());
                    }
                    _ => self.pairs.push((
                        format!("{}{theirs}", scope.theirs),
                        format!("{}{ours}", scope.ours),
                    )),
                }
            }
        }
        self.scopes.push(scope);
    }

    fn visit_atom(&mut self, _name: &str, _signal: &dyn Atom) {}

    fn visit_end_scope(&mut self, _name: &str, _node: &dyn Block) {
        self.scopes.pop();
    }
}

/// rust-hdl's Verilog inside a module `gold` that has our packed ports.
fn gold(theirs: &str, design: &Design) -> String {
    let top = design.top().unwrap();
    let ports = top.ports.iter().map(|port| {
        let direction = match port.direction {
            Direction::Input => "input",
            Direction::Output => "output",
        };
        format!("{direction} [{}:0] {}", port.bits - 1, port.name)
    });
    let header = theirs
        .lines()
        .find_map(|line| line.trim().strip_prefix("module top("));
    let header = header.and_then(|ports| ports.split(')').next());
    let their_ports: Vec<&str> = header.expect("a module top").split(',').collect();
    let their_ports = &their_ports;
    let pins = top.ports.iter().flat_map(|port| {
        let width = port.bits / port.elements;
        (0..port.elements).map(move |index| {
            // A vector of one element has an index in rust-hdl's name only.
            let mut name = format!("{}${index}", port.name);
            if !their_ports.contains(&name.as_str()) {
                name = port.name.clone();
            }
            format!(
                ".{name}({}[{}:{}])",
                port.name,
                (index + 1) * width - 1,
                index * width
            )
        })
    });
    let theirs = without_comments(theirs);
    format!(
        "{theirs}\nmodule gold({});\n  \\top u({});\nendmodule\n",
        ports.collect::<Vec<_>>().join(", "),
        pins.collect::<Vec<_>>().join(", ")
    )
}

/// rust-hdl breaks a `comment!("...")` after the macro's name, where the compiler
/// prints it so, and the rest is no comment any more.
fn without_comments(verilog: &str) -> String {
    let lines = verilog.lines().filter(|line| {
        let line = line.trim_start();
        !line.starts_with("//") && !line.starts_with("(\"")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Yosys' account of whether our Verilog of `block`, changed by `change`, is
/// equivalent to rust-hdl's; `None` where yosys is missing.
fn prove<M: Module>(mut block: M, change: impl Fn(&mut Design)) -> Option<Result<(), String>> {
    if !common::has("yosys") {
        return None;
    }
    block.connect_all();
    let mut design = emit(&block, "gate").unwrap();
    change(&mut design);
    let (_guard, dir) = common::folder();
    let files = common::write(&design, &dir);
    std::fs::write(
        dir.join("gold.v"),
        gold(&generate_verilog_unchecked(&block), &design),
    )
    .unwrap();
    let mut registers = Registers::default();
    block.accept("top", &mut registers);
    let mut script = format!(
        "read_verilog -defer gold.v\nhierarchy -top gold\nproc\nflatten\n\
         memory_collect\nmemory_map\nrename -top gold\n\
         design -stash gold\n\
         read_verilog {}\nhierarchy -check -top gate\nproc\nflatten\n\
         memory_collect\nmemory_map\ndesign -stash gate\n\
         design -copy-from gold -as gold gold\ndesign -copy-from gate -as gate gate\ncd gold\n",
        files.join(" ")
    );
    for (theirs, ours) in &registers.pairs {
        writeln!(script, "rename u.{theirs} {ours}").unwrap();
    }
    script += "cd ..\nequiv_make gold gate equiv\nhierarchy -top equiv\nopt_expr\nasync2sync\n\
               equiv_struct\nequiv_simple\nequiv_induct -seq 1\nequiv_status -assert\n";
    std::fs::write(dir.join("prove.ys"), script).unwrap();
    let (output, text) = common::run(&dir, "yosys", &["-q", "prove.ys"]);
    Some(if output.status.success() {
        Ok(())
    } else {
        Err(text)
    })
}

fn equivalent<M: Module>(block: M) {
    if let Some(Err(said)) = prove(block, |_| {}) {
        panic!("{said}");
    }
}

fn pe<F: Arithmetic>(config: ArrayConfig) -> Pe<F> {
    Pe::at(&Site::whole(&config))
}

fn int8(rows: usize, cols: usize) -> ArrayConfig {
    ArrayConfig::new(rows, cols, Format::Int8)
}

#[test]
fn int8_array() {
    equivalent(Array::<Int<8, 16, 32>>::new(&int8(2, 2)));
}

#[test]
fn int8_element_saturating_without_product_registers_asynchronous_reset() {
    equivalent(pe::<Int<8, 16, 20>>(ArrayConfig {
        acc_bits: Some(20),
        overflow: Overflow::Saturate,
        mul_stages: Some(0),
        add_stages: Some(3),
        reset: Some(Reset::Async),
        gating: Gating::None,
        ..int8(1, 1)
    }));
}

#[test]
fn int8_element_staged() {
    let config = ArrayConfig {
        multiplier: Some(MultiplierCell::Staged),
        add_stages: Some(2),
        ..int8(1, 1)
    };
    equivalent(pe::<Int<8, 16, 32>>(config));
    must_be_found(
        pe::<Int<8, 16, 32>>(config),
        "heddle_add_int32",
        "part0[18]",
        "part0[17]",
    );
}

#[test]
fn int8_element_with_registered_operands() {
    equivalent(pe::<Int<8, 16, 32>>(ArrayConfig {
        mul_stages: Some(2),
        ..int8(1, 1)
    }));
}

#[test]
fn bf16_processing_element() {
    equivalent(pe::<Bf16>(ArrayConfig::new(1, 1, Format::Bf16)));
}

fn of(dataflow: Dataflow, config: ArrayConfig) -> ArrayConfig {
    ArrayConfig { dataflow, ..config }
}

#[test]
fn int8_array_of_both_dataflows() {
    let config = of(Dataflow::Both, int8(2, 2));
    equivalent(Array::<Int<8, 16, 32>>::new(&config));
}

#[test]
fn int8_array_output_stationary() {
    let config = of(Dataflow::Os, int8(2, 2));
    equivalent(Array::<Int<8, 16, 32>>::new(&config));
}

/// Several phases: held words and chain in banks.
fn phased(dataflow: Dataflow, add_stages: usize) -> ArrayConfig {
    ArrayConfig {
        add_stages: Some(add_stages),
        acc_bits: Some(20),
        ..of(dataflow, int8(1, 1))
    }
}

#[test]
fn int8_elements_with_banks() {
    for (dataflow, phases) in [(Dataflow::Both, 3), (Dataflow::Os, 4)] {
        equivalent(pe::<Int<8, 16, 20>>(phased(dataflow, phases)));
    }
}

#[test]
fn a_changed_word_or_choice_is_found() {
    for (module, from, to) in [
        (
            "heddle_bank",
            "words_q[addr_i] <= data_i",
            "words_q[0] <= data_i",
        ),
        ("heddle_bank", "if (write_i)", "if (!write_i)"),
        ("heddle_accumulator", "turn & alive", "turn | alive"),
        ("heddle_accumulator", "ring_i & !spin_i", "ring_i & spin_i"),
    ] {
        let block = pe::<Int<8, 16, 20>>(phased(Dataflow::Both, 3));
        must_be_found(block, module, from, to);
    }
    for (from, to) in [
        ("en_i & !seeded_q", "en_i & seeded_q"),
        ("wire seeds = exchange & x_last_i", "wire seeds = exchange"),
    ] {
        let block = Array::<Int<8, 16, 32>>::new(&of(Dataflow::Both, int8(2, 2)));
        must_be_found(block, "heddle_turns", from, to);
    }
}

/// A change of our Verilog must make the proof fail.
fn must_be_found<M: Module>(block: M, module: &str, from: &str, to: &str) {
    let result = prove(block, |design| {
        let found = design.modules.iter_mut().find(|known| known.name == module);
        let text = &mut found.unwrap_or_else(|| panic!("no {module}")).text;
        assert!(text.contains(from), "{text}");
        *text = text.replacen(from, to, 1);
    });
    if let Some(result) = result {
        let said = result.expect_err("a change went unnoticed");
        assert!(said.contains("unproven"), "{said}");
    }
}

#[test]
fn a_changed_operator_is_found() {
    for (module, from, to) in [
        ("gate", "en_i & mac_i", "en_i | mac_i"),
        ("heddle_mul_int8", "$signed(weight_i)", "weight_i"),
        ("heddle_add_int32", "sum_i + addend", "sum_i - addend"),
    ] {
        must_be_found(pe::<Int<8, 16, 32>>(int8(1, 1)), module, from, to);
    }
}
