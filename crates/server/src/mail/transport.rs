//! The delivery of a mail: by SMTP, by a `sendmail` program, or into the log.

use std::time::Duration;

use lettre::transport::sendmail::AsyncSendmailTransport;
use lettre::{AsyncTransport, Message as Email, Tokio1Executor};

use super::smtp;
use crate::config::mail::Mailer;

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
                let sent = smtp::send(config, mail).await;
                sent.map_err(|error| DeliveryError::new(error.is_transient(), &format!("{mailer}: {error}")))
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
