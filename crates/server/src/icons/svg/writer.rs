//! XML as it is written: without prefixes, indentation and comments.

/// A document that is being written. Names must be harmless; values and texts are escaped.
#[derive(Debug, Default)]
pub(super) struct Writer {
    text: String,
    open: Vec<String>,
    /// Whether the last start tag may still get attributes.
    in_tag: bool,
}

impl Writer {
    /// Returns the number of bytes that are written.
    pub(super) fn length(&self) -> usize {
        self.text.len()
    }

    /// Starts an element.
    pub(super) fn start(&mut self, name: &str) {
        self.close_tag();
        self.text.extend(["<", name]);
        self.open.push(name.to_owned());
        self.in_tag = true;
    }

    /// Adds an attribute to the element that was just started.
    pub(super) fn attribute(&mut self, name: &str, value: &str) {
        self.text.extend([" ", name, "=\""]);
        self.escape(value.trim(), true);
        self.text.push('"');
    }

    /// Adds text.
    pub(super) fn text(&mut self, text: &str) {
        self.close_tag();
        self.escape(text, false);
    }

    /// Ends the innermost element.
    pub(super) fn end(&mut self) {
        let Some(name) = self.open.pop() else { return };
        if std::mem::take(&mut self.in_tag) {
            self.text.push_str("/>");
        } else {
            self.text.extend(["</", &name, ">"]);
        }
    }

    /// Returns the document.
    pub(super) fn finish(mut self) -> Vec<u8> {
        while !self.open.is_empty() {
            self.end();
        }
        self.text.into_bytes()
    }

    fn close_tag(&mut self) {
        if std::mem::take(&mut self.in_tag) {
            self.text.push('>');
        }
    }

    fn escape(&mut self, text: &str, in_value: bool) {
        for letter in text.chars() {
            match letter {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' if in_value => self.text.push_str("&quot;"),
                // Readers make a space of a line break in a value (XML 1.0 section 3.3.3).
                '\n' | '\r' | '\t' if in_value => self.text.push(' '),
                letter => self.text.push(letter),
            }
        }
    }
}
