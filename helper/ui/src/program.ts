/** The program behind this page: it owns the state, the page draws it. */

import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { View } from './generated';
import type { House } from './shell';

export const program: House = {
  async follow(show) {
    await listen<View>('view', (event) => show(event.payload));
    show(await invoke<View>('view'));
  },
  act(action) {
    void invoke('act', { action });
  },
};
