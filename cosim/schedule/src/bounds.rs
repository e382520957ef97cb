//! What no schedule can beat: the limit of the PEs, the limit of whole tiles, and the
//! speed-up that dropping units can give at most.

use crate::Edge;
use heddle_gemm::Shape;
use heddle_hdl::ArrayConfig;

/// Cycles if every PE did useful work in every cycle: MACs / (rows * cols).
pub fn limit(config: &ArrayConfig, macs: u64) -> f64 {
    macs as f64 / (config.rows * config.cols) as f64
}

/// Cycles of a weight-stationary schedule whose tiles follow each other without a bubble: the
/// sum of max(M, weight beats) over the tiles, whose words enter at `edge`. A ragged tile has
/// as many beats as lines.
pub fn weight_stationary(config: &ArrayConfig, extent: Shape, edge: Edge) -> u64 {
    if extent.is_empty() {
        return 0;
    }
    let (k_tiles, n_tiles) = (
        extent.k.div_ceil(config.rows),
        extent.n.div_ceil(config.cols),
    );
    let (length, size, others) = match edge {
        Edge::Top => (extent.k, config.rows, n_tiles),
        Edge::Left => (extent.n, config.cols, k_tiles),
    };
    others as u64 * of_lines(length, size, extent.m)
}

/// The same for an output-stationary schedule: the sum of max(K, rows in use) over the tiles.
pub fn output_stationary(config: &ArrayConfig, extent: Shape) -> u64 {
    if extent.is_empty() {
        return 0;
    }
    extent.n.div_ceil(config.cols) as u64 * of_lines(extent.m, config.rows, extent.k)
}

/// The sum of max(part, `beats`) over the parts into which a `length` is cut, each of
/// `size` but the last.
fn of_lines(length: usize, size: usize, beats: usize) -> u64 {
    let ragged = length % size;
    let last = if ragged > 0 { ragged.max(beats) } else { 0 };
    (length / size) as u64 * size.max(beats) as u64 + last as u64
}

/// Upper bound of the speed-up of one masked product: 1 / (1 - p).
pub fn masked_speedup(p: f64) -> f64 {
    1.0 / (1.0 - p)
}

/// Upper bound of the speed-up over several products: `products` holds the MACs of
/// each and the probability `p` with which its units are dropped (0 where it is not
/// masked).
pub fn speedup(products: impl IntoIterator<Item = (f64, f64)>) -> f64 {
    let (dense, packed) = products
        .into_iter()
        .fold((0.0, 0.0), |(dense, packed), (macs, p)| {
            (dense + macs, packed + macs * (1.0 - p))
        });
    if packed == 0.0 {
        1.0
    } else {
        dense / packed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_format::Format;

    #[test]
    fn the_published_bounds_on_16_x_16() {
        let config = ArrayConfig::new(16, 16, Format::Int8);
        let extent = |m, k, n| Shape { m, k, n };
        assert_eq!(limit(&config, extent(20, 650, 2600).macs()), 132_031.25);
        for edge in [Edge::Top, Edge::Left] {
            let of = |m, k, n| weight_stationary(&config, extent(m, k, n), edge);
            assert_eq!(of(20, 650, 2600), 133_660);
            assert_eq!(of(20, 325, 2600), 68_460);
            assert_eq!(of(20, 2600, 650), 133_660);
            assert_eq!(of(20, 2600, 325), 68_460);
            assert_eq!(of(650, 20, 2600), 211_900);
            assert_eq!(of(325, 20, 2600), 105_950);
            assert_eq!(of(20, 0, 2600), 0);
        }
        assert_eq!(output_stationary(&config, extent(650, 20, 2600)), 133_660);
    }

    #[test]
    fn ragged_tiles_load_and_exchange_less() {
        let config = ArrayConfig::new(16, 16, Format::Int8);
        let extent = Shape { m: 20, k: 3, n: 35 };
        // Two m-tiles of 16 and 4 rows, three n-tiles.
        assert_eq!(output_stationary(&config, extent), 3 * (16 + 4));
        let few = Shape { m: 2, k: 20, n: 35 };
        assert_eq!(weight_stationary(&config, few, Edge::Top), 3 * 20);
        assert_eq!(weight_stationary(&config, few, Edge::Left), 2 * 35);
        let none = Shape { m: 0, k: 3, n: 35 };
        assert_eq!(output_stationary(&config, none), 0);
    }

    #[test]
    fn equal_w_and_u_give_the_two_simple_forms() {
        for p in [0.3, 0.5, 0.65] {
            let nr_only = speedup([(1.0, p), (1.0, 0.0)]);
            assert!((nr_only - 1.0 / (1.0 - p / 2.0)).abs() < 1e-12);
            let both = speedup([(1.0, p), (1.0, p)]);
            assert!((both - masked_speedup(p)).abs() < 1e-12);
        }
    }
}
