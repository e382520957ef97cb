//! The memory behind AXI: its timing, its errors, and what it says of a master that breaks the rules.

use heddle_engine::memory::{
    AxiMemory, Bytes, Direction, Disturbance, Fault, FaultAt, Kind, Limits, Memory, Response,
    Timing,
};
use heddle_engine::pins::{Address, AxiIn, AxiOut};
use heddle_engine::Ranges;

const BUS: usize = 8;
const LATENCY: u64 = 5;

/// A memory with a region of C at `c`, 200 bytes from a multiple of 64 on, and one of A.
struct Bench {
    axi: AxiMemory,
    a: u64,
    c: u64,
    input: AxiIn,
    output: AxiOut,
    cycle: u64,
}

fn bench_with(disturbance: Option<Disturbance>, faults: Vec<Fault>) -> Bench {
    let mut memory = Memory::new(0x1000);
    let a = memory.allocate(Kind::A, 64, 64, 0);
    let c = memory.allocate(Kind::C, 200, 64, 0);
    for i in 0..64 {
        memory.set(a + i, i as u8);
    }
    let limits = Limits {
        bus_bytes: BUS,
        reads: 2,
        writes: 2,
    };
    let timing = Timing {
        latency: LATENCY,
        disturbance,
    };
    Bench {
        axi: AxiMemory::new(memory, limits, timing, faults),
        a,
        c,
        input: AxiIn::default(),
        output: AxiOut {
            rready: true,
            bready: true,
            wdata: vec![0; BUS],
            ..AxiOut::default()
        },
        cycle: 0,
    }
}

fn bench() -> Bench {
    bench_with(None, Vec::new())
}

fn burst(addr: u64, beats: u64) -> Address {
    Address {
        valid: true,
        addr,
        len: (beats - 1) as u8,
        size: 3,
        burst: 1,
        id: 0,
    }
}

impl Bench {
    fn step(&mut self) {
        self.axi.drive(&mut self.input);
        self.axi.observe(&self.input, &self.output);
        self.cycle += 1;
    }

    /// Offers an address until it is taken.
    fn ar(&mut self, address: Address) -> u64 {
        self.output.ar = address;
        loop {
            self.step();
            if self.input.arready {
                self.output.ar = Address::default();
                return self.cycle - 1;
            }
        }
    }

    fn aw(&mut self, address: Address) {
        self.output.aw = address;
        loop {
            self.step();
            if self.input.awready {
                self.output.aw = Address::default();
                return;
            }
        }
    }

    fn w(&mut self, byte: u8, strobes: u64, last: bool) -> u64 {
        self.output.wvalid = true;
        self.output.wdata = vec![byte; BUS];
        (self.output.wstrb, self.output.wlast) = (strobes, last);
        loop {
            self.step();
            if self.input.wready {
                self.output.wvalid = false;
                return self.cycle - 1;
            }
        }
    }

    /// Cycle, data and response of the next read beat.
    fn beat(&mut self) -> (u64, Vec<u8>, u8, bool) {
        for _ in 0..200 {
            self.step();
            if self.input.rvalid {
                let AxiIn {
                    rdata,
                    rresp,
                    rlast,
                    ..
                } = &self.input;
                return (self.cycle - 1, rdata.clone(), *rresp, *rlast);
            }
        }
        panic!("no data");
    }

    fn response(&mut self) -> (u64, u8) {
        for _ in 0..200 {
            self.step();
            if self.input.bvalid {
                return (self.cycle - 1, self.input.bresp);
            }
        }
        panic!("no response");
    }

    fn problems(&self) -> Vec<String> {
        let told = self.axi.protocol().told().iter();
        told.map(|line| line.split_once(": ").unwrap().1.to_owned())
            .collect()
    }
}

#[test]
fn reads_come_in_order_after_their_latency_one_beat_per_cycle() {
    let mut bench = bench();
    let first = bench.ar(burst(bench.a, 2));
    let second = bench.ar(burst(bench.a + 40, 1));
    assert_eq!(second, first + 1);
    let (cycle, data, response, last) = bench.beat();
    assert_eq!((cycle, response, last), (first + LATENCY, 0, false));
    assert_eq!(data, [0, 1, 2, 3, 4, 5, 6, 7]);
    let (cycle, data, _, last) = bench.beat();
    assert_eq!((cycle, data[0], last), (first + LATENCY + 1, 8, true));
    let (cycle, data, _, last) = bench.beat();
    assert_eq!((cycle, data[0], last), (first + LATENCY + 2, 40, true));
    let traffic = bench.axi.traffic();
    assert_eq!(
        (traffic.read[&Kind::A].bursts, traffic.all_read().bytes),
        (2, 24)
    );
    assert_eq!((traffic.most_reads, traffic.cycles_reading), (2, 3));
    assert!(bench.problems().is_empty() && bench.axi.is_idle());
}

