//! Enums whose values have names: on the command line, in files and in reports.

use std::fmt::Display;
use std::str::FromStr;

/// A type each of whose values has a name, which [`Display`] shows and [`FromStr`] reads.
/// [`named!`](crate::named) implements it.
pub trait Named: Copy + Display + FromStr<Err = UnknownName> + Send + Sync + 'static {
    /// Every name, in the order in which choices are listed.
    const NAMES: &'static [&'static str];
}

/// A word that is not the name of anything of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} '{given}': use one of {}", .names.join(", "))]
pub struct UnknownName {
    /// What kind of thing a name was wanted of.
    pub what: &'static str,
    /// The word.
    pub given: String,
    /// The names that there are.
    pub names: &'static [&'static str],
}

/// Gives the values of a field-less enum their names: `ALL`, `name`, [`Display`], [`FromStr`]
/// and [`Named`]. The literal says what a value is, for errors.
///
/// ```
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// enum Colour { Red, DarkBlue }
/// heddle_format::named!(Colour, "colour", Red = "red", DarkBlue = "dark-blue");
///
/// assert_eq!(Colour::ALL.map(Colour::name), ["red", "dark-blue"]);
/// assert_eq!("dark-blue".parse(), Ok(Colour::DarkBlue));
/// let error = "blue".parse::<Colour>().unwrap_err().to_string();
/// assert_eq!(error, "unknown colour 'blue': use one of red, dark-blue");
/// ```
#[macro_export]
macro_rules! named {
    ($type:ident, $what:literal, $($value:ident = $name:literal),+ $(,)?) => {
        impl $type {
            /// Every value, in the order in which choices are listed.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$value),+];

            /// The name used on the command line, in files and in reports.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)+
                }
            }
        }

        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl ::std::str::FromStr for $type {
            type Err = $crate::UnknownName;

            fn from_str(name: &str) -> Result<Self, $crate::UnknownName> {
                match name {
                    $($name => Ok(Self::$value),)+
                    _ => Err($crate::UnknownName {
                        what: $what,
                        given: name.to_owned(),
                        names: <Self as $crate::Named>::NAMES,
                    }),
                }
            }
        }

        impl $crate::Named for $type {
            const NAMES: &'static [&'static str] = &[$($name),+];
        }
    };
}

#[cfg(test)]
mod tests {
    use super::Named;
    use crate::{Format, Overflow};
    use std::fmt::Debug;

    #[test]
    fn every_name_is_the_name_of_its_value() {
        fn check<T: Named + Debug + PartialEq, const N: usize>(all: [T; N]) {
            assert_eq!(T::NAMES.len(), N);
            for (name, value) in T::NAMES.iter().zip(all) {
                assert_eq!(name.parse(), Ok(value));
                assert_eq!(value.to_string(), *name);
            }
        }
        check(Format::ALL);
        check(Overflow::ALL);
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_right_ones() {
        let error = "Int8".parse::<Format>().unwrap_err().to_string();
        assert_eq!(
            error,
            "unknown number format 'Int8': use one of int8, int16, bf16"
        );
    }
}
