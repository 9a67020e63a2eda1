//! The text of a `.env`: it is read without a panic, values survive quoting, and no message holds one.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/server/src/config/dotenv.rs"]
mod dotenv;

fuzz_target!(|text: &str| {
    let environment = BTreeMap::new();
    let found = dotenv::read(text, &environment);
    let lines = 1 + text.matches(['\n', '\r']).count();
    assert!(found.variables.len() + found.problems.len() <= lines, "more findings than lines");
    for (name, variable) in &found.variables {
        assert!(variable.line <= lines, "{name} is in line {} of {lines}", variable.line);
        let value = variable.value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('\r', "\\r");
        let again = dotenv::read(&format!("A=\"{value}\""), &environment);
        assert_eq!(again.variables["A"].value, variable.value);
    }
});
