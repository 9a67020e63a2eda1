//! Reverse proxies by their makers: how each is known, its traps, and the lines that keep them shut.

use http::{HeaderMap, header};

/// A reverse proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Software {
    /// nginx, and `OpenResty`.
    Nginx,
    /// Apache httpd.
    Apache,
    /// Caddy.
    Caddy,
    /// `HAProxy`.
    Haproxy,
    /// Traefik.
    Traefik,
}

/// The purpose of a line in a proxy's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fix {
    /// Replace the header that clients send.
    Replace,
    /// Drop other spellings of it.
    DropSpellings,
    /// Drop the client's `Connection` header, which can have others dropped.
    DropConnection,
    /// Check the password before the name of `Authorization` is passed on.
    CheckPassword,
    /// Send no header without a signed-in user.
    NoPlaceholder,
    /// Pass on the host that the client asked for.
    KeepHost,
    /// State the client's address.
    StateClient,
}

impl Fix {
    /// Returns what the line does, for a proxy whose language isn't known. `spelling` is another spelling of the header.
    pub fn describe(self, header: &str, spelling: &str) -> String {
        match self {
            Self::Replace => format!("let it replace {header} in every request, signed in or not, never add to it"),
            Self::DropSpellings => format!("let it drop {spelling}, and every spelling but {header}, from clients"),
            Self::DropConnection => "let it drop the client's header Connection".into(),
            Self::CheckPassword => "let it check the password wherever it passes on the name".into(),
            Self::NoPlaceholder => format!("let it send no {header} unless somebody is signed in"),
            Self::KeepHost => "let it pass on the client's Host, or send it in X-Forwarded-Host; or set APP_URL".into(),
            Self::StateClient => "let it set X-Forwarded-For to the client's address".into(),
        }
    }
}

