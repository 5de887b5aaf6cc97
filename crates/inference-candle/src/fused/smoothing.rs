//! Factors that make activations and weights equally hard to round to int8.
//!
//! A few channels of the activations are far larger than the rest and would take the range of
//! their whole row. Dividing such a channel and multiplying its weights leaves the product as it
//! is; the factor is the geometric mean between the two ranges. The activations' ranges are
//! measured once, while a model is loaded, on [`SENTENCES`].

use crate::bert::Tokens;
use crate::bert::stock::{Network, Place};
use candle_core::{Result, Tensor};
use std::collections::BTreeMap;

/// What offices write, short and long, with names, numbers and headings.
pub(crate) const SENTENCES: [&str; 16] = [
    "Aufenthaltserlaubnis",
    "Antrag auf Erteilung einer Niederlassungserlaubnis nach § 9 AufenthG",
    "Bitte reichen Sie die fehlenden Unterlagen bis zum 15. März nach.",
    "Die Miete beträgt 845,50 € im Monat, die Nebenkosten werden gesondert abgerechnet.",
    "Sehr geehrte Frau Özdemir, Ihr Antrag ist am 3. Februar bei uns eingegangen.",
    "Wie lange dauert die Bearbeitung?",
    "Der Arbeitgeber bescheinigt, dass das Arbeitsverhältnis unbefristet ist und ungekündigt fortbesteht.",
    "Gegen diesen Bescheid kann innerhalb eines Monats nach Bekanntgabe Widerspruch erhoben werden.",
    "Kontoauszug vom 01.04.2025, IBAN DE12 3456 7890 1234 5678 90, Gutschrift Gehalt 2.310,00 EUR",
    "Die Krankenkasse bestätigt, dass die versicherte Person seit dem 1. Januar Mitglied ist.",
    "Geburtsurkunde, ausgestellt vom Standesamt Musterstadt, mit Übersetzung und Apostille",
    "In der Regel ist der Lebensunterhalt gesichert, wenn er ohne Inanspruchnahme öffentlicher Mittel bestritten werden kann; dabei bleiben Kindergeld und Erziehungsgeld außer Betracht.",
    "Zuständig ist die Behörde, in deren Bezirk sich die Person gewöhnlich aufhält. Bei einem Umzug geht die Zuständigkeit auf die Behörde des neuen Wohnortes über, sobald die Anmeldung erfolgt ist.",
    "Zeugnis: Die Prüfung wurde mit der Note gut (2,1) bestanden.",
    "Hiermit bevollmächtige ich meine Schwester, mich in allen Angelegenheiten zu vertreten.",
    "The applicant has been living in Germany since 2019 and works as a nurse.",
];

/// The factors of each linear layer, one for each of its inputs.
#[derive(Debug, Default)]
pub(crate) struct Smoothing {
    factors: BTreeMap<(usize, Place), Vec<f32>>,
}

impl Smoothing {
    /// Measures what the layers read for these sequences.
    pub(crate) fn measure(network: &Network, sequences: &[Tokens]) -> Result<Self> {
        let mut most: BTreeMap<(usize, Place), Tensor> = BTreeMap::new();
        for tokens in sequences.iter().filter(|tokens| !tokens.ids.is_empty()) {
            network.observe(tokens, |layer, place, inputs| {
                let here = inputs.abs()?.max(0)?;
                let key = (layer, place);
                let most_here = match most.get(&key) {
                    Some(before) => before.maximum(&here)?,
                    None => here,
                };
                most.insert(key, most_here);
                Ok(())
            })?;
        }
        let mut factors = BTreeMap::new();
        for (key, most) in most {
            let Some(weight) = weight(network, key) else { continue };
            let weights: Vec<f32> = weight.abs()?.max(0)?.to_vec1()?;
            let inputs: Vec<f32> = most.to_vec1()?;
            factors.insert(key, between(&inputs, &weights));
        }
        Ok(Self { factors })
    }

    /// The factors of a layer with this many inputs; 1 where none were measured.
    pub(crate) fn of(&self, layer: usize, place: Place, inputs: usize) -> Vec<f32> {
        let measured = self.factors.get(&(layer, place));
        measured.filter(|factors| factors.len() == inputs).cloned().unwrap_or(vec![1.0; inputs])
    }
}

fn weight(network: &Network, (layer, place): (usize, Place)) -> Option<&Tensor> {
    let layer = network.layers.get(layer)?;
    let linear = match place {
        Place::Qkv => &layer.qkv,
        Place::Attended => &layer.attended,
        Place::Widen => &layer.widen,
        Place::Narrow => &layer.narrow,
    };
    Some(linear.weight())
}

/// The square root of the ranges' ratio. A channel without one, or without a number, is left.
fn between(inputs: &[f32], weights: &[f32]) -> Vec<f32> {
    let factor = |(input, weight): (&f32, &f32)| {
        let factor = (input / weight).sqrt();
        if factor.is_finite() && factor > 1e-6 { factor } else { 1.0 }
    };
    inputs.iter().zip(weights).map(factor).collect()
}
