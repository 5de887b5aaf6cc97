//! The one generator of papers: for the demo, tests, training and benches.
//!
//! Everybody and everything on these papers is invented. The crate stands beside the product and
//! is no part of its binary.
#![forbid(unsafe_code)]

pub mod bundles;
pub mod cases;
pub mod chance;
pub mod checked;
pub mod corpus;
pub mod day;
pub mod docx;
pub mod facts;
pub mod fill;
pub mod generate;
pub mod grammar;
pub mod layouts;
pub mod masking;
pub mod measure;
pub mod names;
pub mod origins;
pub mod own;
pub mod paper;
pub mod samples;
pub mod scan;
pub mod split;
pub mod taxonomy;
pub mod train;
pub mod typeset;
pub mod world;
pub mod zones;
