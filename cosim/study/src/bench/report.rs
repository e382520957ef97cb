//! What was measured, as numbers and as tables.

use super::measure::BenchSettings;
use super::pytorch::Took;
use super::spread::Spread;
use super::timed::Spent;
use heddle_gemm::Phase;
use heddle_lstm::Site;
use heddle_report::{align_right, grouped, plain};
use serde_json::{json, Value};
use std::time::Duration;

/// What the steps of one turn took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    tokens_per_s: f64,
    /// Milliseconds of a step: fp, bp, wg, out, other, all; masks, which are part
    /// of other.
    step: [f64; 7],
}

impl Times {
    /// Of `steps` steps over `tokens` tokens that took `time`, `spent` of it in products and
    /// `masks` on drawing masks.
    pub fn new(steps: usize, tokens: usize, time: Duration, spent: Spent, masks: Duration) -> Self {
        let ms = |time: Duration| 1e3 * time.as_secs_f64() / steps.max(1) as f64;
        let [fp, bp, wg] = spent.phases.map(ms);
        let other = ms(time.saturating_sub(spent.total()));
        Self {
            tokens_per_s: tokens as f64 / time.as_secs_f64(),
            step: [fp, bp, wg, ms(spent.out), other, ms(time), ms(masks)],
        }
    }
}

/// Tokens per second of one side, round by round.
#[derive(Clone, Debug, PartialEq)]
pub struct Rates(Vec<f64>);

impl Rates {
    fn of(times: &[Times]) -> Self {
        Self(times.iter().map(|times| times.tokens_per_s).collect())
    }

    /// Of PyTorch's turns.
    pub fn of_pytorch(turns: &[Took]) -> Self {
        let rate = |turn: &Took| turn.tokens as f64 / turn.seconds;
        Self(turns.iter().map(rate).collect())
    }

    fn spread(&self) -> Spread {
        Spread::of(self.0.iter().copied())
    }

    /// How many times as fast as `other`, round by round.
    fn over(&self, other: &Self) -> Spread {
        Spread::of(
            self.0
                .iter()
                .zip(&other.0)
                .map(|(ours, theirs)| ours / theirs),
        )
    }
}

/// One line of the table of phases.
struct Part {
    name: &'static str,
    dense_ms: f64,
    packed_ms: f64,
    speedup: f64,
}

/// A whole measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchReport {
    settings: BenchSettings,
    corpus_tokens: usize,
    dense: Vec<Times>,
    packed: Vec<Times>,
    /// Version, and what it did.
    pytorch: Option<(String, Rates)>,
    peak_memory: Option<u64>,
}

impl BenchReport {
    /// From the turns of every side, one each per round.
    pub fn new(
        settings: BenchSettings,
        corpus_tokens: usize,
        (dense, packed): (&[Times], &[Times]),
        pytorch: Option<(String, Rates)>,
    ) -> Self {
        Self {
            settings,
            corpus_tokens,
            dense: dense.to_vec(),
            packed: packed.to_vec(),
            pytorch,
            peak_memory: peak_memory(),
        }
    }

    /// fp, bp, wg, the three together, out, other, masks (part of other), and the whole step.
    fn parts(&self) -> Vec<Part> {
        let part = |name, columns: &[usize]| {
            let of = |times: &Times| -> f64 { columns.iter().map(|&c| times.step[c]).sum() };
            let median = |side: &[Times]| Spread::of(side.iter().map(of)).median;
            let ratios = self.dense.iter().zip(&self.packed);
            Part {
                name,
                dense_ms: median(&self.dense),
                packed_ms: median(&self.packed),
                speedup: Spread::of(ratios.map(|(d, p)| of(d) / of(p))).median,
            }
        };
        let [fp, bp, wg] = Phase::ALL.map(Phase::name);
        vec![
            part(fp, &[0]),
            part(bp, &[1]),
            part(wg, &[2]),
            part("lstm", &[0, 1, 2]),
            part("out", &[3]),
            part("other", &[4]),
            part("masks", &[6]),
            part("step", &[5]),
        ]
    }

    /// What the speed-up would be if masks cost nothing on either side.
    fn without_masks(&self) -> Spread {
        let rest = |times: &Times| times.step[5] - times.step[6];
        let ratios = self.dense.iter().zip(&self.packed);
        Spread::of(ratios.map(|(d, p)| rest(d) / rest(p)))
    }