#[test]
fn read_data_wait_for_whoever_takes_them() {
    let mut bench = bench();
    bench.ar(burst(bench.a, 1));
    bench.output.rready = false;
    let (_, held, _, _) = bench.beat();
    for _ in 0..3 {
        bench.step();
        assert!(bench.input.rvalid && bench.input.rdata == held);
    }
    bench.output.rready = true;
    bench.step();
    bench.step();
    assert!(!bench.input.rvalid);
}

#[test]
fn writes_take_the_bytes_with_strobes_and_answer_after_their_latency() {
    let mut bench = bench();
    let before = bench.axi.memory.byte(bench.c + 1);
    // data first, their address behind
    bench.w(0xaa, 0b1000_0001, false);
    bench.aw(burst(bench.c, 2));
    let last = bench.w(0xbb, 0xff, true);
    assert_eq!(bench.response(), (last + LATENCY, 0));
    let memory = &bench.axi.memory;
    assert_eq!(
        (memory.byte(bench.c), memory.byte(bench.c + 7)),
        (0xaa, 0xaa)
    );
    assert_eq!(memory.byte(bench.c + 1), before);
    assert_eq!(memory.number(bench.c + 8, 8), 0xbbbb_bbbb_bbbb_bbbb);
    let traffic = bench.axi.traffic();
    assert_eq!(traffic.written[&Kind::C].bytes, 10);
    assert_eq!((bench.axi.guard_violations(), traffic.empty_beats), (0, 0));
    bench.step();
    assert!(bench.axi.is_idle() && bench.problems().is_empty());
}

#[test]
fn bytes_outside_of_c_and_of_what_is_allowed_are_counted() {
    let mut bench = bench();
    // the last beat of C, then one in its guard, one in A
    for (addr, strobes, violations) in [
        (bench.c + 192, 0xff, 0),
        (bench.c + 200, 0b11, 2),
        (bench.a, 1, 3),
    ] {
        bench.aw(burst(addr, 1));
        bench.w(0, strobes, true);
        bench.response();
        assert_eq!(bench.axi.guard_violations(), violations);
    }
    let c = bench.c;
    bench.axi.allow(
        &Ranges::new(Some(bench.a + 3..bench.a + 9)),
        &Ranges::new(Some(c + 2..c + 4)),
    );
    bench.aw(burst(c, 1));
    bench.w(0, 0b1100, true);
    bench.response();
    assert_eq!(bench.axi.guard_violations(), 3);
    bench.aw(burst(c, 1));
    bench.w(0, 0b1_1000, true);
    bench.response();
    assert_eq!(bench.axi.guard_violations(), 4);
    // whole words around what may be read
    bench.ar(burst(bench.a, 2));
    assert_eq!(bench.axi.stray_reads(), 0);
    bench.ar(burst(bench.a + 8, 2));
    assert_eq!(bench.axi.stray_reads(), 1);
}

#[test]
fn errors_come_where_they_are_planted_once() {
    let a = bench().a;
    let fault = |direction, at, response| Fault {
        direction,
        at,
        response,
    };
    let faults = vec![
        fault(Direction::Read, FaultAt::Burst(1), Response::Slverr),
        fault(
            Direction::Read,
            FaultAt::Address(a + 20..a + 21),
            Response::Decerr,
        ),
        fault(Direction::Write, FaultAt::Burst(0), Response::Slverr),
    ];
    let mut bench = bench_with(None, faults);
    let mut responses = Vec::new();
    for addr in [a, a, a + 8, a + 16, a + 16] {
        bench.ar(burst(addr, 1));
        let (_, data, response, _) = bench.beat();
        responses.push(response);
        assert_eq!(
            data[0] == (addr - a) as u8,
            response == 0,
            "no data with an error"
        );
    }
    assert_eq!(responses, [0, 2, 0, 3, 0]);
    let before = bench.axi.memory.byte(bench.c);
    bench.aw(burst(bench.c, 1));
    bench.w(!before, 0xff, true);
    assert_eq!(bench.response().1, 2);
    assert_eq!(bench.axi.memory.byte(bench.c), before);
    let fired: Vec<_> = bench
        .axi
        .fired()
        .iter()
        .map(|of| (of.fault, of.burst.start))
        .collect();
    assert_eq!(fired, [(Some(0), a), (Some(1), a + 16), (Some(2), bench.c)]);
    // there is no memory
    bench.ar(burst(0x100, 1));
    assert_eq!(bench.beat().2, 3);
    assert_eq!(bench.axi.fired()[3].fault, None);
}

