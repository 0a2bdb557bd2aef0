/** How the relay stands before anything was heard of it. */

import type { RelayStatus } from '../protocol/generated/RelayStatus';

export const NO_RELAY: RelayStatus = {
  place: 'inside',
  connected: false,
  address: '',
  public_addresses: [],
  lan_error: null,
};
