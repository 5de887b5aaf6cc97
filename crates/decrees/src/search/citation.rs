//! A citation for a file note.

use crate::DecreeVersion;

/// "Section, title, issuer, file number, date, page, in force from and to", what is known of it.
pub(crate) fn cite(version: &DecreeVersion, section: &str, page: u32) -> String {
    let mut parts: Vec<String> = Vec::new();
    let title = version.title.trim();
    // A decree for one section names it in its title.
    if !section.is_empty() && !title.contains(section) {
        parts.push(section.to_owned());
    }
    parts.push(if title.is_empty() { version.decree_id.to_string() } else { title.to_owned() });
    if !version.issuer.is_empty() {
        parts.push(version.issuer.clone());
    }
    if !version.file_number.is_empty() {
        parts.push(format!("Az. {}", version.file_number));
    }
    if let Some(day) = version.issued_on {
        parts.push(format!("vom {}", day.german()));
    }
    if page > 0 {
        parts.push(format!("S. {page}"));
    }
    let citation = parts.join(", ");
    let validity = match (version.valid_from, version.valid_to) {
        (Some(from), Some(to)) => format!(" (gültig vom {} bis {})", from.german(), to.german()),
        (Some(from), None) => format!(" (gültig ab {})", from.german()),
        (None, Some(to)) => format!(" (gültig bis {})", to.german()),
        (None, None) => String::new(),
    };
    citation + &validity
}

#[cfg(test)]
mod tests {
    use super::cite;
    use crate::{Day, DecreeId, DecreeVersion, Kind, VersionId};

    #[test]
    fn a_citation_says_what_is_known() {
        let version = DecreeVersion {
            decree_id: DecreeId::new("duldung"),
            version_id: VersionId::new("v"),
            title: "Erlass zur Duldung".into(),
            kind: Kind::Decree,
            issuer: "Innenministerium".into(),
            file_number: "27-1".into(),
            issued_on: Day::new(2024, 3, 12),
            valid_from: Day::new(2024, 4, 1),
            valid_to: None,
            ever_in_force: true,
            replaces: vec![],
            superseded_by: None,
            source_sha256: String::new(),
            text_characters: 0,
            stated_valid_to: None,
            readings: vec![],
            corrected: vec![],
        };
        assert_eq!(
            cite(&version, "Nr. 7.12", 3),
            "Nr. 7.12, Erlass zur Duldung, Innenministerium, Az. 27-1, vom 12.03.2024, S. 3 \
             (gültig ab 01.04.2024)"
        );
    }
}
