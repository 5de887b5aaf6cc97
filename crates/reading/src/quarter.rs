//! Quarter turns: a page that lies on its side or its head is turned upright, and the boxes of its
//! words are turned back to where they stood.

use crate::paper::Rect;
use crate::picture::Gray;

/// By how much an image is turned clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quarter {
    One,
    Two,
    Three,
}

impl Quarter {
    /// None for no turn and for what is no quarter.
    pub(crate) fn from_degrees(degrees: u32) -> Option<Self> {
        match degrees {
            90 => Some(Self::One),
            180 => Some(Self::Two),
            270 => Some(Self::Three),
            _ => None,
        }
    }

    /// The image turned clockwise.
    pub(crate) fn turn(self, gray: &Gray) -> Gray {
        let width = usize::try_from(gray.width).unwrap_or(1).max(1);
        let half = |mut gray: Gray| {
            gray.pixels.reverse();
            gray
        };
        let one = || {
            let column = |x: usize| gray.pixels.iter().skip(x).step_by(width).rev().copied();
            let pixels = (0..width).flat_map(column).collect();
            Gray { width: gray.height, height: gray.width, pixels }
        };
        match self {
            Self::One => one(),
            Self::Two => half(gray.clone()),
            Self::Three => half(one()),
        }
    }

    /// Where a box of the turned image stood on the page of this size before it was turned.
    pub(crate) fn turn_back(self, rect: Rect, (width, height): (f32, f32)) -> Rect {
        let Rect { left, top, width: wide, height: high } = rect;
        let (right, bottom) = (left + wide, top + high);
        match self {
            Self::One => Rect { left: top, top: height - right, width: high, height: wide },
            Self::Two => Rect { left: width - right, top: height - bottom, ..rect },
            Self::Three => Rect { left: width - bottom, top: left, width: high, height: wide },
        }
    }
}

#[cfg(test)]
mod tests;
