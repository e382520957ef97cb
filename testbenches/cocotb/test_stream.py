"""The array behind AXI4-Stream from its pins: AxiStreamSource and AxiStreamSink of cocotbext-axi, products of tiles
by numpy. HEDDLE_FOLDER is the generated folder, HEDDLE_ROUNDS how many times ten tiles there are.
"""

import itertools
import json
import os
from pathlib import Path

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, with_timeout
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

ROUNDS = int(os.environ.get("HEDDLE_ROUNDS", "4"))
ARRAY = json.loads((Path(os.environ["HEDDLE_FOLDER"]) / "manifest.json").read_text())["array"]
ROWS, COLS = ARRAY["rows"], ARRAY["cols"]


def word(values, dtype):
    """Values as bits, the first in the low ones."""
    return int.from_bytes(np.asarray(values, dtype).tobytes(), "little")


def bits(values):
    """Booleans as bits, the first in the lowest."""
    return sum(int(value) << at for at, value in enumerate(values))


class Streams:
    """The ends of all streams, with pauses; one word is one transfer."""

    def __init__(self, dut, random, pauses):
        self.dut, self.random = dut, random
        self.w = self.end(AxiStreamSource, "s_axis_w", pauses)
        self.a = self.end(AxiStreamSource, "s_axis_a", pauses)
        self.c = self.end(AxiStreamSource, "s_axis_c", pauses)
        self.s = self.end(AxiStreamSink, "m_axis_s", pauses)

    def end(self, kind, name, pauses):
        bus = AxiStreamBus.from_prefix(self.dut, name)
        end = kind(bus, self.dut.clk_i, self.dut.rst_ni, reset_active_level=False, byte_lanes=1)
        if pauses:
            share = self.random.choice(pauses)
            end.set_pause_generator(self.random.random() < share for _ in itertools.count())
        return end

    async def reset(self):
        self.dut.clear_i.value = 0
        self.dut.rst_ni.value = 0
        cocotb.start_soon(Clock(self.dut.clk_i, 10, "ns").start())
        await ClockCycles(self.dut.clk_i, 4)
        self.dut.rst_ni.value = 1
        await ClockCycles(self.dut.clk_i, 2)


class Tile:
    """A weight-stationary tile: operands, masks, seeds, and its sums by numpy."""

    def __init__(self, random):
        mask = lambda count: random.random(count) < random.choice([0, 0.3, 0.7, 1])
        operands = lambda *shape: random.integers(-128, 128, shape, dtype=np.int8)
        self.beats = int(random.integers(1, 12))
        self.left = bool(random.integers(2))
        self.weights, self.a = operands(ROWS, COLS), operands(self.beats, ROWS)
        self.rows, self.cols, self.kept = mask(ROWS), mask(COLS), mask(self.beats)
        self.seeded = mask(self.beats)
        seeds = random.integers(-(1 << 31), 1 << 31, (self.beats, COLS))
        self.seeds = seeds * self.seeded[:, None]
        # A tile may have fewer words than the edge has places.
        masked = self.cols if self.left else self.rows
        self.count = int(random.integers(1, len(masked) + 1))
        masked[self.count :] = False
        product = (self.a * self.rows).astype(np.int64) @ self.weights.astype(np.int64)
        self.sums = (self.seeds + product).astype(np.int32)
        self.keep = self.kept[:, None] & self.cols[None, :]

    def send(self, streams):
        keeps = self.cols if self.left else self.rows
        words = self.weights.T if self.left else self.weights
        masks = bits(self.rows) << 3 | bits(self.cols) << 3 + ROWS
        user = [int(keep) | self.left << 1 | masks for keep in keeps[: self.count]]
        data = [word(row, np.int8) for row in words[: self.count]]
        streams.w.send_nowait(AxiStreamFrame(data, tuser=user))
        user = [int(keep) | int(seeded) << 1 for keep, seeded in zip(self.kept, self.seeded)]
        streams.a.send_nowait(AxiStreamFrame([word(row, np.int8) for row in self.a], tuser=user))
        seeds = self.seeds[self.seeded].astype(np.int32)
        if len(seeds):
            streams.c.send_nowait(AxiStreamFrame([word(row, np.int32) for row in seeds]))

    def check(self, frame):
        """A packet of sums is that of the tile, in as many transfers as it has beats."""
        assert len(frame.tdata) == self.beats, f"{len(frame.tdata)} transfers, not {self.beats}"
        users = frame.tuser if isinstance(frame.tuser, list) else [frame.tuser] * self.beats
        for at, (data, user) in enumerate(zip(frame.tdata, users)):
            assert user == bits(self.keep[at]), f"TUSER of beat {at}"
            found = np.frombuffer(int(data).to_bytes(4 * COLS, "little"), np.int32)
            assert (found == np.where(self.keep[at], self.sums[at], 0)).all(), f"beat {at}"


async def tiles(dut, seed, pauses):
    random = np.random.default_rng(seed)
    streams = Streams(dut, random, pauses)
    await streams.reset()
    for _ in range(ROUNDS):
        wanted = [Tile(random) for _ in range(10)]
        for tile in wanted:
            tile.send(streams)
        for tile in wanted:
            tile.check(await with_timeout(streams.s.recv(compact=False), 1, "ms"))
    await ClockCycles(dut.clk_i, 40)
    assert streams.s.empty() and dut.idle_o.value == 1


@cocotb.test()
async def tiles_without_pauses(dut):
    """Tiles as fast as they go."""
    await tiles(dut, 1, None)


@cocotb.test()
async def tiles_with_pauses(dut):
    """Tiles while each end pauses now and then, or often."""
    await tiles(dut, 2, [0.1, 0.5])


@cocotb.test()
async def sums_that_are_seldom_taken(dut):
    """The array waits while nobody takes its sums, and loses none."""
    random = np.random.default_rng(3)
    streams = Streams(dut, random, None)
    await streams.reset()
    for _ in range(ROUNDS):
        streams.s.pause = True
        wanted = [Tile(random) for _ in range(10)]
        for tile in wanted:
            tile.send(streams)
        await ClockCycles(dut.clk_i, 150)
        streams.s.pause = False
        for tile in wanted:
            tile.check(await with_timeout(streams.s.recv(compact=False), 1, "ms"))
