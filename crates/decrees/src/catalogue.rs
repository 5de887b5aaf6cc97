//! Decrees and their versions in time.
//!
//! **The rule.** The versions of a decree are ordered by their stated first day; one without counts
//! as from the beginning of time; of two with the same first day the one imported later counts as
//! the later (a correction). A version is in force from its first day until the earliest of: its
//! stated last day, the day before the next version's first day, the last day stated by a
//! withdrawal that it began before, and the day before a decree began that replaces this one. It
//! does not come back when the next version ends. Except for equal first days the order of imports
//! does not matter. What an editor corrected counts instead of what was imported.

use crate::record::{Correction, Record, VersionFacts, Withdrawal};
use crate::{Day, DecreeId, DecreeVersion, Field, VersionId};
use std::collections::HashMap;
use std::sync::Arc;

/// All decrees, as of some entry of the journal. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogue {
    decrees: HashMap<DecreeId, Arc<Decree>>,
    /// By ordinal: the order of the journal.
    versions: Vec<Arc<Version>>,
    /// By ordinal.
    validity: Vec<Validity>,
    /// Who says to replace a decree, by the replaced decree.
    replacers: HashMap<DecreeId, Vec<u32>>,
    /// Entries of the journal that are in.
    position: u64,
}

/// A decree over its versions.
#[derive(Clone, Debug, Default)]
struct Decree {
    /// Ordinals in the order of the journal.
    versions: Vec<u32>,
    withdrawals: Vec<Withdrawal>,
}

/// A version and where its entry is.
#[derive(Debug)]
pub(crate) struct Version {
    /// As imported: what passages and the index are made from, so that a correction leaves them as they are.
    pub(crate) facts: VersionFacts,
    pub(crate) sequence: u64,
    corrected: Option<Box<Corrected>>,
}

/// A version's facts after its corrections.
#[derive(Clone, Debug)]
struct Corrected {
    facts: VersionFacts,
    fields: Vec<Field>,
    /// The entry that last corrected the title.
    titled: Option<u64>,
}

impl Version {
    /// What counts now.
    pub(crate) fn current(&self) -> &VersionFacts {
        self.corrected.as_ref().map_or(&self.facts, |corrected| &corrected.facts)
    }

    /// Whether the title was corrected by an entry from `sequence` on.
    pub(crate) fn titled_since(&self, sequence: u64) -> bool {
        let titled = self.corrected.as_ref().and_then(|corrected| corrected.titled);
        titled.is_some_and(|titled| titled >= sequence)
    }
}

/// When a version is in force, everything considered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) from: Option<Day>,
    pub(crate) to: Option<Day>,
    pub(crate) superseded_by: Option<DecreeId>,
}

impl Validity {
    /// Whether a version is in force on a day.
    pub(crate) fn holds(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// Whether any day is left.
    pub(crate) fn ever(&self) -> bool {
        match (self.from, self.to) {
            (Some(from), Some(to)) => from <= to,
            (None, _) | (_, None) => true,
        }
    }

    fn end(&mut self, day: Day) {
        self.to = Some(self.to.map_or(day, |to| to.min(day)));
    }
}

impl Catalogue {
    /// Takes in the next entry of the journal.
    pub(crate) fn apply(&mut self, sequence: u64, record: Record) {
        self.position = sequence + 1;
        match record {
            Record::Version(facts) => self.add(sequence, facts),
            Record::Withdrawal(withdrawal) => {
                let id = withdrawal.decree_id.clone();
                let decree = Arc::make_mut(self.decrees.entry(id.clone()).or_default());
                decree.withdrawals.push(withdrawal);
                self.resolve(&id);
            }
            Record::Correction(correction) => self.correct(sequence, &correction),
        }
    }

