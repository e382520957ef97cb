//! And-inverter graphs under construction: what is the same by structure is there once.

use super::aiger::{encode, Aiger};
use std::collections::HashMap;

/// Gates over some inputs and latches. A literal is twice a variable, plus one if it is inverted; 0 is false, 1 true.
#[derive(Clone, Debug)]
pub struct Logic {
    inputs: usize,
    latches: usize,
    gates: Vec<[usize; 2]>,
    known: HashMap<[usize; 2], usize>,
}

/// What a copy of a design writes into its latches, and its outputs.
pub struct Copied {
    /// Of each latch.
    pub next: Vec<usize>,
    /// Outputs and assertions.
    pub outputs: Vec<usize>,
}

impl Logic {
    /// No gates yet.
    pub fn new(inputs: usize, latches: usize) -> Self {
        Self {
            inputs,
            latches,
            gates: Vec::new(),
            known: HashMap::new(),
        }
    }

    /// An input.
    pub fn input(&self, at: usize) -> usize {
        assert!(at < self.inputs, "input {at} of {}", self.inputs);
        2 * (at + 1)
    }

    /// A latch.
    pub fn latch(&self, at: usize) -> usize {
        assert!(at < self.latches, "latch {at} of {}", self.latches);
        2 * (self.inputs + at + 1)
    }

    /// Both.
    pub fn and(&mut self, left: usize, right: usize) -> usize {
        let (low, high) = (left.min(right), left.max(right));
        match (low, high) {
            (0, _) => 0,
            (1, other) => other,
            _ if low == high => low,
            _ if low ^ 1 == high => 0,
            _ => *self.known.entry([high, low]).or_insert_with(|| {
                self.gates.push([high, low]);
                2 * (self.inputs + self.latches + self.gates.len())
            }),
        }
    }

    /// `yes` where `choice` is true, else `no`.
    pub fn choose(&mut self, choice: usize, yes: usize, no: usize) -> usize {
        if yes == no {
            return yes;
        }
        let (yes, no) = (self.and(choice, yes), self.and(choice ^ 1, no));
        self.and(yes ^ 1, no ^ 1) ^ 1
    }

    /// Whether they differ.
    pub fn differ(&mut self, left: usize, right: usize) -> usize {
        self.choose(left, right ^ 1, right)
    }

    /// The gates of `design` whose inputs and latches are these literals.
    pub fn copy(&mut self, design: &Aiger, leaves: &[usize]) -> Copied {
        assert_eq!(leaves.len(), design.inputs().len() + design.latches());
        let mut values = vec![0];
        values.extend(leaves);
        let literal = |values: &[usize], of: usize| values[of / 2] ^ (of & 1);
        for [left, right] in design.gates() {
            let (left, right) = (literal(&values, *left), literal(&values, *right));
            let both = self.and(left, right);
            values.push(both);
        }
        let outputs = design.outputs();
        Copied {
            next: design.next().map(|of| literal(&values, of)).collect(),
            outputs: outputs
                .iter()
                .map(|(_, of)| literal(&values, *of))
                .collect(),
        }
    }

    /// The file of a circuit whose latches start from 0.
    pub fn circuit(&self, next: &[usize], outputs: &[usize]) -> Vec<u8> {
        assert_eq!(next.len(), self.latches, "latches");
        let [inputs, latches, gates] = [self.inputs, self.latches, self.gates.len()];
        let header = format!(
            "aig {} {inputs} {latches} {} {gates}\n",
            inputs + latches + gates,
            outputs.len()
        );
        let mut bytes = header.into_bytes();
        for literal in next.iter().chain(outputs) {
            bytes.extend(format!("{literal}\n").into_bytes());
        }
        encode(inputs + latches + 1, &self.gates, &mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_is_there_once() {
        let mut logic = Logic::new(2, 1);
        let (a, b, q) = (logic.input(0), logic.input(1), logic.latch(0));
        let both = logic.and(a, b);
        assert_eq!(logic.and(b, a), both);
        assert_eq!(
            [logic.and(a, a), logic.and(a, a ^ 1), logic.and(1, q)],
            [a, 0, q]
        );
        assert_eq!(logic.differ(both, both), 0);
        assert_eq!(logic.choose(1, a, b), a);
        let apart = logic.differ(a, q);
        assert!(apart > 1);
        // 3 variables; a & b; a & !q, !a & q, neither; the first gate is (4, 2).
        let bytes = logic.circuit(&[both], &[apart]);
        assert!(
            bytes.starts_with(b"aig 7 2 1 1 4\n8\n15\n\x04\x02"),
            "{bytes:?}"
        );
    }
}
