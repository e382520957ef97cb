"""Memory behind AXI4: cocotbext-axi's AxiRam, with a latency, an end of its address space, and DECERR
beyond it.

AxiRam serves one burst at a time, at once, takes addresses modulo its size, and answers SLVERR to what it
cannot do.
"""

import cocotb
from cocotb.queue import Queue
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiRamRead, AxiRamWrite
from cocotbext.axi.constants import AxiResp
from cocotbext.axi.memory import Memory


class DecodeError(Exception):
    """There is nothing at this address."""


class Clock:
    """Counts cycles."""

    def __init__(self, signal):
        self.signal = signal
        self.now = 0
        cocotb.start_soon(self._count())

    async def _count(self):
        while True:
            await RisingEdge(self.signal)
            self.now += 1

    async def until(self, cycle):
        """Waits for a cycle; no longer if it is past."""
        while self.now < cycle:
            await RisingEdge(self.signal)


class LateSink:
    """What a channel takes is served `latency` cycles later; meanwhile it takes more."""

    def __init__(self, sink, clock, latency):
        self.sink = sink
        self.bus = sink.bus
        self.clock = clock
        self.latency = latency
        self.queue = Queue()
        # What waits here is bounded by what the master has under way.
        sink.queue_occupancy_limit = -1
        cocotb.start_soon(self._take())

    async def _take(self):
        while True:
            item = await self.sink.recv()
            self.queue.put_nowait((self.clock.now + self.latency, item))

    async def recv(self):
        due, item = await self.queue.get()
        await self.clock.until(due)
        return item

    def clear(self):
        self.sink.clear()


class LateSource:
    """What is sent goes out `latency` cycles later; `fix` may change it first."""

    def __init__(self, source, clock, latency, fix):
        self.source = source
        self.bus = source.bus
        self.clock = clock
        self.latency = latency
        self.fix = fix
        self.queue = Queue()
        self._transaction_obj = source._transaction_obj
        cocotb.start_soon(self._give())

    async def _give(self):
        while True:
            due, item = await self.queue.get()
            await self.clock.until(due)
            await self.source.send(item)

    async def send(self, item):
        self.fix(item)
        # As AxiRam's own channel: no more waits than the bus takes in a while.
        while self.latency == 0 and self.queue.qsize() > 2:
            await RisingEdge(self.clock.signal)
        self.queue.put_nowait((self.clock.now + self.latency, item))

    def clear(self):
        self.source.clear()


class Reads(AxiRamRead):
    """AR and R."""

    def __init__(self, ram, bus, clock, reset):
        super().__init__(bus, clock.signal, reset, reset_active_level=False, mem=ram.mem)
        self.ram = ram
        self.failed = False
        self.pausing = [self.ar_channel, self.r_channel]
        self.ar_channel = LateSink(self.ar_channel, clock, ram.latency)
        self.r_channel = LateSource(self.r_channel, clock, 0, self._fix)

    async def _read(self, address, length):
        self.failed = not self.ram.has(address, length)
        if self.failed:
            raise DecodeError
        return self.ram.read(address - self.ram.base, length)

    def _fix(self, item):
        if self.failed:
            item.rresp = AxiResp.DECERR


class Writes(AxiRamWrite):
    """AW, W and B."""

    def __init__(self, ram, bus, clock, reset):
        super().__init__(bus, clock.signal, reset, reset_active_level=False, mem=ram.mem)
        self.ram = ram
        self.failed = False
        self.pausing = [self.aw_channel, self.w_channel, self.b_channel]
        self.b_channel = LateSource(self.b_channel, clock, ram.latency, self._fix)

    async def _write(self, address, data):
        if not self.ram.has(address, len(data)):
            self.failed = True
            raise DecodeError
        self.ram.write(address - self.ram.base, data)

    def _fix(self, item):
        if self.failed:
            item.bresp = AxiResp.DECERR
        self.failed = False


class LateRam(Memory):
    """Memory of `size` bytes from address `base` on."""

    def __init__(self, bus, clock, reset, base, size, latency):
        super().__init__(size, bytearray(size))
        self.base = base
        self.latency = latency
        self.read_if = Reads(self, bus.read, clock, reset)
        self.write_if = Writes(self, bus.write, clock, reset)

    def has(self, address, length):
        """Whether all of it is there."""
        return self.base <= address and address + length <= self.base + self.size

    def pause(self, generator):
        """Back-pressure on every channel: `generator()` is an iterator of whether to pause."""
        for channel in self.read_if.pausing + self.write_if.pausing:
            channel.set_pause_generator(generator())
