//! Converted weights, kept from job to job and dropped when the weight was updated.

use super::{oriented, Place, Store};
use crate::{Layout, MatRef, WeightKey};
use std::collections::HashMap;

/// Where a weight's data lie, by address: two views of one weight may show different parts.
type Location = (usize, Layout);

#[derive(Clone, Debug)]
struct Part<U, I> {
    version: u64,
    location: Location,
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
        let location = (view.data().as_ptr() as usize, view.layout());
        let parts = self.parts.entry(key.id()).or_default();
        let index = match parts.iter().position(|part| part.location == location) {
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
                    location,
                    values,
                    info,
                });
                parts.len() - 1
            }
        };
        let id = key.id();
        let place = Place::new(Store::Weight(Index { id, part: index }), (view, transposed));
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
