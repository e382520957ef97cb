//! The kept part of A in the order in which the tiles of `outer` read it.
//!
//! A is the small operand (the activations of one time step); each of its elements is
//! used once for every column of B.

use super::outer::Outer;
use crate::Team;

/// Elements below which packing is not worth a second thread.
const SMALL: usize = 1 << 15;

/// Packs the A of every job.
///
/// # Safety
/// The pointers of the jobs must be good for their shapes, and `a` nobody else's.
pub(super) unsafe fn pack<T: Copy + Send + Sync>(team: &Team, jobs: &[Outer<T>]) {
    let len: usize = jobs.iter().map(|job| job.m_len * job.k_len).sum();
    let blocks = |job: &Outer<T>| job.m_len.div_ceil(job.block);
    let run = |job: &Outer<T>, part: usize, parts: usize| {
        let blocks = blocks(job);
        for block in blocks * part / parts..blocks * (part + 1) / parts {
            // SAFETY: the promises of this function; every block is one task's.
            unsafe { pack_block(job, block * job.block) };
        }
    };
    if len < SMALL || team.threads() == 1 {
        jobs.iter().for_each(|job| run(job, 0, 1));
    } else if jobs.len() >= 2 * team.threads() {
        team.run(jobs.len(), &|index| run(&jobs[index], 0, 1));
    } else {
        let parts = 4 * team.threads();
        for job in jobs {
            team.run(parts, &|part| run(job, part, parts));
        }
    }
}

/// Packs the block of rows from the `first` kept one on as `[k][rows]`.
unsafe fn pack_block<T: Copy>(job: &Outer<T>, first: usize) {
    let rows = job.block.min(job.m_len - first);
    let (row_stride, col_stride) = job.a_strides;
    // SAFETY: the promises of `pack`.
    unsafe {
        let m = std::slice::from_raw_parts(job.m.add(first), rows);
        let k = std::slice::from_raw_parts(job.k, job.k_len);
        let mut to = job.a.add(first * job.k_len);
        for &k in k {
            let from = job.a_from.add(k as usize * col_stride);
            for (i, &m) in m.iter().enumerate() {
                *to.add(i) = *from.add(m as usize * row_stride);
            }
            to = to.add(rows);
        }
    }
}
