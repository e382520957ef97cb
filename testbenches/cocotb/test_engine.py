"""The engine from its pins: AXI4 memory and AXI4-Lite registers of cocotbext-axi, products by numpy.

Every byte of memory is compared, so those outside C, too. HEDDLE_FOLDER is the generated folder,
HEDDLE_ROUNDS how many rings of random jobs there are.
"""

import itertools
import os

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles
from cocotbext.axi.constants import AxiResp
from header import Header
from host import BASE, RING_BITS, SIZE, Host
from jobs import BIAS, DENSE, ELSEWHERE, IN_PLACE, NN, PACKED, ZERO, Chain, Limits, Space
from numbers_in_memory import Bf16, Integers

HEADER = Header(os.environ["HEDDLE_FOLDER"])
ROUNDS = int(os.environ.get("HEDDLE_ROUNDS", "4"))
RING = (1 << RING_BITS) * HEADER.DESC_BYTES
CONSTANTS = ["ID", "VERSION", "ARRAY", "FORMAT", "BUS", "LIMITS"]
CONSTANTS += ["A_BUFFER", "B_BUFFER", "SUM_BUFFER"]


class Bench:
    """An engine that runs, and what is known of it."""

    def __init__(self, host, limits, numbers, random):
        self.host, self.limits, self.numbers, self.random = host, limits, numbers, random
        # The job's products, so that a simulation takes as long as it may.
        self.most = 12 + limits.rows

    @classmethod
    async def start(cls, dut, seed, latency, pauses):
        random = np.random.default_rng(seed)
        host = Host(dut, HEADER, latency)
        if pauses:
            draw = lambda: (random.random() < pauses for _ in itertools.count())
            host.ram.pause(draw)
            for channel in (host.lite.write_if.b_channel, host.lite.read_if.r_channel):
                channel.set_pause_generator(draw())
        await host.reset()
        registers = {name: await host.read(name) for name in CONSTANTS}
        assert registers["ID"] == HEADER.ID_VALUE
        assert HEADER.field(registers["VERSION"], "VERSION_MAJOR") == HEADER.VERSION_MAJOR_VALUE
        limits = Limits(HEADER, registers)
        assert limits.bus_bytes == len(dut.m_axi_wdata) // 8
        numbers = Integers(limits.operand_bytes, limits.sum_bytes, limits.sum_bits)
        if HEADER.field(registers["FORMAT"], "FORMAT_FORMAT") == HEADER.FORMAT_BF16:
            numbers = Bf16()
        await host.start()
        return cls(host, limits, numbers, random)

    def space(self):
        return Space(self.host.ram, self.random, RING)

    def chain(self, space, layout, policy, start, masked="mkn"):
        return Chain(space, self.limits, self.numbers, layout, policy, start, self.most, masked)

    def jobs(self, space, layout, policy, start, count):
        """The descriptors of a chain of `count` jobs, and the products that are counted."""
        chain = self.chain(space, layout, policy, start)
        descriptors, macs = [], 0
        for index in range(count):
            stay = index + 1 < count
            irq = not stay or self.random.random() < 0.3
            tag = int(self.random.integers(0, 1 << 16))
            descriptors.append(chain.job(HEADER, index > 0, stay, irq, tag))
            kept = [mask.keep.sum() for mask in (chain.mask_m, chain.mask_k, chain.mask_n)]
            dims = kept if policy != DENSE else [chain.m, chain.k, chain.n]
            macs += int(np.prod(dims))
        return descriptors, macs


@cocotb.test()
async def jobs_of_all_kinds(dut):
    """Each layout with each policy and each start, in chains of one to three jobs."""
    bench = await Bench.start(dut, 1, latency=20, pauses=0.2)
    host, random = bench.host, bench.random
    kinds = list(itertools.product(bench.limits.layouts, range(3), (ZERO, IN_PLACE, BIAS, ELSEWHERE)))
    random.shuffle(kinds)
    kinds = itertools.cycle(kinds)
    for _ in range(ROUNDS):
        space = bench.space()
        await host.write(
            "CONTROL", HEADER.CONTROL_ENABLE_MASK | HEADER.CONTROL_CLEAR_COUNTERS_MASK
        )
        descriptors, macs = [], 0
        while len(descriptors) < 1 << RING_BITS:
            room = (1 << RING_BITS) - len(descriptors)
            count = min(room, int(random.choice([1, 1, 2, 3])))
            more, counted = bench.jobs(space, *next(kinds), count)
            descriptors += more
            macs += counted
        # In two goes, so that jobs are under way when others come.
        cut = int(random.integers(1, len(descriptors)))
        await host.submit(space, descriptors[:cut])
        await ClockCycles(dut.clk_i, int(random.integers(0, 200)))
        await host.submit(space, descriptors[cut:])
        await host.finish()
        difference = space.difference()
        assert difference is None, difference
        assert await host.counter("JOBS") == len(descriptors)
        assert await host.counter("MACS") == macs
        assert host.overflow == space.overflows, f"overflow: {host.overflow}"
        host.overflow = False
        dut._log.info("a ring of %d jobs, %d products", len(descriptors), macs)


