//! What a file says, checked: every value in its range, widths that fit, groups that divide.

use super::file::{Cell, LayerFile, NetworkFile, ProductFile, ProductSite};
use super::network::{Layer, Network, PlainProduct, Rate, Softmax};
use heddle_files::InputError;
use heddle_gemm::Shape;
use heddle_lstm::Site;

/// Largest width, vocabulary or dimension of a product.
pub const MAX_DIM: usize = 1 << 24;
/// Most samples of a batch.
const MAX_BATCH: usize = 65_536;
/// Most time steps of a window.
const MAX_WINDOW: usize = 65_536;
/// Most layers and products that a file names.
const MAX_ENTRIES: usize = 4096;
/// Most products of a training step.
const MAX_PRODUCTS: usize = 1 << 22;
/// Most units that the masks of a training step cover: they are drawn one by one.
const MAX_MASKED: usize = 1 << 27;
/// Most multiply-accumulates of a training step: sums over steps stay far from overflow.
const MAX_MACS: u128 = 1 << 60;

/// A value from `low` to `high`, of the place that `at` names.
fn within(
    at: &str,
    name: &'static str,
    value: usize,
    (low, high): (usize, usize),
) -> Result<usize, InputError> {
    match (low..=high).contains(&value) {
        true => Ok(value),
        false => {
            let remedy = format!("{at}use a whole number from {low} to {high}");
            Err(InputError::new(name, value, remedy))
        }
    }
}

fn probability(at: &str, name: &'static str, p: f64) -> Result<f64, InputError> {
    match (0.0..1.0).contains(&p) {
        // -0 becomes 0
        true => Ok(p + 0.0),
        false => {
            let remedy = format!("{at}give a probability: at least 0 and less than 1");
            Err(InputError::new(name, p, remedy))
        }
    }
}

/// What the layers have in common.
struct Usual {
    window: usize,
    p: f64,
}

impl NetworkFile {
    /// The network, which is called `stem` if it has no name of its own.
    ///
    /// # Errors
    /// [`InputError`] that names the first value out of range, where it is, and what would be right.
    pub fn check(&self, stem: &str) -> Result<Network, InputError> {
        let p = probability("", "p", self.p.unwrap_or(0.0))?;
        let entries = self.layers.len() + self.products.len();
        if entries == 0 {
            let remedy = "a network has layers or products: write [[layer]] or [[product]]";
            return Err(InputError::new("layer", "absent", remedy));
        }
        within(
            "",
            "number of layers and products",
            entries,
            (1, MAX_ENTRIES),
        )?;
        let of_layers = |name, given: Option<usize>, most| match given {
            Some(value) => within("", name, value, (1, most)),
            None if self.layers.is_empty() => Ok(1),
            None => {
                let remedy = format!("layers need it: write `{name} = ` and a number");
                Err(InputError::new(name, "absent", remedy))
            }
        };
        let batch = of_layers("batch", self.batch, MAX_BATCH)?;
        let window = of_layers("window", self.window, MAX_WINDOW)?;
        let groups = within("", "groups", self.groups.unwrap_or(1), (1, MAX_BATCH))?;
        if !batch.is_multiple_of(groups) {
            let remedy =
                format!("it does not divide the batch of {batch}: each group has as many samples");
            return Err(InputError::new("groups", groups, remedy));
        }
        if let Some(tokens) = self.tokens {
            within("", "tokens", tokens, (1, u32::MAX as usize * 1024))?;
        }
        let layers = layers(&self.layers, &Usual { window, p })?;
        let softmax = self.softmax.as_ref().map(|softmax| {
            let Some(last) = self.layers.last() else {
                let remedy = "it reads the last layer, and there is none: write it as [[product]]s at site out";
                return Err(InputError::new("softmax", "given", remedy));
            };
            let at = "softmax: ";
            Ok(Softmax {
                input: hands_on(last),
                vocabulary: within(at, "vocabulary", softmax.vocabulary, (1, MAX_DIM))?,
                p: probability(at, "p", softmax.p.unwrap_or(p))?,
            })
        });
        let products = self.products.iter().enumerate();
        let products = products.map(|(index, product)| check_product(index, product, p));
        let mut sites = Vec::new();
        for site in self.sites.as_deref().unwrap_or(&[Site::Nr, Site::Rh]) {
            if !sites.contains(site) {
                sites.push(*site);
            }
        }
        let network = Network {
            name: self.name.clone().unwrap_or_else(|| stem.to_owned()),
            about: self.about.clone(),
            text: "".into(),
            batch,
            times: window,
            groups,
            p,
            sites,
            layers,
            softmax: softmax.transpose()?,
            products: products.collect::<Result<_, _>>()?,
            tokens: self.tokens,
        };
        check_size(&network)?;
        Ok(network)
    }
}

