//! What several passes have read at one place is one line.

use super::Line;
use super::line::MIN_CONFIDENCE;

/// The part of the smaller of two lines that lies on the other, from which they are one.
const MIN_OVERLAP: f32 = 0.6;

/// Lines whose middles are less apart than this part of their height stand in one row.
const ROW: f32 = 0.5;

/// The lines of all passes, each once, in reading order, and for each pass the place there of each of its lines.
pub(super) fn merged(passes: &[Vec<Line>]) -> (Vec<Line>, Vec<Vec<Option<usize>>>) {
    let mut groups: Vec<(Line, Vec<(usize, usize)>)> = Vec::new();
    for (pass, lines) in passes.iter().enumerate() {
        for (place, line) in lines.iter().enumerate() {
            if line.confidence < MIN_CONFIDENCE || letters(line) < 2 {
                continue;
            }
            match groups.iter_mut().find(|(known, _)| overlap(known, line) >= MIN_OVERLAP) {
                Some((known, members)) => {
                    members.push((pass, place));
                    if weight(line) > weight(known) {
                        *known = line.clone();
                    }
                }
                None => groups.push((line.clone(), vec![(pass, place)])),
            }
        }
    }
    in_reading_order(&mut groups);
    let mut places: Vec<Vec<Option<usize>>> = passes.iter().map(|lines| vec![None; lines.len()]).collect();
    for (number, (_, members)) in groups.iter().enumerate() {
        for (pass, place) in members {
            places[*pass][*place] = Some(number);
        }
    }
    (groups.into_iter().map(|(line, _)| line).collect(), places)
}

fn letters(line: &Line) -> usize {
    line.text.chars().filter(|letter| letter.is_alphanumeric()).count()
}

/// Of two readings of one line, the surer one counts, and the longer.
fn weight(line: &Line) -> f32 {
    line.confidence * (letters(line) as f32).sqrt()
}

/// The part of the smaller line's bounds that lies within the other's.
fn overlap(a: &Line, b: &Line) -> f32 {
    let ([al, at, ar, ab], [bl, bt, br, bb]) = (a.bounds(), b.bounds());
    let shared = (ar.min(br) - al.max(bl)).max(0.0) * (ab.min(bb) - at.max(bt)).max(0.0);
    let smaller = ((ar - al) * (ab - at)).min((br - bl) * (bb - bt));
    if smaller > 0.0 { shared / smaller } else { 0.0 }
}

/// Rows from the top, each from the left.
fn in_reading_order(groups: &mut [(Line, Vec<(usize, usize)>)]) {
    let middle = |line: &Line| line.corners.iter().map(|corner| corner[1]).sum::<f32>() / 4.0;
    groups.sort_by(|(a, _), (b, _)| middle(a).total_cmp(&middle(b)));
    let mut start = 0;
    while start < groups.len() {
        let (first, _) = &groups[start];
        let reach = middle(first) + ROW * first.height();
        let mut end = start + 1;
        while end < groups.len() && middle(&groups[end].0) <= reach {
            end += 1;
        }
        groups[start..end].sort_by(|(a, _), (b, _)| a.bounds()[0].total_cmp(&b.bounds()[0]));
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(text: &str, confidence: f32, [left, top, right, bottom]: [f32; 4]) -> Line {
        Line {
            text: text.into(),
            confidence,
            corners: [[left, top], [right, top], [right, bottom], [left, bottom]],
        }
    }

    #[test]
    fn two_passes_over_one_line_give_it_once_as_it_was_read_best() {
        let first = vec![line("MILE5", 0.7, [0.1, 0.1, 0.5, 0.2]), line("BLUE", 0.9, [0.1, 0.6, 0.5, 0.7])];
        let second = vec![line("MILES", 0.95, [0.11, 0.1, 0.52, 0.21])];
        let (lines, places) = merged(&[first, second]);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["MILES", "BLUE"]);
        assert_eq!(places, [vec![Some(0), Some(1)], vec![Some(0)]]);
    }

    #[test]
    fn a_row_is_read_from_the_left_though_it_hangs_a_little() {
        let (lines, _) = merged(&[vec![
            line("DAVIS", 0.9, [0.5, 0.10, 0.9, 0.20]),
            line("MILES", 0.9, [0.1, 0.12, 0.45, 0.22]),
            line("KIND", 0.9, [0.1, 0.4, 0.3, 0.5]),
        ]]);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["MILES", "DAVIS", "KIND"]);
    }

    proptest! {
        #[test]
        fn each_line_that_is_told_is_one_that_was_read(
            boxes in prop::collection::vec((0.0_f32..0.8, 0.0_f32..0.9, 0.02_f32..0.3, 0.02_f32..0.1, 0.0_f32..1.0), 0..12)
        ) {
            let pass: Vec<Line> = boxes
                .iter()
                .enumerate()
                .map(|(place, (x, y, w, h, sure))| line(&format!("line{place}"), *sure, [*x, *y, x + w, y + h]))
                .collect();
            let (lines, places) = merged(std::slice::from_ref(&pass));
            prop_assert!(lines.iter().all(|line| pass.contains(line)));
            for (line, place) in pass.iter().zip(&places[0]) {
                prop_assert_eq!(place.is_some(), line.confidence >= MIN_CONFIDENCE);
            }
        }
    }
}
