//! From a job to what its walkers need to know: how many tiles, and where its sums are.

use super::job::{Job, Kept};
use super::numbers::{fit, groups, is, minus, plus};
use super::work::Work;
use crate::bundle::Running;
use crate::describe::{concat, e, lit, select, Body, Compiled, Describe, Expr, Net, Reg, Stored};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Counts a job's tiles, in four cycles, and hands it on to all walkers at once.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct Intake {
    clocked: Running,
    /// a job comes
    pub valid_i: Net<In, Bit>,
    /// there is room for it
    pub ready_o: Net<Out, Bit>,
    pub(crate) job_i: Job<In>,
    pub(crate) kept_i: Kept<In>,
    /// first word of its A
    #[hw(lanes = config.a_bits())]
    pub a_base_i: Net<In, Bit>,
    /// A will be told to be there
    pub load_a_i: Net<In, Bit>,
    /// C0 will be told to be there
    pub load_c0_i: Net<In, Bit>,
    /// a job for the walkers is there
    pub valid_o: Net<Out, Bit>,
    pub(crate) work_o: Work<Out>,

    /// 0: no job; 1: tiles are counted; 2, 3: what follows from their count; 4: the job goes
    #[hw(lanes = 3, style = config.control_style())]
    step_q: Reg<Bit>,
    #[hw(style = config.control_style())]
    work_q: Work<Stored>,
    /// nothing is to be stored
    #[hw(style = config.control_style())]
    wrong_q: Reg<Bit>,
    /// M
    #[hw(lanes = config.engine().dim_bits(), style = config.control_style())]
    m_q: Reg<Bit>,
    /// rows of the array that the job has
    #[hw(lanes = config.engine().dim_bits(), style = config.control_style())]
    r_q: Reg<Bit>,
    /// columns of the array that the job has
    #[hw(lanes = config.engine().dim_bits(), style = config.control_style())]
    n_q: Reg<Bit>,
    /// tiles of columns that are to take turns, or 0
    #[hw(lanes = 16, style = config.control_style())]
    panel_q: Reg<Bit>,
    /// words of the sums
    #[hw(lanes = config.sum_addr_bits(), style = config.control_style())]
    words_q: Reg<Bit>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl Intake {
    /// The last of a tile's `size` rows that `count` fill, the last of `tiles` tiles: count - 1, less all before.
    fn top(
        m: &mut Body,
        name: &str,
        (count, tiles): (&Reg<Bit>, &Reg<Bit>),
        size: usize,
        bits: usize,
    ) -> Expr {
        let last = minus(fit(count, bits), 1);
        if size.is_power_of_two() || size == 1 {
            return match size {
                1 => lit(0, bits),
                _ => last,
            };
        }
        let wide = bits.max(tiles.len());
        let before = minus(fit(tiles, wide), 1);
        let before = m.wire(&format!("{name}_before"), "tiles before the last", before);
        let before = fit(before, bits);
        let all = before.times(lit(size as u128, bits), bits);
        let all = m.wire(&format!("{name}_all"), "what is in them", all);
        last - all
    }

    /// A row that those of the first `groups` groups are not above: the kept ones behind it are above it.
    fn row(&self, m: &mut Body, name: &str, groups: usize) -> Expr {
        let config = &self._config;
        let tiles = groups * config.turns() - 1;
        let bits = self.m_q.len() + 1;
        let rows = |tiles: usize| {
            lit(
                ((tiles + 1) * config.rows).min(config.engine().max_dim) as u128,
                bits,
            )
        };
        let mut most = rows(0);
        for n in 1..=tiles.min(config.n_tiles()) {
            most = select(is(&self.work_q.n_tiles, n), rows(tiles / n), most);
        }
        let most = m.wire(&format!("{name}_rows"), "rows of the groups", most);
        let kept = e(&self.work_q.m_kept).wide(bits);
        let fewer = kept.clone().less_than(most.clone());
        let dropped = e(&self.m_q).wide(bits) - kept.clone();
        let row = minus(dropped + select(fewer, kept, most), 1);
        let row = m.wire(
            &format!("{name}_row"),
            "the highest row that may be theirs",
            row,
        );
        fit(row, config.index_bits())
    }
}