impl Software {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Nginx, Self::Apache, Self::Caddy, Self::Haproxy, Self::Traefik];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Apache => "Apache",
            Self::Caddy => "Caddy",
            Self::Haproxy => "HAProxy",
            Self::Traefik => "Traefik",
        }
    }

    /// Those that name themselves in the headers `Server` and `Via` of an answer, with what they say of their version.
    pub fn of_answer(headers: &HeaderMap) -> Vec<(Self, Option<String>)> {
        let values = headers.get_all(header::SERVER).iter().chain(headers.get_all(header::VIA));
        let text: Vec<String> = values.filter_map(|value| value.to_str().ok()).map(str::to_ascii_lowercase).collect();
        let text = text.join(" ");
        let found = |software: Self| {
            let words: &[&str] = match software {
                Self::Nginx => &["nginx", "openresty"],
                Self::Apache => &["apache"],
                Self::Caddy => &["caddy"],
                Self::Haproxy => &["haproxy"],
                Self::Traefik => &["traefik"],
            };
            let (_, rest) = words.iter().find_map(|word| text.split_once(word))?;
            let version = rest.strip_prefix('/').map(|rest| {
                rest.chars().take_while(|letter| letter.is_ascii_digit() || *letter == '.').take(32).collect()
            });
            Some((software, version.filter(|version: &String| !version.is_empty())))
        };
        Self::ALL.into_iter().filter_map(found).collect()
    }

    /// Returns what an operator must know before trusting it.
    pub fn trap(self) -> &'static str {
        match self {
            Self::Nginx => {
                "$remote_user is whatever a client claims wherever auth_basic is off, and with \
                 `underscores_in_headers on` other spellings get through"
            }
            Self::Apache => {
                "%{REMOTE_USER}e becomes (null): write expr=%{REMOTE_USER}. Other spellings get through, and clients \
                 can have the header dropped: `RequestHeader unset Connection early`"
            }
            Self::Caddy => {
                "before 2.11.4 other spellings get through; 2.10.0 to 2.11.1 pass on the client's header where the \
                 authentication service names nobody, older ones send a placeholder in braces"
            }
            Self::Haproxy => {
                "without del-header before a conditional set-header, what nobody authenticated keeps the client's \
                 header; other spellings get through"
            }
            Self::Traefik => {
                "other spellings get through unless 3.6.20 or later has `underscoreHeadersStrategy: delete`, and only \
                 the headers listed in authResponseHeaders are replaced"
            }
        }
    }

    /// The line that does it for a header, where there is one. `spelling` is another spelling of the header.
    pub fn line(self, fix: Fix, header: &str, spelling: &str) -> Option<String> {
        let line = match (self, fix) {
            (Self::Nginx, Fix::Replace) => format!("proxy_set_header {header} $user;  # in every location"),
            (Self::Nginx, Fix::DropSpellings) => {
                format!("underscores_in_headers off;  proxy_set_header {spelling} \"\";")
            }
            (Self::Nginx, Fix::DropConnection) => "proxy_set_header Connection \"\";".into(),
            (Self::Nginx, Fix::CheckPassword) => "auth_basic \"Sixpin\";  # wherever $remote_user is passed on".into(),
            (Self::Apache, Fix::Replace) => format!("RequestHeader unset {header} early"),
            (Self::Apache, Fix::DropSpellings) => format!("RequestHeader unset {spelling} early"),
            (Self::Apache, Fix::DropConnection) => "RequestHeader unset Connection early".into(),
            (Self::Apache, Fix::CheckPassword) => "Require valid-user".into(),
            (Self::Apache, Fix::NoPlaceholder) => format!("RequestHeader set {header} expr=%{{REMOTE_USER}}"),
            (Self::Caddy, Fix::Replace) => format!("request_header -{header}  # before forward_auth; Caddy 2.11.4"),
            (Self::Caddy, Fix::DropSpellings) => format!("request_header -{spelling}  # or Caddy 2.11.4"),
            (Self::Caddy, Fix::DropConnection) => "request_header -Connection".into(),
            (Self::Caddy, Fix::NoPlaceholder) => "(update to Caddy 2.11.4 or later)".into(),
            (Self::Haproxy, Fix::Replace) => format!("http-request del-header {header}  # before set-header"),
            (Self::Haproxy, Fix::DropSpellings) => "option http-restrict-req-hdr-names delete".into(),
            (Self::Haproxy, Fix::DropConnection) => "http-request del-header Connection".into(),
            (Self::Haproxy, Fix::NoPlaceholder) => {
                format!("http-request set-header {header} %[var(txn.user)] if {{ var(txn.user) -m found }}")
            }
            (Self::Traefik, Fix::Replace) => {
                format!("authResponseHeaders: [{header}]  # of forwardAuth, on every router")
            }
            (Self::Nginx, Fix::KeepHost) => "proxy_set_header Host $http_host;".into(),
            (Self::Apache, Fix::KeepHost) => "ProxyPreserveHost On".into(),
            (Self::Caddy, Fix::KeepHost) => "(remove `header_up Host` from reverse_proxy)".into(),
            (Self::Haproxy, Fix::KeepHost) => "(remove `http-request set-header Host`)".into(),
            (Self::Traefik, Fix::KeepHost) => "passHostHeader: true  # of the loadBalancer".into(),
            (Self::Nginx, Fix::StateClient) => "proxy_set_header X-Forwarded-For $remote_addr;".into(),
            (Self::Apache, Fix::StateClient) => "ProxyAddHeaders On".into(),
            (Self::Haproxy, Fix::StateClient) => "http-request set-header X-Forwarded-For %[src]".into(),
            (Self::Traefik, Fix::DropSpellings) => "underscoreHeadersStrategy: delete  # 3.6.20 or later".into(),
            (Self::Nginx | Self::Traefik, Fix::NoPlaceholder)
            | (Self::Caddy | Self::Haproxy | Self::Traefik, Fix::CheckPassword)
            | (Self::Traefik, Fix::DropConnection)
            | (Self::Caddy | Self::Traefik, Fix::StateClient) => return None,
        };
        Some(line)
    }
}
