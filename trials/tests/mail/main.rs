//! Mails through a real mail server, with each kind of encryption; through servers that hang, refuse or can't be
//! trusted; and through a program that takes them as sendmail does.

mod browser;
mod setup;

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use regex::Regex;
use serde_json::json;
use trials::certificates::SelfSigned;
use trials::http::Request;
use trials::instance::PASSWORD;
use trials::mail_server::{CREDENTIALS, Encryption, MailServer, read_mails};
use trials::process;

use crate::browser::ADMINISTRATOR;
use crate::setup::Setup;

/// Maximum time of an answer that doesn't wait for a mail.
const AT_ONCE: Duration = Duration::from_secs(3);

#[test]
#[cfg_attr(not(installed = "aiosmtpd"), ignore = "aiosmtpd is not installed")]
fn a_link_is_mailed_and_works_once() -> Result<()> {
    let mails = MailServer::start(Encryption::None)?;
    let setup = Setup::sending_to(mails.address, &[("MAIL_ENCRYPTION", "none")])?;
    let browser = setup.open_browser()?;
    let lost = |email: &str| browser.post("/user/password/lost", &json!({ "email": email }));
    let (known, unknown) = (lost(ADMINISTRATOR)?, lost("nobody@example.org")?);
    assert_eq!(known.status, 200, "{}", known.body);
    assert_eq!(known.body, unknown.body, "the answers tell users from others");
    let mail = mails.wait_for(1)?.remove(0);
    for line in ["To: admin@example.org", "From: Sixpin <codes@example.org>", "Subject: Sixpin: Choose a new password"]
    {
        assert!(mail.contains(line), "no {line:?} in {mail}");
    }
    let text = mail.replace("=\n", "").replace("=3D", "=");
    let link = Regex::new(r"http://(\S+?)(/user/password/reset\?token=(\w+)&email=admin%40example\.org)\s")?;
    let found = link.captures(&text).with_context(|| format!("no link in {mail}"))?;
    assert_eq!(found[1], setup.instance.address.to_string());
    let page = Request::read(&found[2]).header("Accept", "text/html").send(setup.instance.address)?;
    assert!(page.status == 200 && page.body.contains("<!doctype html>"), "the link leads to {}", page.status);
    let new = json!({
        "token": &found[3], "email": ADMINISTRATOR, "password": "quite another one",
        "password_confirmation": "quite another one",
    });
    assert_eq!(browser.post("/user/password/reset", &new)?.status, 200, "the link works");
    assert_eq!(setup.open_browser()?.post("/user/password/reset", &new)?.status, 422, "but only once");
    assert_eq!(setup.open_browser()?.login(PASSWORD)?.status, 401, "the former password");
    setup.open_browser()?.sign_in("quite another one")?;
    assert_eq!(mails.mails()?.len(), 1, "an unknown address gets no mail");
    setup.server.check_no_panic()
}

#[test]
#[cfg_attr(not(all(installed = "aiosmtpd", installed = "openssl")), ignore = "aiosmtpd or OpenSSL is not installed")]
fn starttls_with_an_untrusted_certificate_is_refused() -> Result<()> {
    let mails = MailServer::start(Encryption::StartTls)?;
    Setup::sending_to(mails.address, &CREDENTIALS)?.check_test_mail_fails("certificate")?;
    assert_eq!(mails.mails()?.len(), 0);
    let trusting = [CREDENTIALS.as_slice(), &[("MAIL_VERIFY_SSL_PEER", "false")]].concat();
    Setup::sending_to(mails.address, &trusting)?.check_test_mail_passes()?;
    mails.wait_for(1).map(drop)
}

