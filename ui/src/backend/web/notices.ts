/** Tells of what happens while the page is not in front, by the browser's notifications, as far as the person lets it. */

import type { CallState } from '../../protocol/generated/CallState';
import type { HelpRequest } from '../../protocol/generated/HelpRequest';
import type { SessionRecord } from '../../protocol/generated/SessionRecord';

const supported = () => typeof Notification !== 'undefined';

export class Notices {
  #requests = false;
  #waiting = false;
  #isWaiting = '';
  #calls = '';
  readonly #here = new Set<string>();
  readonly #attention = new Map<string, number>();

  /** Whether this browser has notifications at all. */
  static get possible(): boolean {
    return supported();
  }

  /** Of what is told, and in which words. A browser asks the person once, and only after a click of his. */
  choose(requests: boolean, waiting: boolean, isWaiting: string, calls: string): void {
    this.#requests = requests;
    this.#waiting = waiting;
    this.#isWaiting = isWaiting;
    this.#calls = calls;
    const clicked = navigator.userActivation.isActive;
    if ((requests || waiting) && clicked && supported() && Notification.permission === 'default') {
      void Notification.requestPermission().catch(() => undefined);
    }
  }

  /** A customer who was not there has come. */
  session({ id, customer, helper_online, status, ended_at }: SessionRecord): void {
    const came = status === 'waiting' && helper_online;
    if (ended_at !== null || !helper_online) this.#here.delete(id);
    if (!came || this.#here.has(id)) return;
    this.#here.add(id);
    if (this.#waiting) this.#tell(`${customer} ${this.#isWaiting}`.trim(), id);
  }

  request({ id, name, closed_at }: HelpRequest): void {
    if (closed_at === null && this.#requests) this.#tell(name, id);
  }

  call(session: string, customer: string, call: CallState): void {
    const asks = call.state === 'live' ? call.attention : 0;
    const more = asks > (this.#attention.get(session) ?? 0);
    this.#attention.set(session, asks);
    if (more && this.#waiting) this.#tell(`${customer} ${this.#calls}`.trim(), session);
  }

  #tell(text: string, tag: string): void {
    if (!supported() || Notification.permission !== 'granted' || document.hasFocus()) return;
    try {
      const notice = new Notification('Deskhand', { body: text, tag });
      notice.onclick = () => window.focus();
    } catch {
      // Some browsers let only workers of another kind do this.
    }
  }
}
