//! The file `.env`, read as 2FAuth reads it: by the rules of phpdotenv 5, except where those refuse or change what people
//! write, see [docs/configuration.md](../../../../docs/configuration.md#the-file-env). No message holds a value.

#[cfg(test)]
// The fuzz target includes this file from elsewhere.
#[path = "dotenv/tests.rs"]
mod tests;

use std::collections::BTreeMap;

/// What a `.env` says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct DotEnv {
    /// The variables by name. Of two with the same name the last one counts.
    pub variables: BTreeMap<String, Variable>,
    /// Lines that can't be read: what is wrong and what to do.
    pub problems: Vec<String>,
    /// Lines that may not mean what they were meant to.
    pub warnings: Vec<String>,
}

/// A variable of a `.env`.
#[derive(Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its value, without quotes.
    pub value: String,
    /// The number of its line, from 1.
    pub line: usize,
}

/// Reads the text of a `.env`. `environment` has the variables of the process, which stand for `${NAME}` before those of
/// the file.
pub fn read(text: &str, environment: &BTreeMap<String, String>) -> DotEnv {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = Reader { rest: &text, line: 1, environment, found: DotEnv::default() };
    while !reader.rest.is_empty() {
        reader.read_line();
    }
    reader.found
}

struct Reader<'a> {
    rest: &'a str,
    /// The number of the line where `rest` begins.
    line: usize,
    environment: &'a BTreeMap<String, String>,
    found: DotEnv,
}

