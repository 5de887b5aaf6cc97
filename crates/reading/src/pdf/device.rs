//! Collects the glyphs that a reader of the page would see.
//!
//! Invisible text, text in the colour of its ground and text outside the page stay out: they are a
//! channel for forgers and for instructions to machines.

use super::actual::{self, Settled};
use crate::error::{FileError, Reason};
use crate::layout::{Glyph, script};
use hayro::hayro_interpret::font::{Glyph as PdfGlyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, Paint, SoftMask,
};
use hayro::hayro_syntax::object::Dict;
use hayro::kurbo::{Affine, BezPath, Point, Rect, Shape};

/// What one page draws at most, letters included: a drawing that draws itself in many places has no end
/// that anybody sees.
const STEPS_MAX: u64 = 2_000_000;
/// More letters than any page holds.
const GLYPHS_MAX: usize = 200_000;
/// Grounds remembered for telling light text on dark from text that nobody sees.
const GROUNDS_MAX: usize = 2_000;
/// Difference between letter and ground, of 255, that an eye can still tell.
const CONTRAST_MIN: u8 = 12;
/// Points by which a letter may stand out of what its clip lets through: fonts state widths roughly.
const CLIP_SLACK: f64 = 2.0;
/// Points below which nobody reads.
const SIZE_MIN: f64 = 1.0;

/// What a page draws, as far as it concerns text.
pub(crate) struct Collector {
    pub(crate) glyphs: Vec<Glyph>,
    /// Visible glyphs that have no Unicode value.
    pub(crate) unmapped: usize,
    /// Area under images, within the page.
    pub(crate) image_area: f64,
    /// Paths and images drawn.
    pub(crate) drawn: usize,
    /// Glyphs of the page itself, which come before those of form fields.
    pub(crate) printed: usize,
    pub(crate) page: Rect,
    /// Everything drawn, letters and clips included.
    steps: u64,
    /// What is drawn outside the innermost is not seen.
    clips: Vec<Rect>,
    grounds: Vec<(Rect, Option<[u8; 3]>)>,
    /// Marked content that says what it reads.
    pub(super) marked: actual::Open,
    /// Where such text is another than the page shows.
    pub(super) disputed: Vec<Rect>,
}

impl Collector {
    pub(crate) fn new(page: Rect) -> Self {
        Self {
            glyphs: Vec::new(),
            unmapped: 0,
            image_area: 0.0,
            drawn: 0,
            printed: 0,
            page,
            steps: 0,
            clips: Vec::new(),
            grounds: Vec::new(),
            marked: actual::Open::default(),
            disputed: Vec::new(),
        }
    }

    /// Ends the reading of the file once its page has drawn too much. The interpreter cannot be stopped
    /// otherwise; where the thread ends, the error is taken up again.
    fn step(&mut self) {
        self.steps = self.steps.saturating_add(1);
        if self.steps > STEPS_MAX {
            let error = FileError::passed(Reason::TooLarge, "drawn_max", STEPS_MAX, self.steps);
            std::panic::resume_unwind(Box::new(error));
        }
    }

    /// Whether a letter of this paint can be told from what lies under it.
    fn visible(&self, paint: &Paint<'_>, at: Point) -> bool {
        let Some([red, green, blue, alpha]) = colour(paint) else { return true };
        if alpha < CONTRAST_MIN {
            return false;
        }
        let under = self.grounds.iter().rev().find(|(ground, _)| ground.contains(at));
        match under.map_or(Some([255; 3]), |(_, colour)| *colour) {
            // An image or a pattern: anything may stand out.
            None => true,
            Some(ground) => {
                [red, green, blue].iter().zip(ground).any(|(a, b)| a.abs_diff(b) >= CONTRAST_MIN)
            }
        }
    }

    fn add_ground(&mut self, area: Rect, colour: Option<[u8; 3]>) {
        self.drawn = self.drawn.saturating_add(1);
        if self.grounds.len() < GROUNDS_MAX && area.height() > 2.0 && area.width() > 2.0 {
            self.grounds.push((area, colour));
        }
    }

