//! Which role a method needs. A method that stands in no row is refused: the table is the list of
//! everything that can be called.

use crate::Role;

use Role::{Administrator, Auditor, Client, CorpusEditor};

const ANY: &[Role] = &Role::ALL;
const READERS: &[Role] = &[Client, CorpusEditor];

/// Rows are looked at in order; a row that ends in `*` stands for every method that begins so.
const TABLE: &[(&str, &[Role])] = &[
    ("amtshilfe.v1.AuditService/*", &[Auditor]),
    ("amtshilfe.v1.DecreeService/ImportDecrees", &[CorpusEditor]),
    ("amtshilfe.v1.DecreeService/WithdrawDecree", &[CorpusEditor]),
    ("amtshilfe.v1.DecreeService/CorrectDecree", &[CorpusEditor]),
    ("amtshilfe.v1.DecreeService/GetCorpus", ANY),
    ("amtshilfe.v1.DecreeService/*", READERS),
    ("amtshilfe.v1.DocumentService/ListDocumentClasses", ANY),
    ("amtshilfe.v1.DocumentService/ListApplicationTypes", ANY),
    ("amtshilfe.v1.DocumentService/*", &[Client]),
    ("amtshilfe.v1.InferenceService/ListModels", ANY),
    ("amtshilfe.v1.InferenceService/*", &[Client]),
    ("amtshilfe.v1.JobService/*", &[Client]),
    ("amtshilfe.v1.UploadService/GetServerLimits", ANY),
    // A corpus editor sends large decrees the same way a department sends large papers.
    ("amtshilfe.v1.UploadService/*", READERS),
    ("inference.GRPCInferenceService/*", &[Client]),
    ("console/Audit*", &[Auditor]),
    ("console/*", &[Administrator, Auditor]),
];

/// The roles of which one is needed; `None`: there is no such method.
pub(crate) fn roles_for(method: &str) -> Option<&'static [Role]> {
    TABLE.iter().find(|(pattern, _)| matches(pattern, method)).map(|(_, roles)| *roles)
}

/// Whether a pattern of the table or of a policy names the method.
pub(crate) fn matches(pattern: &str, method: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => method.starts_with(beginning),
        None => pattern == method,
    }
}
