//! Who administrates by the proxy's word: `AUTH_PROXY_ADMIN_USERS` and `AUTH_PROXY_ADMIN_GROUPS`.

use std::collections::HashSet;

use super::{choice, optional_header};
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
    pub header: Header,
    /// Stands between two of them.
    pub separator: u8,
    /// Those whose members are administrators.
    pub names: HashSet<String>,
}

impl Admins {
    /// The lists, or `None` when neither is given, so that administrators make administrators.
    pub(super) fn read(vars: &mut Vars, notation: Notation) -> Option<Self> {
        let mut list = |name| vars.list(name).iter().map(|entry| composed(entry)).collect::<HashSet<_>>();
        let (users, names) = (list("AUTH_PROXY_ADMIN_USERS"), list("AUTH_PROXY_ADMIN_GROUPS"));
        let separators = [(",", b','), ("|", b'|'), ("space", b' ')];
        let separator = choice(vars, "AUTH_PROXY_GROUPS_SEPARATOR", &separators);
        let groups = match optional_header(vars, "AUTH_PROXY_HEADER_FOR_GROUPS", notation) {
            Some(_) if names.is_empty() => {
                vars.warning("AUTH_PROXY_HEADER_FOR_GROUPS does nothing without AUTH_PROXY_ADMIN_GROUPS");
                None
            }
            Some(header) => Some(AdminGroups { header, separator, names }),
            None if names.is_empty() => None,
            None => {
                vars.problem(
                    "AUTH_PROXY_ADMIN_GROUPS needs AUTH_PROXY_HEADER_FOR_GROUPS, the header in which the proxy tells \
                     the groups of a person",
                );
                None
            }
        };
        (!users.is_empty() || groups.is_some()).then_some(Self { users, groups })
    }
}
