//! Jobs as the array computes them: transposed, and chained to one another.

use super::mapping::{Flow, Mapping};
use super::tiler::{extent_of, Sent};
use heddle_gemm::{Element, Job, Mask, Policy};
use std::ops::Range;

/// The jobs as they are laid onto the array: those that are to be transposed compute
/// C^T = B^T A^T, with m and n exchanged.
pub fn lay_out<'j, E: Element>(mappings: &[Mapping], jobs: &[Job<'j, E>]) -> Vec<Job<'j, E>> {
    jobs.iter()
        .zip(mappings)
        .map(|(&job, mapping)| {
            if !mapping.transposed {
                return job;
            }
            Job {
                a: job.b.t(),
                b: job.a.t(),
                keep_m: job.keep_n,
                keep_n: job.keep_m,
                ..job
            }
        })
        .collect()
}

/// The k of one job among the beats of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Index of the job.
    pub job: usize,
    /// Its first beat.
    pub first: usize,
    /// Its beats, one for each k that is sent.
    pub beats: usize,
}

/// One job, or a chain of jobs whose reductions follow each other in the same tiles.
#[derive(Clone, Debug)]
pub struct Unit {
    /// The jobs.
    pub jobs: Range<usize>,
    /// The reduction, job by job; a job without anything to do has no part.
    pub parts: Vec<Part>,
    /// Of a chain: the m that any of its jobs keeps, unless that is every one.
    any_m: Option<Mask>,
}

impl Unit {
    /// The jobs of `range`, as they are laid out.
    pub(crate) fn new<E: Element>(
        policy: Policy,
        range: Range<usize>,
        jobs: &[Job<'_, E>],
    ) -> Self {
        let mut first = 0;
        let mut parts = Vec::new();
        for job in range.clone() {
            let extent = extent_of(policy, &jobs[job]);
            if !extent.is_empty() {
                let beats = extent.k;
                parts.push(Part { job, first, beats });
                first += beats;
            }
        }
        let any_m = (range.len() > 1).then(|| union(&parts, jobs)).flatten();
        Self {
            jobs: range,
            parts,
            any_m,
        }
    }

    /// Whether it is more than one job.
    pub fn is_chain(&self) -> bool {
        self.jobs.len() > 1
    }

    /// Beats of each of its tiles.
    pub fn beats(&self) -> usize {
        self.parts.last().map_or(0, |part| part.first + part.beats)
    }

    /// The job to which its cycles, seeds and sums are counted.
    pub fn last(&self) -> usize {
        self.jobs.end - 1
    }

    /// The part that a beat belongs to.
    pub fn part(&self, beat: usize) -> Part {
        self.parts[self.parts.partition_point(|part| part.first <= beat) - 1]
    }

    /// The keep-mask of its seeds and sums on m.
    pub fn keep_m<'u, E: Element>(&'u self, jobs: &[Job<'u, E>]) -> Option<&'u Mask> {
        if self.is_chain() {
            self.any_m.as_ref()
        } else {
            jobs[self.jobs.start].keep_m
        }
    }

    /// The m whose sums it computes.
    pub fn sent_m<'u, E: Element>(&'u self, policy: Policy, jobs: &[Job<'u, E>]) -> Sent<'u> {
        let m = jobs[self.jobs.start].shape().m;
        Sent::new(policy, self.keep_m(jobs), m)
    }
}

/// The m that are kept by any part's job; `None` if one of them has no mask.
fn union<E: Element>(parts: &[Part], jobs: &[Job<'_, E>]) -> Option<Mask> {
    let (first, others) = parts.split_first()?;
    let mut bits = jobs[first.job].keep_m?.bits().clone();
    for part in others {
        bits |= jobs[part.job].keep_m?.bits();
    }
    Some(Mask::new(bits))
}

/// The number of jobs, from the first of `jobs` on, that are computed as one: jobs that
/// are mapped to be chained and can be. One that cannot (because it differs from the job
/// before it in output, m, n, mask of n, orientation, or flow) begins a unit of its own.
pub(crate) fn chain_len<E: Element>(mappings: &[Mapping], jobs: &[Job<'_, E>]) -> usize {
    let joins = |i: usize| {
        let (before, job) = (&jobs[i - 1], &jobs[i]);
        let os = |mapping: &Mapping| mapping.flow == Flow::OutputStationary;
        mappings[i].chained
            && os(&mappings[i])
            && os(&mappings[i - 1])
            && mappings[i].transposed == mappings[i - 1].transposed
            && before.c == job.c
            && before.shape().m == job.shape().m
            && before.shape().n == job.shape().n
            && before.keep_n == job.keep_n
    };
    1 + (1..jobs.len()).take_while(|&i| joins(i)).count()
}
