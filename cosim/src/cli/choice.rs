//! Flags whose value is one of a few names: checked by clap, so that a wrong name is
//! answered with the right ones and shells can complete them.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use heddle_format::Named;

/// The parser of a flag that takes one of the names of `T`.
pub fn choice<T: Named>() -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(T::NAMES).try_map(|name| name.parse::<T>())
}
