//! A summary of the settings of an auth proxy.

use std::fmt;

use super::AuthProxyConfig;

/// One line for the log: all that decides who is signed in, without secrets.
impl fmt::Display for AuthProxyConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("auth proxy: ")?;
        if let Some(preset) = self.preset {
            write!(f, "preset {preset}, ")?;
        }
        let keys = self.keys.as_ref().map(|keys| keys as &dyn fmt::Display);
        let unknown = if self.admission.auto_create { "get an account" } else { "are refused" };
        write!(f, "{}, unknown people {unknown}, ", self.settings().summary(keys))?;
        self.write_admins(f)
    }
}

impl AuthProxyConfig {
    fn write_admins(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = self.settings();
        let claim = settings.assertion.as_ref().and_then(|assertion| assertion.claims.groups.as_ref());
        match (&settings.admins, &settings.groups, claim) {
            (Some(admins), Some(header), _) if !admins.groups.is_empty() => {
                write!(f, "administrators by name or by group from {}", header.name())
            }
            (Some(admins), None, Some(claim)) if !admins.groups.is_empty() => {
                write!(f, "administrators by name or by group from claim {claim}")
            }
            (Some(_), ..) => f.write_str("administrators by name"),
            (None, ..) if self.admission.first_user_admin => f.write_str("the first one becomes administrator"),
            (None, ..) => f.write_str("the first one is a user like others"),
        }
    }
}
