//! Who may do what: every operation asked as every kind of caller.
//!
//! Each request is made on purpose so that nothing but who asks can be wrong with it.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};
use sixpin::auth::recovery;
use store::ResetKind;
use vault::UserId;

use crate::harness::{Answer, Engine, PASSWORD, Person, TestApp, loopback, on_every_engine};
use crate::operations::operations;

/// The kinds of callers, in the order of the columns below.
const CALLERS: [&str; 8] = ["anonymous", "stranger", "borrower", "owner", "token", "admin", "disabled", "proxied"];

/// What each operation answers to: nobody; somebody else; somebody with whom the account is shared; the owner, by
/// session; the owner, by token; an administrator who owns none of it; the owner, switched off; the owner, named by an
/// auth proxy.
const ANSWERS: &str = "
    GET    /api/v1/user/name                            200 200 200 200 200 200 200 200
    GET    /api/v1/user                                 401 200 200 200 200 200 401 200
    GET    /api/v1/user/authentications                 401 200 200 200 200 200 401 200
    GET    /api/v1/user/preferences                     401 200 200 200 200 200 401 200
    GET    /api/v1/user/preferences/{name}              401 200 200 200 200 200 401 200
    PUT    /api/v1/user/preferences/{name}              401 201 201 201 201 201 401 201

    GET    /api/v1/twofaccounts                         401 200 200 200 200 200 401 200
    POST   /api/v1/twofaccounts                         401 201 201 201 201 201 401 201
    DELETE /api/v1/twofaccounts                         401 403 403 204 204 403 401 204
    GET    /api/v1/twofaccounts/count                   401 200 200 200 200 200 401 200
    PATCH  /api/v1/twofaccounts/withdraw                401 403 200 200 200 403 401 200
    POST   /api/v1/twofaccounts/reorder                 401 403 200 200 200 403 401 200
    GET    /api/v1/twofaccounts/migration               401 404 404 404 404 404 401 404
    POST   /api/v1/twofaccounts/migration               401 200 200 200 200 200 401 200
    POST   /api/v1/twofaccounts/preview                 401 200 200 200 200 200 401 200
    GET    /api/v1/twofaccounts/otp                     401 404 404 404 404 404 401 404
    POST   /api/v1/twofaccounts/otp                     401 200 200 200 200 200 401 200
    GET    /api/v1/twofaccounts/{id}                    401 403 200 200 200 403 401 200
    PUT    /api/v1/twofaccounts/{id}                    401 403 403 200 200 403 401 200
    PATCH  /api/v1/twofaccounts/{id}                    401 403 403 200 200 403 401 200
    DELETE /api/v1/twofaccounts/{id}                    401 403 403 204 204 403 401 204
    GET    /api/v1/twofaccounts/{id}/otp                401 403 200 200 200 403 401 200
    GET    /api/v1/twofaccounts/{id}/qrcode             401 403 403 200 200 403 401 200
    GET    /api/v1/twofaccounts/{id}/otp-logs           401 403 403 200 200 403 401 200
    GET    /api/v1/twofaccounts/export                  401 403 403 200 200 403 401 200

    GET    /api/v1/twofaccounts/{id}/shares             401 403 403 200 200 403 401 200
    POST   /api/v1/twofaccounts/{id}/shares             401 403 403 201 201 403 401 201
    DELETE /api/v1/twofaccounts/{id}/shares             401 403 403 204 204 403 401 204
    POST   /api/v1/twofaccounts/{id}/shares/all         401 403 403 201 201 403 401 201
    DELETE /api/v1/twofaccounts/{id}/shares/all         401 404 404 404 404 404 401 404
    DELETE /api/v1/twofaccounts/{id}/shares/{user}      401 403 403 204 204 403 401 204
    GET    /api/v1/twofaccounts/{id}/recipients         401 403 403 200 200 403 401 200
    PATCH  /api/v1/twofaccounts/{id}/owner              401 403 403 200 200 403 401 200

    GET    /api/v1/groups                               401 200 200 200 200 200 401 200
    POST   /api/v1/groups                               401 201 201 201 201 201 401 201
    POST   /api/v1/groups/reorder                       401 403 403 200 200 403 401 200
    GET    /api/v1/groups/{id}                          401 403 403 200 200 403 401 200
    PUT    /api/v1/groups/{id}                          401 403 403 200 200 403 401 200
    PATCH  /api/v1/groups/{id}                          401 403 403 200 200 403 401 200
    DELETE /api/v1/groups/{id}                          401 403 403 204 204 403 401 204
    GET    /api/v1/groups/{id}/twofaccounts             401 403 403 200 200 403 401 200
    POST   /api/v1/groups/{id}/assign                   401 403 403 200 200 403 401 200

    POST   /api/v2/exports                              401 200 200 200 200 200 401 200

    GET    /api/v2/imports                              401 200 200 200 200 200 401 200
    POST   /api/v2/imports                              401 201 201 201 201 201 401 201
    POST   /api/v2/imports/preview                      401 200 200 200 200 200 401 200
    DELETE /api/v2/imports/{id}                         401 404 404 200 200 404 401 200

    POST   /api/v1/qrcode/decode                        401 200 200 200 200 200 401 200
    GET    /api/v1/icons/packs                          401 200 200 200 200 200 401 200
    POST   /api/v1/icons/default                        401 204 204 204 204 204 401 204
    POST   /api/v1/icons                                401 201 201 201 201 201 401 201
    DELETE /api/v1/icons/{name}                         401 204 204 204 204 204 401 204
    GET    /api/v1/features                             401 200 200 200 200 200 401 200
    GET    /api/v1/features/{name}                      401 200 200 200 200 200 401 200

    GET    /api/v1/users                                401 403 403 403 403 200 401 403
    POST   /api/v1/users                                401 403 403 403 403 201 401 403
    GET    /api/v1/users/{id}                           401 403 403 403 403 200 401 403
    DELETE /api/v1/users/{id}                           401 403 403 403 403 204 401 403
    PATCH  /api/v1/users/{id}/promote                   401 403 403 403 403 200 401 403
    PATCH  /api/v1/users/{id}/password/reset            401 403 403 403 403 200 401 403
    DELETE /api/v1/users/{id}/pats                      401 403 403 403 403 204 401 403
    DELETE /api/v1/users/{id}/credentials               401 403 403 403 403 204 401 403
    GET    /api/v1/users/{id}/authentications           401 403 403 403 403 200 401 403

    GET    /api/v1/settings                             401 403 403 403 403 200 401 403
    POST   /api/v1/settings                             401 403 403 403 403 201 401 403
    GET    /api/v1/settings/{name}                      401 403 403 403 403 200 401 403
    PUT    /api/v1/settings/{name}                      401 403 403 403 403 200 401 403
    DELETE /api/v1/settings/{name}                      401 403 403 403 403 204 401 403

    POST   /user                                        201 201 201 201 419 201 201 405
    POST   /user/login                                  200 200 200 200 419 200 200 405
    PUT    /user                                        401 200 200 200 419 200 401 405
    PATCH  /user/password                               401 200 200 200 419 200 401 405
    DELETE /user                                        401 204 204 204 419 204 401 405
    GET    /user/logout                                 401 200 200 200 401 200 401 405
    POST   /user/password/lost                          200 200 200 200 419 200 200 405
    POST   /user/password/reset                         200 200 200 200 419 200 200 405
    GET    /user/sessions                               401 200 200 200 401 200 401 405
    DELETE /user/sessions                               401 204 204 204 419 204 401 405
    DELETE /user/sessions/{id}                          401 404 404 204 419 404 401 405
    GET    /oauth/personal-access-tokens                401 200 200 200 401 200 401 405
    POST   /oauth/personal-access-tokens                401 200 200 200 419 200 401 405
    DELETE /oauth/personal-access-tokens/{id}           401 404 404 204 419 404 401 405
    POST   /webauthn/login/options                      200 200 200 200 419 200 200 405
    POST   /webauthn/login                              401 401 401 401 419 401 401 405
    POST   /webauthn/lost                               200 200 200 200 419 200 200 405
    POST   /webauthn/recover                            200 200 200 200 419 200 200 405
    POST   /webauthn/register/options                   401 200 200 200 419 200 401 405
    POST   /webauthn/register                           401 422 422 422 419 422 401 405
    GET    /webauthn/credentials                        401 200 200 200 401 200 401 405
    PATCH  /webauthn/credentials/{id}/name              401 404 404 404 419 404 401 405
    DELETE /webauthn/credentials/{id}                   401 204 204 204 419 204 401 405
    GET    /socialite/redirect/{driver}                 302 302 302 302 302 302 302 405
    GET    /socialite/callback/{driver}                 302 302 302 302 302 302 302 405
    GET    /socialite/link                              401 200 200 200 401 200 401 405
    DELETE /socialite/link                              401 204 204 204 419 204 401 405
    POST   /socialite/link/{driver}                     401 404 404 404 419 404 401 405
    GET    /refresh-csrf                                200 200 200 200 200 200 200 200
    GET    /system/infos                                401 403 403 403 401 200 401 403
    GET    /system/mail                                 401 403 403 403 401 200 401 403
    POST   /system/test-email                           401 403 403 403 419 200 401 403
    GET    /system/proxy                                401 403 403 403 401 200 401 403
    GET    /system/latestRelease                        401 403 403 403 401 200 401 403
    GET    /system/optimize                             401 403 403 403 401 200 401 403
    GET    /system/clear-cache                          401 403 403 403 401 200 401 403

    GET    /up                                          200 200 200 200 200 200 200 200
    GET    /manifest.json                               200 200 200 200 200 200 200 200
    GET    /openapi.yaml                                200 200 200 200 200 200 200 200
    GET    /robots.txt                                  200 200 200 200 200 200 200 200
    GET    /assets/{*path}                              404 404 404 404 404 404 404 404
    GET    /favicon.ico                                 200 200 200 200 200 200 200 200
    GET    /favicon.svg                                 200 200 200 200 200 200 200 200
    GET    /favicon_lg.png                              200 200 200 200 200 200 200 200
    GET    /icon-512.png                                200 200 200 200 200 200 200 200
    GET    /storage/noicon.svg                          200 200 200 200 200 200 200 200
    GET    /storage/icons/{name}                        404 404 404 404 404 404 404 404
