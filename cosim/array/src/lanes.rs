//! Packed buses: equally wide elements, element 0 in the low bits of word 0.

/// Words of 32 bits in a bus of `lanes` elements of `bits` bits.
pub fn words(lanes: usize, bits: usize) -> usize {
    (lanes * bits).div_ceil(32)
}

/// Writes element `lane`, the low `bits` bits of `value`; the others stay.
#[inline(always)]
pub fn put(bus: &mut [u32], bits: usize, lane: usize, value: u64) {
    match bits {
        8 => {
            let shift = (lane % 4) * 8;
            let word = &mut bus[lane / 4];
            *word = *word & !(0xff << shift) | (value as u32 & 0xff) << shift;
        }
        16 => {
            let shift = (lane % 2) * 16;
            let word = &mut bus[lane / 2];
            *word = *word & !(0xffff << shift) | (value as u32 & 0xffff) << shift;
        }
        32 => bus[lane] = value as u32,
        64 => {
            bus[2 * lane] = value as u32;
            bus[2 * lane + 1] = (value >> 32) as u32;
        }
        _ => put_any(bus, bits, lane, value),
    }
}

/// Reads element `lane`, zero-extended.
#[inline(always)]
pub fn get(bus: &[u32], bits: usize, lane: usize) -> u64 {
    match bits {
        8 => u64::from(bus[lane / 4] >> ((lane % 4) * 8) & 0xff),
        16 => u64::from(bus[lane / 2] >> ((lane % 2) * 16) & 0xffff),
        32 => u64::from(bus[lane]),
        64 => u64::from(bus[2 * lane]) | u64::from(bus[2 * lane + 1]) << 32,
        _ => get_any(bus, bits, lane),
    }
}

/// The low `bits` bits of `value` as a two's complement number.
#[inline(always)]
pub fn sign_extend(value: u64, bits: usize) -> i64 {
    ((value << (64 - bits)) as i64) >> (64 - bits)
}

/// Mask of the low `bits` bits, 1 to 64.
fn low(bits: usize) -> u64 {
    u64::MAX >> (64 - bits)
}

fn put_any(bus: &mut [u32], bits: usize, lane: usize, value: u64) {
    let mut first = lane * bits;
    let mut left = bits;
    let mut value = value & low(bits);
    while left > 0 {
        let offset = first % 32;
        let taken = left.min(32 - offset);
        let mask = (low(taken) as u32) << offset;
        let word = &mut bus[first / 32];
        *word = *word & !mask | (value as u32) << offset & mask;
        value >>= taken;
        first += taken;
        left -= taken;
    }
}

fn get_any(bus: &[u32], bits: usize, lane: usize) -> u64 {
    let mut first = lane * bits;
    let mut value = 0;
    let mut done = 0;
    while done < bits {
        let offset = first % 32;
        let taken = (bits - done).min(32 - offset);
        value |= (u64::from(bus[first / 32] >> offset) & low(taken)) << done;
        first += taken;
        done += taken;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every width that a port can have, fast paths and the general one.
    const WIDTHS: [usize; 12] = [1, 3, 8, 16, 20, 24, 28, 32, 40, 48, 56, 64];

    #[test]
    fn what_was_put_is_what_one_gets_and_neighbours_stay() {
        for bits in WIDTHS {
            let lanes = 19;
            let mut bus = vec![0u32; words(lanes, bits)];
            let value =
                |lane: usize| (0x9e37_79b9_7f4a_7c15u64.rotate_left(lane as u32 * 7)) & low(bits);
            // Odd lanes first, so that every put has neighbours to spare.
            for lane in (1..lanes).step_by(2).chain((0..lanes).step_by(2)) {
                put(&mut bus, bits, lane, !value(lane));
                put(&mut bus, bits, lane, value(lane) | !low(bits));
            }
            for lane in 0..lanes {
                assert_eq!(
                    get(&bus, bits, lane),
                    value(lane),
                    "{bits} bits, lane {lane}"
                );
            }
        }
    }

    #[test]
    fn fast_paths_lay_bits_out_like_the_general_one() {
        for bits in [8, 16, 32, 64] {
            let (mut fast, mut slow) = (vec![0; words(9, bits)], vec![0; words(9, bits)]);
            for lane in 0..9 {
                let value = 0x0123_4567_89ab_cdefu64.wrapping_mul(lane as u64 + 3);
                put(&mut fast, bits, lane, value);
                put_any(&mut slow, bits, lane, value);
            }
            assert_eq!(fast, slow);
            for lane in 0..9 {
                assert_eq!(get(&fast, bits, lane), get_any(&fast, bits, lane));
            }
        }
    }

    #[test]
    fn sign_extension() {
        assert_eq!(sign_extend(0xff_ffff, 24), -1);
        assert_eq!(sign_extend(0x7f_ffff, 24), 0x7f_ffff);
        assert_eq!(sign_extend(1 << 47, 48), -(1 << 47));
        assert_eq!(sign_extend(u64::MAX, 64), -1);
    }
}
