//! The report: a page for people and a file for programs. Neither holds anything that stands on a paper.

use serde_json::{Value, json};

use super::{ClassFigures, FieldFigures, Figures, Found, Interval, Judged, SAMPLES_FEW};

const STYLE: &str = "\
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1a1a1a}\
table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{padding:.3rem .6rem;text-align:right;\
border-bottom:1px solid #ccc}th:first-child,td:first-child{text-align:left}th{background:#f0f2f4}\
small,.en{color:#555}td.l{text-align:left}";

/// A self-contained page, German with English beside. `names` lists papers that were taken for something
/// else by the names of their files.
#[must_use]
pub fn html(figures: &Figures, judged: &[Judged], by: &[String], names: bool) -> String {
    let total = &figures.total;
    let mut page = format!(
        "<!doctype html>\n<html lang=\"de\"><head><meta charset=\"utf-8\"><title>Amtshilfe: Messung</title>\
         <style>{STYLE}</style></head><body>\n<h1>Messung an eigenen Papieren <span class=\"en\" lang=\"en\">\
         / measured on the office's own papers</span></h1>\n<p>{} Papiere gelesen, {} nicht lesbar. \
         <span class=\"en\" lang=\"en\">/ {} papers read, {} unreadable.</span></p>\n<p><small>{}</small></p>\n",
        total.papers,
        total.unread,
        total.papers,
        total.unread,
        escaped(&by.join(" · ")),
    );
    if let Some(score) = figures.macro_f1() {
        add(
            &mut page,
            &format!(
                "<p>Makro-F1 <span class=\"en\" lang=\"en\">/ macro F1</span>: {score:.3}</p>\n"
            ),
        );
    }
    table(&mut page, figures);
    fields(&mut page, figures);
    let confusions = figures.confusions();
    if !confusions.is_empty() {
        page.push_str(
            "<h2>Verwechslungen <span class=\"en\" lang=\"en\">/ confusions</span></h2>\n<table><tr>\
             <th>ist <span class=\"en\" lang=\"en\">/ is</span></th><th>gehalten für <span class=\"en\" \
             lang=\"en\">/ taken for</span></th><th>n</th></tr>\n",
        );
        for (class, other, count) in confusions {
            let (class, other) = (escaped(class), escaped(other));
            add(&mut page, &format!("<tr><td>{class}</td><td>{other}</td><td>{count}</td></tr>\n"));
        }
        page.push_str("</table>\n");
    }
    if names {
        misread(&mut page, judged);
    }
    add(
        &mut page,
        &format!(
            "<p><small>Klammern: 95-%-Intervall nach Wilson. Vorläufig: weniger als {SAMPLES_FEW} Papiere. \
             Erkannt: die richtige Art, oder als fremd zurückgewiesen, was unknown_other ist. <span lang=\"en\">/ \
             Brackets: 95 % interval after Wilson. Provisional: fewer than {SAMPLES_FEW} papers. Recognised: the \
             right class, or refused where the label is unknown_other.</span></small></p>\n</body></html>\n"
        ),
    );
    page
}

fn table(page: &mut String, figures: &Figures) {
    page.push_str("<table><tr>");
    for (german, english) in [
        ("Art", "class"),
        ("n", "n"),
        ("erkannt", "recognised"),
        ("unsicher", "refused"),
        ("nicht lesbar", "unreadable"),
        ("Genauigkeit", "accuracy"),
        ("entschieden", "decided"),
        ("davon richtig", "of these right"),
        ("in Frage", "in the set"),
        ("Seiten richtig", "pages right"),
        ("Felder", "fields"),
        ("Schlüsselfelder", "key fields"),
    ] {
        add(page, &format!("<th>{german}<br><small lang=\"en\">{english}</small></th>"));
    }
    page.push_str("</tr>\n");
    for (class, one) in &figures.classes {
        let mark = if one.is_provisional() { " <small>(vorläufig)</small>" } else { "" };
        row(page, &format!("{}{mark}", escaped(class)), one);
    }
    row(page, "<strong>alle / all</strong>", &figures.total);
    page.push_str("</table>\n");
}

fn row(page: &mut String, name: &str, one: &ClassFigures) {
    let cells = [
        one.papers.to_string(),
        one.right.to_string(),
        one.refused().to_string(),
        one.unread.to_string(),
        shown(&one.accuracy()),
        shown(&Interval::new(one.decided, one.papers)),
        shown(&one.accuracy_decided()),
        shown(&one.coverage()),
        shown(&Interval::new(one.divided, one.papers)),
        shown(&one.fields.share()),
        shown(&one.key_fields.share()),
    ];
    add(page, &format!("<tr><td>{name}</td>"));
    for cell in cells {
        add(page, &format!("<td>{cell}</td>"));
    }
    page.push_str("</tr>\n");
}

