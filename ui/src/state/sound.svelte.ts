/** Whether the console makes a sound when somebody asks for help, or a customer waits. Kept on this computer. */

import { chime } from './chime';

const KEY = 'deskhand/sound';
const WAITING = 'deskhand/sound-waiting';

class Sound {
  on = $state(true);
  waiting = $state(true);

  /** Takes up what was kept. */
  start(): void {
    try {
      this.on = localStorage.getItem(KEY) !== 'off';
      this.waiting = localStorage.getItem(WAITING) !== 'off';
    } catch {
      // As it is.
    }
  }

  set(on: boolean): void {
    this.on = on;
    this.#keep(KEY, on);
  }

  setWaiting(on: boolean): void {
    this.waiting = on;
    this.#keep(WAITING, on);
  }

  #keep(key: string, on: boolean): void {
    try {
      localStorage.setItem(key, on ? 'on' : 'off');
    } catch {
      // It holds until the window is closed.
    }
  }

  /** Somebody asks for help. */
  ring(play: () => void = chime): void {
    if (this.on) play();
  }

  /** A customer has come. */
  ringWaiting(play: () => void = chime): void {
    if (this.waiting) play();
  }
}

export const sound = new Sound();
