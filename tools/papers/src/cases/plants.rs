//! Chooses what is planted, and plants it.

use super::defects::{self, AGEING, Defect};
use super::draft::Draft;
use crate::chance::Chance;
use crate::layouts::Families;
use anyhow::Result;

/// The household's papers with one contradiction in them.
pub(super) fn contradict(
    clean: &Draft,
    families: Families,
    papers: &Chance,
    chance: &mut Chance,
) -> Result<Draft> {
    let fitting: Vec<&Defect> = defects::all().filter(|defect| (defect.fits)(clean)).collect();
    match fitting.get(chance.below(fitting.len())) {
        Some(defect) => plant(clean, defect, families, papers, chance),
        None => Ok(clean.clone()),
    }
}

/// The same with a paper that serves no longer.
pub(super) fn expire(
    clean: &Draft,
    families: Families,
    papers: &Chance,
    chance: &mut Chance,
) -> Result<Draft> {
    const RULES: [&str; 5] = ["PL010", "PL014", "PL030", "PL043", "PL051"];
    let ageing: Vec<_> = AGEING.iter().filter(|(class, _, _)| ages(clean, class)).collect();
    let rules: Vec<&Defect> = defects::all()
        .filter(|defect| RULES.contains(&defect.rule) && (defect.fits)(clean))
        .collect();
    let at = chance.below(ageing.len() + rules.len());
    if let Some(defect) = at.checked_sub(ageing.len()).and_then(|at| rules.get(at)) {
        return plant(clean, defect, families, papers, chance);
    }
    let mut draft = clean.clone();
    if let Some(&&(class, days, rule)) = ageing.get(at) {
        draft.rewrite(class, |world| world.today = world.today.plus(-days));
        draft.end(class);
        draft.planted.insert("expired");
        draft.hints.extend(rule);
        draft.allowed.extend(["PL031", "PL032", "PL038", "PL047"]);
    }
    Ok(draft)
}

/// Whether age matters for the item that the class serves: letters of clients, of experience and of the IT route
/// prove what was.
fn ages(draft: &Draft, class: &str) -> bool {
    let past = draft.scenario.kind == "self_employment"
        || draft.scenario.kind == "opportunity_card"
        || draft.scenario.fact("variant") == "experienced_worker"
        || draft.scenario.fact("variant") == "blue_card";
    draft.has(class) && !(class == "employer_certificate" && past)
}

fn plant(
    clean: &Draft,
    defect: &Defect,
    families: Families,
    papers: &Chance,
    chance: &mut Chance,
) -> Result<Draft> {
    let mut draft = clean.clone();
    if let Some(change) = defect.world {
        let mut world = clean.world.clone();
        change(&mut world, chance);
        draft = Draft::new(&clean.scenario, world, families, papers)?;
    }
    (defect.apply)(&mut draft, chance);
    draft.hints.insert(defect.rule);
    draft.allowed.extend(defect.also);
    // A passport that ends within the stay and within half a year wakes both.
    if defect.rule == "PL011" || defect.rule == "PL012" {
        draft.allowed.extend(["PL011", "PL012"]);
    }
    Ok(draft)
}
