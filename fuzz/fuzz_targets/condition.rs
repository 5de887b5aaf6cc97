#![no_main]

fuzz::text!(documents::fuzzing::condition);
