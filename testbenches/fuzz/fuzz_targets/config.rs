#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| heddle_testbenches::fuzz::run("config", bytes));
