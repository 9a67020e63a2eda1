//! The delivery of a mail: by SMTP, by a `sendmail` program, or into the log.

use std::time::Duration;

use lettre::transport::sendmail::AsyncSendmailTransport;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message as Email, Tokio1Executor};

use crate::config::mail::{Encryption, Mailer, SmtpConfig};

/// Maximum time for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum time for a delivery, the connection included.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Maximum length of a server's error text, in characters.
const ERROR_LENGTH: usize = 400;

/// A failed delivery.
#[derive(Debug)]
pub(super) struct DeliveryError {
    /// Whether a retry may succeed.
    pub(super) is_transient: bool,
    /// The reason, on one line.
    pub(super) reason: String,
}

impl DeliveryError {
    fn new(is_transient: bool, reason: &impl ToString) -> Self {
        let reason = reason.to_string().replace(char::is_control, " ");
        Self { is_transient, reason: reason.chars().take(ERROR_LENGTH).collect() }
    }
}

/// Delivers a mail, with one try of 20 seconds at most.
pub(super) async fn deliver(mailer: &Mailer, mail: &Email, about: &str) -> Result<(), DeliveryError> {
    let delivery = async {
        match mailer {
            Mailer::Log => {
                log_instead(mail, about);
                Ok(())
            }
            Mailer::Sendmail(program) => {
                let sendmail = AsyncSendmailTransport::<Tokio1Executor>::new_with_command(program);
                let sent = sendmail.send(mail.clone()).await;
                sent.map_err(|error| DeliveryError::new(false, &format!("{mailer}: {error}")))
            }
            Mailer::Smtp(config) => {
                let transport = smtp_transport(config).map_err(|error| DeliveryError::new(false, &error))?;
                match transport.send(mail.clone()).await {
                    Ok(_) => Ok(()),
                    Err(error) => Err(DeliveryError::new(
                        !error.is_permanent() && !error.is_tls() && !error.is_client(),
                        &format!("{mailer}: {error}"),
                    )),
                }
            }
        }
    };
    tokio::time::timeout(TIMEOUT, delivery).await.unwrap_or_else(|_| {
        Err(DeliveryError::new(true, &format!("{mailer}: timed out after {} seconds", TIMEOUT.as_secs())))
    })
}

/// Logs a mail. Its text appears with `LOG_LEVEL=debug` only: it may contain a link that signs a user in.
fn log_instead(mail: &Email, about: &str) {
    let to = mail.envelope().to().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    tracing::info!(to, about, "no mail server is configured: the mail is only logged");
    tracing::debug!(mail = %String::from_utf8_lossy(&mail.formatted()), "the mail");
}

fn smtp_transport(config: &SmtpConfig) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
    let parameters = || {
        let parameters = TlsParameters::builder(config.host.clone());
        parameters
            .dangerous_accept_invalid_certs(!config.verifies)
            .dangerous_accept_invalid_hostnames(!config.verifies)
            .build()
    };
    let tls = match config.encryption {
        Encryption::FromStart => Tls::Wrapper(parameters()?),
        Encryption::StartTls => Tls::Required(parameters()?),
        Encryption::IfOffered => Tls::Opportunistic(parameters()?),
        Encryption::Never => Tls::None,
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
        .port(config.port)
        .tls(tls)
        .timeout(Some(CONNECT_TIMEOUT));
    if let Some((user, password)) = &config.credentials {
        builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
    }
    if let Some(name) = &config.hello {
        builder = builder.hello_name(ClientId::Domain(name.clone()));
    }
    Ok(builder.build())
}
