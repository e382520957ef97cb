//! Descriptions that cannot be right are refused with a reason.

use crate::{config, refused, Grid, COLS};
use heddle_derive::Module;
use heddle_emit::describe::{
    concat, e, lit, select, Body, Compiled, Describe, Net, Reg, Site, Size, Ungated,
};
use heddle_emit::emit;
use rust_hdl::prelude::*;

/// Something inside.
#[derive(Clone, LogicBlock, Module)]
struct Inner {
    /// what comes
    x_i: Net<In, Bits<4>>,
    /// whether it goes
    on_i: Net<In, Bit>,
    /// what goes
    y_o: Net<Out, Bits<4>>,
    _body: Compiled,
}

impl Describe for Inner {
    fn describe(&self, m: &mut Body) {
        m.assign(&self.y_o, select(e(&self.on_i), &self.x_i, lit(0, 4)));
    }
}

type Says = fn(&Faulty, &mut Body);

/// A block whose description is given, and lacks what it should say.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = Grid)]
struct Faulty {
    clocked: Ungated,
    /// what comes
    a_i: Net<In, Bits<8>>,
    /// whether
    c_i: Net<In, Bit>,
    /// what goes
    y_o: Net<Out, Bits<8>>,
    /// what goes, by column
    #[hw(lanes = COLS)]
    z_o: Net<Out, Bit>,
    /// a register
    count_q: Reg<Bits<8>>,
    /// what other configurations have
    #[hw(when = config.rows > 100)]
    absent_i: Net<In, Bit>,
    inner: Inner,
    _says: Option<Says>,
    _body: Compiled,
}

impl Faulty {
    fn new(says: Says) -> Self {
        Self {
            _says: Some(says),
            ..Self::at(&Site::whole(&config()))
        }
    }
}

impl Describe for Faulty {
    fn describe(&self, m: &mut Body) {
        if let Some(says) = self._says {
            says(self, m);
        }
    }
}

fn inner(f: &Faulty, m: &mut Body) {
    m.assign(&f.inner.x_i, lit(0, 4));
    m.assign(&f.inner.on_i, &f.c_i);
}

/// All that is needed but for `y_o`.
fn usual(f: &Faulty, m: &mut Body) {
    m.assign(&f.z_o, lit(0, COLS));
    inner(f, m);
    m.reg(&f.count_q, &f.clocked.en_i, &f.a_i);
}

#[test]
fn what_must_not_be_is_refused() {
    let cases: &[(Says, &str)] = &[
        (usual, "y_o is used but nothing drives it"),
        (
            |f, m| {
                usual(f, m);
                m.assign(&f.y_o, &f.a_i);
                m.assign(&f.y_o, lit(0, 8));
            },
            "y_o is driven twice",
        ),
        (
            |f, m| {
                usual(f, m);
                m.assign(&f.y_o, concat([e(&f.a_i), e(&f.c_i)]));
            },
            "y_o has 8 bits and is driven by 9",
        ),
        (
            |f, m| {
                usual(f, m);
                m.assign(&f.y_o, &f.a_i);
                m.assign(&f.a_i, lit(0, 8));
            },
            "a_i is driven, but it is an input",
        ),
        (
            |f, m| {
                usual(f, m);
                m.assign(&f.y_o, e(&f.a_i) + e(&f.a_i).slice(0, 4));
            },
            "8 bits + 4 bits",
        ),
        (
            |f, m| {
                usual(f, m);
                m.assign(
                    &f.y_o,
                    select(e(&f.a_i), &f.a_i, &f.a_i) & select(e(&f.a_i), &f.a_i, lit(1, 8)),
                );
            },
            "a condition of 8 bits",
        ),
        (
            |f, m| {
                usual(f, m);
                m.assign(&f.y_o, select(e(&f.c_i), &f.a_i, lit(0, 7)));
            },
            "a choice between 8 and 7 bits",
        ),
        (
            |f, m| {
                usual(f, m);
                m.assign(&f.y_o, e(&f.a_i) + lit(256, 8));
            },
            "256 does not fit 8 bits",
        ),
        (
            |f, m| {
                usual(f, m);
                m.assign(&f.y_o, e(&f.a_i).slice(4, 5).wide(8));
            },
            "bit 8 of a_i, which has 8",
        ),
        (
            |f, m| {
                m.assign(&f.y_o, &f.count_q);
                m.assign(&f.z_o, lit(0, COLS));
                inner(f, m);
            },
            "count_q is used but nothing drives it",
        ),
        (
            |f, m| {
                m.assign(&f.y_o, &f.count_q);
                m.assign(&f.z_o, lit(0, COLS));
                inner(f, m);
                m.assign(&f.count_q, &f.a_i);
            },
            "count_q is driven as what it is not",
        ),
        (
            |f, m| {
                usual(f, m);
                m.reg(&f.y_o, &f.clocked.en_i, &f.a_i);
            },
            "y_o is driven as what it is not",
        ),
        (
            |f, m| {
                m.assign(&f.y_o, &f.a_i);
                m.assign(&f.inner.x_i, &f.a_i);
                m.assign(&f.inner.on_i, &f.c_i);
                m.assign(&f.z_o, lit(0, COLS));
                m.reg(&f.count_q, &f.clocked.en_i, &f.a_i);
            },
            "x_i of inner has 4 bits and is driven by 8",
        ),
        (
            |f, m| {
                m.assign(&f.y_o, &f.a_i);
                inner(f, m);
                m.reg(&f.count_q, &f.clocked.en_i, &f.a_i);
                m.each("c", 1, COLS, |m, c| m.assign(f.z_o.at(&c), &f.c_i));
            },
            "z_o[0] is used but nothing drives it",
        ),
        (
            |f, m| {
                m.assign(&f.y_o, &f.a_i);
                inner(f, m);
                m.reg(&f.count_q, &f.clocked.en_i, &f.a_i);
                m.each("c", 0, COLS + 1, |m, c| m.assign(f.z_o.at(&c), &f.c_i));
            },
            "bit 2 of z_o, which has 2",
        ),
        (
            |f, m| {
                m.assign(&f.y_o, &f.a_i);
                m.assign(&f.z_o, lit(0, COLS));
                m.reg(&f.count_q, &f.clocked.en_i, &f.a_i);
            },
            "inner is not there",
        ),
        (
            |f, m| {
                usual(f, m);
                let wire = m.wire("wire", "", !e(&f.a_i));
                m.assign(&f.y_o, wire);
            },
            "`wire` is a word of Verilog's",
        ),
        (
            |f, m| {
                usual(f, m);
                m.constant("a_i", "", 3);
                m.assign(&f.y_o, &f.a_i);
            },
            "two things would be named a_i",
        ),
    ];
    for (says, reason) in cases {
        let said = refused(&Faulty::new(*says));
        assert!(said.contains(reason), "'{said}' instead of {reason}");
    }
}

