//! What the walker's queues keep.

use super::*;

/// What the walker keeps of a job.
pub(super) fn jobs(config: &ArrayConfig) -> Packed {
    let os = usize::from(config.has_os());
    Packed::new([
        ("slot", 2),
        ("os", usize::from(config.has_both())),
        ("empty", 1),
        ("listed", 1),
        ("resume", 1),
        ("stay", os),
        ("c0", 1),
        ("bias", 1),
        ("load_c0", 1),
        ("m_kept", config.engine().dim_bits()),
        ("r_tiles", config.r_count_bits()),
        ("n_tiles", config.n_count_bits()),
        (
            "panel",
            usize::from(config.dataflow.has_ws()) * config.n_count_bits(),
        ),
        ("sums", config.sum_addr_bits()),
        ("behind", config.sum_addr_bits()),
        ("top", os * config.index_bits()),
        ("top_next", os * config.index_bits()),
        ("halves", 2),
    ])
}

/// A seed in the queue.
pub(super) fn seeds(config: &ArrayConfig) -> Packed {
    let (ws, os) = (
        usize::from(config.dataflow.has_ws()),
        usize::from(config.has_os()),
    );
    Packed::new([
        ("os", usize::from(config.has_both())),
        ("x_last", os),
        ("keep", 1),
        ("zero", 1),
        ("last", 1),
        ("first", 1),
        ("resume", 1),
        ("open", os),
        ("group", os),
        ("start", ws),
        ("panel", ws),
        ("end", ws),
        ("order", config.order_bits()),
        ("from", config.sum_addr_bits()),
        ("to", config.sum_addr_bits()),
    ])
}
