//! Defaults and locks of user preferences: `USERPREF_DEFAULT__*` and `USERPREF_LOCKED__*`.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use vault::Preferences;

use super::vars::Vars;

/// Which variables a preference listens to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Variables {
    DefaultAndLock,
    DefaultOnly,
    Neither,
}
use Variables::{DefaultAndLock, DefaultOnly, Neither};

/// One preference's default and lock.
#[derive(Debug, Clone)]
struct Preference {
    name: &'static str,
    default: Value,
    /// Whether the default was set by its variable.
    is_given: bool,
    locked: bool,
}

/// Every preference, with its default and whether people may change it, in the order of the API.
#[derive(Debug, Clone)]
pub struct PreferenceConfig(Arc<[Preference]>);

impl PreferenceConfig {
    pub(super) fn read(vars: &mut Vars) -> Self {
        Self(
            catalogue()
                .into_iter()
                .map(|(name, default, variables)| preference(vars, name, default, variables))
                .collect(),
        )
    }

    /// The default of `name`; `None` when there is no such preference.
    pub fn default(&self, name: &str) -> Option<&Value> {
        self.find(name).map(|preference| &preference.default)
    }

    /// Whether somebody has chosen the effective value: the user, or the administrator by the variable of its default.
    pub fn is_chosen(&self, own: &Preferences, name: &str) -> bool {
        own.value(name).is_some() || self.find(name).is_some_and(|preference| preference.is_given)
    }

    /// Whether an administrator locked `name`.
    pub fn is_locked(&self, name: &str) -> bool {
        self.find(name).is_some_and(|preference| preference.locked)
    }

    /// Every name, in the order of the API.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|preference| preference.name)
    }

    /// Returns the effective value for a user: their own, else the default.
    ///
    /// compat 3.4: a value stored before the lock still applies.
    pub fn value<'a>(&'a self, own: &'a Preferences, name: &str) -> Option<&'a Value> {
        own.value(name).or_else(|| self.default(name))
    }

    /// Returns all effective values for a user.
    pub fn in_force(&self, own: Preferences) -> InForce {
        InForce { config: self.clone(), own }
    }

    fn find(&self, name: &str) -> Option<&Preference> {
        self.0.iter().find(|preference| preference.name == name)
    }
}

/// All effective values for a user, as a JSON object: every known name in order, then other stored names.
#[derive(Debug)]
pub struct InForce {
    config: PreferenceConfig,
    own: Preferences,
}

impl Serialize for InForce {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let known =
            self.config.0.iter().map(|known| (known.name, self.own.value(known.name).unwrap_or(&known.default)));
        let others = self.own.0.iter().filter(|(name, _)| self.config.find(name).is_none());
        serializer.collect_map(known.chain(others.map(|(name, value)| (name.as_str(), value))))
    }
}

fn preference(vars: &mut Vars, name: &'static str, default: Value, variables: Variables) -> Preference {
    let suffix = screaming_snake(name);
    let given = (variables != Neither).then(|| vars.raw(&format!("USERPREF_DEFAULT__{suffix}"))).flatten();
    let locked = variables == DefaultAndLock && vars.flag(&format!("USERPREF_LOCKED__{suffix}"), false);
    let is_given = given.is_some();
    Preference { name, is_given, default: given.map_or(default, |text| environment_value(&text)), locked }
}

/// compat 3.4: 2FAuth turns the words for true, false and null into values and leaves numbers as text.
fn environment_value(text: &str) -> Value {
    match text.to_ascii_lowercase().as_str() {
        "true" | "(true)" => Value::Bool(true),
        "false" | "(false)" => Value::Bool(false),
        "null" | "(null)" => Value::Null,
        "empty" | "(empty)" => json!(""),
        _ => json!(text),
    }
}

/// `showOtpAsDot` → `SHOW_OTP_AS_DOT`, `revealDottedOTP` → `REVEAL_DOTTED_OTP`.
fn screaming_snake(name: &str) -> String {
    let mut snake = String::new();
    let mut before_is_lower = false;
    for character in name.chars() {
        if character.is_uppercase() && before_is_lower {
            snake.push('_');
        }
        before_is_lower = character.is_lowercase();
        snake.push(character.to_ascii_uppercase());
    }
    snake
}

