//! Converted weights, kept from job to job and dropped when the weight was updated.

use super::{oriented, Place, Store};
use crate::{MatRef, WeightKey};
use std::collections::HashMap;

/// Where a weight's data lie: two views of one weight may show different parts of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    address: usize,
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

#[derive(Clone, Debug)]
struct Part<U, I> {
    version: u64,
    layout: Layout,
    values: Vec<U>,
    info: I,
}

/// Identity of a kept weight and number of its part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Index {
    id: u64,
    part: usize,
}

/// Converted weights with something to remember of each conversion.
#[derive(Clone, Debug)]
pub(super) struct Weights<U, I> {
    parts: HashMap<u64, Vec<Part<U, I>>>,
}

impl<U, I> Default for Weights<U, I> {
    fn default() -> Self {
        Self {
            parts: HashMap::new(),
        }
    }
}

impl<U, I: Copy> Weights<U, I> {
    /// The converted form of `view`, made by `convert` unless the same part of the
    /// same version was seen before.
    pub(super) fn place(
        &mut self,
        key: WeightKey,
        view: MatRef<'_, f32>,
        convert: impl FnOnce(MatRef<'_, f32>, &mut Vec<U>) -> I,
    ) -> (Place, I) {
        let (view, transposed) = oriented(view);
        let layout = Layout {
            address: view.data().as_ptr() as usize,
            rows: view.rows(),
            cols: view.cols(),
            row_stride: view.row_stride(),
            col_stride: view.col_stride(),
        };
        let parts = self.parts.entry(key.id()).or_default();
        let index = match parts.iter().position(|part| part.layout == layout) {
            Some(index) => {
                let part = &mut parts[index];
                if part.version != key.version() {
                    part.values.clear();
                    part.info = convert(view, &mut part.values);
                    part.version = key.version();
                }
                index
            }
            None => {
                let mut values = Vec::new();
                let info = convert(view, &mut values);
                parts.push(Part {
                    version: key.version(),
                    layout,
                    values,
                    info,
                });
                parts.len() - 1
            }
        };
        let place = Place {
            store: Store::Weight(Index {
                id: key.id(),
                part: index,
            }),
            rows: layout.rows,
            cols: layout.cols,
            transposed,
        };
        (place, parts[index].info)
    }

    /// The elements of a part, in the order of its [`Place`].
    pub(super) fn values(&self, index: Index) -> &[U] {
        self.parts
            .get(&index.id)
            .map_or(&[], |parts| &parts[index.part].values)
    }

    /// Forgets every weight.
    pub(super) fn clear(&mut self) {
        self.parts.clear();
    }
}
