//! Form fields: their values, where the page shows each.
//!
//! A value is taken from the field tree, since programs that fill forms in often leave the picture of
//! the field (its appearance) empty or old. It stands once in the text: as the appearance shows it where
//! both say the same, else as the field has it. A value that differs from what the page shows keeps only
//! half its confidence. Fields that no page shows are as invisible as other hidden text and stay out, and
//! so do passwords.
//!
//! The same parser reads the fields and interprets the pages, so that no file can show one thing to the
//! one and another to the other.

use super::device::Collector;
use crate::layout::{self, Glyph};
use crate::paper::{Page, Rect, TextSource, Word};
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, Rect as PdfRect};
use hayro::hayro_syntax::page::Page as PdfPage;
use hayro::kurbo::{self, Affine, Point};
use unicode_normalization::UnicodeNormalization;

pub(crate) mod text;

/// Fields of one file that are looked at.
const FIELDS_MAX: usize = 20_000;
/// Fields of one page that are looked at.
const FIELDS_OF_PAGE_MAX: usize = 2_000;
/// A field inside a field, and so on; also ends fields that are their own parents.
const DEPTH_MAX: usize = 32;
/// Chosen entries of one list.
const CHOICES_MAX: usize = 100;
/// Entries of one list that are searched for the words of a choice.
const OPTIONS_MAX: usize = 10_000;
/// How sure a value is that the page does not show so.
pub(super) const DISPUTED: f32 = 0.5;
/// What a ticked box is in text.
const TICKED: char = '☒';
/// Largest letters that values are set in.
const SIZE_MAX: f64 = 12.0;

const HIDDEN: u32 = 1 << 1 | 1 << 5;
const MULTILINE: u32 = 1 << 12;
const PASSWORD: u32 = 1 << 13;
const PUSH_BUTTON: u32 = 1 << 16;
const COMB: u32 = 1 << 24;

/// The form of one file.
pub(super) struct Form {
    /// Programs are told to draw all values anew and so do not show the old appearances.
    redrawn: bool,
    left: usize,
}

/// One field on one page.
struct Widget {
    area: kurbo::Rect,
    value: Value,
    flags: u32,
    has_appearance: bool,
    /// A script writes the shown text from the value, such as 1.234,50 € from 1234.5.
    formatted: bool,
}

enum Value {
    Text(String),
    /// A box or button that is ticked as the field has it, as the page shows it.
    Tick {
        set: bool,
        shown: bool,
    },
}

/// Where a value stands in the text.
pub(super) struct Filled {
    area: kurbo::Rect,
    confidence: f32,
    /// The value, where the appearance does not show it.
    placed: Option<String>,
}

impl Form {
    /// The form of a file, where it has one.
    pub(super) fn of(pdf: &Pdf) -> Option<Self> {
        let xref = pdf.xref();
        let form = xref.get::<Dict<'_>>(xref.root_id())?.get::<Dict<'_>>("AcroForm")?;
        let redrawn = form.get::<bool>("NeedAppearances").unwrap_or(false);
        Some(Self { redrawn, left: FIELDS_MAX })
    }

    /// Puts the values of a page's fields among its glyphs.
    pub(super) fn fill(&mut self, page: &PdfPage<'_>, collected: &mut Collector) -> Vec<Filled> {
        let widgets = self.widgets(page);
        let printed = collected.printed.min(collected.glyphs.len());
        let mut shown = collected.glyphs.split_off(printed);
        let mut filled = Vec::with_capacity(widgets.len());
        for widget in widgets {
            let (own, others): (Vec<Glyph>, Vec<Glyph>) =
                shown.into_iter().partition(|glyph| widget.area.contains(centre(glyph)));
            shown = others;
            let (kept, entry) = self.settle(&widget, own);
            if let Some(value) = &entry.placed {
                let glyphs = lay(&widget, value, collected.glyphs.get(..printed).unwrap_or(&[]));
                collected.glyphs.extend(glyphs);
            }
            collected.glyphs.extend(kept);
            filled.push(entry);
        }
        collected.glyphs.extend(shown);
        filled
    }

    /// Which of both is read, the value or what its appearance shows, and how sure it is.
    fn settle(&self, widget: &Widget, own: Vec<Glyph>) -> (Vec<Glyph>, Filled) {
        let area = widget.area;
        let value = match &widget.value {
            Value::Tick { set: true, shown } => {
                let sure = *shown || self.redrawn || !widget.has_appearance;
                let placed = Some(TICKED.to_string());
                let confidence = if sure { 1.0 } else { DISPUTED };
                return (Vec::new(), Filled { area, confidence, placed });
            }
            Value::Tick { set: false, .. } => {
                return (own, Filled { area, confidence: DISPUTED, placed: None });
            }
            Value::Text(value) => value,
        };
        let seen = squeezed(&layout::order(own.clone()).0);
        let wanted = squeezed(value);
        let same = seen == wanted;
        let redrawn = widget.formatted && same_figures(&wanted, &seen);
        if (same || redrawn) && widget.flags & COMB == 0 {
            return (own, Filled { area, confidence: 1.0, placed: None });
        }
        // A long value is shown as far as its field is wide.
        let part = !seen.is_empty() && wanted.contains(&seen);
        let sure = same || redrawn || part || self.redrawn || !widget.has_appearance;
        let confidence = if sure { 1.0 } else { DISPUTED };
        (Vec::new(), Filled { area, confidence, placed: Some(value.clone()) })
    }