@cocotb.test()
async def dropped_rows_are_not_fetched(dut):
    """Packed, rows of B that the mask drops are counted as skipped, and their bytes are not read."""
    bench = await Bench.start(dut, 2, latency=5, pauses=0.0)
    host, ram = bench.host, bench.host.ram
    if NN not in bench.limits.layouts:
        return
    read = set()
    serve = ram.read_if._read

    async def watch(address, length):
        read.update(range(address - BASE, address - BASE + length))
        return await serve(address, length)

    ram.read_if._read = watch
    space = bench.space()
    chains = [bench.chain(space, NN, PACKED, ZERO, "k") for _ in range(1 << RING_BITS)]
    await host.submit(space, [chain.job(HEADER, False, False, True, 0) for chain in chains])
    await host.finish()
    difference = space.difference()
    assert difference is None, difference
    bus, skipped, fetched = bench.limits.bus_bytes, 0, 0
    for chain in chains:
        for row, keep in enumerate(chain.mask_k.keep):
            begin, end = chain.b.row(row), chain.b.row(row) + chain.n * bench.limits.operand_bytes
            # What shares a bus word with another row is read with that.
            whole = range(-(-begin // bus) * bus, end // bus * bus)
            assert keep or read.isdisjoint(whole), f"row {row} of B at {begin:#x} was read"
            assert not keep or read.issuperset(range(begin, end)), f"row {row} was not read"
            skipped += not keep
            fetched += keep
    assert skipped > 0
    assert await host.counter("ROWS_SKIPPED") == skipped
    assert await host.counter("ROWS_FETCHED") >= fetched


async def fails(bench, chain, code, **changed):
    """A job that fails, and one behind it that does not: the error record; what it left is seen by
    the comparison of memory."""
    host, space = bench.host, chain.space
    chain.operands()
    tag = int(bench.random.integers(0, 1 << 16))
    index = host.tail
    bad = chain.descriptor(HEADER, False, False, False, tag, **changed)
    good, _ = bench.jobs(space, chain.layout, PACKED, ZERO, 1)
    await host.submit(space, [bad] + good)
    causes = await host.interrupt()
    assert causes == HEADER.IRQ_STATUS_ERROR_MASK, f"causes: {causes:#x}"
    assert HEADER.field(await host.read("STATUS"), "STATUS_HALTED"), "it does not stand still"
    error = await host.read("ERROR")
    assert HEADER.field(error, "ERROR_CODE") == code, f"another code: {error:#x}"
    assert HEADER.field(error, "ERROR_TAG") == tag
    assert await host.read("ERROR_INDEX") == index
    await ClockCycles(host.dut.clk_i, 2000)
    assert await host.read("HEAD") == index + 1, "a job is begun while the engine is halted"
    low, high = await host.read("ERROR_ADDR_LO"), await host.read("ERROR_ADDR_HI")
    await host.write(
        "CONTROL", HEADER.CONTROL_ENABLE_MASK | HEADER.CONTROL_CLEAR_ERROR_MASK
    )
    await host.finish()
    assert await host.read("ERROR") == 0
    difference = space.difference()
    assert difference is None, difference
    return error, high << 32 | low


@cocotb.test()
async def bad_descriptors_are_refused(dut):
    """Each has its code, and the job behind it is done."""
    bench = await Bench.start(dut, 3, latency=10, pauses=0.1)
    layout = bench.limits.layouts[0]
    for code, changed in [
        (HEADER.CODE_ZERO, {"k": 0}),
        (HEADER.CODE_DIM, {"n": bench.limits.max_dim + 1}),
        (HEADER.CODE_RESERVED, {"reserved": 1}),
        (HEADER.CODE_SUM_SPACE, {"sums": bench.limits.sum_words}),
        (HEADER.CODE_RESERVED, {"a": 1 << 63}),
    ]:
        space = bench.space()
        chain = bench.chain(space, layout, DENSE, ZERO, "")
        await fails(bench, chain, code, **changed)


@cocotb.test()
async def bus_errors_are_told(dut):
    """DECERR to reads of A and B and to writes of C: response, operand and address."""
    bench = await Bench.start(dut, 4, latency=30, pauses=0.1)
    layout = bench.limits.layouts[-1]
    for operand, member in [("A", "a"), ("B", "b"), ("C", "c")]:
        space = bench.space()
        chain = bench.chain(space, layout, DENSE, ZERO, "")
        error, address = await fails(bench, chain, HEADER.CODE_BUS, **{member: BASE + SIZE})
        assert HEADER.field(error, "ERROR_OPERAND") == getattr(HEADER, f"OPERAND_{operand}")
        assert HEADER.field(error, "ERROR_RESPONSE") == AxiResp.DECERR
        assert address == BASE + SIZE, f"another address: {address:#x}"


@cocotb.test()
async def accesses_are_refused(dut):
    """A write to what is only read, and one to the ring's place while the engine is enabled."""
    bench = await Bench.start(dut, 5, latency=1, pauses=0.3)
    host = bench.host
    for name, code in [
        ("HEAD", HEADER.REFUSED_READ_ONLY),
        ("RING_BASE_LO", HEADER.REFUSED_RING_BUSY),
    ]:
        await host.write(name, 0, response=AxiResp.SLVERR)
        assert await host.interrupt() == HEADER.IRQ_STATUS_ACCESS_MASK
        access = await host.read("ACCESS")
        assert HEADER.field(access, "ACCESS_CODE") == code
        assert HEADER.field(access, "ACCESS_ADDRESS") == getattr(HEADER, name)
        await host.write("ACCESS", HEADER.ACCESS_REFUSED_MASK)
        assert await host.read("ACCESS") == 0
