//! Mails through a real mail server, encrypted in every way; through servers that hang, refuse or can't be trusted; and
//! through a program that takes them as sendmail does.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use regex::Regex;
use serde_json::{Value, json};

use super::{Outcome, missing};
use crate::http::{Request, Response};
use crate::services::mail::{CREDENTIALS, Encryption, MailServer, kept};
use crate::services::sixpin::{PASSWORD, Site, Sixpin};
use crate::tools::{AIOSMTPD, OPENSSL};
use crate::workspace::Workspace;

const ADMINISTRATOR: &str = "admin@example.org";
/// Nobody waits so long for an answer because of a mail.
const AT_ONCE: Duration = Duration::from_secs(3);

/// What the scenes need.
struct Post<'a> {
    workspace: &'a Workspace,
    binary: PathBuf,
}

type Scene = (&'static str, fn(&Post<'_>) -> Result<()>);

const SCENES: [Scene; 9] = [
    ("a link is mailed, followed, and used up", follows_a_link),
    ("STARTTLS with a certificate that nobody signed is refused", distrusts),
    ("STARTTLS with a certificate that the machine trusts, and a wrong password", signs_in),
    ("encrypted from the first byte", encrypts_from_the_start),
    ("a server without STARTTLS gets nothing", insists_on_encryption),
    ("a server that refuses somebody is heard", is_refused),
    ("a server that hangs keeps nobody waiting", waits_for_nobody),
    ("a program that takes mails as sendmail does", uses_a_program),
    ("without a server a mail's link stays out of the log", keeps_links_to_itself),
];

/// Every scene, one after the other.
pub(super) fn run(workspace: &Workspace) -> Result<Outcome> {
    if let Some(reason) = missing(&[&AIOSMTPD, &OPENSSL]) {
        return Ok(Outcome::Skipped(reason));
    }
    let post = Post { workspace, binary: workspace.build_server("dev")? };
    let mut failures = Vec::new();
    for (name, play) in SCENES {
        let played = play(&post);
        println!("{name}: {}", if played.is_ok() { "as it should be" } else { "WRONG" });
        failures.extend(played.err().map(|error| format!("{name}: {error:#}")));
    }
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(Outcome::Passed)
}

impl Post<'_> {
    fn server(&self, encryption: Encryption) -> Result<MailServer> {
        MailServer::start(&self.workspace.root, encryption)
    }

    /// Sixpin with an administrator, sending mails as these variables say.
    fn sixpin(&self, settings: &[(&str, &str)]) -> Result<Running> {
        let site = Site::new(&self.binary)?;
        let base = site.base();
        let site = site.with(&[("APP_URL", &base), ("MAIL_FROM_ADDRESS", "codes@example.org")]).with(settings);
        site.add_administrator("admin", ADMINISTRATOR)?;
        Ok(Running { server: site.serve()?, site })
    }

    /// The same with the mails going to `address`.
    fn sending_to(&self, address: SocketAddr, settings: &[(&str, &str)]) -> Result<Running> {
        let port = address.port().to_string();
        self.sixpin(&[&[("MAIL_HOST", "127.0.0.1"), ("MAIL_PORT", port.as_str())], settings].concat())
    }
}

/// Sixpin, running.
struct Running {
    server: Sixpin,
    site: Site,
}

impl Running {
    fn browser(&self) -> Result<Browser> {
        Browser::open(self.site.address)
    }

    /// The administrator's browser.
    fn administrator(&self) -> Result<Browser> {
        let browser = self.browser()?;
        browser.signs_in(PASSWORD)
    }

    /// What the administrator is told of the test mail.
    fn test(&self) -> Result<Response> {
        self.administrator()?.post("/system/test-email", &json!({}))
    }

    /// Checks that the test mail fails with such words.
    fn fails(&self, words: &str) -> Result<()> {
        let answer = self.test()?;
        let details = answer.json()["details"].as_str().unwrap_or_default().to_owned();
        ensure!(answer.status == 424 && details.contains(words), "not {words:?}: {} {}", answer.status, answer.body);
        self.server.check_no_panic()
    }

    /// Checks that the test mail is taken.
    fn succeeds(&self) -> Result<()> {
        let answer = self.test()?;
        ensure!(answer.status == 200, "the test mail was not taken: {}", answer.body);
        self.server.check_no_panic()
    }
}

/// A browser with its cookies.
struct Browser {
    address: SocketAddr,
    cookies: String,
    proof: String,
}

impl Browser {
    fn open(address: SocketAddr) -> Result<Self> {
        let answer = Request::read("/refresh-csrf").send(address)?;
        Self { address, cookies: String::new(), proof: String::new() }.keeping(&answer)
    }

