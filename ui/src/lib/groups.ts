import type { Group } from './wire.gen';

/** Whether a group has a chip above the list: unless its user said no, which groups of other clients leave open. */
export function isInChips(group: Group): boolean {
  return group.show_in_chips !== false;
}
