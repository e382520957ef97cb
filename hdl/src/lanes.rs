//! Ports with one lane per row or column.

use rust_hdl::prelude::*;

/// `n` signals.
pub(crate) fn lanes<D: Direction, T: Synth>(n: usize) -> Vec<Signal<D, T>> {
    (0..n).map(|_| Signal::default()).collect()
}

/// Claims every lane.
pub(crate) fn connect<D: Direction, T: Synth>(lanes: &mut [Signal<D, T>]) {
    lanes.iter_mut().for_each(Logic::connect);
}

/// Passes a module's own inputs on to a child.
pub(crate) fn pass_in<T: Synth>(child: &mut [Signal<In, T>], own: &[Signal<In, T>]) {
    for (to, from) in child.iter_mut().zip(own) {
        to.next = from.val();
    }
}

/// Passes a child's outputs on to another child.
pub(crate) fn pass_on<T: Synth>(child: &mut [Signal<In, T>], other: &[Signal<Out, T>]) {
    for (to, from) in child.iter_mut().zip(other) {
        to.next = from.val();
    }
}

/// Passes a child's outputs out of the module.
pub(crate) fn pass_out<T: Synth>(own: &mut [Signal<Out, T>], child: &[Signal<Out, T>]) {
    for (to, from) in own.iter_mut().zip(child) {
        to.next = from.val();
    }
}
