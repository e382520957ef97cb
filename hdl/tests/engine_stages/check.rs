//! Codes of descriptors, against the rules of `ENGINE.md` written down once more.

use super::{config, Draw};
use heddle_format::Format;
use heddle_hdl::describe::Pins;
use heddle_hdl::engine::descriptor::Descriptor;
use heddle_hdl::engine::{codes, Check};
use heddle_hdl::Site;
use heddle_hdl::{ArrayConfig, Dataflow};

/// What a descriptor has, besides its fields.
#[derive(Clone, Copy)]
struct Case {
    fields: Descriptor,
    /// Word and value of a reserved place.
    reserved: Option<(usize, u32)>,
    unreadable: bool,
}

/// The code of `case`, after `before` with its own.
fn code(config: &ArrayConfig, case: &Case, before: Option<(&Descriptor, u8)>) -> u8 {
    use codes::job::*;
    let (d, engine) = (&case.fields, config.engine());
    let flow = config.dataflow;
    let bytes = config.operand_bytes() as u64;
    let [m, k, n] = [d.m, d.k, d.n].map(usize::from);
    let (rows, cols) = (config.rows, config.cols);
    let layout_ok = match d.layout {
        0 | 1 => flow != Dataflow::Os,
        2 => flow != Dataflow::Ws,
        _ => false,
    };
    let (s, r) = if d.layout == 2 { (k, m) } else { (m, k) };
    let bias = d.c0 && d.c0_stride == 0;
    let in_place = d.c0_base == d.c && d.c0_stride == d.c_stride;
    let sums = (m + usize::from(bias)) * n.div_ceil(cols);
    let slots = match d.layout {
        0 => 0,
        1 if d.panel == 0 => n,
        1 => n.min(usize::from(d.panel) * cols),
        _ => k * n.div_ceil(engine.slot_words * cols),
    };
    let like = |same: &dyn Fn(&Descriptor) -> bool| {
        before.is_some_and(|(b, code)| {
            code == 0 && (b.layout, b.policy, b.m) == (d.layout, d.policy, d.m) && same(b)
        })
    };
    let high = |value: u64| value >> engine.addr_bits != 0;
    let bases = [d.a, d.b, d.c0_base, d.c];
    let masks = [
        (d.mask_m, d.m_mask),
        (d.mask_k, d.k_mask),
        (d.mask_n, d.n_mask),
    ];
    let strides = [d.a_stride, d.b_stride, d.c0_stride, d.c_stride];
    let checks = [
        (BUS, case.unreadable),
        (LAYOUT, !layout_ok),
        (POLICY, d.policy == 3),
        (
            RESERVED,
            case.reserved.is_some()
                || bases.iter().any(|&base| high(base))
                || masks.iter().any(|&(_, base)| high(base))
                || (d.layout != 1 && d.panel != 0),
        ),
        (ZERO, m == 0 || k == 0 || n == 0),
        (DIM, [m, k, n].iter().any(|&dim| dim > engine.max_dim)),
        (
            ALIGN,
            bases.iter().any(|base| base % bytes != 0)
                || strides.iter().any(|&stride| u64::from(stride) % bytes != 0)
                || masks.iter().any(|&(there, base)| there && base % 64 != 0),
        ),
        (A_SPACE, !d.keep_a && s * r.div_ceil(rows) > engine.a_words),
        (SUM_SPACE, usize::from(d.sums) + sums > engine.sum_words),
        (B_SPACE, slots > engine.b_slots),
        (
            NO_SUMS,
            d.resume
                && !like(&|b| {
                    b.stay && (b.n, b.sums, b.mask_n, b.n_mask) == (d.n, d.sums, d.mask_n, d.n_mask)
                }),
        ),
        (
            KEEP_A,
            d.keep_a
                && !like(&|b| {
                    (b.k, b.mask_m, b.mask_k) == (d.k, d.mask_m, d.mask_k)
                        && (b.m_mask, b.k_mask) == (d.m_mask, d.k_mask)
                }),
        ),
        (
            COPY,
            d.c0 && !in_place && d.policy != 0 && (d.mask_n || (d.mask_m && !bias)),
        ),
    ];
    checks
        .iter()
        .find(|(_, fails)| *fails)
        .map_or(0, |(code, _)| *code)
}

