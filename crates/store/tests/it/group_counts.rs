//! Lists, groups and their counts agree for every user, however the sharing of an account changes.

use store::Store;
use vault::{AccountId, GroupId, SharingPolicy, User};

use crate::bench::{SHARING, add_accounts, add_user, at, manage, on_every_engine, visible_ids};

const OFF: SharingPolicy = SharingPolicy { enabled: false, all_users: true };
const NAMED_ONLY: SharingPolicy = SharingPolicy { enabled: true, all_users: false };

/// The users with whom ana, the owner, shares the account.
#[derive(Debug, Clone, Copy)]
enum Audience {
    Nobody,
    Bob,
    All,
}

/// The change that ana makes next.
#[derive(Debug, Clone, Copy)]
enum Change {
    Nothing,
    Revokes,
    RevokesAll,
    GivesToBob,
    GivesToDan,
}

use Audience::{All, Bob, Nobody};
use Change::{GivesToBob, GivesToDan, Nothing, Revokes, RevokesAll};

/// How ana, bob and eve see the account: under this policy after the change, and again once the change is undone and
/// sharing is on. A letter each, see [`View::letter`].
const CASES: [(Audience, Change, SharingPolicy, &str, &str); 16] = [
    (Nobody, Nothing, SHARING, "P--", "P--"),
    (Nobody, GivesToDan, SHARING, "---", "L--"),
    (Bob, Nothing, SHARING, "PP-", "PP-"),
    (Bob, Nothing, NAMED_ONLY, "PP-", "PP-"),
    (Bob, Nothing, OFF, "P--", "PP-"),
    (Bob, Revokes, SHARING, "P--", "PL-"),
    (Bob, RevokesAll, SHARING, "P--", "PL-"),
    (Bob, GivesToBob, SHARING, "-P-", "L--"),
    (Bob, GivesToDan, SHARING, "CP-", "LP-"),
    (Bob, GivesToDan, OFF, "---", "LP-"),
    (All, Nothing, SHARING, "PPP", "PPP"),
    (All, Nothing, NAMED_ONLY, "P--", "PPP"),
    (All, Nothing, OFF, "P--", "PPP"),
    (All, RevokesAll, SHARING, "P--", "PLL"),
    (All, GivesToDan, SHARING, "PPP", "PPP"),
    (All, GivesToDan, NAMED_ONLY, "C--", "PPP"),
];

/// The account in the answers for one user.
#[derive(Debug, PartialEq, Eq)]
struct View {
    /// Its place among the two accounts of the user's list.
    position: Option<usize>,
    in_group: bool,
    counts: bool,
}

impl View {
    /// `-` unseen and uncounted; `P` seen and counted, at the position that the user gave it; `L` seen and counted, but
    /// last: the position is forgotten. `C` unseen, but counted. `?` the list and the group's list disagree.
    fn letter(&self) -> char {
        match (self.position, self.in_group, self.counts) {
            (None, false, false) => '-',
            (Some(0), true, true) => 'P',
            (Some(_), true, true) => 'L',
            (None, false, true) => 'C',
            _ => '?',
        }
    }
}

/// A user with a group that holds the account and one of their own.
struct Member<'a> {
    user: &'a User,
    own: AccountId,
    group: GroupId,
}

impl Member<'_> {
    /// Puts both accounts into the group and in an order, the account first, if the user sees it.
    async fn arrange(&self, store: &Store, account: AccountId) {
        if visible_ids(store, self.user.id, SHARING).await.contains(&account) {
            let mut write = store.write().await.unwrap().by_operator();
            write.assign(self.user.id, &[account, self.own], self.group).await.unwrap();
            write.set_positions(self.user.id, &[account, self.own]).await.unwrap();
            write.commit().await.unwrap();
        }
    }

    async fn view(&self, store: &Store, account: AccountId, policy: SharingPolicy) -> View {
        let mut ids = visible_ids(store, self.user.id, policy).await;
        ids.retain(|id| [account, self.own].contains(id));
        let mut read = store.read().await.unwrap();
        let listed = read.group_accounts(self.user.id, self.group, policy).await.unwrap();
        let count = read.group_account_count(self.user.id, self.group, policy).await.unwrap();
        let groups = read.counted_groups(self.user.id, policy).await.unwrap();
        let (_, same) = groups.into_iter().find(|(group, _)| group.id == self.group).unwrap();
        assert_eq!(count, same);
        let others = listed.iter().filter(|seen| seen.account.id == self.own).count() as u64;
        View {
            position: ids.iter().position(|id| *id == account),
            in_group: listed.iter().any(|seen| seen.account.id == account),
            counts: count - others == 1,
        }
    }
}

async fn share(store: &Store, owner: &User, account: AccountId, audience: Audience, bob: &User) {
    let right = manage(store, owner.id, account).await;
    let mut write = store.write().await.unwrap().by_operator();
    match audience {
        Nobody => {}
        Bob => drop(write.share_with(&right, &[bob.id], at(1)).await.unwrap()),
        All => drop(write.share_with_all(&right, at(1)).await.unwrap()),
    }
    write.commit().await.unwrap();
}

async fn give(store: &Store, account: AccountId, from: &User, to: &User) {
    let right = manage(store, from.id, account).await;
    let mut write = store.write().await.unwrap().by_operator();
    write.transfer_ownership(&right, to.id, at(2)).await.unwrap();
    write.commit().await.unwrap();
}

#[test]
fn a_group_counts_the_accounts_that_its_list_shows() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob] = [add_user(&store, "ana").await, add_user(&store, "bob").await];
        let [eve, dan] = [add_user(&store, "eve").await, add_user(&store, "dan").await];
        for case in CASES {
            let (audience, change, policy, expected, expected_again) = case;
            let account = add_accounts(&store, &ana, 1).await[0];
            let mut members = Vec::new();
            for user in [&ana, &bob, &eve] {
                let own = add_accounts(&store, user, 1).await[0];
                let mut write = store.write().await.unwrap().by_operator();
                let group = write.create_group(user.id, &format!("{account}"), true, at(0)).await.unwrap().id;
                write.assign(user.id, &[own], group).await.unwrap();
                write.commit().await.unwrap();
                members.push(Member { user, own, group });
            }
            share(&store, &ana, account, audience, &bob).await;
            for member in &members {
                member.arrange(&store, account).await;
            }
            let right = manage(&store, ana.id, account).await;
            match change {
                Nothing => {}
                Revokes | RevokesAll => {
                    let mut write = store.write().await.unwrap().by_operator();
                    match change {
                        Revokes => write.revoke(&right, bob.id).await.unwrap(),
                        _ => write.revoke_all(&right, true).await.unwrap(),
                    }
                    write.commit().await.unwrap();
                }
                GivesToBob => give(&store, account, &ana, &bob).await,
                GivesToDan => give(&store, account, &ana, &dan).await,
            }
            let mut letters = String::new();
            for member in &members {
                letters.push(member.view(&store, account, policy).await.letter());
            }
            assert_eq!(letters, expected, "{case:?}");
            match change {
                Nothing => {}
                Revokes | RevokesAll => share(&store, &ana, account, audience, &bob).await,
                GivesToBob => give(&store, account, &bob, &ana).await,
                GivesToDan => give(&store, account, &dan, &ana).await,
            }
            let mut letters = String::new();
            for member in &members {
                letters.push(member.view(&store, account, SHARING).await.letter());
            }
            assert_eq!(letters, expected_again, "once undone, {case:?}");
        }
    });
}
