//! Letters rendered as mails, with the whole text in plain text and in HTML.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::Message as Email;
use lettre::address::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use super::Letter;
use crate::messages::{Locale, Message, Phrase};

/// Keeps automatic responders from answering (RFC 3834).
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// A letter with its recipient and language.
pub(super) struct Rendering<'a> {
    pub(super) app: &'a str,
    pub(super) name: &'a str,
    pub(super) locale: Locale,
    pub(super) letter: &'a Letter,
}

impl Rendering<'_> {
    /// Returns the mail, ready to be sent.
    pub(super) fn mail(
        &self,
        from: Mailbox,
        to: Address,
        id: String,
        at: Timestamp,
    ) -> Result<Email, lettre::error::Error> {
        Email::builder()
            .from(from)
            .to(Mailbox::new(None, to))
            .subject(format!("{}: {}", self.app, self.words(self.letter.subject.into())))
            .date(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0)))
            .message_id(Some(id))
            .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".into()))
            .multipart(MultiPart::alternative_plain_html(self.plain(), self.html()))
    }

    fn words(&self, phrase: Phrase) -> String {
        phrase.with("app", self.app).with("name", self.name).text(self.locale)
    }

    /// Returns the text for mail programs that don't show HTML.
    pub(super) fn plain(&self) -> String {
        let letter = self.letter;
        let mut paragraphs = vec![self.words(Message::MailGreeting.into()), self.words(letter.text.clone())];
        if !letter.facts.is_empty() {
            let facts: Vec<String> =
                letter.facts.iter().map(|(label, fact)| format!("{}: {fact}", self.words((*label).into()))).collect();
            paragraphs.push(facts.join("\n"));
        }
        if let Some(link) = &letter.link {
            paragraphs.push(format!("{}:\n{}", self.words(link.label.into()), link.url));
        }
        paragraphs.extend(letter.notes.iter().map(|note| self.words(note.clone())));
        format!("{}\n\n-- \n{}\n", paragraphs.join("\n\n"), self.words(Message::MailFooter.into()))
    }

    /// Returns the text as HTML with a button for the link: without scripts and external resources, with every value
    /// escaped.
    pub(super) fn html(&self) -> String {
        let letter = self.letter;
        let words = |phrase: Phrase| escape(&self.words(phrase));
        let paragraph = |text: &str| format!("<p style=\"margin:0 0 16px\">{text}</p>\n");
        let mut body = paragraph(&words(Message::MailGreeting.into()));
        body += &paragraph(&words(letter.text.clone()));
        if !letter.facts.is_empty() {
            let line = |(label, fact): &(Message, String)| format!("{}: {}", words((*label).into()), escape(fact));
            body += &paragraph(&letter.facts.iter().map(line).collect::<Vec<_>>().join("<br>\n"));
        }
        if let Some(link) = &letter.link {
            let (label, url) = (words(link.label.into()), escape(&link.url));
            body += &paragraph(&format!("<a href=\"{url}\" style=\"{BUTTON}\">{label}</a>"));
            body += &paragraph(&format!("{}<br>\n{url}", words(Message::MailLinkHint.into())));
        }
        for note in &letter.notes {
            body += &paragraph(&words(note.clone()));
        }
        let (lang, title) = (self.locale.tag(), words(letter.subject.into()));
        let (app, footer) = (escape(self.app), words(Message::MailFooter.into()));
        format!(
            "<!doctype html>\n<html lang=\"{lang}\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
             <body style=\"{BODY}\">\n<div style=\"{CARD}\">\n<h1 style=\"{HEADING}\">{app}</h1>\n{body}\
             <p style=\"{FOOTER}\">{footer}</p>\n</div>\n</body>\n</html>\n"
        )
    }
}

const BODY: &str = "margin:0;padding:24px 12px;background:#eef1f0;color:#1b2421;\
    font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif";
const CARD: &str = "max-width:560px;margin:0 auto;padding:32px;background:#ffffff;border-radius:12px;\
    overflow-wrap:anywhere";
