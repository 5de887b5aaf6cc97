#![no_main]

fuzz::text!(documents::fuzzing::zone);
