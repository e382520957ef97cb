//! The walker of seeds: which sum each beat or exchange starts from, and where it goes.

mod fields;
mod places;
mod runs;

use super::count::Count;
use super::fifo::Fifo;
use super::numbers::{fit, is, minus, plus, unread, Packed};
use super::seed::{Choice, Seed, Step};
use super::tiles::Tiles;
use super::weights::either;
use super::work::Work;
use crate::bundle::Running;
use crate::describe::{
    bits_to, concat, e, lit, select, Body, Compiled, Describe, Expr, Maybe, Net, Reg, Stored,
};
use crate::ArrayConfig;
use fields::{jobs, seeds};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Seeds that may be under way to where sums are read.
const AHEAD: usize = 8;

/// Walks the seeds: finds the row of each in the list of m and its word of the accumulators, and queues them.
/// It decides whether a run of output-stationary tiles ends with a job: it goes on with the next job if none
/// of its first two groups' rows can be one that is still in the array, and two exchanges of all rows end it.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct SeedWalker {
    clocked: Running,
    /// there is a job
    #[hw(group = "Jobs")]
    pub job_valid_i: Net<In, Bit>,
    pub(crate) work_i: Work<In>,
    /// a job is in an earlier stage, which waits for none that is here
    #[hw(when = config.has_os())]
    pub more_i: Net<In, Bit>,
    /// a job that has nothing to do has passed
    pub passed_o: Net<Out, Bit>,
    /// the sums of the oldest job are stored, or stay
    pub stored_i: Net<In, Bit>,
    /// the next job waits until sums are stored
    pub waits_stores_o: Net<Out, Bit>,
    /// C0 of another job is there
    pub there_i: Net<In, Bit>,
    /// the next job waits for its C0
    pub waits_c0_o: Net<Out, Bit>,
    /// it is known whether the run ends with the oldest job that has to know
    #[hw(group = "Ends of runs", when = config.has_os())]
    pub end_valid_o: Net<Out, Bit>,
    /// the run ends
    #[hw(when = config.has_os())]
    pub end_o: Net<Out, Bit>,
    /// that was heard
    #[hw(when = config.has_os())]
    pub end_ready_i: Net<In, Bit>,
    /// job slot and number
    #[hw(group = "List of m, told a cycle later", lanes = 2 + config.index_bits())]
    pub list_addr_o: Net<Out, Bit>,
    /// m
    #[hw(lanes = config.index_bits())]
    pub list_index_i: Net<In, Bit>,
    /// m is kept
    pub list_keep_i: Net<In, Bit>,
    /// no job before has a sum of the row
    pub list_fresh_i: Net<In, Bit>,
    /// a seed is there
    #[hw(group = "Seeds")]
    pub seed_valid_o: Net<Out, Bit>,
    /// the seed is taken
    pub seed_ready_i: Net<In, Bit>,
    pub(crate) seed_o: Seed<Out>,

    /// jobs whose C0 is there and not begun
    #[hw(lanes = 3, style = config.control_style())]
    there_q: Reg<Bit>,
    /// there is one
    #[hw(style = config.control_style())]
    there_any_q: Reg<Bit>,
    /// jobs not stored whose sums are in the lower half
    #[hw(lanes = 5, style = config.control_style())]
    low_q: Reg<Bit>,
    /// there is one
    #[hw(style = config.control_style())]
    low_any_q: Reg<Bit>,
    /// jobs not stored whose sums are in the upper half
    #[hw(lanes = 5, style = config.control_style())]
    high_q: Reg<Bit>,
    /// there is one
    #[hw(style = config.control_style())]
    high_any_q: Reg<Bit>,
    /// the next job begins
    #[hw(style = config.control_style())]
    begins_q: Reg<Bit>,
    /// a job is at work
    #[hw(style = config.control_style())]
    active_q: Reg<Bit>,
    /// the seed is the job's first
    #[hw(style = config.control_style())]
    first_q: Reg<Bit>,
    /// the job is output-stationary
    #[hw(when = config.has_both(), style = config.control_style())]
    os_q: Reg<Bit>,
    /// its slot
    #[hw(lanes = 2, style = config.control_style())]
    slot_q: Reg<Bit>,
    /// there is a list of m
    #[hw(style = config.control_style())]
    listed_q: Reg<Bit>,
    /// sums start from what the job before left
    #[hw(style = config.control_style())]
    resume_q: Reg<Bit>,
    /// sums stay for the next job
    #[hw(when = config.has_os(), style = config.control_style())]
    stay_q: Reg<Bit>,
    /// rows that are not resident start from C0
    #[hw(style = config.control_style())]
    c0_q: Reg<Bit>,
    /// C0 is one row
    #[hw(style = config.control_style())]
    bias_q: Reg<Bit>,
    /// the job goes on with an open run
    #[hw(when = config.has_os(), style = config.control_style())]
    open_q: Reg<Bit>,
    /// rows of sums
    #[hw(lanes = config.engine().dim_bits(), style = config.control_style())]
    m_kept_q: Reg<Bit>,
    /// tiles of columns
    #[hw(lanes = config.n_count_bits(), style = config.control_style())]
    n_tiles_q: Reg<Bit>,
    /// first word of the sums
    #[hw(lanes = config.sum_addr_bits(), style = config.control_style())]
    sums_q: Reg<Bit>,
    /// the word behind the sums
    #[hw(lanes = config.sum_addr_bits(), style = config.control_style())]
    behind_q: Reg<Bit>,
    /// number of the row; output-stationary of the tile's first row
    #[hw(lanes = config.number_bits(), style = config.control_style())]
    number_q: Reg<Bit>,
    /// the number is the tile's last, weight-stationary
    #[hw(when = config.dataflow.has_ws(), style = config.control_style())]
    beat_last_q: Reg<Bit>,
    /// there is one row of sums
    #[hw(when = config.dataflow.has_ws(), style = config.control_style())]
    one_q: Reg<Bit>,
    /// number of the first row of the group's first tile
    #[hw(lanes = config.number_bits(), when = config.has_os(), style = config.control_style())]
    number_first_q: Reg<Bit>,
    /// row of the tiles
    #[hw(lanes = config.row_bits(), when = config.has_os(), style = config.control_style())]
    row_q: Reg<Bit>,
    /// a job is done of which it is not decided whether the run ends
    #[hw(when = config.has_os(), style = config.control_style())]
    edge_q: Reg<Bit>,
    /// a run is open
    #[hw(when = config.has_os(), style = config.control_style())]
    run_q: Reg<Bit>,
    /// exchanges to come that end the run
    #[hw(lanes = bits_to(2 * config.exchanges()), when = config.has_os(), style = config.control_style())]
    ending_q: Reg<Bit>,
    /// the lowest row of the last group
    #[hw(lanes = config.index_bits(), when = config.has_os(), style = config.control_style())]
    last_row_q: Reg<Bit>,
    /// there is such a group
    #[hw(when = config.has_os(), style = config.control_style())]
    last_live_q: Reg<Bit>,
    /// the lowest row of the group before
    #[hw(lanes = config.index_bits(), when = config.has_os(), style = config.control_style())]
    prev_row_q: Reg<Bit>,
    /// there is such a group
    #[hw(when = config.has_os(), style = config.control_style())]
    prev_live_q: Reg<Bit>,
    /// seeds under way
    #[hw(lanes = 4, style = config.control_style())]
    ahead_q: Reg<Bit>,
    /// there is no room for another one
    #[hw(style = config.control_style())]
    ahead_full_q: Reg<Bit>,
    #[hw(style = config.control_style())]
    listing_q: Step<Stored>,
    #[hw(style = config.control_style())]
    choice_q: Choice<Stored>,
    #[hw(style = config.control_style())]
    found_q: Step<Stored>,
    #[hw(style = config.control_style())]
    placed_q: Step<Stored>,
    /// m of the row that was found
    #[hw(lanes = config.index_bits(), style = config.control_style())]
    m_q: Reg<Bit>,
    /// tiles of columns of its job
    #[hw(lanes = config.n_count_bits(), style = config.control_style())]
    found_n_tiles_q: Reg<Bit>,
    /// that row is kept
    #[hw(style = config.control_style())]
    kept_q: Reg<Bit>,
    /// it starts from zero
    #[hw(style = config.control_style())]
    zero_q: Reg<Bit>,
    /// it starts from the row behind the sums
    #[hw(style = config.control_style())]
    bias_row_q: Reg<Bit>,
    /// m of the row that was placed
    #[hw(lanes = config.index_bits(), when = config.has_os(), style = config.control_style())]
    placed_m_q: Reg<Bit>,
    /// that row is kept
    #[hw(style = config.control_style())]
    placed_kept_q: Reg<Bit>,
    /// it starts from zero
    #[hw(style = config.control_style())]
    placed_zero_q: Reg<Bit>,
    /// it starts from the row behind the sums
    #[hw(style = config.control_style())]
    placed_bias_row_q: Reg<Bit>,
    /// words from the first one to the row's
    #[hw(lanes = config.sum_addr_bits(), style = config.control_style())]
    product_q: Reg<Bit>,

    #[hw(build = Fifo::new(config, 4, jobs(config).bits()))]
    jobs: Fifo,
    #[hw(build = Fifo::new(config, 16, 2))]
    halves: Fifo,
    #[hw(build = Maybe::new(config.has_os().then(|| Fifo::new(config, 4, 1))))]
    ends: Maybe<Fifo>,
    tiles: Tiles,
    #[hw(build = Fifo::new(config, AHEAD, seeds(config).bits()))]
    seeds: Fifo,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// The next job, and whether it could begin.
