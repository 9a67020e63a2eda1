//! The variables as they were given, and what was wrong with them.
//!
//! A section of the configuration reads what it needs through [`Vars`], always gets a usable value, and leaves a
//! problem behind where the given one can't be used, so that all problems are reported at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

/// The variables of one start.
#[derive(Debug)]
pub struct Vars {
    given: BTreeMap<String, String>,
    asked: BTreeSet<String>,
    problems: Vec<String>,
    warnings: Vec<String>,
}

impl Vars {
    /// Variables by name.
    pub fn new(given: BTreeMap<String, String>) -> Self {
        Self { given, asked: BTreeSet::new(), problems: Vec::new(), warnings: Vec::new() }
    }

    /// The process environment over the file `.env` of the working folder.
    ///
    /// # Errors
    /// A `.env` that can't be read or parsed.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn from_environment() -> Result<Self, String> {
        let mut given = BTreeMap::new();
        match dotenvy::from_path_iter(Path::new(".env")) {
            Ok(lines) => {
                for line in lines {
                    let (name, value) = line.map_err(|error| format!(".env can't be read: {error}"))?;
                    given.insert(name, value);
                }
            }
            Err(error) if error.not_found() => {}
            Err(error) => return Err(format!(".env can't be read: {error}")),
        }
        // Variables that aren't Unicode aren't ours.
        let ours =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        given.extend(ours);
        Ok(Self::new(given))
    }

    /// Text, or `None` when absent, empty or one of 2FAuth's words for nothing (`null`, `(null)`, `empty`, `(empty)`).
    pub fn text(&mut self, name: &str) -> Option<String> {
        self.asked.insert(name.to_owned());
        let value = self.given.get(name)?.trim();
        match value.to_ascii_lowercase().as_str() {
            "" | "null" | "(null)" | "empty" | "(empty)" => None,
            _ => Some(value.to_owned()),
        }
    }

    /// The text as it was given, trimmed, or `None` when absent or empty: for values in which `null` means something.
    pub fn raw(&mut self, name: &str) -> Option<String> {
        self.asked.insert(name.to_owned());
        self.given.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// Whether the variable is there at all, even if empty.
    pub fn is_given(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// The variables that are there, even if empty, and whose names start with `prefix`: the rests of their names.
    pub fn names_after(&self, prefix: &str) -> Vec<String> {
        self.given.keys().filter_map(|name| name.strip_prefix(prefix)).map(str::to_owned).collect()
    }

    /// A secret: the text of `name`, or the content of the file that `name_FILE` points to, without its last line end.
    /// Both at once is a problem.
    pub fn secret(&mut self, name: &str) -> Option<String> {
        let file_name = format!("{name}_FILE");
        let file = self.text(&file_name);
        let direct = self.text(name);
        let Some(file) = file else { return direct };
        if direct.is_some() {
            self.problem(format!("both {name} and {file_name} are set: keep one of them"));
            return direct;
        }
        match std::fs::read_to_string(Path::new(&file)) {
            Ok(content) => Some(content.trim_end_matches(['\r', '\n']).to_owned()).filter(|text| !text.is_empty()),
            Err(error) => {
                self.problem(format!("{file_name}: {file} can't be read: {error}"));
                None
            }
        }
    }

    /// A truth value; anything else than true/false, 1/0, yes/no, on/off is a problem.
    pub fn flag(&mut self, name: &str, default: bool) -> bool {
        let Some(text) = self.text(name) else { return default };
        match text.to_ascii_lowercase().as_str() {
            "true" | "(true)" | "1" | "yes" | "on" => true,
            "false" | "(false)" | "0" | "no" | "off" => false,
            _ => {
                self.problem(format!("{name}: {text:?} is neither true nor false"));
                default
            }
        }
    }

    /// A parsed value; one that doesn't parse is a problem.
    pub fn parsed<T: FromStr<Err: Display>>(&mut self, name: &str, default: T) -> T {
        match self.text(name).map(|text| (text.parse(), text)) {
            None => default,
            Some((Ok(value), _)) => value,
            Some((Err(error), text)) => {
                self.problem(format!("{name}: {text:?} can't be used: {error}"));
                default
            }
        }
    }

    /// The parts of a comma-separated list, trimmed, without empty ones.
    pub fn list(&mut self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// The names of all variables that were asked for so far.
    pub fn asked(&self) -> impl Iterator<Item = &str> {
        self.asked.iter().map(String::as_str)
    }

    /// Notes something that keeps the program from starting: say what is wrong and what to do.
    pub fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// Notes something that deserves attention but doesn't keep the program from starting.
    pub fn warning(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    /// Returns the problems and the warnings.
    pub fn into_findings(self) -> (Vec<String>, Vec<String>) {
        (self.problems, self.warnings)
    }
}
