//! Settings of a few words, and names of headers.

use authproxy::{Header, Notation};

use crate::config::vars::Vars;

/// Reads one of several words; the first one when absent.
pub(super) fn read_choice<T: Copy>(vars: &mut Vars, name: &str, choices: &[(&str, T)]) -> T {
    read_choice_or(vars, name, choices, choices[0].1)
}

/// Reads one of several words; `default` when absent.
pub(super) fn read_choice_or<T: Copy>(vars: &mut Vars, name: &str, choices: &[(&str, T)], default: T) -> T {
    let Some(text) = vars.text(name) else { return default };
    if let Some((_, value)) = choices.iter().find(|(word, _)| text.eq_ignore_ascii_case(word)) {
        return *value;
    }
    let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    vars.problem(format!("{name}: {text:?} is none of {}", words.join(", ")));
    default
}

/// Reads the name of a header; `usual`, if there is one, when absent. `None` with a problem when it can't be used.
pub(super) fn read_header(vars: &mut Vars, variable: &str, usual: Option<&str>, notation: Notation) -> Option<Header> {
    let configured = vars.text(variable).or_else(|| usual.map(str::to_owned))?;
    Header::parse(&configured, notation).map_err(|fault| vars.problem(format!("{variable}: {fault}"))).ok()
}
