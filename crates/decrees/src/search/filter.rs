//! Which passages a search may find: decided before anything is ranked.

use crate::index::Lexical;
use crate::{Day, Error, Kind, SearchRequest, references};

/// The passages that a request allows.
pub(crate) struct Filter {
    /// By passage.
    pub(crate) allowed: Vec<bool>,
    /// The same as numbers, ascending.
    pub(crate) passages: Vec<u32>,
}

/// What a request filters by, read and checked.
#[derive(Debug)]
pub(crate) struct Conditions {
    kinds: Vec<Kind>,
    issuers: Vec<String>,
    norms: Vec<String>,
    /// None: also what is not in force.
    day: Option<Day>,
}

impl Conditions {
    /// Reads the conditions of a request.
    pub(crate) fn read(request: &SearchRequest, today: Day) -> Result<Self, Error> {
        let kind = |name: &String| {
            Kind::parse(name).ok_or_else(|| Error::UnknownKind { kind: name.clone() })
        };
        let mut norms = Vec::new();
        for reference in &request.references {
            let cited = references::cited(reference);
            if cited.is_empty() {
                return Err(Error::UnreadableReference { reference: reference.clone() });
            }
            norms.extend(cited);
        }
        Ok(Self {
            kinds: request.kinds.iter().map(kind).collect::<Result<_, _>>()?,
            issuers: request.issuers.iter().map(|issuer| issuer.trim().to_lowercase()).collect(),
            norms,
            day: (!request.include_not_in_force).then(|| request.as_of.unwrap_or(today)),
        })
    }

    /// The passages that meet the conditions.
    pub(crate) fn apply(&self, lexical: &Lexical) -> Result<Filter, Error> {
        let cited = match self.norms.as_slice() {
            [] => None,
            norms => Some(lexical.grams.with_norms(norms)?),
        };
        let total = usize::try_from(lexical.table.len()).unwrap_or(usize::MAX);
        let mut allowed = vec![false; total];
        let mut passages = Vec::with_capacity(total);
        for ordinal in (0..lexical.table.versions()).filter(|index| self.meets(lexical, *index)) {
            for passage in lexical.table.range(ordinal) {
                let place = usize::try_from(passage).unwrap_or(usize::MAX);
                if cited.as_ref().is_some_and(|cited| cited.get(place) != Some(&true)) {
                    continue;
                }
                if let Some(slot) = allowed.get_mut(place) {
                    *slot = true;
                    passages.push(passage);
                }
            }
        }
        Ok(Filter { allowed, passages })
    }

    fn meets(&self, lexical: &Lexical, index: usize) -> bool {
        let Ok(ordinal) = u32::try_from(index) else { return false };
        let catalogue = &lexical.catalogue;
        let (Some(version), Some(validity)) =
            (catalogue.version(ordinal), catalogue.validity(ordinal))
        else {
            return false;
        };
        let facts = version.current();
        self.day.is_none_or(|day| validity.holds(day))
            && (self.kinds.is_empty() || self.kinds.contains(&facts.kind))
            && (self.issuers.is_empty()
                || self.issuers.contains(&facts.issuer.trim().to_lowercase()))
    }
}