    fn correct(&mut self, sequence: u64, correction: &Correction) {
        let id = &correction.decree_id;
        let Some(ordinal) = self.find(id, &correction.version_id) else { return };
        let slot = usize::try_from(ordinal).ok().and_then(|place| self.versions.get_mut(place));
        let Some(slot) = slot else { return };
        let mut facts = slot.current().clone();
        let before = replaced(&facts);
        correction.apply(&mut facts);
        let after = replaced(&facts);
        let mut fields = slot.corrected.as_ref().map_or_else(Vec::new, |old| old.fields.clone());
        fields.extend(&correction.fields);
        fields.sort_unstable();
        fields.dedup();
        let titled = if correction.fields.contains(&Field::Title) {
            Some(sequence)
        } else {
            slot.corrected.as_ref().and_then(|old| old.titled)
        };
        *slot = Arc::new(Version {
            facts: slot.facts.clone(),
            sequence: slot.sequence,
            corrected: Some(Box::new(Corrected { facts, fields, titled })),
        });
        for old in &before {
            if let Some(by) = self.replacers.get_mut(old) {
                by.retain(|other| *other != ordinal);
            }
        }
        for old in &after {
            self.replacers.entry(old.clone()).or_default().push(ordinal);
        }
        self.resolve(id);
        before.iter().chain(&after).for_each(|old| self.resolve(old));
    }

    fn add(&mut self, sequence: u64, facts: VersionFacts) {
        let Ok(ordinal) = u32::try_from(self.versions.len()) else { return };
        let id = facts.decree_id.clone();
        let replaced = replaced(&facts);
        self.versions.push(Arc::new(Version { facts, sequence, corrected: None }));
        self.validity.push(Validity::default());
        let decree = self.decrees.entry(id.clone()).or_default();
        Arc::make_mut(decree).versions.push(ordinal);
        self.resolve(&id);
        for old in replaced {
            self.replacers.entry(old.clone()).or_default().push(ordinal);
            self.resolve(&old);
        }
    }

    /// Works out when each version of a decree is in force.
    fn resolve(&mut self, id: &DecreeId) {
        let Some(decree) = self.decrees.get(id).cloned() else { return };
        let mut order: Vec<(Option<Day>, u32)> = decree
            .versions
            .iter()
            .filter_map(|ordinal| Some((self.version(*ordinal)?.current().valid_from, *ordinal)))
            .collect();
        order.sort_unstable();
        let replacers: Vec<(Day, DecreeId)> = self
            .replacers
            .get(id)
            .into_iter()
            .flatten()
            .filter_map(|ordinal| self.version(*ordinal))
            .filter_map(|by| Some((by.current().valid_from?, by.facts.decree_id.clone())))
            .collect();
        for (index, (from, ordinal)) in order.iter().enumerate() {
            let Some(version) = self.version(*ordinal) else { continue };
            let mut validity =
                Validity { from: *from, to: version.current().valid_to, superseded_by: None };
            if let Some((next, _)) = order.get(index + 1) {
                // Two without a first day: the later leaves the earlier no day at all.
                validity.end(next.map_or(Day::FIRST, Day::before));
                if next.is_none() {
                    validity.from = Some(Day::FIRST.after());
                }
            }
            end_by_others(&mut validity, &decree.withdrawals, &replacers);
            if let Some(slot) =
                usize::try_from(*ordinal).ok().and_then(|i| self.validity.get_mut(i))
            {
                *slot = validity;
            }
        }
    }

    /// The version of an ordinal.
    pub(crate) fn version(&self, ordinal: u32) -> Option<&Arc<Version>> {
        self.versions.get(usize::try_from(ordinal).ok()?)
    }

    /// When the version of an ordinal is in force.
    pub(crate) fn validity(&self, ordinal: u32) -> Option<&Validity> {
        self.validity.get(usize::try_from(ordinal).ok()?)
    }

    /// Whether the decree has a version.
    pub(crate) fn knows(&self, id: &DecreeId) -> bool {
        self.decrees.get(id).is_some_and(|decree| !decree.versions.is_empty())
    }

    /// The ordinal of a version by its id.
    pub(crate) fn find(&self, id: &DecreeId, version: &VersionId) -> Option<u32> {
        self.ordinals(id)
            .iter()
            .copied()
            .find(|ordinal| self.version(*ordinal).is_some_and(|v| v.facts.version_id == *version))
    }

