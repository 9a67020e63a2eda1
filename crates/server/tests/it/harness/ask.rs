//! A request in the making.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use axum::body::Body;
use axum::extract::Request;
use http::{HeaderName, HeaderValue, Method, header};
use serde_json::Value;
use tower::ServiceExt as _;

use super::{Answer, Person};
use crate::contract;

/// A request in the making; it is sent when awaited, and its answer compared with the contract.
pub(crate) struct Ask {
    person: Person,
    request: Request,
}

impl Person {
    /// A request of this person's.
    pub(crate) fn ask(&self, method: Method, path: &str) -> Ask {
        Ask::new(self.clone(), method, path)
    }

    pub(crate) fn get(&self, path: &str) -> Ask {
        self.ask(Method::GET, path)
    }

    #[expect(clippy::needless_pass_by_value, reason = "tests hand over what they made in place")]
    pub(crate) fn post(&self, path: &str, body: Value) -> Ask {
        self.ask(Method::POST, path).json(&body)
    }

    #[expect(clippy::needless_pass_by_value, reason = "tests hand over what they made in place")]
    pub(crate) fn put(&self, path: &str, body: Value) -> Ask {
        self.ask(Method::PUT, path).json(&body)
    }

    #[expect(clippy::needless_pass_by_value, reason = "tests hand over what they made in place")]
    pub(crate) fn patch(&self, path: &str, body: Value) -> Ask {
        self.ask(Method::PATCH, path).json(&body)
    }

    pub(crate) fn delete(&self, path: &str) -> Ask {
        self.ask(Method::DELETE, path)
    }

    /// POSTs the fields of a form.
    pub(crate) fn form(&self, path: &str, fields: &[(&str, &str)]) -> Ask {
        self.ask(Method::POST, path).form(fields)
    }

    /// POSTs a file, as programs do that don't know its type.
    pub(crate) fn upload(&self, path: &str, field: &str, content: &[u8]) -> Ask {
        self.ask(Method::POST, path).file(field, &format!("{field}.bin"), "application/octet-stream", content)
    }
}

impl Ask {
    fn new(person: Person, method: Method, path: &str) -> Self {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap();
        Self { person, request }
    }

    /// Sets a header, in place of what the person would send.
    #[must_use]
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.request.headers_mut().insert(name, HeaderValue::from_bytes(value.as_ref()).unwrap());
        self
    }

    /// Sends JSON.
    #[must_use]
    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Sends the fields of a form.
    #[must_use]
    pub(crate) fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    /// Sends a file as the only part of a multipart form.
    #[must_use]
    pub(crate) fn file(self, field: &str, name: &str, kind: &str, content: &[u8]) -> Self {
        let disposition = format!("form-data; name=\"{field}\"; filename=\"{name}\"");
        let head = format!("--border\r\nContent-Disposition: {disposition}\r\nContent-Type: {kind}\r\n\r\n");
        let body = [head.as_bytes(), content, b"\r\n--border--\r\n"].concat();
        self.body("multipart/form-data; boundary=border", body)
    }

    /// Sends files of the field `file`, each with its name, and other fields.
    #[must_use]
    pub(crate) fn files(self, files: &[(&str, &[u8])], fields: &[(&str, &str)]) -> Self {
        let mut body = Vec::new();
        for (name, content) in files {
            let head =
                format!("--border\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
            body.extend([head.as_bytes(), content, b"\r\n"].concat());
        }
        for (name, value) in fields {
            let head = format!("--border\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(head.as_bytes());
        }
        body.extend(b"--border--\r\n");
        self.body("multipart/form-data; boundary=border", body)
    }

    /// Sends these bytes.
    #[must_use]
    pub(crate) fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        self = self.header("content-type", kind).header("content-length", body.len().to_string());
        *self.request.body_mut() = body.into();
        self
    }
}

impl IntoFuture for Ask {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { person, mut request } = self;
            for (name, value) in person.own_headers() {
                if !request.headers().contains_key(&name) || name == header::COOKIE {
                    request.headers_mut().append(name, value);
                }
            }
            request.extensions_mut().insert(person.peer);
            let (method, path) = (request.method().clone(), request.uri().path().to_owned());
            let response = person.app.router.clone().oneshot(request).await.unwrap_or_else(|error| match error {});
            person.keep_cookies(response.headers());
            let answer = Answer::of(response).await;
            contract::check(method.as_str(), &path, &answer);
            answer
        })
    }
}
