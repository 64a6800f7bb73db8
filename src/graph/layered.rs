//! Our own layout: boxes in layers from top to bottom, after Sugiyama, Tagawa and Toda (1981).
//!
//! Four steps: arrows to an earlier box are turned round for a while; each box gets the layer of the longest way to it;
//! the order in each layer is swept by barycentres until it crosses least; the places are the least squares that keep
//! the order. Each arrow has a point in every layer that it passes, and its label has a layer of its own between two
//! layers of boxes. Costs, for n points in a layer, O(n²) in each of a fixed number of sweeps.

use super::layout::{Curve, Layout, Point, Rect};
use super::measure::{link_size, node_size};
use super::picture::{Picture, Shape};

const SWEEPS: usize = 24;
const PLACINGS: usize = 40;
/// The distance between neighbours in a layer, and between a layer and the next.
const NODE_GAP: f64 = 34.0;
const LAYER_GAP: f64 = 22.0;
/// What is more below a layer of boxes: the name of the ground that they stand on.
const GROUND_GAP: f64 = 12.0;
/// The room that an arrow takes where it passes a layer.
const BEND: f64 = 12.0;
/// The distance of a label from its arrow.
const LABEL_GAP: f64 = 5.0;

/// What stands in a layer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Node(usize),
    Label(usize),
    Bend,
}

struct Item {
    what: What,
    width: f64,
    height: f64,
    /// Its middle; of a label and a bend, where the arrow passes.
    x: f64,
    /// Its neighbours in the layer above and below, with the weight of what ties them.
    above: Vec<(usize, f64)>,
    below: Vec<(usize, f64)>,
}

struct Layers {
    items: Vec<Item>,
    /// The items of each layer, from left to right.
    layers: Vec<Vec<usize>>,
    /// For each arrow the items that it passes, from top to bottom.
    chains: Vec<Vec<usize>>,
}

/// Places `picture`.
pub fn layered(picture: &Picture) -> Layout {
    let mut layers = Layers::of(picture);
    layers.untangle();
    layers.place();
    layers.drawn(picture)
}

/// The layer of each box: the length of the longest way to it over arrows that lead to a later box. A box that only
/// starts arrows stands right above the first that they lead to; one without any, behind all.
fn ranks(picture: &Picture) -> Vec<usize> {
    let count = picture.nodes.len();
    let mut ranks = vec![0_usize; count];
    let forward = |at: usize| {
        let links = picture.links.iter();
        links
            .map(|link| (link.from.min(link.to), link.from.max(link.to)))
            .filter(move |&(from, _)| from == at)
    };
    for at in 0..count {
        for (_, to) in forward(at) {
            ranks[to] = ranks[to].max(ranks[at] + 1);
        }
    }
    for at in (0..count).rev() {
        let has_above = picture
            .links
            .iter()
            .any(|link| link.from.max(link.to) == at);
        if !has_above && let Some(next) = forward(at).map(|(_, to)| ranks[to]).min() {
            ranks[at] = next.saturating_sub(1);
        }
    }
    last_stands_last(picture, &mut ranks);
    ranks
}

/// What no arrow ties to the first box, such as the end of every session, stands below all that is.
fn last_stands_last(picture: &Picture, ranks: &mut [usize]) {
    let mut is_tied = vec![false; picture.nodes.len()];
    if let Some(first) = is_tied.first_mut() {
        *first = true;
    }
    while let Some(link) = picture
        .links
        .iter()
        .find(|link| is_tied[link.from] != is_tied[link.to])
    {
        is_tied[link.from] = true;
        is_tied[link.to] = true;
    }
    let tied = ranks.iter().zip(&is_tied).filter(|(_, is_tied)| **is_tied);
    let below = tied.map(|(rank, _)| rank + 1).max().unwrap_or(0);
    for (rank, _) in ranks.iter_mut().zip(is_tied).filter(|(_, tied)| !tied) {
        *rank += below;
    }
}

