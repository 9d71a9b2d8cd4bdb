//! The camera is unplugged.

use std::fs;

use crate::appliance::Home;

#[test]
fn one_that_is_gone_is_said_on_the_screen_and_in_the_log_and_so_is_that_it_is_back() {
    let home = Home::new();
    let station = home.start();
    station.says();
    let (plugged, away) = (home.path("camera/a.jpg"), home.path("away.jpg"));
    fs::rename(&plugged, &away).expect("it is unplugged");
    let state = station.until(|state| !state["trouble"].is_null());
    assert_eq!((&state["trouble"]["with"], &state["verdict"]), (&"camera".into(), &serde_json::Value::Null));
    let sentence = state["trouble"]["sentence"].as_str().expect("a sentence");
    assert!(station.log().contains(sentence), "{sentence}\nis not in the log\n{}", station.log());
    for language in ["en", "ru"] {
        let page = station.client.json(&format!("/languages/{language}.json"));
        assert!(page["trouble.camera.title"].is_string(), "{page}");
    }
    fs::rename(&away, &plugged).expect("it is plugged in");
    station.until(|state| state["trouble"].is_null() && state["verdict"].is_string());
    assert!(station.log().contains("the camera is back"), "{}", station.log());
}