    fn add_glyph(&mut self, glyph: &PdfGlyph<'_>, transform: Affine, paint: &Paint<'_>) {
        let advance = match glyph {
            PdfGlyph::Outline(outline) => outline.advance_width(),
            PdfGlyph::Type3(drawn) => drawn.advance_width(),
        };
        let start = transform * Point::ZERO;
        let end = transform * Point::new(f64::from(advance.unwrap_or(500.0)), 0.0);
        let up = transform * Point::new(0.0, 1000.0) - start;
        let size = up.hypot();
        let centre = start.midpoint(end) + up * 0.3;
        let sound = start.is_finite() && end.is_finite() && size.is_finite();
        if !sound
            || size < SIZE_MIN
            || !self.clips.last().unwrap_or(&self.page).contains(centre)
            || self.glyphs.len() >= GLYPHS_MAX
            || !self.visible(paint, centre)
        {
            return;
        }
        let letters = match glyph.as_unicode() {
            Some(BfString::Char(letter)) => vec![letter],
            Some(BfString::String(letters)) => letters.chars().collect(),
            None => {
                self.unmapped += 1;
                vec!['\u{fffd}']
            }
        };
        // A ligature's letters share its width, in the direction in which they run.
        let mut letters = letters;
        if letters.iter().all(|letter| script::runs_left(*letter)) {
            letters.reverse();
        }
        self.glyphs.extend(actual::spread(&letters, start, end, size));
    }
}

impl<'a> Device<'a> for Collector {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.step();
        match mode {
            DrawMode::Fill(_) | DrawMode::FillAndStroke(_, _) => {
                let area = (props.transform).transform_rect_bbox(path.bounding_box());
                match colour(&props.paint) {
                    Some([_, _, _, alpha]) if alpha < 128 => self.drawn += 1,
                    Some([red, green, blue, _]) => self.add_ground(area, Some([red, green, blue])),
                    None => self.add_ground(area, None),
                }
            }
            DrawMode::Stroke(_) => self.drawn += 1,
            DrawMode::Invisible => {}
        }
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.step();
        let around = self.clips.last().copied().unwrap_or(self.page);
        let area = clip.path.bounding_box().inset(CLIP_SLACK);
        self.clips.push(around.intersect(area));
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        if matches!(mode, DrawMode::Invisible) {
            return;
        }
        for glyph in run.glyphs() {
            self.step();
            self.add_glyph(glyph, props.transform * glyph.transform(), &props.paint);
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.step();
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        let area = props.transform.transform_rect_bbox(Rect::new(0.0, 0.0, width, height));
        let area = area.intersect(self.page);
        self.image_area += area.area().max(0.0);
        self.add_ground(area, None);
    }

    fn begin_marked_content(&mut self, _tag: &[u8], properties: Option<&Dict<'_>>) {
        self.step();
        self.marked.begin(properties, self.glyphs.len());
    }

    fn end_marked_content(&mut self) {
        let Some((text, first)) = self.marked.end() else { return };
        match actual::settle(&mut self.glyphs, first, &text) {
            Settled::Kept => {}
            Settled::Replaced(lost) => self.unmapped = self.unmapped.saturating_sub(lost),
            Settled::Disputed(area) if self.disputed.len() < actual::DISPUTED_MAX => {
                self.disputed.push(area);
            }
            Settled::Disputed(_) => {}
        }
    }

    fn pop_clip(&mut self) {
        self.clips.pop();
    }

    fn pop_transparency_group(&mut self) {}
}

/// Red, green, blue and opacity of a plain paint.
fn colour(paint: &Paint<'_>) -> Option<[u8; 4]> {
    match paint {
        Paint::Color(colour) => Some(colour.to_rgba().to_rgba8()),
        Paint::Pattern(_) => None,
    }
}
