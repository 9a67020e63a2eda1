//! Faults of the settings, with the variables to correct.

use authproxy::settings::SettingsFault;
use authproxy::{Header, Purpose, Settings};

use super::variables::{claim_variable, header_variable};
use crate::config::vars::Vars;

/// Attributes that one header may have together.
const ATTRIBUTES: [Purpose; 4] = [Purpose::User, Purpose::Id, Purpose::Email, Purpose::DisplayName];

/// Reports the problems of the settings, and warnings.
pub(super) fn report(vars: &mut Vars, settings: &Settings) {
    if settings.allow_any_peer && settings.trust.is_unbounded() && !settings.has_proof() {
        vars.warning(
            "Every client that reaches this server can be any user, because every peer is trusted \
             (AUTH_PROXY_ALLOW_ANY_PEER=true): make sure that only the reverse proxy reaches it",
        );
    }
    for fault in settings.faults() {
        report_fault(vars, settings, &fault);
    }
    report_shared_headers(vars, settings);
    warn_of_names(vars, settings);
}

fn report_fault(vars: &mut Vars, settings: &Settings, fault: &SettingsFault) {
    match fault {
        // The header that can't be used, or the missing groups, was reported when it was read.
        SettingsFault::NoIdentity | SettingsFault::NoGroups => {}
        SettingsFault::AnyPeer => vars.problem(format!(
            "TRUSTED_PROXIES trusts every address ({}), so every client that reaches this server could be any user: name the address \
             of the reverse proxy, or give the proxy a secret (AUTH_PROXY_SECRET), or let it connect through a Unix socket \
             and trust `unix:`. If only the proxy can reach this server, set AUTH_PROXY_ALLOW_ANY_PEER=true",
            settings.trust
        )),
        SettingsFault::Collision { one, other } => report_collision(vars, settings, *one, *other),
        SettingsFault::Unsigned(purpose) => {
            let header = header_variable(*purpose);
            vars.problem(format!(
                "{header} names a header that isn't signed: name the corresponding claim of the assertion in {}, \
                 and leave out {header} unless both are to be compared",
                claim_variable(*purpose)
            ));
        }
    }
}

fn report_collision(vars: &mut Vars, settings: &Settings, one: Purpose, other: Purpose) {
    let assignment = |purpose| {
        let configured = settings.header(purpose).map_or("", Header::configured);
        format!("{}={configured}", header_variable(purpose))
    };
    vars.problem(format!(
        "{} and {} could be taken for each other: let the proxy send headers whose names differ in more than case, `-`, \
         `_` and a leading HTTP_",
        assignment(one),
        assignment(other)
    ));
}

/// Reports attributes with the same header, which is mostly a mistake. Only a name may be the address as well.
fn report_shared_headers(vars: &mut Vars, settings: &Settings) {
    let headers: Vec<(Purpose, &Header)> =
        ATTRIBUTES.iter().filter_map(|purpose| Some((*purpose, settings.header(*purpose)?))).collect();
    for (index, (other, header)) in headers.iter().enumerate() {
        for (one, earlier) in &headers[..index] {
            let is_meant = (*one, *other) == (Purpose::User, Purpose::Email);
            if header.name() == earlier.name() && !is_meant {
                report_collision(vars, settings, *one, *other);
            }
        }
    }
}

fn warn_of_names(vars: &mut Vars, settings: &Settings) {
    for (purpose, header) in settings.headers() {
        if header.configured() == "HTTP_" {
            vars.warning(format!("{}=HTTP_ is read as a header of exactly that name", header_variable(purpose)));
        }
    }
    let is_shared = |name: &str| ["x-sandstorm-username", "x-sandstorm-preferred-handle"].contains(&name);
    if let Some(user) = settings.user.as_ref().filter(|user| is_shared(user.name().as_str())) {
        vars.warning(format!(
            "{} is not unique in Sandstorm and can be changed by people, so one could take another's account: set \
             AUTH_PROXY_PRESET=sandstorm instead of AUTH_PROXY_HEADER_FOR_USER",
            user.written()
        ));
    }
}
