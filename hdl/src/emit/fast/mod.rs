//! A second text of the mesh, for simulation: see `flat` and `form`.

pub mod flat;