#[test]
#[cfg_attr(not(all(installed = "aiosmtpd", installed = "openssl")), ignore = "aiosmtpd or OpenSSL is not installed")]
fn starttls_with_a_trusted_certificate_and_credentials() -> Result<()> {
    let mails = MailServer::start(Encryption::StartTls)?;
    let certificate = mails.certificate().display().to_string();
    let authority = ("SSL_CERT_FILE", certificate.as_str());
    let right = [CREDENTIALS.as_slice(), &[authority]].concat();
    Setup::sending_to(mails.address, &right)?.check_test_mail_passes()?;
    mails.wait_for(1)?;
    let wrong = [authority, CREDENTIALS[0], ("MAIL_PASSWORD", "planted-and-wrong")];
    let setup = Setup::sending_to(mails.address, &wrong)?;
    setup.check_test_mail_fails("535")?;
    assert!(!setup.server.log_tail().contains("planted"), "the password is in the log");
    assert_eq!(mails.mails()?.len(), 1, "a mail needs the right password");
    Ok(())
}

#[test]
#[cfg_attr(not(all(installed = "aiosmtpd", installed = "openssl")), ignore = "aiosmtpd or OpenSSL is not installed")]
fn encryption_from_the_first_byte() -> Result<()> {
    let mails = MailServer::start(Encryption::FromStart)?;
    let certificate = mails.certificate().display().to_string();
    let settings = [("MAIL_ENCRYPTION", "ssl"), ("SSL_CERT_FILE", certificate.as_str())];
    Setup::sending_to(mails.address, &settings)?.check_test_mail_passes()?;
    mails.wait_for(1)?;
    Setup::sending_to(mails.address, &[("MAIL_ENCRYPTION", "ssl")])?.check_test_mail_fails("certificate")
}

#[test]
#[cfg_attr(not(all(installed = "aiosmtpd", installed = "openssl")), ignore = "aiosmtpd or OpenSSL is not installed")]
fn a_listed_certificate_is_believed_even_if_it_is_an_authoritys() -> Result<()> {
    for (encryption, setting, credentials) in
        [(Encryption::StartTls, "tls", CREDENTIALS.as_slice()), (Encryption::FromStart, "ssl", &[])]
    {
        let mails = MailServer::start_with(encryption, SelfSigned::Authority)?;
        let other = MailServer::start_with(encryption, SelfSigned::Authority)?;
        let settings = [credentials, &[("MAIL_ENCRYPTION", setting)]].concat();
        let listing = |certificate: &Path| {
            let certificate = certificate.display().to_string();
            Setup::sending_to(mails.address, &[settings.as_slice(), &[("SSL_CERT_FILE", &*certificate)]].concat())
        };
        listing(&other.certificate())?.check_test_mail_fails("SSL_CERT_FILE")?;
        assert_eq!(mails.mails()?.len(), 0);
        listing(&mails.certificate())?.check_test_mail_passes()?;
        mails.wait_for(1)?;
    }
    Ok(())
}

#[test]
#[cfg_attr(not(all(installed = "aiosmtpd", installed = "openssl")), ignore = "aiosmtpd or OpenSSL is not installed")]
fn a_certificate_of_version_1_is_believed_only_if_any_is() -> Result<()> {
    let mails = MailServer::start_with(Encryption::StartTls, SelfSigned::VersionOne)?;
    let certificate = mails.certificate().display().to_string();
    let listed = [CREDENTIALS.as_slice(), &[("SSL_CERT_FILE", &*certificate)]].concat();
    Setup::sending_to(mails.address, &listed)?.check_test_mail_fails("make one of version 3")?;
    assert_eq!(mails.mails()?.len(), 0);
    let trusting = [CREDENTIALS.as_slice(), &[("MAIL_VERIFY_SSL_PEER", "false")]].concat();
    Setup::sending_to(mails.address, &trusting)?.check_test_mail_passes()?;
    mails.wait_for(1).map(drop)
}

#[test]
#[cfg_attr(not(installed = "aiosmtpd"), ignore = "aiosmtpd is not installed")]
fn a_server_without_starttls_gets_nothing() -> Result<()> {
    let mails = MailServer::start(Encryption::None)?;
    Setup::sending_to(mails.address, &[])?.check_test_mail_fails("STARTTLS")?;
    assert_eq!(mails.mails()?.len(), 0, "a mail came in the clear");
    Setup::sending_to(mails.address, &[("MAIL_ENCRYPTION", "null")])?.check_test_mail_passes()
}

