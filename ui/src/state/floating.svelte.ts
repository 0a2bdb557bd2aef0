/**
 * The small live picture of a call that goes on while another screen is shown: whose it is, and where it floats. It is
 * the same stream that the session's own screen shows, only drawn smaller.
 */

import type { SessionId } from '../protocol/generated/SessionId';

/** Where its lower right corner is kept, in CSS pixels from that of the page. */
const KEPT = 'deskhand/floating';
/** Its size with its bar, and how near an edge it may come. */
export const SIZE = { width: 288, height: 212 };
const EDGE = 8;
const FIRST = { right: 16, bottom: 16 };

export interface Room {
  width: number;
  height: number;
}

/** As far into the room as it must be to be seen whole; the upper left stays in sight when the room is too small. */
export function within(at: { right: number; bottom: number }, room: Room): { right: number; bottom: number } {
  const most = (all: number, own: number) => Math.max(EDGE, all - own - EDGE);
  const fit = (value: number, limit: number) => Math.min(Math.max(Math.round(value), EDGE), limit);
  return { right: fit(at.right, most(room.width, SIZE.width)), bottom: fit(at.bottom, most(room.height, SIZE.height)) };
}

export class Floating {
  at = $state.raw(FIRST);
  /** Those that were put away; each comes back once its session has been on the screen again. */
  #away = $state.raw<readonly SessionId[]>([]);
  /** The session that was on the screen last. */
  #last = $state.raw<SessionId | null>(null);

  constructor() {
    try {
      const [right, bottom] = (localStorage.getItem(KEPT) ?? '').split(' ').map(Number);
      if (right && bottom && right > 0 && bottom > 0) this.at = { right, bottom };
    } catch {
      // Where it is at first.
    }
  }

  /** This session is on the screen now. */
  visited(session: SessionId): void {
    this.#last = session;
    if (this.#away.includes(session)) this.#away = this.#away.filter((one) => one !== session);
  }

  /** Which of the calls that go on elsewhere floats: the one that was looked at last, else the first. */
  chosen(calls: readonly SessionId[]): SessionId | null {
    const candidates = calls.filter((call) => !this.#away.includes(call));
    return candidates.find((call) => call === this.#last) ?? candidates[0] ?? null;
  }

  putAway(session: SessionId): void {
    this.#away = [...this.#away, session];
  }

  /** All that were put away float again. */
  bringBack(): void {
    this.#away = [];
  }

  get someAway(): boolean {
    return this.#away.length > 0;
  }

  move(right: number, bottom: number, room: Room): void {
    this.at = within({ right, bottom }, room);
    try {
      localStorage.setItem(KEPT, `${this.at.right} ${this.at.bottom}`);
    } catch {
      // It stays there until the page is loaded anew.
    }
  }
}
