//! What the walker's queues keep.

use super::*;

/// What the walker keeps of a job.
pub(super) fn jobs(config: &ArrayConfig) -> Packed {
    let (ws, os) = (config.dataflow.has_ws(), config.has_os());
    let of = |present, bits| if present { bits } else { 0 };
    Packed::new([
        ("slot", 2),
        ("os", of(config.has_both(), 1)),
        ("left", of(ws, 1)),
        ("k_kept", of(os, config.engine().dim_bits())),
        ("r_tiles", config.r_count_bits()),
        ("n_tiles", config.n_count_bits()),
        ("panel", of(ws, config.n_count_bits())),
        ("r_top", of(ws, config.row_bits())),
        ("n_top", of(ws, config.col_bits())),
        ("span", of(os, config.b_bits())),
    ])
}

/// A beat in the queue.
pub(super) fn beats(config: &ArrayConfig) -> Packed {
    let ws = usize::from(config.dataflow.has_ws());
    Packed::new([
        ("os", usize::from(config.has_both())),
        ("left", ws),
        ("last", ws),
        ("keep", 1),
        ("rows", config.rows),
        ("cols", config.cols),
        ("words", config.b_word_bits()),
    ])
}
