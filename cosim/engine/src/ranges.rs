//! Sets of addresses.

use std::ops::Range;

/// A set of bytes, as ranges that neither overlap nor touch, in increasing order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges(Vec<Range<u64>>);

impl Ranges {
    /// The union of any ranges.
    pub fn new(ranges: impl IntoIterator<Item = Range<u64>>) -> Self {
        let mut all: Vec<_> = ranges
            .into_iter()
            .filter(|range| !range.is_empty())
            .collect();
        all.sort_by_key(|range| range.start);
        let mut joined: Vec<Range<u64>> = Vec::with_capacity(all.len());
        for range in all {
            match joined.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        Self(joined)
    }

    /// The ranges.
    pub fn iter(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        self.0.iter().cloned()
    }

    /// How many bytes there are.
    pub fn bytes(&self) -> u64 {
        self.0.iter().map(|range| range.end - range.start).sum()
    }

    /// Whether all of `range` is in the set.
    pub fn holds(&self, range: Range<u64>) -> bool {
        let after = self.0.partition_point(|of| of.start <= range.start);
        after > 0 && range.end <= self.0[after - 1].end
    }

    /// Whether some of `range` is in the set.
    pub fn meets(&self, range: Range<u64>) -> bool {
        let after = self.0.partition_point(|of| of.end <= range.start);
        self.0.get(after).is_some_and(|of| of.start < range.end)
    }

    /// The set widened to whole words of `bytes` bytes.
    pub fn words(&self, bytes: u64) -> Self {
        Self::new(
            self.iter()
                .map(|range| range.start / bytes * bytes..range.end.next_multiple_of(bytes)),
        )
    }

    /// Both sets together.
    pub fn union(&self, other: &Self) -> Self {
        Self::new(self.iter().chain(other.iter()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_joined_and_asked() {
        let set = Ranges::new([10..14, 2..4, 14..16, 4..4, 12..15]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [2..4, 10..16]);
        assert_eq!(set.bytes(), 8);
        assert!(set.holds(11..16) && !set.holds(3..5) && !set.holds(0..1) && !set.holds(15..17));
        assert!(set.meets(3..5) && set.meets(0..20) && !set.meets(4..10) && !set.meets(16..20));
        assert_eq!(set.words(4).iter().collect::<Vec<_>>(), [0..4, 8..16]);
        assert_eq!(
            set.union(&Ranges::new(Some(4..10)))
                .iter()
                .collect::<Vec<_>>(),
            Vec::from_iter(Some(2..16))
        );
    }
}
