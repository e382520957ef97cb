"""Numbers as they lie in memory, and their product by numpy, apart from every model of Heddle's."""

import numpy as np


class Integers:
    """int8 and int16: sums wrap."""

    def __init__(self, operand_bytes, sum_bytes, sum_bits):
        self.operand_type = np.dtype(f"<i{operand_bytes}")
        self.sum_type = np.dtype(f"<i{sum_bytes}")
        self.sum_bits = sum_bits

    def operands(self, random, shape):
        """Operands over their whole range."""
        limits = np.iinfo(self.operand_type)
        return random.integers(limits.min, limits.max, shape, endpoint=True)

    def seeds(self, random, shape):
        """Sums over their whole range."""
        half = 1 << (self.sum_bits - 1)
        return random.integers(-half, half - 1, shape, endpoint=True)

    def overflows(self, sums, steps):
        """Whether a sum leaves its range while it takes its steps; `steps` are [M][K][N]."""
        half = 1 << (self.sum_bits - 1)
        after = self.wrapped(sums)[:, None, :] + np.cumsum(steps, axis=1)
        return bool(((after < -half) | (after >= half)).any())

    def wrapped(self, sums):
        """Integers as so many bits have them."""
        half = 1 << (self.sum_bits - 1)
        return (sums + half) % (1 << self.sum_bits) - half

    def operand_bytes(self, values):
        """A row of operands in memory."""
        return values.astype(self.operand_type).tobytes()

    def sum_bytes(self, sums):
        """A row of sums in memory."""
        return self.wrapped(sums).astype(self.sum_type).tobytes()


class Bf16:
    """bf16, sums in f32: integers times a power of two, so small that every sum is exact."""

    operand_type = np.dtype("<u2")
    sum_type = np.dtype("<f4")

    def operands(self, random, shape):
        """Operands: integers in quarters."""
        return random.integers(-128, 128, shape, endpoint=True) / 4.0

    def seeds(self, random, shape):
        """Sums: integers in sixteenths."""
        return random.integers(-(1 << 18), 1 << 18, shape, endpoint=True) / 16.0

    def overflows(self, sums, steps):
        """bf16 has no overflow that is told."""
        return False

    def operand_bytes(self, values):
        """The upper halves of f32."""
        bits = values.astype("<f4").view("<u4")
        assert not (bits & 0xFFFF).any(), "an operand is no bf16"
        return (bits >> 16).astype("<u2").tobytes()

    def sum_bytes(self, sums):
        """A row of sums in memory; zeros are positive, as sums that begin with +0 have them."""
        exact = (sums + 0.0).astype("<f4")
        assert (exact == sums).all(), "a sum is not exact"
        return exact.tobytes()


def product(a, b, keep_m, keep_k, keep_n):
    """A B with rows, steps and columns that are dropped taken as zeros: its steps, [M][K][N]."""
    left, right = a * np.outer(keep_m, keep_k), b * np.outer(keep_k, keep_n)
    return left[:, :, None] * right[None, :, :]
