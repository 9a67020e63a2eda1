//! Settings.

use serde_json::json;

use crate::bench::on_every_engine;

#[test]
fn settings_keep_their_type_and_the_order_of_their_creation() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let mut write = store.write().await.unwrap().by_operator();
        write.set_setting("zeta", &json!(true)).await.unwrap();
        write.set_setting("alpha", &json!("true")).await.unwrap();
        write.set_setting("mid", &json!({"a": [1, null, "\u{0}é"]})).await.unwrap();
        write.set_setting("zeta", &json!(2)).await.unwrap();
        // The same value again is a change like any other.
        write.set_setting("zeta", &json!(2)).await.unwrap();
        write.commit().await.unwrap();
        let mut read = store.read().await.unwrap();
        let expected = [("zeta", json!(2)), ("alpha", json!("true")), ("mid", json!({"a": [1, null, "\u{0}é"]}))];
        assert_eq!(read.settings().await.unwrap(), expected.map(|(name, value)| (name.to_owned(), Some(value))));
        assert_eq!(read.setting("alpha").await.unwrap(), Some(json!("true")));
        assert_eq!(read.setting("Alpha").await.unwrap(), None, "names are exact");
        assert_eq!(read.setting("beta").await.unwrap(), None);
        let mut write = store.write().await.unwrap().by_operator();
        assert!(write.delete_setting("alpha").await.unwrap());
        assert!(!write.delete_setting("alpha").await.unwrap());
        write.commit().await.unwrap();
        assert_eq!(read.setting("alpha").await.unwrap(), None);
    });
}
