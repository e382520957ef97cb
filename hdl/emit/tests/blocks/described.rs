//! Blocks with a description: one text from it, one simulation.

use crate::ticks::Ticks;
use crate::{accepted, config, has_lines, top, Grid, COLS, ROWS};
use heddle_derive::Module;
use heddle_emit::describe::{
    e, lit, Body, Clocked, Compiled, Describe, Many, Maybe, Net, Pins, Reg, Reset, Site, Style,
    Ungated,
};
use heddle_emit::emit;
use rust_hdl::prelude::*;

#[test]
fn a_counter_takes_no_more_than_thirty_lines() {
    assert!(include_str!("ticks.rs").lines().count() <= 30);
    let mut ticks = Pins::new(Ticks::at(&Site::whole(&config())));
    let mut expected = 0;
    for step in 0..700 {
        let (rst_n, en) = (step != 500, step % 3 != 0);
        ticks.set("rst_ni", rst_n);
        ticks.set("en_i", en);
        ticks.settle();
        ticks.cycle();
        expected = match (rst_n, en) {
            (false, _) => 0,
            (true, true) => (expected + 1) % 256,
            (true, false) => expected,
        };
        assert_eq!(ticks.get("count_o"), expected, "step {step}");
    }
    let design = accepted(&Ticks::at(&Site::whole(&config())));
    has_lines(
        top(&design),
        &[
            "// Counts the cycles in which it is enabled.",
            "output wire [7:0] count_o  // the count",
            "reg [7:0] count_q;  // the count",
            "// Counts where en_i is high.",
            "end else if (en_i) begin",
            "count_q <= count_q + 8'd1;",
            "assign count_o = count_q;",
        ],
    );
}

/// Negates what it gets.
#[derive(Clone, LogicBlock, Module)]
struct Lane {
    /// what comes
    x_i: Net<In, Bits<4>>,
    /// what goes
    y_o: Net<Out, Bits<4>>,
    _body: Compiled,
}

impl Describe for Lane {
    fn describe(&self, m: &mut Body) {
        m.assign(&self.y_o, !e(&self.x_i));
    }
}

/// A lane for each column, one behind the first, and one for every other row if asked.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = Grid)]
struct Lanes {
    /// by column
    #[hw(lanes = COLS)]
    x_i: Net<In, Bits<4>>,
    /// by column
    #[hw(lanes = COLS)]
    y_o: Net<Out, Bits<4>>,
    /// a bit of the first column
    first_o: Net<Out, Bit>,
    /// the first column, back again
    back_o: Net<Out, Bits<4>>,
    /// from the third lane
    #[hw(when = config.rows > 4)]
    third_o: Net<Out, Bits<4>>,
    #[hw(count = COLS)]
    lane: Many<Lane>,
    back: Lane,
    #[hw(when = config.rows > 4)]
    third: Maybe<Lane>,
    _body: Compiled,
}

impl Describe for Lanes {
    fn describe(&self, m: &mut Body) {
        let lane = self.lane.each();
        m.each("c", 0, COLS, |m, c| {
            m.assign(lane.x_i.of(&c), self.x_i.at(&c));
            m.assign(self.y_o.at(&c), lane.y_o.of(&c));
        });
        m.assign(&self.back.x_i, self.y_o.at(0));
        m.assign(&self.back_o, &self.back.y_o);
        m.assign(&self.first_o, e(self.y_o.at(0)).bit(0));
        if let Some(third) = self.third.get() {
            m.assign(&third.x_i, lit(3, 4));
            m.assign(&self.third_o, &third.y_o);
        }
    }
}