fn catalogue() -> Vec<(&'static str, Value, Variables)> {
    vec![
        ("showOtpAsDot", json!(false), DefaultAndLock),
        ("showNextOtp", json!(true), DefaultAndLock),
        ("revealDottedOTP", json!(false), DefaultAndLock),
        ("closeOtpOnCopy", json!(false), DefaultAndLock),
        ("copyOtpOnDisplay", json!(false), DefaultAndLock),
        ("clearSearchOnCopy", json!(false), DefaultAndLock),
        ("useBasicQrcodeReader", json!(false), DefaultAndLock),
        ("displayMode", json!("list"), DefaultAndLock),
        ("showAccountsIcons", json!(true), DefaultAndLock),
        ("iconSource", json!("logolib"), DefaultAndLock),
        ("iconCollection", json!("selfh"), DefaultAndLock),
        ("iconPack", Value::Null, DefaultAndLock),
        ("iconVariant", json!("regular"), DefaultAndLock),
        ("iconVariantStrictFetch", json!(false), DefaultAndLock),
        ("kickUserAfter", json!(15), DefaultAndLock),
        ("activeGroup", json!(0), Neither),
        ("useGroupChips", json!(true), DefaultAndLock),
        ("showVirtualChips", json!(true), DefaultAndLock),
        ("rememberActiveGroup", json!(true), DefaultAndLock),
        ("viewDefaultGroupOnCopy", json!(false), DefaultAndLock),
        ("defaultGroup", json!(0), Neither),
        ("defaultCaptureMode", json!("livescan"), DefaultAndLock),
        ("useDirectCapture", json!(false), DefaultAndLock),
        ("useWebauthnOnly", json!(false), DefaultOnly),
        ("getOfficialIcons", json!(true), DefaultAndLock),
        ("theme", json!("system"), DefaultAndLock),
        ("formatPassword", json!(true), DefaultAndLock),
        ("formatPasswordBy", json!(0.5), DefaultAndLock),
        ("lang", json!("browser"), DefaultAndLock),
        ("getOtpOnRequest", json!(true), DefaultAndLock),
        ("notifyOnNewAuthDevice", json!(false), DefaultAndLock),
        ("notifyOnFailedLogin", json!(false), DefaultAndLock),
        ("notifyOnOwnershipTransfer", json!(true), DefaultAndLock),
        ("notifyOnShare", json!(true), DefaultAndLock),
        ("timezone", json!("UTC"), DefaultAndLock),
        ("sortOrder", json!("asc"), DefaultOnly),
        ("sortCaseSensitive", json!(false), DefaultAndLock),
        ("autoCloseTimeout", json!(2), DefaultAndLock),
        ("AutoSaveQrcodedAccount", json!(false), DefaultAndLock),
        ("showEmailInFooter", json!(true), DefaultAndLock),
        ("showQuickNavMenus", json!(true), DefaultAndLock),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(given: &[(&str, &str)]) -> PreferenceConfig {
        let given: BTreeMap<_, _> =
            given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        PreferenceConfig::read(&mut Vars::new(given))
    }

    #[test]
    fn names_become_variables() {
        assert_eq!(screaming_snake("showOtpAsDot"), "SHOW_OTP_AS_DOT");
        assert_eq!(screaming_snake("revealDottedOTP"), "REVEAL_DOTTED_OTP");
        assert_eq!(screaming_snake("AutoSaveQrcodedAccount"), "AUTO_SAVE_QRCODED_ACCOUNT");
    }

    #[test]
    fn numbers_from_the_environment_stay_text() {
        let config = read(&[
            ("USERPREF_DEFAULT__KICK_USER_AFTER", "10"),
            ("USERPREF_DEFAULT__SHOW_NEXT_OTP", "false"),
            ("USERPREF_DEFAULT__THEME", ""),
        ]);
        assert_eq!(config.default("kickUserAfter"), Some(&json!("10")));
        assert_eq!(config.default("showNextOtp"), Some(&json!(false)));
        assert_eq!(config.default("theme"), Some(&json!("system")), "empty means the default");
        assert_eq!(config.default("nothing"), None);
    }

    #[test]
    fn some_can_be_neither_set_nor_locked() {
        let config = read(&[
            ("USERPREF_LOCKED__THEME", "true"),
            ("USERPREF_LOCKED__SORT_ORDER", "true"),
            ("USERPREF_DEFAULT__ACTIVE_GROUP", "3"),
        ]);
        assert!(config.is_locked("theme"));
        assert!(!config.is_locked("sortOrder"));
        assert_eq!(config.default("activeGroup"), Some(&json!(0)));
    }

    #[test]
    fn own_values_lie_over_the_defaults_and_unknown_ones_are_kept() {
        let mut own = Preferences::default();
        own.set("theme", json!("dark"));
        own.set("old", json!(1));
        let all = json!(read(&[]).in_force(own));
        let names: Vec<&String> = all.as_object().unwrap().keys().collect();
        assert_eq!((names.len(), names[0].as_str(), names[41].as_str()), (42, "showOtpAsDot", "old"));
        assert_eq!((&all["theme"], &all["old"], &all["lang"]), (&json!("dark"), &json!(1), &json!("browser")));
    }

    #[test]
    fn a_default_is_chosen_by_its_variable_and_a_value_by_its_user() {
        const NAME: &str = "getOfficialIcons";
        let read = |given: &[(&str, &str)]| {
            let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            PreferenceConfig::read(&mut Vars::new(given.collect()))
        };
        let own = |text: &str| -> Preferences { Preferences(serde_json::from_str(text).unwrap()) };
        assert!(!read(&[]).is_chosen(&own("{}"), NAME));
        assert!(read(&[]).is_chosen(&own(r#"{"getOfficialIcons":true}"#), NAME));
        assert!(read(&[("USERPREF_DEFAULT__GET_OFFICIAL_ICONS", "true")]).is_chosen(&own("{}"), NAME));
    }
}
