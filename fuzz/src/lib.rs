//! What the fuzz targets share: which panic is a finding.

#![forbid(unsafe_code)]

use std::panic;

/// Lets panics of other people's parsers pass and ends the process at every other one. Theirs end the reading of one file in the product,
/// in a child process; one of ours is a fault wherever it happens. To be called after libFuzzer's own
/// hook is set.
pub fn judge_panics() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let foreign = info.location().is_some_and(|place| place.file().contains("/registry/src/"));
        if foreign {
            return;
        }
        // Prints the panic and aborts.
        report(info);
    }));
}

/// A target of bytes.
#[macro_export]
macro_rules! bytes {
    ($door:path) => {
        libfuzzer_sys::fuzz_target!(init: $crate::judge_panics(), |bytes: &[u8]| {
            let _foreign = std::panic::catch_unwind(|| $door(bytes));
        });
    };
}

/// A target of text.
#[macro_export]
macro_rules! text {
    ($door:path) => {
        libfuzzer_sys::fuzz_target!(init: $crate::judge_panics(), |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let _foreign = std::panic::catch_unwind(|| $door(&text));
        });
    };
}