impl Reader<'_> {
    /// Reads a line, or the lines of a value that spans several.
    fn read_line(&mut self) {
        let number = self.line;
        let line = self.rest.split('\n').next().unwrap_or_default();
        let begin = line.trim_start();
        if begin.is_empty() || begin.starts_with('#') {
            return self.skip_line();
        }
        let Some((name, value)) = line.split_once('=') else {
            self.problem(number, "", "there is no \"=\": a line is NAME=value, or a comment that begins with #");
            return self.skip_line();
        };
        let name = name.trim();
        let name = name.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).map_or(name, str::trim);
        if name.is_empty() || !name.bytes().all(is_in_names) {
            let what = "what stands before \"=\" is no name: names have letters, digits and \"_\"";
            self.problem(number, "", what);
            return self.skip_line();
        }
        self.advance(line.len() - value.len());
        let gap = self.rest.len() - self.rest.trim_start_matches(is_blank).len();
        self.advance(gap);
        let value = match self.rest.chars().next() {
            Some('"') => self.read_double_quoted(number, name),
            Some('\'') => self.read_single_quoted(number, name),
            _ => Some(self.read_unquoted(number, name, gap > 0)),
        };
        self.skip_line();
        let Some(value) = value else { return };
        let variable = Variable { value, line: number };
        if let Some(former) = self.found.variables.insert(name.to_owned(), variable) {
            let what = format!("it is set in line {} already: the last one counts", former.line);
            self.warn(number, name, &what);
        }
    }

    /// Reads a value without quotes: the rest of the line, up to a comment.
    fn read_unquoted(&mut self, number: usize, name: &str, after_blank: bool) -> String {
        let line = self.rest.split('\n').next().unwrap_or_default();
        if line.starts_with('#') {
            if !after_blank && line.len() > 1 {
                self.warn(number, name, "it is empty, since # begins a comment: put a value with # into quotes");
            }
            return String::new();
        }
        let comment =
            line.char_indices().zip(line.chars().skip(1)).find(|((_, before), next)| is_blank(*before) && *next == '#');
        let raw = comment.map_or(line, |((index, _), _)| &line[..index]).trim();
        if raw.contains(is_blank) {
            self.warn(number, name, "its value has blanks and no quotes: it is taken whole, but put it into quotes");
        }
        let (mut value, mut rest) = (String::new(), raw);
        while let Some((text, after)) = rest.split_once('$') {
            value.push_str(text);
            rest = self.push_variable(&mut value, after);
        }
        value + rest
    }

    /// Reads a value in single quotes, in which every character stands for itself.
    fn read_single_quoted(&mut self, number: usize, name: &str) -> Option<String> {
        let Some((value, _)) = self.rest[1..].split_once('\'') else { return self.refuse_unclosed(number, name, '\'') };
        self.advance(value.len() + 2);
        self.check_end(number, name).then(|| value.to_owned())
    }

    /// Reads a value in double quotes, with variables and escapes.
    fn read_double_quoted(&mut self, number: usize, name: &str) -> Option<String> {
        let (mut value, mut rest) = (String::new(), &self.rest[1..]);
        loop {
            let Some(index) = rest.find(['"', '\\', '$']) else { return self.refuse_unclosed(number, name, '"') };
            value.push_str(&rest[..index]);
            let special = rest.as_bytes()[index];
            rest = &rest[index + 1..];
            match special {
                b'"' => break,
                b'$' => rest = self.push_variable(&mut value, rest),
                _ => {
                    let Some(escaped) = rest.chars().next() else { return self.refuse_unclosed(number, name, '"') };
                    rest = &rest[escaped.len_utf8()..];
                    match escaped {
                        '"' | '\\' | '$' => value.push(escaped),
                        'n' => value.push('\n'),
                        'r' => value.push('\r'),
                        't' => value.push('\t'),
                        'f' => value.push('\u{c}'),
                        'v' => value.push('\u{b}'),
                        other => {
                            value.extend(['\\', other]);
                            let what = "a backslash in double quotes stands for itself only when doubled: write \\\\";
                            self.warn(number, name, what);
                        }
                    }
                }
            }
        }
        self.advance(self.rest.len() - rest.len());
        self.check_end(number, name).then_some(value)
    }

    /// Adds what stands for a `$`: the value of `${NAME}`, or the `$` itself. Returns the rest of the text.
    fn push_variable<'t>(&self, value: &mut String, after: &'t str) -> &'t str {
        let braces = after.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        if let Some((name, rest)) = braces
            && let Some(text) = self.known(name)
        {
            value.push_str(text);
            return rest;
        }
        value.push('$');
        after
    }

    fn known(&self, name: &str) -> Option<&str> {
        let of_file = || self.found.variables.get(name).map(|variable| &variable.value);
        self.environment.get(name).or_else(of_file).map(String::as_str)
    }

    /// Checks that nothing but a comment follows a closing quote.
    fn check_end(&mut self, number: usize, name: &str) -> bool {
        let rest = self.rest.trim_start_matches(is_blank);
        let is_end = rest.is_empty() || rest.starts_with(['\n', '#']);
        if !is_end {
            let closed = self.line;
            let what = format!(
                "the quote that opens the value is closed in line {closed}, and more text follows: close the value at its \
                 end, and put one with quotes into quotes of the other kind"
            );
            self.problem(number, name, &what);
        }
        is_end
    }

    /// Reports a quote without end, which leaves nothing to read.
    fn refuse_unclosed(&mut self, number: usize, name: &str, quote: char) -> Option<String> {
        self.problem(number, name, &format!("the quote ({quote}) that opens the value is never closed"));
        self.rest = "";
        None
    }

    fn advance(&mut self, length: usize) {
        let (read, rest) = self.rest.split_at(length);
        self.line += read.matches('\n').count();
        self.rest = rest;
    }

    fn skip_line(&mut self) {
        let length = self.rest.find('\n').map_or(self.rest.len(), |end| end + 1);
        self.advance(length);
    }

    fn problem(&mut self, line: usize, name: &str, what: &str) {
        self.found.problems.push(message(line, name, what));
    }

    fn warn(&mut self, line: usize, name: &str, what: &str) {
        self.found.warnings.push(message(line, name, what));
    }
}

/// Returns a message about a line. The name is shown if it looks like one: where a value went on in a further line
/// without quotes, a part of a secret can stand before a `=`.
fn message(line: usize, name: &str, what: &str) -> String {
    let is_name = !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'));
    if is_name { format!(".env line {line}: {name}: {what}") } else { format!(".env line {line}: {what}") }
}

fn is_in_names(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')
}

/// Whether a character is a blank within a line.
fn is_blank(character: char) -> bool {
    character.is_whitespace() && character != '\n'
}