struct Head {
    valid: Expr,
    os: Expr,
    empty: Expr,
    resume: Expr,
    /// Its C0 is there, if it takes one.
    seeded: Expr,
    /// Sums of a job that is not stored lie where its own are to be.
    clash: Expr,
    /// Not above this row are those of its first group, and of the second.
    top: (Expr, Expr),
}

/// What goes in a cycle.
struct Going {
    fire: Expr,
    /// It is the job's last.
    done: Expr,
    /// The first of a group.
    group: Expr,
    /// The row that was listed.
    row: Expr,
}

impl Describe for SeedWalker {
    fn describe(&self, m: &mut Body) {
        let config = &self._config;
        let (has_ws, has_os) = (config.dataflow.has_ws(), config.has_os());
        let (fields, work) = (jobs(config), &self.work_i);
        let word = fields.join(&[
            ("slot", e(&work.slot)),
            ("os", work.os.or(has_os)),
            ("empty", e(&work.empty)),
            ("listed", e(&work.listed)),
            ("resume", e(&work.resume)),
            ("stay", e(&work.stay)),
            ("c0", e(&work.c0)),
            ("bias", e(&work.bias)),
            ("load_c0", e(&work.load_c0)),
            ("m_kept", e(&work.m_kept)),
            ("r_tiles", e(&work.r_tiles)),
            ("n_tiles", e(&work.n_tiles)),
            ("panel", e(&work.panel)),
            ("sums", e(&work.sums)),
            ("behind", e(&work.behind)),
            ("top", e(&work.top)),
            ("top_next", e(&work.top_next)),
            ("halves", e(&work.halves)),
        ]);
        m.note("Jobs wait here.");
        self.jobs.push(m, e(&self.job_valid_i), [word]);
        let job = m.wire("job", "the next job", &self.jobs.pop_data_o);
        let job = |name: &str| fields.get(job.clone(), name);
        let halves = job("halves");
        let clash =
            (halves.clone().bit(0) & &self.low_any_q) | (halves.clone().bit(1) & &self.high_any_q);
        let seeded = !job("load_c0") | &self.there_any_q;
        let head = Head {
            valid: e(&self.jobs.pop_valid_o),
            os: match config.has_both() {
                true => job("os"),
                false => e(has_os),
            },
            empty: job("empty"),
            resume: job("resume"),
            seeded: m.wire("seeded", "C0 of the next job is there", seeded),
            clash: m.wire(
                "clash",
                "sums lie where those of the next job are to be",
                clash,
            ),
            top: match has_os {
                true => (job("top"), job("top_next")),
                false => (e(false), e(false)),
            },
        };

        let os = self.os_q.or(has_os);
        m.note("A seed goes where there is room for it.");
        let room = m.wire("room", "there is room for a seed", !e(&self.ahead_full_q));
        let fire = m.wire("fire", "a seed goes", e(&self.active_q) & room.clone());
        let up = m.wire(
            "number_up",
            "number of the next row",
            plus(&self.number_q, 1),
        );
        let ws_last = has_ws.then(|| e(&self.beat_last_q));
        let os_last = has_os.then(|| {
            let last = is(&self.row_q, config.rows - 1);
            m.wire("row_last", "the last row of the tiles", last)
        });
        let last = either(&os, os_last.clone(), ws_last.clone());
        let last = m.wire("last", "the last row of the tile, or of the group's", last);
        let done = fire.clone() & last.clone() & &self.tiles.last_o;
        let done = m.wire("done", "the job's last seed goes", done);
        let first_row = has_os.then(|| !e(&self.row_q).any() & &self.tiles.turn_first_o);
        let group = match first_row {
            Some(first) => m.wire("group", "the first of a group", os.clone() & first),
            None => e(false),
        };
        let going = Going {
            fire: fire.clone(),
            done: done.clone(),
            group,
            row: self.row(m),
        };

        let (idle, between, ending, ends) = match has_os {
            true => self.ends(m, &head, &going, &os, &room),
            false => {
                let idle = !(e(&self.active_q) | &self.begins_q);
                let idle = m.wire("idle", "no job is at work", idle);
                (idle.clone(), idle, None, e(false))
            }
        };
        let idle = m.wire("may", "a job may begin", idle);
        m.note("The next job begins when its C0 is there and its sums' place is free.");
        let free = head.resume.clone() | !head.clash.clone();
        let free = m.wire("free", "its sums' place is free", free);
        let able = free.clone() & head.seeded.clone();
        let pass = head.valid.clone() & head.empty.clone() & able & between;
        let pass = m.wire("pass", "a job passes that has nothing to do", pass);
        m.assign(&self.passed_o, pass.clone());
        let next = head.valid.clone() & !head.empty.clone() & idle;
        let next = m.wire("next", "a job would begin", next);
        m.assign(&self.waits_stores_o, next.clone() & !free.clone());
        let waits = next.clone() & free.clone() & !head.seeded.clone();
        m.assign(&self.waits_c0_o, waits);
        m.note("That is decided a cycle before: many registers wait for it.");
        m.reg(&self.begins_q, e(true), next & free & head.seeded.clone());
        let start = e(&self.begins_q);
        let leaves = m.wire("leaves", "a job leaves the queue", start.clone() | pass);
        m.assign(&self.jobs.pop_ready_i, leaves.clone());
        let loads = leaves.clone() & job("load_c0");
        Count::new(m, &self.there_q, e(&self.there_i), loads).any(m, &self.there_any_q);

        m.note("Where sums lie of jobs that are not stored.");
        self.halves.push(m, leaves.clone(), [halves.clone()]);
        m.assign(&self.halves.pop_ready_i, &self.stored_i);
        let stored = m.wire(
            "stored",
            "the halves of the oldest job",
            &self.halves.pop_data_o,
        );
        let used = [
            (&self.low_q, &self.low_any_q),
            (&self.high_q, &self.high_any_q),
        ];
        for (half, (q, any)) in used.into_iter().enumerate() {
            let more = leaves.clone() & halves.clone().bit(half);
            let less = e(&self.stored_i) & stored.clone().bit(half);
            Count::new(m, q, more, less).any(m, any);
        }

        m.note("What holds for all of a job.");
        m.reg(&self.active_q, start.clone() | done.clone(), start.clone());
        m.reg(&self.first_q, start.clone() | fire.clone(), start.clone());
        if self.os_q.is_present() {
            m.reg(&self.os_q, start.clone(), job("os"));
            m.assign(&self.tiles.os_i, job("os"));
        }
        if has_os {
            m.reg(&self.stay_q, start.clone(), job("stay"));
            m.reg(&self.open_q, start.clone(), &self.run_q);
            let begins = start.clone() & head.os.clone();
            m.reg(&self.run_q, begins | ends.clone(), !ends);
        }
        for (q, name) in [
            (&self.slot_q, "slot"),
            (&self.listed_q, "listed"),
            (&self.resume_q, "resume"),
            (&self.c0_q, "c0"),
            (&self.bias_q, "bias"),
            (&self.m_kept_q, "m_kept"),
            (&self.n_tiles_q, "n_tiles"),
            (&self.sums_q, "sums"),
            (&self.behind_q, "behind"),
        ] {
            m.reg(q, start.clone(), job(name));
        }
        m.assign(&self.tiles.start_i, start.clone());
        m.assign(&self.tiles.r_tiles_i, job("r_tiles"));
        m.assign(&self.tiles.n_tiles_i, job("n_tiles"));
        if has_ws {
            m.assign(&self.tiles.panel_i, job("panel"));
        }
        let ws_step = ws_last.clone();
        let step = either(&os, has_os.then(|| e(true)), ws_step);
        m.assign(&self.tiles.step_i, fire.clone() & step);
        if has_os {
            m.assign(&self.tiles.again_i, !last.clone());
        }
        let number = self.numbers(m, &going, (&start, job("m_kept")), &last, up, &os);
        let goes = self.look_up(m, &going, number, ending, &os, &last);
        self.place(m, &going.row);
        let taken = self.queue(m);
        unread(
            m,
            &[
                &self.jobs.push_ready_o,
                &self.halves.push_ready_o,
                &self.halves.pop_valid_o,
            ],
        );
        unread(m, &[&self.seeds.push_ready_o, &self.tiles.r_o]);
        match has_ws {
            true => unread(m, &[&self.tiles.panel_last_o]),
            false => unread(m, &[&self.tiles.r_first_o, &self.tiles.r_last_o]),
        }
        match self.ends.get() {
            Some(ends) => unread(m, &[&ends.push_ready_o]),
            None => unread(m, &[&self.tiles.n_last_o]),
        }
        Count::new(m, &self.ahead_q, goes, taken).full(m, &self.ahead_full_q, AHEAD);
    }
}

impl SeedWalker {
    /// m of the row that was listed.
    fn row(&self, m: &mut Body) -> Expr {
        let row = select(
            e(&self.choice_q.listed),
            &self.list_index_i,
            &self.choice_q.number,
        );
        m.wire("row", "m of the row", row)
    }
}
