//! `fairness`: the test on pairs.

use std::path::PathBuf;

use clap::Args;

pub(crate) const LESSON: &str = "\
Misst an Paaren erfundener Fälle, die sich nur in einem Merkmal unterscheiden (Staatsangehörigkeit, Herkunft des Namens, \
Geschlecht, Alter, Schrift, Qualität des Fotos), ob Dokumentarten und Regeln das Merkmal spüren. Die Paare schreibt \
`papers pairs`; `cargo xtask fairness` macht beides. Endet mit 1, wenn eine Differenz sicher über der Grenze liegt.

Measures on pairs of invented cases that differ in one thing only whether classifier and rules feel it. `papers pairs` \
writes the pairs; `cargo xtask fairness` does both. Exits with 1 where a difference surely lies beyond the limit.

Beispiel / example:
  amtshilfe fairness ./paare --report ./bericht";

#[derive(Args, Clone, Debug)]
pub(crate) struct Fairness {
    /// Ordner mit Paaren / folder of pairs.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// Schreibt report.html und report.json dorthin / writes report.html and report.json there.
    #[arg(long, value_name = "DIR")]
    pub(crate) report: Option<PathBuf>,
    /// Größte Differenz von Anteilen, 0 bis 1 / largest difference of shares, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.02)]
    pub(crate) limit: f64,
}
