//! A user's order of accounts or groups.

use std::collections::HashSet;
use std::hash::Hash;

/// Returns the new order when a user wants some IDs first: the `wanted` IDs that are `present` (each once), then the
/// others in their present order.
pub fn rearrange<Id: Copy + Eq + Hash>(present: &[Id], wanted: &[Id]) -> Vec<Id> {
    let mut left: HashSet<Id> = present.iter().copied().collect();
    wanted.iter().chain(present).copied().filter(|id| left.remove(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::rearrange;

    #[test]
    fn wanted_ids_come_first_and_the_rest_keeps_its_order() {
        assert_eq!(rearrange(&[1, 2, 3, 4], &[3, 1]), [3, 1, 2, 4]);
    }

    #[test]
    fn unknown_and_repeated_ids_are_left_out() {
        assert_eq!(rearrange(&[1, 2], &[9, 2, 2, 9]), [2, 1]);
    }
}
