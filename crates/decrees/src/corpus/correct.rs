//! Corrections by an editor: new entries of the journal, never a change of an old one.

use super::Corpus;
use crate::record::{self, Correction, Record};
use crate::{DecreeId, DecreeVersion, Error, Field, Metadata, Refused, VersionId, metadata};

impl Corpus {
    /// Corrects fields of a version: from now on `values` counts in the fields named, and nothing else in it.
    /// Without a version it is the one in force today, else the newest. Durable and visible when it returns.
    /// Blocking. Answers the version, and the fields that really changed.
    ///
    /// What was imported stays in the journal, and the same file sent again is still unchanged. Passages and
    /// their vectors stay as imported too; words of a corrected title find them, and so do those of the old one.
    ///
    /// # Errors
    /// When there is no such decree or version, a value cannot be kept, nothing would change, or the journal fails.
    pub fn correct(
        &self,
        id: &DecreeId,
        version: Option<&VersionId>,
        fields: &[Field],
        values: &Metadata,
    ) -> Result<(DecreeVersion, Vec<Field>), Error> {
        let inner = &self.inner;
        let today = self.today();
        let (version_id, fields) = {
            let mut head = inner.head();
            let unknown = || Error::UnknownDecree { id: id.clone() };
            if !head.knows(id) {
                return Err(unknown());
            }
            let ordinal = match version {
                Some(version) => head.find(id, version).ok_or_else(|| Error::UnknownVersion {
                    id: id.clone(),
                    version: version.clone(),
                })?,
                None => head
                    .in_force(id, today)
                    .or_else(|| head.newest_first(id).first().copied())
                    .ok_or_else(unknown)?,
            };
            let current = head.version(ordinal).ok_or_else(unknown)?.current();
            let correction = correction(current, fields, values)?;
            let (version_id, fields) = (correction.version_id.clone(), correction.fields.clone());
            let record = Record::Correction(Box::new(correction));
            let entry = record::encode(&record, "")
                .map_err(crate::files::failed(&inner.config.directory))?;
            let sequence = inner.journal.append(&[&entry]).map_err(Error::Journal)?;
            head.apply(sequence, record);
            inner.shared.note(|progress| progress.acknowledged = sequence + 1);
            (version_id, fields)
        };
        inner.wait_visible()?;
        let snapshot = inner.shared.snapshot();
        let catalogue = &snapshot.lexical.catalogue;
        let described = catalogue.find(id, &version_id).and_then(|at| catalogue.describe(at));
        let described = described
            .ok_or_else(|| Error::UnknownVersion { id: id.clone(), version: version_id })?;
        Ok((described, fields))
    }
}

/// What changes, held to the same rules as what is imported.
fn correction(
    current: &record::VersionFacts,
    fields: &[Field],
    values: &Metadata,
) -> Result<Correction, Error> {
    let refused = |reason| Error::Correction { reason: Box::new(reason) };
    let named = |field| fields.contains(&field);
    let chosen = |field, new: &String, old: &String| {
        if named(field) { new.trim().to_owned() } else { old.clone() }
    };
    let mut wanted = Metadata {
        decree_id: current.decree_id.as_str().to_owned(),
        title: chosen(Field::Title, &values.title, &current.title),
        kind: chosen(Field::Kind, &values.kind, &current.kind.as_str().to_owned()),
        issuer: chosen(Field::Issuer, &values.issuer, &current.issuer),
        file_number: chosen(Field::FileNumber, &values.file_number, &current.file_number),
        issued_on: if named(Field::IssuedOn) { values.issued_on } else { current.issued_on },
        valid_from: if named(Field::ValidFrom) { values.valid_from } else { current.valid_from },
        valid_to: if named(Field::ValidTo) { values.valid_to } else { current.valid_to },
        replaces: current.replaces.clone(),
    };
    if named(Field::Replaces) {
        let ids = values.replaces.iter().map(|id| id.trim().to_owned());
        wanted.replaces = ids.filter(|id| !id.is_empty()).collect();
    }
    if wanted.title.is_empty() {
        return Err(refused(Refused {
            german: "Ein Erlass braucht einen Titel.".into(),
            english: "A decree needs a title.".into(),
        }));
    }
    let (kind, decree_id) = metadata::check(&wanted).map_err(refused)?;
    let mut correction = Correction {
        decree_id,
        version_id: current.version_id.clone(),
        fields: Vec::new(),
        title: wanted.title,
        kind,
        issuer: wanted.issuer,
        file_number: wanted.file_number,
        issued_on: wanted.issued_on,
        valid_from: wanted.valid_from,
        valid_to: wanted.valid_to,
        replaces: wanted.replaces,
    };
    correction.fields =
        Field::ALL.into_iter().filter(|field| differs(current, &correction, *field)).collect();
    if correction.fields.is_empty() {
        return Err(refused(Refused {
            german: "Die Angaben sind dieselben wie bisher; es gibt nichts zu ändern.".into(),
            english: "The values are the same as before; there is nothing to change.".into(),
        }));
    }
    Ok(correction)
}

fn differs(old: &record::VersionFacts, new: &Correction, field: Field) -> bool {
    match field {
        Field::Title => old.title != new.title,
        Field::Kind => old.kind != new.kind,
        Field::Issuer => old.issuer != new.issuer,
        Field::FileNumber => old.file_number != new.file_number,
        Field::IssuedOn => old.issued_on != new.issued_on,
        Field::ValidFrom => old.valid_from != new.valid_from,
        Field::ValidTo => old.valid_to != new.valid_to,
        Field::Replaces => old.replaces != new.replaces,
    }
}
