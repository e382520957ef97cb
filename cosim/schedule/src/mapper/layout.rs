//! How operands lie in memory, and which of them a mapping reads along its lines.
//!
//! The array takes whole beats. A beat can be fetched from memory in one piece if its
//! words lie next to each other there. What a beat holds depends on the flow alone
//! (`t` a tile's worth of an index, C in and out as seeds and sums):
//!
//! | flow | beat of activations | beat of weights | beat of seeds or sums |
//! |---|---|---|---|
//! | weight-stationary | A\[m, k in t\] | B\[k, n in t\] at the top or B\[k in t, n\] at the left | C\[m, n in t\] |
//! | output-stationary | A\[m in t, k\] | B\[k, n in t\] | C\[m, n in t\] |
//!
//! So a weight-stationary array takes its stationary operand as it lies, whichever way,
//! and wants the streamed one along k; an output-stationary one wants A along m and B
//! along n. A transposed mapping computes C^T = B^T A^T: A and B change roles, m and n
//! names.
//!
//! In training, weights W lie as \[units\]\[gates\], dZ and Z as \[batch\]\[gates\], dW like W, the
//! units X and their gradient dX as [`UnitOrder`] says:
//!
//! | phase | A | B | C |
//! |---|---|---|---|
//! | fp | X: batch x units | W: units x gates | Z: batch x gates |
//! | bp | dZ: batch x gates | W^T: gates x units | dX: batch x units |
//! | wg | X^T: units x batch | dZ: batch x gates | dW: units x gates |
//!
//! An operand that a mapping reads across its lines *needs a transposition*: of the data
//! in memory, by whoever wrote it, or by a transposer in front of the port; or it is
//! read word by word, as the driver of the co-simulation does. What that costs is not in
//! any count.

use crate::Edge;
use heddle_format::named;
use heddle_gemm::Phase;
use serde::Serialize;

/// How the units X of a batch lie in memory, and their gradient dX.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitOrder {
    /// The units of a sample together, `[batch][units]`: as `heddle` trains and records.
    #[default]
    BatchMajor,
    /// The samples of a unit together, `[units][batch]`.
    FeatureMajor,
}

named!(
    UnitOrder,
    "order of units",
    BatchMajor = "batch-major",
    FeatureMajor = "feature-major"
);

/// An index of C\[m,n\] += A\[m,k\] B\[k,n\].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Index {
    M,
    K,
    N,
}

/// One operand of a phase, and the index along which its lines run in memory.
#[derive(Clone, Copy, Debug)]
struct Operand {
    name: &'static str,
    along: Index,
}

/// The operands of one phase where they lie.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    a: Operand,
    b: Operand,
    c: Operand,
}

impl Layout {
    /// The operands of `phase`.
    pub fn new(phase: Phase, units: UnitOrder) -> Self {
        let operand = |name, along| Operand { name, along };
        // The index of X, or of dX, that is the unit; the other one is the sample.
        let of_units = |name, unit, sample| match units {
            UnitOrder::BatchMajor => operand(name, unit),
            UnitOrder::FeatureMajor => operand(name, sample),
        };
        match phase {
            Phase::Forward => Self {
                a: of_units("X", Index::K, Index::M),
                b: operand("W", Index::N),
                c: operand("Z", Index::N),
            },
            Phase::Backward => Self {
                a: operand("dZ", Index::K),
                b: operand("W", Index::K),
                c: of_units("dX", Index::N, Index::M),
            },
            Phase::WeightGradient => Self {
                a: of_units("X", Index::M, Index::K),
                b: operand("dZ", Index::N),
                c: operand("dW", Index::N),
            },
        }
    }

    /// The edge at which the stationary operand enters along its lines: B, or A where the
    /// mapping transposes.
    pub fn edge(&self, transposed: bool) -> Edge {
        let stationary = if transposed { self.a } else { self.b };
        if stationary.along == Index::K {
            Edge::Left
        } else {
            Edge::Top
        }
    }

    /// What must be transposed so that every beat lies in one piece.
    pub fn transpositions(&self, output_stationary: bool, transposed: bool) -> Vec<&'static str> {
        let (streamed, stationary) = if transposed {
            (self.b, self.a)
        } else {
            (self.a, self.b)
        };
        // Along the array's rows and columns.
        let (rows, cols) = if transposed {
            (Index::N, Index::M)
        } else {
            (Index::M, Index::N)
        };
        let wanted = if output_stationary {
            [
                (streamed, Some(rows)),
                (stationary, Some(cols)),
                (self.c, Some(cols)),
            ]
        } else {
            [
                (streamed, Some(Index::K)),
                (stationary, None),
                (self.c, Some(cols)),
            ]
        };
        wanted
            .into_iter()
            .filter(|(operand, along)| along.is_some_and(|along| along != operand.along))
            .map(|(operand, _)| operand.name)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::edge_of;
    use UnitOrder::{BatchMajor, FeatureMajor};

    fn needs(phase: Phase, units: UnitOrder, os: bool, transposed: bool) -> String {
        Layout::new(phase, units)
            .transpositions(os, transposed)
            .join(",")
    }

    #[test]
    fn what_each_mapping_reads_across_its_lines() {
        use Phase::{Backward as Bp, Forward as Fp, WeightGradient as Wg};
        for (phase, units, expected) in [
            // ws, os, ws transposed, os transposed
            (Fp, BatchMajor, ["", "X", "W,Z", "X,Z"]),
            (Fp, FeatureMajor, ["X", "", "W,Z", "Z"]),
            (Bp, BatchMajor, ["", "dZ,W", "dX", "W,dZ,dX"]),
            (Bp, FeatureMajor, ["dX", "dZ,W,dX", "", "W,dZ"]),
            (Wg, BatchMajor, ["X", "", "dZ,dW", "dW"]),
            (Wg, FeatureMajor, ["", "X", "dZ,dW", "X,dW"]),
        ] {
            let found = [(false, false), (true, false), (false, true), (true, true)]
                .map(|(os, transposed)| needs(phase, units, os, transposed));
            assert_eq!(found, expected, "{phase} {units}");
        }
    }

    #[test]
    fn weights_enter_where_the_plain_mapping_takes_them() {
        for phase in Phase::ALL {
            for units in [BatchMajor, FeatureMajor] {
                assert_eq!(Layout::new(phase, units).edge(false), edge_of(phase));
            }
        }
    }

    #[test]
    fn names_of_orders() {
        for units in [BatchMajor, FeatureMajor] {
            assert_eq!(units.name().parse(), Ok(units));
        }
        let error = "rows".parse::<UnitOrder>().unwrap_err().to_string();
        assert!(error.contains("feature-major"), "{error}");
    }
}
