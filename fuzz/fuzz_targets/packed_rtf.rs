#![no_main]

fuzz::bytes!(reading::fuzzing::packed_rtf);
