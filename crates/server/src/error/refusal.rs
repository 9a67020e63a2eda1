//! Refusals behind an auth proxy, as they are answered and logged.

use authproxy::{Reason, Refusal};
use http::StatusCode;
use serde_json::{Value, json};

/// Why a request behind an auth proxy is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyRefusal {
    /// It has no identity.
    #[error("{0}")]
    Rules(#[from] Refusal),
    /// Its identity may not sign in.
    #[error("{0}")]
    Denied(#[from] Denial),
}

/// Why an identity may not sign in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// The name belongs to another subject.
    #[error("identity_conflict")]
    IdentityConflict,
    /// The name looks like those of other users.
    #[error("name_collision")]
    NameCollision {
        /// The name that the proxy states.
        stated: String,
        /// The names of the users.
        others: Vec<String>,
    },
    /// An administrator has deleted the user of that name or subject.
    #[error("tombstoned")]
    Tombstoned,
    /// No user has that name, and none is to be created.
    #[error("unknown_user")]
    UnknownUser,
    /// An administrator has disabled the user.
    #[error("account_disabled")]
    AccountDisabled,
}

impl ProxyRefusal {
    /// Returns the word for programs, for the answer and the log.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rules(refusal) => refusal.code(),
            Self::Denied(denial) => denial.code(),
        }
    }

    /// Returns the status: 403 if the request is not believed or the user may not sign in, 407 if there is no identity.
    pub fn status(&self) -> StatusCode {
        if self.is_forbidden() { StatusCode::FORBIDDEN } else { StatusCode::PROXY_AUTHENTICATION_REQUIRED }
    }

    /// Returns the sentence for the client.
    pub fn message(&self) -> &'static str {
        match self {
            // compat: 2FAuth's words.
            Self::Rules(_) if self.is_forbidden() => "Request does not come from a trusted proxy",
            Self::Rules(_) => "Unauthenticated.",
            Self::Denied(denial) => denial.message(),
        }
    }

    /// Returns the answer: the message, and the code unless 2FAuth gives the same answer without one.
    pub fn body(&self) -> Value {
        match self {
            // compat 1.4: clients of 2FAuth know these two answers to the letter.
            Self::Rules(Refusal { reason: Reason::UntrustedPeer(_) | Reason::Missing { .. }, .. }) => {
                json!({ "message": self.message() })
            }
            _ => json!({ "message": self.message(), "reason": self.code() }),
        }
    }

    fn is_forbidden(&self) -> bool {
        match self {
            Self::Rules(refusal) => {
                matches!(refusal.reason, Reason::UntrustedPeer(_) | Reason::Secret(_) | Reason::Assertion(_))
            }
            Self::Denied(_) => true,
        }
    }
}

impl Denial {
    /// Returns the word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::IdentityConflict => "identity_conflict",
            Self::NameCollision { .. } => "name_collision",
            Self::Tombstoned => "tombstoned",
            Self::UnknownUser => "unknown_user",
            Self::AccountDisabled => "account_disabled",
        }
    }

    fn message(&self) -> &'static str {
        match self {
            Self::IdentityConflict => "This name belongs to an account with another identity",
            Self::NameCollision { .. } => "This name differs only in its writing from that of another account",
            Self::Tombstoned => "The account of this name was deleted by an administrator",
            Self::UnknownUser => "No account has this name",
            Self::AccountDisabled => "This account is disabled",
        }
    }

    /// Returns a hint for the operator. `ignores_case` is the setting `AUTH_PROXY_USERNAME_CASE=lower`.
    pub fn hint(&self, ignores_case: bool) -> String {
        let hint = match self {
            Self::IdentityConflict => {
                "the account of that name belongs to another identifier (AUTH_PROXY_HEADER_FOR_ID, \
                 AUTH_PROXY_JWT_CLAIM_ID): it gets its owner's new name at their next visit. To free the name, \
                 delete the account; if the identifiers have changed, `sixpin user unbind` it"
            }
            Self::NameCollision { stated, others } => return describe_collision(stated, others, ignores_case),
            Self::Tombstoned => {
                "an administrator has deleted the account of that name or identifier; make a new one, or set \
                 AUTH_PROXY_RECREATE_DELETED=true"
            }
            Self::UnknownUser => "no account has that name; make one, or set AUTH_PROXY_AUTO_CREATE=true",
            Self::AccountDisabled => "an administrator has disabled the account",
        };
        hint.to_owned()
    }
}

