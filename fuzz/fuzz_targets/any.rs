//! The target that `SLEEVESIGHT_FUZZ` names, of `fuzz/targets.rs`: one program for all of them, since each would be as
//! large as the station.
#![no_main]

#[allow(dead_code, reason = "the tests begin with the rest")]
#[path = "../targets.rs"]
mod targets;

use std::sync::OnceLock;

use targets::{TARGETS, Target};

/// The target that is named.
fn target() -> &'static Target {
    static NAMED: OnceLock<&Target> = OnceLock::new();
    NAMED.get_or_init(|| {
        let name = std::env::var("SLEEVESIGHT_FUZZ").expect("SLEEVESIGHT_FUZZ names a target");
        if name == "onnx" {
            // What the runtime panics at is caught where a network is loaded: libFuzzer's hook would end it before that.
            std::panic::set_hook(Box::new(|_| {}));
        }
        TARGETS.iter().find(|(known, ..)| *known == name).expect("there is a target of this name")
    })
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (_, run, _) = target();
    run(bytes);
});
