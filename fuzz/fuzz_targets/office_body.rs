#![no_main]

fuzz::bytes!(reading::fuzzing::office_body);
