//! From bus words to RAM words.

use crate::common;
use crate::rig::{config, design, field, planted, Noise, Rig};
use heddle_format::Format;
use heddle_hdl::emit::Design;
use heddle_hdl::engine::Unpack;
use heddle_hdl::ArrayConfig;

/// What load asks for, and what comes from memory.
#[derive(Clone, Debug)]
struct Order {
    sum: bool,
    along: bool,
    mode: u64,
    mask: usize,
    first: usize,
    count: usize,
    zero: bool,
    to: u64,
    addr: u64,
    keep: bool,
    event: u64,
    bad: bool,
    /// Bytes before the first one in the first bus word.
    skip: usize,
    /// Bytes of the elements.
    data: Vec<u8>,
}

/// What is seen of RAM words and events, in order.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Write {
        to: u64,
        addr: u64,
        keep: bool,
        elements: Vec<u64>,
    },
    Event(u64),
}

struct Bench<'a> {
    config: &'a ArrayConfig,
    /// Mask bits of slot and dimension.
    masks: Vec<Vec<bool>>,
    orders: Vec<Order>,
}

impl<'a> Bench<'a> {
    fn new(config: &'a ArrayConfig, noise: &mut Noise, orders: usize) -> Self {
        let engine = config.engine();
        let masks = (0..16).map(|_| {
            let percent = [0, 3, 50, 50, 90, 100][noise.below(6)];
            (0..engine.max_dim).map(|_| noise.chance(percent)).collect()
        });
        let masks = masks.collect();
        let ob = config.operand_bytes();
        let order = |_| {
            let sum = noise.chance(30);
            let first = noise.below(engine.max_dim);
            let most = (engine.max_dim - first).min(match noise.below(3) {
                0 => 3,
                1 => 40,
                _ => 200,
            });
            let count = 1 + noise.below(most);
            let bytes = count * if sum { config.sum_bytes() } else { ob };
            Order {
                sum,
                along: noise.chance(50),
                mode: noise.below(3) as u64,
                mask: noise.below(16),
                first,
                count,
                zero: noise.chance(5),
                to: 1 + noise.below(3) as u64,
                addr: noise.next() & 0xffff,
                keep: noise.chance(50),
                event: noise.below(4) as u64,
                bad: noise.chance(5),
                skip: noise.below(engine.bus_bytes() / ob) * ob,
                data: (0..bytes).map(|_| noise.next() as u8).collect(),
            }
        };
        let orders = (0..orders).map(order).collect();
        Self {
            config,
            masks,
            orders,
        }
    }

    /// Elements of the RAM words of `order`.
    fn word_elements(&self, order: &Order) -> usize {
        match order.along && !order.sum {
            true => self.config.rows,
            false => self.config.cols,
        }
    }

    /// What `order` comes to.
    fn expected(&self, order: &Order) -> Vec<Seen> {
        let (bytes, bits) = match order.sum {
            true => (self.config.sum_bytes(), self.config.acc_bits()),
            false => (self.config.operand_bytes(), self.config.operand_bits()),
        };
        let mut elements = Vec::new();
        for index in 0..order.count {
            let kept = self.masks[order.mask][order.first + index];
            if order.mode == 1 && !kept {
                continue;
            }
            let wiped = order.zero || order.bad || (order.mode == 2 && !kept);
            elements.push(match wiped {
                true => 0,
                false => field(&order.data, 8 * bytes * index, bits),
            });
        }
        let mut seen = Vec::new();
        let words = elements.chunks(self.word_elements(order));
        for (number, word) in words.enumerate() {
            let mut elements = word.to_vec();
            elements.resize(self.word_elements(order), 0);
            seen.push(Seen::Write {
                to: order.to,
                addr: (order.addr + number as u64) & 0xffff,
                keep: order.keep,
                elements,
            });
        }
        if order.event != 0 {
            seen.push(Seen::Event(order.event));
        }
        seen
    }

