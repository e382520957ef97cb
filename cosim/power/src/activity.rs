//! How often every net changes, and how long it is 1.

/// Bits of a counter before it is added to the totals.
const PLANES: usize = 6;

/// Counts the ones at every position of a stream of bit vectors, 64 positions at once.
#[derive(Clone, Debug)]
struct Ones {
    /// Binary counters of 64 positions, the lowest bit first.
    planes: Vec<[u64; PLANES]>,
    pending: usize,
    totals: Vec<u64>,
}

impl Ones {
    fn new(bits: usize) -> Self {
        Self {
            planes: vec![[0; PLANES]; bits.div_ceil(64)],
            pending: 0,
            totals: vec![0; bits],
        }
    }

    fn add(&mut self, words: impl Iterator<Item = u64>) {
        for (planes, word) in self.planes.iter_mut().zip(words) {
            let mut carry = word;
            for plane in planes {
                if carry == 0 {
                    break;
                }
                let next = *plane & carry;
                *plane ^= carry;
                carry = next;
            }
        }
        self.pending += 1;
        if self.pending == (1 << PLANES) - 1 {
            self.flush();
        }
    }

    fn flush(&mut self) {
        for (planes, totals) in self.planes.iter_mut().zip(self.totals.chunks_mut(64)) {
            for (bit, total) in totals.iter_mut().enumerate() {
                for (weight, plane) in planes.iter().enumerate() {
                    *total += (plane >> bit & 1) << weight;
                }
            }
            *planes = [0; PLANES];
        }
        self.pending = 0;
    }
}

/// Changes and ones of a set of signals that are sampled again and again.
#[derive(Clone, Debug)]
pub struct Sampler {
    last: Option<Vec<u64>>,
    changes: Ones,
    ones: Ones,
    samples: u64,
}

impl Sampler {
    /// Of `bits` signals.
    pub fn new(bits: usize) -> Self {
        Self {
            last: None,
            changes: Ones::new(bits),
            ones: Ones::new(bits),
            samples: 0,
        }
    }

    /// Takes a sample, signal 0 in the lowest bit of the first word. The first one is what
    /// later ones are compared with, and counts no change.
    pub fn sample(&mut self, words: &[u64]) {
        if let Some(last) = &mut self.last {
            let changed = words.iter().zip(last.iter()).map(|(new, old)| new ^ old);
            self.changes.add(changed);
            self.ones.add(words.iter().copied());
            self.samples += 1;
            last.copy_from_slice(words);
        } else {
            self.last = Some(words.to_vec());
        }
    }

    /// Counts from now on, beginning with the sample that was taken last.
    pub fn restart(&mut self) {
        let bits = self.changes.totals.len();
        (self.changes, self.ones, self.samples) = (Ones::new(bits), Ones::new(bits), 0);
    }

    /// Samples that were compared with the one before them.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// Changes of each signal, and samples in which it was 1.
    pub fn counts(&mut self) -> (&[u64], &[u64]) {
        self.changes.flush();
        self.ones.flush();
        (&self.changes.totals, &self.ones.totals)
    }
}

/// What every net of a netlist did in a stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// Clock cycles.
    pub cycles: u64,
    /// Changes of each net.
    pub toggles: Vec<u64>,
    /// Half cycles in which it was 1.
    pub high: Vec<u64>,
}

impl Activity {
    /// Of nets that settle once in a cycle, by `settled`, and of the nets `clocks`, which
    /// were sampled in every half cycle, by `halves`.
    pub fn of(settled: &mut Sampler, halves: &mut Sampler, clocks: &[usize]) -> Self {
        let cycles = settled.samples();
        let (changes, ones) = settled.counts();
        let mut activity = Self {
            cycles,
            toggles: changes.to_vec(),
            high: ones.iter().map(|ones| 2 * ones).collect(),
        };
        let (changes, ones) = halves.counts();
        for (at, &net) in clocks.iter().enumerate() {
            activity.toggles[net] = changes[at];
            activity.high[net] = ones[at];
        }
        activity
    }

    /// Changes of a net per cycle.
    pub fn rate(&self, net: usize) -> f64 {
        self.toggles[net] as f64 / self.cycles.max(1) as f64
    }

    /// The share of the time in which a net is 1.
    pub fn duty(&self, net: usize) -> f64 {
        self.high[net] as f64 / (2 * self.cycles.max(1)) as f64
    }

    /// What happens in both, one after the other.
    pub fn add(&mut self, other: &Self) {
        self.cycles += other.cycles;
        for (sum, part) in [
            (&mut self.toggles, &other.toggles),
            (&mut self.high, &other.high),
        ] {
            sum.iter_mut()
                .zip(part)
                .for_each(|(sum, part)| *sum += part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_and_ones_are_those_of_a_plain_count() {
        let bits = 130;
        let mut sampler = Sampler::new(bits);
        let (mut changes, mut ones) = (vec![0; bits], vec![0; bits]);
        let mut last: Option<Vec<u64>> = None;
        let mut state = 1u64;
        for _ in 0..500 {
            let words: Vec<u64> = (0..3)
                .map(|_| {
                    state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
                    state ^ state >> 31
                })
                .collect();
            if let Some(last) = &last {
                for bit in 0..bits {
                    let at = |words: &[u64]| words[bit / 64] >> (bit % 64) & 1;
                    changes[bit] += at(last) ^ at(&words);
                    ones[bit] += at(&words);
                }
            }
            sampler.sample(&words);
            last = Some(words);
        }
        assert_eq!(sampler.samples(), 499);
        assert_eq!(sampler.counts(), (&changes[..], &ones[..]));
        sampler.restart();
        assert_eq!((sampler.samples(), sampler.counts().0[7]), (0, 0));
    }

    #[test]
    fn a_clock_changes_twice_in_a_cycle_and_is_high_half_of_it() {
        let (mut settled, mut halves) = (Sampler::new(2), Sampler::new(1));
        settled.sample(&[0b10]);
        halves.sample(&[0]);
        for cycle in 0..10u64 {
            halves.sample(&[1]);
            halves.sample(&[0]);
            settled.sample(&[(cycle & 1) << 1]);
        }
        let activity = Activity::of(&mut settled, &mut halves, &[0]);
        assert_eq!(activity.cycles, 10);
        assert_eq!((activity.rate(0), activity.duty(0)), (2.0, 0.5));
        assert_eq!((activity.rate(1), activity.duty(1)), (1.0, 0.5));
    }
}
