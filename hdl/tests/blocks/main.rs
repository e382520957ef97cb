//! Small blocks with one construct each: what the emitter makes of them, that tools
//! accept it, and that what cannot be right is refused with a reason.

#[path = "../common/mod.rs"]
mod common;
mod described;
mod expressions;
mod refused;
mod ticks;

use heddle_format::Format;
use heddle_hdl::describe::Module;
use heddle_hdl::emit::{emit, Design};
use heddle_hdl::ArrayConfig;

/// A configuration of 3 x 2.
fn config() -> ArrayConfig {
    ArrayConfig::new(3, 2, Format::Int8)
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