fn draw_case(config: &ArrayConfig, draw: &mut Draw, before: &Descriptor) -> Case {
    let bytes = config.operand_bytes() as u64;
    let dim = |draw: &mut Draw| match draw.below(40) {
        0 => 0,
        1 => 65 + draw.below(60_000) as u16,
        _ => 1 + draw.below(24) as u16,
    };
    let address = |draw: &mut Draw| {
        let odd = u64::from(draw.once_in(60));
        let high = if draw.once_in(80) {
            1 << (40 + draw.below(24))
        } else {
            0
        };
        draw.below(1 << 20) * bytes + odd + high
    };
    let mask = |draw: &mut Draw| match draw.below(40) {
        0 => draw.below(1 << 20),
        _ => draw.below(1 << 10) * 64,
    };
    let mut fields = Descriptor {
        layout: draw.mostly(10, 4, 3) as u8,
        policy: draw.mostly(10, 4, 3) as u8,
        c0: draw.once_in(2),
        stay: draw.once_in(3),
        m: dim(draw),
        k: dim(draw),
        n: dim(draw),
        tag: draw.below(1 << 16) as u16,
        sums: draw.mostly(8, 1 << 16, 100) as u16,
        a: address(draw),
        b: address(draw),
        c0_base: address(draw),
        c: address(draw),
        a_stride: (draw.below(100) * bytes) as u32,
        b_stride: (draw.below(100) * bytes) as u32,
        c0_stride: (draw.below(2) * 64 * bytes) as u32,
        c_stride: (64 * bytes) as u32,
        mask_m: draw.once_in(3),
        mask_k: draw.once_in(3),
        mask_n: draw.once_in(3),
        m_mask: mask(draw),
        k_mask: mask(draw),
        n_mask: mask(draw),
        ..Descriptor::default()
    };
    if draw.once_in(3) {
        fields.c0_base = fields.c;
    }
    if fields.layout == 1 || draw.once_in(30) {
        fields.panel = draw.below(6) as u16;
    }
    if draw.once_in(2) {
        // A successor, or nearly.
        fields = Descriptor {
            stay: fields.stay,
            k: before.k,
            ..*before
        };
        fields.resume = draw.once_in(2);
        fields.keep_a = draw.once_in(2);
        match draw.below(8) {
            0 => fields.n += 1,
            1 => fields.k = 3,
            2 => fields.sums ^= 1,
            3 => fields.mask_n ^= true,
            4 => fields.k_mask += 64,
            _ => {}
        }
    }
    let reserved = draw.once_in(40).then(|| match draw.below(3) {
        0 => (0, 1 << 13),
        1 => (2, 1 << 16),
        _ => (24 + draw.below(8) as usize, 1 << draw.below(32)),
    });
    Case {
        fields,
        reserved,
        unreadable: draw.once_in(40),
    }
}

