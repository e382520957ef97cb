//! GEMM topologies of SCALE-Sim: a heading `Layer, M, N, K,` and a product a line.

use super::{none_of, Given};
use crate::file::{NetworkFile, ProductFile};
use crate::NetworkError;
use heddle_files::{shown, shown_path, Limit};
use heddle_gemm::Phase;
use std::path::Path;

const LIMIT: Limit = Limit::new("a topology", 16 << 20);
const HEADING: &str = "begin with the heading `Layer, M, N, K,` of SCALE-Sim's GEMM topologies; convolutions are not read";

/// Reads a topology: M rows of A, K the reduction, N columns of B. All products are of one phase, forward unless
/// another is given.
///
/// # Errors
/// [`NetworkError::Import`] that names the line and what is wrong with it, [`NetworkError::File`] if the file cannot be
/// read, [`NetworkError::Input`] for a batch or groups, which products have in their shapes.
pub fn read(path: &Path, given: &Given) -> Result<NetworkFile, NetworkError> {
    let number = |value: Option<usize>| value.map(|value| value.to_string());
    let options = [
        ("--batch", number(given.batch)),
        ("--groups", number(given.groups)),
    ];
    none_of(
        &options,
        "a topology has shapes of products, the batch in M: leave it out",
    )?;
    let text = heddle_files::read_text(path, LIMIT)?;
    let mut products = parse(&shown_path(path), &text)?;
    for product in &mut products {
        product.phase = given.phase.unwrap_or(Phase::Forward);
        product.times = given.times;
    }
    Ok(NetworkFile {
        name: given.name.clone(),
        about: "matrix products of a SCALE-Sim topology".into(),
        source: path
            .file_name()
            .map(|name| shown(&name.to_string_lossy()).into_owned()),
        p: given.p,
        sites: given.sites.clone(),
        products,
        ..NetworkFile::default()
    })
}

fn parse(file: &str, text: &str) -> Result<Vec<ProductFile>, NetworkError> {
    let wrong = |line: u64, problem: String, remedy: &str| NetworkError::Import {
        file: file.to_owned(),
        problem: format!("line {line}: {problem}"),
        remedy: remedy.to_owned(),
    };
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let bad = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        wrong(line, error.to_string(), "write comma-separated values")
    };
    let heading: Vec<String> = reader
        .headers()
        .map_err(bad)?
        .iter()
        .map(str::to_lowercase)
        .collect();
    let mut columns = [None; 4];
    for (at, name) in heading.iter().enumerate() {
        let column = match name.as_str() {
            "layer" | "layer name" => 0,
            "m" => 1,
            "n" => 2,
            "k" => 3,
            // SCALE-Sim ends its lines with a comma
            "" => continue,
            other => {
                let problem = format!("there is a column '{}'", shown(other));
                return Err(wrong(1, problem, HEADING));
            }
        };
        columns[column] = Some(at);
    }
    let [name, Some(m), Some(n), Some(k)] = columns else {
        return Err(wrong(
            1,
            "a column of M, N and K is missing".into(),
            HEADING,
        ));
    };
    let mut products = Vec::new();
    for record in reader.records() {
        let record = record.map_err(bad)?;
        let line = record.position().map_or(1, csv::Position::line);
        if record.iter().all(str::is_empty) {
            continue;
        }
        if let Some(more) = record
            .iter()
            .skip(heading.len())
            .find(|field| !field.is_empty())
        {
            let problem = format!("'{}' is beyond the last column", shown(more));
            return Err(wrong(line, problem, "give one value for each column"));
        }
        let of = |what: &str, column: usize| {
            let field = record.get(column).unwrap_or_default();
            field.parse::<usize>().map_err(|_| {
                let problem = format!("{what} = '{}' is no whole number", shown(field));
                wrong(
                    line,
                    problem,
                    &format!("use one from 1 to {}", crate::MAX_DIM),
                )
            })
        };
        products.push(ProductFile {
            name: name.and_then(|at| record.get(at)).map(str::to_owned),
            phase: Phase::Forward,
            m: of("M", m)?,
            k: of("K", k)?,
            n: of("N", n)?,
            times: None,
            site: None,
            p: None,
            keep: None,
        });
    }
    match products.is_empty() {
        true => Err(wrong(
            1,
            "there is no product".into(),
            "write one a line below the heading",
        )),
        false => Ok(products),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In the form of SCALE-Sim's own topologies, with a comma at the end of the line.
    #[test]
    fn columns_go_by_their_names_and_products_are_m_k_n() {
        let text = "Layer, M, N, K,\nFC1, 20, 2600, 650,\n\nFC2, 1, 4, 3,\n";
        let products = parse("t.csv", text).unwrap();
        let of = |p: &ProductFile| (p.name.clone().unwrap(), p.m, p.k, p.n);
        let found: Vec<_> = products.iter().map(of).collect();
        assert_eq!(
            found,
            [("FC1".into(), 20, 650, 2600), ("FC2".into(), 1, 3, 4)]
        );
        let other = "k,layer name,n,m\n650,FC1,2600,20\n3,FC2,4,1";
        assert_eq!(parse("t.csv", other).unwrap(), products);
    }

    #[test]
    fn what_is_no_topology_is_told_with_its_line() {
        for (text, words) in [
            ("", ["line 1", "heading"]),
            (
                "Layer, M, N,\na, 1, 2,\n",
                ["line 1", "M, N and K is missing"],
            ),
            (
                "Layer name, IFMAP Height, IFMAP Width,\nConv1, 224, 224,\n",
                ["ifmap height", "convolutions"],
            ),
            ("Layer, M, N, K,\n", ["no product", "one a line"]),
            (
                "Layer, M, N, K,\na, 1, 2, x,\n",
                ["line 2: K = 'x'", "from 1"],
            ),
            (
                "Layer, M, N, K,\na, 1, 2,\n",
                ["line 2: K = ''", "whole number"],
            ),
            (
                "Layer, M, N, K,\na, 1, -2, 3,\n",
                ["line 2: N = '-2'", "whole number"],
            ),
            (
                "Layer, M, N, K,\na, 1, 2, 99999999999999999999,\n",
                ["line 2: K = '99999999999999999999'", "16777216"],
            ),
            (
                "Layer, M, N, K\na, 1, 2, 3, 4\n",
                ["line 2: '4'", "one value"],
            ),
        ] {
            let error = parse("t.csv", text).unwrap_err();
            assert!(error.is_bad_input());
            let told = error.to_string();
            for word in words {
                assert!(told.contains(word), "{text:?}: '{word}' not in {told}");
            }
        }
    }
}
