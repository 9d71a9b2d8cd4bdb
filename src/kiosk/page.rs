//! The page, as it is in the program: nothing of it comes from anywhere else.

use serde::Deserialize;

/// A file of the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asset {
    pub(super) kind: &'static str,
    pub(super) text: &'static str,
}

/// The languages by their codes, each a file of `page/languages`.
const LANGUAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/languages.rs"));

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The file at a path, if there is one.
pub(super) fn asset(path: &str) -> Option<Asset> {
    let script = |text| Asset { kind: SCRIPT, text };
    Some(match path {
        "/" => Asset { kind: "text/html; charset=utf-8", text: include_str!("page/index.html") },
        "/kiosk.css" => Asset { kind: "text/css; charset=utf-8", text: include_str!("page/kiosk.css") },
        "/icon.svg" => Asset { kind: "image/svg+xml", text: include_str!("page/icon.svg") },
        "/api.js" => script(include_str!("page/api.js")),
        "/colour.js" => script(include_str!("page/colour.js")),
        "/cover.js" => script(include_str!("page/cover.js")),
        "/customer.js" => script(include_str!("page/customer.js")),
        "/dom.js" => script(include_str!("page/dom.js")),
        "/inbox.js" => script(include_str!("page/inbox.js")),
        "/kiosk.js" => script(include_str!("page/kiosk.js")),
        "/lesson.js" => script(include_str!("page/lesson.js")),
        "/live.js" => script(include_str!("page/live.js")),
        "/staff.js" => script(include_str!("page/staff.js")),
        "/stock.js" => script(include_str!("page/stock.js")),
        "/words.js" => script(include_str!("page/words.js")),
        _ => {
            let id = path.strip_prefix("/languages/")?.strip_suffix(".json")?;
            let (_, text) = LANGUAGES.iter().find(|(known, _)| *known == id)?;
            Asset { kind: "application/json", text }
        }
    })
}

/// The codes of the languages and what each calls itself.
pub(super) fn languages() -> Vec<(&'static str, String)> {
    #[derive(Deserialize)]
    struct Named {
        language: String,
    }
    let named = |text| serde_json::from_str::<Named>(text).map(|named| named.language);
    LANGUAGES.iter().map(|(id, text)| (*id, named(text).unwrap_or_else(|_| (*id).to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn each_language_says_all_that_english_does() {
        let words = |text: &str| {
            let mut words: BTreeMap<String, String> = serde_json::from_str(text).expect("texts by name");
            // What the bundle calls genres and families may be said otherwise, or not at all.
            words.retain(|name, _| !name.starts_with("genre.") && !name.starts_with("family."));
            words
        };
        let (_, english) = LANGUAGES.iter().find(|(id, _)| *id == "en").expect("there is English");
        let wanted: Vec<String> = words(english).into_keys().collect();
        assert!(LANGUAGES.len() >= 2);
        for (id, text) in LANGUAGES {
            let words = words(text);
            assert!(words.values().all(|word| !word.trim().is_empty()), "{id}");
            assert_eq!(words.into_keys().collect::<Vec<_>>(), wanted, "{id}");
        }
    }
}