/// Each class's fields, and in which way values were not read.
fn fields(page: &mut String, figures: &Figures) {
    if figures.total.fields.share().of == 0 {
        return;
    }
    page.push_str("<h2>Felder <span class=\"en\" lang=\"en\">/ fields</span></h2>\n<table><tr>");
    for (german, english) in [
        ("Art", "class"),
        ("Feld", "field"),
        ("n", "n"),
        ("genau", "exact"),
        ("fehlt", "missing"),
        ("falsch", "wrong"),
        ("andere Form", "other form"),
    ] {
        add(page, &format!("<th>{german}<br><small lang=\"en\">{english}</small></th>"));
    }
    page.push_str("</tr>\n");
    let classes = figures.classes.iter();
    let fields =
        classes.flat_map(|(class, one)| one.by_field.iter().map(move |field| (class, field)));
    for (class, (name, (is_key, one))) in fields {
        let name =
            if *is_key { format!("<strong>{}</strong>", escaped(name)) } else { escaped(name) };
        let cells = [
            one.share().of.to_string(),
            shown(&one.share()),
            one.missing.to_string(),
            one.wrong.to_string(),
            one.other_form.to_string(),
        ];
        add(page, &format!("<tr><td>{}</td><td class=\"l\">{name}</td>", escaped(class)));
        for cell in cells {
            add(page, &format!("<td>{cell}</td>"));
        }
        page.push_str("</tr>\n");
    }
    page.push_str(
        "</table>\n<p><small>Fett: Schlüsselfelder. Andere Form: die richtige Stelle, anders geschrieben. <span \
         lang=\"en\">/ Bold: key fields. Other form: the right place, written otherwise.</span></small></p>\n",
    );
}

fn misread(page: &mut String, judged: &[Judged]) {
    page.push_str(
        "<h2>Zum Nachsehen <span class=\"en\" lang=\"en\">/ to look at</span></h2>\n<table><tr><th>Datei \
         <span class=\"en\" lang=\"en\">/ file</span></th><th>ist / is</th><th>gehalten für / taken for</th>\
         </tr>\n",
    );
    for one in judged.iter().filter(|one| is_wrong(one)) {
        let (file, class) = (escaped(&one.file), escaped(&one.class));
        let found = escaped(said(&one.found));
        add(
            page,
            &format!("<tr><td>{file}</td><td>{class}</td><td class=\"l\">{found}</td></tr>\n"),
        );
    }
    page.push_str("</table>\n");
}

/// The same figures for programs.
#[must_use]
pub fn json(figures: &Figures, judged: &[Judged], by: &[String], names: bool) -> Value {
    let classes: serde_json::Map<String, Value> =
        figures.classes.iter().map(|(class, one)| (class.clone(), counts(one))).collect();
    let confusions: Vec<Value> = figures
        .confusions()
        .into_iter()
        .map(|(class, other, count)| json!({"class": class, "taken_for": other, "count": count}))
        .collect();
    let mut report = json!({
        "judged_by": by,
        "classes": classes,
        "total": counts(&figures.total),
        "macro_f1": figures.macro_f1(),
        "confusions": confusions,
    });
    if names && let Some(report) = report.as_object_mut() {
        let wrong = judged.iter().filter(|one| is_wrong(one));
        let listed = wrong
            .map(|one| json!({"file": one.file, "class": one.class, "found": said(&one.found)}));
        report.insert("misread".to_owned(), listed.collect());
    }
    report
}

fn counts(one: &ClassFigures) -> Value {
    let fields: serde_json::Map<String, Value> = one
        .by_field
        .iter()
        .map(|(name, (is_key, figures))| {
            let mut counts = field_counts(figures);
            if let Some(counts) = counts.as_object_mut() {
                counts.insert("key".to_owned(), (*is_key).into());
            }
            (name.clone(), counts)
        })
        .collect();
    json!({
        "papers": one.papers,
        "unreadable": one.unread,
        "recognised": one.right,
        "refused": one.refused(),
        "provisional": one.is_provisional(),
        "accuracy": interval(one.accuracy()),
        "decided": interval(Interval::new(one.decided, one.papers)),
        "accuracy_when_decided": interval(one.accuracy_decided()),
        "set_coverage": interval(one.coverage()),
        "pages_exact": interval(Interval::new(one.divided, one.papers)),
        "fields_exact": interval(one.fields.share()),
        "key_fields_exact": interval(one.key_fields.share()),
        "key_fields": field_counts(&one.key_fields),
        "fields": fields,
    })
}

fn field_counts(one: &FieldFigures) -> Value {
    json!({
        "exact": interval(one.share()),
        "missing": one.missing,
        "wrong": one.wrong,
        "other_form": one.other_form,
    })
}

fn interval(interval: Interval) -> Value {
    json!({
        "hits": interval.hits, "of": interval.of, "share": interval.share(),
        "low": interval.low, "high": interval.high,
    })
}

fn is_wrong(one: &Judged) -> bool {
    match &one.found {
        Found::Class(class) => *class != one.class,
        Found::Refused => one.class != "unknown_other",
        Found::Unread(_) => true,
    }
}

fn said(found: &Found) -> &str {
    match found {
        Found::Class(class) => class,
        Found::Refused => "unsicher / refused",
        Found::Unread(why) => why,
    }
}

fn shown(interval: &Interval) -> String {
    interval.share().map_or_else(
        || "–".to_owned(),
        |share| {
            let (low, high) = (interval.low * 100.0, interval.high * 100.0);
            format!("{:.1} % <small>[{low:.0}–{high:.0}]</small>", share * 100.0)
        },
    )
}

fn add(page: &mut String, text: &str) {
    page.push_str(text);
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