    fn widgets(&mut self, page: &PdfPage<'_>) -> Vec<Widget> {
        let Some(annotations) = page.raw().get::<Array<'_>>("Annots") else { return Vec::new() };
        let transform = page.initial_transform(true).to_kurbo();
        let (width, height) = page.render_dimensions();
        let paper = kurbo::Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let looked_at = self.left.min(FIELDS_OF_PAGE_MAX);
        let widgets: Vec<Widget> = annotations
            .iter::<Dict<'_>>()
            .take(looked_at)
            .filter_map(|annotation| widget(&annotation, transform))
            .filter(|widget| paper.contains(widget.area.center()))
            .collect();
        self.left = self.left.saturating_sub(widgets.len());
        widgets
    }
}

/// Marks the words that are values of fields; a page that has some is one of a form.
pub(super) fn mark(page: &mut Page, filled: &[Filled]) {
    let inside = |word: &Word| {
        let x = f64::from(word.rect.left + word.rect.width / 2.0);
        let y = f64::from(word.rect.top + word.rect.height / 2.0);
        filled.iter().find(|value| value.area.contains(Point::new(x, y)))
    };
    let mut any = false;
    for word in &mut page.words {
        if let Some(value) = inside(word) {
            (word.source, word.confidence) = (TextSource::Form, value.confidence);
            any = true;
        }
    }
    if any && page.source == TextSource::Digital {
        page.source = TextSource::Form;
    }
}

/// Adds the values that a recognised page does not show, each on a line of its own.
pub(super) fn append(page: &mut Page, filled: &[Filled]) {
    let mut end = u32::try_from(page.text.chars().count()).unwrap_or(u32::MAX);
    for value in filled {
        let Some(text) = value.placed.as_deref().filter(|text| !text.starts_with(TICKED)) else {
            continue;
        };
        page.text.push('\n');
        page.text.push_str(text);
        let start = end.saturating_add(1);
        end = start.saturating_add(u32::try_from(text.chars().count()).unwrap_or(u32::MAX));
        let rect = Rect {
            left: layout::narrow(value.area.x0),
            top: layout::narrow(value.area.y0),
            width: layout::narrow(value.area.width()),
            height: layout::narrow(value.area.height()),
        };
        let (source, confidence) = (TextSource::Form, value.confidence);
        page.words.push(Word { start, end, rect, confidence, source });
    }
}

/// The field of an annotation, where it has a value that may be read.
fn widget(annotation: &Dict<'_>, transform: Affine) -> Option<Widget> {
    let is_widget = annotation.get::<Name<'_>>("Subtype").as_deref() == Some(b"Widget");
    let hidden = annotation.get::<u32>("F").unwrap_or(0) & HIDDEN != 0;
    if !is_widget || hidden {
        return None;
    }
    let rect = annotation.get::<PdfRect>("Rect")?;
    let area = transform.transform_rect_bbox(kurbo::Rect::new(rect.x0, rect.y0, rect.x1, rect.y1));
    if !area.is_finite() || area.width() < 1.0 || area.height() < 1.0 {
        return None;
    }
    let chain: Vec<Dict<'_>> =
        std::iter::successors(Some(annotation.clone()), parent).take(DEPTH_MAX).collect();
    let flags = chain.iter().find_map(|field| field.get::<u32>("Ff")).unwrap_or(0);
    let kind = chain.iter().find_map(|field| field.get::<Name<'_>>("FT"))?;
    let stored = chain.iter().find_map(|field| field.get::<Object<'_>>("V"));
    let value = match kind.as_ref() {
        b"Tx" if flags & PASSWORD == 0 => Value::Text(text::of(&stored?)?),
        b"Ch" => Value::Text(choice(&stored?, &chain)?),
        b"Btn" if flags & PUSH_BUTTON == 0 => tick(annotation, stored.as_ref())?,
        _ => return None,
    };
    let actions = chain.iter().find_map(|field| field.get::<Dict<'_>>("AA"));
    Some(Widget {
        area,
        value,
        flags,
        has_appearance: annotation.get::<Dict<'_>>("AP").is_some(),
        formatted: actions.is_some_and(|actions| actions.contains_key("F")),
    })
}

fn parent<'a>(field: &Dict<'a>) -> Option<Dict<'a>> {
    field.get("Parent")
}

/// A box or button that is ticked, or is shown so.
fn tick(annotation: &Dict<'_>, stored: Option<&Object<'_>>) -> Option<Value> {
    let state = |object: Option<&Object<'_>>| match object {
        Some(Object::Name(name)) => Some(name.as_ref().to_vec()),
        Some(Object::String(text)) => Some(text.as_bytes().to_vec()),
        _ => None,
    };
    let stored = state(stored).filter(|state| state != b"Off");
    let current = annotation.get::<Name<'_>>("AS").map(|name| name.as_ref().to_vec());
    let current = current.filter(|state| state != b"Off");
    let pictures = annotation.get::<Dict<'_>>("AP").and_then(|all| all.get::<Dict<'_>>("N"));
    // The state in which this button of several is the chosen one is named by its picture.
    let named = |state: &Vec<u8>| {
        pictures.as_ref().map_or(current.is_none() || current.as_ref() == Some(state), |all| {
            all.contains_key(state)
        })
    };
    let set = stored.as_ref().is_some_and(named);
    let shown = current.is_some();
    (set || shown).then_some(Value::Tick { set, shown })
}

