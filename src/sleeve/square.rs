//! Whether four corners can be a square's, seen by a camera.

/// The focal lengths that cameras have, in longer sides of the frame: 80 down to 42 degrees of view.
const FOCAL: [f32; 5] = [0.6, 0.73, 0.88, 1.07, 1.3];

/// How far what four corners enclose is from a square, for the camera that suits it best; `None` where that is `most`
/// or more.
///
/// The root of the squared cosine of the angle between its sides and the squared logarithm of their
/// ratio: 0 for a square, 0.34 for a sheet of A4 seen from the front. The camera is a pinhole that
/// looks at the middle of its frame of `width` by `height` pixels.
///
/// Source: Zhang and He, "Whiteboard Scanning and Image Enhancement", 2007 (aspect ratio of a
/// rectangle in perspective); the homography by Heckbert, "Fundamentals of Texture Mapping", 1989.
pub(super) fn unlike_square(corners: &[[f32; 2]; 4], width: f32, height: f32, most: f32) -> Option<f32> {
    let [p, q, r, s] = corners.map(|[x, y]| [x - (width - 1.0) / 2.0, y - (height - 1.0) / 2.0]);
    let (qr, sr) = ([q[0] - r[0], q[1] - r[1]], [s[0] - r[0], s[1] - r[1]]);
    let sum = [p[0] - q[0] + r[0] - s[0], p[1] - q[1] + r[1] - s[1]];
    let area = qr[0] * sr[1] - sr[0] * qr[1];
    let g = (sum[0] * sr[1] - sr[0] * sum[1]) / area;
    let h = (qr[0] * sum[1] - sum[0] * qr[1]) / area;
    // The directions of the square's own axes before the camera, but for the focal length.
    let across = [q[0] - p[0] + g * q[0], q[1] - p[1] + g * q[1]];
    let down = [s[0] - p[0] + h * s[0], s[1] - p[1] + h * s[1]];
    let dots = across[0] * down[0] + across[1] * down[1];
    let [one, other] = [across, down].map(|[x, y]| x * x + y * y);
    let mut least = most * most;
    for focal in FOCAL {
        let nearer = (focal * width.max(height)).powi(-2);
        let (dot, one, other) = (dots * nearer + g * h, one * nearer + g * g, other * nearer + h * h);
        let squared = one * other;
        // The logarithm takes most of the time: it is asked for where the angle is right. Where three corners lie on
        // a line, these are no numbers.
        if dot * dot < least * squared {
            least = least.min(dot * dot / squared + (0.5 * (one / other).ln()).powi(2));
        }
    }
    (least < most * most).then(|| least.sqrt())
}
