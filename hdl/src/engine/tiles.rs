//! The order of tiles, which all walkers follow.

use super::numbers::{is, minus, plus};
use crate::bundle::Running;
use crate::describe::{e, lit, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Walks the tiles of a job. Weight-stationary: for each panel, for each tile of rows, the panel's tiles of
/// columns. Output-stationary: tiles of rows, for each all tiles of columns, as many as take turns being a
/// group, which is gone through again and again.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct Tiles {
    clocked: Running,
    /// a job begins
    #[hw(group = "Job")]
    pub start_i: Net<In, Bit>,
    /// the job is output-stationary
    #[hw(when = config.has_both())]
    pub os_i: Net<In, Bit>,
    /// tiles of rows
    #[hw(lanes = config.r_count_bits())]
    pub r_tiles_i: Net<In, Bit>,
    /// tiles of columns
    #[hw(lanes = config.n_count_bits())]
    pub n_tiles_i: Net<In, Bit>,
    /// tiles of columns of a panel
    #[hw(lanes = config.n_count_bits(), when = config.dataflow.has_ws())]
    pub panel_i: Net<In, Bit>,
    /// on to the next tile
    #[hw(group = "Steps")]
    pub step_i: Net<In, Bit>,
    /// behind a group's last tile its first one comes again
    #[hw(when = config.has_os())]
    pub again_i: Net<In, Bit>,
    /// tile of rows
    #[hw(group = "The tile", lanes = config.r_count_bits())]
    pub r_o: Net<Out, Bit>,
    /// tile of columns
    #[hw(lanes = config.n_count_bits())]
    pub n_o: Net<Out, Bit>,
    /// the first tile of rows
    pub r_first_o: Net<Out, Bit>,
    /// the last tile of rows
    pub r_last_o: Net<Out, Bit>,
    /// the last tile of columns
    pub n_last_o: Net<Out, Bit>,
    /// the first tile of the panel
    #[hw(when = config.dataflow.has_ws())]
    pub panel_first_o: Net<Out, Bit>,
    /// the last tile of the panel
    #[hw(when = config.dataflow.has_ws())]
    pub panel_last_o: Net<Out, Bit>,
    /// there is no such tile: the group is filled up
    #[hw(when = config.has_os())]
    pub filler_o: Net<Out, Bit>,
    /// the first of a group
    #[hw(when = config.has_os())]
    pub turn_first_o: Net<Out, Bit>,
    /// the last of a group
    #[hw(when = config.has_os())]
    pub turn_last_o: Net<Out, Bit>,
    /// the last tile of the job, or of its last group
    pub last_o: Net<Out, Bit>,

    /// the job is output-stationary
    #[hw(when = config.has_both(), style = config.control_style())]
    os_q: Reg<Bit>,
    /// tiles of rows
    #[hw(lanes = config.r_count_bits(), style = config.control_style())]
    r_tiles_q: Reg<Bit>,
    /// tiles of columns
    #[hw(lanes = config.n_count_bits(), style = config.control_style())]
    n_tiles_q: Reg<Bit>,
    /// tile of rows
    #[hw(lanes = config.r_count_bits(), style = config.control_style())]
    r_q: Reg<Bit>,
    /// tile of columns
    #[hw(lanes = config.n_count_bits(), style = config.control_style())]
    n_q: Reg<Bit>,
    /// the tile of rows is the first one
    #[hw(style = config.control_style())]
    r_zero_q: Reg<Bit>,
    /// the last one
    #[hw(style = config.control_style())]
    r_last_q: Reg<Bit>,
    /// behind the last one
    #[hw(when = config.has_os(), style = config.control_style())]
    filler_q: Reg<Bit>,
    /// the tile of columns is the last one
    #[hw(style = config.control_style())]
    n_last_q: Reg<Bit>,
    /// the tile is the last of its panel
    #[hw(when = config.dataflow.has_ws(), style = config.control_style())]
    panel_last_q: Reg<Bit>,
    /// there is no panel behind this one
    #[hw(when = config.dataflow.has_ws(), style = config.control_style())]
    alone_q: Reg<Bit>,
    /// tile of columns of the panel's, or the group's, first tile
    #[hw(lanes = config.n_count_bits(), style = config.control_style())]
    n_first_q: Reg<Bit>,
    /// that tile is the last one of columns
    #[hw(style = config.control_style())]
    n_first_last_q: Reg<Bit>,
    /// tile of rows of the group's first tile
    #[hw(lanes = config.r_count_bits(), when = config.has_os(), style = config.control_style())]
    r_first_q: Reg<Bit>,
    /// that tile is the first one of rows
    #[hw(when = config.has_os(), style = config.control_style())]
    r_first_zero_q: Reg<Bit>,
    /// the last one
    #[hw(when = config.has_os(), style = config.control_style())]
    r_first_last_q: Reg<Bit>,
    /// behind the last one
    #[hw(when = config.has_os(), style = config.control_style())]
    r_first_filler_q: Reg<Bit>,
    /// there is one tile of rows
    #[hw(when = config.dataflow.has_ws(), style = config.control_style())]
    r_one_q: Reg<Bit>,
    /// there is one tile of columns
    #[hw(when = config.has_os(), style = config.control_style())]
    n_one_q: Reg<Bit>,
    /// which of those that take turns
    #[hw(lanes = config.turn_bits(), when = config.has_os() && config.turns() > 1, style = config.control_style())]
    turn_q: Reg<Bit>,
    /// tiles of a panel
    #[hw(lanes = config.n_count_bits(), when = config.dataflow.has_ws(), style = config.control_style())]
    panel_q: Reg<Bit>,
    /// tiles of this panel
    #[hw(lanes = config.n_count_bits(), when = config.dataflow.has_ws(), style = config.control_style())]
    size_q: Reg<Bit>,
    /// tiles of this panel that are left
    #[hw(lanes = config.n_count_bits(), when = config.dataflow.has_ws(), style = config.control_style())]
    left_q: Reg<Bit>,
    /// tiles behind this panel
    #[hw(lanes = config.n_count_bits(), when = config.dataflow.has_ws(), style = config.control_style())]
    after_q: Reg<Bit>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// A tile of rows, and what all walkers ask of it: known for each tile that may come, so that only the
/// choice among them is late.
#[derive(Clone)]
struct Row {
    at: Expr,
    zero: Expr,
    last: Expr,
    filler: Expr,
}

impl Row {
    fn select(when: &Expr, a: Row, b: Row) -> Row {
        let choose = |a, b| select(when.clone(), a, b);
        Row {
            at: choose(a.at, b.at),
            zero: choose(a.zero, b.zero),
            last: choose(a.last, b.last),
            filler: choose(a.filler, b.filler),
        }
    }
}

/// A tile of columns, and whether it is the last one.
#[derive(Clone)]
struct Column {
    at: Expr,
    last: Expr,
}

impl Column {
    fn select(when: &Expr, a: Column, b: Column) -> Column {
        Column {
            at: select(when.clone(), a.at, b.at),
            last: select(when.clone(), a.last, b.last),
        }
    }
}

/// Where the next tile is.
struct Next {
    r: Row,
    n: Column,
    n_first: Column,
    last: Expr,
}

/// Tiles that may be the next one: this one, the one behind it, the first of all.
struct Ups {
    r: [Row; 3],
    n: [Column; 3],
}

impl Describe for Tiles {
    fn describe(&self, m: &mut Body) {
        let config = &self._config;
        let (has_ws, has_os) = (config.dataflow.has_ws(), config.has_os());
        let (start, step) = (e(&self.start_i), e(&self.step_i));
        m.note("What holds for all of a job.");
        m.reg(&self.r_tiles_q, start.clone(), &self.r_tiles_i);
        m.reg(&self.n_tiles_q, start.clone(), &self.n_tiles_i);
        if self.os_q.is_present() {
            m.reg(&self.os_q, start.clone(), &self.os_i);
        }
        m.note("The tile, and whether there is one behind it.");
        m.assign(&self.r_o, &self.r_q);
        m.assign(&self.n_o, &self.n_q);
        m.assign(&self.r_first_o, &self.r_zero_q);
        m.assign(&self.r_last_o, &self.r_last_q);
        m.assign(&self.n_last_o, &self.n_last_q);
        let ups = self.ups(m);
        let ws = has_ws.then(|| self.panels(m, &ups));
        let os = has_os.then(|| self.turns(m, &ups));
        let next = match (ws, os) {
            (Some(ws), Some(os)) => {
                let is_os = e(&self.os_q);
                Next {
                    r: Row::select(&is_os, os.r, ws.r),
                    n: Column::select(&is_os, os.n, ws.n),
                    n_first: Column::select(&is_os, os.n_first, ws.n_first),
                    last: select(is_os, os.last, ws.last),
                }
            }
            (Some(next), None) | (None, Some(next)) => next,
            (None, None) => unreachable!("a dataflow"),
        };
        m.assign(&self.last_o, next.last.clone());
        self.ends(m, next, start.clone() | step);
    }
}

impl Tiles {
    /// Tiles that may be the next one.
    fn ups(&self, m: &mut Body) -> Ups {
        let up = |m: &mut Body, q: &Reg<Bit>, tiles: &Reg<Bit>, names: [&str; 2]| {
            let at = m.wire(names[0], "the tile behind this one", plus(q, 1));
            let last = match q.len() {
                1 => e(false),
                _ => plus(q, 2).is(tiles),
            };
            (at, m.wire(names[1], "that is the last one", last))
        };
        let (r_up, r_up_last) = up(m, &self.r_q, &self.r_tiles_q, ["r_up", "r_up_last"]);
        let (n_up, n_up_last) = up(m, &self.n_q, &self.n_tiles_q, ["n_up", "n_up_last"]);
        Ups {
            r: [
                Row {
                    at: e(&self.r_q),
                    zero: e(&self.r_zero_q),
                    last: e(&self.r_last_q),
                    filler: self.filler_q.or(false),
                },
                Row {
                    at: r_up,
                    zero: e(false),
                    last: r_up_last,
                    filler: e(&self.r_last_q),
                },
                Row {
                    at: lit(0, self.r_q.len()),
                    zero: e(true),
                    last: self.r_one_q.or(false),
                    filler: e(false),
                },
            ],
            n: [
                Column {
                    at: e(&self.n_q),
                    last: e(&self.n_last_q),
                },
                Column {
                    at: n_up,
                    last: n_up_last,
                },
                Column {
                    at: lit(0, self.n_q.len()),
                    last: self.n_one_q.or(false),
                },
            ],
        }
    }

    /// On to the next tile, or to the first of a job.
    fn ends(&self, m: &mut Body, next: Next, moves: Expr) {
        m.note("On to the next tile, or to the first of a job.");
        let start = e(&self.start_i);
        let moves = m.wire("moves", "another tile comes", moves);
        let r_one = m.wire(
            "r_one",
            "the job has one tile of rows",
            is(&self.r_tiles_i, 1),
        );
        let n_one = m.wire(
            "n_one",
            "the job has one tile of columns",
            is(&self.n_tiles_i, 1),
        );
        if self.r_one_q.is_present() {
            m.reg(&self.r_one_q, start.clone(), r_one.clone());
        }
        if self.n_one_q.is_present() {
            m.reg(&self.n_one_q, start.clone(), n_one.clone());
        }
        let row = Row {
            at: lit(0, self.r_q.len()),
            zero: e(true),
            last: r_one,
            filler: e(false),
        };
        let column = Column {
            at: lit(0, self.n_q.len()),
            last: n_one,
        };
        let first = Column::select(&start, column.clone(), next.n_first);
        m.reg(&self.n_first_q, moves.clone(), first.at);
        m.reg(&self.n_first_last_q, moves.clone(), first.last);
        let n = Column::select(&start, column, next.n);
        m.reg(&self.n_q, moves.clone(), n.at);
        m.reg(&self.n_last_q, moves.clone(), n.last);
        let r = Row::select(&start, row, next.r);
        m.reg(&self.r_q, moves.clone(), r.at);
        m.reg(&self.r_zero_q, moves.clone(), r.zero);
        m.reg(&self.r_last_q, moves.clone(), r.last);
        if self.filler_q.is_present() {
            m.reg(&self.filler_q, moves, r.filler);
        }
    }

    /// Weight-stationary: panels.
    fn panels(&self, m: &mut Body, ups: &Ups) -> Next {
        let (start, step) = (e(&self.start_i), e(&self.step_i));
        let [row, row_up, row_zero] = ups.r.clone();
        let [_, column_up, _] = ups.n.clone();
        let r_last = &row.last.clone();
        m.note("Panels: the last of fewer tiles.");
        let panel_last = e(&self.panel_last_q);
        let rounds = m.wire(
            "rounds",
            "the panel's last tile of all",
            panel_last.clone() & r_last.clone(),
        );
        m.assign(&self.panel_last_o, panel_last.clone());
        m.assign(&self.panel_first_o, e(&self.n_q).is(&self.n_first_q));
        let fewer = e(&self.after_q).less_than(&self.panel_q);
        let size = select(fewer, &self.after_q, &self.panel_q);
        let size = m.wire("next_size", "tiles of the next panel", size);
        m.reg(&self.panel_q, start.clone(), &self.panel_i);
        let changes = start.clone() | (step.clone() & rounds.clone());
        let changes = m.wire("changes", "another panel comes", changes);
        let first = |then: Expr, next: Expr| select(start.clone(), then, next);
        let value = first(e(&self.panel_i), size.clone());
        m.reg(&self.size_q, changes.clone(), value);
        let all = e(&self.n_tiles_i) - &self.panel_i;
        let value = first(all, e(&self.after_q) - size.clone());
        let value = m.wire("next_after", "tiles behind the next panel", value);
        m.reg(&self.after_q, changes.clone(), value.clone());
        m.reg(&self.alone_q, changes, !value.any());
        let again = select(r_last.clone(), size, &self.size_q);
        let left = select(panel_last.clone(), again, minus(&self.left_q, 1));
        let value = first(e(&self.panel_i), left);
        let value = m.wire("next_left", "tiles of the panel that are left then", value);
        m.reg(&self.left_q, start.clone() | step.clone(), value.clone());
        m.reg(&self.panel_last_q, start.clone() | step, is(value, 1));
        let back = panel_last.clone() & !r_last.clone();
        let first = Column {
            at: e(&self.n_first_q),
            last: e(&self.n_first_last_q),
        };
        Next {
            r: Row::select(
                &panel_last,
                Row::select(r_last, row_zero, row_up),
                row.clone(),
            ),
            n: Column::select(&back, first.clone(), column_up.clone()),
            n_first: Column::select(&rounds, column_up, first),
            last: rounds & &self.alone_q,
        }
    }

    /// Output-stationary: groups whose tiles take turns.
    fn turns(&self, m: &mut Body, ups: &Ups) -> Next {
        let [row, row_up, _] = ups.r.clone();
        let [column, column_up, column_zero] = ups.n.clone();
        let n_last = &column.last.clone();
        let (start, step) = (e(&self.start_i), e(&self.step_i));
        m.note("Groups: the last is filled up.");
        let filler = e(&self.filler_q);
        m.assign(&self.filler_o, filler.clone());
        let turns = self._config.turns();
        let (first, last) = match self.turn_q.is_present() {
            true => (is(&self.turn_q, 0), is(&self.turn_q, turns - 1)),
            false => (e(true), e(true)),
        };
        let last = m.wire("turn_last", "the last of a group", last);
        m.assign(&self.turn_first_o, first);
        m.assign(&self.turn_last_o, last.clone());
        if self.turn_q.is_present() {
            let zero = lit(0, self.turn_q.len());
            let next = select(start.clone() | last.clone(), zero, plus(&self.turn_q, 1));
            m.reg(&self.turn_q, start.clone() | step.clone(), next);
        }
        let column_on = Column::select(n_last, column_zero, column_up);
        let column_on = Column::select(&filler, column, column_on);
        let stays = m.wire("stays", "the row stays", filler.clone() | !n_last.clone());
        let ends = select(stays.clone(), filler, &self.r_last_q);
        let row_on = Row::select(&stays, row, row_up);
        let back = last.clone() & &self.again_i;
        let back = m.wire("back", "the group comes again", back);
        let on = last.clone() & !e(&self.again_i);
        let on = m.wire("on", "another group comes", on);
        let moves = start.clone() | (step & on.clone());
        let first = |then: Expr, next: &Expr| select(start.clone(), then, next.clone());
        let zero = lit(0, self.r_q.len());
        m.reg(&self.r_first_q, moves.clone(), first(zero, &row_on.at));
        let value = first(e(true), &row_on.zero);
        m.reg(&self.r_first_zero_q, moves.clone(), value);
        let one = is(&self.r_tiles_i, 1);
        m.reg(
            &self.r_first_last_q,
            moves.clone(),
            first(one, &row_on.last),
        );
        let value = first(e(false), &row_on.filler);
        m.reg(&self.r_first_filler_q, moves, value);
        let row_first = Row {
            at: e(&self.r_first_q),
            zero: e(&self.r_first_zero_q),
            last: e(&self.r_first_last_q),
            filler: e(&self.r_first_filler_q),
        };
        let column_first = Column {
            at: e(&self.n_first_q),
            last: e(&self.n_first_last_q),
        };
        Next {
            last: last & ends,
            r: Row::select(&back, row_first, row_on),
            n_first: Column::select(&on, column_on.clone(), column_first.clone()),
            n: Column::select(&back, column_first, column_on),
        }
    }
}
