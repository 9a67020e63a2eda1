//! `/api/v1/twofaccounts/{id}/recipients`.

use serde_json::json;

use super::shares::{TOTP, lend, sharing};
use crate::harness::{Answer, Person};

async fn asked(who: &Person, account: i64, query: &str) -> Answer {
    who.get(&format!("/api/v1/twofaccounts/{account}/recipients{query}")).await
}

#[tokio::test]
async fn everybody_but_who_asks_can_be_shared_with() {
    let (_, [ana, bob, eve]) = sharing(["ana", "bob", "eve"]).await;
    let account = ana.adds(TOTP).await;
    lend(&ana, account, &eve).await.expect(201);
    ana.put("/api/v1/user/preferences/timezone", json!({ "value": "Europe/Paris" })).await.expect(201);
    insta::assert_snapshot!(asked(&ana, account, "").await, @r#"
    200 [
      {"id":2,"name":"bob","is_shared_with":false},
      {"id":3,"name":"eve","is_shared_with":true,"is_shared_since":"Tue, Nov 14, 2023 11:13 PM"}
    ]
    "#);
    for other in [&bob, &eve] {
        asked(other, account, "?filter[foo]=x").await.expect(403);
    }
}

#[tokio::test]
async fn a_filter_finds_names_by_a_part_and_addresses_as_a_whole() {
    let (_, [ana, _, _]) = sharing(["ana", "bob", "bobby"]).await;
    let account = ana.adds(TOTP).await;
    for (query, expected) in [
        ("?filter[nameOrEmail]=BOB", &["bob", "bobby"][..]),
        ("?filter%5BnameOrEmail%5D=bobb", &["bobby"]),
        ("?filter[nameOrEmail]=bby,ana", &["bobby"]),
        ("?filter[nameOrEmail]=bob@example.org", &["bob"]),
        ("?filter[nameOrEmail]=@example.org", &[]),
        ("?filter[nameOrEmail]=ana@example.org", &[]),
        ("?filter[nameOrEmail]=", &[]),
        ("?filter[nameOrEmail]=%25", &[]),
    ] {
        let answer = asked(&ana, account, query).await.expect(200).json();
        let names: Vec<_> = answer.as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{query}");
    }
    insta::assert_snapshot!(asked(&ana, account, "?filter[foo]=x").await, @r#"400 {"message":"Requested filter(s) `foo` are not allowed. Allowed filter(s) are `nameOrEmail`."}"#);
}
