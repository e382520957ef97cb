//! Which accesses are refused, and why; which writes have an effect.

use super::block::{Registers, RING_ALIGN};
use super::table::{self, registers, Register, ADDRESS_BITS, INDEX_BITS};
use crate::describe::{e, lit, select, Body, Expr, Net, Size};
use crate::engine::codes::access;
use rust_hdl::prelude::{Bit, Out};
use std::collections::HashMap;

/// Bits of the number of a register: of its address without the byte.
const WORD_BITS: usize = ADDRESS_BITS - 2;

/// What happens in a cycle: an access that is refused, or a write that is not.
pub(super) struct Accesses {
    /// One is refused.
    pub refused: Expr,
    /// Why.
    pub code: Expr,
    /// Descriptors that are not done.
    pub pending: Expr,
    data: Expr,
    /// Whether a write to this register has an effect.
    to: HashMap<&'static str, Expr>,
}

impl Accesses {
    /// What is written.
    pub fn data(&self) -> Expr {
        self.data.clone()
    }

    /// Whether a write to register `name` has an effect.
    pub fn to(&self, name: &str) -> Expr {
        self.to[name].clone()
    }

    /// What is written to a field.
    pub fn field(&self, register: &str, field: &str) -> Expr {
        let field = table::field(register, field);
        self.data().slice(field.lsb, field.bits)
    }
}

fn number(value: u32, bits: usize) -> Expr {
    lit(value.into(), bits)
}

/// A code by its name.
fn named(code: u8) -> (Size, &'static str) {
    let found = access::ALL.iter().find(|known| known.code == code);
    let found = found.expect("a code of the table");
    (Size::Number(code.into()).named(found.name), found.doc)
}

/// `code` where `wrong`, else what `otherwise` says.
fn unless(wrong: Expr, why: u8, otherwise: Expr) -> Expr {
    select(wrong, Expr::Size(named(why).0, 8.into()), otherwise)
}

fn none() -> Expr {
    lit(0, 8)
}

/// Whether register number `word` is one of `some`, by ranges of them.
fn among<'a>(word: &Expr, some: impl Iterator<Item = &'a Register>) -> Expr {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in some.map(|register| register.offset / 4) {
        match ranges.last_mut() {
            Some((_, end)) if *end == number => *end += 1,
            _ => ranges.push((number, number + 1)),
        }
    }
    let within = |(from, end): (u32, u32)| {
        let below = |limit| word.clone().less_than(number(limit, WORD_BITS));
        match (from, end - from) {
            (0, _) => below(end),
            (_, 1) => word.clone().is(number(from, WORD_BITS)),
            _ => !below(from) & below(end),
        }
    };
    ranges
        .into_iter()
        .map(within)
        .fold(false.into(), |any, one| any | one)
}