";

/// The columns of an operation.
fn expected() -> Vec<(String, Vec<u16>)> {
    let rows = ANSWERS.lines().map(str::split_whitespace).filter_map(|mut words| {
        let operation = format!("{} {}", words.next()?, words.next()?);
        Some((operation, words.map(|status| status.parse().unwrap()).collect()))
    });
    rows.collect()
}

#[test]
fn every_operation_is_in_the_table_and_nothing_else() {
    let listed: BTreeSet<String> = expected().into_iter().map(|(operation, _)| operation).collect();
    let unknown: Vec<_> = operations().difference(&listed).cloned().collect();
    let gone: Vec<_> = listed.difference(&operations()).cloned().collect();
    assert_eq!((unknown, gone), (vec![], vec![]), "operations without a row, and rows without an operation");
}

#[test]
fn every_caller_is_answered_as_the_table_says() {
    on_every_engine(async |engine| {
        let (app, proxied) = (open(&engine, &[]).await, behind_proxy(&engine).await);
        let mut wrong = Vec::new();
        let mut number = 0;
        for (operation, statuses) in expected() {
            assert_eq!(statuses.len(), CALLERS.len(), "{operation}");
            for (caller, status) in CALLERS.iter().zip(statuses) {
                number += 1;
                let app = if *caller == "proxied" { &proxied } else { &app };
                let answer = Cast::new(app, number, caller).await.performs(&operation).await;
                if answer.status != status {
                    wrong.push(format!("{operation} as {caller}: {answer}, not {status}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

async fn open(engine: &Engine, vars: &[(&str, &str)]) -> TestApp {
    let app = engine.start(vars).await;
    app.set("enableSharing", json!(true)).await;
    app.set("enableAllUsersSharingScope", json!(true)).await;
    app
}

/// A second instance on the same database, behind an auth proxy.
async fn behind_proxy(engine: &Engine) -> TestApp {
    open(engine, &[("AUTHENTICATION_GUARD", "reverse-proxy-guard"), ("TRUSTED_PROXIES", "127.0.0.2")]).await
}

/// People and things for one request, which it may use up.
struct Cast {
    number: u32,
    caller: Person,
    /// Somebody for administrators to deal with.
    other: i64,
    account: i64,
    group: i64,
    import: i64,
    token: String,
    /// One of the owner's sessions.
    session: String,
    /// The token of a link that was mailed to the other.
    reset: String,
    /// And of one for a lost security key.
    recovery: String,
}

impl Cast {
    async fn new(app: &TestApp, number: u32, caller: &str) -> Self {
        let owner = app.user(&format!("owner {number}")).await;
        let other = app.user(&format!("other {number}")).await;
        let account = owner.adds("otpauth://totp/Example:a?secret=JBSWY3DPEHPK3PXP").await;
        let group = owner.post("/api/v1/groups", json!({ "name": "Work" })).await.expect(201).id();
        let session = if app.auth_proxy.is_none() { another_session(&owner).await } else { "none".to_owned() };
        let caller = match caller {
            "anonymous" => {
                let anonymous = app.anonymous();
                anonymous.get("/refresh-csrf").await.expect(200);
                anonymous
            }
            "stranger" => other.clone(),
            "borrower" => {
                owner.shares(account, &other).await;
                other.clone()
            }
            "token" => owner.with_token().await,
            "admin" => app.administrator(&format!("admin {number}")).await,
            "disabled" => {
                app.disable(&owner).await;
                owner.clone()
            }
            _ => owner.clone(),
        };
        // Everybody at an address of their own: what one tries isn't counted for the next.
        let place = loopback(u8::try_from(number % 200).unwrap() + 10);
        let caller = if app.auth_proxy.is_none() { caller.at(place) } else { caller };
        let (token, _) = owner.new_token().await;
        let mut write = app.store.write().await.unwrap().by_operator();
        let mut link = async |kind| {
            let link = recovery::new_link(app, &mut write, kind, &other.email, Some(UserId(other.id))).await.unwrap();
            link.split_once("token=").unwrap().1.split('&').next().unwrap().to_owned()
        };
        let (reset, recovery) = (link(ResetKind::Password).await, link(ResetKind::Webauthn).await);
        let now = app.clock.now();
        let import = write.record_import(UserId(owner.id), "Aegis", &[], &[], now).await.unwrap().0;
        write.commit().await.unwrap();
        Self { number, caller, other: other.id, account, group, import, token, session, reset, recovery }
    }

    async fn performs(&self, operation: &str) -> Answer {
        let (method, template) = operation.split_once(' ').unwrap();
        let ask = self.caller.ask(method.parse::<Method>().unwrap(), &self.path(operation, template));
        let picture = include_bytes!("../../../../contract/recorded/data/qr-totp.png");
        match operation {
            "POST /api/v1/qrcode/decode" => return ask.file("qrcode", "qrcode.png", "image/png", picture).await,
            "POST /api/v1/icons" => return ask.file("icon", "icon.png", "image/png", picture).await,
            _ => {}
        }
        match self.body(operation) {
            Value::Null => ask.await,
            body => ask.json(&body).await,
        }
    }

    fn path(&self, operation: &str, template: &str) -> String {
        let resource = ["/api/v1", "/api/v2"].iter().find_map(|version| template.strip_prefix(version));
        let resource = resource.unwrap_or(template);
        let id = if resource.starts_with("/twofaccounts") {
            self.account.to_string()
        } else if resource.starts_with("/groups") {
            self.group.to_string()
        } else if resource.starts_with("/imports") {
            self.import.to_string()
        } else if resource.starts_with("/users") {
            self.other.to_string()
        } else if resource.starts_with("/user/sessions") {
            self.session.clone()
        } else {
            self.token.clone()
        };
        let name = if resource.starts_with("/settings") {
            "restrictList"
        } else if resource.starts_with("/features") {
            "sharing"
        } else {
            "theme"
        };
        let path = template.replace("{id}", &id).replace("{user}", &self.other.to_string());
        let path = path.replace("{name}", name).replace("{*path}", "none.js").replace("{driver}", "openid");
        match operation {
            "DELETE /api/v1/twofaccounts"
            | "PATCH /api/v1/twofaccounts/withdraw"
            | "GET /api/v1/twofaccounts/export" => format!("{path}?ids={id}"),
            _ => path,
        }
    }

    /// What is sent with an operation; null for nothing.
    fn body(&self, operation: &str) -> Value {
        let number = self.number;
        let (name, email) = (format!("new {number}"), format!("new.{number}@example.org"));
        let passwords = json!({ "password": "a new password", "password_confirmation": "a new password" });
        let with_passwords = |mut fields: Value| {
            fields.as_object_mut().unwrap().extend(passwords.as_object().unwrap().clone());
            fields
        };
        match operation {
            "PUT /api/v1/user/preferences/{name}" => json!({ "value": "dark" }),
            "POST /api/v1/twofaccounts" | "POST /api/v1/twofaccounts/preview" | "POST /api/v1/twofaccounts/otp" => {
                json!({ "uri": "otpauth://totp/Example:b?secret=JBSWY3DPEHPK3PXP" })
            }
            "POST /api/v2/exports" => json!({ "format": "uris" }),
            "POST /api/v2/imports" | "POST /api/v2/imports/preview" => {
                json!({ "text": "otpauth://totp/b?secret=JBSWY3DPEHPK3PXP" })
            }
            "POST /api/v1/twofaccounts/migration" => json!({ "payload": "otpauth://totp/b?secret=JBSWY3DPEHPK3PXP" }),
            "PUT /api/v1/twofaccounts/{id}" | "PATCH /api/v1/twofaccounts/{id}" => json!({
                "service": "Example", "account": "c", "icon": null, "otp_type": "totp", "secret": "JBSWY3DPEHPK3PXP",
                "digits": 6, "algorithm": "sha1", "period": 30,
            }),
            "POST /api/v1/twofaccounts/reorder" => json!({ "orderedIds": [self.account] }),
            "POST /api/v1/twofaccounts/{id}/shares" => json!({ "user_ids": [self.other] }),
            "PATCH /api/v1/twofaccounts/{id}/owner" => {
                json!({ "new_owner_id": self.other, "confirm_password": PASSWORD })
            }
            "POST /api/v1/groups" | "PUT /api/v1/groups/{id}" | "PATCH /api/v1/groups/{id}" => json!({ "name": "Fun" }),
            "POST /api/v1/groups/reorder" => json!({ "orderedIds": [self.group] }),
            "POST /api/v1/groups/{id}/assign" => json!({ "ids": [self.account] }),
            "POST /api/v1/icons/default" => json!({ "service": "Example" }),
            "POST /api/v1/users" => with_passwords(json!({ "name": name, "email": email, "is_admin": false })),
            "PATCH /api/v1/users/{id}/promote" => json!({ "is_admin": true }),
            "POST /api/v1/settings" => json!({ "key": format!("own{}", letters(number)), "value": 1 }),
            "PUT /api/v1/settings/{name}" => json!({ "value": "ana@example.org" }),
            "POST /user" => with_passwords(json!({ "name": name, "email": email })),
            "POST /user/password/lost" | "POST /webauthn/lost" => {
                json!({ "email": format!("owner.{number}@example.org") })
            }
            "POST /user/password/reset" => {
                with_passwords(json!({ "token": self.reset, "email": format!("other.{number}@example.org") }))
            }
            "POST /user/login" => json!({ "email": format!("other.{number}@example.org"), "password": PASSWORD }),
            "PUT /user" => json!({ "name": name, "email": email, "password": PASSWORD }),
            "PATCH /user/password" => with_passwords(json!({ "currentPassword": PASSWORD })),
            "DELETE /user" | "DELETE /socialite/link" | "POST /socialite/link/{driver}" => {
                json!({ "password": PASSWORD })
            }
            "POST /oauth/personal-access-tokens" => json!({ "name": "program" }),
            "POST /webauthn/login/options" => json!({ "discoverable": true }),
            "POST /webauthn/login" => json!({
                "email": format!("other.{number}@example.org"), "id": "AA", "rawId": "AA", "type": "public-key",
                "response": { "authenticatorData": "AA", "clientDataJSON": "AA", "signature": "AA" },
            }),
            "POST /webauthn/recover" => json!({
                "token": self.recovery, "email": format!("other.{number}@example.org"), "password": PASSWORD,
            }),
            "POST /webauthn/register" => json!({
                "id": "AA", "rawId": "AA", "type": "public-key",
                "response": { "clientDataJSON": "AA", "attestationObject": "AA" },
            }),
            "PATCH /webauthn/credentials/{id}/name" => json!({ "name": "key" }),
            _ => Value::Null,
        }
    }
}

/// Signs somebody in once more; answers the id of that session.
async fn another_session(person: &Person) -> String {
    person.session().await;
    let sessions = person.get("/user/sessions").await.expect(200).json();
    let other = sessions.as_array().unwrap().iter().find(|session| session["is_current"] == false).unwrap();
    other["id"].as_str().unwrap().to_owned()
}

/// A number in letters, as the names of settings are.
fn letters(number: u32) -> String {
    number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
}
