//! Imports.

use store::{StoredImport, UndoneImport};
use vault::ImportId;

use crate::bench::{add_accounts, add_user, at, may_purge, on_every_engine};

#[test]
fn an_import_is_undone_as_one_and_leaves_the_rest() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob] = [add_user(&store, "ana").await, add_user(&store, "bob").await];
        let ids = add_accounts(&store, &ana, 4).await;
        let mut write = store.write().await.unwrap().by_operator();
        let filled = write.create_group(ana.id, "filled", true, at(0)).await.unwrap();
        let emptied = write.create_group(ana.id, "emptied", true, at(0)).await.unwrap();
        write.assign(ana.id, &ids[..1], filled.id).await.unwrap();
        write.assign(ana.id, &ids[1..2], emptied.id).await.unwrap();
        let groups = [filled.id, emptied.id];
        let import = write.record_import(ana.id, "Aegis", &ids[1..], &groups, at(5)).await.unwrap();
        write.commit().await.unwrap();

        let mut read = store.read().await.unwrap();
        let stored = StoredImport { id: import, source: "Aegis".into(), created_at: at(5), accounts: 3 };
        assert_eq!(read.imports(ana.id).await.unwrap(), [stored]);
        assert_eq!(read.imports(bob.id).await.unwrap(), []);
        drop(read);

        let mut write = store.write().await.unwrap().by_operator();
        assert_eq!(write.undo_import(bob.id, import, at(6)).await.unwrap(), None, "it is another user's");
        assert_eq!(write.undo_import(ana.id, ImportId(99), at(6)).await.unwrap(), None);
        let undone = write.undo_import(ana.id, import, at(6)).await.unwrap();
        assert_eq!(undone, Some(UndoneImport { accounts: ids[1..].to_vec(), groups: vec![emptied.id] }));
        assert_eq!(write.undo_import(ana.id, import, at(6)).await.unwrap(), None, "it is undone already");
        assert_eq!(write.groups(ana.id).await.unwrap(), [filled]);
        assert_eq!(write.owned_account_count(ana.id).await.unwrap(), 1);
        assert_eq!(write.imports(ana.id).await.unwrap(), []);
    });
}

#[test]
fn forgotten_imports_leave_their_accounts() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let ids = add_accounts(&store, &ana, 2).await;
        let mut write = store.write().await.unwrap().by_operator();
        write.record_import(ana.id, "Aegis", &ids[..1], &[], at(5)).await.unwrap();
        let later = write.record_import(ana.id, "2FAS Auth", &ids[1..], &[], at(9)).await.unwrap();
        let may = may_purge(&mut write).await;
        assert_eq!(write.purge_imports(may, at(9)).await.unwrap(), 1);
        let left: Vec<_> = write.imports(ana.id).await.unwrap().into_iter().map(|import| import.id).collect();
        assert_eq!(left, [later]);
        assert_eq!(write.owned_account_count(ana.id).await.unwrap(), 2);
    });
}
