//! The order in which a person sees accounts or groups.

/// The full order after somebody asked for `wanted` first: the wanted ids that are among `present` (each once), then
/// the others as they were.
pub fn rearranged<Id: Copy + PartialEq>(present: &[Id], wanted: &[Id]) -> Vec<Id> {
    let mut order: Vec<Id> = Vec::with_capacity(present.len());
    for id in wanted.iter().filter(|id| present.contains(id)).chain(present) {
        if !order.contains(id) {
            order.push(*id);
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::rearranged;

    #[test]
    fn wanted_ids_come_first_and_the_rest_keeps_its_order() {
        assert_eq!(rearranged(&[1, 2, 3, 4], &[3, 1]), [3, 1, 2, 4]);
    }

    #[test]
    fn unknown_and_repeated_ids_are_left_out() {
        assert_eq!(rearranged(&[1, 2], &[9, 2, 2, 9]), [2, 1]);
    }
}
