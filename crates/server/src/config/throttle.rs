//! How many requests and failed logins are allowed.

use super::vars::Vars;

/// Limits per minute; `None` is no limit.
#[derive(Debug, Clone)]
pub struct ThrottleConfig {
    /// `THROTTLE_API`: requests to the API per client address.
    pub api: Option<u32>,
    /// `THROTTLE_API_DURING_IMPORT`: further account creations by an import page.
    pub api_during_import: Option<u32>,
    /// `LOGIN_THROTTLE`: failed logins per e-mail and client address.
    pub login_failures: u32,
}

impl ThrottleConfig {
    pub(super) fn read(vars: &mut Vars) -> Self {
        Self {
            api: limit(vars, "THROTTLE_API", 60),
            api_during_import: limit(vars, "THROTTLE_API_DURING_IMPORT", 1000),
            login_failures: limit(vars, "LOGIN_THROTTLE", 5).unwrap_or(5),
        }
    }
}

/// compat 1.6: what isn't a positive number (`null`, empty, text, 0) switches the limit off.
fn limit(vars: &mut Vars, name: &str, default: u32) -> Option<u32> {
    if !vars.is_given(name) {
        return Some(default);
    }
    let text = vars.text(name).unwrap_or_default();
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|limit| *limit > 0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Vars, limit};

    #[test]
    fn nothing_given_is_the_default_and_nonsense_is_no_limit() {
        let limit_of = |value: Option<&str>| {
            let given = value.map(|value| ("X".to_owned(), value.to_owned()));
            limit(&mut Vars::new(BTreeMap::from_iter(given)), "X", 60)
        };
        assert_eq!(limit_of(None), Some(60));
        assert_eq!(limit_of(Some("5")), Some(5));
        assert_eq!(limit_of(Some("5 per minute")), Some(5));
        for off in ["", "0", "null", "false", "off", "-1"] {
            assert_eq!(limit_of(Some(off)), None, "{off}");
        }
    }
}
