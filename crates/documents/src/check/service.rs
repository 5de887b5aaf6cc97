//! The way in for whole applications: papers are judged first, then compared.

use std::time::Instant;

use inference::Lane;

use super::{
    Application, ApplicationType, Checked, Error, RuleEntry, checklist, evaluate, rules, texts,
};
use crate::{DocumentClass, Documents, Extracted, InputPaper, Knowledge};

/// The papers of an application and under whose account they are judged.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The files that were read.
    pub papers: &'a [InputPaper<'a>],
    /// The department's lane.
    pub lane: &'a Lane,
    /// When the answer is no longer wanted.
    pub deadline: Option<Instant>,
}

impl Documents {
    /// Judges the papers of an application and compares them. `application.documents` is not read:
    /// what the papers say takes its place.
    ///
    /// # Errors
    /// As [`Documents::extract`] and [`evaluate`].
    pub async fn check(
        &self,
        request: Request<'_>,
        application: Application<'_>,
    ) -> Result<(Checked, Extracted), Error> {
        let extracted = self
            .extract(request.papers, request.lane, request.deadline)
            .await
            .map_err(Error::Papers)?;
        let application = Application { documents: &extracted.documents, ..application };
        let checked = evaluate(self.knowledge(), application)?;
        Ok((checked, extracted))
    }
}

impl Knowledge {
    /// The name of a class in the language of a BCP 47 tag.
    #[must_use]
    pub fn title(&self, class: &DocumentClass, language: &str) -> String {
        self.rules.texts.title(texts::language(language), &class.title)
    }

    /// The catalogue of application types with their checklists, in a language.
    #[must_use]
    pub fn application_types(&self, language: &str) -> Vec<ApplicationType> {
        checklist::catalogue(self, language)
    }

    /// The rules an office may switch, in a language.
    #[must_use]
    pub fn plausibility_rules(&self, language: &str) -> Vec<RuleEntry> {
        rules::catalogue(self, language)
    }

    /// Whether an application type exists.
    #[must_use]
    pub fn has_application_type(&self, id: &str) -> bool {
        self.rules.kind(id).is_some()
    }
}
