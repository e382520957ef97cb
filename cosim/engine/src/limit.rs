//! How long a job may take before the engine counts as hung.

use crate::descriptor::{Descriptor, Layout};
use crate::memory::Timing;
use crate::Sizes;
use heddle_gemm::Shape;

/// What any descriptor may take beside its work: its fetch, its masks, a report.
const FIXED: u64 = 4000;
/// Cycles of the plain bound for each cycle that is granted.
const SLACK: u64 = 4;

/// Cycles in which an engine that works is done with `job`, with a wide margin. What is refused takes no
/// work: `None`.
pub fn limit(sizes: &Sizes, job: Option<&Descriptor>, timing: &Timing) -> u64 {
    let fixed = FIXED + 40 * timing.latency;
    let work = job.map_or(0, |job| array(sizes, job) + bus(sizes, job, timing.latency));
    let held = timing.disturbance.map_or(1, |of| {
        let most = [of.addresses, of.read_data, of.write_data, of.responses]
            .into_iter()
            .fold(0.0, f64::max);
        (1.0 / (1.0 - most.clamp(0.0, 0.95))).ceil() as u64
    });
    fixed * held + SLACK * held * work
}

/// Cycles of the array if nothing overlaps.
fn array(sizes: &Sizes, job: &Descriptor) -> u64 {
    let Shape { m, k, n } = job.shape;
    let (r, c) = (sizes.rows, sizes.cols);
    let cycles = match job.layout {
        Layout::Nn | Layout::Nt => {
            let tiles = k.div_ceil(r) * n.div_ceil(c);
            tiles * (m + r + c + sizes.round_trip)
        }
        Layout::Tn => {
            let groups = (m.div_ceil(r) * n.div_ceil(c)).div_ceil(sizes.phases);
            (groups + 4) * sizes.phases * (k.max(r) + r) + sizes.round_trip
        }
    };
    cycles as u64
}

/// Cycles of the bus if one row follows the other, each after the latency; rows of B once per panel.
fn bus(sizes: &Sizes, job: &Descriptor, latency: u64) -> u64 {
    let Shape { m, n, .. } = job.shape;
    let words = |bytes: usize| (bytes.div_ceil(sizes.engine.bus_bytes()) + 1) as u64;
    let rows = |rows: usize, bytes: usize| rows as u64 * (words(bytes) + latency);
    let (a_rows, a_cols) = job.layout.a(job.shape);
    let (b_rows, b_cols) = job.layout.b(job.shape);
    let pieces = b_cols.div_ceil(sizes.cols.min(sizes.rows)).max(1);
    rows(a_rows, a_cols * sizes.operand_bytes)
        + pieces as u64 * rows(b_rows, b_cols.div_ceil(pieces) * sizes.operand_bytes)
        + 2 * rows(m, n * sizes.sum_bytes)
        // sums pass RAM words of C sums, which may be narrower than the bus
        + (m * n.div_ceil(sizes.cols) * 4) as u64
}
