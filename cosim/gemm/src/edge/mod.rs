//! Adapters at an engine's edge: `f32` products on an engine of another format.
//!
//! | adapter | operands | C |
//! |---------|----------|---|
//! | [`Bf16Edge`] | rounded to bf16, nearest even | stays f32, accumulated by the engine |
//! | [`IntEdge`] | quantised, one power-of-two scale per operand and job | the engine's sum is scaled back and added |
//!
//! A weight with a key is converted once per version and kept (`weights.rs`).

mod bf16;
mod int;
mod weights;

pub use bf16::Bf16Edge;
pub use int::IntEdge;

use crate::MatRef;

/// A view turned so that its rows are the contiguous direction, and whether it was
/// transposed to get there. Converted copies follow this orientation, so that they are
/// made in memory order and a weight and its transposed view share one copy.
fn oriented<T>(view: MatRef<'_, T>) -> (MatRef<'_, T>, bool) {
    if view.row_stride() < view.col_stride() {
        (view.t(), true)
    } else {
        (view, false)
    }
}

/// A converted operand without gaps, to be found again in its store.
#[derive(Clone, Copy, Debug)]
struct Place {
    store: Store,
    rows: usize,
    cols: usize,
    transposed: bool,
}

/// Which store holds it.
#[derive(Clone, Copy, Debug)]
enum Store {
    /// The operands of this batch, from this element on.
    Batch(usize),
    /// The kept weights: an index.
    Weight(weights::Index),
}

impl Place {
    /// Of a view that [`oriented`] has turned.
    fn new<T>(store: Store, (view, transposed): (MatRef<'_, T>, bool)) -> Self {
        Self {
            store,
            rows: view.rows(),
            cols: view.cols(),
            transposed,
        }
    }

    /// The operand as the caller saw it, its data beginning with `data`.
    fn view<U>(self, data: &[U]) -> MatRef<'_, U> {
        let view = MatRef::row_major(data, self.rows, self.cols);
        if self.transposed {
            view.t()
        } else {
            view
        }
    }
}
