//! Reads: exactly the bytes that were asked for arrive, in order, with what is known of them.

use super::dut::{Dut, Fault};
use super::memory::{initial, response, Nature, Reads};
use super::{chance, config, skewed, Pace, PACES};
use heddle_hdl::describe::Site;
use heddle_hdl::engine::AxiRead;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[derive(Clone, Copy, Debug)]
struct Request {
    addr: u64,
    bytes: u64,
    to: u64,
}

/// What a run came to.
struct Run {
    /// Cycles from the first request to the last word that was taken, both included.
    cycles: u64,
    /// The cycle in which the first address was taken, from the first request on.
    first_address: u64,
    bursts: usize,
}

/// Where the next word is expected.
#[derive(Default)]
struct Progress {
    request: usize,
    word: u64,
    burst: usize,
    beat: u64,
}

impl Progress {
    /// Compares a word that is taken now.
    fn take(
        &mut self,
        dut: &Dut,
        requests: &[Request],
        nature: &Nature,
        reads: &Reads,
    ) -> Result<(), String> {
        let bytes = nature.bytes as u64;
        let request = requests.get(self.request).ok_or("a word for nobody")?;
        let (_, burst) = *reads.seen.get(self.burst).ok_or("a word of no burst")?;
        let at = (request.addr / bytes + self.word) * bytes;
        if burst.addr + self.beat * bytes != at {
            return Err(format!("{request:?}: word {at:x} is not in {burst:x?}"));
        }
        let data: Vec<u8> = (at..at + bytes).map(initial).collect();
        if dut.bytes("beat_data_o", nature.bytes) != data {
            return Err(format!("{request:?}: wrong data at {at:x}"));
        }
        let last = at + bytes >= request.addr + request.bytes;
        let skip = if self.word == 0 {
            request.addr % bytes
        } else {
            0
        };
        let resp = response(at, nature.errors);
        let expected = [
            ("to", request.to),
            ("first", (self.word == 0).into()),
            ("last", last.into()),
            ("skip", skip),
            ("resp", resp),
            ("error", (resp > 1).into()),
            ("addr", burst.addr),
        ];
        for (name, value) in expected {
            let found = dut.get(&format!("beat_{name}_o"));
            if found != value {
                return Err(format!("{request:x?}: {name} of {at:x} is {found:x}"));
            }
        }
        self.beat += 1;
        if self.beat == burst.beats {
            (self.burst, self.beat) = (self.burst + 1, 0);
        }
        self.word += 1;
        if last {
            (self.request, self.word) = (self.request + 1, 0);
            if self.beat != 0 {
                return Err(format!("{burst:x?} goes on behind {request:x?}"));
            }
        }
        Ok(())
    }
}

/// Makes `requests` in order, and compares every word.
fn run(
    dut: &mut Dut,
    nature: Nature,
    pace: Pace,
    seed: u64,
    requests: &[Request],
) -> Result<Run, String> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut reads = Reads::new(nature);
    let mut progress = Progress::default();
    let (mut asked, mut offered, mut rest) = (0, false, 0);
    let mut held: Option<Vec<u8>> = None;
    for cycle in 0u64.. {
        offered = asked < requests.len() && (offered || chance(&mut rng, pace.offer));
        dut.set("req_valid_i", offered.into());
        if offered {
            dut.set("req_addr_i", requests[asked].addr);
            dut.set("req_bytes_i", requests[asked].bytes);
            dut.set("req_to_i", requests[asked].to);
        }
        let takes = chance(&mut rng, pace.take);
        dut.set("beat_ready_i", takes.into());
        reads.drive(dut, &mut rng);
        dut.settle();
        dut.keeps(
            &["arvalid_o", "beat_valid_o", "rready_o", "req_ready_o"],
            &["arready_i", "beat_ready_i", "rvalid_i", "req_valid_i"],
        )?;
        let under_way = progress.request < asked;
        if dut.is("idle_o") && under_way {
            return Err("idle while something is under way".into());
        }
        reads.see(dut)?;
        if offered && dut.is("req_ready_o") {
            (asked, offered, rest) = (asked + 1, false, 0);
        }
        let valid = dut.is("beat_valid_o");
        let data = dut.bytes("beat_data_o", nature.bytes);
        if held.take().is_some_and(|was| !valid || was != data) {
            return Err("a word was offered and changed".into());
        }
        held = (valid && !takes).then_some(data);
        if valid && takes {
            progress.take(dut, requests, &nature, &reads)?;
            rest = 0;
        }
        let done = !under_way && asked == requests.len();
        if done && dut.is("idle_o") {
            let bursts = reads.seen.len();
            if progress.burst != bursts {
                return Err("a burst that nobody asked for".into());
            }
            return Ok(Run {
                cycles: cycle,
                first_address: reads.seen.first().map_or(0, |(at, _)| *at),
                bursts,
            });
        }
        dut.rise();
        rest += 1;
        if rest > 5000 {
            return Err(format!("nothing moves after request {asked}"));
        }
    }
    unreachable!()
}

fn requests(rng: &mut ChaCha8Rng, count: usize, addr_bits: u32) -> Vec<Request> {
    let one = |_| {
        let top = u64::from(rng.next_u32()) << 12 & ((1 << addr_bits) - 1);
        // Often near the end of a page.
        let addr = match rng.next_u32() % 3 {
            0 => top + 4096 - skewed(rng, 600).max(1),
            _ => top + u64::from(rng.next_u32() % 4096),
        };
        let most = if rng.next_u32().is_multiple_of(20) {
            65535
        } else {
            700
        };
        let bytes = skewed(rng, most).clamp(1, (1 << addr_bits) - addr);
        let to = u64::from(rng.next_u32() % 4);
        Request { addr, bytes, to }
    };
    (0..count).map(one).collect()
}

