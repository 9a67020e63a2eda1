//! What the settings of an auth proxy come down to.

use std::fmt;

use super::{Admins, AuthProxyConfig, GroupSource};

/// One line for the log: all that decides who is let in, without secrets.
impl fmt::Display for AuthProxyConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("auth proxy: ")?;
        if let Some(preset) = self.preset {
            write!(f, "preset {preset}, ")?;
        }
        self.peers(f)?;
        self.assertion(f)?;
        for (what, header) in
            [("user", &self.user), ("id", &self.id), ("e-mail", &self.email), ("display name", &self.name)]
        {
            if let Some(header) = header {
                let verb = if self.assertion.is_some() { "compared with" } else { "from" };
                write!(f, ", {what} {verb} {}", header.wire)?;
            }
        }
        match &self.secret {
            Some(secret) => write!(f, ", secret in {}", secret.header.wire)?,
            None => f.write_str(", no secret")?,
        }
        write!(
            f,
            ", values in {}, aliases {}, unknown people {}, ",
            self.encoding.as_str(),
            if self.ignore_aliases { "ignored" } else { "refused" },
            if self.auto_create { "get an account" } else { "are refused" },
        )?;
        self.administrators(f)
    }
}

impl AuthProxyConfig {
    fn peers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.assertion.is_some() && self.trust.is_empty() {
            f.write_str("peers any")
        } else {
            write!(f, "peers {}", self.trust)
        }
    }

    fn assertion(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(assertion) = &self.assertion else { return Ok(()) };
        write!(
            f,
            ", assertion in {} by {} for {}, signed in {} with keys from {}, user from claim {}",
            assertion.header.wire,
            assertion.issuer,
            assertion.audiences.join(" or "),
            assertion.algorithm_names(),
            assertion.keys,
            assertion.user.name,
        )?;
        for (what, claim) in [("id", &assertion.id), ("e-mail", &assertion.email), ("display name", &assertion.name)] {
            if let Some(claim) = claim {
                write!(f, ", {what} from claim {}", claim.name)?;
            }
        }
        Ok(())
    }

    fn administrators(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.admins {
            Some(Admins { groups: Some(groups), .. }) => match &groups.source {
                GroupSource::Header(header) => write!(f, "administrators by name or by group from {}", header.wire),
                GroupSource::Claim(claim) => write!(f, "administrators by name or by group from claim {}", claim.name),
            },
            Some(_) => f.write_str("administrators by name"),
            None if self.first_user_admin => f.write_str("the first one becomes administrator"),
            None => f.write_str("the first one is a user like others"),
        }
    }
}