#[test]
fn many_of_a_kind_are_a_loop_and_one_module() {
    let design = accepted(&Lanes::at(&Site::whole(&config())));
    let names: Vec<_> = design.modules.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(
        names,
        ["heddle_lane", "heddle_top"],
        "one module for all lanes"
    );
    has_lines(
        top(&design),
        &[
            "parameter COLS = 2  // columns",
            "input  wire [COLS*4-1:0] x_i,  // by column",
            "for (c = 0; c < COLS; c = c + 1) begin: g_lane",
            "heddle_lane u_lane (",
            ".x_i(x_i[c*4 +: 4]),",
            ".y_o(y_o[c*4 +: 4])",
            "heddle_lane u_back (",
            ".x_i(y_o[3:0]),",
            ".y_o(back_o)",
            "assign first_o = y_o[0];",
        ],
    );
    assert!(!top(&design).contains("u_third"), "{}", top(&design));
    let tall = Grid {
        rows: 5,
        ..config()
    };
    let design = accepted(&Lanes::at(&Site::whole(&tall)));
    has_lines(top(&design), &["heddle_lane u_third (", ".x_i(4'd3),"]);
}

#[test]
fn an_outline_is_enough_for_the_text() {
    let whole = emit(&Lanes::at(&Site::whole(&config())), "heddle_top").unwrap();
    let outline = emit(&Lanes::at(&Site::outline(&config())), "heddle_top").unwrap();
    assert_eq!(whole, outline);
}

#[test]
fn many_are_simulated_one_by_one() {
    let mut lanes = Pins::new(Lanes::at(&Site::whole(&config())));
    for value in [0x00u8, 0x5a, 0xa5, 0xff, 0x12] {
        lanes.set("x_i", value);
        lanes.settle();
        assert_eq!(lanes.get("y_o"), u128::from(!value));
        assert_eq!(lanes.get("first_o"), u128::from(!value & 1));
        assert_eq!(lanes.get("back_o"), u128::from(value & 15));
    }
}

/// A counter that nothing drives but clock, reset and enable.
#[derive(Clone, LogicBlock, Module)]
struct Clockwork {
    clocked: Ungated,
    /// whether the count is odd
    odd_o: Net<Out, Bit>,
    ticks: Ticks,
    _body: Compiled,
}

impl Describe for Clockwork {
    fn describe(&self, m: &mut Body) {
        m.assign(&self.odd_o, e(&self.ticks.count_o).bit(0));
    }
}

#[test]
fn clock_reset_and_enable_reach_children_without_a_word() {
    let clockwork = Clockwork::at(&Site::whole(&config()));
    let design = accepted(&clockwork);
    has_lines(
        top(&design),
        &[
            "heddle_ticks u_ticks (",
            ".clk_i  (clk_i),",
            ".rst_ni (rst_ni),",
        ],
    );
    let mut clockwork = Pins::new(clockwork);
    clockwork.set("rst_ni", true);
    clockwork.set("en_i", true);
    for odd in [1, 0, 1] {
        clockwork.settle();
        clockwork.cycle();
        assert_eq!(clockwork.get("odd_o"), odd);
    }
}

/// A lane that does something else under the same name.
mod other {
    use super::*;

    /// Passes what it gets.
    #[derive(Clone, LogicBlock, Module)]
    pub struct Lane {
        /// what comes
        pub x_i: Net<In, Bits<4>>,
        /// what goes
        pub y_o: Net<Out, Bits<4>>,
        _body: Compiled,
    }

    impl Describe for Lane {
        fn describe(&self, m: &mut Body) {
            m.assign(&self.y_o, &self.x_i);
        }
    }
}

/// Both of them.
#[derive(Clone, LogicBlock, Module)]
struct TwoKinds {
    /// what comes
    x_i: Net<In, Bits<4>>,
    /// what goes
    y_o: Net<Out, Bits<4>>,
    a: Lane,
    b: other::Lane,
    _body: Compiled,
}

impl Describe for TwoKinds {
    fn describe(&self, m: &mut Body) {
        m.assign(&self.a.x_i, &self.x_i);
        m.assign(&self.b.x_i, &self.a.y_o);
        m.assign(&self.y_o, &self.b.y_o);
    }
}

#[test]
fn equal_names_with_other_logic_are_other_modules() {
    let design = accepted(&TwoKinds::at(&Site::whole(&config())));
    let names: Vec<_> = design.modules.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["heddle_lane", "heddle_lane_v2", "heddle_top"]);
}