#[test]
fn disturbed_nothing_is_lost_and_later_than_it_may_be() {
    let mut held = 0;
    for seed in 0..20 {
        let mut bench = bench_with(Some(Disturbance::usual(seed)), Vec::new());
        let mut earliest = bench.ar(burst(bench.a, 4)) + LATENCY;
        for beat in 0..4 {
            let (cycle, data, _, last) = bench.beat();
            assert!(cycle >= earliest);
            held += cycle - earliest;
            earliest = cycle + 1;
            assert_eq!((data[0], last), (8 * beat, beat == 3));
        }
        bench.w(1, 0xff, false);
        bench.aw(burst(bench.c, 2));
        let last = bench.w(2, 0xff, true);
        assert!(bench.response().0 >= last + LATENCY);
        assert_eq!(bench.axi.memory.byte(bench.c + 8), 2);
        assert!(bench.problems().is_empty());
    }
    assert!(held > 0);
}

#[test]
fn reads_and_writes_may_pass_each_other() {
    // the read comes while the write is under way: it may see the byte or not
    let mut seen = [false; 2];
    for seed in 0..40 {
        let of = Disturbance {
            addresses: 0.0,
            read_data: 0.0,
            write_data: 0.0,
            responses: 0.0,
            ..Disturbance::usual(seed)
        };
        let mut bench = bench_with(Some(of), Vec::new());
        let old = bench.axi.memory.byte(bench.c);
        bench.aw(burst(bench.c, 1));
        bench.w(!old, 1, true);
        bench.ar(burst(bench.c, 1));
        let (_, data, _, _) = bench.beat();
        seen[usize::from(data[0] != old)] = true;
    }
    assert_eq!(seen, [true, true]);
}

/// A master that breaks a rule, and what is said of it.
#[test]
fn what_axi_forbids_is_told() {
    let told = |act: &dyn Fn(&mut Bench)| {
        let mut bench = bench();
        act(&mut bench);
        bench.problems()
    };
    let one = |problems: Vec<String>, start: &str| {
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with(start), "{problems:?}");
    };
    one(
        told(&|b| {
            let _ = b.ar(Address {
                burst: 2,
                ..burst(b.a, 1)
            });
        }),
        "AR: burst type 2",
    );
    one(
        told(&|b| {
            let _ = b.ar(Address {
                size: 2,
                ..burst(b.a, 1)
            });
        }),
        "AR: beats of 4 bytes",
    );
    one(
        told(&|b| {
            let _ = b.ar(Address {
                id: 1,
                ..burst(b.a, 1)
            });
        }),
        "AR: ID 1",
    );
    one(
        told(&|b| {
            let _ = b.ar(burst(b.a + 4, 1));
        }),
        "AR: address 0x",
    );
    one(
        told(&|b| b.aw(burst(0x1ff8, 2))),
        "AW: 0x1ff8 and 2 beats cross 4 KiB",
    );
    assert!(told(&|b| b.aw(burst(0x1ff0, 2))).is_empty());
    let last = |first: bool, second: bool| {
        told(&|b| {
            b.aw(burst(b.c, 2));
            b.w(0, 1, first);
            b.w(0, 1, second);
        })
    };
    assert!(last(false, true).is_empty());
    one(last(false, false), "WLAST is 0 in beat 2 of 2");
    assert_eq!(last(true, false).len(), 2);
    let under_way = |count: usize| {
        told(&|b| {
            for _ in 0..count {
                b.ar(burst(b.a, 1));
            }
        })
    };
    assert!(under_way(2).is_empty());
    one(under_way(3), "more than 2 reads under way");
    // held back, then changed or withdrawn
    let held = |change: &dyn Fn(&mut AxiOut)| {
        let of = Disturbance {
            addresses: 1.0,
            write_data: 1.0,
            ..Disturbance::usual(1)
        };
        let mut bench = bench_with(Some(of), Vec::new());
        bench.output.ar = burst(bench.a, 1);
        bench.output.aw = burst(bench.c, 1);
        bench.output.wvalid = true;
        bench.step();
        change(&mut bench.output);
        bench.step();
        bench.problems()
    };
    assert!(held(&|_| {}).is_empty());
    one(held(&|out| out.ar = Address::default()), "AR changed");
    one(held(&|out| out.ar.addr += 8), "AR changed");
    one(held(&|out| out.aw.len = 1), "AW changed");
    one(held(&|out| out.wvalid = false), "W changed");
    one(held(&|out| out.wdata[3] = 1), "W changed");
    one(held(&|out| out.wstrb = 2), "W changed");
}