impl Layers {
    fn of(picture: &Picture) -> Self {
        let ranks = ranks(picture);
        let mut found = Layers {
            items: Vec::new(),
            layers: vec![Vec::new(); ranks.iter().max().map_or(0, |last| 2 * last + 1)],
            chains: Vec::new(),
        };
        for (index, node) in picture.nodes.iter().enumerate() {
            found.add(2 * ranks[index], What::Node(index), node_size(node));
        }
        for (index, link) in picture.links.iter().enumerate() {
            let (top, bottom) = (link.from.min(link.to), link.from.max(link.to));
            let label_layer = 2 * ranks[top].midpoint(ranks[bottom] - 1) + 1;
            let mut chain = vec![top];
            for layer in 2 * ranks[top] + 1..2 * ranks[bottom] {
                let size = link_size(link);
                chain.push(if layer == label_layer {
                    found.add(layer, What::Label(index), size)
                } else {
                    found.add(layer, What::Bend, (BEND, 0.0))
                });
            }
            chain.push(bottom);
            found.tie(&chain);
            found.chains.push(chain);
        }
        found
    }

    fn add(&mut self, layer: usize, what: What, (width, height): (f64, f64)) -> usize {
        self.items.push(Item {
            what,
            width,
            height,
            x: 0.0,
            above: Vec::new(),
            below: Vec::new(),
        });
        self.layers[layer].push(self.items.len() - 1);
        self.items.len() - 1
    }

    /// Ties neighbours in a chain; the straighter they should stand, the more.
    fn tie(&mut self, chain: &[usize]) {
        for pair in chain.windows(2) {
            let is_node = |item: usize| matches!(self.items[item].what, What::Node(_));
            let weight = match (is_node(pair[0]), is_node(pair[1])) {
                (false, false) => 6.0,
                _ => 1.0,
            };
            self.items[pair[0]].below.push((pair[1], weight));
            self.items[pair[1]].above.push((pair[0], weight));
        }
    }

