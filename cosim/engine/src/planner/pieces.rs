//! How M, K and N are cut so that every piece fits.

use crate::descriptor::Layout;
use crate::{EngineError, Sizes};
use heddle_gemm::Shape;
use std::ops::Range;

/// Largest pieces of each dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Of M.
    pub m: usize,
    /// Of K.
    pub k: usize,
    /// Of N.
    pub n: usize,
    /// n-tiles whose sums take turns at most; 0: all do.
    pub panel: usize,
    /// A piece fits half of the accumulators.
    pub halves: bool,
}

impl Cut {
    /// The cut of a product with this shape. `bias`: one row of seeds lies beside the sums.
    ///
    /// # Errors
    /// [`EngineError::Fit`] if no cut makes it fit.
    pub fn of(
        sizes: &Sizes,
        layout: Layout,
        shape: Shape,
        bias: bool,
    ) -> Result<Self, EngineError> {
        let engine = &sizes.engine;
        let bias = usize::from(bias);
        let halves = engine.sum_words / 2 > bias;
        let sums = if halves {
            engine.sum_words / 2
        } else {
            engine.sum_words
        };
        if sums <= bias {
            return Err(too_small(shape, "sum_words", 1 + bias));
        }
        let Shape { m, k, n } = shape;
        // A beside that of the job before.
        let a_words = (engine.a_words / 2).max(1);
        let slots = |needed: usize| match engine.b_slots {
            all if all / 2 >= needed => Ok(all / 2),
            all if all >= needed => Ok(all),
            _ => Err(too_small(shape, "b_slots", needed)),
        };
        let [m, k, n] = [m, k, n].map(|dim| dim.min(engine.max_dim));
        let tiles_of = |m: usize| (sums / (m + bias)).max(1) * sizes.cols;
        let fewest = |tiles: usize| tiles * sizes.cols;
        Ok(match layout {
            Layout::Nn => {
                slots(sizes.rows)?;
                let m = m.min(a_words).min(sums - bias);
                Self {
                    m,
                    k: k.min(a_words / m * sizes.rows),
                    n: n.min(tiles_of(m)),
                    panel: 0,
                    halves,
                }
            }
            Layout::Nt => {
                let most = slots(fewest(1))? / sizes.cols;
                let m = m.min(a_words).min(sums - bias);
                let n = n.min(tiles_of(m));
                Self {
                    m,
                    k: k.min(a_words / m * sizes.rows),
                    n,
                    panel: most,
                    halves,
                }
            }
            Layout::Tn => {
                let most = slots(1)?;
                let m = m.min(a_words * sizes.rows).min(sums - bias);
                let n = n.min(tiles_of(m));
                let chunks = n.div_ceil(sizes.slot_elements(layout)).min(most);
                let n = n.min(chunks * sizes.slot_elements(layout));
                Self {
                    m,
                    k: k.min(most / chunks).min(a_words / m.div_ceil(sizes.rows)),
                    n,
                    panel: 0,
                    halves,
                }
            }
        })
    }
}

/// The panel, of at most `most` tiles, by which `tiles` tiles of `beats` beats wait the least for sums on their way round, which
/// takes `round_trip` cycles: a short last panel waits for what it has not to do. The smallest one of those.
pub fn panel(tiles: usize, most: usize, beats: usize, round_trip: usize) -> usize {
    let beats = beats.max(1);
    let cost = |panel: &usize| {
        let of = |tiles: usize| (tiles * beats).max(round_trip);
        let last = tiles % panel;
        tiles / panel * of(*panel) + if last > 0 { of(last) } else { 0 }
    };
    (1..=most.min(tiles).max(1)).min_by_key(cost).unwrap_or(1)
}

fn too_small(shape: Shape, key: &str, needed: usize) -> EngineError {
    EngineError::Fit {
        what: format!("a product of {shape}"),
        reason: format!("engine.{key} has to be {needed} at least"),
    }
}

/// A dimension in pieces of about the same size.
#[derive(Clone, Debug)]
pub struct Pieces {
    at: usize,
    len: usize,
    size: usize,
}

impl Pieces {
    /// `len` in pieces of at most `most`, each but the last a multiple of `unit` if `most` is one.
    pub fn new(len: usize, most: usize, unit: usize) -> Self {
        let even = len.div_ceil(len.div_ceil(most).max(1));
        let round = even.next_multiple_of(unit);
        Self {
            at: 0,
            len,
            size: if round <= most { round } else { most },
        }
    }
}

impl Iterator for Pieces {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        self.at = self.len.min(start + self.size);
        (start < self.at).then_some(start..self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_even_and_cover_all() {
        let of = |len, most, unit| Pieces::new(len, most, unit).collect::<Vec<_>>();
        assert_eq!(of(650, 816, 16), Vec::from_iter(Some(0..650)));
        assert_eq!(
            of(2600, 816, 16),
            [0..656, 656..1312, 1312..1968, 1968..2600]
        );
        assert_eq!(of(10, 3, 1), [0..3, 3..6, 6..9, 9..10]);
        assert_eq!(of(40, 20, 16), [0..20, 20..40]);
        assert_eq!(of(1, 1, 16), Vec::from_iter(Some(0..1)));
    }

    #[test]
    fn panels_hide_the_round_trip_and_leave_no_short_one() {
        // (tiles, most, beats, round trip), panel
        for (case, expected) in [
            // 41 = 6 x 6 + 5: nobody waits, as with 7, 8, ...; with 5 the last one would be alone.
            ((41, 10, 20, 81), 6),
            ((21, 10, 20, 81), 7),
            ((21, 10, 20, 99), 7),
            ((41, 5, 20, 81), 5),
            ((3, 10, 20, 81), 3),
            ((1, 10, 1, 81), 1),
            ((40, 10, 100, 81), 1),
        ] {
            let (tiles, most, beats, trip) = case;
            assert_eq!(panel(tiles, most, beats, trip), expected, "{case:?}");
        }
    }
}
