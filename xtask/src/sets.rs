//! Retrieval sets: a corpus, and queries with the ids that answer them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// A set, as a folder `eval/NAME` of the corpora holds it.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) name: &'static str,
    queries: &'static [&'static str],
}

const SETS: &[Set] = &[
    Set {
        name: "citations",
        queries: &["queries.directives.dev.jsonl", "queries.judgments.dev.jsonl"],
    },
    Set { name: "caseworker", queries: &["queries.dev.jsonl"] },
    Set { name: "legalquad_passage", queries: &["queries.dev.jsonl"] },
    Set { name: "htwg_all", queries: &["queries.dev.jsonl"] },
];

/// The folder of the corpora: the one that is named, else the one beside the programs in `eval`.
pub(crate) fn corpora(eval: &Path, named: Option<&Path>) -> PathBuf {
    let beside = || eval.parent().map(|folder| folder.join("corpora")).unwrap_or_default();
    named.map_or_else(beside, Path::to_owned)
}

/// The sets of these names; all where none is named.
pub(crate) fn chosen<N: AsRef<str>>(names: &[N]) -> Result<Vec<&'static Set>> {
    let is = |set: &Set, name: &N| set.name == name.as_ref();
    for name in names {
        if !SETS.iter().any(|set| is(set, name)) {
            let known: Vec<&str> = SETS.iter().map(|set| set.name).collect();
            bail!("no set is named {}; there are {}", name.as_ref(), known.join(", "));
        }
    }
    let wanted = |set: &&Set| names.is_empty() || names.iter().any(|name| is(set, name));
    Ok(SETS.iter().filter(wanted).collect())
}

impl Set {
    fn folder(&self, corpora: &Path) -> PathBuf {
        corpora.join("eval").join(self.name)
    }

    /// What is searched.
    pub(crate) fn corpus(&self, corpora: &Path) -> Result<PathBuf> {
        let folder = self.folder(corpora);
        let files = ["corpus.jsonl.gz", "corpus.jsonl"].map(|file| folder.join(file));
        let found = files.into_iter().find(|file| file.is_file());
        found.with_context(|| format!("no corpus in {}", folder.display()))
    }

    /// What is asked, each file with the name that it goes by in a table.
    pub(crate) fn queries(&self, corpora: &Path) -> Vec<(String, PathBuf)> {
        let folder = self.folder(corpora);
        let named = self.queries.iter().map(|file| {
            let middle = file.trim_start_matches("queries.").trim_end_matches("dev.jsonl");
            let label = format!("{} {}", self.name, middle.trim_end_matches('.'));
            (label.trim().to_owned(), folder.join(file))
        });
        named.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{SETS, chosen};
    use std::path::Path;

    #[test]
    fn sets_are_chosen_by_name() {
        assert_eq!(chosen::<&str>(&[]).unwrap().len(), SETS.len());
        assert_eq!(chosen(&["htwg_all"]).unwrap()[0].name, "htwg_all");
        let refused = chosen(&["htwg"]).unwrap_err().to_string();
        assert!(refused.starts_with("no set is named htwg; there are citations, "), "{refused}");
    }

    #[test]
    fn files_of_queries_have_names() {
        let queries = SETS[0].queries(Path::new("c"));
        assert_eq!(queries[0].0, "citations directives");
        assert_eq!(queries[1].1, Path::new("c/eval/citations/queries.judgments.dev.jsonl"));
        assert_eq!(SETS[1].queries(Path::new("c"))[0].0, "caseworker");
    }
}
