//! Networks that join the kept units of a word, and that part them again.

use crate::describe::{bits_to, Body, Describe, Expr, Net, Shape, Size};
use crate::ArrayConfig;
use crate::Site;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Of each kept unit of a word how many units below it are dropped, and how many units are kept.
/// Combinational.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(manual)]
pub struct Ranks {
    /// kept units
    pub kept_i: Net<In, Bit>,
    /// of a kept unit, how many below are dropped; of others 0
    pub fall_o: Net<Out, Bit>,
    /// how many are kept
    pub count_o: Net<Out, Bit>,
}

impl Ranks {
    /// Those of a word of `units` units, a power of two, 2 or more.
    pub fn new(config: &Site, units: usize) -> Self {
        let lanes = |size| Shape::default().with_lanes(size);
        let levels = bits_to(units - 1);
        let falls = lanes(Size::Name("UNITS") * Size::Name("LEVELS"));
        Self {
            kept_i: Net::with_count(config, &lanes(Size::Name("UNITS")), units),
            fall_o: Net::with_count(config, &falls, units * levels),
            count_o: Net::with_count(config, &lanes(Size::Name("LEVELS") + 1), levels + 1),
        }
    }

    /// Ranks of the units that `kept` says.
    pub(super) fn of(&self, m: &mut Body, kept: impl Into<Expr>) {
        let units = self.kept_i.len();
        m.parameter(&self.kept_i, "UNITS", units);
        m.parameter(&self.kept_i, "LEVELS", bits_to(units - 1));
        m.assign(&self.kept_i, kept);
    }
}

impl Logic for Ranks {
    fn update(&mut self) {
        let levels = self.count_o.len() - 1;
        let (mut dropped, mut kept) = (0, 0);
        for unit in 0..self.kept_i.len() {
            let is_kept = self.kept_i.get(unit);
            for bit in 0..levels {
                let fall = is_kept && dropped >> bit & 1 == 1;
                self.fall_o.set(unit * levels + bit, fall);
            }
            dropped += usize::from(!is_kept);
            kept += usize::from(is_kept);
        }
        for bit in 0..=levels {
            self.count_o.set(bit, kept >> bit & 1 == 1);
        }
    }

    fn connect(&mut self) {
        self.fall_o.connect();
        self.count_o.connect();
    }
}

impl Describe for Ranks {
    fn describe(&self, m: &mut Body) {
        let text = include_str!("ranks.v").to_owned();
        m.cell(text, vec![("UNITS", 2), ("LEVELS", 1)]);
    }
}

/// Moves the kept units of a word to its bottom, or from there back to their places. Combinational.
/// What comes out beside kept units is unspecified.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(manual, name = self.kind(), about = self.purpose())]
pub struct Routes {
    /// how far each kept unit is from its rank, others 0
    pub fall_i: Net<In, Bit>,
    /// units
    pub data_i: Net<In, Bit>,
    /// the same, moved
    pub data_o: Net<Out, Bit>,
    _parts: bool,
}

impl Routes {
    fn new(config: &Site, units: usize, bits: usize, parts: bool) -> Self {
        let lanes = |size| Shape::default().with_lanes(size);
        let levels = bits_to(units - 1);
        let falls = lanes(Size::Name("UNITS") * Size::Name("LEVELS"));
        let data = lanes(Size::Name("UNITS") * Size::Name("BITS"));
        Self {
            fall_i: Net::with_count(config, &falls, units * levels),
            data_i: Net::with_count(config, &data, units * bits),
            data_o: Net::with_count(config, &data, units * bits),
            _parts: parts,
        }
    }

    /// Joins the kept ones of `units` units of `bits` bits.
    pub fn join(config: &Site, units: usize, bits: usize) -> Self {
        Self::new(config, units, bits, false)
    }

    /// Parts what was joined: brings unit 0 to the place of the first kept one, and so on.
    pub fn part(config: &Site, units: usize, bits: usize) -> Self {
        Self::new(config, units, bits, true)
    }

