//! Who administrates by the proxy's word: `AUTH_PROXY_ADMIN_USERS` and `AUTH_PROXY_ADMIN_GROUPS`.

use std::collections::HashSet;

use super::jwt::{AssertionConfig, Claim};
use super::preset::Preset;
use super::{choice_or, optional_header};
use crate::auth::proxy::header::{Header, Notation};
use crate::auth::proxy::value::composed;
use crate::config::vars::Vars;

/// Who is an administrator, and nobody else: it is looked at in every request.
#[derive(Debug, Clone)]
pub struct Admins {
    /// Names, exactly as the proxy gives them.
    pub users: HashSet<String>,
    /// Groups whose members are.
    pub groups: Option<AdminGroups>,
}

/// Groups that the proxy tells.
#[derive(Debug, Clone)]
pub struct AdminGroups {
    /// Gives the groups of the person.
    pub source: GroupSource,
    /// Stands between two of them.
    pub separator: u8,
    /// Those whose members are administrators.
    pub names: HashSet<String>,
}

/// What gives the groups of a person.
#[derive(Debug, Clone)]
pub enum GroupSource {
    /// A header.
    Header(Header),
    /// A claim of the signed assertion: texts, or one text of several.
    Claim(Claim),
}

impl Admins {
    /// The lists, or `None` when neither is given, so that administrators make administrators.
    pub(super) fn read(
        vars: &mut Vars,
        preset: &Preset,
        assertion: Option<&AssertionConfig>,
        notation: Notation,
    ) -> Option<Self> {
        let mut list = |name| vars.list(name).iter().map(|entry| composed(entry)).collect::<HashSet<_>>();
        let (users, names) = (list("AUTH_PROXY_ADMIN_USERS"), list("AUTH_PROXY_ADMIN_GROUPS"));
        let separators = [(",", b','), ("|", b'|'), ("space", b' ')];
        let separator = choice_or(vars, "AUTH_PROXY_GROUPS_SEPARATOR", &separators, preset.separator);
        let is_given = vars.text("AUTH_PROXY_HEADER_FOR_GROUPS").is_some();
        let source = if let Some(assertion) = assertion {
            if is_given {
                vars.problem(
                    "AUTH_PROXY_HEADER_FOR_GROUPS names a header that nobody signs: let the signed assertion tell the \
                     groups, and name its claim in AUTH_PROXY_JWT_CLAIM_GROUPS",
                );
            }
            assertion.groups.clone().map(GroupSource::Claim)
        } else {
            optional_header(vars, "AUTH_PROXY_HEADER_FOR_GROUPS", preset.headers.groups, notation)
                .map(GroupSource::Header)
        };
        let groups = match source {
            _ if names.is_empty() => {
                if is_given && assertion.is_none() {
                    vars.warning("AUTH_PROXY_HEADER_FOR_GROUPS does nothing without AUTH_PROXY_ADMIN_GROUPS");
                }
                None
            }
            Some(source) => Some(AdminGroups { source, separator, names }),
            None => {
                vars.problem(if assertion.is_some() {
                    "AUTH_PROXY_ADMIN_GROUPS needs AUTH_PROXY_JWT_CLAIM_GROUPS, the claim in which the assertion tells \
                     the groups of a person"
                } else {
                    "AUTH_PROXY_ADMIN_GROUPS needs AUTH_PROXY_HEADER_FOR_GROUPS, the header in which the proxy tells \
                     the groups of a person"
                });
                None
            }
        };
        (!users.is_empty() || groups.is_some()).then_some(Self { users, groups })
    }
}
