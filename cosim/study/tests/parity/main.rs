//! Comparisons of dropout cases over seeds.

mod conduct;
mod store;
mod synthetic;