const HEADING: &str = "margin:0 0 24px;font-size:20px;line-height:1.3";
const BUTTON: &str = "display:inline-block;padding:10px 20px;background:#176b4d;color:#ffffff;border-radius:8px;\
    font-weight:600;text-decoration:none";
const FOOTER: &str = "margin:24px 0 0;padding-top:16px;border-top:1px solid #dfe4e2;color:#5a6662;font-size:13px";

/// Escapes text for an element or a double-quoted attribute.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://2fa.example.org/user/password/reset?token=abc&email=ana%40example.org";

    fn rendering(letter: &Letter, locale: Locale) -> Rendering<'_> {
        Rendering { app: "Our <codes>", name: "Ana <b>", locale, letter }
    }

    #[test]
    fn plain_text_has_the_whole_link() {
        let letter = Letter::password_reset(LINK.into(), 60);
        insta::assert_snapshot!(rendering(&letter, Locale::English).plain(), @r"
        Hello Ana <b>,

        Somebody, probably you, asked for a new password for your account at Our <codes>.

        Choose a new password:
        https://2fa.example.org/user/password/reset?token=abc&email=ana%40example.org

        The link works once, within 60 minutes.

        If it wasn't you, ignore this mail: nothing changes.

        -- 
        You get this mail because an account at Our <codes> has this address.
        ");
    }

    #[test]
    fn html_escapes_every_value_and_loads_nothing() {
        let letter = Letter::password_reset(LINK.into(), 60);
        for locale in Locale::ALL {
            let html = rendering(&letter, locale).html();
            assert!(html.contains("Ana &lt;b&gt;") && html.contains("Our &lt;codes&gt;"), "{html}");
            assert!(!html.contains("<b>") && !html.contains("<codes>"), "{html}");
            assert!(html.contains("href=\"https://2fa.example.org/user/password/reset?token=abc&amp;email="), "{html}");
            assert!(!html.contains("<script") && !html.contains("src=") && !html.contains("url("), "{html}");
        }
    }

    #[test]
    fn letters_fill_in_every_placeholder() {
        let open = regex::Regex::new(":(app|name|minutes|person|account)\\b").unwrap();
        let letters = [
            Letter::test(),
            Letter::password_reset(LINK.into(), 60),
            Letter::password_reset_by_admin(LINK.into(), 60),
            Letter::webauthn_recovery(LINK.into(), 60),
            Letter::shared("Bo\n\nBob", "Example"),
            Letter::unshared("Bo", "Example"),
            Letter::new_owner("Bo", "Example"),
        ];
        for locale in Locale::ALL {
            for letter in &letters {
                let rendering = rendering(letter, locale);
                let texts = [rendering.plain(), rendering.html(), rendering.words(letter.subject.into())];
                assert!(texts.iter().all(|text| !open.is_match(text)), "{locale:?}: {texts:?}");
                assert!(texts.iter().all(|text| !text.contains("\n\nBob")), "{locale:?}: {texts:?}");
            }
        }
    }

    #[test]
    fn mails_are_marked_as_automatic() {
        let from = "Codes, ours <codes@example.org>".parse();
        let from =
            from.unwrap_or_else(|_| Mailbox::new(Some("Codes, ours".into()), "codes@example.org".parse().unwrap()));
        let letter = Letter::test();
        let mail = rendering(&letter, Locale::French).mail(
            from,
            "ana@example.org".parse().unwrap(),
            "<id@example.org>".into(),
            Timestamp::UNIX_EPOCH,
        );
        let text = String::from_utf8(mail.unwrap().formatted()).unwrap();
        for line in ["Auto-Submitted: auto-generated", "Message-ID: <id@example.org>", "To: ana@example.org"] {
            assert!(text.contains(&format!("{line}\r\n")), "{line}: {text}");
        }
        assert!(text.contains("Date: Thu, 01 Jan 1970 00:00:00"), "{text}");
    }
}
