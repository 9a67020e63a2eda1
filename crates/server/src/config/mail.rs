//! How mails leave.

use std::fmt;
use std::path::PathBuf;

use lettre::Address;
use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::app::AppConfig;
use super::vars::Vars;
use vault::email::is_email;

/// The settings of outgoing mail.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// `MAIL_MAILER`: what takes them.
    pub mailer: Mailer,
    /// `MAIL_FROM_ADDRESS` and `MAIL_FROM_NAME`: who they are from.
    pub from: Mailbox,
}

/// The transport of mails.
#[derive(Debug, Clone)]
pub enum Mailer {
    /// They are only noted in the log.
    Log,
    /// A program that takes them as `sendmail` does.
    Sendmail(PathBuf),
    /// A mail server.
    Smtp(SmtpConfig),
}

/// A mail server and how to speak with it.
#[derive(Clone)]
pub struct SmtpConfig {
    /// `MAIL_HOST`: its name or address.
    pub host: String,
    /// `MAIL_PORT`.
    pub port: u16,
    /// `MAIL_ENCRYPTION`.
    pub encryption: Encryption,
    /// `MAIL_VERIFY_SSL_PEER`: whether its certificate must be good.
    pub verifies: bool,
    /// `MAIL_USERNAME` and `MAIL_PASSWORD`.
    pub credentials: Option<(String, String)>,
    /// `MAIL_EHLO_DOMAIN`: the name to greet it with; otherwise the machine's own.
    pub hello: Option<String>,
}

/// Whether a connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From its first byte.
    FromStart,
    /// After STARTTLS (RFC 3207), or not at all: then nothing is sent.
    StartTls,
    /// After STARTTLS if the server offers it.
    IfOffered,
    /// Never.
    Never,
}

/// The port on which clients hand mails over (RFC 6409).
const SUBMISSION: u16 = 587;
/// The one on which connections are encrypted from their first byte (RFC 8314).
const SUBMISSIONS: u16 = 465;

impl MailConfig {
    pub(super) fn read(vars: &mut Vars, app: &AppConfig) -> Self {
        let smtp = smtp(vars);
        let named = vars.text("MAIL_MAILER").or_else(|| vars.text("MAIL_DRIVER"));
        let sendmail = vars.text("MAIL_SENDMAIL_PATH").unwrap_or_else(|| "/usr/sbin/sendmail".into());
        let mailer = match (named.as_deref(), smtp) {
            (None | Some("smtp"), Some(smtp)) => Mailer::Smtp(smtp),
            (Some("smtp"), None) => {
                vars.problem("MAIL_HOST is missing: it names the mail server that MAIL_MAILER=smtp needs");
                Mailer::Log
            }
            (None | Some("log" | "array"), _) => Mailer::Log,
            // 2FAuth's value has arguments behind the program; which ones are needed is known here.
            (Some("sendmail"), _) => Mailer::Sendmail(sendmail.split_whitespace().next().unwrap_or(&sendmail).into()),
            (Some(other), _) => {
                vars.problem(format!(
                    "MAIL_MAILER: {other:?} is none of smtp, sendmail and log; what sends mails as a service takes \
                     them by smtp too"
                ));
                Mailer::Log
            }
        };
        if matches!(mailer, Mailer::Smtp(_) | Mailer::Sendmail(_)) && app.url.is_none() {
            vars.warning("APP_URL is not set: the links in mails lead to localhost");
        }
        let from = Mailbox::new(Some(sender_name(vars, app)), sender_address(vars, app, &mailer));
        Self { mailer, from }
    }
}

/// The sender where nothing better is known.
const FALLBACK_SENDER: &str = "sixpin@localhost";

fn sender_name(vars: &mut Vars, app: &AppConfig) -> String {
    vars.text("MAIL_FROM_NAME").unwrap_or_else(|| app.name.clone())
}

/// The address that was given, else one that the mail server may well accept.
fn sender_address(vars: &mut Vars, app: &AppConfig, mailer: &Mailer) -> Address {
    if let Some(text) = vars.text("MAIL_FROM_ADDRESS") {
        match text.parse::<Address>() {
            Ok(address) => return address,
            Err(_) => vars.problem(format!("MAIL_FROM_ADDRESS: {text:?} is not an e-mail address")),
        }
    }
    let user = match mailer {
        Mailer::Smtp(SmtpConfig { credentials: Some((user, _)), .. }) if is_email(user) => user.parse().ok(),
        _ => None,
    };
    let host = match app.url.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => Address::new("noreply", name).ok(),
        _ => None,
    };
    user.or(host).unwrap_or_else(|| {
        if app.url.is_some() && !matches!(mailer, Mailer::Log) {
            vars.warning(format!(
                "mails are from {FALLBACK_SENDER}, which many mail servers refuse: APP_URL has no name of a host to make an \
                 address of, so set MAIL_FROM_ADDRESS"
            ));
        }
        Address::new_dangerous("sixpin", "localhost")
    })
}

