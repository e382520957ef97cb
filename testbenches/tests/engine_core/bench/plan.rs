//! What load does for a job: words and events, in order.

use super::{Act, Bench};
use crate::job::{Job, NN, NT, TN};

impl Bench<'_> {
    fn operands(&mut self, values: impl Iterator<Item = Option<u64>>) -> Vec<u8> {
        let bytes = self.config.operand_bits() / 8;
        let of = values.map(|value| value.unwrap_or_else(|| self.draw.below(256) as u64));
        of.flat_map(|value| value.to_le_bytes()[..bytes].to_vec())
            .collect()
    }

    fn sums(&mut self, values: &[Option<u64>]) -> Vec<u8> {
        let bytes = self.config.acc_bits() / 8;
        let of = values.iter().map(|value| value.unwrap_or(0x55));
        of.flat_map(|value| value.to_le_bytes()[..bytes].to_vec())
            .collect()
    }

    /// All that load does, in order.
    pub(super) fn plan(&mut self) {
        let (mut hands, mut acts) = (Vec::new(), Vec::new());
        for at in 0..self.jobs.len() {
            acts.push(Act::Begin(at));
            match self.mood.ahead {
                true => hands.push(Act::Hand(at)),
                false => acts.push(Act::Hand(at)),
            }
            let job = self.jobs[at].clone();
            if job.code == 0 {
                self.plan_job(at, &job, &mut acts);
            }
        }
        acts.extend(hands);
        self.acts = acts.into();
    }

    fn plan_job(&mut self, at: usize, job: &Job, acts: &mut Vec<Act>) {
        let config = self.config;
        let words = config.engine().a_words;
        if job.keep_a {
            self.a_base[at] = self.a_base[at - 1];
            self.a_size[at] = self.a_size[at - 1];
        } else if !job.empty() {
            let beats = if job.layout == TN { job.k() } else { job.m() };
            let r = job.r();
            let each = r.len().div_ceil(config.rows);
            self.a_base[at] = self.a_next;
            self.a_size[at] = beats.len() * each;
            for (row, (s, keep)) in beats.iter().enumerate() {
                for word in 0..each {
                    let of = |i: usize| {
                        r.get(word * config.rows + i).map(|(r, _)| {
                            if job.layout == TN {
                                job.a[*r][*s]
                            } else {
                                job.a[*s][*r]
                            }
                        })
                    };
                    let bytes = self.operands((0..config.rows).map(of));
                    let addr = (self.a_next + row * each + word) % words;
                    acts.push(Act::Write(1, addr, bytes, *keep));
                }
            }
            self.a_next = (self.a_next + self.a_size[at]) % words;
            acts.push(Act::Event(1));
        }
        if job.loads_c0() {
            if !job.resume {
                acts.push(Act::Space(at));
            }
            self.plan_seeds(job, acts);
            acts.push(Act::Event(2));
        }
        if !job.empty() {
            self.plan_blocks(job, acts);
        }
    }

    fn plan_seeds(&mut self, job: &Job, acts: &mut Vec<Act>) {
        let tiles = job.n_tiles(self.config);
        let rows: Vec<_> = match job.bias {
            true => vec![(job.keep_m.len(), 0)],
            false => (0..job.keep_m.len())
                .filter(|m| job.keep_m[*m] && !(job.resume && job.live[*m]) && !job.empty())
                .map(|m| (m, m))
                .collect(),
        };
        for (row, from) in rows {
            for tile in 0..tiles {
                let word = job.seed_word(self.config, tile, &job.c[from]);
                let bytes = self.sums(&word);
                acts.push(Act::Write(3, job.sums + row * tiles + tile, bytes, false));
            }
        }
    }

    fn plan_blocks(&mut self, job: &Job, acts: &mut Vec<Act>) {
        let config = self.config;
        let (rows, cols, each) = (config.rows, config.cols, config.engine().slot_words);
        let (k, n) = (job.k(), job.n());
        let tiles = job.n_tiles(config);
        let panel = match job.panel {
            0 => tiles,
            panel => panel.min(tiles),
        };
        // Of a block its rows, the tiles of words of each, and what a word consists of.
        let range = |from: usize, step: usize, end: usize| from..(from + step).min(end);
        let mut blocks = Vec::new();
        for first in (0..tiles)
            .step_by(panel)
            .take(if job.layout == TN { 1 } else { usize::MAX })
        {
            let its = range(first, panel, tiles);
            match job.layout {
                NN => {
                    for r in (0..k.len()).step_by(rows) {
                        for chunk in its.clone().step_by(each) {
                            blocks.push((range(r, rows, k.len()), range(chunk, each, its.end)));
                        }
                    }
                }
                NT => {
                    let r_tiles = k.len().div_ceil(rows);
                    let columns = first * cols..(its.end * cols).min(n.len());
                    for chunk in (0..r_tiles).step_by(each) {
                        blocks.push((columns.clone(), range(chunk, each, r_tiles)));
                    }
                }
                _ => {
                    for chunk in (0..tiles).step_by(each) {
                        blocks.push((0..k.len(), range(chunk, each, tiles)));
                    }
                }
            }
        }
        for (slots, words) in blocks {
            acts.push(Act::Slots(slots.len()));
            for slot in slots {
                for word in words.clone() {
                    let of_n = |i: usize| n.get(word * cols + i).map(|(n, _)| job.b[k[slot].0][*n]);
                    let of_k = |i: usize| k.get(word * rows + i).map(|(k, _)| job.b[*k][n[slot].0]);
                    let (bytes, keep) = match job.layout {
                        NT => (self.operands((0..rows).map(of_k)), n[slot].1),
                        _ => (self.operands((0..cols).map(of_n)), k[slot].1),
                    };
                    let addr = self.b_next * each + word - words.start;
                    acts.push(Act::Write(2, addr, bytes, keep));
                }
                self.b_next = (self.b_next + 1) % config.engine().b_slots;
            }
            acts.push(Act::Event(3));
        }
    }
}
