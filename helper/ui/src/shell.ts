/** The program behind this page: it owns the state, the page draws it. */

import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Action } from './generated';
import type { View } from './generated';

/** Calls `show` with the view now and whenever it changes. */
export async function follow(show: (view: View) => void): Promise<void> {
  await listen<View>('view', (event) => show(event.payload));
  show(await invoke<View>('view'));
}

/** Tells the program what the customer did. */
export function act(action: Action): void {
  void invoke('act', { action });
}
