/**
 * A drag that begins in a pane. It goes on in the page, or, where the shell can, with the system: then other programs
 * can take it, and the shell tells where it is. It listens to the mouse and not to pointer events: the webview never hears
 * of the release of a drag that left its window, and would take the next press for a motion. Either way what is let go over the other pane is carried there.
 */

import type { Files } from '../../../state/files.svelte';
import type { DragNews, Side } from '../../../state/types';

export interface Held {
  from: Side;
  /** In CSS pixels of the page; `null` outside of it. */
  at: { x: number; y: number } | null;
  over: Side | null;
}

/** Pixels after which a press has become a drag. */
const FAR = 6;

export class Dragging {
  held = $state.raw<Held | null>(null);
  #end: () => void = () => undefined;

  constructor(
    private readonly files: Files,
    private readonly sideAt: (x: number, y: number) => Side | null,
    /** Whether files of this side may go to the other one. */
    private readonly may: (from: Side) => boolean,
    /** Whether they may go to other programs here. */
    private readonly mayLeave: (from: Side) => boolean,
  ) {}

  /** Follows the pointer from here until the button is let go. */
  begin(from: Side, press: MouseEvent): void {
    this.#end();
    const listen = new AbortController();
    const { signal } = listen;
    let asked = false;
    let system = false;
    const show = (x: number, y: number) => (this.held = { from, at: { x, y }, over: this.sideAt(x, y) });
    const end = () => {
      listen.abort();
      this.held = null;
      this.files.dragTold = () => undefined;
      if (system) void this.files.stopDrag();
      system = false;
      this.#end = () => undefined;
    };
    const letGo = () => {
      const over = this.held?.over;
      system = false;
      end();
      if (over && over !== from && this.may(from)) void this.files.carry(from);
    };
    const told = (news: DragNews) => {
      if (news.news === 'over') {
        if (news.at) show(...news.at);
        else this.held = { from, at: null, over: null };
      } else if (news.news === 'let_go') {
        show(...news.at);
        letGo();
      } else {
        system = false;
        end();
      }
    };
    const move = (event: MouseEvent) => {
      if (system) return;
      const far = Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) > FAR;
      if (!far && !this.held) return;
      show(event.clientX, event.clientY);
      if (asked || !this.mayLeave(from)) return;
      asked = true;
      this.files.dragTold = told;
      void this.files.dragOut(from).then((taken) => {
        if (!taken) return;
        system = true;
        // It was called off meanwhile.
        if (signal.aborted) void this.files.stopDrag();
      });
    };
    const up = () => {
      if (!system) letGo();
    };
    const cancel = () => {
      if (!system) end();
    };
    const key = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !this.held) return;
      event.stopPropagation();
      end();
    };
    this.#end = end;
    addEventListener('mousemove', move, { signal });
    addEventListener('mouseup', up, { signal });
    addEventListener('blur', cancel, { signal });
    addEventListener('keydown', key, { signal, capture: true });
  }

  /** The panes go. */
  close(): void {
    this.#end();
  }
}
