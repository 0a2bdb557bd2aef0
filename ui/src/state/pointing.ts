/** What the technician's mouse does on the picture: it uses the customer's computer, or only shows and draws there. */

import type { InputEvent, Place } from '../protocol/input';

/** `use` clicks at the customer's; the others touch nothing there. */
export const TOOLS = ['use', 'point', 'pen', 'arrow', 'box'] as const;
export type Tool = (typeof TOOLS)[number];

/** The tool in hand: the chosen one as far as it is granted, else what is. */
export function usable(chosen: Tool, granted: readonly string[]): Tool | null {
  const may = (tool: Tool) => granted.includes(tool === 'use' ? 'control' : 'point');
  if (may(chosen)) return chosen;
  return may('use') ? 'use' : may('point') ? 'point' : null;
}

/** Turns the mouse into what the helper is told while nothing is to be touched. */
export class Pointing {
  #drawing = false;
  #shown = false;

  constructor(private readonly send: (event: InputEvent) => void) {}

  moved(tool: Tool, at: Place): void {
    if (tool !== 'point' && this.#drawing) this.send({ kind: 'draw_to', ...at });
    this.#shown = true;
    this.send({ kind: 'point_at', ...at });
  }

  pressed(tool: Tool, at: Place): void {
    if (tool === 'use' || tool === 'point') return;
    this.#drawing = true;
    this.send({ kind: 'draw_begin', tool, ...at });
  }

  released(at: Place): void {
    if (this.#drawing) this.send({ kind: 'draw_to', ...at });
    this.#drawing = false;
  }

  /** The mouse has left the picture, or does something else now. */
  gone(): void {
    this.#drawing = false;
    if (this.#shown) this.send({ kind: 'point_gone' });
    this.#shown = false;
  }

  clear(): void {
    this.#drawing = false;
    this.send({ kind: 'draw_clear' });
  }
}
