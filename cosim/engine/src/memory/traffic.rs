//! What went over the bus, by what it was for.

use super::Kind;
use serde::Serialize;
use std::collections::BTreeMap;

/// How much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Volume {
    /// Bursts.
    pub bursts: u64,
    /// Beats, each a bus word.
    pub beats: u64,
    /// Bytes of the beats; of writes those with a strobe.
    pub bytes: u64,
}

impl Volume {
    /// Adds another one.
    pub fn add(&mut self, other: &Volume) {
        self.bursts += other.bursts;
        self.beats += other.beats;
        self.bytes += other.bytes;
    }
}

/// What went over the bus.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Reads, by kind of region.
    pub read: BTreeMap<Kind, Volume>,
    /// Writes, by kind of region.
    pub written: BTreeMap<Kind, Volume>,
    /// Beats written without any strobe.
    pub empty_beats: u64,
    /// Most read bursts that were under way at once.
    pub most_reads: usize,
    /// Most write bursts.
    pub most_writes: usize,
    /// Cycles in which a beat was read.
    pub cycles_reading: u64,
    /// Cycles in which a beat was written.
    pub cycles_writing: u64,
}

impl Traffic {
    /// All that was read.
    pub fn all_read(&self) -> Volume {
        total(&self.read)
    }

    /// All that was written.
    pub fn all_written(&self) -> Volume {
        total(&self.written)
    }

    /// Adds another one.
    pub fn add(&mut self, other: &Traffic) {
        for (to, from) in [
            (&mut self.read, &other.read),
            (&mut self.written, &other.written),
        ] {
            for (kind, volume) in from {
                to.entry(*kind).or_default().add(volume);
            }
        }
        self.empty_beats += other.empty_beats;
        self.most_reads = self.most_reads.max(other.most_reads);
        self.most_writes = self.most_writes.max(other.most_writes);
        self.cycles_reading += other.cycles_reading;
        self.cycles_writing += other.cycles_writing;
    }
}

fn total(of: &BTreeMap<Kind, Volume>) -> Volume {
    let mut all = Volume::default();
    for volume in of.values() {
        all.add(volume);
    }
    all
}
