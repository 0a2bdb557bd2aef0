/** The page without the program, to look at: `npm run dev`, then `/dev/index.html?screen=live`. No part of the build. */

import { screens } from './screens';

const asked = new URLSearchParams(location.search);
const view = screens[asked.get('screen') ?? 'field'] ?? screens['field'];

Object.assign(window, {
  __TAURI_INTERNALS__: {
    transformCallback: () => 0,
    invoke: (command: string, { action }: { action?: unknown } = {}) => {
      if (command === 'act') console.info(JSON.stringify(action));
      return Promise.resolve(command === 'view' ? view : 0);
    },
  },
});

void import('../src/main');
