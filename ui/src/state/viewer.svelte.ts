/**
 * The technician's end of a live screen: pictures of one or more monitors and the pointer in, keys and mouse out. Each
 * monitor that is shown has a {@link View} of its own; what comes is given to the view of its monitor.
 */

import { SvelteMap } from 'svelte/reactivity';
import type { Backend } from '../backend/backend';
import { decodeCursor, type CursorMessage, type CursorPlace, type CursorShape } from '../protocol/cursor';
import type { InputEvent } from '../protocol/input';
import type { SessionId } from '../protocol/generated/SessionId';
import { frameSeq, watchedKind, watchedMonitor } from '../protocol/watch';
import { InputSender } from '../transport/input';
import { View } from './view.svelte';

/** One watch or unwatch at a time: an unwatch that overtook the next watch would leave a screen without pictures. */
let turn: Promise<void> = Promise.resolve();

function inTurn(what: () => Promise<void>): void {
  // A refusal means that the session has ended meanwhile; its record says so on screen.
  turn = turn.then(what).catch(() => undefined);
}

/** Who watches each session now: one that was replaced has nothing to end. */
const watching = new Map<SessionId, Viewer>();

/** Shapes kept for views that come later. */
const SHAPES = 256;

export class Viewer {
  /** By monitor. */
  readonly views = new SvelteMap<number, View>();
  /** The monitor whose picture the technician works on. */
  focus = $state<number | null>(null);
  readonly #input: InputSender;
  readonly #shapes = new Map<number, CursorShape>();
  readonly #places = new Map<number, CursorPlace>();
  /** Monitors whose pictures came before there was a view for them. */
  readonly #missed = new Set<number>();
  #covered = false;
  #closed = false;

  constructor(
    private readonly backend: Backend,
    private readonly session: SessionId,
    private readonly onclose: () => void,
  ) {
    this.#input = new InputSender(backend, session);
    watching.set(session, this);
    inTurn(() => backend.watch(session, (message) => this.#take(message)));
  }

  /** The view that the technician works on; `null` while there is none. */
  readonly focused = $derived.by<View | null>(() => {
    const focused = this.focus === null ? undefined : this.views.get(this.focus);
    return focused ?? this.views.values().next().value ?? null;
  });

  /** Shows a monitor on a canvas until the view is closed. */
  open(monitor: number, canvas: HTMLCanvasElement, pointer: HTMLCanvasElement): View {
    const view = new View(this.backend, this.session, monitor, canvas, pointer, () => {
      if (this.views.get(monitor) === view) this.views.delete(monitor);
    });
    view.cover(this.#covered);
    for (const shape of this.#shapes.values()) view.point(shape);
    const place = this.#places.get(monitor);
    if (place) view.point(place);
    this.views.set(monitor, view);
    if (this.#missed.delete(monitor)) view.needKeyFrame();
    return view;
  }

  /** The connection is made anew: pictures stay as they are until the first ones of the next. */
  restart(): void {
    this.#shapes.clear();
    this.#places.clear();
    for (const view of this.views.values()) view.restart();
  }

  /** The customer does not want his screen seen for now: nothing of it stays on this one. */
  cover(on: boolean): void {
    this.#covered = on;
    for (const view of this.views.values()) view.cover(on);
  }

  send(event: InputEvent): void {
    if (!this.#closed) this.#input.send(event);
  }

  /** Resolves when the shell has taken all that was sent. */
  taken(): Promise<void> {
    return this.#input.idle();
  }

  close(): void {
    if (this.#closed) return;
    this.#input.close();
    this.#closed = true;
    for (const view of [...this.views.values()]) view.close();
    if (watching.get(this.session) === this) {
      watching.delete(this.session);
      inTurn(() => this.backend.unwatch(this.session));
    }
    this.onclose();
  }

  #take(message: Uint8Array): void {
    if (this.#closed) return;
    try {
      const kind = watchedKind(message);
      if (kind === 'cursor') this.#point(decodeCursor(message.subarray(1)));
      else this.#picture(kind, message);
    } catch (error) {
      console.warn('a watched message was not understood', error);
    }
  }

  #picture(kind: 'frame' | 'tiles', message: Uint8Array): void {
    const monitor = watchedMonitor(message);
    const view = this.views.get(monitor);
    if (view) view.take(message, kind);
    else if (kind === 'frame') {
      this.#missed.add(monitor);
      void this.backend.drawn(this.session, monitor, frameSeq(message)).catch(() => undefined);
    }
  }

  #point(message: CursorMessage): void {
    switch (message.kind) {
      case 'shape':
        if (this.#shapes.size >= SHAPES) this.#shapes.clear();
        this.#shapes.set(message.id, message);
        break;
      case 'place':
        this.#places.set(message.monitor, message);
        this.views.get(message.monitor)?.point(message);
        return;
      case 'hidden':
        this.#places.clear();
        break;
    }
    for (const view of this.views.values()) view.point(message);
  }
}
