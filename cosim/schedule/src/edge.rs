//! The array's edges.

/// The edge at which a tile's weights enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edge {
    /// One row k of the tile per beat.
    Top,
    /// One column n of the tile per beat.
    Left,
}
