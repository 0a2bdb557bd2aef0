/** How the console looks: light, dark or as the system, comfortable or compact. Kept on this computer. */

export type Appearance = 'system' | 'light' | 'dark';

const KEY = 'deskhand/look';

function kept(): { appearance: Appearance; compact: boolean } {
  try {
    const value = JSON.parse(localStorage.getItem(KEY) ?? '{}') as { appearance?: string; compact?: boolean };
    const appearance = value.appearance === 'light' || value.appearance === 'dark' ? value.appearance : 'system';
    return { appearance, compact: value.compact === true };
  } catch {
    return { appearance: 'system', compact: false };
  }
}

class Look {
  appearance = $state<Appearance>('system');
  compact = $state(false);

  /** Takes up what was kept. */
  start(): void {
    ({ appearance: this.appearance, compact: this.compact } = kept());
    this.#show();
  }

  wear(appearance: Appearance): void {
    this.appearance = appearance;
    this.#keep();
  }

  squeeze(compact: boolean): void {
    this.compact = compact;
    this.#keep();
  }

  #keep(): void {
    this.#show();
    try {
      localStorage.setItem(KEY, JSON.stringify({ appearance: this.appearance, compact: this.compact }));
    } catch {
      // It holds until the window is closed.
    }
  }

  #show(): void {
    const { dataset } = document.documentElement;
    if (this.appearance === 'system') delete dataset.appearance;
    else dataset.appearance = this.appearance;
    dataset.density = this.compact ? 'compact' : 'comfortable';
  }
}

export const look = new Look();

/** Heights in pixels that follow the choice. */
export const density = {
  get row(): number {
    return look.compact ? 40 : 54;
  },
};