fn dut(bus_bits: usize, bursts: usize, fault: Option<Fault>) -> Dut {
    let config = config(bus_bits, bursts);
    Dut::new(&AxiRead::at(&Site::whole(&config)), fault)
}

/// Random requests at every pace; the first thing that is wrong.
fn random(bus_bits: usize, bursts: usize, fault: Option<Fault>) -> Result<(), String> {
    let mut dut = dut(bus_bits, bursts, fault);
    for (seed, pace) in PACES.into_iter().enumerate() {
        for latency in [1, 20] {
            let nature = Nature {
                bytes: bus_bits / 8,
                latency,
                pace: pace.memory,
                errors: 5,
                bursts,
            };
            let mut rng = ChaCha8Rng::seed_from_u64(seed as u64);
            let mut requests = requests(&mut rng, 150, 40);
            // The last byte that there is.
            requests.push(Request {
                addr: (1 << 40) - 100,
                bytes: 100,
                to: 1,
            });
            run(&mut dut, nature, pace, seed as u64 + latency, &requests)?;
        }
    }
    Ok(())
}

#[test]
fn what_is_asked_for_arrives() {
    for (bus_bits, bursts) in [(32, 2), (64, 5), (128, 16), (256, 1), (512, 64)] {
        let said = random(bus_bits, bursts, None);
        assert_eq!(said, Ok(()), "{bus_bits} bits, {bursts} bursts");
    }
}

/// Requests of 512 bytes, `apart` from each other, through a memory that never waits.
fn of_512(dut: &mut Dut, bus_bits: usize, first: u64, apart: u64, count: u64) -> Run {
    let nature = Nature {
        bytes: bus_bits / 8,
        latency: 64,
        pace: 256,
        errors: 0,
        bursts: 64,
    };
    let request = |index| Request {
        addr: first + index * apart,
        bytes: 512,
        to: 2,
    };
    let requests: Vec<_> = (0..count).map(request).collect();
    run(dut, nature, PACES[0], 0, &requests).expect("a run")
}

#[test]
fn a_word_comes_in_every_cycle() {
    for (bus_bits, bursts) in [(32, 4), (128, 4), (128, 16), (512, 16), (512, 64)] {
        let mut dut = dut(bus_bits, bursts, None);
        let words = 512 * 8 / bus_bits as u64;
        let found = of_512(&mut dut, bus_bits, 0, 512, 40);
        // Three cycles to AR, the latency, one through the queue of words.
        assert_eq!(found.first_address, 3);
        assert_eq!(found.cycles, 3 + 64 + 1 + 40 * words, "{bus_bits} bits");
        assert_eq!(found.bursts, 40);
        // Rows that begin anywhere touch a word more, and some cross a page.
        let found = of_512(&mut dut, bus_bits, 2, 1300, 40);
        assert_eq!(
            found.cycles,
            3 + 64 + 1 + 40 * (words + 1),
            "{bus_bits} bits"
        );
        let pages = (0..40).filter(|row| (2 + row * 1300) / 4096 != (513 + row * 1300) / 4096);
        let narrow = (0..40).filter(|row| (2 + row * 1300) / 1024 != (513 + row * 1300) / 1024);
        let cuts = if bus_bits == 32 {
            narrow.count()
        } else {
            pages.count()
        };
        assert_eq!(found.bursts, 40 + cuts, "{bus_bits} bits");
    }
}

#[test]
fn too_few_bursts_under_way_cost_what_they_must() {
    // A burst is under way from when it is cut, a cycle before AR, until its last word is taken.
    let mut dut = dut(512, 4, None);
    let found = of_512(&mut dut, 512, 0, 512, 40);
    let round = 1 + 64 + 1 + 8;
    assert_eq!(
        found.cycles,
        2 + 10 * round + 3 * 8,
        "bursts of 8 words, 4 at a time"
    );
}

#[test]
fn bursts_follow_each_other_without_a_gap() {
    let mut dut = dut(128, 64, None);
    let nature = Nature {
        bytes: 16,
        latency: 64,
        pace: 256,
        errors: 0,
        bursts: 64,
    };
    let request = |index: u64| Request {
        addr: index * 4096 + 13,
        bytes: 3,
        to: 0,
    };
    let requests: Vec<_> = (0..60).map(request).collect();
    let found = run(&mut dut, nature, PACES[0], 0, &requests).expect("a run");
    assert_eq!(found.cycles, 3 + 64 + 1 + 60);
}

/// Each would be a fault of the hardware, and is noticed.
const FAULTS: &[Fault] = &[
    (
        "heddle_axi_read_cut",
        "ends = goes & !crosses_q",
        "ends = goes",
    ),
    ("heddle_axi_read_cut", "]} < run_left_i", "]} <= run_left_i"),
    ("heddle_axi_read_cut", "first_q <= takes", "first_q <= 1'b1"),
    (
        "heddle_fifo",
        "push_ready_o = ",
        "push_ready_o = pop_ready_i | ",
    ),
    (
        "heddle_fifo",
        "full_q <= count_q == LAST[COUNT_BITS-1:0]",
        "full_q <= 1'b0",
    ),
];

#[test]
fn faults_are_noticed() {
    for fault in FAULTS {
        let found = random(128, 4, Some(*fault));
        println!("{fault:?}: {found:?}");
        assert!(found.is_err(), "unnoticed: {fault:?}");
    }
}
