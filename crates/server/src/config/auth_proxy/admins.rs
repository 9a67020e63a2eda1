//! The administrators as the proxy states them: `AUTH_PROXY_ADMIN_USERS` and `AUTH_PROXY_ADMIN_GROUPS`.

use authproxy::{Admins, AssertionSettings, Header, Notation, Preset};

use super::words::{read_choice_or, read_header};
use crate::config::vars::Vars;

/// Reads the lists, and the header with the groups of a user if it counts. Without lists, administrators are made by
/// administrators.
pub(super) fn read(
    vars: &mut Vars,
    preset: &Preset,
    assertion: Option<&AssertionSettings>,
    notation: Notation,
) -> (Option<Admins>, Option<Header>) {
    let (users, mut groups) = (vars.list("AUTH_PROXY_ADMIN_USERS"), vars.list("AUTH_PROXY_ADMIN_GROUPS"));
    let separators = [(",", b','), (";", b';'), ("|", b'|'), ("space", b' ')];
    let separator = read_choice_or(vars, "AUTH_PROXY_GROUPS_SEPARATOR", &separators, preset.separator);
    let header = if let Some(assertion) = assertion {
        check_signed(vars, assertion, &mut groups);
        None
    } else {
        read_groups_header(vars, preset, &mut groups, notation)
    };
    let is_empty = users.is_empty() && groups.is_empty();
    ((!is_empty).then(|| Admins { separator, ..Admins::new(users, groups) }), header)
}

/// Drops the groups, with a problem, if the assertion doesn't have those of a user.
fn check_signed(vars: &mut Vars, assertion: &AssertionSettings, groups: &mut Vec<String>) {
    if vars.text("AUTH_PROXY_HEADER_FOR_GROUPS").is_some() {
        vars.problem(
            "AUTH_PROXY_HEADER_FOR_GROUPS names a header that isn't signed: let the signed assertion state the groups, and \
             name its claim in AUTH_PROXY_JWT_CLAIM_GROUPS",
        );
    }
    if !groups.is_empty() && assertion.claims.groups.is_none() {
        groups.clear();
        vars.problem(
            "AUTH_PROXY_ADMIN_GROUPS needs AUTH_PROXY_JWT_CLAIM_GROUPS, the claim in which the assertion tells the groups \
             of a person",
        );
    }
}

/// Returns the header with the groups of a user. Drops the groups, with a problem, if there is none.
fn read_groups_header(
    vars: &mut Vars,
    preset: &Preset,
    groups: &mut Vec<String>,
    notation: Notation,
) -> Option<Header> {
    let header = read_header(vars, "AUTH_PROXY_HEADER_FOR_GROUPS", preset.headers.groups, notation);
    if groups.is_empty() {
        if vars.text("AUTH_PROXY_HEADER_FOR_GROUPS").is_some() {
            vars.warning("AUTH_PROXY_HEADER_FOR_GROUPS does nothing without AUTH_PROXY_ADMIN_GROUPS");
        }
        return None;
    }
    if header.is_none() {
        groups.clear();
        vars.problem(
            "AUTH_PROXY_ADMIN_GROUPS needs AUTH_PROXY_HEADER_FOR_GROUPS, the header in which the proxy tells the groups \
             of a person",
        );
    }
    header
}
