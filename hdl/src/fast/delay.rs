//! A line of registers as a ring of words: one is written in a cycle, not all.

use crate::emit::{cell, Module};

/// What resets all words.
const RESET: &str = "if (!rst_ni) begin
          for (i = 0; i < DEPTH; i = i + 1) begin
            words_q[i] = {BITS{1'b0}};
          end
          at_q = 0;
          out_q <= {BITS{1'b0}};
        end else ";

/// The text of `line`, which is a [`Delay`](crate::prim::Delay), for simulation.
pub fn text(line: &Module, resets: bool) -> String {
    let edge = match line.text.contains("negedge rst_ni") {
        true => " or negedge rst_ni",
        false => "",
    };
    let reset = if resets { RESET } else { "" };
    let about =
        "For simulation only: delays data by a ring of words, of which one moves in a cycle.";
    let text = include_str!("delay.v")
        .replace("/*edge*/", edge)
        .replace("/*reset*/", reset);
    super::unlinted(&cell(&line.name, about, &text))
}
