/** The data channels of a call, as `deskhand_protocol::call::channel` has them. Whoever shares opens them. */

export const CHANNELS = ['input', 'pointer', 'cursor', 'control', 'tiles', 'clipboard', 'files'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** The longest message in bytes; a longer one closes the call. */
export const LIMITS: Readonly<Record<ChannelName, number>> = {
  input: 1_100,
  pointer: 1_100,
  cursor: 255 * 255 * 4 + 32,
  control: 64 * 1024,
  tiles: 64 * 1024,
  clipboard: 64 * 1024,
  files: 32 * 1024 + 64,
};
