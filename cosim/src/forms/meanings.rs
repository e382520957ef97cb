//! What fields mean: the tables of `cosim/REPORTS.md`, read into the schemas.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

const REPORTS: &str = include_str!("../../REPORTS.md");

/// Gives fields their meanings where the tables have exactly one for the name. A row that lists
/// several says what they have in common.
pub(super) fn describe(schema: &mut Value) {
    of_all(schema, &meanings());
}

fn meanings() -> BTreeMap<&'static str, &'static str> {
    let mut found: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    let rows = REPORTS.lines().filter_map(|line| line.strip_prefix("| `"));
    for row in rows.take_while(|row| !row.starts_with("version 1")) {
        let mut cells = row.split(" | ");
        let (Some(names), Some(meaning)) = (cells.next(), cells.next()) else {
            continue;
        };
        let meaning = meaning.trim_end_matches(" |");
        let names = names.split([',', '`', ' ']).filter(|name| !name.is_empty());
        for name in names {
            let one = found.entry(name).or_insert(Some(meaning));
            *one = one.filter(|one| *one == meaning);
        }
    }
    let sure = found.into_iter();
    sure.filter_map(|(name, meaning)| Some((name, meaning?)))
        .collect()
}

fn of_all(schema: &mut Value, meanings: &BTreeMap<&str, &str>) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Object(properties)) = fields.get_mut("properties") {
                of_properties(properties, meanings);
            }
            fields
                .values_mut()
                .for_each(|value| of_all(value, meanings));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| of_all(value, meanings)),
        _ => {}
    }
}

fn of_properties(properties: &mut Map<String, Value>, meanings: &BTreeMap<&str, &str>) {
    for (name, field) in properties {
        let (Some(meaning), Value::Object(field)) = (meanings.get(name.as_str()), field) else {
            continue;
        };
        field
            .entry("description")
            .or_insert_with(|| meaning.replace('`', "").into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_one_meaning_has_it_and_one_with_two_has_none() {
        let meanings = meanings();
        assert_eq!(meanings["schema_version"], "2");
        assert!(meanings["bound"].starts_with("cycles of the jobs one by one"));
        // of products, and of work in pieces
        assert_eq!(meanings.get("mismatches"), None);
    }
}
