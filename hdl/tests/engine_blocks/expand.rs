//! From words of sums to bus words.

use crate::common;
use crate::rig::{config, design, planted, Noise, Rig};
use heddle_format::Format;
use heddle_hdl::emit::Design;
use heddle_hdl::engine::Expand;
use heddle_hdl::ArrayConfig;
use std::collections::VecDeque;

#[derive(Clone, Debug)]
struct Row {
    addr: usize,
    count: usize,
    sums: bool,
    packed: bool,
    masked: bool,
    zeros: bool,
    mask: usize,
    /// Sums of its columns, or of the kept ones.
    values: Vec<i64>,
}

/// A bus word that is written: address, bytes where they are written.
type Word = (usize, Vec<Option<u8>>);

struct Bench<'a> {
    config: &'a ArrayConfig,
    masks: Vec<Vec<bool>>,
    rows: Vec<Row>,
}

impl<'a> Bench<'a> {
    fn new(config: &'a ArrayConfig, noise: &mut Noise, rows: usize) -> Self {
        let most = config.engine().max_dim;
        let masks = (0..16).map(|_| {
            let percent = [0, 3, 50, 97, 100][noise.below(5)];
            (0..most).map(|_| noise.chance(percent)).collect()
        });
        let masks: Vec<Vec<bool>> = masks.collect();
        let row = |_| {
            let size = [3, 40, most][noise.below(3)];
            let count = 1 + noise.below(size);
            let mask = noise.below(16);
            let packed = noise.chance(50);
            let drop = noise.below(3);
            let kept = masks[mask][..count].iter().filter(|kept| **kept).count();
            let bits = config.acc_bits() as u32;
            let value = |_| (noise.next() as i64) << (64 - bits) >> (64 - bits);
            let values = (0..if packed { kept } else { count }).map(value).collect();
            let ob = config.operand_bytes();
            Row {
                addr: noise.below(1 << 24) * ob,
                count,
                sums: noise.chance(90),
                packed,
                masked: drop == 1,
                zeros: drop == 2,
                mask,
                values,
            }
        };
        let rows = (0..rows).map(row).collect();
        Self {
            config,
            masks,
            rows,
        }
    }

    /// The bus words of `row` that have a byte to be written, and the runs they are told in.
    fn expected(&self, row: &Row) -> (Vec<Word>, Vec<(usize, usize)>) {
        let (bus, sb) = (self.config.engine().bus_bytes(), self.config.sum_bytes());
        let start = row.addr / bus * bus;
        let end = (row.addr + row.count * sb).div_ceil(bus) * bus;
        let mut bytes = vec![None; end - start];
        let mut values = row.values.iter();
        for column in 0..row.count {
            let kept = self.masks[row.mask][column];
            let has = row.sums && (!row.packed || kept);
            let value = if has { *values.next().unwrap_or(&0) } else { 0 };
            let dropped = !kept && (row.masked || row.zeros);
            let value = if dropped { 0 } else { value };
            if row.masked && !kept {
                continue;
            }
            for byte in 0..sb {
                let at = row.addr - start + column * sb + byte;
                bytes[at] = Some((value >> (8 * byte)) as u8);
            }
        }
        let words = bytes.chunks(bus).enumerate();
        let words = words.map(|(at, word)| (start + at * bus, word.to_vec()));
        let words = words.filter(|(_, word)| word.iter().any(Option::is_some));
        let words: Vec<Word> = words.collect();
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (addr, _) in &words {
            match runs.last_mut() {
                Some((first, count))
                    if *first + *count * bus == *addr && addr % (16 * bus) != 0 =>
                {
                    *count += 1;
                }
                _ => runs.push((*addr, 1)),
            }
        }
        (words, runs)
    }

    /// Words of the accumulators of `row`.
    fn sum_words(&self, row: &Row) -> Vec<Vec<u8>> {
        if !row.sums {
            return Vec::new();
        }
        let bits = self.config.acc_bits();
        let words = row.values.chunks(self.config.cols).map(|values| {
            let mut word = vec![0xa5u8; (self.config.cols * bits).div_ceil(8)];
            for (lane, value) in values.iter().enumerate() {
                for bit in 0..bits {
                    let at = lane * bits + bit;
                    let one = u8::from(value >> bit & 1 == 1);
                    word[at / 8] = word[at / 8] & !(1 << (at % 8)) | one << (at % 8);
                }
            }
            if !(self.config.cols * bits).is_multiple_of(8) {
                let last = word.len() - 1;
                word[last] &= (1 << (self.config.cols * bits % 8)) - 1;
            }
            word
        });
        words.collect()
    }

    fn mask_word(&self, address: usize, bits: usize) -> Vec<u8> {
        let words = 1 << (self.config.mask_address_bits() - 4);
        let (mask, word) = (address / words, address % words);
        let bit = |at: usize| self.masks[mask].get(word * bits + at) == Some(&true);
        (0..bits / 8)
            .map(|byte| (0..8).fold(0, |all, i| all | u8::from(bit(8 * byte + i)) << i))
            .collect()
    }

