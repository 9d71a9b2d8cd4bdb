//! Probabilities for people to read, on a console.

/// In per cent.
#[must_use]
pub fn per_cent(probability: f32) -> String {
    format!("{:.0} %", 100.0 * probability)
}

/// A bar of so many letters: the part of it that is full, and the rest.
///
/// ```
/// assert_eq!(sleevesight::chart::bar(0.26, 8), ("██".to_owned(), "░░░░░░".to_owned()));
/// ```
#[must_use]
pub fn bar(part: f32, letters: usize) -> (String, String) {
    let full = (part * letters as f32).round().clamp(0.0, letters as f32) as usize;
    ("█".repeat(full), "░".repeat(letters - full))
}
