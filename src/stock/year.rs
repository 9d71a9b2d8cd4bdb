//! The year of a record, as people and programs write it.

/// Years that a record may have.
const YEARS: std::ops::Range<i32> = 1000..10_000;

/// The year in a date: the only four digits in a row, as in `1959`, `1959-08-17`, `17/08/1959`, `c. 1970` or `1969.0`, or
/// the first of two in `1967/68` and `1967-1969`. `None` where there is none; Discogs writes 0 where it knows none.
pub(super) fn year(text: &str) -> Option<i32> {
    let runs = text.split(|letter: char| !letter.is_ascii_digit());
    let year = |run: &str| run.parse::<i32>().ok().filter(|year| run.len() == 4 && YEARS.contains(year));
    runs.into_iter().find_map(year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_are_a_year_however_they_stand() {
        for text in [
            "1959",
            "1959-08-17",
            "17/08/1959",
            "Aug 1959",
            "c. 1959",
            "1959?",
            "23.04.1959",
            "1959/60",
            "1959.0",
            "℗1959",
        ] {
            assert_eq!(year(text), Some(1959), "{text}");
        }
        for text in ["", "?", "0", "59", "0000", "12345", "unknown", "0999", "١٩٥٩"] {
            assert_eq!(year(text), None, "{text}");
        }
    }
}
