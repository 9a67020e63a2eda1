//! Values, declarations and style sheets, reduced to what draws and loads nothing.
//!
//! Browsers read more than any short parser does, so what isn't plainly harmless is left out: a value with a backslash,
//! a comment or an unknown function, a rule with an unusual selector, every at-rule but `@media`.

use super::allowed::{is_function, is_property};

/// Whether a value of an attribute or a property loads nothing from elsewhere: every function is known, and every
/// `url` names a part of the picture.
pub(super) fn is_safe_value(value: &str) -> bool {
    if value.contains(['\\', '{', '}', '@', ';', '<']) || value.contains("/*") || !has_even_quotes(value) {
        return false;
    }
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('(') {
        let name = before.rsplit(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_');
        let name = name.into_iter().next().unwrap_or_default().to_ascii_lowercase();
        if !is_function(&name) || (name == "url" && !is_local_url(after)) {
            return false;
        }
        rest = after;
    }
    true
}

fn has_even_quotes(text: &str) -> bool {
    ['"', '\''].iter().all(|quote| text.matches(*quote).count().is_multiple_of(2))
}

/// Whether what follows `url(` is the ID of an element, in quotes or not.
fn is_local_url(after: &str) -> bool {
    let Some((inside, _)) = after.split_once(')') else { return false };
    let id = inside.trim().trim_matches(['"', '\'']).strip_prefix('#');
    id.is_some_and(|id| !id.is_empty() && !id.contains(['"', '\'', '(', ' ', ':', '/']))
}

/// Returns the declarations of a `style` attribute that are safe: `fill:red;stroke:none`.
pub(super) fn clean_declarations(style: &str) -> String {
    declarations(&without_comments(style))
}

fn declarations(style: &str) -> String {
    let safe = style.split(';').filter_map(|declaration| {
        let (name, value) = declaration.split_once(':')?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        (is_property(&name) && !value.is_empty() && is_safe_value(value)).then(|| format!("{name}:{value}"))
    });
    safe.collect::<Vec<_>>().join(";")
}

/// Returns the rules of a style sheet that are safe: `.a{fill:red}`.
pub(super) fn clean_sheet(sheet: &str) -> String {
    rules(&without_comments(sheet), true)
}

fn rules(sheet: &str, at_top: bool) -> String {
    let mut safe = String::new();
    let mut rest = sheet;
    while let Some((prelude, after)) = rest.split_once('{') {
        // What ends with a semicolon before a rule is an at-rule without a block, such as `@import`.
        let selector = prelude.rsplit(';').next().unwrap_or_default().trim();
        let Some(length) = block_length(after) else { break };
        let (block, after) = after.split_at(length);
        let inside = match selector.strip_prefix('@') {
            None => declarations(block),
            Some(rule) if at_top && rule.starts_with("media") => rules(block, false),
            Some(_) => String::new(),
        };
        if !inside.is_empty() && is_safe_selector(selector) {
            safe.extend([selector, "{", &inside, "}"]);
        }
        rest = after.strip_prefix('}').unwrap_or_default();
    }
    safe
}

/// Returns the length of a block up to its closing brace; `None` if there is none.
fn block_length(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.bytes().position(|byte| {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return true,
            b'}' => depth -= 1,
            _ => {}
        }
        false
    })
}

/// Whether a selector, or the head of `@media`, has only letters that the usual ones have.
fn is_safe_selector(selector: &str) -> bool {
    let plain = selector.strip_prefix("@media").unwrap_or(selector);
    let is_plain = |letter: char| letter.is_alphanumeric() || " \n\t\r.,#_-*>+~:()[]=\"'".contains(letter);
    !plain.trim().is_empty() && plain.chars().all(is_plain) && has_even_quotes(plain)
}

/// Returns a text without `/* comments */`; one that isn't closed goes to the end.
fn without_comments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        // A comment separates words: it must not make a new one of two.
        plain.extend([before, " "]);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_draw_are_safe() {
        for value in [
            "red",
            "#123456",
            "url(#g)",
            "url( '#g' ) none",
            "rotate(3 4,5) translate(1)",
            "RGB(1 2 3 / 50%)",
            "calc((1px + 2px) * 3)",
            "'Noto Sans', serif",
            "M0 0h9",
        ] {
            assert!(is_safe_value(value), "{value}");
        }
    }

    #[test]
    fn values_that_load_or_hide_something_are_not() {
        for value in [
            "url(x)",
            "url(//evil.example)",
            "URL( \"http://evil.example\" )",
            "url(other.svg#x)",
            "url(#)",
            "url(#a:b)",
            "url(",
            "u\\72l(x)",
            "image-set('x' 1x)",
            "-webkit-image-set(url(#a) 1x)",
            "src('x')",
            "image('x')",
            "cross-fade(x)",
            "expression(alert(1))",
            "attr(href)",
            "url/**/(x)",
            "red; fill: blue",
            "a}b",
            "@import",
            "'",
            "</style>",
        ] {
            assert!(!is_safe_value(value), "{value}");
        }
    }

    #[test]
    fn declarations_that_are_safe_are_kept() {
        assert_eq!(clean_declarations(" Fill : red ; stroke:none;; behavior:url(#x);x"), "fill:red;stroke:none");
        assert_eq!(clean_declarations("fill:/*a*/red;/* stroke: x */opacity:.5"), "fill:red;opacity:.5");
        assert_eq!(clean_declarations("background:url(x);-moz-binding:url(x);fill:image-set(\"http://x\")"), "");
        assert_eq!(clean_declarations("--x:url(x);fill:var(--x)"), "fill:var(--x)");
    }

    #[test]
    fn rules_that_are_safe_are_kept() {
        assert_eq!(clean_sheet("\n.a, #b > c { fill: red; }\n .d{}"), ".a, #b > c{fill:red}");
        let media = "@media (prefers-color-scheme: dark) { .a { fill: white } @import 'x'; }";
        assert_eq!(clean_sheet(media), "@media (prefers-color-scheme: dark){.a{fill:white}}");
        for gone in [
            "@import url(x);",
            "@font-face { font-family: x; src: url(x) }",
            "@media x { @media y { a { fill: red } } }",
            "@supports (x) { a { fill: red } }",
            "a\\62 { fill: red }",
            "a { fill: red",
            "/* a { fill: red }",
            "@namespace x 'y'; @charset 'z'; { fill: red }",
        ] {
            assert_eq!(clean_sheet(gone), "", "{gone}");
        }
        assert_eq!(clean_sheet("@import 'x'; a { fill: red }"), "a{fill:red}");
    }
}