    /// The bus words of all orders: order, bytes, whether it is an order's first.
    fn beats(&self, noise: &mut Noise) -> Vec<(usize, Vec<u8>, bool)> {
        let bytes = self.config.engine().bus_bytes();
        let mut beats = Vec::new();
        for (number, order) in self.orders.iter().enumerate().filter(|(_, o)| !o.bad) {
            let mut all: Vec<u8> = (0..order.skip).map(|_| noise.next() as u8).collect();
            all.extend(&order.data);
            while !all.len().is_multiple_of(bytes) {
                all.push(noise.next() as u8);
            }
            for (at, word) in all.chunks(bytes).enumerate() {
                beats.push((number, word.to_vec(), at == 0));
            }
        }
        beats
    }

    /// Runs all orders; what differed first.
    fn run(&self, rig: &mut Rig, noise: &mut Noise, busy: [usize; 3]) -> Result<usize, String> {
        let engine = self.config.engine();
        let beats = self.beats(noise);
        let (mut beat, mut order, mut waited, mut cycles) = (0, 0, 0, 0);
        let (mut at, mut done) = (0, Vec::new());
        let expected: Vec<Seen> = self.orders.iter().flat_map(|o| self.expected(o)).collect();
        let bits = self.orders.iter().flat_map(|o| {
            let bits = match o.sum {
                true => self.config.acc_bits(),
                false => self.config.operand_bits(),
            };
            vec![bits; self.expected(o).len()]
        });
        let bits: Vec<usize> = bits.collect();
        let (mut offers, mut comes, mut writes) = (false, false, true);
        while done.len() < expected.len() {
            offers = order < self.orders.len() && (offers || noise.chance(busy[0]));
            comes = beat < beats.len() && beats[beat].0 < order && (comes || noise.chance(busy[1]));
            writes = noise.chance(busy[2]) || (writes && busy[2] == 100);
            rig.set("order_valid_i", offers.into());
            if offers {
                let o = &self.orders[order];
                rig.set("order_sum_i", o.sum.into());
                rig.set("order_along_i", o.along.into());
                rig.set("order_mode_i", o.mode);
                rig.set("order_mask_i", o.mask as u64);
                rig.set("order_first_i", o.first as u64);
                rig.set("order_count_i", o.count as u64);
                rig.set("order_zero_i", o.zero.into());
                rig.set("order_to_i", o.to);
                rig.set("order_addr_i", o.addr);
                rig.set("order_keep_i", o.keep.into());
                rig.set("order_event_i", o.event);
                rig.set("order_bad_i", o.bad.into());
            }
            rig.set("beat_valid_i", comes.into());
            if comes {
                let (of, bytes, first) = &beats[beat];
                rig.set_bytes("beat_data_i", bytes);
                let skip = if *first { self.orders[*of].skip } else { 0 };
                rig.set("beat_skip_i", skip as u64);
            }
            rig.set("write_ready_i", writes.into());
            rig.set_bytes("bits_data_i", &self.mask_word(at, engine.bus_bits));
            rig.settle();
            at = rig.get("bits_addr_o") as usize;
            let took = [
                offers && rig.get("order_ready_o") == 1,
                comes && rig.get("beat_ready_o") == 1,
            ];
            if rig.get("write_valid_o") == 1 && writes {
                let number = done.len();
                done.push(self.written(rig, &expected[number], bits[number])?);
            }
            match rig.get("event_o") {
                0 => {}
                event => done.push(Seen::Event(event)),
            }
            waited += 1;
            if let Some(last) = done.len().checked_sub(1) {
                if done[last] != expected[last] {
                    return Err(format!("{last}: {:?} not {:?}", done[last], expected[last]));
                }
            }
            order += usize::from(took[0]);
            beat += usize::from(took[1]);
            offers &= !took[0];
            comes &= !took[1];
            if took.contains(&true) {
                waited = 0;
            }
            if waited > 2000 {
                return Err(format!(
                    "it hangs after {} of {}",
                    done.len(),
                    expected.len()
                ));
            }
            cycles += 1;
            rig.cycle();
        }
        match beat == beats.len() && order == self.orders.len() {
            true => Ok(cycles),
            false => Err("beats are left".into()),
        }
    }