/// Width of what a layer hands on to the next one.
fn hands_on(layer: &LayerFile) -> usize {
    let output = layer.projection.unwrap_or(layer.hidden);
    output.saturating_mul(layer.directions.unwrap_or(1))
}

fn layers(files: &[LayerFile], usual: &Usual) -> Result<Vec<Layer>, InputError> {
    let mut all = Vec::new();
    let mut before: Option<&LayerFile> = None;
    for (index, file) in files.iter().enumerate() {
        let name = file
            .name
            .as_deref()
            .map_or(String::new(), |name| format!(" ('{name}')"));
        let at = format!("layer {index}{name}: ");
        let directions = file.directions.unwrap_or(1);
        within(&at, "directions", directions, (1, 2))?;
        within(&at, "input", file.input, (1, MAX_DIM))?;
        within(&at, "hidden", file.hidden, (1, MAX_DIM))?;
        let cell = file.cell.unwrap_or_default();
        if let Some(projection) = file.projection {
            // as nn.LSTM has it
            let most = file.hidden.saturating_sub(1).max(1);
            within(&at, "projection", projection, (1, most))?;
            if cell != Cell::Lstm {
                let remedy = format!("{at}only the h of an lstm is projected: leave it out");
                return Err(InputError::new("projection", projection, remedy));
            }
        }
        check_input(&at, file, before)?;
        let times = file.window.unwrap_or(usual.window);
        within(&at, "window", times, (1, MAX_WINDOW))?;
        let rate = |name, own: Option<f64>| match (own, file.p) {
            (Some(p), _) => probability(&at, name, p),
            (None, Some(p)) => probability(&at, "p", p),
            (None, None) => Ok(usual.p),
        };
        let layer = Layer {
            name: file.name.clone(),
            cell,
            input: file.input,
            hidden: file.hidden,
            projection: file.projection,
            times,
            nr: rate("nr", file.nr)?,
            rh: rate("rh", file.rh)?,
        };
        all.extend(std::iter::repeat_n(layer, directions));
        before = Some(file);
    }
    Ok(all)
}

/// Whether a layer reads what the layer before hands on.
fn check_input(at: &str, file: &LayerFile, before: Option<&LayerFile>) -> Result<(), InputError> {
    let extra = file.extra.unwrap_or(0);
    let (Some(before), false) = (before, file.start.unwrap_or(false)) else {
        return match file.extra {
            None => Ok(()),
            Some(extra) => {
                let remedy = format!("{at}it is beside the layer before, which this one does not read: add it to input");
                Err(InputError::new("extra", extra, remedy))
            }
        };
    };
    let wanted = hands_on(before).saturating_add(extra);
    if file.input == wanted {
        return Ok(());
    }
    let remedy = match file.input.checked_sub(wanted) {
        Some(more) => format!(
            "{at}the layer before hands on {}: give input = {wanted}, extra = {} if more is read beside it, or start = true if something else is read",
            hands_on(before),
            extra + more,
        ),
        None => format!(
            "{at}the layer before hands on {}: give input = {wanted}, or start = true if something else is read",
            hands_on(before),
        ),
    };
    Err(InputError::new("input", file.input, remedy))
}

