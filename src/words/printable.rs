//! Text that is safe to show.

/// A text without control characters, and without those that are invisible and change the direction of what follows:
/// neither a terminal nor a page is to be changed by what stands on a sleeve.
///
/// ```
/// use sleevesight::words::printable;
///
/// assert_eq!(printable("KIND\u{1b}[2J OF\u{202e} BLUE\n"), "KIND[2J OF BLUE");
/// ```
#[must_use]
pub fn printable(text: &str) -> String {
    let is_hidden = |letter: char| matches!(letter, '\u{ad}' | '\u{61c}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    text.chars().filter(|letter| !letter.is_control() && !is_hidden(*letter)).collect()
}
