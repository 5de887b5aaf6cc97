//! Typed parsers for what stands on German papers.
