//! The walker of seeds: which sum each beat or exchange starts from, and where it goes.

use super::fifo::Fifo;
use super::numbers::{fit, is, minus, plus, Packed};
use super::seed::{Seed, Step};
use super::tiles::Tiles;
use super::weights::either;
use super::work::Work;
use crate::bundle::Running;
use crate::describe::{
    bits_to, concat, e, lit, select, Body, Compiled, Describe, Expr, Maybe, Net, Reg, Stored,
};
use crate::ArrayConfig;
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
    /// jobs not stored whose sums are in the lower half
    #[hw(lanes = 3, style = config.control_style())]
    low_q: Reg<Bit>,
    /// jobs not stored whose sums are in the upper half
    #[hw(lanes = 3, style = config.control_style())]
    high_q: Reg<Bit>,
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
    #[hw(style = config.control_style())]
    listing_q: Step<Stored>,
    #[hw(style = config.control_style())]
    found_q: Step<Stored>,
    #[hw(style = config.control_style())]
    placed_q: Step<Stored>,
    /// m of the row that was found
    #[hw(lanes = config.index_bits(), style = config.control_style())]
    m_q: Reg<Bit>,
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
    #[hw(lanes = config.index_bits(), style = config.control_style())]
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
    #[hw(build = Fifo::new(config, 8, 2))]
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

/// What the walker keeps of a job.
fn jobs(config: &ArrayConfig) -> Packed {
    let os = usize::from(config.has_os());
    Packed::new([
        ("slot", 2),
        ("os", usize::from(config.has_both())),
        ("empty", 1),
        ("listed", 1),
        ("resume", 1),
        ("stay", os),
        ("c0", 1),
        ("bias", 1),
        ("load_c0", 1),
        ("m_kept", config.engine().dim_bits()),
        ("r_tiles", config.r_count_bits()),
        ("n_tiles", config.n_count_bits()),
        (
            "panel",
            usize::from(config.dataflow.has_ws()) * config.n_count_bits(),
        ),
        ("sums", config.sum_addr_bits()),
        ("behind", config.sum_addr_bits()),
        ("top", os * config.index_bits()),
        ("top_next", os * config.index_bits()),
        ("halves", 2),
    ])
}

