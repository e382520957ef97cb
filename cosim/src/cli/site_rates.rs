//! Dropout that is not the same everywhere: a probability for a site of its own, layers whose inputs stay whole, groups of
//! the batch with masks of their own.

use super::numbers::{probability, whole, MAX_BATCH};
use crate::CosimError;
use heddle_files::InputError;
use heddle_lstm::{Case, DropoutConfig, Site};

/// What departs from `--p`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct SiteRates {
    /// Probability at site nr, a layer's input [default: that of --p]
    #[arg(long, value_name = "P", value_parser = probability)]
    p_nr: Option<f64>,
    /// Probability at site rh, h of the step before [default: that of --p]
    #[arg(long, value_name = "P", value_parser = probability)]
    p_rh: Option<f64>,
    /// Probability at site out, the last layer's output [default: that of --p]
    #[arg(long, value_name = "P", value_parser = probability)]
    p_out: Option<f64>,
    /// No dropout below the first layer (of encoder and decoder each, for nmt): its input stays whole
    #[arg(long)]
    keep_inputs: bool,
    /// Groups of the batch with masks of their own (Case III or IV); they divide it
    #[arg(long, value_name = "G", default_value_t = 1, value_parser = whole(1, MAX_BATCH))]
    pub mask_groups: usize,
}

impl SiteRates {
    fn given(&self) -> [(&'static str, Site, Option<f64>); 3] {
        [
            ("--p-nr", Site::Nr, self.p_nr),
            ("--p-rh", Site::Rh, self.p_rh),
            ("--p-out", Site::Out, self.p_out),
        ]
    }

    /// The first of the probabilities that is given, with its flag.
    pub fn first(&self) -> Option<(&'static str, f64)> {
        let mut given = self.given().into_iter();
        given.find_map(|(flag, _, p)| Some((flag, p?)))
    }

    /// `dropout` with what departs from it.
    pub fn of(&self, dropout: DropoutConfig) -> DropoutConfig {
        DropoutConfig {
            nr: self.p_nr.unwrap_or(dropout.nr),
            rh: self.p_rh.unwrap_or(dropout.rh),
            out: self.p_out.unwrap_or(dropout.out),
            inputs_kept: self.keep_inputs || dropout.inputs_kept,
            mask_groups: self.mask_groups,
            ..dropout
        }
    }

    /// Refuses groups that do not divide the batch, or whose samples share nothing.
    ///
    /// # Errors
    /// [`CosimError::Lstm`] that says what would do.
    pub fn check_groups(&self, case: Case, batch: usize) -> Result<(), CosimError> {
        let of = DropoutConfig {
            mask_groups: self.mask_groups,
            ..DropoutConfig::at(&[], 0.0, case)
        };
        of.check()?;
        Ok(of.check_batch(batch)?)
    }

    /// Refuses what has no effect with dropout at `sites` only.
    ///
    /// # Errors
    /// [`CosimError::Input`] that names the flag.
    pub fn check(&self, sites: &[Site]) -> Result<(), CosimError> {
        for (flag, site, p) in self.given() {
            match p {
                Some(p) if !sites.contains(&site) => {
                    let remedy = format!("there is no dropout at {site}: add it to --sites");
                    return Err(InputError::new(flag, p, remedy).into());
                }
                _ => {}
            }
        }
        if self.keep_inputs && !sites.contains(&Site::Nr) {
            let remedy = "inputs are dropped at nr, which is not among --sites: leave it out";
            return Err(InputError::new("--keep-inputs", "given", remedy).into());
        }
        Ok(())
    }
}

/// The probabilities at those of `sites` where something is dropped: one, if it is the same at all.
pub fn shown(dropout: &DropoutConfig, sites: &[Site]) -> Option<String> {
    let rates = sites.iter().map(|site| (site, dropout.rate(*site)));
    let rates: Vec<_> = rates.filter(|(_, p)| *p > 0.0).collect();
    let (_, first) = rates.first()?;
    let alike = rates.iter().all(|(_, p)| p == first);
    let name = |(site, p): &(&Site, f64)| match alike {
        true => site.to_string(),
        false => format!("{site} {p}"),
    };
    let names = rates.iter().map(name).collect::<Vec<_>>().join(", ");
    Some(match alike {
        true => format!("{first} at {names}"),
        false => names,
    })
}
