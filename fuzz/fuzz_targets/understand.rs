#![no_main]

use documents::Documents;
use std::sync::LazyLock;

static DOCUMENTS: LazyLock<Documents> = LazyLock::new(documents::fuzzing::documents);

fn understand(text: &str) {
    documents::fuzzing::understand(&DOCUMENTS, text);
}

fuzz::text!(understand);
