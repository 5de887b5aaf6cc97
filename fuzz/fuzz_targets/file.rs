#![no_main]

fuzz::bytes!(reading::fuzzing::file);