fn check_product(index: usize, file: &ProductFile, usual: f64) -> Result<PlainProduct, InputError> {
    let name = file
        .name
        .as_deref()
        .map_or(String::new(), |name| format!(" ('{name}')"));
    let at = format!("product {index}{name}: ");
    let dim = |name, value| within(&at, name, value, (1, MAX_DIM));
    let shape = Shape::new(dim("m", file.m)?, dim("k", file.k)?, dim("n", file.n)?);
    let mut product = PlainProduct {
        name: file.name.clone(),
        site: file.site.unwrap_or(ProductSite::Nr).site(),
        phase: file.phase,
        shape,
        times: within(&at, "times", file.times.unwrap_or(1), (1, MAX_WINDOW))?,
        rate: Rate::Drop(usual),
    };
    match (file.p, file.keep) {
        (Some(p), Some(_)) => {
            let remedy = format!("{at}keep says it already: give one of them");
            return Err(InputError::new("p", p, remedy));
        }
        (Some(p), None) => product.rate = Rate::Drop(probability(&at, "p", p)?),
        (None, Some(keep)) => {
            let all = product.masked();
            product.rate = Rate::Keep(within(&at, "keep", keep, (1, all))?);
        }
        (None, None) => {}
    }
    if product.site.is_none() && (file.p.is_some() || file.keep.is_some()) {
        let remedy =
            format!("{at}without a site there is no mask: leave p and keep out, or name a site");
        return Err(InputError::new("site", "none", remedy));
    }
    Ok(product)
}

