//! Adding the accounts of an import.

use imports::{Icon, ImportedAccount, ImportedGroup};
use jiff::Timestamp;
use store::UserWrite;
use vault::{AccountDraft, AccountId, Group, GroupId, ImportId, UserId};

use crate::api::accounts::draft::legacy_uri_of;
use crate::app::App;
use crate::error::Result;
use crate::icons::{self, Picture};
use crate::input::{Invalid, is_group_name};

/// Maximum number of icons of an import: each has to be drawn anew.
const MAX_ICONS: usize = 1000;
/// Maximum length of a group's name, in characters.
const GROUP_CHARS: usize = 32;

/// An account that is ready to be added.
pub struct NewAccount {
    /// The account, without icon.
    pub account: AccountDraft,
    /// Its icon.
    pub picture: Option<Picture>,
    /// The name of the group that it was in.
    pub group: Option<String>,
}

/// The group of the accounts of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The groups that they were in; those that the user lacks are added.
    OwnGroups,
    /// None.
    NoGroup,
    /// One of the user's groups.
    Group(GroupId),
}

/// What an import adds.
pub struct Additions {
    /// The accounts.
    pub accounts: Vec<NewAccount>,
    /// The groups that its files list by themselves.
    pub groups: Vec<ImportedGroup>,
    /// The formats of its files, for people.
    pub source: String,
}

/// What was added.
pub struct Saved {
    /// The import; `None` if there was nothing to add.
    pub import: Option<ImportId>,
    /// The accounts, in the order in which they were given.
    pub accounts: Vec<AccountId>,
}

/// Fills in what a stored account needs: above all a name.
pub fn fill_in(imported: ImportedAccount) -> ImportedAccount {
    let mut imported = imported.with_fallbacks();
    if imported.account.name.is_empty() {
        imported.account.name = "?".into();
    }
    imported
}

/// Draws the icons of accounts, each in a turn of its own, so that other users come to theirs in between. Icons that are
/// no pictures are left out.
///
/// # Errors
/// When the runtime fails.
pub async fn draw_icons(app: &App, user: UserId, imported: Vec<ImportedAccount>) -> Result<Vec<NewAccount>> {
    let mut drawn = 0;
    let mut accounts = Vec::with_capacity(imported.len());
    for ImportedAccount { account, icon, group, .. } in imported {
        let icon = icon.filter(|_| drawn < MAX_ICONS);
        let picture = match icon {
            Some(Icon { content, .. }) => {
                drawn += 1;
                app.pictures.run(user, move |turn| Picture::new(&content, &|| turn.is_over())).await?.ok()
            }
            None => None,
        };
        accounts.push(NewAccount { account, picture, group });
    }
    Ok(accounts)
}

/// Adds accounts with their icons and groups, and remembers them as one import.
///
/// # Errors
/// 422 if the user would have too many accounts, and any error of the database: nothing must be committed then.
pub async fn save(
    app: &App,
    write: &mut UserWrite,
    owner: UserId,
    Additions { accounts, groups: listed, source }: Additions,
    target: Target,
) -> Result<Saved> {
    let added = u64::try_from(accounts.len()).unwrap_or(u64::MAX);
    if added == 0 {
        return Ok(Saved { import: None, accounts: Vec::new() });
    }
    let count = write.owned_account_count(owner).await?.saturating_add(added - 1);
    Invalid::unless_room("file", count, app.config.bounds.accounts)?;
    let now = app.clock.now();
    let mut groups = GroupsOfImport::load(app, write, owner, now).await?;
    if target == Target::OwnGroups {
        for ImportedGroup { name, show_in_chips } in &listed {
            groups.find_or_add(write, name, *show_in_chips).await?;
        }
    }
    let mut ids = Vec::with_capacity(accounts.len());
    for NewAccount { mut account, picture, group } in accounts {
        if let Some(picture) = picture {
            account.icon = Some(icons::add(app, write, picture).await?);
        }
        let uri = legacy_uri_of(&account)?;
        let id = write.create_account(owner, &account, &uri, now).await?;
        ids.push(id);
        match (target, group) {
            (Target::OwnGroups, Some(name)) => groups.put(write, id, &name).await?,
            (Target::Group(group), _) => groups.members.push((group, id)),
            (Target::OwnGroups, None) | (Target::NoGroup, _) => {}
        }
    }
    let added_groups = groups.assign(write).await?;
    let import = write.record_import(owner, &source, &ids, &added_groups, now).await?;
    Ok(Saved { import: Some(import), accounts: ids })
}

/// The groups of the user, and those that an import adds.
struct GroupsOfImport {
    owner: UserId,
    now: Timestamp,
    /// Maximum number of groups.
    max: usize,
    groups: Vec<Group>,
    added: Vec<GroupId>,
    members: Vec<(GroupId, AccountId)>,
}

impl GroupsOfImport {
    async fn load(app: &App, write: &mut UserWrite, owner: UserId, now: Timestamp) -> Result<Self> {
        let max = usize::try_from(app.config.bounds.groups).unwrap_or(usize::MAX);
        let groups = write.groups(owner).await?;
        Ok(Self { owner, now, max, groups, added: Vec::new(), members: Vec::new() })
    }

    /// Puts an account into the group of this name, and adds the group if there is room.
    async fn put(&mut self, write: &mut UserWrite, account: AccountId, name: &str) -> Result<()> {
        if let Some(group) = self.find_or_add(write, name, true).await? {
            self.members.push((group, account));
        }
        Ok(())
    }

    /// Returns the group of this name, added if there is room; `None` if there is none or the name isn't allowed.
    async fn find_or_add(&mut self, write: &mut UserWrite, name: &str, in_chips: bool) -> Result<Option<GroupId>> {
        let Some(name) = allowed_name(name) else { return Ok(None) };
        if let Some(known) = self.groups.iter().find(|group| group.name == name) {
            return Ok(Some(known.id));
        }
        if self.groups.len() >= self.max {
            return Ok(None);
        }
        let group = write.create_group(self.owner, &name, in_chips, self.now).await?;
        let id = group.id;
        self.added.push(id);
        self.groups.push(group);
        Ok(Some(id))
    }

    /// Assigns all accounts to their groups; returns the groups that were added.
    async fn assign(mut self, write: &mut UserWrite) -> Result<Vec<GroupId>> {
        self.members.sort_unstable();
        for members in self.members.chunk_by(|one, other| one.0 == other.0) {
            if let [(group, _), ..] = members {
                let accounts: Vec<AccountId> = members.iter().map(|(_, account)| *account).collect();
                write.assign(self.owner, &accounts, *group).await?;
            }
        }
        Ok(self.added)
    }
}

/// Returns the name of a group as Sixpin allows it; `None` if nothing is left of it, or the name is reserved.
fn allowed_name(name: &str) -> Option<String> {
    let allowed: String = name.chars().filter(|letter| is_group_name(&letter.to_string())).collect();
    let name: String = allowed.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(GROUP_CHARS).collect();
    (!name.is_empty() && !name.eq_ignore_ascii_case("all")).then_some(name)
}