/// A seed in the queue.
fn seeds(config: &ArrayConfig) -> Packed {
    let (ws, os) = (
        usize::from(config.dataflow.has_ws()),
        usize::from(config.has_os()),
    );
    Packed::new([
        ("os", usize::from(config.has_both())),
        ("x_last", os),
        ("keep", 1),
        ("zero", 1),
        ("last", 1),
        ("first", 1),
        ("resume", 1),
        ("open", os),
        ("group", os),
        ("start", ws),
        ("panel", ws),
        ("end", ws),
        ("order", config.order_bits()),
        ("from", config.sum_addr_bits()),
        ("to", config.sum_addr_bits()),
    ])
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

impl SeedWalker {
    /// How many there are, after `more` and `less`.
    fn count(m: &mut Body, q: &Reg<Bit>, more: Expr, less: Expr) {
        let up = more.clone() & !less.clone();
        let next = select(up, plus(q, 1), minus(q, 1));
        m.reg(q, more ^ less, next);
    }
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
        let clash = (halves.clone().bit(0) & e(&self.low_q).any())
            | (halves.clone().bit(1) & e(&self.high_q).any());
        let seeded = !job("load_c0") | e(&self.there_q).any();
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
        let room = m.wire(
            "room",
            "there is room for a seed",
            !is(&self.ahead_q, AHEAD),
        );
        let fire = m.wire("fire", "a seed goes", e(&self.active_q) & room.clone());
        let bits = self.number_q.len();
        let up = m.wire(
            "number_up",
            "number of the next row",
            plus(&self.number_q, 1),
        );
        let ws_last = up.clone().is(fit(&self.m_kept_q, bits));
        let ws_last = has_ws.then(|| m.wire("beat_last", "the tile's last beat", ws_last));
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
                let idle = m.wire("idle", "no job is at work", !e(&self.active_q));
                (done.clone() | idle.clone(), idle, None, e(false))
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
        let start = next & free & head.seeded.clone();
        let start = m.wire("start", "a job begins", start);
        let leaves = m.wire("leaves", "a job leaves the queue", start.clone() | pass);
        m.assign(&self.jobs.pop_ready_i, leaves.clone());
        Self::count(
            m,
            &self.there_q,
            e(&self.there_i),
            leaves.clone() & job("load_c0"),
        );

        m.note("Where sums lie of jobs that are not stored.");
        self.halves.push(m, leaves.clone(), [halves.clone()]);
        m.assign(&self.halves.pop_ready_i, &self.stored_i);
        let stored = m.wire(
            "stored",
            "the halves of the oldest job",
            &self.halves.pop_data_o,
        );
        for (q, half) in [(&self.low_q, 0), (&self.high_q, 1)] {
            let more = leaves.clone() & halves.clone().bit(half);
            let less = e(&self.stored_i) & stored.clone().bit(half);
            Self::count(m, q, more, less);
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
        let number = self.numbers(m, &going, &start, &last, up, &os);
        let goes = self.look_up(m, &going, number, ending, &os, &last);
        self.place(m, &going.row);
        let taken = self.queue(m);
        Self::count(m, &self.ahead_q, goes, taken);
    }
}

impl SeedWalker {
    /// The end of a run: whether a job may begin, whether none is at work, whether an exchange goes that ends
    /// the run, and whether it ends.
    fn ends(
        &self,
        m: &mut Body,
        head: &Head,
        going: &Going,
        os: &Expr,
        room: &Expr,
    ) -> (Expr, Expr, Option<Expr>, Expr) {
        m.note(
            "A run may go on with the next job if all rows of its first two groups are below those \
             that are still in the array, or if it has other words for its sums.",
        );
        let edge = e(&self.edge_q) | (going.done.clone() & os.clone());
        let edge = m.wire("at_edge", "the run may end here", edge);
        let listing = &self.listing_q;
        let found =
            (going.fire.clone() & going.group.clone()) | (e(&listing.valid) & &listing.group);
        let found = m.wire("unknown", "the last group's rows are not known yet", found);
        let (top, top_next) = &head.top;
        let last = e(&self.last_live_q) & !top_next.clone().less_than(&self.last_row_q);
        let prev = e(&self.prev_live_q) & !top.clone().less_than(&self.prev_row_q);
        let meets = m.wire(
            "meets",
            "rows of the next job may be in the array",
            last | prev,
        );
        let unable = select(head.resume.clone(), meets, head.clash.clone());
        let unable = m.wire("unable", "the run cannot go on with the next job", unable);
        let decides = edge.clone() & !found;
        let next = head.valid.clone() & !head.empty.clone() & head.os.clone();
        let on = decides.clone() & next & !unable.clone();
        let on = m.wire("on", "the run goes on with the next job", on);
        let other = select(
            head.empty.clone(),
            !head.seeded.clone() | (!head.resume.clone() & head.clash.clone()),
            !head.os.clone() | unable,
        );
        let none = !(e(&self.stay_q) & &self.more_i);
        let ends = decides & select(head.valid.clone(), other, none);
        let ends = m.wire("ends", "the run ends", ends);
        if let Some(queue) = self.ends.get() {
            queue.push(m, on.clone() | ends.clone(), [ends.clone()]);
            m.assign(&self.end_valid_o, &queue.pop_valid_o);
            m.assign(&self.end_o, &queue.pop_data_o);
            m.assign(&queue.pop_ready_i, &self.end_ready_i);
        }
        let decided = on.clone() | ends.clone();
        m.reg(&self.edge_q, e(true), edge & !decided);
        m.note("All rows are exchanged twice at the end of a run.");
        let left = m.wire("left", "exchanges are to come", e(&self.ending_q).any());
        let ending = m.wire(
            "ending",
            "such an exchange goes",
            left.clone() & room.clone(),
        );
        let all = lit(2 * self._config.exchanges() as u128, self.ending_q.len());
        let value = select(ends.clone(), all, minus(&self.ending_q, 1));
        m.reg(&self.ending_q, ends.clone() | ending.clone(), value);
        m.note("The lowest rows of the last two groups.");
        let group = e(&listing.valid) & &listing.group;
        let group = m.wire("group_found", "a group's lowest row is known", group);
        let changes = group.clone() | ends.clone();
        m.reg(&self.last_live_q, changes.clone(), !ends.clone());
        let prev = e(&self.last_live_q) & !ends.clone();
        m.reg(&self.prev_live_q, changes, prev);
        m.reg(&self.prev_row_q, group.clone(), &self.last_row_q);
        m.reg(&self.last_row_q, group, going.row.clone());
        let idle = !e(&self.active_q) & !left;
        let between = m.wire("between", "no job is at work", idle);
        let ws_done = going.done.clone() & !os.clone();
        let may = on | ws_done | (between.clone() & !e(&self.edge_q));
        (may, between, Some(ending), ends)
    }

    /// m of the row that was listed.
    fn row(&self, m: &mut Body) -> Expr {
        let listing = &self.listing_q;
        let row = select(e(&listing.listed), &self.list_index_i, &listing.number);
        m.wire("row", "m of the row", row)
    }

    /// The number of the row, and whether there is one.
    fn numbers(
        &self,
        m: &mut Body,
        going: &Going,
        start: &Expr,
        last: &Expr,
        up: Expr,
        os: &Expr,
    ) -> (Expr, Expr) {
        let config = &self._config;
        let (has_ws, has_os) = (config.dataflow.has_ws(), config.has_os());
        let bits = self.number_q.len();
        let zero = lit(0, bits);
        m.note("The number of the row.");
        let ws = has_ws.then(|| {
            let next = select(last.clone(), zero.clone(), up);
            (next, e(&self.number_q), e(true))
        });
        let os_next = has_os.then(|| {
            let turn_last = e(&self.tiles.turn_last_o);
            let stays = e(&self.tiles.filler_o) | !e(&self.tiles.n_last_o);
            let next = select(stays, &self.number_q, plus(&self.number_q, config.rows));
            let next = m.wire("number_on", "first row of the tile behind this", next);
            let on = going.fire.clone() & turn_last.clone() & last.clone();
            let value = select(start.clone(), zero.clone(), next.clone());
            m.reg(&self.number_first_q, on | start.clone(), value);
            let moves = going.fire.clone() & turn_last.clone();
            let clear = start.clone() | last.clone();
            let value = select(clear, lit(0, self.row_q.len()), plus(&self.row_q, 1));
            m.reg(&self.row_q, moves | start.clone(), value);
            let again = turn_last & !last.clone();
            let number = e(&self.number_q) + fit(&self.row_q, bits);
            let number = m.wire("row_number", "the number of the tile's row", number);
            let kept = number.clone().less_than(fit(&self.m_kept_q, bits));
            let keep = !e(&self.tiles.filler_o) & kept;
            (select(again, &self.number_first_q, next), number, keep)
        });
        let (next, number, keep) = match (ws, os_next) {
            (Some(ws), Some(its)) => (
                select(os.clone(), its.0, ws.0),
                select(os.clone(), its.1, ws.1),
                !os.clone() | its.2,
            ),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => unreachable!("a dataflow"),
        };
        let moves = going.fire.clone() | start.clone();
        m.reg(&self.number_q, moves, select(start.clone(), zero, next));
        let number = m.wire("number", "the number of the row", number);
        (number, keep)
    }

    /// Asks for the row in the list; whether anything goes.
    fn look_up(
        &self,
        m: &mut Body,
        going: &Going,
        (number, keep): (Expr, Expr),
        ending: Option<Expr>,
        os: &Expr,
        last: &Expr,
    ) -> Expr {
        let config = &self._config;
        let (tiles, step) = (&self.tiles, &self.listing_q);
        let number = fit(number, config.index_bits());
        m.assign(&self.list_addr_o, concat([e(&self.slot_q), number.clone()]));
        m.note("The list answers a cycle later.");
        let fire = going.fire.clone();
        let goes = fire.clone() | ending.clone().unwrap_or_else(|| e(false));
        let goes = m.wire("goes", "a seed or an exchange goes", goes);
        m.reg(&step.valid, e(true), goes.clone());
        if step.os.is_present() {
            let ends = ending.clone().unwrap_or_else(|| e(false));
            m.reg(&step.os, goes.clone(), os.clone() | ends);
        }
        if let Some(ending) = ending {
            let left = |n: usize| e(&self.ending_q).less_than(lit(n as u128, self.ending_q.len()));
            let (turns, all) = (config.turns(), config.exchanges());
            let second = left(turns + 1);
            let first = left(all + turns + 1) & !left(all + 1);
            let ends = select(ending, second | first, last.clone());
            m.reg(&step.x_last, goes.clone(), ends);
            m.reg(&step.open, goes.clone(), &self.open_q);
            m.reg(
                &step.group,
                goes.clone(),
                fire.clone() & going.group.clone(),
            );
        }
        m.reg(&step.keep, goes.clone(), fire.clone() & keep);
        let choose = match (config.dataflow.has_ws(), config.has_os()) {
            (true, true) => os.clone() | &tiles.r_first_o,
            (true, false) => e(&tiles.r_first_o),
            (false, _) => e(true),
        };
        m.reg(&step.last, goes.clone(), going.done.clone());
        m.reg(&step.first, goes.clone(), fire & &self.first_q);
        if step.start.is_present() {
            m.reg(&step.start, goes.clone(), &tiles.r_first_o);
            let panel = e(&tiles.panel_first_o) & &tiles.r_first_o & !e(&self.number_q).any();
            m.reg(&step.panel, goes.clone(), panel);
            m.reg(&step.end, goes.clone(), &tiles.r_last_o);
        }
        for (q, value) in [
            (&step.choose, choose),
            (&step.c0, e(&self.c0_q)),
            (&step.bias, e(&self.bias_q)),
            (&step.listed, e(&self.listed_q)),
            (&step.resume, e(&self.resume_q)),
            (&step.number, number),
            (&step.n, e(&tiles.n_o)),
            (&step.n_tiles, e(&self.n_tiles_q)),
            (&step.sums, e(&self.sums_q)),
            (&step.behind, e(&self.behind_q)),
        ] {
            m.reg(q, goes.clone(), value);
        }
        goes
    }

    /// From the row to its place.
    fn place(&self, m: &mut Body, row: &Expr) {
        let config = &self._config;
        let (always, step) = (e(true), &self.listing_q);
        m.note("The row is found: what it starts from follows.");
        m.regs(self.found_q.nets(), &always, step.nets());
        m.reg(&self.m_q, always.clone(), row.clone());
        let listed = e(&step.listed);
        let keep = e(&step.keep) & (!listed.clone() | &self.list_keep_i);
        m.reg(&self.kept_q, always.clone(), keep);
        let chosen = e(&step.choose) & (!listed | &self.list_fresh_i);
        let chosen = m.wire("chosen", "the row starts from zero or C0", chosen);
        m.reg(&self.zero_q, always.clone(), chosen.clone() & !e(&step.c0));
        let behind = chosen & &step.c0 & &step.bias;
        m.reg(&self.bias_row_q, always.clone(), behind);
        m.note("Then the word of its first sum.");
        m.regs(self.placed_q.nets(), &always, self.found_q.nets());
        for (q, value) in [
            (&self.placed_m_q, &self.m_q),
            (&self.placed_kept_q, &self.kept_q),
            (&self.placed_zero_q, &self.zero_q),
            (&self.placed_bias_row_q, &self.bias_row_q),
        ] {
            m.reg(q, always.clone(), value);
        }
        let bits = config.sum_addr_bits();
        let product = fit(&self.m_q, bits).times(fit(&self.found_q.n_tiles, bits), bits);
        m.reg(&self.product_q, always, product);
    }

    /// Seeds wait here; whether one leaves.
    fn queue(&self, m: &mut Body) -> Expr {
        let config = &self._config;
        let (step, fields) = (&self.placed_q, seeds(config));
        let n = fit(&step.n, config.sum_addr_bits());
        let to = e(&step.sums) + &self.product_q + n.clone();
        let to = m.wire("to", "the word of the sum", to);
        let from = select(e(&self.placed_bias_row_q), e(&step.behind) + n, to.clone());
        let bits = config.order_bits();
        let order = either(
            &step.os.or(config.has_os()),
            config.has_os().then(|| fit(&self.placed_m_q, bits)),
            config
                .dataflow
                .has_ws()
                .then(|| fit(&step.n, config.n_tile_bits()).wide(bits)),
        );
        let word = fields.join(&[
            ("os", step.os.or(false)),
            ("x_last", step.x_last.or(false)),
            ("keep", e(&self.placed_kept_q)),
            ("zero", e(&self.placed_zero_q)),
            ("last", e(&step.last)),
            ("first", e(&step.first)),
            ("resume", e(&step.resume)),
            ("open", step.open.or(false)),
            ("group", step.group.or(false)),
            ("start", step.start.or(false)),
            ("panel", step.panel.or(false)),
            ("end", step.end.or(false)),
            ("order", order),
            ("from", from),
            ("to", to),
        ]);
        m.note("Seeds wait here.");
        self.seeds.push(m, e(&step.valid), [word]);
        let seed = m.wire("seed", "the oldest seed", &self.seeds.pop_data_o);
        let out = &self.seed_o;
        for (port, name) in [
            (&out.os, "os"),
            (&out.x_last, "x_last"),
            (&out.keep, "keep"),
            (&out.zero, "zero"),
            (&out.last, "last"),
            (&out.first, "first"),
            (&out.resume, "resume"),
            (&out.open, "open"),
            (&out.group, "group"),
            (&out.start, "start"),
            (&out.panel, "panel"),
            (&out.end, "end"),
            (&out.order, "order"),
            (&out.from, "from"),
            (&out.to, "to"),
        ] {
            if port.is_present() {
                m.assign(port, fields.get(seed.clone(), name));
            }
        }
        m.assign(&self.seed_valid_o, &self.seeds.pop_valid_o);
        m.assign(&self.seeds.pop_ready_i, &self.seed_ready_i);
        let taken = e(&self.seeds.pop_valid_o) & &self.seed_ready_i;
        m.wire("taken", "a seed leaves", taken)
    }
}
