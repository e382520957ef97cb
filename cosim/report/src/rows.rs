//! The rows of a report as comma-separated values: columns have the names of the report's fields.

use serde_json::{Map, Value};

/// A row: columns by name, each a number, a word or nothing.
pub type Row = Map<String, Value>;

/// The objects of a report at `path`, each as a row.
///
/// Steps of a path are separated by dots. `name` goes into a field, `name[]` through each element of a list, and
/// `name{column}` through each field of an object, whose name goes into that column; `{column}` through those of the
/// object that is reached already. What is reached last is a row, with fields of objects in it named `outer.inner`;
/// lists are left out. Of lists on the way the plain fields go into the row, too. A field that is not there has no rows.
///
/// ```
/// # use heddle_report::{rows, rows_csv};
/// let report = serde_json::json!({ "policies": { "dense": { "cycles": 7, "kept": { "m": 1 } } } });
/// let rows = rows(&report, "policies{policy}");
/// assert_eq!(rows_csv(&rows), "policy,cycles,kept.m\ndense,7,1\n");
/// ```
pub fn rows(report: &Value, path: &str) -> Vec<Row> {
    let mut found = Vec::new();
    let steps: Vec<&str> = path.split('.').collect();
    walk(report, &steps, &Row::new(), &mut found);
    found
}

fn walk(value: &Value, steps: &[&str], so_far: &Row, found: &mut Vec<Row>) {
    let Some((step, rest)) = steps.split_first() else {
        let mut row = so_far.clone();
        flatten("", value, &mut row);
        found.push(row);
        return;
    };
    let (name, column) = match step.split_once(['{', '[']) {
        Some((name, column)) => (name, Some(column.trim_end_matches(['}', ']']))),
        None => (*step, None),
    };
    let inner = match name {
        "" => Some(value),
        name => value.get(name),
    };
    match (inner, column) {
        (Some(inner), None) => walk(inner, rest, so_far, found),
        (Some(Value::Array(all)), Some("")) => {
            for one in all {
                let mut row = so_far.clone();
                if let (Value::Object(fields), false) = (one, rest.is_empty()) {
                    let plain = fields.iter().filter(|(_, field)| is_plain(field));
                    row.extend(plain.map(|(name, field)| (name.clone(), field.clone())));
                }
                walk(one, rest, &row, found);
            }
        }
        (Some(Value::Object(all)), Some(column)) => {
            for (key, one) in all {
                let mut row = so_far.clone();
                row.insert(column.to_owned(), key.clone().into());
                walk(one, rest, &row, found);
            }
        }
        _ => {}
    }
}

fn is_plain(value: &Value) -> bool {
    !matches!(value, Value::Object(_) | Value::Array(_))
}

fn flatten(name: &str, value: &Value, row: &mut Row) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                let name = match name {
                    "" => field.clone(),
                    outer => format!("{outer}.{field}"),
                };
                flatten(&name, value, row);
            }
        }
        Value::Array(_) => {}
        plain => drop(row.insert(name.to_owned(), plain.clone())),
    }
}

/// Rows as comma-separated values, headings first: every column that any row has, empty where one lacks it.
pub fn rows_csv(rows: &[Row]) -> String {
    let mut columns: Vec<&String> = Vec::new();
    for name in rows.iter().flat_map(Map::keys) {
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    let cell = |value: Option<&Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let body = rows
        .iter()
        .map(|row| columns.iter().map(|name| cell(row.get(*name))).collect());
    csv_lines(columns.iter().map(|name| (*name).clone()).collect(), body)
}

/// Lines of cells, quoted where they have to be.
pub(super) fn csv_lines(heading: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in std::iter::once(heading)
        .chain(rows)
        .filter(|line| !line.is_empty())
    {
        writer
            .write_record(&line)
            .expect("lines of one length, in memory");
    }
    let bytes = writer.into_inner().expect("memory takes what is written");
    String::from_utf8(bytes).expect("made of text")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_and_objects_on_the_way_give_columns() {
        let report = json!({ "places": [
            { "layer": 0, "site": null, "policies": { "dense": { "cycles": 7 }, "packed": { "cycles": 3, "of": [1] } } },
            { "layer": 1, "site": "rh", "policies": { "dense": { "cycles": 9, "why": "a, b" } } },
        ] });
        let found = rows(&report, "places[].policies{policy}");
        assert_eq!(
            rows_csv(&found),
            "layer,site,policy,cycles,why\n0,,dense,7,\n0,,packed,3,\n1,rh,dense,9,\"a, b\"\n"
        );
        assert_eq!(rows(&report, "points[]"), Vec::<Row>::new());
        assert_eq!(rows_csv(&[]), "");
    }

    #[test]
    fn an_object_that_is_reached_gives_its_names() {
        let report = json!({ "phases": { "fp": { "dense": { "cycles": 7 } } } });
        let found = rows(&report, "phases{phase}.{policy}");
        assert_eq!(rows_csv(&found), "phase,policy,cycles\nfp,dense,7\n");
        assert_eq!(
            rows_csv(&rows(&report, "phases.fp{policy}")),
            "policy,cycles\ndense,7\n"
        );
    }
}