/// The mail server of `MAIL_URL`, or of the variables for its parts; `None` when none is named.
fn smtp(vars: &mut Vars) -> Option<SmtpConfig> {
    let verifies = vars.flag("MAIL_VERIFY_SSL_PEER", true);
    let hello = vars.text("MAIL_EHLO_DOMAIN");
    let (user, password) = (vars.secret("MAIL_USERNAME"), vars.secret("MAIL_PASSWORD"));
    let port = vars.text("MAIL_PORT").is_some().then(|| vars.parsed("MAIL_PORT", SUBMISSION));
    let encryption = encryption(vars);
    let host = vars.text("MAIL_HOST");
    if let Some(text) = vars.secret("MAIL_URL") {
        let smtp = from_url(&text, verifies, hello);
        if smtp.is_none() {
            // The text may hold a password.
            vars.problem("MAIL_URL is not an address such as smtp://user:password@mail.example.org:587");
        }
        return smtp;
    }
    let port = port.unwrap_or(SUBMISSION);
    // compat: 2FAuth encrypts from the first byte on this port, though it calls both ways `tls`.
    let encryption =
        if port == SUBMISSIONS && encryption != Encryption::Never { Encryption::FromStart } else { encryption };
    let credentials = user.map(|user| (user, password.unwrap_or_default()));
    Some(SmtpConfig { host: host?, port, encryption, verifies, credentials, hello })
}

fn encryption(vars: &mut Vars) -> Encryption {
    let name = if vars.is_given("MAIL_ENCRYPTION") { "MAIL_ENCRYPTION" } else { "MAIL_SCHEME" };
    let (is_given, text) = (vars.is_given(name), vars.text(name));
    match text.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None if is_given => Encryption::IfOffered,
        None | Some("tls" | "starttls") => Encryption::StartTls,
        Some("smtp") => Encryption::IfOffered,
        Some("ssl" | "smtps") => Encryption::FromStart,
        Some("none") => Encryption::Never,
        Some(other) => {
            vars.problem(format!("{name}: {other:?} is none of tls, ssl, none and null"));
            Encryption::StartTls
        }
    }
}

fn from_url(text: &str, verifies: bool, hello: Option<String>) -> Option<SmtpConfig> {
    let url = Url::parse(text).ok()?;
    let encryption = match url.scheme() {
        "smtps" => Encryption::FromStart,
        "smtp" if url.port() == Some(SUBMISSIONS) => Encryption::FromStart,
        "smtp" => Encryption::IfOffered,
        _ => return None,
    };
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned);
    let user = Some(url.username()).filter(|user| !user.is_empty());
    let credentials = match user {
        Some(user) => Some((decoded(user)?, decoded(url.password().unwrap_or_default())?)),
        None => None,
    };
    let default = if encryption == Encryption::FromStart { SUBMISSIONS } else { SUBMISSION };
    let host = url.host_str().filter(|host| !host.is_empty())?.trim_matches(['[', ']']).to_owned();
    Some(SmtpConfig { host, port: url.port().unwrap_or(default), encryption, verifies, credentials, hello })
}

/// Without the password.
impl fmt::Debug for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, encryption, verifies, credentials, hello } = self;
        f.debug_struct("SmtpConfig")
            .field("host", host)
            .field("port", port)
            .field("encryption", encryption)
            .field("verifies", verifies)
            .field("user", &credentials.as_ref().map(|(user, _)| user))
            .field("hello", hello)
            .finish()
    }
}

/// Which it is: the log, a program, or the server's address.
impl fmt::Display for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log => f.write_str("the log"),
            Self::Sendmail(program) => program.display().fmt(f),
            Self::Smtp(smtp) => write!(f, "{}:{}", smtp.host, smtp.port),
        }
    }
}

/// The effective setting in words, without the password.
impl fmt::Display for MailConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.mailer {
            Mailer::Log => f.write_str("only noted in the log (MAIL_HOST names no server)"),
            mailer => write!(f, "by {mailer}, from {}", self.from.email),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(given: &[(&str, &str)]) -> (MailConfig, Vec<String>) {
        let given: BTreeMap<_, _> =
            given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut vars = Vars::new(given);
        let app = AppConfig::read(&mut vars);
        let config = MailConfig::read(&mut vars, &app);
        (config, vars.into_findings().0)
    }

