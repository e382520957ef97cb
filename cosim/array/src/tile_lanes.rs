//! What each lane of a tile carries, in either dimension.

use super::element::ArrayElement;
use super::lanes;
use heddle_gemm::{Job, Mask, Policy, Shape};
use heddle_hdl::ArrayConfig;
use heddle_schedule::plan::{OsTile, Tile};
use heddle_schedule::tiler::Sent;
use heddle_schedule::units::Unit;

/// What one index of a dimension means under a policy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Its operand is used.
    Data(usize),
    /// It is dropped but present: its operand is +0.
    Zero,
    /// It is dropped and switched off.
    Gated,
}

impl Lane {
    #[inline]
    pub fn new(policy: Policy, mask: Option<&Mask>, index: usize) -> Self {
        match (policy, mask) {
            (Policy::Dense, Some(mask)) if !mask.keeps(index) => Lane::Zero,
            (Policy::Gated, Some(mask)) if !mask.keeps(index) => Lane::Gated,
            _ => Lane::Data(index),
        }
    }
}

/// The lanes of one dimension of a tile.
#[derive(Default)]
pub(super) struct Lanes {
    /// One per lane in use.
    pub kinds: Vec<Lane>,
    /// Lane and index of those with an operand.
    pub data: Vec<(usize, usize)>,
    /// Lanes that carry +0.
    pub zeros: Vec<usize>,
    /// Keep bits as they go over the port.
    pub keep: Vec<u32>,
}

impl Lanes {
    pub fn set(
        &mut self,
        policy: Policy,
        mask: Option<&Mask>,
        sent: Sent<'_>,
        first: usize,
        len: usize,
    ) {
        self.kinds.clear();
        self.data.clear();
        self.zeros.clear();
        self.keep.fill(0);
        for lane in 0..len {
            let kind = Lane::new(policy, mask, sent.at(first + lane));
            self.kinds.push(kind);
            match kind {
                Lane::Data(index) => self.data.push((lane, index)),
                Lane::Zero => self.zeros.push(lane),
                Lane::Gated => continue,
            }
            lanes::put(&mut self.keep, 1, lane, 1);
        }
    }

    /// Number of keep bits set.
    pub fn kept(&self) -> usize {
        self.data.len() + self.zeros.len()
    }
}

/// The lanes of a tile, in both dimensions.
pub(super) struct TileLanes {
    pub rows: Lanes,
    pub cols: Lanes,
}

impl TileLanes {
    pub fn new(config: &ArrayConfig) -> Self {
        let lanes = |count| Lanes {
            keep: vec![0; lanes::words(count, 1)],
            ..Lanes::default()
        };
        Self {
            rows: lanes(config.rows),
            cols: lanes(config.cols),
        }
    }

    pub fn set<E: ArrayElement>(&mut self, policy: Policy, job: &Job<'_, E>, tile: &Tile) {
        let Shape { k, n, .. } = job.shape();
        let sent_k = Sent::new(policy, job.keep_k, k);
        let sent_n = Sent::new(policy, job.keep_n, n);
        self.rows
            .set(policy, job.keep_k, sent_k, tile.first_k, tile.rows);
        self.cols
            .set(policy, job.keep_n, sent_n, tile.first_n, tile.cols);
    }

    /// The lanes of an output-stationary tile, as its seeds and sums travel: m on rows, n
    /// on columns.
    pub fn set_os<E: ArrayElement>(
        &mut self,
        policy: Policy,
        jobs: &[Job<'_, E>],
        unit: &Unit,
        tile: &OsTile,
    ) {
        let job = &jobs[unit.jobs.start];
        let sent_n = Sent::new(policy, job.keep_n, job.shape().n);
        self.cols
            .set(policy, job.keep_n, sent_n, tile.first_n, tile.cols);
        self.rows.set(
            policy,
            unit.keep_m(jobs),
            unit.sent_m(policy, jobs),
            tile.first_m,
            tile.rows,
        );
    }

    /// The rows of an output-stationary tile as the beats of one job of a chain use them.
    /// The m that this job drops and another keeps are switched off, under every policy:
    /// multiplied as zeros they could change a sum that is kept (0 times infinity).
    pub fn set_os_part<E: ArrayElement>(
        &mut self,
        policy: Policy,
        jobs: &[Job<'_, E>],
        unit: &Unit,
        job: usize,
        tile: &OsTile,
    ) {
        let sent_m = unit.sent_m(policy, jobs);
        self.rows.set(
            Policy::Gated,
            jobs[job].keep_m,
            sent_m,
            tile.first_m,
            tile.rows,
        );
    }

    /// The lanes of no tile at all.
    pub fn clear(&mut self) {
        let nothing = |lanes: &mut Lanes| lanes.set(Policy::Dense, None, Sent::All(0), 0, 0);
        nothing(&mut self.rows);
        nothing(&mut self.cols);
    }
}