#[test]
fn an_error_names_the_module() {
    let error = emit(&Faulty::new(usual), "heddle_top").unwrap_err();
    assert_eq!(error.module, "heddle_top");
}

#[test]
#[should_panic(expected = "input on_i of inner is open")]
fn an_open_input_of_an_instance_is_a_mistake() {
    refused(&Faulty::new(|f, m| {
        m.assign(&f.y_o, e(&f.inner.y_o).wide(8));
        m.assign(&f.inner.x_i, lit(0, 4));
    }));
}

#[test]
#[should_panic(expected = "x_i is driven twice")]
fn an_input_of_an_instance_has_one_driver() {
    refused(&Faulty::new(|f, m| {
        usual(f, m);
        m.assign(&f.inner.x_i, lit(1, 4));
    }));
}

#[test]
#[should_panic(expected = "a net that the configuration lacks")]
fn what_is_not_there_is_not_read() {
    refused(&Faulty::new(|f, m| {
        m.assign(&f.y_o, e(&f.absent_i).wide(8))
    }));
}

#[test]
#[should_panic(expected = "a net of this module or of a child's ports")]
fn what_belongs_to_another_module_is_not_read() {
    refused(&Faulty::new(|f, m| {
        let stranger = Inner::at(&Site::whole(&config()));
        m.assign(&f.y_o, e(&stranger.x_i).wide(8));
    }));
}

/// Passes a number of columns.
#[derive(Clone, LogicBlock, Module)]
struct Numbers {
    /// what comes
    #[hw(lanes = COLS.bits())]
    x_i: Net<In, Bit>,
    /// what goes
    #[hw(lanes = COLS.bits())]
    y_o: Net<Out, Bit>,
    _body: Compiled,
}

impl Describe for Numbers {
    fn describe(&self, m: &mut Body) {
        m.assign(&self.y_o, &self.x_i);
    }
}

#[test]
fn a_port_is_as_wide_as_parameters_say() {
    let said = refused(&Numbers::at(&Site::whole(&config())));
    let reason = "the width of x_i is known inside the module only: make it a parameter";
    assert!(said.contains(reason), "'{said}'");
}

#[test]
#[should_panic(expected = "DEPTH is no size of the module")]
fn a_size_has_a_value() {
    refused(&Faulty::new(|f, m| {
        usual(f, m);
        m.assign(&f.y_o, e(&f.a_i).slice(0, Size::Name("DEPTH")).wide(8));
    }));
}