/// Advises a setting only where it isn't on and helps.
fn describe_collision(stated: &str, others: &[String], ignores_case: bool) -> String {
    let names: Vec<String> = others.iter().map(|name| format!("{name:?}")).collect();
    let names = names.join(" and ");
    let is_case = |name: &&String| name.to_lowercase() == stated.to_lowercase();
    let (is_one, is_all_case) = (others.len() == 1, others.iter().all(|name| is_case(&name)));
    match (is_one, ignores_case && is_all_case) {
        (false, true) => format!(
            "users are named {names}, which is one name with AUTH_PROXY_USERNAME_CASE=lower, so it can't be told whom \
             {stated:?} means; rename or delete all but one (`sixpin user rename`)"
        ),
        (true, false) if is_all_case && !ignores_case => format!(
            "a user is named {names}, which differs from {stated:?} in case only; let the proxy send that name, rename \
             the user (`sixpin user rename`), or set AUTH_PROXY_USERNAME_CASE=lower if the proxy takes names in any case"
        ),
        _ => format!(
            "{names} differs from {stated:?} only in case or form; let the proxy send that name, or rename the user \
             (`sixpin user rename`)"
        ),
    }
}

#[cfg(test)]
mod tests {
    use authproxy::refusal::{AssertionFault, SecretFault};

    use super::*;

    fn refusal(reason: Reason) -> ProxyRefusal {
        Refusal { reason, source: None }.into()
    }

    #[test]
    fn v_27_a_collision_names_the_users_and_advises_nothing_that_is_on() {
        let hint = |stated: &str, others: &[&str], ignores_case| {
            let others = others.iter().map(|name| (*name).to_owned()).collect();
            Denial::NameCollision { stated: stated.to_owned(), others }.hint(ignores_case)
        };
        let set = "set AUTH_PROXY_USERNAME_CASE=lower";
        let case = hint("john", &["John"], false);
        assert!(case.contains("\"John\"") && case.contains(set), "{case}");
        for (stated, others, ignores_case) in [
            ("john", &["John", "JOHN"][..], true),
            ("john", &["John", "JOHN"], false),
            ("\u{FF4A}ohn", &["john"], false),
            ("\u{FF4A}ohn", &["john"], true),
        ] {
            let hint = hint(stated, others, ignores_case);
            assert!(others.iter().all(|name| hint.contains(&format!("{name:?}"))), "{hint}");
            assert!(!hint.contains(set) && hint.contains("sixpin user rename"), "{hint}");
        }
    }

    #[test]
    fn refusals_have_the_answers_that_clients_know() {
        let untrusted = "Request does not come from a trusted proxy";
        for (refusal, status, body) in [
            (refusal(Reason::UntrustedPeer(None)), 403, json!({ "message": untrusted })),
            (
                refusal(Reason::Secret(SecretFault::Wrong)),
                403,
                json!({ "message": untrusted, "reason": "proof_invalid" }),
            ),
            (
                refusal(Reason::Assertion(AssertionFault::Ended)),
                403,
                json!({ "message": untrusted, "reason": "proof_invalid" }),
            ),
            (refusal(Reason::Missing { seen: Vec::new() }), 407, json!({ "message": "Unauthenticated." })),
            (refusal(Reason::Duplicate), 407, json!({ "message": "Unauthenticated.", "reason": "header_duplicate" })),
            (refusal(Reason::Mismatch), 407, json!({ "message": "Unauthenticated.", "reason": "proof_mismatch" })),
            (
                Denial::UnknownUser.into(),
                403,
                json!({ "message": "No account has this name", "reason": "unknown_user" }),
            ),
        ] {
            assert_eq!((refusal.status().as_u16(), refusal.body()), (status, body), "{refusal}");
        }
    }
}
