//! The decoder's input feed under the masks of site out.
//!
//! OpenNMT drops of h~ once: what the softmax reads is also what the decoder's next step reads
//! beside its word. A unit that out drops in step t is then a row of the first layer's W that
//! step t + 1 has no use for, and its product skips it.

use crate::masks::SiteMasks;
use crate::Scalar;
use heddle_gemm::Mask;

/// The masks on the input of the decoder's first layer, [word vector, h~ before], where h~ is
/// dropped by `out`: the word vector of `embedding` units stays whole. They scale nothing,
/// [`dropped`] does.
///
/// The first step reads no h~ but zeros, of which it does not matter what is dropped: it has
/// the masks of its own step, so that exact counts are the same in every step.
pub(super) fn masks<T: Scalar>(out: &SiteMasks<T>, embedding: usize, batch: usize) -> SiteMasks<T> {
    let SiteMasks::Units { masks, samples, .. } = out else {
        return SiteMasks::Off;
    };
    let behind = |mask: &Mask| {
        let word = std::iter::repeat_n(true, embedding);
        word.chain((0..mask.len()).map(|unit| mask.keeps(unit)))
            .collect::<Mask>()
    };
    // Those of one step, which are all where the steps share them.
    let groups = out.groups(batch).count.min(masks.len());
    let earlier = masks[..groups].iter().chain(masks);
    SiteMasks::Units {
        masks: earlier.take(masks.len()).map(behind).collect(),
        scale: T::one(),
        samples: *samples,
    }
}

/// h~ of step `t` (B x H) as the next step reads it.
pub(super) fn dropped<'a, T: Scalar>(
    out: Option<&SiteMasks<T>>,
    t: usize,
    h: &'a [T],
    room: &'a mut [T],
) -> &'a [T] {
    match out {
        None | Some(SiteMasks::Off) => h,
        Some(out) => {
            let room = &mut room[..h.len()];
            out.apply(t, h, room);
            room
        }
    }
}
