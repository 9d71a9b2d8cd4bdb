//! The promises, one file each. One program, so that the network's runtime is linked once.

#[allow(dead_code, reason = "faults use the rest")]
#[path = "faults/appliance.rs"]
mod appliance;
mod client;
mod common;
mod fakes;

mod bad_pictures;
mod board_shows;
mod bundle_is_checked;
mod camera_is_tended;
mod configuration;
mod doctor_knows;
mod drawn_sleeves;
mod evaluate_counts;
mod explanation;
mod faults_are_told;
mod frames;
mod genre_is_voted;
mod indicators;
mod int8_answers;
mod int8_kernels;
mod json_is_stable;
mod kiosk_guards;
mod kiosk_teaches;
mod kiosk_tells;
mod model_is_installed;
mod model_is_taken;
mod nearest_is_exact;
mod outline_is_found;
mod preparation_agrees;
mod presence;
mod run_goes_on;
mod service_is_watched;
mod station;
mod stills;
mod stock_answers;
mod stock_by_words;
mod stock_is_imported;
mod stock_lasts;
mod turned;
mod verdict_laws;
mod words_agree;
mod words_are_read;
mod words_folder;
mod words_in_trouble;