    fn kind(&self) -> &'static str {
        match self._parts {
            true => "part_units",
            false => "join_units",
        }
    }

    fn purpose(&self) -> &'static str {
        match self._parts {
            true => {
                "Moves units from the bottom of a word to the places of the kept ones, in their order. \
                 Combinational. What comes out at other places is unspecified."
            }
            false => {
                "Moves the kept units of a word to its bottom, in their order. Combinational. What comes \
                 out above them is unspecified."
            }
        }
    }

    /// Of the units of `bits` bits in `data`, the kept ones' ways being `fall`.
    pub(super) fn of(
        &self,
        m: &mut Body,
        bits: usize,
        fall: impl Into<Expr>,
        data: impl Into<Expr>,
    ) {
        let units = self.data_i.len() / bits;
        m.parameter(&self.data_i, "UNITS", units);
        m.parameter(&self.data_i, "LEVELS", bits_to(units - 1));
        m.parameter(&self.data_i, "BITS", bits);
        m.assign(&self.fall_i, fall);
        m.assign(&self.data_i, data);
    }
}

impl Logic for Routes {
    fn update(&mut self) {
        // UNITS x LEVELS bits say where UNITS x BITS go.
        let all = self.fall_i.len();
        let levels = (1..).find(|levels| levels << levels == all).unwrap_or(1);
        let units = 1 << levels;
        let bits = self.data_i.len() / units;
        let fall = |unit: usize| -> usize {
            (0..levels)
                .map(|bit| usize::from(self.fall_i.get(unit * levels + bit)) << bit)
                .sum()
        };
        let old: Vec<Bit> = (0..units * bits).map(|bit| self.data_i.get(bit)).collect();
        let mut new = old.clone();
        // From the highest down, so that a unit which falls is not overwritten by one that stays dropped.
        let ways: Vec<usize> = (0..units).map(fall).collect();
        for (unit, way) in ways.into_iter().enumerate() {
            let (from, to) = match self._parts {
                true => (unit - way.min(unit), unit),
                false => (unit, unit - way.min(unit)),
            };
            if way > 0 {
                new[to * bits..][..bits].copy_from_slice(&old[from * bits..][..bits]);
            }
        }
        for (bit, value) in new.into_iter().enumerate() {
            self.data_o.set(bit, value);
        }
    }

    fn connect(&mut self) {
        self.data_o.connect();
    }
}

/// Steps down, the smallest first.
const JOIN: &str = "  always @(*) begin
    data = data_i;
    for (level = 0; level < LEVELS; level = level + 1) begin
      for (unit = 0; unit + (1 << level) < UNITS; unit = unit + 1) begin
        if (moves[level*UNITS+unit+(1 << level)]) begin
          data[unit*BITS +: BITS] = data[(unit+(1 << level))*BITS +: BITS];
        end
      end
    end
  end";

/// The same steps back, the largest first.
const PART: &str = "  always @(*) begin
    data = data_i;
    for (level = LEVELS - 1; level >= 0; level = level - 1) begin
      for (unit = UNITS - 1; unit >= (1 << level); unit = unit - 1) begin
        if (moves[level*UNITS+unit]) begin
          data[unit*BITS +: BITS] = data[(unit-(1 << level))*BITS +: BITS];
        end
      end
    end
  end";

impl Describe for Routes {
    fn describe(&self, m: &mut Body) {
        let (way, from, to) = match self._parts {
            true => (
                PART,
                "units, joined",
                "units at the places of the kept ones",
            ),
            false => (JOIN, "units", "the kept ones, joined"),
        };
        let text = include_str!("routes.v")
            .replace("/*way*/", way)
            .replace("/*from*/", from)
            .replace("/*to*/", to);
        m.cell(text, vec![("UNITS", 2), ("LEVELS", 1), ("BITS", 1)]);
    }
}
