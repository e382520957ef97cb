//! Flags whose value is one of a few names: checked by clap, so that a wrong name is
//! answered with the right ones and shells can complete them.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use heddle_format::Named;
use std::error::Error;
use std::str::FromStr;

/// The parser of a flag that takes one of the names of `T`.
pub fn choice<T: Named>() -> impl TypedValueParser<Value = T> {
    one_of(T::NAMES.iter().copied())
}

/// The parser of a flag that takes one of `names`, each that of a value of `T`.
pub fn one_of<T>(names: impl IntoIterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: Clone + Send + Sync + 'static,
    T: FromStr<Err: Into<Box<dyn Error + Send + Sync>>>,
{
    PossibleValuesParser::new(names).try_map(|name| name.parse::<T>())
}

#[cfg(test)]
mod tests {
    use heddle_hdl::Reset;

    /// The emitter's, which has its names by itself.
    #[test]
    fn every_name_of_a_reset_is_the_name_of_its_value() {
        for reset in Reset::ALL {
            assert_eq!(reset.name().parse(), Ok(reset));
        }
    }
}