/// Refuses what would take too long or more memory than there is.
fn check_size(network: &Network) -> Result<(), InputError> {
    let mut macs = 0u128;
    let mut products = 0usize;
    let mut masked = 0usize;
    for operand in network.operands() {
        let units = operand.site.map_or(0, |_| operand.units);
        masked = masked.saturating_add(units.saturating_mul(operand.times));
        for place in operand.places() {
            products = products.saturating_add(place.products);
            let Shape { m, k, n } = place.shape;
            let each = [m, k, n, place.products].map(|x| x as u128);
            macs = macs.saturating_add(each.iter().product());
        }
    }
    let too_many = |what, value: String, most: String| {
        let remedy = format!("choose sizes that make at most {most}");
        Err(InputError::new(what, value, remedy))
    };
    if macs > MAX_MACS {
        return too_many(
            "multiply-accumulates of a step",
            macs.to_string(),
            MAX_MACS.to_string(),
        );
    }
    if products > MAX_PRODUCTS {
        return too_many(
            "products of a step",
            products.to_string(),
            MAX_PRODUCTS.to_string(),
        );
    }
    if masked > MAX_MASKED {
        return too_many(
            "masked units of a step",
            masked.to_string(),
            MAX_MASKED.to_string(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Result<Network, InputError> {
        NetworkFile::parse("test", text).unwrap().check("test")
    }

    const LAYER: &str = "[[layer]]\ninput = 6\nhidden = 8\n";

    #[test]
    fn what_is_out_of_range_is_told_with_value_place_and_remedy() {
        let top = "batch = 4\nwindow = 3\n";
        let with = |top: &str, rest: &str| format!("{top}{LAYER}{rest}");
        let product =
            |rest: &str| format!("[[product]]\nphase = \"fp\"\nm = 2\nk = 3\nn = 4\n{rest}");
        for (text, words) in [
            (String::new(), vec!["layer = absent", "[[product]]"]),
            (LAYER.into(), vec!["batch = absent", "`batch = `"]),
            (with("batch = 4\n", ""), vec!["window = absent"]),
            (
                with("batch = 0\nwindow = 3\n", ""),
                vec!["batch = 0", "from 1 to 65536"],
            ),
            (
                with("batch = 70000\nwindow = 3\n", ""),
                vec!["batch = 70000", "65536"],
            ),
            (
                with("batch = 4\nwindow = 3\ngroups = 3\n", ""),
                vec!["groups = 3", "does not divide the batch of 4"],
            ),
            (
                with("batch = 4\nwindow = 3\ngroups = 0\n", ""),
                vec!["groups = 0"],
            ),
            (
                with("batch = 4\nwindow = 3\np = 1.0\n", ""),
                vec!["p = 1", "less than 1"],
            ),
            (
                with("batch = 4\nwindow = 3\np = nan\n", ""),
                vec!["p = NaN"],
            ),
            (
                with("batch = 4\nwindow = 3\ntokens = 0\n", ""),
                vec!["tokens = 0"],
            ),
            (with(top, "rh = -0.5\n"), vec!["rh = -0.5", "layer 0"]),
            (
                with(top, "directions = 3\n"),
                vec!["directions = 3", "1 to 2"],
            ),
            (
                with(top, "projection = 8\n"),
                vec!["projection = 8", "from 1 to 7"],
            ),
            (
                with(top, "projection = 4\ncell = \"gru\"\n"),
                vec!["projection = 4", "lstm"],
            ),
            (with(top, "window = 0\n"), vec!["window = 0", "layer 0"]),
            (
                with(top, "extra = 2\n"),
                vec!["extra = 2", "add it to input"],
            ),
            (
                with(top, "[[layer]]\nname = \"top\"\ninput = 7\nhidden = 8\n"),
                vec!["input = 7", "layer 1 ('top')", "hands on 8", "input = 8"],
            ),
            (
                with(top, "directions = 2\n[[layer]]\ninput = 20\nhidden = 8\n"),
                vec!["input = 20", "hands on 16", "extra = 4", "start = true"],
            ),
            (
                with(top, "[[layer]]\ninput = 16777217\nhidden = 8\n"),
                vec!["input = 16777217", "16777216"],
            ),
            (
                with(top, "[softmax]\nvocabulary = 0\n"),
                vec!["vocabulary = 0"],
            ),
            (
                product("[softmax]\nvocabulary = 3\n"),
                vec!["softmax = given", "site out"],
            ),
            (
                product("keep = 4\n"),
                vec!["keep = 4", "from 1 to 3", "product 0"],
            ),
            (product("keep = 0\n"), vec!["keep = 0"]),
            (
                product("keep = 2\np = 0.5\n"),
                vec!["p = 0.5", "one of them"],
            ),
            (
                product("keep = 2\nsite = \"none\"\n"),
                vec!["site = none", "name a site"],
            ),
            (product("times = 0\n"), vec!["times = 0"]),
            (
                product("").replace("m = 2", "m = 0"),
                vec!["m = 0", "from 1"],
            ),
            (
                product("")
                    .replace("2", "16777216")
                    .replace("3", "16777216")
                    .replace("4", "16777216"),
                vec!["multiply-accumulates", "at most"],
            ),
            (
                with("batch = 65536\nwindow = 65536\ngroups = 65536\n", ""),
                vec!["products of a step"],
            ),
            (
                with("batch = 1\nwindow = 65536\n", "").replace("input = 6", "input = 4096"),
                vec!["masked units of a step"],
            ),
        ] {
            let error = network(&text).unwrap_err().to_string();
            for word in words {
                assert!(error.contains(word), "{text}: '{word}' not in {error}");
            }
        }
    }

    #[test]
    fn what_is_absent_has_its_usual_value() {
        let it = network(&format!(
            "batch = 4\nwindow = 3\np = 0.5\n{LAYER}nr = 0.25\n"
        ))
        .unwrap();
        assert_eq!((it.name.as_str(), it.groups, it.batch), ("test", 1, 4));
        assert_eq!(it.sites, [Site::Nr, Site::Rh]);
        assert_eq!((it.layers[0].nr, it.layers[0].rh), (0.25, 0.5));
        assert_eq!((it.layers[0].times, it.layers[0].width()), (3, 32));
    }
}