impl Describe for Intake {
    fn describe(&self, m: &mut Body) {
        let config = &self._config;
        let (job, kept, work) = (&self.job_i, &self.kept_i, &self.work_q);
        let (has_ws, has_os) = (config.dataflow.has_ws(), config.has_os());
        m.note("A job is taken, and four cycles later it goes.");
        let idle = m.wire("idle", "there is no job", is(&self.step_q, 0));
        m.assign(&self.ready_o, idle.clone());
        let take = m.wire("take", "a job is taken", e(&self.valid_i) & idle.clone());
        let last = m.wire("goes", "the job goes", is(&self.step_q, 4));
        m.assign(&self.valid_o, last.clone());
        let next = select(last, lit(0, 3), plus(&self.step_q, 1));
        m.reg(&self.step_q, take.clone() | !idle, next);
        let os = match (has_ws, has_os) {
            (true, true) => is(&job.layout, 2),
            (_, has_os) => e(has_os),
        };
        let os = m.wire("os", "the job is output-stationary", os);
        let none = |of: &Net<In, Bit>| !e(of).any();
        let wrong = m.wire("wrong", "the job is not to be done", e(&job.code).any());
        let empty = wrong.clone() | none(&kept.m_kept) | none(&kept.k_kept) | none(&kept.n_kept);
        m.note("What is told with it.");
        if work.os.is_present() {
            m.reg(&work.os, take.clone(), os.clone());
        }
        for (q, value) in [
            (&work.slot, e(&job.slot)),
            (&work.left, is(&job.layout, 1)),
            (&work.empty, empty),
            (&work.listed, e(&kept.listed_m)),
            (&work.resume, e(&job.resume)),
            (&work.stay, e(&job.stay)),
            (&work.c0, e(&job.c0)),
            (&work.bias, e(&job.bias)),
            (&work.load_a, e(&self.load_a_i)),
            (&work.load_c0, e(&self.load_c0_i)),
            (&work.m_kept, e(&kept.m_kept)),
            (&work.k_kept, e(&kept.k_kept)),
            (&work.a_base, e(&self.a_base_i)),
            (&work.sums, fit(&job.sums, config.sum_addr_bits())),
            (&self.wrong_q, wrong),
            (&self.m_q, e(&job.m)),
            (&self.r_q, select(os, &kept.m_kept, &kept.k_kept)),
            (&self.n_q, e(&kept.n_kept)),
            (&self.panel_q, e(&job.panel)),
        ] {
            m.reg(q, take.clone(), value);
        }
        m.note("Its tiles.");
        let most = config.engine().max_dim;
        let first = m.wire("first", "tiles are counted", is(&self.step_q, 1));
        let (r_bits, n_bits) = (config.r_count_bits(), config.n_count_bits());
        let tiles = groups(m, "r", (e(&self.r_q), most), config.rows, r_bits);
        m.reg(&work.r_tiles, first.clone(), tiles);
        let tiles = groups(m, "n", (e(&self.n_q), most), config.cols, n_bits);
        m.reg(&work.n_tiles, first, tiles);
        m.note("What follows from their number.");
        let second = m.wire("second", "tiles are known", is(&self.step_q, 2));
        let top = Self::top(
            m,
            "r",
            (&self.r_q, &work.r_tiles),
            config.rows,
            config.row_bits(),
        );
        m.reg(&work.r_top, second.clone(), top);
        let top = Self::top(
            m,
            "n",
            (&self.n_q, &work.n_tiles),
            config.cols,
            config.col_bits(),
        );
        m.reg(&work.n_top, second.clone(), top);
        let all = e(&self.panel_q).wide(n_bits.max(16));
        let all = !all.clone().any() | !all.less_than(e(&work.n_tiles).wide(n_bits.max(16)));
        let panel = select(all, &work.n_tiles, fit(&self.panel_q, n_bits));
        m.reg(&work.panel, second.clone(), panel);
        let bits = config.b_bits();
        let words = lit(config.engine().slot_words as u128 & ((1 << bits) - 1), bits);
        let span = fit(&work.k_kept, bits).times(words, bits);
        m.reg(&work.span, second.clone(), span);
        let bits = config.sum_addr_bits();
        let words = fit(&self.m_q, bits).times(fit(&work.n_tiles, bits), bits);
        m.reg(&self.words_q, second.clone(), words);
        let (top, next) = match has_os {
            true => (self.row(m, "group", 1), self.row(m, "groups", 2)),
            false => (lit(0, config.index_bits()), lit(0, config.index_bits())),
        };
        m.reg(&work.top, second.clone(), top);
        m.reg(&work.top_next, second, next);
        m.note("Where its sums are, of which the last may be the row of C0.");
        let behind = e(&work.sums) + &self.words_q;
        let behind = m.wire("behind", "the word behind the sums", behind);
        let more = e(&work.c0) & &work.bias;
        let more = select(more, fit(&work.n_tiles, bits), lit(0, bits));
        let last = m.wire("last", "the last word", minus(behind.clone() + more, 1));
        let high = |word: Expr| !word.less_than(lit(config.half_words() as u128, bits));
        let (low, high) = (!high(e(&work.sums)), high(last));
        let halves = select(e(&self.wrong_q), lit(0, 2), concat([high, low]));
        let third = m.wire("third", "words are counted", is(&self.step_q, 3));
        m.reg(&work.behind, third.clone(), behind);
        m.reg(&work.halves, third, halves);
        m.join(self.work_o.nets(), work.nets());
    }
}
