//! PDF: the text layer where it is visible and sound, else the page as an image for recognition.

use crate::error::{FileError, Reason};
use crate::layout;
use crate::limits::Work;
use crate::paper::{Format, Page, Paper, Rect, TextSource};
use crate::picture::{self, Gray};
use device::Collector;
use form::{Filled, Form};
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_interpret::{
    Context, InterpreterCache, InterpreterSettings, RenderContent, interpret_page,
};
use hayro::hayro_syntax::page::Page as PdfPage;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro::kurbo::{self, Point};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

mod actual;
mod device;
pub(crate) mod form;
mod weight;

/// Fewer visible letters than this beside a large image make a scan with a stamp, not a text page.
const LETTERS_MIN: usize = 80;
/// Share of the page that images must cover to make a scan.
const SCAN_SHARE: f64 = 0.3;
/// Share of letters without a Unicode value from which the text layer is of no use.
const UNMAPPED_SHARE: f64 = 0.2;
/// Pixels that a rendered page has at most; larger pages are rendered coarser.
const RENDERED_PIXELS_MAX: f64 = 24_000_000.0;

/// Reads one PDF. The empty user password, which only restricts printing, is tried.
pub(crate) fn read(bytes: Vec<u8>, work: &Work<'_>) -> Result<Paper, FileError> {
    let pdf = Pdf::new(bytes).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => {
            FileError::new(Reason::Encrypted, "PDF under a password")
        }
        LoadPdfError::Decryption(_) => FileError::new(Reason::Encrypted, "PDF encryption"),
        LoadPdfError::Invalid => FileError::new(Reason::Unreadable, "no PDF structure"),
    })?;
    let pages = pdf.pages();
    work.check_pages(pages.len())?;
    if pages.is_empty() {
        return Err(FileError::new(Reason::Unreadable, "a PDF without pages"));
    }
    weight::check(&pdf, work)?;
    let cache = InterpreterCache::new();
    let renderer = RenderCache::new();
    let mut paper = Paper { pages: Vec::new(), format: Format::Pdf, truncated: false };
    let mut unread = 0_usize;
    let mut form = Form::of(&pdf);
    for (page, number) in pages.iter().zip(1_u32..) {
        work.check_time()?;
        let (collected, filled) = collect(page, &cache, form.as_mut());
        if !needs_recognition(&collected, page) {
            let mut page = digital(page, number, collected);
            form::mark(&mut page, &filled);
            paper.pages.push(page);
            continue;
        }
        if !work.limits.can_recognise() {
            unread += 1;
            // What little text there is, is better than none; the quality says how little.
            let sparse = digital(page, number, collected);
            paper.pages.push(Page { quality: 0.0, ..sparse });
            continue;
        }
        let mut page = recognise(page, number, &renderer, work)?;
        form::append(&mut page, &filled);
        paper.pages.push(page);
    }
    if unread == paper.pages.len() {
        return Err(FileError::new(Reason::NoOcr, "a scanned PDF"));
    }
    paper.truncated = unread > 0;
    cut(&mut paper, work);
    Ok(paper)
}

/// What a page shows, and where the values of its form fields are.
fn collect<'a>(
    page: &'a PdfPage<'a>,
    cache: &InterpreterCache<'a>,
    form: Option<&mut Form>,
) -> (Collector, Vec<Filled>) {
    let (width, height) = page.render_dimensions();
    let mut collector =
        Collector::new(kurbo::Rect::new(0.0, 0.0, f64::from(width), f64::from(height)));
    let Some(form) = form.filter(|_| page.raw().contains_key("Annots")) else {
        interpret(page, cache, &mut collector, RenderContent::all());
        collector.printed = collector.glyphs.len();
        return (collector, Vec::new());
    };
    interpret(page, cache, &mut collector, RenderContent::PAGE);
    collector.printed = collector.glyphs.len();
    interpret(page, cache, &mut collector, RenderContent::ANNOTATIONS);
    let filled = form.fill(page, &mut collector);
    (collector, filled)
}

