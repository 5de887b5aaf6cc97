#![no_main]

fuzz::text!(documents::fuzzing::values);
