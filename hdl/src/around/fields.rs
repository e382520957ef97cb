//! What is in the queues of the streams.

use crate::engine::numbers::Packed;
use crate::ArrayConfig;

/// Words in the queue.
pub(super) fn weights(config: &ArrayConfig) -> Packed {
    let ws = usize::from(config.dataflow.has_ws());
    Packed::new([
        ("last", ws),
        ("cols", config.cols),
        ("rows", config.rows),
        ("os", usize::from(config.has_both())),
        ("edge", ws),
        ("keep", 1),
        ("words", config.b_word_bits()),
    ])
}

/// A beat in the queue.
pub(super) fn beats(config: &ArrayConfig) -> Packed {
    Packed::new([
        ("last", 1),
        ("flush", usize::from(config.has_os())),
        ("os", usize::from(config.has_both())),
        ("seeded", usize::from(config.dataflow.has_ws())),
        ("keep", 1),
        ("words", config.a_word_bits()),
    ])
}

/// Seeds in the queue.
pub(super) fn seeds(config: &ArrayConfig) -> Packed {
    let os = usize::from(config.has_os());
    Packed::new([
        ("last", os),
        ("cols", os * config.cols),
        ("row", os),
        ("os", usize::from(config.has_both())),
        ("words", config.sum_word_bits()),
    ])
}

/// What is known of sums that are under way.
pub(super) fn going(config: &ArrayConfig) -> Packed {
    Packed::new([("last", 1), ("os", usize::from(config.has_both()))])
}

/// Sums in the queue.
pub(super) fn sums(config: &ArrayConfig) -> Packed {
    Packed::new([
        ("last", 1),
        ("user", config.sum_user_bits()),
        ("words", config.sum_word_bits()),
    ])
}
