/** Which capabilities stand together on a screen. */

import { working, type Capability, type Group } from '../generated';
import type { Spoken } from '../language/en';

/** One heading with what belongs under it. */
export interface Grouped {
  group: Group;
  capabilities: Spoken[];
}

/** The given ones under their headings, in the order in which the program names them. */
export function grouped(capabilities: readonly Capability[]): Grouped[] {
  const groups: Grouped[] = [];
  for (const [capability, group] of working) {
    if (!capabilities.includes(capability)) continue;
    const known = groups.find((other) => other.group === group);
    if (known) known.capabilities.push(capability);
    else groups.push({ group, capabilities: [capability] });
  }
  return groups;
}
