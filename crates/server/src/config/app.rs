//! Name, URL and mode of the instance.

use url::Url;

use super::vars::Vars;

/// Name, URL and mode of the instance.
#[derive(Debug, Clone)]
pub struct AppConfig {
    /// `APP_NAME`: shown to people, and part of the session cookie's name.
    pub name: String,
    /// `APP_URL`: the public address, where one must be written out in full (mails, single sign-on). Pages never need
    /// it.
    pub url: Option<Url>,
    /// `APP_SUBDIRECTORY`, or the path of `APP_URL`: a prefix under which the app also answers, without slashes at its
    /// ends; empty for none.
    pub subdirectory: String,
    /// `APP_ENV`: only shown.
    pub environment: String,
    /// `APP_DEBUG`: only shown; answers never carry details of an internal error.
    pub debug: bool,
    /// `IS_DEMO_APP`: strangers share an account, and may not change whose it is.
    pub is_demo: bool,
    /// `APP_LOCALE`: the language of requests that ask for none of ours.
    pub locale: String,
}

impl AppConfig {
    pub(super) fn read(vars: &mut Vars) -> Self {
        let url = vars.text("APP_URL").and_then(|text| match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
            _ => {
                vars.problem(format!(
                    "APP_URL: {text:?} is not an http or https address such as https://2fa.example.org"
                ));
                None
            }
        });
        let subdirectory = vars.text("APP_SUBDIRECTORY").or_else(|| Some(url.as_ref()?.path().to_owned()));
        let subdirectory = subdirectory.unwrap_or_default().trim_matches('/').to_owned();
        if !subdirectory.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte)) {
            vars.problem(format!(
                "APP_SUBDIRECTORY: {subdirectory:?} may only have letters, digits, '-', '.', '_', '~' and '/'"
            ));
        }
        Self {
            name: vars.text("APP_NAME").unwrap_or_else(|| "Sixpin".into()),
            url,
            subdirectory,
            environment: vars.text("APP_ENV").unwrap_or_else(|| "production".into()),
            debug: vars.flag("APP_DEBUG", false),
            is_demo: vars.flag("IS_DEMO_APP", false),
            locale: vars.text("APP_LOCALE").unwrap_or_else(|| "en".into()),
        }
    }
}
