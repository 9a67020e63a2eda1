//! A mail server on loopback, and what it was given.

use std::time::Duration;

use data_encoding::BASE64;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use url::Url;

/// No mail takes so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail server that takes everything.
pub(crate) struct MailServer {
    port: String,
    taken: UnboundedReceiver<Mail>,
}

/// A mail as it arrived.
#[derive(Debug)]
pub(crate) struct Mail {
    /// To whom the server was told to bring it.
    pub(crate) to: String,
    /// Headers and body.
    pub(crate) source: String,
}

impl MailServer {
    /// A server on a free port.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let (taking, taken) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take(stream, taking.clone()));
            }
        });
        Self { port, taken }
    }

    /// The variables that make an instance send its mails here, with links to `https://2fa.example.org/codes`.
    pub(crate) fn vars(&self) -> [(&str, &str); 4] {
        [
            ("MAIL_HOST", "127.0.0.1"),
            ("MAIL_PORT", &self.port),
            ("MAIL_ENCRYPTION", "none"),
            ("APP_URL", "https://2fa.example.org/codes"),
        ]
    }

    /// The next mail.
    pub(crate) async fn next(&mut self) -> Mail {
        tokio::time::timeout(PATIENCE, self.taken.recv()).await.unwrap().unwrap()
    }
}

/// Speaks as much of RFC 5321 as a client needs to get rid of mails.
async fn take(stream: TcpStream, taking: UnboundedSender<Mail>) {
    let mut stream = BufReader::new(stream);
    let mut to = String::new();
    stream.write_all(b"220 mail.test\r\n").await.unwrap();
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        let answer = match line.get(..4).unwrap_or_default() {
            "RCPT" => {
                to = line.trim_end().trim_start_matches("RCPT TO:").to_owned();
                "250 ok"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.unwrap();
                let mut source = String::new();
                while !source.ends_with("\r\n.\r\n") && stream.read_line(&mut source).await.is_ok_and(|read| read > 0) {
                }
                let _nobody_listens = taking.send(Mail { to: std::mem::take(&mut to), source });
                "250 taken"
            }
            "QUIT" => return,
            _ => "250 ok",
        };
        line.clear();
        if stream.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

impl Mail {
    /// A header's value, folded lines put together.
    pub(crate) fn header(&self, name: &str) -> String {
        let head = self.source.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("no {name}: {head}")).to_owned()
    }

    /// Its plain text.
    pub(crate) fn text(&self) -> String {
        self.part("text/plain")
    }

    /// Its HTML.
    pub(crate) fn html(&self) -> String {
        self.part("text/html")
    }

    /// Where its plain text leads.
    pub(crate) fn link(&self) -> Url {
        let text = self.text();
        text.split_whitespace().find(|word| word.starts_with("http")).unwrap().parse().unwrap()
    }

    fn part(&self, kind: &str) -> String {
        let (_, part) = self.source.split_once(&format!("Content-Type: {kind}")).unwrap();
        let (head, rest) = part.split_once("\r\n\r\n").unwrap();
        let (body, _) = rest.split_once("\r\n--").unwrap();
        if head.contains("base64") {
            let bytes = BASE64.decode(body.replace("\r\n", "").as_bytes()).unwrap();
            return String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
        }
        if head.contains("quoted-printable") { unquoted(body) } else { body.replace("\r\n", "\n") }
    }
}

/// Decodes quoted-printable (RFC 2045, section 6.7).
fn unquoted(body: &str) -> String {
    let joined = body.replace("=\r\n", "").replace("\r\n", "\n");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'=' {
            let (digits, after) = rest.split_at(2);
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap());
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).unwrap()
}