    #[track_caller]
    fn server(given: &[(&str, &str)]) -> SmtpConfig {
        let (config, problems) = read(given);
        assert!(problems.is_empty(), "{problems:?}");
        match config.mailer {
            Mailer::Smtp(smtp) => smtp,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_a_server_mails_are_noted_in_the_log() {
        for given in [&[][..], &[("MAIL_MAILER", "log"), ("MAIL_HOST", "x")], &[("MAIL_MAILER", "null")]] {
            let (config, problems) = read(given);
            assert!(matches!(config.mailer, Mailer::Log) && problems.is_empty(), "{given:?}");
        }
        assert!(read(&[("MAIL_MAILER", "smtp")]).1[0].contains("MAIL_HOST"));
        assert!(read(&[("MAIL_MAILER", "mailgun")]).1[0].contains("mailgun"));
    }

    #[test]
    fn encryption_follows_name_and_port() {
        let of = |port: &str, encryption: Option<&str>| {
            let mut given = vec![("MAIL_HOST", "mail.example.org"), ("MAIL_PORT", port)];
            given.extend(encryption.map(|encryption| ("MAIL_ENCRYPTION", encryption)));
            server(&given).encryption
        };
        assert_eq!(of("587", None), Encryption::StartTls);
        assert_eq!(of("587", Some("tls")), Encryption::StartTls);
        assert_eq!(of("465", Some("tls")), Encryption::FromStart);
        assert_eq!(of("2525", Some("ssl")), Encryption::FromStart);
        assert_eq!(of("25", Some("null")), Encryption::IfOffered);
        assert_eq!(of("25", Some("none")), Encryption::Never);
        assert!(read(&[("MAIL_HOST", "x"), ("MAIL_ENCRYPTION", "rot13")]).1[0].contains("rot13"));
    }

    #[test]
    fn a_server_in_one_address() {
        let smtp = server(&[("MAIL_URL", "smtps://ana%40example.org:p%2Fw@mail.example.org")]);
        assert_eq!((smtp.host.as_str(), smtp.port, smtp.encryption), ("mail.example.org", 465, Encryption::FromStart));
        assert_eq!(smtp.credentials, Some(("ana@example.org".into(), "p/w".into())));
        for wrong in ["mail.example.org", "http://x", "smtp://"] {
            let (_, problems) = read(&[("MAIL_URL", wrong)]);
            assert!(problems.iter().any(|problem| problem.contains("MAIL_URL")), "{wrong}");
        }
    }

    #[test]
    fn the_sender_is_given_or_likely() {
        let from = |given: &[(&str, &str)]| read(given).0.from.to_string();
        assert_eq!(from(&[]), "Sixpin <sixpin@localhost>");
        assert_eq!(from(&[("APP_URL", "https://2fa.example.org")]), "Sixpin <noreply@2fa.example.org>");
        assert_eq!(from(&[("MAIL_HOST", "x"), ("MAIL_USERNAME", "me@example.org")]), "Sixpin <me@example.org>");
        let given = [("MAIL_FROM_ADDRESS", "codes@example.org"), ("MAIL_FROM_NAME", "Our codes, at home")];
        assert_eq!(from(&given), "\"Our codes, at home\" <codes@example.org>");
        for url in ["http://[2001:db8::1]:8000", "http://192.0.2.1"] {
            assert_eq!(from(&[("APP_URL", url)]), "Sixpin <sixpin@localhost>", "{url}");
            let given = [("APP_URL", url), ("MAIL_HOST", "x")].map(|(name, value)| (name.to_owned(), value.to_owned()));
            let mut vars = Vars::new(BTreeMap::from(given));
            let app = AppConfig::read(&mut vars);
            MailConfig::read(&mut vars, &app);
            let warnings = vars.into_findings().1;
            assert!(warnings.len() == 1 && warnings[0].contains("MAIL_FROM_ADDRESS"), "{warnings:?}");
        }
        assert!(read(&[("MAIL_FROM_ADDRESS", "nobody")]).1[0].contains("nobody"));
    }

    #[test]
    fn the_password_is_never_shown() {
        let (config, _) = read(&[("MAIL_HOST", "x"), ("MAIL_USERNAME", "me"), ("MAIL_PASSWORD", "planted")]);
        assert!(!format!("{config:?} {config}").contains("planted"));
    }
}
