#![no_main]

fuzz::bytes!(reading::fuzzing::form_value);
