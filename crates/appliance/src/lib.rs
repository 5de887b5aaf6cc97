//! The composition root: configuration, TLS, the demo, and the client side of the command line.
//!
//! The only crate that knows all others. It decides nothing about documents, decrees or records;
//! it puts together what does.
#![forbid(unsafe_code)]

pub mod added;
pub mod authority;
pub mod client;
pub mod config;
pub mod console;
pub mod control;
pub mod demo;
pub mod durable_file;
pub mod evaluate;
pub mod fairness;
pub mod layout;
mod listener;
pub mod own_classes;
pub mod policy_file;
mod refusals;
pub mod samples;
pub mod serve;
pub mod telemetry;
pub mod tls;
pub mod watched;
