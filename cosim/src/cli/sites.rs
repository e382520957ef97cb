//! `--sites`, the same wherever there is dropout; training knows those of OpenNMT by name.

use crate::CosimError;
use clap_complete::engine::CompletionCandidate;
use heddle_files::InputError;
use heddle_lstm::{Case, DropoutConfig, Site, TaskKind};
use std::ffi::OsStr;
use std::str::FromStr;

/// A list of dropout sites: names separated by commas, or `none`. Earlier versions of `bench`
/// wanted a plus between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sites(pub Vec<Site>);

impl FromStr for Sites {
    type Err = String;

    fn from_str(list: &str) -> Result<Self, String> {
        if list == "none" {
            return Ok(Sites(Vec::new()));
        }
        let mut sites = Vec::new();
        for name in list.split([',', '+']) {
            let site = name.parse().map_err(|error| {
                format!("{error}; several are separated by commas, and 'none' is for none")
            })?;
            if !sites.contains(&site) {
                sites.push(site);
            }
        }
        Ok(Sites(sites))
    }
}

impl Sites {
    /// What may stand where `given` was typed so far.
    pub fn complete(given: &OsStr) -> Vec<CompletionCandidate> {
        let given = given.to_string_lossy();
        let (before, last) = given.rsplit_once(',').map_or(("", &*given), |split| split);
        let taken: Vec<&str> = before.split(',').collect();
        let none = if before.is_empty() {
            Some("none")
        } else {
            None
        };
        let names = Site::ALL.iter().map(|site| site.name()).chain(none);
        let fitting = names.filter(|name| name.starts_with(last) && !taken.contains(name));
        let whole = |name| match before {
            "" => CompletionCandidate::new(name),
            _ => CompletionCandidate::new(format!("{before},{name}")),
        };
        fitting.map(whole).collect()
    }
}

/// What [`TrainedSites`] takes beside a list.
const OPENNMT: &str = "opennmt";

/// Sites of a network that is trained: a list, or `opennmt` for those that OpenNMT has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainedSites {
    /// The sites.
    pub list: Vec<Site>,
    /// Whether they are OpenNMT's: nr between layers only, and the output, which is read back
    /// as it was dropped.
    pub opennmt: bool,
}

impl FromStr for TrainedSites {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        let opennmt = given == OPENNMT;
        let list = match opennmt {
            true => vec![Site::Nr, Site::Out],
            false => given.parse::<Sites>()?.0,
        };
        Ok(Self { list, opennmt })
    }
}

impl TrainedSites {
    /// What may stand where `given` was typed so far.
    pub fn complete(given: &OsStr) -> Vec<CompletionCandidate> {
        let mut found = Sites::complete(given);
        if OPENNMT.starts_with(&*given.to_string_lossy()) {
            found.push(CompletionCandidate::new(OPENNMT));
        }
        found
    }

    /// Dropout there at probability `p`.
    pub fn dropout(&self, p: f64, case: Case) -> DropoutConfig {
        match self.opennmt {
            true => DropoutConfig::opennmt(p, case),
            false => DropoutConfig::at(&self.list, p, case),
        }
    }

    /// Refuses OpenNMT's sites for another task than its own.
    ///
    /// # Errors
    /// [`CosimError::Input`] that names the flag.
    pub fn check(&self, task: TaskKind) -> Result<(), CosimError> {
        if self.opennmt && task != TaskKind::Nmt {
            let remedy = format!("it goes with --task nmt, and this is {task}: list sites");
            return Err(InputError::new("--sites", OPENNMT, remedy).into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_separated_by_commas_or_as_it_used_to_be() {
        let sites = |list: &str| list.parse::<Sites>().map(|sites| sites.0);
        assert_eq!(sites("nr,rh"), Ok(vec![Site::Nr, Site::Rh]));
        assert_eq!(sites("nr+rh"), Ok(vec![Site::Nr, Site::Rh]));
        assert_eq!(sites("out,out"), Ok(vec![Site::Out]));
        assert_eq!(sites("none"), Ok(Vec::new()));
        for wrong in ["", "nr,", "none,nr", "nr rh"] {
            assert!(sites(wrong).unwrap_err().contains("commas"), "{wrong}");
        }
    }

    #[test]
    fn sites_of_opennmt_have_a_name_in_training_only() {
        let sites: TrainedSites = "opennmt".parse().unwrap();
        let of = sites.dropout(0.3, Case::III);
        assert_eq!((of.nr, of.rh, of.out), (0.3, 0.0, 0.3));
        assert!(of.inputs_kept && of.feed_dropped);
        let listed = "nr,out".parse::<TrainedSites>().unwrap();
        assert_eq!(listed.list, sites.list);
        assert_ne!(listed.dropout(0.3, Case::III), of);
        assert!("opennmt".parse::<Sites>().is_err());
        assert!("opennmt,rh".parse::<TrainedSites>().is_err());
    }

    #[test]
    fn completion_goes_on_after_a_comma_and_offers_nothing_twice() {
        let complete = |given: &str| -> Vec<String> {
            let found = Sites::complete(OsStr::new(given));
            let value = |one: CompletionCandidate| one.get_value().to_string_lossy().into_owned();
            found.into_iter().map(value).collect()
        };
        assert_eq!(complete(""), ["nr", "rh", "out", "none"]);
        assert_eq!(complete("n"), ["nr", "none"]);
        assert_eq!(complete("nr,"), ["nr,rh", "nr,out"]);
        assert_eq!(complete("nr,r"), ["nr,rh"]);
        let trained = |given: &str| TrainedSites::complete(OsStr::new(given)).len();
        assert_eq!(["", "o", "nr,"].map(trained), [5, 2, 2]);
    }
}
