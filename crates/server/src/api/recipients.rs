//! `/twofaccounts/{id}/recipients`: the users with whom an account can be shared (compat 1.7.6, 1.11).

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use store::{Read, Recipient};
use vault::{SharingPolicy, access};

use super::accounts::load_seen;
use super::path::Id;
use crate::ago::written_out;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{BadRequest, Forbidden, Result};
use crate::input::Input;
use crate::settings::Settings;
use vault::email::is_email;

/// The one filter that there is.
const FILTER: &str = "nameOrEmail";

/// A user with whom an account is, or can be, shared, as the API shows it: without the e-mail address.
#[derive(Debug, Serialize)]
pub struct RecipientView {
    id: i64,
    name: String,
    is_shared_with: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_shared_since: Option<String>,
}

/// Returns recipients as the API shows them, with dates in the caller's time zone.
pub fn views(app: &App, caller: &Caller, recipients: impl IntoIterator<Item = Recipient>) -> Vec<RecipientView> {
    let zone = app.config.preferences.value(&caller.user.preferences, "timezone").and_then(Value::as_str);
    let view = |recipient: Recipient| RecipientView {
        id: recipient.user.0,
        name: recipient.name,
        is_shared_with: recipient.since.is_some(),
        is_shared_since: recipient.since.map(|since| written_out(since, zone)),
    };
    recipients.into_iter().map(view).collect()
}

/// Returns the policy of sharing.
///
/// # Errors
/// 403 if sharing is off.
pub async fn sharing_policy(read: &mut Read) -> Result<SharingPolicy> {
    let policy = Settings::load(read).await?.sharing();
    if policy.enabled { Ok(policy) } else { Err(Forbidden::SharingOff.into()) }
}

/// `GET /twofaccounts/{id}/recipients`: all users but the caller, or those that `filter[nameOrEmail]` selects.
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    input: Input,
) -> Result<Json<Vec<RecipientView>>> {
    let mut read = app.store.read().await?;
    let seen = load_seen(&mut read, &caller, id).await?;
    sharing_policy(&mut read).await?;
    let account = access::manage(caller.user.id, &seen)?.account();
    let filter = Filter::of(&input)?;
    let users = read.possible_recipients(account).await?;
    drop(read);
    let wanted =
        users.into_iter().filter(|person| person.user != caller.user.id && filter.admits(&person.name, &person.email));
    Ok(Json(views(&app, &caller, wanted)))
}

/// The users that a request selects.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Filter {
    All,
    /// The user with exactly this address.
    Email(String),
    /// Users whose name contains one of these texts, which are in lower case and not empty.
    Names(Vec<String>),
}

impl Filter {
    fn of(input: &Input) -> Result<Self, BadRequest> {
        let unknown: Vec<String> = match input.value("filter") {
            Some(Value::Object(filters)) => filters.keys().filter(|name| *name != FILTER).cloned().collect(),
            Some(Value::Array(filters)) => (0..filters.len()).map(|index| index.to_string()).collect(),
            _ => Vec::new(),
        };
        if !unknown.is_empty() {
            return Err(BadRequest::UnknownFilters(unknown.join(", ")));
        }
        let path = format!("filter.{FILTER}");
        Ok(match input.value(&path) {
            None => Self::All,
            Some(Value::Array(names)) => Self::names(names.iter().filter_map(Value::as_str)),
            Some(_) => {
                let text = input.printed(&path);
                if is_email(&text) { Self::Email(text.into_owned()) } else { Self::names(text.split(',')) }
            }
        })
    }

    fn names<'a>(parts: impl Iterator<Item = &'a str>) -> Self {
        Self::Names(parts.filter(|part| !part.is_empty()).map(str::to_lowercase).collect())
    }

    fn admits(&self, name: &str, email: &str) -> bool {
        match self {
            Self::All => true,
            Self::Email(wanted) => email == wanted,
            Self::Names(parts) => {
                let name = name.to_lowercase();
                parts.iter().any(|part| name.contains(part))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filter(filter: &Value) -> Result<Filter, BadRequest> {
        let mut input = Input::default();
        input.set("filter", filter.clone());
        Filter::of(&input)
    }

    /// Which of these people a filter's value lets through.
    fn admitted(value: &Value) -> Vec<&'static str> {
        let filter = filter(&json!({ "nameOrEmail": value })).unwrap();
        let people = [("Ana", "ana@a.test"), ("Bob_50%", "bob@b.test"), ("Émile, Jr", "e@a.test"), ("5", "5@x")];
        people.into_iter().filter(|(name, email)| filter.admits(name, email)).map(|(name, _)| name).collect()
    }

    #[test]
    fn names_are_found_by_a_part_in_any_case() {
        assert_eq!(admitted(&json!("AN")), ["Ana"]);
        assert_eq!(admitted(&json!("éMI")), ["Émile, Jr"]);
        assert_eq!(admitted(&json!("zed")), [""; 0]);
        assert_eq!(admitted(&json!(5)), ["Bob_50%", "5"]);
    }

    #[test]
    fn wildcards_stand_for_themselves() {
        assert_eq!(admitted(&json!("%")), ["Bob_50%"]);
        assert_eq!(admitted(&json!("b_b")), [""; 0]);
        assert_eq!(admitted(&json!("b%5")), [""; 0]);
        assert_eq!(admitted(&json!("b_5")), ["Bob_50%"]);
        assert_eq!(admitted(&json!("\\")), [""; 0]);
    }

    #[test]
    fn a_comma_separates_alternatives() {
        assert_eq!(admitted(&json!("ana,bob")), ["Ana", "Bob_50%"]);
        assert_eq!(admitted(&json!("ana,")), ["Ana"]);
        assert_eq!(admitted(&json!("Émile, Jr")), ["Émile, Jr"]);
        assert_eq!(admitted(&json!(["ana", "é"])), ["Ana", "Émile, Jr"]);
    }

    #[test]
    fn an_address_counts_as_a_whole() {
        assert_eq!(admitted(&json!("bob@b.test")), ["Bob_50%"]);
        assert_eq!(admitted(&json!("BOB@b.test")), [""; 0]);
        assert_eq!(admitted(&json!("@b.test")), [""; 0]);
        assert_eq!(admitted(&json!("ana@a.test,bob@b.test")), [""; 0]);
    }

    #[test]
    fn an_empty_filter_finds_nobody_and_none_finds_everybody() {
        for empty in [json!(""), json!(null), json!(","), json!([]), json!({})] {
            assert_eq!(admitted(&empty), [""; 0], "{empty}");
        }
        for none in [json!({}), json!([]), json!("ana"), json!(null)] {
            assert_eq!(filter(&none).unwrap(), Filter::All, "{none}");
        }
        assert_eq!(Filter::of(&Input::default()).unwrap(), Filter::All);
    }

    #[test]
    fn other_filters_are_refused_by_name() {
        let names = |names: &str| Err(BadRequest::UnknownFilters(names.to_owned()));
        assert_eq!(filter(&json!({ "foo": "x", "nameOrEmail": "y", "Bar": 1 })), names("foo, Bar"));
        assert_eq!(filter(&json!(["x"])), names("0"));
    }
}
