/** What each preset asks for; as `deskhand_protocol::capability` has it, to which a test holds this. */

import type { Capability } from '../../protocol/generated/Capability';
import type { Preset } from '../../protocol/generated/Preset';
import type { PresetView } from '../../protocol/generated/PresetView';

/** Those with a working feature. */
const WORKING: readonly Capability[] = [
  'view',
  'control',
  'point',
  'clipboard-in',
  'clipboard-out',
  'files-in',
  'files-out',
  'lock',
  'sign-out',
  'restart',
  'task-manager',
  'system-info',
];
const LOOK: readonly Capability[] = ['view', 'point'];
const HELP: readonly Capability[] = [...LOOK, 'control', 'clipboard-in', 'clipboard-out'];

export const isWorking = (capability: Capability): boolean => WORKING.includes(capability);

export const PRESETS: readonly PresetView[] = [
  { preset: 'look', capabilities: WORKING.filter((one) => LOOK.includes(one)) },
  { preset: 'help', capabilities: WORKING.filter((one) => HELP.includes(one)) },
  // A recording is asked for on its own, whoever asks for how much.
  { preset: 'full_service', capabilities: WORKING.filter((one) => one !== 'record') },
];

export const capabilitiesOf = (preset: Preset): Capability[] =>
  PRESETS.find((view) => view.preset === preset)?.capabilities ?? [];
