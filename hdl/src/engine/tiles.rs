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
    /// tile of rows of the group's first tile
    #[hw(lanes = config.r_count_bits(), when = config.has_os(), style = config.control_style())]
    r_first_q: Reg<Bit>,
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

/// Where the next tile is.
struct Next {
    r: Expr,
    n: Expr,
    n_first: Expr,
    last: Expr,
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
        let r_up = m.wire("r_up", "the next tile of rows", plus(&self.r_q, 1));
        let n_up = m.wire("n_up", "the next tile of columns", plus(&self.n_q, 1));
        m.assign(&self.r_o, &self.r_q);
        m.assign(&self.n_o, &self.n_q);
        m.assign(&self.r_first_o, &self.r_zero_q);
        m.assign(&self.r_last_o, &self.r_last_q);
        m.assign(&self.n_last_o, &self.n_last_q);
        let ups = (r_up, n_up, e(&self.r_last_q), e(&self.n_last_q));
        let ws = has_ws.then(|| self.panels(m, &ups));
        let os = has_os.then(|| self.turns(m, &ups));
        let next = match (ws, os) {
            (Some(ws), Some(os)) => {
                let choose = |os: Expr, ws: Expr| select(e(&self.os_q), os, ws);
                Next {
                    r: choose(os.r, ws.r),
                    n: choose(os.n, ws.n),
                    n_first: choose(os.n_first, ws.n_first),
                    last: choose(os.last, ws.last),
                }
            }
            (Some(next), None) | (None, Some(next)) => next,
            (None, None) => unreachable!("a dataflow"),
        };
        m.assign(&self.last_o, next.last);
        m.note("On to the next tile, or to the first of a job.");
        let moves = m.wire("moves", "another tile comes", start.clone() | step);
        let zero = lit(0, self.n_first_q.len());
        let first = select(start, zero, next.n_first);
        m.reg(&self.n_first_q, moves.clone(), first);
        self.ends(m, (next.r, next.n), moves);
    }
}

type Ups = (Expr, Expr, Expr, Expr);

impl Tiles {
    /// What is known of the tile that comes, before it is there: all walkers wait for this.
    fn ends(&self, m: &mut Body, (r, n): (Expr, Expr), moves: Expr) {
        let start = e(&self.start_i);
        let (r_zero, n_zero) = (lit(0, self.r_q.len()), lit(0, self.n_q.len()));
        let r = select(start.clone(), r_zero, r);
        let r = m.wire("r_next", "the tile of rows that comes", r);
        let n = select(start.clone(), n_zero, n);
        let n = m.wire("n_next", "the tile of columns that comes", n);
        let rows = select(start.clone(), &self.r_tiles_i, &self.r_tiles_q);
        let rows = m.wire("rows", "how many tiles of rows there are then", rows);
        let cols = select(start, &self.n_tiles_i, &self.n_tiles_q);
        m.reg(&self.r_q, moves.clone(), r.clone());
        m.reg(&self.n_q, moves.clone(), n.clone());
        m.reg(&self.r_zero_q, moves.clone(), !r.clone().any());
        let last = plus(r.clone(), 1).is(rows.clone());
        m.reg(&self.r_last_q, moves.clone(), last);
        if self.filler_q.is_present() {
            m.reg(&self.filler_q, moves.clone(), r.is(rows));
        }
        m.reg(&self.n_last_q, moves, plus(n, 1).is(cols));
    }

    /// Weight-stationary: panels.
    fn panels(&self, m: &mut Body, (r_up, n_up, r_last, _): &Ups) -> Next {
        let (start, step) = (e(&self.start_i), e(&self.step_i));
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
        let zero = lit(0, self.r_q.len());
        let r = select(r_last.clone(), zero, r_up.clone());
        let back = panel_last.clone() & !r_last.clone();
        Next {
            r: select(panel_last, r, &self.r_q),
            n: select(back, &self.n_first_q, n_up.clone()),
            n_first: select(rounds.clone(), n_up.clone(), &self.n_first_q),
            last: rounds & &self.alone_q,
        }
    }

    /// Output-stationary: groups whose tiles take turns.
    fn turns(&self, m: &mut Body, (r_up, n_up, _, n_last): &Ups) -> Next {
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
        let zero = lit(0, self.n_q.len());
        let n = select(n_last.clone(), zero, n_up.clone());
        let n = m.wire(
            "n_on",
            "columns behind this",
            select(filler.clone(), &self.n_q, n),
        );
        let stays = m.wire("stays", "the row stays", filler.clone() | !n_last.clone());
        let ends = select(stays.clone(), filler, &self.r_last_q);
        let r = m.wire(
            "r_on",
            "rows behind this",
            select(stays, &self.r_q, r_up.clone()),
        );
        let back = last.clone() & &self.again_i;
        let back = m.wire("back", "the group comes again", back);
        let on = last.clone() & !e(&self.again_i);
        let on = m.wire("on", "another group comes", on);
        let zero = lit(0, self.r_q.len());
        let moves = start.clone() | (step & on.clone());
        m.reg(&self.r_first_q, moves, select(start, zero, r.clone()));
        Next {
            last: last & ends,
            r: select(back.clone(), &self.r_first_q, r),
            n_first: select(on, n.clone(), &self.n_first_q),
            n: select(back, &self.n_first_q, n),
        }
    }
}