#[test]
#[cfg_attr(not(installed = "aiosmtpd"), ignore = "aiosmtpd is not installed")]
fn a_refused_recipient_is_reported() -> Result<()> {
    let mails = MailServer::start(Encryption::None)?;
    let setup = Setup::sending_to(mails.address, &[("MAIL_ENCRYPTION", "none")])?;
    let administrator = setup.sign_in()?;
    setup.instance.command(&["user", "add", "ana", "ana@refused.example"], "")?;
    setup.open_browser()?.post("/user/password/lost", &json!({ "email": "ana@refused.example" }))?;
    let state = || administrator.read("/system/mail");
    process::wait_until("the refusal", Duration::from_secs(20), || Ok(state()?["failed"] == 1))?;
    let failure = &state()?["failures"][0];
    assert_eq!(failure["to"], "ana@refused.example");
    let error = failure["error"].as_str().unwrap_or_default();
    assert!(error.contains("no such mailbox here"), "{failure}");
    assert!(!failure.to_string().contains("token="), "the link is shown");
    Ok(())
}

#[test]
fn a_server_that_hangs_delays_no_answer() -> Result<()> {
    // Connections are accepted, and no byte is ever sent.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let settings = [("USERPREF_DEFAULT__NOTIFY_ON_FAILED_LOGIN", "true")];
    let setup = Setup::sending_to(silent.local_addr()?, &settings)?;
    let start = Instant::now();
    let browser = setup.open_browser()?;
    browser.post("/user/password/lost", &json!({ "email": ADMINISTRATOR }))?;
    assert_eq!(browser.login("wrong")?.status, 401);
    setup.sign_in()?;
    assert!(start.elapsed() < AT_ONCE, "the answers took {:?}", start.elapsed());
    setup.check_test_mail_fails("127.0.0.1")?;
    assert!(start.elapsed() < Duration::from_secs(30), "the test mail took {:?}", start.elapsed());
    Ok(())
}

#[test]
fn a_program_takes_mails_as_sendmail_does() -> Result<()> {
    let folder = process::temporary_folder("sendmail")?;
    let program = folder.path().join("sendmail");
    write_script(&program, "#!/bin/sh\necho \"$@\" > \"$0.arguments\"\nmkdir -p \"$0.mails\"\ncat > \"$0.mails/1\"\n")?;
    let path = format!("{} -bs -i", program.display());
    let settings = [("MAIL_MAILER", "sendmail"), ("MAIL_SENDMAIL_PATH", path.as_str()), ("PATH", "/usr/bin:/bin")];
    Setup::new(&settings)?.check_test_mail_passes()?;
    let mails = read_mails(&folder.path().join("sendmail.mails"))?;
    assert!(mails.len() == 1 && mails[0].contains("Subject: Sixpin: Test mail"), "{mails:?}");
    let arguments = fs::read_to_string(folder.path().join("sendmail.arguments"))?;
    assert_eq!(arguments.trim(), "-i -f codes@example.org -- admin@example.org");
    write_script(&program, "#!/bin/sh\ncat > /dev/null\necho 'the spool is full' >&2\nexit 75\n")?;
    Setup::new(&settings)?.check_test_mail_fails("the spool is full")
}

fn write_script(path: &Path, script: &str) -> Result<()> {
    fs::write(path, script)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o755))?)
}

#[test]
fn a_link_that_is_only_logged_needs_the_debug_level() -> Result<()> {
    for (level, is_shown) in [("info", false), ("debug", true)] {
        let setup = Setup::new(&[("LOG_LEVEL", level)])?;
        setup.open_browser()?.post("/user/password/lost", &json!({ "email": ADMINISTRATOR }))?;
        let logged = || Ok(setup.server.log().contains("the mail is only logged"));
        process::wait_until("the mail's line", Duration::from_secs(20), logged)?;
        // The line with the text follows at once; another request is answered after it.
        setup.check_test_mail_passes()?;
        assert_eq!(setup.server.log().contains("token="), is_shown, "a link with LOG_LEVEL={level}");
    }
    Ok(())
}