    /// The ordinal of the version in force on a day.
    pub(crate) fn in_force(&self, id: &DecreeId, day: Day) -> Option<u32> {
        self.ordinals(id)
            .iter()
            .copied()
            .find(|ordinal| self.validity(*ordinal).is_some_and(|validity| validity.holds(day)))
    }

    /// A decree's versions, newest first.
    pub(crate) fn newest_first(&self, id: &DecreeId) -> Vec<u32> {
        let mut order: Vec<(Option<Day>, u32)> = self
            .ordinals(id)
            .iter()
            .filter_map(|ordinal| Some((self.version(*ordinal)?.current().valid_from, *ordinal)))
            .collect();
        order.sort_unstable_by(|left, right| right.cmp(left));
        order.into_iter().map(|(_, ordinal)| ordinal).collect()
    }

    fn ordinals(&self, id: &DecreeId) -> &[u32] {
        self.decrees.get(id).map_or(&[], |decree| &decree.versions)
    }

    /// What callers see of a version.
    pub(crate) fn describe(&self, ordinal: u32) -> Option<DecreeVersion> {
        let version = self.version(ordinal)?;
        let facts = version.current();
        let validity = self.validity(ordinal)?;
        Some(DecreeVersion {
            decree_id: facts.decree_id.clone(),
            version_id: facts.version_id.clone(),
            title: facts.title.clone(),
            kind: facts.kind,
            issuer: facts.issuer.clone(),
            file_number: facts.file_number.clone(),
            issued_on: facts.issued_on,
            valid_from: facts.valid_from,
            valid_to: validity.to,
            stated_valid_to: facts.valid_to,
            ever_in_force: validity.ever(),
            replaces: facts.replaces.clone(),
            superseded_by: validity.superseded_by.clone(),
            source_sha256: facts.source_sha256.clone(),
            text_characters: facts.text_characters,
            readings: facts.readings.clone(),
            corrected: version.corrected.as_ref().map_or_else(Vec::new, |by| by.fields.clone()),
        })
    }

    /// Decrees of an issuer that have a version issued on a day.
    pub(crate) fn issued(&self, issuer: &str, on: Day) -> Vec<&DecreeId> {
        let mut found: Vec<&DecreeId> = self
            .versions
            .iter()
            .map(|version| version.current())
            .filter(|facts| facts.issued_on == Some(on) && facts.issuer == issuer)
            .map(|facts| &facts.decree_id)
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Versions of all decrees.
    pub(crate) fn versions(&self) -> &[Arc<Version>] {
        &self.versions
    }

    /// Decrees with a version.
    pub(crate) fn decrees(&self) -> usize {
        self.decrees.values().filter(|decree| !decree.versions.is_empty()).count()
    }

    /// Entries of the journal that are in.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }
}

/// The decrees that a version replaces, never its own.
fn replaced(facts: &VersionFacts) -> Vec<DecreeId> {
    let own = facts.decree_id.as_str();
    facts.replaces.iter().filter(|old| *old != own).map(DecreeId::new).collect()
}

/// Ends a version by withdrawals and by decrees that replace its own.
fn end_by_others(
    validity: &mut Validity,
    withdrawals: &[Withdrawal],
    replacers: &[(Day, DecreeId)],
) {
    let from = validity.from;
    let begun = |day: Day| from.is_none_or(|from| from <= day);
    for withdrawal in withdrawals.iter().filter(|withdrawal| begun(withdrawal.valid_to)) {
        validity.end(withdrawal.valid_to);
        if withdrawal.replaced_by.is_some() {
            validity.superseded_by.clone_from(&withdrawal.replaced_by);
        }
    }
    let earliest = replacers.iter().filter(|(day, _)| begun(day.before())).min();
    if let Some((day, by)) = earliest {
        validity.end(day.before());
        validity.superseded_by.get_or_insert_with(|| by.clone());
    }
}

#[cfg(test)]
mod tests;
