//! Busy cycles by cause.

use super::sequence::Cause;
use crate::registers::{index, Counters, COUNTERS};

/// The counters of cycles.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts([u64; COUNTERS]);

impl Counts {
    /// Counts a busy cycle; `stores`: the store stage has a job.
    pub(super) fn add(&mut self, cause: &Cause, stores: bool) {
        // In the order of the registers, BUSY before them.
        let at = match cause {
            Cause::Compute => 1,
            Cause::A => 2,
            Cause::B => 3,
            Cause::C0 => 4,
            Cause::Store => 5,
            Cause::Sum => 6,
            Cause::Job if stores => 5,
            Cause::Job => 7,
        };
        self.0[0] += 1;
        self.0[at] += 1;
    }

    /// All counters: these and `others`.
    pub(super) fn counters(&self, others: &[(&str, u64)]) -> Counters {
        let mut values = self.0;
        for (name, value) in others {
            values[index(name)] = *value;
        }
        Counters::new(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_counted_where_the_registers_have_them() {
        for (cause, stores, name) in [
            (Cause::Compute, false, "COMPUTE"),
            (Cause::A, false, "WAIT_A"),
            (Cause::B, true, "WAIT_B"),
            (Cause::C0, false, "WAIT_C0"),
            (Cause::Store, false, "WAIT_STORE"),
            (Cause::Job, true, "WAIT_STORE"),
            (Cause::Sum, false, "WAIT_SUM"),
            (Cause::Job, false, "WAIT_JOB"),
        ] {
            let mut counts = Counts::default();
            counts.add(&cause, stores);
            let counters = counts.counters(&[("jobs", 3)]);
            assert_eq!((counters.get(name), counters.get("busy")), (1, 1), "{name}");
            assert_eq!(counters.get("jobs"), 3);
            assert!(counters.add_up());
        }
    }
}