/// The words of what was chosen from a list.
fn choice(stored: &Object<'_>, chain: &[Dict<'_>]) -> Option<String> {
    let chosen: Vec<String> = if let Object::Array(all) = stored {
        all.iter::<Object<'_>>().take(CHOICES_MAX).filter_map(|one| text::of(&one)).collect()
    } else {
        text::of(stored).into_iter().collect()
    };
    let options = chain.iter().find_map(|field| field.get::<Array<'_>>("Opt"));
    let words = chosen.into_iter().map(|chosen| {
        let pairs = options.iter().flat_map(Array::iter::<Array<'_>>).take(OPTIONS_MAX);
        let mut named = pairs.filter_map(|pair| {
            let mut both = pair.iter::<Object<'_>>();
            let stored = text::of(&both.next()?)?;
            (stored == chosen).then(|| text::of(&both.next()?)).flatten()
        });
        let shown = named.next();
        shown.unwrap_or(chosen)
    });
    let text = words.collect::<Vec<_>>().join("\n");
    (!text.is_empty()).then_some(text)
}

/// Letters of a value in its field, so that they are read where they belong.
fn lay(widget: &Widget, value: &str, printed: &[Glyph]) -> Vec<Glyph> {
    let area = widget.area;
    let width = if widget.flags & MULTILINE == 0 { usize::MAX } else { columns(area.width()) };
    let lines = text::lines(value, width);
    let count = |length: usize| f64::from(u32::try_from(length.max(1)).unwrap_or(u32::MAX));
    let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let pitch = (area.height() / count(lines.len())).min(SIZE_MAX * 1.2);
    let size = (pitch * 0.75).min(2.0 * area.width() / (count(longest) + 1.0)).min(SIZE_MAX);
    let first = if lines.len() == 1 {
        beside(area, printed).unwrap_or_else(|| area.center().y + 0.35 * size)
    } else {
        area.y0 + pitch * 0.8
    };
    let mut glyphs = Vec::new();
    for (line, row) in lines.iter().zip(0_u32..) {
        let baseline = first + f64::from(row) * pitch;
        // Blanks around it keep the value apart from the letters beside its field.
        let letters = std::iter::once(' ').chain(line.chars()).chain(std::iter::once(' '));
        let mut left = area.x0;
        for letter in letters.map(|letter| if letter.is_control() { ' ' } else { letter }) {
            let advance = if left > area.x0 || letter != ' ' { size / 2.0 } else { 0.01 };
            let start = Point::new(left, baseline);
            left += advance;
            glyphs.push(Glyph { letter, start, end: Point::new(left, baseline), size });
        }
    }
    glyphs
}

/// Letters of the largest size that a field of this width holds.
fn columns(width: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and a thousand"
    )]
    let letters = (width / (SIZE_MAX * 0.45)).clamp(1.0, 1_000.0) as usize;
    letters
}

/// The baseline of the printed text nearest beside a field of one line.
fn beside(area: kurbo::Rect, printed: &[Glyph]) -> Option<f64> {
    let top = area.y0 + 0.3 * area.height();
    let level = printed.iter().filter(|glyph| (top..=area.y1).contains(&glyph.start.y));
    let distance = |glyph: &Glyph| (area.x0 - glyph.end.x).max(glyph.start.x - area.x1).abs();
    let near = level.filter(|glyph| !glyph.letter.is_whitespace());
    near.min_by(|a, b| distance(a).total_cmp(&distance(b))).map(|glyph| glyph.start.y)
}

fn centre(glyph: &Glyph) -> Point {
    let middle = glyph.start.midpoint(glyph.end);
    let along = glyph.end - glyph.start;
    let length = along.hypot().max(1e-6);
    // The page's vertical axis points down.
    middle + kurbo::Vec2::new(along.y, -along.x) / length * (0.3 * glyph.size)
}

/// Without what setting the text in lines and columns changes.
fn squeezed(text: &str) -> String {
    text.nfkc().filter(|letter| !letter.is_whitespace() && !letter.is_control()).collect()
}

/// Whether every figure of the value stands in what is shown, as often as in the value.
fn same_figures(value: &str, shown: &str) -> bool {
    let count = |text: &str, figure: char| text.chars().filter(|&letter| letter == figure).count();
    let any = value.chars().any(|letter| letter.is_ascii_digit());
    any && ('1'..='9').all(|figure| count(value, figure) == count(shown, figure))
}
