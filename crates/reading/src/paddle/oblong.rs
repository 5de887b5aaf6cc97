//! Rectangles that lean as the line of text does that they hold.

use hayro::kurbo::{Point, Vec2};

/// A rectangle around one line of text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Oblong {
    pub(super) centre: Point,
    /// Of length 1, from where the line begins to where it ends.
    pub(super) along: Vec2,
    /// Extent in the direction of `along`.
    pub(super) length: f64,
    /// Extent across it.
    pub(super) height: f64,
}

impl Oblong {
    /// The smallest rectangle around the points, along its longer side. None around fewer than three.
    pub(super) fn smallest(hull: &[Point]) -> Option<Self> {
        let edges = hull.iter().zip(hull.iter().cycle().skip(1));
        let around = edges.filter_map(|(from, to)| Self::around(hull, *to - *from));
        let smallest =
            around.min_by(|a, b| (a.length * a.height).total_cmp(&(b.length * b.height)));
        smallest
            .filter(|_| hull.len() > 2)
            .map(|found| if found.length >= found.height { found } else { found.quarter() })
    }

    /// The rectangle around the points whose lines run in this direction. None without a direction.
    pub(super) fn around(points: &[Point], direction: Vec2) -> Option<Self> {
        let size = direction.hypot();
        if size < 1e-9 || points.is_empty() {
            return None;
        }
        let along = direction / size;
        let down = Vec2::new(-along.y, along.x);
        let span = |axis: Vec2| {
            points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), point| {
                let place = point.to_vec2().dot(axis);
                (least.min(place), most.max(place))
            })
        };
        let ((left, right), (top, bottom)) = (span(along), span(down));
        let centre = along * (left + right) / 2.0 + down * (top + bottom) / 2.0;
        let (length, height) = (right - left, bottom - top);
        Some(Self { centre: centre.to_point(), along, length, height })
    }

    /// The same rectangle, its lines running a quarter on.
    pub(super) fn quarter(self) -> Self {
        let along = Vec2::new(-self.along.y, self.along.x);
        Self { along, length: self.height, height: self.length, ..self }
    }

    /// The same rectangle, read from the other end.
    pub(super) fn reversed(self) -> Self {
        Self { along: -self.along, ..self }
    }

    /// Wider on all sides by this share of its area over its outline: networks mark the heart of a
    /// line only.
    pub(super) fn widened(self, share: f64) -> Self {
        let around = 2.0 * (self.length + self.height);
        let by = self.length * self.height * share / around.max(1e-9);
        Self { length: self.length + 2.0 * by, height: self.height + 2.0 * by, ..self }
    }

    /// On an image that is larger by these factors.
    pub(super) fn scaled(self, x: f64, y: f64) -> Self {
        let stretch = |vector: Vec2| Vec2::new(vector.x * x, vector.y * y);
        let along = stretch(self.along);
        let across = stretch(Vec2::new(-self.along.y, self.along.x));
        let grown = along.hypot();
        Self {
            centre: stretch(self.centre.to_vec2()).to_point(),
            along: along / grown.max(1e-9),
            length: self.length * grown,
            height: self.height * across.hypot(),
        }
    }

    /// The point at these shares of the length and the height, from the top left of the line.
    pub(super) fn at(&self, along: f64, down: f64) -> Point {
        let across = Vec2::new(-self.along.y, self.along.x);
        self.centre
            + self.along * (self.length * (along - 0.5))
            + across * (self.height * (down - 0.5))
    }

    /// Which way the line runs, in radians, clockwise from a line that runs to the right.
    pub(super) fn angle(&self) -> f64 {
        self.along.atan2()
    }
}

/// The corners of the convex area around the points, one after the other.
pub(super) fn hull(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    points.dedup();
    let mut corners = half(points.iter().copied());
    let back = half(points.iter().rev().copied());
    corners.pop();
    corners.extend(back);
    corners.pop();
    corners
}

fn half(points: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut corners: Vec<Point> = Vec::new();
    for point in points {
        while let [.., one, two] = corners.as_slice()
            && (*two - *one).cross(point - *two) <= 0.0
        {
            corners.pop();
        }
        corners.push(point);
    }
    corners
}

#[cfg(test)]
mod tests;
