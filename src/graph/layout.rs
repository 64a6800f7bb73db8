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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::focus::focus;
    use crate::graph::layered::layered;
    use crate::graph::overview::overview;
    use crate::graph::part::{around, of_phase};
    use ftproof_model::{Phase, StateGraph};

    /// Whatever is drawn, no box covers a box, and no label covers a box or a label.
    #[test]
    fn nothing_stands_on_anything_else() {
        let machine = crate::verify::machine();
        let graph = StateGraph::explore(&machine);
        let mut pictures = vec![overview(&graph, None), around(&graph, "PASV", None)];
        pictures.extend(Phase::ALL.map(|phase| of_phase(&graph, phase, None)));
        let states = graph.graph().node_weights().step_by(50);
        pictures.extend(states.map(|state| focus(&graph, *state, None)));
        for picture in pictures {
            let mut layout = layered(&picture);
            assert_eq!(covered(&layout), None, "{}", picture.title);
            // What the check is for: a box put on another.
            if let [first, .., last] = layout.nodes.as_mut_slice() {
                *last = Rect {
                    x: first.x + 1.0,
                    y: first.y + 1.0,
                    ..*last
                };
                assert!(covered(&layout).is_some(), "{}", picture.title);
            }
        }
    }

    /// A box or a label that stands on another.
    fn covered(layout: &Layout) -> Option<Rect> {
        let labels = layout.curves.iter().map(|curve| curve.label);
        let all: Vec<Rect> = layout.nodes.iter().copied().chain(labels).collect();
        let covers =
            |&(index, one): &(usize, &Rect)| all[..index].iter().any(|other| other.meets(one));
        all.iter().enumerate().find(covers).map(|(_, one)| *one)
    }

    /// Arrows end at the boxes that they name, and lead down where they lead to a later one.
    #[test]
    fn every_arrow_goes_from_its_box_to_its_box() {
        let machine = crate::verify::machine();
        let picture = overview(&StateGraph::explore(&machine), None);
        let layout = layered(&picture);
        for (link, curve) in picture.links.iter().zip(&layout.curves) {
            let (from, to) = (&layout.nodes[link.from], &layout.nodes[link.to]);
            let first = curve.points.first().expect("it has points");
            let last = curve.points.last().expect("it has points");
            let touches = |place: &Rect, point: &Point| {
                place.grown(0.1).meets(&Rect {
                    x: point.x,
                    y: point.y,
                    width: 0.1,
                    height: 0.1,
                })
            };
            assert!(touches(from, first), "{}", link.tooltip);
            assert!(touches(to, last), "{}", link.tooltip);
            assert_eq!(link.from < link.to, first.y < last.y, "{}", link.tooltip);
        }
    }
}
