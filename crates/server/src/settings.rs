//! What an administrator sets at run time: 2FAuth's application settings (compat 3.3).

use std::sync::LazyLock;

use serde_json::{Value, json};
use store::Read;
use vault::SharingPolicy;

/// The native settings with their defaults, in the order of the API.
///
/// `useEncryption` is always on here: secrets are never stored in clear. `checkForUpdate` is off
/// by default: nothing calls out by itself.
pub static NATIVE: LazyLock<[(&str, Value); 15]> = LazyLock::new(|| {
    [
        (ENCRYPTION, json!(true)),
        ("checkForUpdate", json!(false)),
        ("lastRadarScan", json!(0)),
        ("latestRelease", json!(false)),
        ("disableRegistration", json!(false)),
        ("enableSso", json!(true)),
        ("useSsoOnly", json!(false)),
        ("allowPatWhileSsoOnly", json!(false)),
        ("restrictRegistration", json!(false)),
        ("restrictList", json!("")),
        ("restrictRule", json!("")),
        ("keepSsoRegistrationEnabled", json!(false)),
        ("storeIconsInDatabase", json!(false)),
        ("enableSharing", json!(false)),
        ("enableAllUsersSharingScope", json!(false)),
    ]
});

/// The settings on which it depends who may register; the first one closes registration.
const REGISTRATION: [&str; 4] = ["disableRegistration", "restrictRegistration", "restrictList", "restrictRule"];

const ENCRYPTION: &str = "useEncryption";

/// The settings in force at one moment.
#[derive(Debug, Clone)]
pub struct Settings {
    stored: Vec<(String, Value)>,
}

impl Settings {
    /// Reads them. A damaged value counts as none, so that the default is in force; where it says who may register,
    /// nobody may.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(read: &mut Read) -> Result<Self, store::Error> {
        let stored = read.settings().await?;
        let is_closed = stored.iter().any(|(name, value)| value.is_none() && REGISTRATION.contains(&name.as_str()));
        let mut stored: Vec<_> = stored.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        if is_closed {
            stored.retain(|(name, _)| name != REGISTRATION[0]);
            stored.push((REGISTRATION[0].to_owned(), json!(true)));
        }
        Ok(Self { stored })
    }

    /// Every setting by name: the native ones first, then the instance's own.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Value)> {
        let native = NATIVE.iter().map(|(name, default)| (*name, self.value_or(name, default)));
        let is_native = |name: &str| NATIVE.iter().any(|(native, _)| *native == name);
        let custom = self.stored.iter().filter(move |(name, _)| !is_native(name));
        native.chain(custom.map(|(name, value)| (name.as_str(), value)))
    }

    /// One setting by name.
    pub fn value(&self, name: &str) -> Option<&Value> {
        match NATIVE.iter().find(|(native, _)| *native == name) {
            Some((name, default)) => Some(self.value_or(name, default)),
            None => self.stored(name),
        }
    }

    /// Whether a setting is on; what isn't a JSON boolean counts as PHP counts it.
    pub fn is_on(&self, name: &str) -> bool {
        self.value(name).is_some_and(is_true)
    }

    /// Whether only single sign-on may be used, except by administrators. Not while single sign-on is off: then nobody
    /// else could sign in.
    pub fn is_sso_only(&self) -> bool {
        self.is_on("useSsoOnly") && self.is_on("enableSso")
    }

    /// A setting's text; empty when it has none.
    pub fn text(&self, name: &str) -> &str {
        self.value(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns which kinds of sharing are on.
    pub fn sharing(&self) -> SharingPolicy {
        SharingPolicy { enabled: self.is_on("enableSharing"), all_users: self.is_on("enableAllUsersSharingScope") }
    }

    fn stored(&self, name: &str) -> Option<&Value> {
        self.stored.iter().find(|(stored, _)| stored == name).map(|(_, value)| value)
    }

    fn value_or<'a>(&'a self, name: &str, default: &'a Value) -> &'a Value {
        if name == ENCRYPTION { default } else { self.stored(name).unwrap_or(default) }
    }
}

/// Whether a value counts as true where a setting is a switch.
pub fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(on) => *on,
        Value::String(text) => !matches!(text.as_str(), "" | "0"),
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(_) => true,
    }
}
