//! Two versions of a decree beside each other, section by section.

use super::outline::sections;
use super::{Corpus, Which};
use crate::passages::Piece;
use crate::{DecreeId, Error, VersionId};
use std::collections::{HashMap, HashSet};

/// A section that two versions hold differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// "§ 16b", "Nr. 5.1.3"; empty for text before the first section.
    pub section: String,
    /// Its text in the earlier version; empty where it is new.
    pub before: String,
    /// Its text in the later version; empty where it is gone.
    pub after: String,
}

/// Some of the changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePage {
    /// In the order of the later version; sections that are gone follow.
    pub changes: Vec<Change>,
    /// For the next page; empty on the last.
    pub next_page_token: String,
}

/// A section's name, and which of those with that name it is.
type Key = (String, usize);

impl Corpus {
    /// What changed from one version of a decree to another, at most `page_size` sections and
    /// `bytes_max` bytes of text at a time, but at least one section: of one that is longer by itself
    /// each side is cut to the half. Blocking.
    ///
    /// # Errors
    /// When there is no such decree or version, or the token is none of ours.
    pub fn compare(
        &self,
        id: &DecreeId,
        between: [&VersionId; 2],
        page: (usize, usize),
        page_token: &str,
    ) -> Result<ChangePage, Error> {
        let [from, to] = between;
        let skip: usize = match page_token {
            "" => 0,
            token => token.parse().map_err(|_| Error::PageToken)?,
        };
        let before = self.texts_of_sections(id, from)?;
        let after = self.texts_of_sections(id, to)?;
        let (page_size, bytes_max) = page;
        let mut changes = Vec::new();
        let mut bytes = 0;
        let all = changes_between(&before, &after);
        let total = all.len();
        for mut change in all.into_iter().skip(skip).take(page_size) {
            for side in [&mut change.before, &mut change.after] {
                side.truncate(side.floor_char_boundary(bytes_max / 2));
            }
            bytes += change.section.len() + change.before.len() + change.after.len();
            if bytes > bytes_max && !changes.is_empty() {
                break;
            }
            changes.push(change);
        }
        let next = skip + changes.len();
        let next_page_token = if next < total { next.to_string() } else { String::new() };
        Ok(ChangePage { changes, next_page_token })
    }

    /// The sections of a version with their texts, in order.
    fn texts_of_sections(
        &self,
        id: &DecreeId,
        version: &VersionId,
    ) -> Result<Vec<(Key, String)>, Error> {
        let snapshot = self.inner.shared.snapshot();
        let catalogue = &snapshot.lexical.catalogue;
        let ordinal = self.ordinal(catalogue, id, &Which::Version(version.clone()))?;
        let unknown = || Error::UnknownDecree { id: id.clone() };
        let text = self.inner.texts.get(catalogue.version(ordinal).ok_or_else(unknown)?)?;
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let section = |(first, last): (&Piece, &Piece)| {
            let bytes = first.byte_start.try_into().ok().zip(last.byte_end.try_into().ok());
            bytes.and_then(|(from, to): (usize, usize)| text.get(from..to)).unwrap_or_default()
        };
        let keyed = sections(&snapshot.lexical.table, ordinal).map(|place| {
            let count = seen.entry(place.0.section.as_str()).or_default();
            let key = (place.0.section.clone(), *count);
            *count += 1;
            (key, section(place).to_owned())
        });
        Ok(keyed.collect())
    }
}

fn changes_between(before: &[(Key, String)], after: &[(Key, String)]) -> Vec<Change> {
    let earlier: HashMap<&Key, &String> = before.iter().map(|(key, text)| (key, text)).collect();
    let later: HashSet<&Key> = after.iter().map(|(key, _)| key).collect();
    let change = |key: &Key, before: &str, after: &str| Change {
        section: key.0.clone(),
        before: before.to_owned(),
        after: after.to_owned(),
    };
    let new_or_other = after.iter().filter_map(|(key, text)| {
        let known = earlier.get(key).map_or("", |known| known.as_str());
        (squeezed(known) != squeezed(text)).then(|| change(key, known, text))
    });
    let gone = before.iter().filter(|(key, _)| !later.contains(key));
    new_or_other.chain(gone.map(|(key, text)| change(key, text, ""))).collect()
}

/// Blanks and line breaks are no change.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