    /// The same with the cookies of an answer.
    fn keeping(self, answer: &Response) -> Result<Self> {
        let set = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
        let pairs: Vec<&str> = set.filter_map(|(_, value)| value.split(';').next()).collect();
        let proof =
            pairs.iter().find_map(|pair| pair.strip_prefix("XSRF-TOKEN=")).context("no CSRF cookie")?.to_owned();
        Ok(Self { address: self.address, cookies: pairs.join("; "), proof })
    }

    fn post(&self, path: &str, body: &Value) -> Result<Response> {
        let request = Request::write(path, body).header("Cookie", &self.cookies);
        request.header("X-XSRF-TOKEN", &self.proof).send(self.address)
    }

    fn login(&self, password: &str) -> Result<Response> {
        self.post("/user/login", &json!({ "email": ADMINISTRATOR, "password": password }))
    }

    fn signs_in(self, password: &str) -> Result<Self> {
        let answer = self.login(password)?;
        ensure!(answer.status == 200, "the sign-in failed: {}", answer.body);
        self.keeping(&answer)
    }
}

fn follows_a_link(post: &Post<'_>) -> Result<()> {
    let mails = post.server(Encryption::None)?;
    let sixpin = post.sending_to(mails.address, &[("MAIL_ENCRYPTION", "none")])?;
    let browser = sixpin.browser()?;
    let lost = |email: &str| browser.post("/user/password/lost", &json!({ "email": email }));
    let (known, unknown) = (lost(ADMINISTRATOR)?, lost("nobody@example.org")?);
    ensure!(known.status == 200 && known.body == unknown.body, "told apart: {} and {}", known.body, unknown.body);
    let mail = mails.wait_for(1)?.remove(0);
    for line in ["To: admin@example.org", "From: Sixpin <codes@example.org>", "Subject: Sixpin: Choose a new password"]
    {
        ensure!(mail.contains(line), "no {line:?} in {mail}");
    }
    let text = mail.replace("=\n", "").replace("=3D", "=");
    let link = Regex::new(r"http://(\S+?)(/user/password/reset\?token=(\w+)&email=admin%40example\.org)\s")?;
    let found = link.captures(&text).with_context(|| format!("no link in {mail}"))?;
    ensure!(found[1] == sixpin.site.address.to_string(), "the link leads to {}", &found[1]);
    let page = Request::read(&found[2]).header("Accept", "text/html").send(sixpin.site.address)?;
    ensure!(page.status == 200 && page.body.contains("<!doctype html>"), "the link leads to {}", page.status);
    let new = json!({
        "token": &found[3], "email": ADMINISTRATOR, "password": "quite another one",
        "password_confirmation": "quite another one",
    });
    let reset = || browser.post("/user/password/reset", &new);
    let (first, second) = (reset()?, sixpin.browser()?.post("/user/password/reset", &new)?);
    ensure!((first.status, second.status) == (200, 422), "the link was used: {} {}", first.status, second.status);
    ensure!(sixpin.browser()?.login(PASSWORD)?.status == 401, "the former password still counts");
    sixpin.browser()?.signs_in("quite another one")?;
    ensure!(mails.mails()?.len() == 1, "a mail went to who isn't there");
    sixpin.server.check_no_panic()
}

fn distrusts(post: &Post<'_>) -> Result<()> {
    let mails = post.server(Encryption::StartTls)?;
    post.sending_to(mails.address, &CREDENTIALS)?.fails("certificate")?;
    ensure!(mails.mails()?.is_empty(), "a mail came");
    let trusting = [CREDENTIALS.as_slice(), &[("MAIL_VERIFY_SSL_PEER", "false")]].concat();
    post.sending_to(mails.address, &trusting)?.succeeds()?;
    mails.wait_for(1).map(drop)
}

fn signs_in(post: &Post<'_>) -> Result<()> {
    let mails = post.server(Encryption::StartTls)?;
    let certificate = mails.certificate().display().to_string();
    let authority = ("SSL_CERT_FILE", certificate.as_str());
    post.sending_to(mails.address, &[CREDENTIALS.as_slice(), &[authority]].concat())?.succeeds()?;
    mails.wait_for(1)?;
    let wrong = [authority, CREDENTIALS[0], ("MAIL_PASSWORD", "planted-and-wrong")];
    let sixpin = post.sending_to(mails.address, &wrong)?;
    sixpin.fails("535")?;
    ensure!(!sixpin.server.log_tail().contains("planted"), "the password is in the log");
    ensure!(mails.mails()?.len() == 1, "a mail came without a password");
    Ok(())
}

