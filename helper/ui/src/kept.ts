/** What the customer chose for how the window looks, for as long as the program runs: nothing is left behind for it. */

/** What was kept under a name. */
export function kept(name: string): string | null {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Keeps it. Where nothing can be kept, the choice still counts until the page is drawn anew. */
export function keep(name: string, value: string): void {
  try {
    sessionStorage.setItem(name, value);
  } catch {
    // See above.
  }
}
