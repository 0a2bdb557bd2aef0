/** Whether the console makes a sound when somebody asks for help. Kept on this computer. */

import { chime } from './chime';

const KEY = 'deskhand/sound';

class Sound {
  on = $state(true);

  /** Takes up what was kept. */
  start(): void {
    try {
      this.on = localStorage.getItem(KEY) !== 'off';
    } catch {
      // As it is.
    }
  }

  set(on: boolean): void {
    this.on = on;
    try {
      localStorage.setItem(KEY, on ? 'on' : 'off');
    } catch {
      // It holds until the window is closed.
    }
  }

  /** Somebody asks for help. */
  ring(play: () => void = chime): void {
    if (this.on) play();
  }
}

export const sound = new Sound();
