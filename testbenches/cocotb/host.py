"""The host: reset, registers by name, interrupts, the ring."""

from cocotb.clock import Clock as ClockSignal
from cocotb.triggers import ClockCycles, RisingEdge
from cocotbext.axi import AxiBus, AxiLiteBus, AxiLiteMaster
from cocotbext.axi.constants import AxiResp
from memory import Clock, LateRam

# Beyond 32 bits, the end of its memory no multiple of 4 KiB.
BASE = 0x12_3450_0000
SIZE = 0x18000 + 0x40
RING_BITS = 3
# Cycles without an interrupt after which the engine counts as hung.
PATIENCE = 20_000


class Host:
    """An engine, its memory and its registers."""

    def __init__(self, dut, header, latency):
        self.dut, self.header = dut, header
        ClockSignal(dut.clk_i, 10, "ns").start()
        dut.rst_ni.value = 0
        self.clock = Clock(dut.clk_i)
        bus = AxiBus.from_prefix(dut, "m_axi")
        self.ram = LateRam(bus, self.clock, dut.rst_ni, BASE, SIZE, latency)
        bus = AxiLiteBus.from_prefix(dut, "s_axil")
        self.lite = AxiLiteMaster(bus, dut.clk_i, dut.rst_ni, reset_active_level=False)
        self.tail = 0
        # Whether an overflow was told since it was last asked.
        self.overflow = False

    async def reset(self):
        """Holds reset for some cycles."""
        self.dut.rst_ni.value = 0
        await ClockCycles(self.dut.clk_i, 4)
        self.dut.rst_ni.value = 1
        await RisingEdge(self.dut.clk_i)

    async def read(self, name):
        """What a register reads."""
        found = await self.lite.read(getattr(self.header, name), 4)
        assert found.resp == AxiResp.OKAY, f"a read of {name} is refused"
        return int.from_bytes(found.data, "little")

    async def write(self, name, value, response=AxiResp.OKAY):
        """Writes a register."""
        found = await self.lite.write(getattr(self.header, name), value.to_bytes(4, "little"))
        assert found.resp == response, f"a write of {value:#x} to {name}: {found.resp!r}"

    async def counter(self, name):
        """A counter that stands still."""
        low, high = await self.read(f"{name}_LO"), await self.read(f"{name}_HI")
        return high << 32 | low

    async def start(self):
        """A ring at the beginning of memory, all interrupts."""
        await self.write("RING_BASE_LO", BASE & 0xFFFF_FFFF)
        await self.write("RING_BASE_HI", BASE >> 32)
        await self.write("RING_BITS", RING_BITS)
        await self.write("IRQ_ENABLE", 7)
        await self.write("CONTROL", self.header.CONTROL_ENABLE_MASK)
        self.tail = await self.read("HEAD")

    async def submit(self, space, descriptors):
        """Writes descriptors into the ring and rings the doorbell, once for all."""
        for descriptor in descriptors:
            place = self.tail % (1 << RING_BITS)
            space.write(place * self.header.DESC_BYTES, descriptor)
            self.tail = (self.tail + 1) % 0x10000
        await self.write("TAIL", self.tail)

    async def interrupt(self):
        """Waits for the interrupt; its causes, which are cleared."""
        for _ in range(PATIENCE):
            if self.dut.irq_o.value:
                break
            await RisingEdge(self.dut.clk_i)
        else:
            head = await self.read("HEAD")
            raise AssertionError(f"no interrupt: at descriptor {head} of {self.tail}")
        return await self.causes()

    async def causes(self):
        """What has happened, but for overflows, which do not interrupt; it is cleared."""
        causes = await self.read("IRQ_STATUS")
        await self.write("IRQ_STATUS", causes)
        overflow = self.header.IRQ_STATUS_OVERFLOW_MASK
        self.overflow |= bool(causes & overflow)
        return causes & ~overflow

    async def finish(self):
        """Waits until all jobs are done, by interrupts; an error is none that is expected."""
        while True:
            causes = await self.interrupt()
            done = self.header.IRQ_STATUS_DONE_MASK
            assert causes == done, f"causes of an interrupt: {causes:#x}"
            if await self.read("HEAD") == self.tail:
                break
        # The last ones may have been done while an interrupt was served.
        assert await self.causes() in (0, done)
        await ClockCycles(self.dut.clk_i, 4)
        assert not self.dut.irq_o.value, "the interrupt stays"
        assert self.header.field(await self.read("STATUS"), "STATUS_IDLE"), "not idle"
