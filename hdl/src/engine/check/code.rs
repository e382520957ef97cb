//! What can't be done: the code of the first check that fails.

use super::{reserved_bits, Check, Limits};
use crate::describe::{bits_to, e, lit, select, Body, Expr, Reg};
use crate::engine::codes::job as codes;
use crate::engine::descriptor::{self, Field};
use crate::engine::numbers::fit;
use rust_hdl::prelude::*;

impl Check {
    /// Whether any of `bits` low bits of a field is set.
    pub(super) fn low(&self, name: &Field, bits: usize) -> Expr {
        match bits {
            0 => e(false),
            _ => self.field(name).slice(0, bits).any(),
        }
    }

    /// The code: of the first check that fails; and whether one does, which is known earlier.
    pub(super) fn code(&self, m: &mut Body) -> (Expr, Expr) {
        let engine = *self._config.engine();
        let flow = self._config.dataflow;
        let Limits { dim, .. } = self.limits();
        let layout = self.field(&descriptor::LAYOUT);
        let mut wrong = layout.clone().is(lit(3, 2));
        if !flow.has_ws() {
            wrong = wrong | layout.clone().is(lit(0, 2)) | layout.clone().is(lit(1, 2));
        }
        if !flow.has_os() {
            wrong = wrong | layout.clone().is(lit(2, 2));
        }
        let mut reserved = e(false);
        for (low, bits) in reserved_bits(engine.addr_bits) {
            reserved = reserved | e(&self.desc_i).slice(low, bits).any();
        }
        let is_nt = layout.is(lit(1, 2));
        let panel = self.field(&descriptor::PANEL).any() & !is_nt.clone();
        let zero = |name: &Field| !self.field(name).any();
        let most = lit(engine.max_dim as u128, 16);
        let beyond = |name: &Field| most.clone().less_than(self.field(name));
        let operand = self._config.operand_bytes().trailing_zeros() as usize;
        let mut align = e(false);
        for name in [
            &descriptor::A,
            &descriptor::B,
            &descriptor::C0_BASE,
            &descriptor::C,
            &descriptor::A_STRIDE,
            &descriptor::B_STRIDE,
            &descriptor::C0_STRIDE,
            &descriptor::C_STRIDE,
        ] {
            align = align | self.low(name, operand);
        }
        for (mask, there) in [
            (&descriptor::M_MASK, &descriptor::MASK_M),
            (&descriptor::K_MASK, &descriptor::MASK_K),
            (&descriptor::N_MASK, &descriptor::MASK_N),
        ] {
            align = align | (self.field(there) & self.low(mask, 6));
        }
        let above = |need: &Reg<Bit>, most: usize| {
            let bits = need.len().max(bits_to(most));
            lit(most as u128, bits).less_than(e(need).wide(bits))
        };
        let end =
            e(&self.sum_need_q).wide(2 * dim + 4) + fit(self.field(&descriptor::SUMS), 2 * dim + 4);
        let sum_space = lit(engine.sum_words as u128, 2 * dim + 4).less_than(end);
        let b_space =
            !self.field(&descriptor::LAYOUT).is(lit(0, 2)) & above(&self.b_need_q, engine.b_slots);
        let last = &self.last_q;
        let same =
            |pairs: Vec<(Expr, Expr)>| pairs.into_iter().fold(e(true), |all, (a, b)| all & a.is(b));
        let flow = same(vec![
            (self.field(&descriptor::LAYOUT), e(&last.layout)),
            (self.field(&descriptor::POLICY), e(&last.policy)),
            (self.dim(&descriptor::M), e(&last.m)),
        ]);
        let flow = m.wire(
            "same_m",
            "layout, policy and M are those of the job before",
            flow,
        );
        let chain = same(vec![
            (self.dim(&descriptor::N), e(&last.n)),
            (self.field(&descriptor::SUMS), e(&last.sums)),
            (self.field(&descriptor::MASK_N), e(&last.mask_n)),
            (self.address(&descriptor::N_MASK), e(&last.n_mask)),
        ]);
        let no_sums = self.field(&descriptor::RESUME) & !(e(&self.stayed_q) & flow.clone() & chain);
        let same_a = same(vec![
            (self.dim(&descriptor::K), e(&last.k)),
            (self.field(&descriptor::MASK_M), e(&last.mask_m)),
            (self.field(&descriptor::MASK_K), e(&last.mask_k)),
            (self.address(&descriptor::M_MASK), e(&last.m_mask)),
            (self.address(&descriptor::K_MASK), e(&last.k_mask)),
        ]);
        let keep_a = self.field(&descriptor::KEEP_A) & !(e(&self.good_q) & flow & same_a);
        let masked =
            self.field(&descriptor::MASK_N) | (self.field(&descriptor::MASK_M) & !self.bias());
        let copy = self.field(&descriptor::C0) & !self.in_place() & !self.is_dense() & masked;
        let checks = [
            (codes::BUS, e(&self.error_i)),
            (codes::LAYOUT, wrong),
            (codes::POLICY, self.field(&descriptor::POLICY).is(lit(3, 2))),
            (codes::RESERVED, reserved | panel),
            (
                codes::ZERO,
                zero(&descriptor::M) | zero(&descriptor::K) | zero(&descriptor::N),
            ),
            (
                codes::DIM,
                beyond(&descriptor::M) | beyond(&descriptor::K) | beyond(&descriptor::N),
            ),
            (codes::ALIGN, align),
            (
                codes::A_SPACE,
                above(&self.a_need_q, engine.a_words) & !self.field(&descriptor::KEEP_A),
            ),
            (codes::SUM_SPACE, sum_space),
            (codes::B_SPACE, b_space),
            (codes::NO_SUMS, no_sums),
            (codes::KEEP_A, keep_a),
            (codes::COPY, copy),
        ];
        let fails = checks.map(|(code, fails)| {
            let doc = "the descriptor fails the check of a code";
            (code, m.wire(&format!("fails_{code}"), doc, fails))
        });
        let any = fails
            .iter()
            .fold(e(false), |any, (_, fails)| any | fails.clone());
        let code = fails
            .into_iter()
            .rev()
            .fold(lit(0, 8), |after, (code, fails)| {
                select(fails, lit(u128::from(code), 8), after)
            });
        (code, any)
    }
}