    /// Writes all rows; what differed, or the cycles it took.
    fn run(&self, rig: &mut Rig, noise: &mut Noise, busy: [usize; 4]) -> Result<usize, String> {
        let engine = self.config.engine();
        let mut expected: VecDeque<Word> = VecDeque::new();
        let mut runs: VecDeque<(usize, usize)> = VecDeque::new();
        for row in &self.rows {
            let (words, told) = self.expected(row);
            expected.extend(words);
            runs.extend(told);
        }
        let sums = self.rows.iter().enumerate();
        let mut sums: VecDeque<(usize, Vec<u8>)> = sums
            .flat_map(|(at, row)| self.sum_words(row).into_iter().map(move |word| (at, word)))
            .collect();
        let (mut row, mut at, mut cycles, mut quiet) = (0, 0, 0, 0);
        let (mut offers, mut coming) = (false, None::<Vec<u8>>);
        // Words that no run has told of.
        let mut untold: VecDeque<Word> = VecDeque::new();
        loop {
            offers = row < self.rows.len() && (offers || noise.chance(busy[0]));
            rig.set("order_valid_i", offers.into());
            if offers {
                let o = &self.rows[row];
                rig.set("order_addr_i", o.addr as u64);
                rig.set("order_count_i", o.count as u64);
                rig.set("order_sums_i", o.sums.into());
                rig.set("order_packed_i", o.packed.into());
                rig.set("order_masked_i", o.masked.into());
                rig.set("order_zeros_i", o.zeros.into());
                rig.set("order_mask_i", o.mask as u64);
            }
            rig.set("sum_valid_i", coming.is_some().into());
            if let Some(word) = coming.take() {
                rig.set_bytes("sum_data_i", &word);
            }
            let (words, reqs) = (noise.chance(busy[2]), noise.chance(busy[3]));
            rig.set("word_ready_i", words.into());
            rig.set("req_ready_i", reqs.into());
            rig.set_bytes("bits_data_i", &self.mask_word(at, engine.bus_bits));
            rig.settle();
            at = rig.get("bits_addr_o") as usize;
            let asked = sums.front().is_some_and(|(of, _)| *of < row);
            if asked && rig.get("sum_ready_o") == 1 && noise.chance(busy[1]) {
                coming = sums.pop_front().map(|(_, word)| word);
            }
            if offers && rig.get("order_ready_o") == 1 {
                row += 1;
                offers = false;
            }
            quiet += 1;
            if words && rig.get("word_valid_o") == 1 {
                let (addr, bytes) = expected.pop_front().ok_or("a word too many")?;
                let strobes = rig.bytes("word_strb_o");
                let data = rig.bytes("word_data_o");
                for (byte, value) in bytes.iter().enumerate() {
                    let strobe = strobes[byte / 8] >> (byte % 8) & 1 == 1;
                    let got = strobe.then_some(data[byte]);
                    if got != *value {
                        return Err(format!("{addr:x}, byte {byte}: {got:?}, not {value:?}"));
                    }
                }
                untold.push_back((addr, bytes));
                quiet = 0;
            }
            if reqs && rig.get("req_valid_o") == 1 {
                let run = (
                    rig.get("req_addr_o") as usize,
                    rig.get("req_words_o") as usize,
                );
                let expected = runs.pop_front().ok_or("a run too many")?;
                if run != expected {
                    return Err(format!("run {run:x?}, not {expected:x?}"));
                }
                quiet = 0;
            }
            if untold.len() > 4000 {
                return Err("words that no run tells of".into());
            }
            if expected.is_empty()
                && runs.is_empty()
                && sums.is_empty()
                && row == self.rows.len()
                && quiet > 40
            {
                return match rig.get("idle_o") {
                    1 => Ok(cycles),
                    _ => Err("it is never idle".into()),
                };
            }
            if rig.get("idle_o") == 1 && !runs.is_empty() && row == self.rows.len() && !offers {
                return Err(format!("idle with {} runs to be told", runs.len()));
            }
            if quiet > 20000 {
                return Err(format!("it hangs, {} words are left", expected.len()));
            }
            cycles += 1;
            rig.cycle();
        }
    }
}

fn run(config: &ArrayConfig, design: &Design, seed: u64, rows: usize) -> Result<(), String> {
    let mut noise = Noise::new(seed);
    let mut rig = Rig::new(design);
    for busy in [
        [100; 4],
        [50; 4],
        [100, 20, 100, 100],
        [100, 100, 30, 100],
        [100, 100, 100, 10],
    ] {
        let bench = Bench::new(config, &mut noise, rows);
        bench.run(&mut rig, &mut noise, busy)?;
    }
    Ok(())
}

fn configs() -> Vec<ArrayConfig> {
    let mut cut = config(Format::Int8, 5, 3, 32, 192);
    cut.acc_bits = Some(20);
    vec![
        config(Format::Int8, 5, 3, 32, 192),
        config(Format::Int8, 8, 8, 128, 512),
        config(Format::Bf16, 16, 16, 256, 1024),
        config(Format::Int16, 3, 5, 32, 64),
        config(Format::Int8, 7, 33, 512, 1024),
        config(Format::Int16, 1, 1, 64, 128),
        config(Format::Int8, 2, 1, 512, 64),
        cut,
    ]
}

#[test]
fn no_tool_complains() {
    for config in configs() {
        let said = common::complaints(&design(&config, Expand::at));
        assert!(said.is_empty(), "{said}");
    }
}

#[test]
fn rows_come_to_their_bytes() {
    for (seed, config) in configs().into_iter().enumerate() {
        let design = design(&config, Expand::at);
        let said = run(&config, &design, seed as u64, 60);
        assert_eq!(said, Ok(()), "{config:?}");
    }
}

#[test]
fn faults_are_noticed() {
    let config = config(Format::Int8, 5, 3, 32, 192);
    let good = design(&config, Expand::at);
    let faults = [
        (
            "heddle_sum_units",
            "at_q <= take_last_i ? 4'd0 : rest[3:0]",
            "at_q <= rest[3:0]",
        ),
        ("block", "extra_q <= in_chunks[2]", "extra_q <= 1'b0"),
        ("block", "run_q <= ends ? 4'd0 :", "run_q <= ends ? 4'd1 :"),
    ];
    for (module, old, new) in faults {
        let bad = planted(&good, module, old, new);
        assert!(run(&config, &bad, 1, 60).is_err(), "{old} -> {new}");
    }
}
