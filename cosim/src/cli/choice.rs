//! Flags whose value is one of a few names: checked by clap, so that a wrong name is
//! answered with the right ones and shells can complete them.

use super::presets::Preset;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use heddle_array::Text;
use heddle_format::{Format, Overflow};
use heddle_gemm::{Kernel, Phase, Policy};
use heddle_hdl::{Dataflow, Gating, MultiplierCell, Reset, Skew, Tune};
use heddle_lstm::{Case, MaskKind, Method, Site, TaskKind};
use heddle_schedule::mapper::layout::UnitOrder;
use heddle_schedule::mapper::FlowChoice;
use heddle_study::power::Treatment;
use heddle_synth::{Part, Placer, Target};
use heddle_trace::random_flow::RandomFlow;
use std::fmt::Display;

/// A type whose values all have a name.
pub trait Choice: Clone + Send + Sync + 'static {
    /// All names.
    fn names() -> Vec<String>;

    /// The value of a name.
    ///
    /// # Errors
    /// What is wrong with a name that is none.
    fn named(name: &str) -> Result<Self, String>;
}

/// The parser of a flag that takes one of the names of `T`.
pub fn choice<T: Choice>() -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(T::names()).try_map(|name| T::named(&name))
}

/// `Choice` by what is there already: a list of all values, their names, and the way back.
macro_rules! choices {
    ($($type:ty: $all:expr;)+) => {
        $(impl Choice for $type {
            fn names() -> Vec<String> {
                names($all)
            }

            fn named(name: &str) -> Result<Self, String> {
                name.parse::<Self>().map_err(|error| error.to_string())
            }
        })+

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn every_name_is_the_name_of_its_value() {
                $(for (name, value) in <$type>::names().iter().zip($all) {
                    let named = <$type>::named(name);
                    let named = named.map(|value| format!("{value:?}"));
                    assert_eq!(named, Ok(format!("{value:?}")), "{name}");
                })+
            }
        }
    };
}

choices! {
    Format: Format::ALL;
    Overflow: [Overflow::Wrap, Overflow::Saturate];
    Dataflow: [Dataflow::Ws, Dataflow::Os, Dataflow::Both];
    Gating: [Gating::None, Gating::Enable, Gating::ClockGate];
    MultiplierCell: [MultiplierCell::Inferred, MultiplierCell::Ecp5, MultiplierCell::Staged];
    Reset: [Reset::None, Reset::Sync, Reset::Async];
    Skew: [Skew::Registers, Skew::Ram];
    Tune: [Tune::Generic, Tune::Ecp5, Tune::Ice40, Tune::Liberty];
    Policy: Policy::ALL;
    Kernel: Kernel::ALL;
    Treatment: Treatment::ALL;
    Text: Text::ALL;
    RandomFlow: RandomFlow::ALL;
    FlowChoice: [FlowChoice::Ws, FlowChoice::Os, FlowChoice::Auto];
    UnitOrder: [UnitOrder::BatchMajor, UnitOrder::FeatureMajor];
    Case: Case::ALL;
    MaskKind: MaskKind::ALL;
    TaskKind: TaskKind::ALL;
    Preset: Preset::ALL;
    Part: [Part::Array, Part::Mesh, Part::Row, Part::Pe];
    Placer: [Placer::Heap, Placer::Static];
    Target: [Target::Ecp5, Target::Ice40, Target::Liberty];
}

fn names<T: Display>(all: impl IntoIterator<Item = T>) -> Vec<String> {
    all.into_iter().map(|value| value.to_string()).collect()
}

impl Choice for Phase {
    fn names() -> Vec<String> {
        Phase::ALL.map(|phase| phase.name().to_owned()).into()
    }

    fn named(name: &str) -> Result<Self, String> {
        let found = Phase::ALL.into_iter().find(|phase| phase.name() == name);
        found.ok_or_else(|| format!("unknown phase '{name}': use one of fp, bp, wg"))
    }
}

impl Choice for Site {
    fn names() -> Vec<String> {
        Site::ALL.map(|site| site.name().to_owned()).into()
    }

    fn named(name: &str) -> Result<Self, String> {
        name.parse()
    }
}

impl Choice for Method {
    fn names() -> Vec<String> {
        vec!["sgd".into(), "adam".into()]
    }

    fn named(name: &str) -> Result<Self, String> {
        name.parse()
    }
}
