//! The headers and claims of a well-known proxy: `AUTH_PROXY_PRESET`.
//!
//! A preset stands for the variables of this section that would name the same; each of them, when set, wins over it.

use authproxy::preset::{AttributeNames, PresetAssertion, PresetValue};
use authproxy::{Algorithm, Encoding, Preset};

use crate::config::vars::Vars;

/// The values without a preset.
static NO_PRESET: Preset = Preset {
    name: "",
    headers: AttributeNames { user: Some("REMOTE_USER"), ..AttributeNames::NONE },
    encoding: Encoding::Utf8,
    separator: b',',
    strip_prefix: None,
    assertion: None,
};

/// The values of an assertion without a preset.
pub(super) const PLAIN_ASSERTION: PresetAssertion = PresetAssertion {
    header: "",
    is_required: false,
    algorithms: &[Algorithm::RS256, Algorithm::ES256],
    claims: AttributeNames { user: Some("sub"), ..AttributeNames::NONE },
    issuer: PresetValue::Own("the issuer, exactly as the claim `iss` has it"),
    audience: PresetValue::Own("what the claim `aud` has for Sixpin"),
    keys: PresetValue::Own(
        "the https address of the issuer's keys; or AUTH_PROXY_JWT_JWKS_FILE, or AUTH_PROXY_JWT_KEY_FILE",
    ),
};

/// Returns the chosen preset, or the values without one.
pub(super) fn read(vars: &mut Vars) -> &'static Preset {
    const NAME: &str = "AUTH_PROXY_PRESET";
    let Some(wanted) = vars.text(NAME) else { return &NO_PRESET };
    Preset::by_name(&wanted).unwrap_or_else(|| {
        let names: Vec<&str> = Preset::ALL.iter().map(|preset| preset.name).collect();
        vars.problem(format!("{NAME}: {wanted:?} is not known; there are {}", names.join(", ")));
        &NO_PRESET
    })
}
