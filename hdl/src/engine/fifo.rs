//! A queue of words, of whatever width and depth.

use crate::bundle::Running;
use crate::describe::{
    concat, e, AnyNet, Body, Describe, Expr, Net, Part, Shape, Site, Size, BITS_TO,
};
use crate::Reset;
use heddle_derive::Module;
use rust_hdl::prelude::*;
use std::collections::VecDeque;

/// A queue of `WORDS` words: what is pushed in a cycle may be popped from the next one on. No path leads from
/// one side's inputs to the other side's outputs. The words have no reset and are read where they lie, so
/// that synthesis may use distributed RAM.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(manual)]
pub struct Fifo {
    clocked: Running,
    /// a word comes
    pub push_valid_i: Net<In, Bit>,
    /// there is room for a word
    pub push_ready_o: Net<Out, Bit>,
    /// the word that comes
    pub push_data_i: Net<In, Bit>,
    /// there is a word
    pub pop_valid_o: Net<Out, Bit>,
    /// the word is taken if there is one
    pub pop_ready_i: Net<In, Bit>,
    /// the oldest word
    pub pop_data_o: Net<Out, Bit>,
    _reset: Reset,
    _words: usize,
    _queue: VecDeque<Vec<Bit>>,
}

impl Fifo {
    /// A queue of `words` words of `bits` bits.
    ///
    /// # Panics
    /// If it has no word or no bit.
    pub fn new(config: &Site, words: usize, bits: usize) -> Self {
        assert!(words > 0 && bits > 0, "a queue of {words} words of {bits}");
        let one = Shape::default();
        let data = one.clone().with_lanes(Size::Name("BITS"));
        Self {
            clocked: Running::build(config, &one),
            push_valid_i: Net::new(config, &one),
            push_ready_o: Net::new(config, &one),
            push_data_i: Net::with_count(config, &data, bits),
            pop_valid_o: Net::new(config, &one),
            pop_ready_i: Net::new(config, &one),
            pop_data_o: Net::with_count(config, &data, bits),
            _reset: config.control_style().reset,
            _words: words,
            _queue: VecDeque::new(),
        }
    }

    /// Its input: where `valid` is high, `parts` side by side, the first in the high bits. They are taken
    /// where `push_ready_o` is high too.
    pub fn push(&self, m: &mut Body, valid: Expr, parts: impl IntoIterator<Item = Expr>) {
        m.parameter(&self.push_data_i, "BITS", self.push_data_i.len());
        m.parameter(&self.push_data_i, "WORDS", self._words);
        m.assign(&self.push_valid_i, valid);
        m.assign(&self.push_data_i, concat(parts));
    }

    /// Bits of the oldest word, from bit `lo` up.
    pub fn oldest(&self, lo: usize, bits: usize) -> Expr {
        match bits == self.pop_data_o.len() {
            true => e(&self.pop_data_o),
            false => e(&self.pop_data_o).slice(lo, bits),
        }
    }
}

impl Logic for Fifo {
    fn update(&mut self) {
        let rises = self.clocked.clk_i.rises();
        let resets = !self.clocked.rst_ni.get(0) && (rises || self._reset == Reset::Async);
        if resets {
            self._queue.clear();
        } else if rises {
            let word: Vec<Bit> = (0..self.push_data_i.len())
                .map(|lane| self.push_data_i.get(lane))
                .collect();
            let push = self.push_valid_i.get(0) && self._queue.len() < self._words;
            if self.pop_ready_i.get(0) {
                self._queue.pop_front();
            }
            if push {
                self._queue.push_back(word);
            }
        }
        self.push_ready_o.set(0, self._queue.len() < self._words);
        self.pop_valid_o.set(0, !self._queue.is_empty());
        for lane in 0..self.pop_data_o.len() {
            let oldest = self._queue.front();
            self.pop_data_o
                .set(lane, oldest.is_some_and(|word| word[lane]));
        }
    }

    fn connect(&mut self) {
        self.push_ready_o.connect();
        self.pop_valid_o.connect();
        self.pop_data_o.connect();
    }
}

/// What else starts a process.
fn edge(reset: Reset) -> &'static str {
    match reset {
        Reset::Async => " or negedge rst_ni",
        Reset::None | Reset::Sync => "",
    }
}

impl Describe for Fifo {
    fn describe(&self, m: &mut Body) {
        let indented: Vec<_> = BITS_TO.lines().map(|line| format!("  {line}")).collect();
        let text = include_str!("fifo.v")
            .replace("/*edge*/", edge(self._reset))
            .replace("/*bits_to*/", &indented.join("\n"));
        m.cell(text, vec![("BITS", 1), ("WORDS", 2)]);
    }
}
