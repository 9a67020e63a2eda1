//! Handing a mail over to whatever takes it.

use std::time::Duration;

use lettre::transport::sendmail::AsyncSendmailTransport;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message as Written, Tokio1Executor};

use crate::config::mail::{Encryption, Mailer, SmtpConfig};

/// A connection takes so long at most.
const CONNECTION: Duration = Duration::from_secs(10);
/// Handing over, the connection included, takes so long at most.
const WHOLE: Duration = Duration::from_secs(20);
/// What a server says is cut after so many characters.
const ERROR_LENGTH: usize = 400;

/// Why a mail was not taken.
#[derive(Debug)]
pub(super) struct Undelivered {
    /// Whether another try may go better.
    pub(super) may_pass: bool,
    /// What went wrong.
    pub(super) why: String,
}

impl Undelivered {
    fn new(may_pass: bool, why: &impl ToString) -> Self {
        let why = why.to_string().replace(char::is_control, " ");
        Self { may_pass, why: why.chars().take(ERROR_LENGTH).collect() }
    }
}

/// Hands one mail over, once.
pub(super) async fn hand_over(mailer: &Mailer, mail: &Written, about: &str) -> Result<(), Undelivered> {
    let handing = async {
        match mailer {
            Mailer::Log => {
                note(mail, about);
                Ok(())
            }
            Mailer::Sendmail(program) => {
                let sendmail = AsyncSendmailTransport::<Tokio1Executor>::new_with_command(program);
                let sent = sendmail.send(mail.clone()).await;
                sent.map_err(|error| Undelivered::new(false, &format!("{mailer}: {error}")))
            }
            Mailer::Smtp(config) => {
                let transport = transport(config).map_err(|error| Undelivered::new(false, &error))?;
                match transport.send(mail.clone()).await {
                    Ok(_) => Ok(()),
                    Err(error) => Err(Undelivered::new(
                        !error.is_permanent() && !error.is_tls() && !error.is_client(),
                        &format!("{mailer}: {error}"),
                    )),
                }
            }
        }
    };
    tokio::time::timeout(WHOLE, handing).await.unwrap_or_else(|_| {
        Err(Undelivered::new(true, &format!("{mailer}: it took longer than {} seconds", WHOLE.as_secs())))
    })
}

/// The text itself is only for whoever asks for it by `LOG_LEVEL=debug`: it may hold a link that lets somebody in.
fn note(mail: &Written, about: &str) {
    let to = mail.envelope().to().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    tracing::info!(to, about, "a mail is only noted here: no mail server is set up");
    tracing::debug!(mail = %String::from_utf8_lossy(&mail.formatted()), "the mail");
}

fn transport(config: &SmtpConfig) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
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
        .timeout(Some(CONNECTION));
    if let Some((user, password)) = &config.credentials {
        builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
    }
    if let Some(name) = &config.hello {
        builder = builder.hello_name(ClientId::Domain(name.clone()));
    }
    Ok(builder.build())
}
