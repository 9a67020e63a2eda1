//! GitHub, or GitHub Enterprise: OAuth 2.0 without OpenID Connect; its API describes the user.

use http::{Request, header};
use serde::Deserialize;
use url::Url;

use super::flow::{Attempt, OAuthClient, Profile, SsoError, build, fetch_json};
use crate::config::Config;
use crate::config::sso::{AuthMethod, Certificates, GithubConfig};
use crate::outside::http::Http;

/// Its name in paths and in the database.
pub(super) const NAME: &str = "github";
const SCOPE: &str = "user:email";

/// GitHub, or an installation of GitHub Enterprise.
pub struct Github {
    config: GithubConfig,
    http: Http,
}

/// The answer to `GET /user`.
#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
}

/// An element of the answer to `GET /user/emails`.
#[derive(Deserialize)]
struct Email {
    #[serde(rename = "email")]
    address: String,
    primary: bool,
    verified: bool,
}

impl Github {
    /// Creates the client of the configured GitHub.
    pub fn new(github: GithubConfig, config: &Config) -> Self {
        let hosts =
            [&github.site, &github.api].into_iter().filter_map(|url| url.host().map(|host| host.to_owned())).collect();
        let http = Http::to_provider(config, hosts, &Certificates::System);
        Self { config: github, http }
    }

    /// Returns the authorization URL.
    pub(super) fn authorization_url(&self, attempt: &Attempt) -> Result<Url, SsoError> {
        Ok(self.build_client()?.authorization_url(attempt, SCOPE))
    }

    /// Exchanges the code, and returns the user's profile with the primary address, if that is verified.
    pub(super) async fn fetch_profile(&self, code: &str, attempt: &Attempt) -> Result<Profile, SsoError> {
        let token = self.build_client()?.exchange_code(code, attempt, &self.http).await?.access_token;
        let user: User = fetch_json(&self.http, self.build_request("user", &token)?).await?;
        let emails: Vec<Email> = fetch_json(&self.http, self.build_request("user/emails", &token)?).await?;
        let email = emails.into_iter().find(|email| email.primary && email.verified);
        Ok(Profile {
            subject: user.id.to_string(),
            name: user.login,
            email: email.map(|email| email.address.to_lowercase()),
        })
    }

    fn build_client(&self) -> Result<OAuthClient<'_>, SsoError> {
        Ok(OAuthClient {
            authorize: join_url(&self.config.site, "login/oauth/authorize")?,
            token: join_url(&self.config.site, "login/oauth/access_token")?,
            auth_method: AuthMethod::Post,
            registration: &self.config.registration,
        })
    }

    fn build_request(&self, path: &str, token: &str) -> Result<Request<Vec<u8>>, SsoError> {
        let request = Request::get(join_url(&self.config.api, path)?.as_str())
            .header(header::ACCEPT, "application/vnd.github+json")
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        build(request, Vec::new())
    }
}

/// Returns the URL of a path below a base, which may end with a slash or not.
fn join_url(base: &Url, path: &str) -> Result<Url, SsoError> {
    Url::parse(&format!("{}/{path}", base.as_str().trim_end_matches('/')))
        .map_err(|error| SsoError::Configuration(error.to_string()))
}
