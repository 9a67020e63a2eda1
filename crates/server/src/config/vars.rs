//! The variables as they were given, and what was wrong with them.
//!
//! A section of the configuration reads what it needs through [`Vars`], always gets a usable value, and leaves a
//! problem behind where the given one can't be used, so that all problems are reported at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io::ErrorKind;
use std::path::Path;
use std::str::FromStr;

use super::dotenv;

/// The variables of one start.
#[derive(Debug, Default)]
pub struct Vars {
    given: BTreeMap<String, String>,
    /// The variables of the process.
    of_process: BTreeSet<String>,
    /// Those of the process whose value came in quotes.
    quoted: BTreeSet<String>,
    asked: BTreeSet<String>,
    problems: Vec<String>,
    warnings: Vec<String>,
}

/// A secret, and where it came from.
pub struct Secret {
    /// The secret itself.
    pub text: String,
    /// The variable, with its file.
    pub source: String,
}

impl Vars {
    /// Variables of the process by name.
    pub fn new(given: BTreeMap<String, String>) -> Self {
        let mut vars = Self::default();
        for (name, value) in given {
            let value = value.trim_start_matches(MARK);
            // compat: 2FAuth takes a pair of quotes away too, which `docker run --env-file` leaves where they are.
            let bare = unquoted(value.trim());
            if bare.is_some() {
                vars.quoted.insert(name.clone());
            }
            vars.of_process.insert(name.clone());
            vars.given.insert(name, bare.unwrap_or(value).to_owned());
        }
        vars
    }

    /// Variables of the process by name, and those of the text of a `.env` that aren't among them.
    pub(super) fn with_file(given: BTreeMap<String, String>, text: &str) -> Self {
        let mut vars = Self::new(given);
        let file = dotenv::read(text, &vars.given);
        for (name, variable) in file.variables {
            vars.given.entry(name).or_insert(variable.value);
        }
        vars.problems.extend(file.problems);
        vars.warnings.extend(file.warnings);
        vars
    }

    /// The process environment over the file `.env` of the working folder.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn from_environment() -> Self {
        // Variables that aren't Unicode aren't ours.
        let ours =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let given = ours.collect();
        let error = match std::fs::read_to_string(Path::new(".env")) {
            Ok(text) => return Self::with_file(given, &text),
            Err(error) => error,
        };
        let mut vars = Self::new(given);
        match error.kind() {
            ErrorKind::NotFound => {}
            ErrorKind::InvalidData => {
                vars.problem(".env can't be read: it is no text in UTF-8; save it in that encoding");
            }
            _ => vars.problem(format!(".env can't be read: {error}")),
        }
        vars
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
    /// Both at once is a problem, and so is an empty file.
    pub fn secret(&mut self, name: &str) -> Option<String> {
        self.sourced_secret(name).map(|secret| secret.text)
    }

    /// A [`secret`](Self::secret), with where it came from.
    pub fn sourced_secret(&mut self, name: &str) -> Option<Secret> {
        let file_name = format!("{name}_FILE");
        let file = self.text(&file_name);
        let direct = self.text(name);
        let Some(file) = file else {
            let text = self.without_name(name, name, direct?);
            return Some(Secret { text, source: name.to_owned() });
        };
        if direct.is_some() {
            self.problem(format!("both {name} and {file_name} are set: keep one of them"));
            return direct.map(|text| Secret { text, source: name.to_owned() });
        }
        let source = format!("{file_name} ({file})");
        let content = match std::fs::read_to_string(Path::new(&file)) {
            Ok(content) => content,
            Err(error) => {
                self.problem(format!("{file_name}: {file} can't be read: {error}"));
                return None;
            }
        };
        let text = content.trim_start_matches(MARK).trim_end_matches(['\r', '\n']).to_owned();
        let text = self.without_name(name, &source, text);
        let bare = unquoted(text.trim());
        if bare.is_some() {
            self.warning(format!("{source}: the quotes around the value are taken away"));
        }
        let text = bare.map(str::to_owned).unwrap_or(text);
        if text.trim().is_empty() {
            self.problem(format!("{file_name}: {file} is empty: write the secret into it, or remove {file_name}"));
            return None;
        }
        Some(Secret { text, source })
    }

    /// Takes away a `NAME=` that was copied with the value.
    fn without_name(&mut self, name: &str, source: &str, text: String) -> String {
        let Some(rest) = text.trim_start().strip_prefix(name).and_then(|rest| rest.trim_start().strip_prefix('='))
        else {
            return text;
        };
        self.warning(format!("{source}: the value begins with \"{name}=\", which is taken away"));
        rest.trim_start().to_owned()
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

    /// The names of all variables that are there, and whether each is the process's.
    pub fn names(&self) -> impl Iterator<Item = (&str, bool)> {
        self.given.keys().map(|name| (name.as_str(), self.of_process.contains(name)))
    }

    /// Returns the problems and the warnings.
    pub fn into_findings(mut self) -> (Vec<String>, Vec<String>) {
        let quoted: Vec<&str> = self.quoted.intersection(&self.asked).map(String::as_str).collect();
        if !quoted.is_empty() {
            self.warnings.push(format!(
                "the environment has values in quotes, which are taken away, as 2FAuth does: {}",
                quoted.join(", ")
            ));
        }
        (self.problems, self.warnings)
    }
}

/// A byte order mark, with which some editors begin a file.
const MARK: char = '\u{feff}';

/// Returns the text within a pair of quotes; `None` if there is no pair.
pub fn unquoted(text: &str) -> Option<&str> {
    let within = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\''))
}
