/** Who stands behind this page: the program, whose state it draws, or in a browser the page itself. */

import type { Action, View } from './generated';

export interface House {
  /** Calls `show` with the view now and whenever it changes. */
  follow(show: (view: View) => void): Promise<void>;
  /** Hears what the customer did. */
  act(action: Action): void;
}

let house: House | undefined;

/** The page is lived in by this one from now on. */
export function inhabit(one: House): void {
  house = one;
}

/** Calls `show` with the view now and whenever it changes. */
export async function follow(show: (view: View) => void): Promise<void> {
  await house?.follow(show);
}

/** Tells what the customer did. */
export function act(action: Action): void {
  house?.act(action);
}
