//! Small blocks with one construct each: what the emitter makes of them, that tools
//! accept it, and that what cannot be right is refused with a reason.

#[path = "../common/mod.rs"]
mod common;
mod described;
mod expressions;
mod refused;
mod ticks;

use heddle_emit::describe::{Configuration, Module, Parameter, Reset, Size, Sizes, Style};
use heddle_emit::{emit, Design};

const ROWS: Size = Size::parameter(&Parameter::size("ROWS", 1, "rows"));
const COLS: Size = Size::parameter(&Parameter::size("COLS", 1, "columns"));

/// What the blocks are built from.
struct Grid {
    rows: usize,
    cols: usize,
    /// Of data; control always is, synchronously or as data are.
    reset: Reset,
    /// Whether gated registers stop their clocks.
    gates: bool,
}

impl Configuration for Grid {
    fn sizes(&self) -> Sizes {
        Sizes::new(vec![("ROWS", self.rows), ("COLS", self.cols)])
    }

    fn style(&self) -> Style {
        let reset = match self.reset {
            Reset::Async => Reset::Async,
            Reset::None | Reset::Sync => Reset::Sync,
        };
        Style {
            reset,
            gated: false,
        }
    }

    fn gates_clocks(&self) -> bool {
        self.gates
    }
}

impl Grid {
    fn data_style(&self) -> Style {
        Style {
            reset: self.reset,
            gated: false,
        }
    }

    fn gated_style(&self) -> Style {
        Style {
            reset: self.reset,
            gated: self.gates,
        }
    }
}

/// A configuration of 3 x 2.
fn config() -> Grid {
    Grid {
        rows: 3,
        cols: 2,
        reset: Reset::Sync,
        gates: false,
    }
}

/// The Verilog of `block`, after the tools were asked.
fn accepted(block: &dyn Module) -> Design {
    let design = emit(block, "heddle_top").unwrap();
    let said = common::complaints(&design);
    assert!(said.is_empty(), "{said}\n{}", design.text());
    design
}

/// The text of the top module of a design.
fn top(design: &Design) -> &str {
    &design.top().expect("a top module").text
}

fn refused(block: &dyn Module) -> String {
    emit(block, "heddle_top")
        .expect_err("this must be refused")
        .to_string()
}

#[track_caller]
fn has_lines(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(
            text.lines().any(|known| known.trim() == line.trim()),
            "no line\n{line}\nin\n{text}"
        );
    }
}