/// Registers of several styles, two of which share an enable.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = Grid)]
struct Registers {
    clocked: Clocked,
    /// lets the others move
    go_i: Net<In, Bit>,
    /// what comes
    d_i: Net<In, Bits<8>>,
    /// what goes
    q_o: Net<Out, Bits<8>>,
    /// the first
    first_q: Reg<Bits<8>>,
    /// a line of three
    #[hw(lanes = 3)]
    line_q: Reg<Bits<8>>,
    /// with the datapath's reset
    #[hw(style = config.data_style())]
    data_q: Reg<Bits<8>>,
    /// two with a gate of their own
    #[hw(lanes = 2, style = config.gated_style())]
    gated_q: Reg<Bits<8>>,
    /// one for each row
    #[hw(lanes = ROWS, style = Style { reset: Reset::None, gated: false })]
    row_q: Reg<Bit>,
    _body: Compiled,
}

impl Describe for Registers {
    fn describe(&self, m: &mut Body) {
        let go = e(&self.clocked.en_i) & &self.go_i;
        m.reg(&self.first_q, go.clone(), &self.d_i);
        let third = m.shift(&self.line_q, &go, &self.first_q);
        m.reg(&self.data_q, go.clone(), third);
        m.reg(self.gated_q.at(0), go.clone(), &self.data_q);
        m.reg(
            self.gated_q.at(1),
            go.clone() & e(self.row_q.at(0)),
            self.gated_q.at(0),
        );
        m.each("r", 0, ROWS, |m, r| {
            m.reg(self.row_q.at(&r), go.clone(), e(&self.d_i).bit(0));
        });
        m.assign(&self.q_o, self.gated_q.at(1));
        m.unused(&self.row_q);
    }
}

#[test]
fn registers_share_processes_and_gates() {
    let of = |reset, gates| Grid {
        reset,
        gates,
        ..config()
    };
    let enables = of(Reset::Sync, false);
    let design = accepted(&Registers::at(&Site::whole(&enables)));
    let text = top(&design);
    // One for all that share reset and enable, one for the second gated one, one in the loop.
    assert_eq!(text.matches("always @(posedge clk_i)").count(), 3, "{text}");
    has_lines(
        text,
        &[
            "end else if (en_i & go_i) begin",
            "line_q <= {line_q[15:0], first_q};",
            "data_q <= line_q[23:16];",
            "row_q[r] <= d_i[0];",
        ],
    );
    let gates = of(Reset::Async, true);
    let design = accepted(&Registers::at(&Site::whole(&gates)));
    let text = top(&design);
    assert_eq!(text.matches("heddle_clock_gate").count(), 2, "{text}");
    has_lines(
        text,
        &[
            "always @(posedge clk_i or negedge rst_ni) begin",
            "always @(posedge gated0_clk or negedge rst_ni) begin",
            ".en_i     (en_i & go_i),",
            "reg [7:0] gated1_q;    // two with a gate of their own",
        ],
    );
    let design = accepted(&Registers::at(&Site::whole(&of(Reset::Sync, true))));
    has_lines(top(&design), &[".en_i     ((en_i & go_i) | !rst_ni),"]);
    let none = of(Reset::None, false);
    let design = accepted(&Registers::at(&Site::whole(&none)));
    assert_eq!(top(&design).matches("data_q <=").count(), 1, "no reset");
}

#[test]
fn registers_shift_and_hold() {
    let mut uut = Pins::new(Registers::at(&Site::whole(&config())));
    // From the first register to the first gated one; the last; a row's bit.
    let (mut line, mut last, mut row) = ([0u8; 6], 0, false);
    for step in 0..300u32 {
        let d = (step * 37 + step / 7) as u8;
        let (en, go) = (step % 5 != 0, step % 3 != 0);
        uut.set("rst_ni", true);
        uut.set("en_i", en);
        uut.set("go_i", go);
        uut.set("d_i", d);
        uut.settle();
        uut.cycle();
        if en && go {
            last = if row { line[5] } else { last };
            line.rotate_right(1);
            line[0] = d;
            row = d & 1 == 1;
        }
        assert_eq!(uut.get("data_q"), u128::from(line[4]), "step {step}");
        assert_eq!(uut.get("q_o"), u128::from(last), "step {step}");
    }
    assert!(last != 0);
}
