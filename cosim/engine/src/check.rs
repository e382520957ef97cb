//! Whether a descriptor can be done, in the documented order of the checks.

use crate::descriptor::{Descriptor, Layout, Words};
use crate::{Code, Sizes};
use heddle_gemm::{Policy, Shape};

/// Alignment of a mask in memory.
pub const MASK_ALIGN: u64 = 64;

/// The fields of `words` if the engine can do them after the job `before`, which was done.
///
/// # Errors
/// The first code that applies.
pub fn check(
    sizes: &Sizes,
    words: &Words,
    before: Option<&Descriptor>,
) -> Result<Descriptor, Code> {
    let layout = words[0] & 3;
    if Layout::ALL
        .get(layout as usize)
        .is_none_or(|layout| !sizes.has(*layout))
    {
        return Err(Code::Layout);
    }
    let job = Descriptor::unpack(words)?;
    fields(sizes, words, &job)?;
    space(sizes, &job)?;
    order(&job, before)?;
    Ok(job)
}

fn refuse(bad: bool, code: Code) -> Result<(), Code> {
    match bad {
        true => Err(code),
        false => Ok(()),
    }
}

fn fields(sizes: &Sizes, words: &Words, job: &Descriptor) -> Result<(), Code> {
    let Shape { m, k, n } = job.shape;
    let beyond = sizes.engine.addr_bits - 32;
    let high_words = (6..14).chain(18..24).skip(1).step_by(2);
    let too_high = high_words
        .into_iter()
        .any(|word| u64::from(words[word]) >> beyond != 0);
    let panel = job.panel != 0 && job.layout != Layout::Nt;
    refuse(too_high || panel, Code::Reserved)?;
    refuse([m, k, n].contains(&0), Code::Zero)?;
    refuse(m.max(k).max(n) > sizes.engine.max_dim, Code::Dim)?;
    let operand = sizes.operand_bytes as u64;
    let places = [job.a, job.b, job.c0_at, job.c];
    let misplaced = places.iter().any(|place| {
        !place.base.is_multiple_of(operand) || !u64::from(place.stride).is_multiple_of(operand)
    });
    let mut masks = job.masks.into_iter().flatten();
    refuse(
        misplaced || masks.any(|base| !base.is_multiple_of(MASK_ALIGN)),
        Code::Align,
    )
}

fn space(sizes: &Sizes, job: &Descriptor) -> Result<(), Code> {
    let engine = &sizes.engine;
    refuse(
        !job.keep_a && sizes.a_words(job.layout, job.shape) > engine.a_words,
        Code::ASpace,
    )?;
    refuse(
        job.sums + sizes.sum_words(job.shape, job.is_bias()) > engine.sum_words,
        Code::SumSpace,
    )?;
    refuse(
        job.layout != Layout::Nn && sizes.slots(job) > engine.b_slots,
        Code::BSpace,
    )
}

fn order(job: &Descriptor, before: Option<&Descriptor>) -> Result<(), Code> {
    let goes_on = |before: &Descriptor| {
        let of = |job: &Descriptor| {
            let Shape { m, n, .. } = job.shape;
            (job.layout, job.policy, m, n, job.sums, job.masks[2])
        };
        before.stay && of(before) == of(job)
    };
    refuse(job.resume && !before.is_some_and(goes_on), Code::NoSums)?;
    let same_a = |before: &Descriptor| {
        let of = |job: &Descriptor| {
            let Shape { m, k, .. } = job.shape;
            (job.layout, job.policy, m, k, job.masks[0], job.masks[1])
        };
        of(before) == of(job)
    };
    refuse(job.keep_a && !before.is_some_and(same_a), Code::KeepA)?;
    let copies = job.masks[2].is_some() || (job.masks[0].is_some() && job.c0_at.stride != 0);
    refuse(
        job.policy != Policy::Dense && job.c0 && !job.in_place() && copies,
        Code::Copy,
    )
}
