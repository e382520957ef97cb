//! Values that a person gives.

/// A value is out of range, or means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} = {value} is not possible: {remedy}")]
pub struct InputError {
    /// What was given, such as `--keep`.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// What would be right.
    pub remedy: String,
}

impl InputError {
    /// That `name` cannot be `value`, and what would be right.
    pub fn new(name: &'static str, value: impl ToString, remedy: impl Into<String>) -> Self {
        Self {
            name,
            value: value.to_string(),
            remedy: remedy.into(),
        }
    }
}
