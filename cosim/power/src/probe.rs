//! Samples of a running netlist, taken cycle by cycle.

use crate::activity::{Activity, Sampler};

/// Counts what every net does, from what the simulated netlist shows.
///
/// Nets that the clock does not drive are looked at once in a cycle, before its rising
/// edge: by then all has settled, inputs included. Between the rising edge and the next
/// inputs they may pass through other values, but only because the simulation gives inputs
/// half a cycle later than registers; neighbours that are registers would not.
#[derive(Clone, Debug)]
pub struct Probe {
    clocks: Vec<usize>,
    settled: Sampler,
    halves: Sampler,
    risen: Option<Vec<u64>>,
}

impl Probe {
    /// Of a netlist with `nets` nets, of which `clocks` are the clock's.
    pub fn new(nets: usize, clocks: &[usize]) -> Self {
        Self {
            clocks: clocks.to_vec(),
            settled: Sampler::new(nets),
            halves: Sampler::new(clocks.len()),
            risen: None,
        }
    }

    /// Takes all nets and the clock's, before a rising edge.
    pub fn settled(&mut self, nets: &[u64], clocks: &[u64]) {
        if let Some(risen) = self.risen.take() {
            self.halves.sample(&risen);
        }
        self.halves.sample(clocks);
        self.settled.sample(nets);
    }

    /// Takes the clock's nets after a rising edge.
    pub fn risen(&mut self, clocks: &[u64]) {
        self.risen = Some(clocks.to_vec());
    }

    /// What happened since the last call, or since the first cycle.
    pub fn take(&mut self) -> Activity {
        let activity = Activity::of(&mut self.settled, &mut self.halves, &self.clocks);
        self.settled.restart();
        self.halves.restart();
        activity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_cycles_are_counted_and_none_twice() {
        let mut probe = Probe::new(2, &[1]);
        // net 0 changes in every second cycle, net 1 is the clock
        let mut cycle = |n: u64| {
            probe.settled(&[(n / 2) & 1], &[0]);
            probe.risen(&[1]);
        };
        (0..9).for_each(&mut cycle);
        let first = probe.take();
        assert_eq!((first.cycles, &first.toggles[..]), (8, &[4, 16][..]));
        assert_eq!(first.duty(1), 0.5);
        assert_eq!(probe.take().cycles, 0);
    }
}