    /// Orders the layers so that arrows cross little; keeps the best order seen.
    fn untangle(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for sweep in 0..SWEEPS {
            let down = sweep % 2 == 0;
            let count = self.layers.len();
            for step in 1..count {
                let layer = if down { step } else { count - 1 - step };
                self.sort(layer, down);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    /// Sorts a layer by the mean place of each item's neighbours; what has none stays where it is.
    fn sort(&mut self, layer: usize, down: bool) {
        let places = self.places();
        let own = |index: usize| places[index];
        let key = |index: usize| {
            let item = &self.items[index];
            let ties = if down { &item.above } else { &item.below };
            if ties.is_empty() {
                return own(index);
            }
            let sum: f64 = ties.iter().map(|&(other, _)| places[other]).sum();
            sum / ties.len() as f64
        };
        let mut keyed: Vec<(f64, usize)> = self.layers[layer]
            .iter()
            .map(|&index| (key(index), index))
            .collect();
        keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
        self.layers[layer] = keyed.into_iter().map(|(_, index)| index).collect();
    }

    /// The place of each item in its layer, from 0 to 1.
    fn places(&self) -> Vec<f64> {
        let mut places = vec![0.0; self.items.len()];
        for layer in &self.layers {
            for (place, &item) in layer.iter().enumerate() {
                places[item] = (place as f64 + 0.5) / layer.len() as f64;
            }
        }
        places
    }

    fn crossings(&self) -> usize {
        let places = self.places();
        let mut count = 0;
        for layer in &self.layers {
            let ends = layer.iter().flat_map(|&item| {
                let below = self.items[item].below.iter();
                below.map(move |&(other, _)| (item, other))
            });
            let ends: Vec<(f64, f64)> = ends.map(|(from, to)| (places[from], places[to])).collect();
            for (index, one) in ends.iter().enumerate() {
                let crosses = |other: &&(f64, f64)| (one.0 - other.0) * (one.1 - other.1) < 0.0;
                count += ends[..index].iter().filter(crosses).count();
            }
        }
        count
    }

    /// Gives each item the place that is nearest to its neighbours, layer by layer, to and fro.
    fn place(&mut self) {
        for layer in 0..self.layers.len() {
            self.settle(layer, |_| (0.0, 1.0));
        }
        for round in 0..PLACINGS {
            let count = self.layers.len();
            for step in 0..count {
                let layer = if round % 2 == 0 {
                    step
                } else {
                    count - 1 - step
                };
                let wanted: Vec<(f64, f64)> = self
                    .items
                    .iter()
                    .map(|item| {
                        let ties = item.above.iter().chain(&item.below);
                        let (sum, weight) =
                            ties.fold((0.0, 0.0), |(sum, weight), &(other, tie)| {
                                (sum + tie * self.items[other].x, weight + tie)
                            });
                        if weight > 0.0 {
                            (sum / weight, weight)
                        } else {
                            (item.x, 1.0)
                        }
                    })
                    .collect();
                self.settle(layer, |item| wanted[item]);
            }
        }
    }

    /// Puts the items of a layer as near to where they want to be as their widths let them: least squares under an
    /// order, by pooling those that push each other (Ayer et al. 1955).
    fn settle(&mut self, layer: usize, wanted: impl Fn(usize) -> (f64, f64)) {
        let order = &self.layers[layer];
        let mut offsets = Vec::with_capacity(order.len());
        let mut offset = 0.0;
        for (place, &item) in order.iter().enumerate() {
            if let Some(&before) = place.checked_sub(1).and_then(|before| order.get(before)) {
                offset += self.right_of(before) + self.gap(before, item) + self.left_of(item);
            }
            offsets.push(offset);
        }
        // Each pool: what it wants, its weight, how many are in it.
        let mut pools: Vec<(f64, f64, usize)> = Vec::new();
        for (place, &item) in order.iter().enumerate() {
            let (x, weight) = wanted(item);
            let mut pool = (x - offsets[place], weight, 1);
            while let Some(before) = pools.pop_if(|before| before.0 >= pool.0) {
                let weight = before.1 + pool.1;
                let mean = (before.0 * before.1 + pool.0 * pool.1) / weight;
                pool = (mean, weight, before.2 + pool.2);
            }
            pools.push(pool);
        }
        let settled = pools
            .iter()
            .flat_map(|&(x, _, count)| std::iter::repeat_n(x, count));
        let settled: Vec<f64> = settled.zip(offsets).map(|(x, offset)| x + offset).collect();
        for (x, item) in settled.into_iter().zip(self.layers[layer].clone()) {
            self.items[item].x = x;
        }
    }

    fn left_of(&self, item: usize) -> f64 {
        match self.items[item].what {
            What::Label(_) => BEND / 2.0,
            What::Node(_) | What::Bend => self.items[item].width / 2.0,
        }
    }

    fn right_of(&self, item: usize) -> f64 {
        match self.items[item].what {
            What::Label(_) => self.items[item].width + LABEL_GAP,
            What::Node(_) | What::Bend => self.items[item].width / 2.0,
        }
    }

    fn gap(&self, one: usize, other: usize) -> f64 {
        match (self.items[one].what, self.items[other].what) {
            (What::Node(_), What::Node(_)) => NODE_GAP,
            (What::Node(_), _) | (_, What::Node(_)) => NODE_GAP * 0.6,
            _ => BEND,
        }
    }

    /// The top of each layer and its height.
    fn bands(&self) -> Vec<(f64, f64)> {
        let mut top = 0.0;
        let heights = self.layers.iter().map(|layer| {
            let heights = layer.iter().map(|&item| self.items[item].height);
            heights.fold(0.0, f64::max)
        });
        let mut bands = Vec::with_capacity(self.layers.len());
        for (layer, height) in heights.enumerate() {
            bands.push((top, height));
            top += height + LAYER_GAP + if layer % 2 == 0 { GROUND_GAP } else { 0.0 };
        }
        bands
    }

    fn drawn(&self, picture: &Picture) -> Layout {
        let bands = self.bands();
        let mut layer_of = vec![0; self.items.len()];
        for (layer, items) in self.layers.iter().enumerate() {
            for &item in items {
                layer_of[item] = layer;
            }
        }
        let rect = |index: usize| {
            let item = &self.items[index];
            let (top, height) = bands[layer_of[index]];
            Rect {
                x: item.x - item.width / 2.0,
                y: top + (height - item.height) / 2.0,
                width: item.width,
                height: item.height,
            }
        };
        let nodes: Vec<Rect> = (0..picture.nodes.len()).map(rect).collect();
        let curves = self.chains.iter().enumerate().map(|(index, chain)| {
            let ends = (
                self.port(index, chain, true),
                self.port(index, chain, false),
            );
            let mut curve = self.curve(chain, &nodes, ends, |item| bands[layer_of[item]]);
            if picture.links[index].from > picture.links[index].to {
                curve.points.reverse();
            }
            let is_dot = |node: usize| picture.nodes[node].shape == Shape::Start;
            debug_assert!(!is_dot(picture.links[index].to));
            curve
        });
        Layout {
            curves: curves.collect(),
            nodes,
        }
    }

    /// Where a chain leaves its upper box, or enters its lower one: the chains of a side stand in the order of where
    /// they lead to.
    fn port(&self, index: usize, chain: &[usize], is_upper: bool) -> f64 {
        let end = |chain: &[usize]| {
            if is_upper {
                chain[0]
            } else {
                chain[chain.len() - 1]
            }
        };
        let next = |chain: &[usize]| {
            if is_upper {
                chain[1]
            } else {
                chain[chain.len() - 2]
            }
        };
        let item = end(chain);
        let mut side: Vec<(f64, usize)> = self
            .chains
            .iter()
            .enumerate()
            .filter(|(_, other)| end(other) == item)
            .map(|(other, chain)| (self.items[next(chain)].x, other))
            .collect();
        side.sort_by(|one, other| one.0.total_cmp(&other.0));
        let place = side.iter().position(|&(_, other)| other == index);
        let place = place.unwrap_or(0) as f64 + 0.5;
        let node = &self.items[item];
        let room = (node.width - 24.0).max(0.0);
        let wanted = node.x + (place / side.len() as f64 - 0.5) * room;
        // One arrow alone goes straight where it can.
        if side.len() == 1 {
            let straight = self.items[next(chain)].x;
            return straight.clamp(node.x - room / 2.0, node.x + room / 2.0);
        }
        wanted
    }

    fn curve(
        &self,
        chain: &[usize],
        nodes: &[Rect],
        (start, end): (f64, f64),
        band: impl Fn(usize) -> (f64, f64),
    ) -> Curve {
        let (top, bottom) = (nodes[chain[0]], nodes[chain[chain.len() - 1]]);
        let mut found = Curve {
            points: vec![Point {
                x: start,
                y: top.y + top.height,
            }],
            label: Rect::default(),
        };
        for &index in &chain[1..chain.len() - 1] {
            let item = &self.items[index];
            let (y, height) = band(index);
            bend_to(&mut found.points, Point { x: item.x, y });
            if height > 0.0 {
                bend_to(
                    &mut found.points,
                    Point {
                        x: item.x,
                        y: y + height,
                    },
                );
            }
            if let What::Label(_) = item.what {
                found.label = Rect {
                    x: item.x + LABEL_GAP,
                    y: y + (height - item.height) / 2.0,
                    width: item.width,
                    height: item.height,
                };
            }
        }
        bend_to(
            &mut found.points,
            Point {
                x: end,
                y: bottom.y,
            },
        );
        found
    }
}

/// Goes on to `to` so that the curve is vertical at both ends.
fn bend_to(points: &mut Vec<Point>, to: Point) {
    if let Some(&from) = points.last() {
        let middle = f64::midpoint(from.y, to.y);
        points.push(Point {
            x: from.x,
            y: middle,
        });
        points.push(Point { x: to.x, y: middle });
        points.push(to);
    }
}