fn encrypts_from_the_start(post: &Post<'_>) -> Result<()> {
    let mails = post.server(Encryption::FromStart)?;
    let certificate = mails.certificate().display().to_string();
    let settings = [("MAIL_ENCRYPTION", "ssl"), ("SSL_CERT_FILE", certificate.as_str())];
    post.sending_to(mails.address, &settings)?.succeeds()?;
    mails.wait_for(1)?;
    post.sending_to(mails.address, &[("MAIL_ENCRYPTION", "ssl")])?.fails("certificate")
}

fn insists_on_encryption(post: &Post<'_>) -> Result<()> {
    let mails = post.server(Encryption::None)?;
    post.sending_to(mails.address, &[])?.fails("STARTTLS")?;
    ensure!(mails.mails()?.is_empty(), "a mail came in the clear");
    post.sending_to(mails.address, &[("MAIL_ENCRYPTION", "null")])?.succeeds()
}

fn is_refused(post: &Post<'_>) -> Result<()> {
    let mails = post.server(Encryption::None)?;
    let sixpin = post.sending_to(mails.address, &[("MAIL_ENCRYPTION", "none")])?;
    let administrator = sixpin.administrator()?;
    sixpin.site.command(&["user", "add", "ana", "ana@refused.example"], "")?;
    sixpin.browser()?.post("/user/password/lost", &json!({ "email": "ana@refused.example" }))?;
    let state = || {
        let request = Request::read("/system/mail").header("Cookie", &administrator.cookies);
        anyhow::Ok(request.send(sixpin.site.address)?.json())
    };
    crate::process::wait_until("the refusal", Duration::from_secs(20), || Ok(state()?["failed"] == 1))?;
    let failure = &state()?["failures"][0];
    let error = failure["error"].as_str().unwrap_or_default();
    ensure!(error.contains("no such mailbox here") && failure["to"] == "ana@refused.example", "{failure}");
    ensure!(!failure.to_string().contains("token="), "the link is shown");
    Ok(())
}

fn waits_for_nobody(post: &Post<'_>) -> Result<()> {
    // Connections are accepted, and nothing is ever said.
    let silence = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let sixpin = post.sending_to(silence.local_addr()?, &[("USERPREF_DEFAULT__NOTIFY_ON_FAILED_LOGIN", "true")])?;
    let start = Instant::now();
    let browser = sixpin.browser()?;
    browser.post("/user/password/lost", &json!({ "email": ADMINISTRATOR }))?;
    ensure!(browser.login("wrong")?.status == 401, "a wrong password was taken");
    sixpin.administrator()?;
    ensure!(start.elapsed() < AT_ONCE, "people waited {:?}", start.elapsed());
    sixpin.fails("127.0.0.1")?;
    ensure!(start.elapsed() < Duration::from_secs(30), "the test mail took {:?}", start.elapsed());
    Ok(())
}

fn uses_a_program(post: &Post<'_>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let program = folder.path().join("sendmail");
    executable(&program, "#!/bin/sh\necho \"$@\" > \"$0.arguments\"\nmkdir -p \"$0.mails\"\ncat > \"$0.mails/1\"\n")?;
    let path = format!("{} -bs -i", program.display());
    let settings = [("MAIL_MAILER", "sendmail"), ("MAIL_SENDMAIL_PATH", path.as_str()), ("PATH", "/usr/bin:/bin")];
    post.sixpin(&settings)?.succeeds()?;
    let mails = kept(&folder.path().join("sendmail.mails"))?;
    ensure!(mails.len() == 1 && mails[0].contains("Subject: Sixpin: Test mail"), "{mails:?}");
    let arguments = fs::read_to_string(folder.path().join("sendmail.arguments"))?;
    ensure!(arguments.trim() == "-i -f codes@example.org -- admin@example.org", "{arguments}");
    executable(&program, "#!/bin/sh\ncat > /dev/null\necho 'the spool is full' >&2\nexit 75\n")?;
    post.sixpin(&settings)?.fails("the spool is full")
}

fn executable(path: &Path, script: &str) -> Result<()> {
    fs::write(path, script)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o755))?)
}

fn keeps_links_to_itself(post: &Post<'_>) -> Result<()> {
    for (level, is_shown) in [("info", false), ("debug", true)] {
        let sixpin = post.sixpin(&[("LOG_LEVEL", level)])?;
        sixpin.browser()?.post("/user/password/lost", &json!({ "email": ADMINISTRATOR }))?;
        let noted = || Ok(sixpin.server.log().contains("a mail is only noted here"));
        crate::process::wait_until("the mail's line", Duration::from_secs(20), noted)?;
        // The text's line follows at once; another request is answered after it.
        sixpin.succeeds()?;
        ensure!(sixpin.server.log().contains("token=") == is_shown, "a link with LOG_LEVEL={level}");
    }
    Ok(())
}
