//! Where the boxes and arrows of a picture stand; found by our own layers ([`super::layered`]) or by Graphviz.

/// A place, in pixels from the left and from the top.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// A box.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    /// Its left edge.
    pub x: f64,
    /// Its top edge.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Rect {
    /// Whether it shares an area with `other`.
    pub fn meets(&self, other: &Rect) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }

    /// The least box around it and `other`.
    pub fn around(&self, other: &Rect) -> Rect {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let bottom = (self.y + self.height).max(other.y + other.height);
        Rect {
            x,
            y,
            width: right - x,
            height: bottom - y,
        }
    }

    /// The box with `margin` more on each side.
    pub fn grown(&self, margin: f64) -> Rect {
        Rect {
            x: self.x - margin,
            y: self.y - margin,
            width: self.width + 2.0 * margin,
            height: self.height + 2.0 * margin,
        }
    }
}

/// The way of an arrow, from where it starts to its head.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Curve {
    /// A start, and three points for each cubic Bézier segment.
    pub points: Vec<Point>,
    /// Where its label stands.
    pub label: Rect,
}

/// A picture, placed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    /// For each box of the picture its place.
    pub nodes: Vec<Rect>,
    /// For each arrow of the picture its way.
    pub curves: Vec<Curve>,
}

impl Layout {
    /// The least box around all of it.
    pub fn bounds(&self) -> Rect {
        let points = self.curves.iter().flat_map(|curve| &curve.points);
        let points = points.map(|point| Rect {
            x: point.x,
            y: point.y,
            ..Rect::default()
        });
        let labels = self.curves.iter().map(|curve| curve.label);
        let all = self.nodes.iter().copied().chain(points).chain(labels);
        all.reduce(|one, other| one.around(&other))
            .unwrap_or_default()
    }
}