    /// The measurement for scripts.
    pub fn to_json(&self) -> Value {
        let (dense, packed) = (Rates::of(&self.dense), Rates::of(&self.packed));
        let speedup = packed.over(&dense);
        let mut object = json!({
            "dense_tokens_per_s": dense.spread().median,
            "packed_tokens_per_s": packed.spread().median,
            "speedup": speedup.median,
            "speedup_without_masks": self.without_masks().median,
        });
        let parts: Vec<(&str, Value)> = self
            .parts()
            .into_iter()
            .map(|part| {
                let value = json!({
                    "dense_ms": part.dense_ms,
                    "packed_ms": part.packed_ms,
                    "speedup": part.speedup,
                });
                (part.name, value)
            })
            .collect();
        object["phases"] = json!({});
        for (name, value) in parts {
            if Phase::ALL.map(Phase::name).contains(&name) {
                object["phases"][name] = value;
            } else {
                object[name] = value;
            }
        }
        object["spread"] = json!({
            "dense_tokens_per_s": dense.spread(),
            "packed_tokens_per_s": packed.spread(),
            "speedup": speedup,
        });
        if let Some((version, pytorch)) = &self.pytorch {
            let (dense, packed) = (dense.over(pytorch), packed.over(pytorch));
            object["pytorch_tokens_per_s"] = pytorch.spread().median.into();
            object["dense_over_pytorch"] = dense.median.into();
            object["packed_over_pytorch"] = packed.median.into();
            object["pytorch_version"] = version.as_str().into();
            object["pytorch_sites"] = json!(self.pytorch_sites());
            object["spread"]["pytorch_tokens_per_s"] = json!(pytorch.spread());
            object["spread"]["dense_over_pytorch"] = json!(dense);
            object["spread"]["packed_over_pytorch"] = json!(packed);
        }
        object["kernel"] = self.settings.kernel.name().into();
        object["threads"] = self.settings.threads.into();
        object["corpus_tokens"] = self.corpus_tokens.into();
        object["peak_memory_bytes"] = json!(self.peak_memory);
        object["settings"] = json!(self.settings);
        object
    }

    /// PyTorch's nn.LSTM cannot mask h of the step before.
    fn pytorch_sites(&self) -> Vec<Site> {
        let sites = self.settings.sites.iter().copied();
        sites.filter(|site| *site != Site::Rh).collect()
    }

    /// The measurement for people.
    pub fn table(&self) -> String {
        let (dense, packed) = (Rates::of(&self.dense), Rates::of(&self.packed));
        let mut sides = plain(&["training", "tokens/s", "quartiles", "range", "over dense"]);
        let mut row = |name: &str, rates: &Rates| {
            let rate = |value: f64| grouped(value.round() as u64);
            let spread = rates.spread();
            sides.add_row(vec![
                name.to_owned(),
                rate(spread.median),
                format!(
                    "{} to {}",
                    rate(spread.lower_quartile),
                    rate(spread.upper_quartile)
                ),
                format!("{} to {}", rate(spread.min), rate(spread.max)),
                format!("{:.2}", rates.over(&dense).median),
            ]);
        };
        row("dense, Case I", &dense);
        row("packed, Case III", &packed);
        if let Some((version, pytorch)) = &self.pytorch {
            row(&format!("PyTorch {version}, nn.LSTM"), pytorch);
        }
        align_right(&mut sides, 1);
        let mut phases = plain(&["ms per step", "dense", "packed", "speed-up"]);
        for part in self.parts() {
            phases.add_row(vec![
                match part.name {
                    "masks" => "of it masks".to_owned(),
                    name => name.to_owned(),
                },
                format!("{:.2}", part.dense_ms),
                format!("{:.2}", part.packed_ms),
                format!("{:.2}", part.speedup),
            ]);
        }
        align_right(&mut phases, 1);
        format!(
            "{}\n{sides}\n\n{phases}\n\n{}",
            self.heading(),
            self.notes(&dense, &packed)
        )
    }

    fn heading(&self) -> String {
        let s = &self.settings;
        let sites: Vec<_> = s.sites.iter().map(|site| site.name()).collect();
        format!(
            "{}: {} layers of {} units, {} words, batch {}, {} time steps; p {} at {}; \
             {} on {} thread{}",
            s.preset,
            s.model.layers,
            s.model.hidden,
            grouped(s.vocabulary as u64),
            s.batch,
            s.window,
            s.p,
            sites.join(", "),
            s.kernel.name(),
            s.threads,
            if s.threads == 1 { "" } else { "s" },
        )
    }

    fn notes(&self, dense: &Rates, packed: &Rates) -> String {
        let speedup = packed.over(dense);
        let mut notes = format!(
            "packed is {:.2} times as fast as dense ({:.2} to {:.2} over {} rounds of {} steps)",
            speedup.median, speedup.min, speedup.max, self.settings.rounds, self.settings.steps
        );
        notes += &format!("; {:.2} if masks cost nothing", self.without_masks().median);
        if let Some((_, pytorch)) = &self.pytorch {
            notes += &format!(
                "\ndense is {:.2} and packed {:.2} times as fast as PyTorch",
                dense.over(pytorch).median,
                packed.over(pytorch).median
            );
            if self.settings.sites.contains(&Site::Rh) {
                notes += ", which drops nothing at rh: nn.LSTM cannot";
            }
        }
        if self.settings.preset == "small" && self.settings.p > 0.0 {
            notes += &format!(
                "\nthe authors of the small model used no dropout: p {} is chosen here",
                self.settings.p
            );
        }
        let minutes = self.corpus_tokens as f64 / packed.spread().median / 60.0;
        notes += &format!(
            "\nan epoch of this text, {} tokens, takes {minutes:.1} minutes packed",
            grouped(self.corpus_tokens as u64)
        );
        if let Some(bytes) = self.peak_memory {
            notes += &format!(
                "\npeak memory, both models and the text: {} MiB",
                grouped(bytes >> 20)
            );
        }
        notes
    }
}

/// The most memory that this process has had so far, in bytes, where the system tells
/// (Linux: VmHWM of proc(5)).
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}
