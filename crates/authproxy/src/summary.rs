//! A summary of settings for the log.

use std::fmt;

use crate::settings::Settings;

/// One line about the settings that decide who is signed in: without secrets, and without the administrators.
///
/// ```
/// use authproxy::Settings;
///
/// let settings = Settings { trust: "192.0.2.7".parse()?, user: Some("Remote-User".parse()?), ..Settings::default() };
/// assert_eq!(
///     settings.summary(None).to_string(),
///     "peers 192.0.2.7, user from remote-user, no secret, values in utf8, aliases refused"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Summary<'a> {
    settings: &'a Settings,
    keys: Option<&'a dyn fmt::Display>,
}

impl Settings {
    /// Returns a summary for the log. `keys` is where the keys of assertions come from.
    pub fn summary<'a>(&'a self, keys: Option<&'a dyn fmt::Display>) -> Summary<'a> {
        Summary { settings: self, keys }
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_peers(f)?;
        self.write_assertion(f)?;
        let settings = self.settings;
        for (attribute, header) in [
            ("user", &settings.user),
            ("id", &settings.id),
            ("e-mail", &settings.email),
            ("display name", &settings.display_name),
        ] {
            if let Some(header) = header {
                let verb = if settings.assertion.is_some() { "compared with" } else { "from" };
                write!(f, ", {attribute} {verb} {}", header.name())?;
            }
        }
        match &settings.secret {
            Some(secret) => write!(f, ", secret in {}", secret.header.name())?,
            None => f.write_str(", no secret")?,
        }
        let aliases = if settings.ignore_aliases { "ignored" } else { "refused" };
        write!(f, ", values in {}, aliases {aliases}", settings.encoding.as_str())
    }
}

impl Summary<'_> {
    fn write_peers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.settings.assertion.is_some() && self.settings.trust.is_empty() {
            f.write_str("peers any")
        } else {
            write!(f, "peers {}", self.settings.trust)
        }
    }

    fn write_assertion(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(assertion) = &self.settings.assertion else { return Ok(()) };
        write!(
            f,
            ", assertion in {} by {} for {}, signed in {}",
            assertion.header.name(),
            assertion.issuer,
            assertion.audiences.join(" or "),
            assertion.algorithm_names(),
        )?;
        if let Some(keys) = self.keys {
            write!(f, " with keys from {keys}")?;
        }
        let claims = &assertion.claims;
        write!(f, ", user from claim {}", claims.user)?;
        for (attribute, claim) in
            [("id", &claims.id), ("e-mail", &claims.email), ("display name", &claims.display_name)]
        {
            if let Some(claim) = claim {
                write!(f, ", {attribute} from claim {claim}")?;
            }
        }
        Ok(())
    }
}
