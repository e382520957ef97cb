//! Vectors of numbers: the instructions that the tiles are made of.

use std::ops::{Add, Mul};

/// One vector of an instruction set.
///
/// # Safety
/// Every function may be called only on a CPU with the instruction set; pointers must
/// be good for the lanes that the mask selects.
pub(super) trait Lanes: Copy {
    /// What a lane holds.
    type T: Copy + Default + Add<Output = Self::T> + Send + Sync + 'static;
    /// A vector.
    type V: Copy;
    /// Which lanes are loaded and stored.
    type M: Copy;
    /// Lanes of a vector.
    const WIDTH: usize;
    /// Vectors side by side and most rows of a tile whose sums stay in registers.
    const OUTER: (usize, usize);
    /// Most rows and columns of a tile with one vector for every sum.
    const DOT: (usize, usize);

    /// The first `n` lanes, all for more than there are.
    unsafe fn first(n: usize) -> Self::M;
    unsafe fn zero() -> Self::V;
    unsafe fn splat(x: Self::T) -> Self::V;
    /// Every lane: a masked load costs an instruction more.
    unsafe fn load(from: *const Self::T) -> Self::V;
    /// The lanes of the mask, and zeros.
    unsafe fn load_some(from: *const Self::T, mask: Self::M) -> Self::V;
    unsafe fn store(to: *mut Self::T, mask: Self::M, v: Self::V);
    unsafe fn store_all(to: *mut Self::T, v: Self::V);
    /// `a * b + c`.
    unsafe fn mul_add(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// The sums over the lanes of four vectors.
    unsafe fn sums(v: [Self::V; 4]) -> [Self::T; 4];
    /// Fetches the line that `at` points to, which need not be good to read.
    unsafe fn prefetch(at: *const Self::T);
}

/// Plain arrays of eight, for any CPU.
#[derive(Clone, Copy)]
pub(super) struct Plain<T>(std::marker::PhantomData<T>);

impl<T> Lanes for Plain<T>
where
    T: Copy + Default + Add<Output = T> + Mul<Output = T> + Send + Sync + 'static,
{
    type T = T;
    type V = [T; 8];
    type M = usize;
    const WIDTH: usize = 8;
    const OUTER: (usize, usize) = (2, 2);
    const DOT: (usize, usize) = (2, 2);

    #[inline(always)]
    unsafe fn first(n: usize) -> usize {
        n.min(Self::WIDTH)
    }

    #[inline(always)]
    unsafe fn zero() -> Self::V {
        [T::default(); 8]
    }

    #[inline(always)]
    unsafe fn splat(x: T) -> Self::V {
        [x; 8]
    }

    #[inline(always)]
    unsafe fn load(from: *const T) -> Self::V {
        // SAFETY: all lanes are good.
        unsafe { from.cast::<Self::V>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn load_some(from: *const T, mask: usize) -> Self::V {
        // SAFETY: the lanes below the mask are good.
        std::array::from_fn(|i| {
            if i < mask {
                unsafe { *from.add(i) }
            } else {
                T::default()
            }
        })
    }

    #[inline(always)]
    unsafe fn store(to: *mut T, mask: usize, v: Self::V) {
        for (i, &x) in v.iter().enumerate().take(mask) {
            // SAFETY: the lanes below the mask are good.
            unsafe { *to.add(i) = x };
        }
    }

    #[inline(always)]
    unsafe fn store_all(to: *mut T, v: Self::V) {
        // SAFETY: all lanes are good.
        unsafe { to.cast::<Self::V>().write_unaligned(v) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        // Not fused: where no instruction is known for it, fusing is a library call.
        std::array::from_fn(|i| a[i] * b[i] + c[i])
    }

    #[inline(always)]
    unsafe fn sums(v: [Self::V; 4]) -> [T; 4] {
        v.map(|v| ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])))
    }

    #[inline(always)]
    unsafe fn prefetch(_: *const T) {}
}
