//! The report: a page for people and a file for programs. Neither holds anything that stands on a paper.

use serde_json::{Value, json};

use super::{Difference, Verdict};

const STYLE: &str = "\
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1a1a1a}\
table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{padding:.3rem .6rem;text-align:right;\
border-bottom:1px solid #ccc}th:first-child,td:first-child{text-align:left}th{background:#f0f2f4}\
small,.en{color:#555}.beyond{font-weight:bold}";

/// German and English names of what the sides differ in.
const ATTRIBUTES: [(&str, &str, &str); 6] = [
    ("nationality", "Staatsangehörigkeit", "nationality"),
    ("name_origin", "Herkunft des Namens", "origin of the name"),
    ("sex", "Geschlecht", "sex"),
    ("age", "Alter", "age"),
    ("script", "Schrift des Namens", "script of the name"),
    ("photo_quality", "Qualität des Fotos", "quality of the photo"),
];

/// A self-contained page, German with English beside. `by` says what was measured.
#[must_use]
pub fn html(differences: &[Difference], limit: f64, by: &[String]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"de\"><head><meta charset=\"utf-8\"><title>Amtshilfe: Fairness</title>\
         <style>{STYLE}</style></head><body>\n<h1>Paare, die sich nur in einem Merkmal unterscheiden <span \
         class=\"en\" lang=\"en\">/ pairs that differ in one thing only</span></h1>\n<p>Grenze: {limit} \
         Prozentpunkte. <span class=\"en\" lang=\"en\">/ Limit: {limit} percentage points.</span></p>\n\
         <p><small>{by}</small></p>\n",
        limit = limit * 100.0,
        by = escaped(&by.join(" · ")),
    );
    let mut attribute = "";
    for one in differences {
        if one.attribute != attribute {
            if !attribute.is_empty() {
                page.push_str("</table>\n");
            }
            attribute = &one.attribute;
            head(&mut page, attribute);
        }
        row(&mut page, one);
    }
    page.push_str(
        "</table>\n<p><small>Hinweis: Fälle mit einer Regel, die um einen Blick bittet. Fehler: Fälle, in denen eine \
         Regel ohne Grund spricht oder trotz Grund schweigt. Papier: nicht erkannte Papiere. Klammern: 95-%-Intervall der \
         Differenz gepaarter Anteile nach Agresti und Min. Überschritten heißt: das ganze Intervall liegt jenseits der \
         Grenze; offen: mehr Paare würden es zeigen. Gemessen wird an erfundenen Fällen; alle Regeln sind eingeschaltet. \
         <span lang=\"en\">/ hint: cases with a rule that asks for a look. error: cases in which a rule speaks without \
         reason or is silent with one. paper: papers not recognised. Brackets: 95 % interval of the difference of paired \
         shares after Agresti and Min. Exceeded: the whole interval lies beyond the limit; open: more pairs would tell. \
         Measured on invented cases with every rule on.</span></small></p>\n</body></html>\n",
    );
    page
}

fn head(page: &mut String, attribute: &str) {
    let known = ATTRIBUTES.iter().find(|(id, _, _)| *id == attribute);
    let (german, english) = known.map_or((attribute, attribute), |(_, de, en)| (*de, *en));
    add(
        page,
        &format!(
            "<h2>{} <span class=\"en\" lang=\"en\">/ {}</span></h2>\n<table><tr>",
            escaped(german),
            escaped(english)
        ),
    );
    for (german, english) in [
        ("Gezählt", "counted"),
        ("Paare", "pairs"),
        ("a", "a"),
        ("b", "b"),
        ("nur a", "a alone"),
        ("nur b", "b alone"),
        ("Differenz", "difference"),
        ("Urteil", "verdict"),
    ] {
        add(page, &format!("<th>{german}<br><small lang=\"en\">{english}</small></th>"));
    }
    page.push_str("</tr>\n");
}

fn row(page: &mut String, one: &Difference) {
    let measure = match one.measure.as_str() {
        "hint" => "Hinweis / hint",
        "error" => "Fehler / error",
        "paper" => "Papier / paper",
        rule => rule,
    };
    let (verdict, class) = match one.verdict {
        Verdict::Within => ("innerhalb / within", ""),
        Verdict::Open => ("offen / open", ""),
        Verdict::Exceeded => ("überschritten / exceeded", " class=\"beyond\""),
    };
    add(
        page,
        &format!(
            "<tr{class}><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:+.1} % [{:+.1}; {:+.1}]</td>\
         <td>{verdict}</td></tr>\n",
            escaped(measure),
            one.pairs,
            one.sides[0],
            one.sides[1],
            one.alone[0],
            one.alone[1],
            one.difference * 100.0,
            one.low * 100.0,
            one.high * 100.0,
        ),
    );
}

/// The same for programs.
#[must_use]
pub fn json(differences: &[Difference], limit: f64, by: &[String]) -> Value {
    let row = |one: &Difference| {
        json!({
            "attribute": one.attribute,
            "measure": one.measure,
            "pairs": one.pairs,
            "sides": one.sides,
            "alone": one.alone,
            "difference": one.difference,
            "interval": [one.low, one.high],
            "verdict": one.verdict.name(),
        })
    };
    json!({
        "measured": by,
        "limit": limit,
        "exceeded": super::is_exceeded(differences),
        "differences": differences.iter().map(row).collect::<Vec<_>>(),
    })
}

fn add(page: &mut String, text: &str) {
    page.push_str(text);
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
