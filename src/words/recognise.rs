//! From the recogniser's probabilities to text.
//!
//! Source: Graves et al., "Connectionist Temporal Classification", ICML 2006: the likeliest class at each step, repeats
//! and blanks dropped.

/// The text of `steps x classes` probabilities, and the mean probability of its letters; the first class is blank, each
/// other stands for a letter. Control characters are dropped.
#[must_use]
pub fn decoded(probabilities: &[f32], classes: usize, letters: &[char]) -> (String, f32) {
    let (mut text, mut sum, mut count, mut last) = (String::new(), 0.0, 0_u32, 0);
    for step in probabilities.chunks_exact(classes.max(1)) {
        let (mut class, mut likely) = (0, f32::NEG_INFINITY);
        for (place, probability) in step.iter().enumerate() {
            if *probability > likely {
                (class, likely) = (place, *probability);
            }
        }
        if class != 0 && class != last {
            text.extend(letters.get(class - 1).filter(|letter| !letter.is_control()));
            sum += likely;
            count += 1;
        }
        last = class;
    }
    let confidence = if count == 0 { 0.0 } else { sum / count as f32 };
    (text.trim().to_owned(), if confidence.is_finite() { confidence.clamp(0.0, 1.0) } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Probabilities that say these classes, each with 0.9.
    fn said(classes: &[usize], of: usize) -> Vec<f32> {
        let step = |class: &usize| {
            (0..of).map(|place| if place == *class { 0.9 } else { 0.1 / of as f32 }).collect()
        };
        classes.iter().flat_map(|class| -> Vec<f32> { step(class) }).collect()
    }

    #[test]
    fn repeats_are_one_letter_and_a_blank_parts_two() {
        let letters = ['a', 'b'];
        let (text, confidence) = decoded(&said(&[1, 1, 0, 1, 2, 2], 3), 3, &letters);
        assert_eq!(text, "aab");
        assert!((confidence - 0.9).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn anything_decodes(values in prop::collection::vec(prop::num::f32::ANY, 0..200), classes in 0_usize..20) {
            let (text, confidence) = decoded(&values, classes, &['a', '\u{7}', 'b', ' ', '\u{1b}']);
            prop_assert!(!text.chars().any(char::is_control));
            prop_assert!((0.0..=1.0).contains(&confidence));
        }
    }
}
