/** Of what the desktop tells while the console is behind other windows. Kept on this computer. */

const KEY = 'deskhand/notices';

export type Notice = 'requests' | 'waiting';

class Notices {
  requests = $state(true);
  waiting = $state(true);

  /** Takes up what was kept. */
  start(): void {
    try {
      const off = (localStorage.getItem(KEY) ?? '').split(' ');
      this.requests = !off.includes('requests');
      this.waiting = !off.includes('waiting');
    } catch {
      // As they are.
    }
  }

  set(notice: Notice, on: boolean): void {
    this[notice] = on;
    const off = (['requests', 'waiting'] as const).filter((one) => !this[one]);
    try {
      localStorage.setItem(KEY, off.join(' '));
    } catch {
      // It holds until the window is closed.
    }
  }
}

export const notices = new Notices();
