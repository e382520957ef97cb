//! The order of tiles, which all walkers follow.

mod next;

use super::numbers::{is, minus, plus};
use crate::bundle::Running;
use crate::describe::{e, lit, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::ArrayConfig;
use heddle_derive::Module;
use next::{Column, Next, Row, Ups};
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
        self.ends(m, next, ups.begun, start.clone() | step);
    }
}

impl Tiles {
    /// Registers of the tile of rows.
    fn row(&self) -> [&Reg<Bit>; 4] {
        [&self.r_q, &self.r_zero_q, &self.r_last_q, &self.filler_q]
    }

    /// Those of the group's first one.
    fn row_first(&self) -> [&Reg<Bit>; 4] {
        let (zero, last) = (&self.r_first_zero_q, &self.r_first_last_q);
        [&self.r_first_q, zero, last, &self.r_first_filler_q]
    }

    /// Those of the tile of columns of the panel's, or the group's, first one.
    fn column_first(&self) -> [&Reg<Bit>; 2] {
        [&self.n_first_q, &self.n_first_last_q]
    }

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
        let (at, last) = up(m, &self.r_q, &self.r_tiles_q, ["r_up", "r_up_last"]);
        let row_up = Row {
            at,
            zero: e(false),
            last,
            filler: e(&self.r_last_q),
        };
        let (at, last) = up(m, &self.n_q, &self.n_tiles_q, ["n_up", "n_up_last"]);
        let column_up = Column { at, last };
        m.note("There may be one only.");
        let one = |m: &mut Body, q: &Reg<Bit>, name: &str, doc: &str, tiles: &Net<In, Bit>| {
            let begun = m.wire(name, doc, is(tiles, 1));
            if q.is_present() {
                m.reg(q, e(&self.start_i), begun.clone());
            }
            (q.or(false), begun)
        };
        let doc = "the job has one tile of rows";
        let (r_one, r_begun) = one(m, &self.r_one_q, "r_one", doc, &self.r_tiles_i);
        let doc = "the job has one tile of columns";
        let (n_one, n_begun) = one(m, &self.n_one_q, "n_one", doc, &self.n_tiles_i);
        let (rows, columns) = (self.r_q.len(), self.n_q.len());
        Ups {
            r: [Row::held(self.row()), row_up, Row::first(rows, r_one)],
            n: [
                Column::held([&self.n_q, &self.n_last_q]),
                column_up,
                Column::first(columns, n_one),
            ],
            begun: (Row::first(rows, r_begun), Column::first(columns, n_begun)),
        }
    }

    /// On to the next tile, or to the first of a job.
    fn ends(&self, m: &mut Body, next: Next, (row, column): (Row, Column), moves: Expr) {
        m.note("On to the next tile, or to the first of a job.");
        let start = e(&self.start_i);
        let moves = m.wire("moves", "another tile comes", moves);
        let first = Column::select(&start, column.clone(), next.n_first);
        first.hold(m, &moves, self.column_first());
        let n = Column::select(&start, column, next.n);
        n.hold(m, &moves, [&self.n_q, &self.n_last_q]);
        Row::select(&start, row, next.r).hold(m, &moves, self.row());
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
        let first = Column::held(self.column_first());
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
        let first = Row::select(&start, ups.begun.0.clone(), row_on.clone());
        first.hold(m, &moves, self.row_first());
        let row_first = Row::held(self.row_first());
        let column_first = Column::held(self.column_first());
        Next {
            last: last & ends,
            r: Row::select(&back, row_first, row_on),
            n_first: Column::select(&on, column_on.clone(), column_first.clone()),
            n: Column::select(&back, column_first, column_on),
        }
    }
}