    /// The word of the mask RAM at `address`.
    fn mask_word(&self, address: usize, bits: usize) -> Vec<u8> {
        let words = 1 << (self.config.mask_address_bits() - 4);
        let (mask, word) = (address / words, address % words);
        let bit = |at: usize| self.masks[mask].get(word * bits + at) == Some(&true);
        (0..bits / 8)
            .map(|byte| (0..8).fold(0, |all, i| all | u8::from(bit(8 * byte + i)) << i))
            .collect()
    }

    /// The word that is written, as the one that is expected is made.
    fn written(&self, rig: &mut Rig, expected: &Seen, bits: usize) -> Result<Seen, String> {
        let Seen::Write { elements, .. } = expected else {
            return Err("a word that nobody expects".into());
        };
        let data = rig.bytes("write_data_o");
        let elements = (0..elements.len()).map(|at| field(&data, at * bits, bits));
        Ok(Seen::Write {
            to: rig.get("write_to_o"),
            addr: rig.get("write_addr_o"),
            keep: rig.get("write_keep_o") == 1,
            elements: elements.collect(),
        })
    }
}

/// Runs `orders` random orders in `design`, with every kind of back-pressure.
fn run(config: &ArrayConfig, design: &Design, seed: u64, orders: usize) -> Result<(), String> {
    let mut noise = Noise::new(seed);
    let mut rig = Rig::new(design);
    for busy in [
        [100, 100, 100],
        [50, 50, 50],
        [100, 20, 100],
        [100, 100, 30],
    ] {
        let bench = Bench::new(config, &mut noise, orders);
        bench.run(&mut rig, &mut noise, busy)?;
    }
    Ok(())
}

fn configs() -> Vec<ArrayConfig> {
    let mut cut = config(Format::Int8, 5, 3, 32, 256);
    cut.acc_bits = Some(20);
    vec![
        config(Format::Int8, 5, 3, 32, 256),
        config(Format::Int8, 2, 2, 32, 64),
        config(Format::Int8, 8, 8, 128, 512),
        config(Format::Bf16, 16, 16, 256, 1024),
        config(Format::Int16, 3, 5, 32, 64),
        config(Format::Int8, 7, 33, 512, 1024),
        config(Format::Int16, 1, 1, 64, 128),
        config(Format::Bf16, 2, 1, 512, 64),
        cut,
    ]
}

#[test]
fn no_tool_complains() {
    for config in configs() {
        let said = common::complaints(&design(&config, Unpack::at));
        assert!(said.is_empty(), "{said}");
    }
}

#[test]
fn elements_come_where_orders_say() {
    for (seed, config) in configs().into_iter().enumerate() {
        let design = design(&config, Unpack::at);
        let said = run(&config, &design, seed as u64, 300);
        assert_eq!(said, Ok(()), "{config:?}");
    }
}

#[test]
fn faults_are_noticed() {
    let config = config(Format::Int8, 5, 3, 32, 256);
    let good = design(&config, Unpack::at);
    let faults = [
        (
            "heddle_mask_windows",
            "reads & ((crosses & !primed_q) | !crosses)",
            "reads",
        ),
        (
            "heddle_mask_windows",
            "primed_q <= !loads",
            "primed_q <= 1'b1",
        ),
        ("heddle_gearbox", "more_q <= goes_on", "more_q <= 1'b0"),
        (
            "heddle_gearbox",
            "placed_ends_q <= ends_q",
            "placed_ends_q <= 1'b1",
        ),
        ("block", "extra_q <= in_chunks[2]", "extra_q <= 1'b0"),
        ("block", " skip_q <= skip", " skip_q <= 2'd0"),
    ];
    for (module, old, new) in faults {
        let bad = planted(&good, module, old, new);
        assert!(run(&config, &bad, 1, 150).is_err(), "{old} -> {new}");
    }
}
