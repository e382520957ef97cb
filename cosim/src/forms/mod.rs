//! The forms of the JSON reports, as types from which their JSON schemas are derived.
//!
//! Reports are put together where their fields are computed. These types say a second time what they
//! look like, as strictly as they can: no other field, every field that is always there. Nothing is
//! made of them but schemas, and tests hold every report that any test prints, and the committed
//! ones, to its schema. What the fields mean is taken from `cosim/REPORTS.md`.

mod common;
mod engine;
mod explore;
mod hardware;
mod meanings;
mod parity;
mod products;
mod training;
mod work;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

/// Defines a form: its fields, after `?` those that may be absent or null, after `..` the forms
/// whose fields it has as well.
macro_rules! form {
    (
        $(#[$about:meta])*
        $name:ident $(<$of:ident>)? {
            $($(#[$how:meta])* $field:ident: $kind:ty,)*
            $(? { $($(#[$at:meta])* $rare:ident: $rarely:ty,)* })?
            $(.. { $($part:ident: $parts:ty,)* })?
        }
    ) => {
        $(#[$about])*
        #[derive(schemars::JsonSchema)]
        #[schemars(deny_unknown_fields)]
        // The derive alone reads the fields.
        #[allow(dead_code)]
        pub(super) struct $name $(<$of>)? {
            $($(#[$how])* $field: $kind,)*
            $($(
                #[schemars(skip_serializing_if = "Option::is_none")]
                $(#[$at])*
                $rare: Option<$rarely>,
            )*)?
            $($(#[schemars(flatten)] $part: $parts,)*)?
        }
    };
}

/// Defines a field that is one of a few words.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($word:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(schemars::JsonSchema)]
        #[allow(dead_code)]
        pub(super) enum $name {
            $(#[schemars(rename = $text)] $word,)*
        }
    };
}

use {form, words};

/// A kind of report: a name, and what has it.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// The command, words joined by `-`.
    pub name: &'static str,
    /// What it is the report of.
    pub about: &'static str,
    make: fn(&mut SchemaGenerator) -> Schema,
}

impl Form {
    const fn of<T: JsonSchema>(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            make: SchemaGenerator::root_schema_for::<T>,
        }
    }

    /// Every form.
    pub const ALL: [Form; 20] = [
        Form::of::<products::Run>("run", "heddle run"),
        Form::of::<hardware::Generate>("generate", "heddle generate"),
        Form::of::<hardware::Manifest>("manifest", "manifest.json of heddle generate"),
        Form::of::<training::Train>("train", "heddle train"),
        Form::of::<parity::Parity>("parity", "heddle parity"),
        Form::of::<training::Bench>("bench-train", "heddle bench train"),
        Form::of::<work::TraceInspect>("trace-inspect", "heddle trace inspect"),
        Form::of::<work::TraceCheck>("trace-check", "heddle trace check"),
        Form::of::<products::Cosim>("cosim", "heddle cosim"),
        Form::of::<products::Cycles>("cycles", "heddle cycles"),
        Form::of::<work::NetworkList>("network-list", "heddle network list"),
        Form::of::<explore::Explore>("explore", "heddle explore"),
        Form::of::<hardware::Synth>("synth", "heddle synth"),
        Form::of::<hardware::Power>("power", "heddle power"),
        Form::of::<work::Started>("farm-submit", "heddle farm submit and resume"),
        Form::of::<work::Status>("farm-status", "heddle farm status"),
        Form::of::<work::Merge>("farm-merge", "heddle farm merge"),
        Form::of::<work::Cancel>("farm-cancel", "heddle farm cancel"),
        Form::of::<work::Scaling>("farm-scaling", "heddle farm scaling"),
        Form::of::<work::Doctor>("doctor", "heddle doctor"),
    ];

    /// The form called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name == name)
    }

    /// Its JSON schema.
    pub fn schema(self) -> Value {
        let mut generator = SchemaSettings::draft2020_12()
            .for_serialize()
            .into_generator();
        let mut schema = (self.make)(&mut generator).to_value();
        meanings::describe(&mut schema);
        let mut object = Map::new();
        let title = format!("The JSON report of {}", self.about);
        object.insert("title".into(), title.into());
        if let Value::Object(fields) = schema {
            for (name, value) in fields {
                object.entry(name).or_insert(value);
            }
        }
        Value::Object(object)
    }
}
