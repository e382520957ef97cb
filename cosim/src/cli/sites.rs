//! `--sites`, the same wherever there is dropout.

use clap_complete::engine::CompletionCandidate;
use heddle_lstm::Site;
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
    }
}