/// Offers `count` descriptors; how often each code came, or what is wrong.
fn runs(config: &ArrayConfig, count: usize, seed: u64) -> Result<Vec<usize>, String> {
    let mut uut = Pins::new(Check::at(&Site::whole(config)));
    let mut draw = Draw(seed);
    uut.set("rst_ni", false);
    uut.cycle();
    uut.set("rst_ni", true);
    uut.set("job_ready_i", true);
    let mut seen = vec![0; 256];
    let mut before: Option<(Descriptor, u8)> = None;
    for number in 0..count {
        let last = before.map(|(d, _)| d).unwrap_or_default();
        let case = draw_case(config, &mut draw, &last);
        let mut words = case.fields.words();
        if let Some((word, bits)) = case.reserved {
            words[word] |= bits;
        }
        let lanes: Vec<u64> = (0..1024)
            .map(|bit| u64::from(words[bit / 32] >> (bit % 32) & 1))
            .collect();
        uut.put("desc_i", &lanes);
        uut.set("index_i", number as u16);
        uut.set("error_i", case.unreadable);
        uut.set("desc_valid_i", true);
        uut.set("left_i", false);
        uut.set("done_i", false);
        uut.settle();
        let mut cycles = 0;
        while uut.get("job_valid_o") == 0 {
            uut.cycle();
            cycles += 1;
            if cycles > 9 {
                return Err(format!("{number}: no job"));
            }
        }
        if cycles != 3 {
            return Err(format!("{number}: looked at for {cycles} cycles"));
        }
        let expected = code(config, &case, before.as_ref().map(|(d, code)| (d, *code)));
        let got = uut.get("job_code_o") as u8;
        if got != expected {
            return Err(format!(
                "{number}: code {got:#x} instead of {expected:#x}: {:?}",
                case.fields
            ));
        }
        let tag = if case.unreadable { 0 } else { case.fields.tag };
        let place = uut.get("job_turn_o") << 2 | uut.get("job_slot_o");
        if place != number as u128 % 16 || uut.get("job_tag_o") != tag.into() {
            return Err(format!("{number}: place or tag"));
        }
        seen[usize::from(got)] += 1;
        uut.cycle();
        uut.set("desc_valid_i", false);
        uut.set("left_i", true);
        uut.set("done_i", true);
        uut.cycle();
        before = Some((case.fields, got));
    }
    Ok(seen)
}

#[test]
fn every_code_comes_where_it_should() {
    let mut all = vec![0; 256];
    let both = config(5, 3, Format::Bf16, 64);
    let ws = ArrayConfig {
        dataflow: Dataflow::Ws,
        ..config(4, 8, Format::Int8, 32)
    };
    let os = ArrayConfig {
        dataflow: Dataflow::Os,
        ..config(3, 4, Format::Int8, 32)
    };
    for (config, count) in [(both, 600), (ws, 120), (os, 120)] {
        let seen =
            runs(&config, count, 11).unwrap_or_else(|wrong| panic!("{}: {wrong}", config.slug()));
        all.iter_mut()
            .zip(seen)
            .for_each(|(all, seen)| *all += seen);
    }
    for code in codes::job::ALL {
        assert!(all[usize::from(code.code)] > 0, "{} never came", code.name);
    }
    assert!(all[0] > 100, "{} good ones", all[0]);
}

#[test]
fn another_limit_would_be_noticed() {
    let real = config(5, 3, Format::Bf16, 64);
    let mut other = real;
    if let Some(engine) = &mut other.engine {
        engine.sum_words = 200;
    }
    let mut draw = Draw(5);
    let differs = (0..400).any(|_| {
        let case = draw_case(&real, &mut draw, &Descriptor::default());
        code(&real, &case, None) != code(&other, &case, None)
    });
    assert!(differs, "no case tells 300 words from 200");
}

/// Jobs that are taken one after the other until there is none, where `leaves` says whether each leaves its slot.
fn taken(leaves: bool) -> usize {
    let config = config(4, 4, Format::Int8, 64);
    let mut uut = Pins::new(Check::at(&Site::whole(&config)));
    uut.set("rst_ni", false);
    uut.cycle();
    uut.set("rst_ni", true);
    uut.set("job_ready_i", true);
    uut.set("desc_valid_i", true);
    let mut count = 0;
    for _ in 0..200 {
        uut.settle();
        let comes = uut.get("job_valid_o") == 1;
        count += usize::from(comes);
        uut.cycle();
        uut.set("left_i", comes && leaves);
    }
    uut.settle();
    assert_eq!(uut.get("waits_o"), 1, "the next one waits");
    count
}

#[test]
fn four_jobs_have_slots_and_sixteen_are_not_done() {
    assert_eq!((taken(false), taken(true)), (4, 16));
}
