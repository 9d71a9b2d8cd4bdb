//! A genre's colour, as a bundle writes it.

/// A colour as `#c9a227`: red, green and blue.
pub(super) fn rgb(color: &str) -> Option<[u8; 3]> {
    let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some([red, green, blue])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_hexadecimal_digits() {
        assert_eq!(rgb("#c9a227"), Some([0xc9, 0xa2, 0x27]));
        for wrong in ["", "#", "c9a227", "#c9a22", "#c9a2277", "#c9a22g", "#+9a227", "#é9a22"] {
            assert_eq!(rgb(wrong), None, "{wrong}");
        }
    }
}