impl Registers {
    /// What is refused and what is written in a cycle.
    pub(super) fn accesses(&self, m: &mut Body) -> Accesses {
        let port = &self.axi_lite;
        for code in access::ALL {
            let always_fits = self._config.engine().addr_bits == 64;
            if !(code.code == access::RING_ADDRESS && always_fits) {
                let (size, doc) = named(code.code);
                m.define(&size, doc);
            }
        }
        m.note("Registers that there are, by ranges of their numbers.");
        let [write_word, read_word] =
            [&port.write_addr_o, &port.read_addr_o].map(|addr| e(addr).slice(2, WORD_BITS));
        let is_register = among(&read_word, registers());
        let read_known = m.wire("read_known", "the read is of a register", is_register);
        let is_register = among(&write_word, registers());
        let write_known = m.wire("write_known", "the write is to a register", is_register);
        let is_written = among(
            &write_word,
            registers().filter(|register| register.is_written()),
        );
        let writable = m.wire("writable", "the register can be written", is_written);

        m.note("Why a value is refused.");
        let at = |name: &str| {
            write_word
                .clone()
                .is(number(table::offset(name) / 4, WORD_BITS))
        };
        let ring = self.ring(m, &at);
        let (pending, tail) = self.doorbell(m);
        let enable = e(&port.write_data_o).bit(table::field("CONTROL", "enable").lsb);
        let control = unless(
            enable & !e(&self.ring_bits_q).any(),
            access::NO_RING,
            none(),
        );
        let value = select(at("CONTROL"), control, select(at("TAIL"), tail, ring));
        let value = m.wire("value_code", "why the value is refused", value);

        m.note("Why an access is refused; a write of no byte at all is none.");
        let unaligned = |addr: &Net<Out, Bit>| e(addr).slice(0, 2).any();
        let strobes = e(&port.write_strb_o);
        let chain = unless(!strobes.clone().all(), access::STROBES, value);
        let chain = unless(!writable, access::READ_ONLY, chain);
        let chain = unless(!write_known, access::ADDRESS, chain);
        let chain = unless(unaligned(&port.write_addr_o), access::UNALIGNED, chain);
        let chain = select(!strobes.clone().any(), none(), chain);
        let write_code = m.wire("write_code", "why a write is refused", chain);
        let chain = unless(!read_known, access::ADDRESS, none());
        let chain = unless(unaligned(&port.read_addr_o), access::UNALIGNED, chain);
        let read_code = m.wire("read_code", "why a read is refused", chain);
        m.note("Nothing makes an access wrong between the cycle in which that is found out and the next one.");
        m.reg(&self.read_code_q, true, read_code.clone());
        m.reg(&self.read_error_q, true, read_code.any());
        let (read_code, read_error) = (e(&self.read_code_q), e(&self.read_error_q));
        m.reg(&self.write_code_q, true, write_code.clone());
        m.reg(&self.write_error_q, true, write_code.any());
        let (write_code, write_error) = (e(&self.write_code_q), e(&self.write_error_q));
        m.assign(&port.write_error_i, write_error.clone());
        m.assign(&port.read_error_i, read_error.clone());
        let refused = (e(&port.write_o) & write_error.clone()) | (e(&port.read_o) & read_error);
        let refused = m.wire("refused", "an access is refused", refused);

        m.note("Writes that have an effect.");
        let accepted = e(&port.write_o) & strobes.any() & !write_error;
        let accepted = m.wire("accepted", "a write has an effect", accepted);
        let mut to = HashMap::new();
        for register in registers().filter(|register| register.is_written()) {
            let wire = format!("to_{}", register.name.to_lowercase());
            let here = accepted.clone() & at(register.name);
            let doc = format!("{} is written", register.name);
            to.insert(register.name, m.wire(&wire, &doc, here));
        }
        Accesses {
            refused,
            code: select(e(&port.write_o), write_code, read_code),
            pending,
            data: e(&port.write_data_o),
            to,
        }
    }

    /// Why a write to the ring's base or size is refused.
    fn ring(&self, m: &mut Body, at: &dyn Fn(&str) -> Expr) -> Expr {
        let engine = self._config.engine();
        let data = || e(&self.axi_lite.write_data_o);
        let low = unless(
            data().slice(0, RING_ALIGN).any(),
            access::RING_ALIGN,
            none(),
        );
        let beyond = engine.addr_bits - 32;
        let high = match 32 - beyond {
            0 => none(),
            bits => unless(
                data().slice(beyond, bits).any(),
                access::RING_ADDRESS,
                none(),
            ),
        };
        let largest = number(engine.ring_bits as u32, 32);
        let size = !data().any() | largest.less_than(data());
        let size = unless(size, access::RING_SIZE, none());
        let value = select(
            at("RING_BASE_LO"),
            low,
            select(at("RING_BASE_HI"), high, size),
        );
        let of_ring = at("RING_BASE_LO") | at("RING_BASE_HI") | at("RING_BITS");
        let of_ring = m.wire("of_ring", "base or size of the ring", of_ring);
        let busy = e(&self.enable_q) | !e(&self.idle_i);
        let code = select(of_ring, unless(busy, access::RING_BUSY, value), none());
        m.wire("ring_code", "why base or size are refused", code)
    }

    /// Descriptors that are not done, and why a doorbell is refused.
    fn doorbell(&self, m: &mut Body) -> (Expr, Expr) {
        let data = e(&self.axi_lite.write_data_o);
        let pending = |tail: Expr| tail - &self.head_i;
        let now = pending(e(&self.tail_q));
        let now = m.wire("pending", "descriptors that are not done", now);
        let next = pending(data.clone().slice(0, INDEX_BITS));
        let next = m.wire("next_pending", "the same after the doorbell", next);
        let size = lit(1, INDEX_BITS).shifted_left_by(e(&self.ring_bits_q));
        let size = m.wire("ring_size", "descriptors of the ring", size);
        let beyond = data.slice(INDEX_BITS, 32 - INDEX_BITS).any() | size.less_than(next.clone());
        let backward = next.less_than(now.clone());
        let code = unless(backward, access::BACKWARD, none());
        let code = unless(beyond, access::DOORBELL, code);
        let code = unless(!e(&self.enable_q), access::DISABLED, code);
        (now, m.wire("tail_code", "why a doorbell is refused", code))
    }
}
