//! Four corners.

/// Corners in the order in which one goes around.
pub(super) type Quad = [[f32; 2]; 4];

/// The sides of four corners: from each to the next.
pub(super) fn sides(corners: &Quad) -> [[[f32; 2]; 2]; 4] {
    std::array::from_fn(|place| [corners[place], corners[(place + 1) % 4]])
}

/// The lengths of the sides.
pub(super) fn lengths(corners: &Quad) -> [f32; 4] {
    sides(corners).map(length)
}

/// The length of a side.
pub(super) fn length([from, to]: [[f32; 2]; 2]) -> f32 {
    (to[0] - from[0]).hypot(to[1] - from[1])
}

/// The mean of the corners.
pub(super) fn middle(corners: &Quad) -> [f32; 2] {
    corners.iter().fold([0.0; 2], |sum, [x, y]| [sum[0] + x / 4.0, sum[1] + y / 4.0])
}

/// Corners clockwise as one sees them, from the one nearest to the top left; `None` where they enclose nothing convex. They
/// come in the order in which one goes around, in whichever direction.
pub(super) fn clockwise(mut corners: Quad) -> Option<Quad> {
    let turns: [f32; 4] = std::array::from_fn(|place| {
        let [a, b, c] = [0, 1, 2].map(|step| corners[(place + step) % 4]);
        (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])
    });
    if turns.iter().all(|turn| *turn < 0.0) {
        corners.reverse();
    } else if !turns.iter().all(|turn| *turn > 0.0) {
        return None;
    }
    let first = (0..4).min_by(|a, b| {
        let from_top_left = |place: usize| corners[place][0] + corners[place][1];
        from_top_left(*a).total_cmp(&from_top_left(*b))
    })?;
    corners.rotate_left(first);
    Some(corners)
}

/// The area inside of corners in clockwise order; in the other order, it is negative.
pub(super) fn area(corners: &Quad) -> f32 {
    sides(corners).iter().map(|[a, b]| a[0] * b[1] - b[0] * a[1]).sum::<f32>() / 2.0
}

/// The point a part of the way from one to another.
pub(super) fn between(from: [f32; 2], to: [f32; 2], part: f32) -> [f32; 2] {
    [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])]
}

/// Whether corners of one order lie at most this far from each other.
pub(super) fn alike(one: &Quad, other: &Quad, most: f32) -> bool {
    one.iter().zip(other).all(|([ax, ay], [bx, by])| (ax - bx).powi(2) + (ay - by).powi(2) <= most * most)
}

/// Corners in a picture so many times as large.
pub(super) fn scaled(corners: &Quad, times: f32) -> Quad {
    corners.map(|corner| corner.map(|value| (value + 0.5) * times - 0.5))
}
