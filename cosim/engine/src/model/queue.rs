//! A queue as the hardware has it: what is pushed in a cycle may be popped from the next one on.

use std::collections::VecDeque;

/// A queue with room for so many things. Whoever uses it looks at it before anything of a cycle is
/// pushed or popped.
#[derive(Clone, Debug)]
pub(super) struct Queue<T> {
    things: VecDeque<T>,
    room: usize,
}

impl<T> Queue<T> {
    pub(super) fn new(room: usize) -> Self {
        Self {
            things: VecDeque::with_capacity(room),
            room,
        }
    }

    /// Whether there is room for another one.
    pub(super) fn has_room(&self) -> bool {
        self.things.len() < self.room
    }

    pub(super) fn is_empty(&self) -> bool {
        self.things.is_empty()
    }

    pub(super) fn oldest(&self) -> Option<&T> {
        self.things.front()
    }

    pub(super) fn push(&mut self, thing: T) {
        debug_assert!(self.things.len() <= self.room, "a queue that is too full");
        self.things.push_back(thing);
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        self.things.pop_front()
    }
}