fn interpret<'a>(
    page: &'a PdfPage<'a>,
    cache: &InterpreterCache<'a>,
    collector: &mut Collector,
    render_content: RenderContent,
) {
    let mut context = Context::new(
        page.initial_transform(true).to_kurbo(),
        collector.page,
        cache,
        page.xref(),
        InterpreterSettings { render_content, ..InterpreterSettings::default() },
    );
    interpret_page(page, &mut context, collector);
    collector.marked.close();
}

fn needs_recognition(collected: &Collector, page: &PdfPage<'_>) -> bool {
    let letters = collected.glyphs.iter().filter(|glyph| !glyph.letter.is_whitespace()).count();
    if letters == 0 {
        return collected.drawn > 0;
    }
    if share(collected.unmapped, letters) > UNMAPPED_SHARE {
        return true;
    }
    let (width, height) = page.render_dimensions();
    let covered = collected.image_area / f64::from(width * height).max(1.0);
    // Values typed into a scanned form do not make its print readable.
    let printed = collected.glyphs.iter().take(collected.printed);
    printed.filter(|glyph| !glyph.letter.is_whitespace()).count() < LETTERS_MIN
        && covered > SCAN_SHARE
}

fn digital(page: &PdfPage<'_>, number: u32, collected: Collector) -> Page {
    let (width, height) = page.render_dimensions();
    let unmapped = share(collected.unmapped, collected.glyphs.len());
    let (text, mut words) = layout::order(collected.glyphs);
    for word in &mut words {
        let Rect { left, top, width, height } = word.rect;
        let place = Point::new(f64::from(left + width / 2.0), f64::from(top + height / 2.0));
        if collected.disputed.iter().any(|area| area.contains(place)) {
            word.confidence = word.confidence.min(form::DISPUTED);
        }
    }
    Page {
        number,
        width,
        height,
        text,
        words,
        source: TextSource::Digital,
        quality: layout::narrow(1.0 - unmapped),
        masks: Vec::new(),
    }
}

fn recognise<'a>(
    page: &'a PdfPage<'a>,
    number: u32,
    renderer: &RenderCache<'a>,
    work: &Work<'_>,
) -> Result<Page, FileError> {
    let (width, height) = page.render_dimensions();
    let scale = scale(width, height, work.limits.dpi);
    let pixmap = hayro::render(
        page,
        renderer,
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE },
    );
    let (columns, rows) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
    let pixels = pixmap.data_as_u8_slice().as_chunks::<4>().0.iter();
    let gray =
        Gray::new(columns, rows, pixels.map(|&[r, g, b, _]| picture::luma(r, g, b)).collect());
    let Some(gray) = gray.filter(|gray| gray.width > 0 && gray.height > 0) else {
        return Err(FileError::new(Reason::Unreadable, "a page without area"));
    };
    picture::recognise(gray, number, 1.0 / scale, work)
}

/// Pixels per point, coarser for posters and plans.
fn scale(width: f32, height: f32, dpi: u16) -> f32 {
    let wanted = f32::from(dpi) / 72.0;
    let area = f64::from(width) * f64::from(height);
    let most = layout::narrow((RENDERED_PIXELS_MAX / area.max(1.0)).sqrt());
    // The renderer counts pixels in 16 bits.
    let edge = 60_000.0 / width.max(height).max(1.0);
    wanted.min(most).min(edge)
}

/// Cuts the text of all pages to the characters allowed.
fn cut(paper: &mut Paper, work: &Work<'_>) {
    let mut left = usize::try_from(work.limits.characters_max).unwrap_or(usize::MAX);
    for page in &mut paper.pages {
        let count = page.text.chars().count();
        if count > left {
            page.text = page.text.chars().take(left).collect();
            let end = u32::try_from(left).unwrap_or(u32::MAX);
            page.words.retain(|word| word.end <= end);
            paper.truncated = true;
        }
        left = left.saturating_sub(count);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more than 52 bits")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
pub(crate) mod tests;
