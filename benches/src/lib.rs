//! Measurements of crates by themselves: each program in `src/bin` says what it measures.
#![forbid(unsafe_code)]
