//! The leaves of a value: each scalar with the path to it.

use serde_json::{Map, Value};

/// Most values of a list that a cell shows; the others are in the page's data.
const LISTED: usize = 24;

/// Every leaf of an object in its order: scalars, and lists of scalars.
pub fn leaves(value: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    walk(String::new(), value, &mut found);
    found
}

fn walk(path: String, value: &Value, found: &mut Vec<(String, Value)>) {
    let below = |name: &str| match path.is_empty() {
        true => name.to_owned(),
        false => format!("{path}.{name}"),
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                walk(below(name), value, found);
            }
        }
        Value::Array(values) if !values.iter().all(is_scalar) => {
            for (index, value) in values.iter().enumerate() {
                walk(below(&index.to_string()), value, found);
            }
        }
        Value::Array(values) => found.push((path, listed(values))),
        Value::Object(_) if path.is_empty() => {}
        Value::Object(_) => found.push((path, Value::Null)),
        scalar => found.push((path, scalar.clone())),
    }
}

/// Whether a value is shown in one cell.
pub fn is_scalar(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

/// A list of scalars in one cell. One of a single number is that number, an empty one nothing.
fn listed(values: &[Value]) -> Value {
    match values {
        [] => return Value::Null,
        [one] => return one.clone(),
        _ => {}
    }
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => crate::number::plain(number),
        other => other.to_string(),
    };
    let mut words: Vec<_> = values.iter().take(LISTED).map(text).collect();
    if values.len() > LISTED {
        words.push(format!("\u{2026} ({} in all)", values.len()));
    }
    Value::String(words.join(", "))
}

/// A leaf by its path below a value; a field's own name may hold no point.
pub fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.')
        .try_fold(value, |value, name| value.get(name))
}

/// Takes the fields of `names` out of an object, those that it has.
pub fn take(fields: &mut Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let taken = names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), fields.shift_remove(*name)?)));
    taken.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_leaf_is_lost() {
        let value = json!({ "a": 1, "b": { "c": null, "d": [1, "x"] }, "e": [{ "f": 2 }], "g": {}, "h": [7] });
        let found: Vec<_> = leaves(&value);
        let found: Vec<_> = found.iter().map(|(path, of)| (&**path, of)).collect();
        assert_eq!(
            found,
            [
                ("a", &json!(1)),
                ("b.c", &json!(null)),
                ("b.d", &json!("1, x")),
                ("e.0.f", &json!(2)),
                ("g", &json!(null)),
                ("h", &json!(7)),
            ]
        );
        assert_eq!(at(&value, "b.d"), Some(&json!([1, "x"])));
        assert_eq!(at(&value, "b.x"), None);
    }
}
