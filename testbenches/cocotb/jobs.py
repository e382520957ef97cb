"""Random jobs: operands in memory, descriptors, and what becomes of memory."""

import numpy as np
from numbers_in_memory import product

NN, NT, TN = range(3)
DENSE, GATED, PACKED = range(3)
ZERO, IN_PLACE, BIAS, ELSEWHERE = range(4)


class Limits:
    """What fits on chip, as the engine's registers tell it."""

    def __init__(self, header, registers):
        of = lambda register, name: header.field(registers[register], f"{register}_{name}")
        self.rows, self.cols = of("ARRAY", "ROWS"), of("ARRAY", "COLS")
        self.operand_bytes = of("FORMAT", "OPERAND_BYTES")
        self.sum_bytes = of("FORMAT", "SUM_BYTES")
        self.sum_bits = of("FORMAT", "SUM_BITS")
        self.layouts = [NN, NT] * of("FORMAT", "WS") + [TN] * of("FORMAT", "OS")
        self.bus_bytes = of("BUS", "BYTES")
        self.max_dim = of("LIMITS", "MAX_DIM")
        self.a_words = registers["A_BUFFER"]
        self.b_slots, self.slot_words = of("B_BUFFER", "SLOTS"), of("B_BUFFER", "SLOT_WORDS")
        self.sum_words = registers["SUM_BUFFER"]

    def fit(self, layout, m, k, n, panel):
        """Whether a job fits."""
        tiles = lambda size, lanes: -(-size // lanes)
        words = k * tiles(m, self.rows) if layout == TN else m * tiles(k, self.rows)
        slots = {
            NN: 0,
            NT: min(n, panel * self.cols) if panel else n,
            TN: k * tiles(n, self.slot_words * self.cols),
        }[layout]
        sums = (m + 1) * tiles(n, self.cols)
        return words <= self.a_words and slots <= self.b_slots and sums <= self.sum_words


class Space:
    """Memory from the host's side: what the engine finds, and what it must make of it."""

    def __init__(self, ram, random, begin):
        self.ram = ram
        self.random = random
        self.next = begin
        # Whether a sum of its jobs does.
        self.overflows = False
        noise = random.bytes(ram.size)
        ram.mem[:] = noise
        self.wanted = bytearray(noise)

    def place(self, size, align):
        """Room for so many bytes, with a gap before it."""
        at = self.next + int(self.random.integers(0, 40))
        at = -(-at // align) * align
        self.next = at + size
        assert self.next <= self.ram.size, "memory is full"
        return at

    def write(self, at, data):
        """What the engine finds."""
        self.ram.write(at, data)
        self.wanted[at : at + len(data)] = data

    def want(self, at, data):
        """What it must write."""
        self.wanted[at : at + len(data)] = data

    def difference(self):
        """The first byte that is not as it must be."""
        found = np.frombuffer(bytes(self.ram.mem), np.uint8)
        wanted = np.frombuffer(bytes(self.wanted), np.uint8)
        wrong = np.flatnonzero(found != wanted)
        if not len(wrong):
            return None
        at = int(wrong[0])
        return f"{len(wrong)} wrong bytes, first at {at:#x}: {found[at]:#04x}, not {wanted[at]:#04x}"


class Matrix:
    """Rows in memory, at any multiple of an operand."""

    def __init__(self, space, limits, rows, row_bytes, one_row=False):
        pad = int(space.random.integers(0, 9)) * limits.operand_bytes
        self.stride = 0 if one_row else row_bytes + pad
        self.at = space.place((rows - 1) * self.stride + row_bytes, limits.operand_bytes)

    def row(self, index):
        """Where a row begins."""
        return self.at + index * self.stride


class Mask:
    """A mask in memory, or none; bits beyond the dimension are noise."""

    def __init__(self, space, size, there):
        random = space.random
        self.keep = np.ones(size, bool)
        self.at = None
        if there:
            density = random.choice([0.0, 0.1, 0.5, 0.5, 0.5, 0.9, 1.0])
            self.keep = random.random(size) < density
            self.at = space.place(-(-size // 512) * 64, 64)
            bits = np.concatenate([self.keep, random.random(-size % 8) < 0.5])
            space.write(self.at, np.packbits(bits, bitorder="little").tobytes())


class Chain:
    """Jobs whose sums pass through memory once; most have one."""

    def __init__(self, space, limits, numbers, layout, policy, start, most, masked="mkn"):
        self.space, self.limits, self.numbers = space, limits, numbers
        random = space.random
        self.layout, self.policy, self.masked = layout, policy, masked
        mask_n = self.has_mask("n")
        if policy != DENSE and mask_n and start in (BIAS, ELSEWHERE):
            start = IN_PLACE  # what cannot be copied: COPY
        self.start = start
        while True:
            self.m, self.k, self.n = (int(size) for size in random.integers(1, most, 3, endpoint=True))
            tiles = -(-self.n // limits.cols)
            self.panel = int(random.integers(0, tiles + 1)) if layout == NT else 0
            if limits.fit(layout, self.m, self.k, self.n, self.panel):
                break
            most = max(1, most - 1)
        room = limits.sum_words - (self.m + 1) * tiles
        self.sums_at = int(random.integers(0, room + 1))
        self.mask_n = Mask(space, self.n, mask_n)
        row = self.n * limits.sum_bytes
        self.c = Matrix(space, limits, self.m, row)
        self.c0 = self.c
        if start in (BIAS, ELSEWHERE):
            self.c0 = Matrix(space, limits, self.m, row, start == BIAS)
        self.sums = np.zeros((self.m, self.n), numbers.seeds(random, 1).dtype)
        if start == BIAS:
            self.sums[:] = numbers.seeds(random, self.n)
        elif start != ZERO:
            self.sums = numbers.seeds(random, (self.m, self.n))
        if start != ZERO:
            for m in range(self.m):
                space.write(self.c0.row(m), numbers.sum_bytes(self.sums[m]))
        self.a = None

    def has_mask(self, dimension):
        """Whether there is one: `masked` says of which dimensions there may be one."""
        return dimension in self.masked and bool(self.space.random.integers(0, 2))

    def operands(self):
        """A, masks of m and k, and B of the next job; A may be that of the job before."""
        random = self.space.random
        self.keep_a = self.a is not None and random.random() < 0.25
        if not self.keep_a:
            if self.a is not None:
                self.k = int(random.integers(1, self.k, endpoint=True))
            copies = self.policy != DENSE and self.start == ELSEWHERE
            self.mask_m = Mask(self.space, self.m, self.has_mask("m") and not copies)
            self.mask_k = Mask(self.space, self.k, self.has_mask("k"))
            self.a_values = self.numbers.operands(random, (self.m, self.k))
            self.a = self.matrix(self.a_values.T if self.layout == TN else self.a_values)
        b_values = self.numbers.operands(random, (self.k, self.n))
        self.b = self.matrix(b_values.T if self.layout == NT else b_values)
        return b_values

    def matrix(self, values):
        """Operands in memory."""
        rows, cols = values.shape
        matrix = Matrix(self.space, self.limits, rows, cols * self.limits.operand_bytes)
        for row in range(rows):
            self.space.write(matrix.row(row), self.numbers.operand_bytes(values[row]))
        return matrix

    def job(self, header, resume, stay, irq, tag):
        """The next job's descriptor, whose work is done in `wanted`."""
        b_values = self.operands()
        keeps = [mask.keep for mask in (self.mask_m, self.mask_k, self.mask_n)]
        steps = product(self.a_values, b_values, *keeps)
        self.space.overflows |= self.numbers.overflows(self.sums, steps)
        self.sums = self.sums + steps.sum(axis=1)
        if not stay:
            for m in range(self.m):
                self.space.want(self.c.row(m), self.numbers.sum_bytes(self.sums[m]))
        return self.descriptor(header, resume, stay, irq, tag)

    def descriptor(self, header, resume, stay, irq, tag, **changed):
        """A descriptor; `changed` are members that are to be wrong."""
        address = lambda at: self.space.ram.base + at
        mask = lambda of: 0 if of.at is None else address(of.at)
        flags = header.flags(
            layout=self.layout,
            policy=self.policy,
            c0=self.start != ZERO,
            resume=resume,
            stay=stay,
            irq=irq,
            fence=self.space.random.random() < 0.25,
            keep_a=self.keep_a,
            mask_m=self.mask_m.at is not None,
            mask_k=self.mask_k.at is not None,
            mask_n=self.mask_n.at is not None,
            tag=tag,
        )
        members = {
            "flags": flags,
            "m": self.m,
            "k": self.k,
            "n": self.n,
            "panel": self.panel,
            "sums": self.sums_at,
            "a": address(self.a.at),
            "b": address(self.b.at),
            "c0_base": address(self.c0.at),
            "c": address(self.c.at),
            "a_stride": self.a.stride,
            "b_stride": self.b.stride,
            "c0_stride": self.c0.stride,
            "c_stride": self.c.stride,
            "m_mask": mask(self.mask_m),
            "k_mask": mask(self.mask_k),
            "n_mask": mask(self.mask_n),
        }
        return header.descriptor(**(members | changed))
