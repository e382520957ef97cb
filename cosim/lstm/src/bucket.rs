//! Which sentences come into a batch together.

use heddle_format::named;

/// The order of sentences in the batches of an epoch, shuffled in any case, as are the batches.
///
/// Sentences of like length beside each other need little padding; but a batch of them says little of the others, and its
/// gradient has more noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// As they were shuffled.
    None,
    /// All of the epoch sorted by length.
    Length,
    /// Those of 16 batches at a time sorted by length.
    Coarse,
}

named!(
    Bucket,
    "order of sentences",
    None = "none",
    Length = "length",
    Coarse = "coarse"
);

/// Batches whose sentences are sorted together under [`Bucket::Coarse`].
pub(crate) const COARSE: usize = 16;
/// What stands for all batches of the epoch.
pub(crate) const ALL: usize = 0;

impl Bucket {
    /// How many batches' sentences are sorted by length among themselves: 1 leaves them as they are shuffled, 0 is all.
    pub const fn sorted(self) -> usize {
        match self {
            Bucket::None => 1,
            Bucket::Length => ALL,
            Bucket::Coarse => COARSE,
        }
    }
}

/// Hands `sort` the runs of `order` that are sorted by length, where `sorted` batches of `batch` are sorted together.
pub(crate) fn each_run<T>(
    order: &mut [T],
    sorted: usize,
    batch: usize,
    sort: impl FnMut(&mut [T]),
) {
    let run = match sorted {
        1 => return,
        ALL => order.len(),
        sorted => sorted.saturating_mul(batch),
    };
    order.chunks_mut(run.max(1)).for_each(sort);
}
