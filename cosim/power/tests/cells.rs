//! Models of cells, made from their functions in a Liberty file, against the vendor's own
//! Verilog of the same cells, in Icarus.

use heddle_liberty::{Cell, Direction, Function, Library};
use heddle_power::model;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

const FOLDER: &str = "/usr/share/qflow/tech/osu018";

fn library() -> Library {
    let path = format!("{FOLDER}/osu018_stdcells.lib");
    Library::read(&[path.into()], &[])
        .unwrap_or_else(|error| panic!("{error}; apt-get install qflow-tech-osu018"))
}

fn inputs(cell: &Cell) -> Vec<&str> {
    let pins = cell.pins.iter();
    pins.filter(|pin| pin.direction == Direction::Input)
        .map(|pin| pin.name.as_str())
        .collect()
}

fn outputs(cell: &Cell) -> Vec<&str> {
    let pins = cell.pins.iter();
    pins.filter(|pin| pin.is_output())
        .map(|pin| pin.name.as_str())
        .collect()
}

/// A bench in which the vendor's cell and the model get the same inputs. Every change of one
/// input is tried from every input vector of a cell without state; of a cell with state
/// 2,000 random ones, one at a time. Prints `CELL VECTORS MISMATCHES`.
fn bench(cell: &Cell) -> String {
    let name = &cell.name;
    let (ins, outs) = (inputs(cell), outputs(cell));
    let width = ins.len();
    let connect = |of: &str| {
        let ins = ins
            .iter()
            .enumerate()
            .map(|(bit, pin)| format!(".{pin}(v[{bit}])"));
        let outs = outs
            .iter()
            .enumerate()
            .map(|(bit, pin)| format!(".{pin}({of}[{bit}])"));
        ins.chain(outs).collect::<Vec<_>>().join(", ")
    };
    let mut text = String::new();
    let _ = writeln!(
        text,
        "module bench_{name};\n  reg [{}:0] v = 0;\n  wire [{top}:0] vendor, ours;\n  \
         {name} a ({});\n  model_{name} b ({});\n  integer i, j, wrong = 0, tried = 0;\n  \
         task look; begin #100 tried = tried + 1; if (vendor !== ours) wrong = wrong + 1; end endtask\n  \
         initial begin",
        width - 1,
        connect("vendor"),
        connect("ours"),
        top = outs.len() - 1,
    );
    match &cell.state {
        None => {
            let _ = writeln!(
                text,
                "    for (i = 0; i < {0}; i = i + 1) for (j = 0; j < {width}; j = j + 1) begin\n      \
                 v = i; look; v[j] = !v[j]; look; end",
                1u64 << width
            );
        }
        Some(state) => {
            // both begin undefined: a known state first
            let clock = ins.iter().position(|pin| cell.is_clock(pin)).unwrap();
            let known = if state.clear.is_some() { "" } else { "v = 0;" };
            let _ = writeln!(
                text,
                "    {known} #100 v[{clock}] = 1; #100 v[{clock}] = 0; #100 v[{clock}] = 1; #100\n    \
                 for (i = 0; i < 2000; i = i + 1) begin\n      \
                 j = $unsigned($random) % {width}; v[j] = !v[j]; look; end"
            );
        }
    }
    let _ = writeln!(
        text,
        "    $display(\"{name} %0d %0d\", tried, wrong);\n  end\nendmodule"
    );
    text
}

/// Mismatches of each cell.
fn compare(cells: &[Cell]) -> Vec<(String, u64, u64)> {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("`timescale 1ns/10ps\n");
    for cell in cells {
        text += &model::module(cell, &format!("model_{}", cell.name)).unwrap();
        text += &bench(cell);
    }
    let file = folder.path().join("bench.v");
    std::fs::write(&file, text).unwrap();
    let program = folder.path().join("bench");
    let run = |command: &mut Command| {
        let output = command.output().expect("apt-get install iverilog");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        said
    };
    // only the benches are tops: the vendor's other cells are left alone
    let mut iverilog = Command::new("iverilog");
    for cell in cells {
        iverilog.args(["-s", &format!("bench_{}", cell.name)]);
    }
    run(iverilog
        .arg("-o")
        .arg(&program)
        .arg(&file)
        .arg(Path::new(FOLDER).join("osu018_stdcells.v")));
    run(Command::new("vvp").arg(&program))
        .lines()
        .map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            (
                words[0].into(),
                words[1].parse().unwrap(),
                words[2].parse().unwrap(),
            )
        })
        .collect()
}

#[test]
fn every_cell_does_what_the_vendor_says() {
    let library = library();
    let cells: Vec<Cell> = library
        .cells
        .values()
        .filter(|cell| model::module(cell, "m").is_ok())
        .cloned()
        .collect();
    // all but the two tristate buffers
    assert_eq!(cells.len(), library.cells.len() - 2);
    let found = compare(&cells);
    assert_eq!(found.len(), cells.len());
    for (name, tried, wrong) in found {
        assert!(
            tried >= 4 && wrong == 0,
            "{name}: {wrong} of {tried} differ"
        );
    }
}

#[test]
fn a_wrong_function_a_wrong_edge_and_a_wrong_reset_are_seen() {
    let library = library();
    let mut gate = library.cells["AOI21X1"].clone();
    for pin in &mut gate.pins {
        if pin.is_output() {
            pin.function = Some(Function::parse("(!((A B) C))").unwrap());
        }
    }
    let mut register = library.cells["DFFPOSX1"].clone();
    let state = register.state.as_mut().unwrap();
    state.clock = Function::parse("!CLK").unwrap();
    let mut with_reset = library.cells["DFFSR"].clone();
    let state = with_reset.state.as_mut().unwrap();
    std::mem::swap(&mut state.clear, &mut state.preset);
    for (name, tried, wrong) in compare(&[gate, register, with_reset]) {
        assert!(wrong > 0, "{name}: none of {tried} differs");
    }
}
