/** What stands around the page on a desktop: the tray, links that fill in a form, starting with the desktop. */

import type { ShellBackend } from '../backend/shell';
import type { Opened } from '../protocol/generated/Opened';
import type { StartupChoice } from '../protocol/generated/StartupChoice';
import type { StartupView } from '../protocol/generated/StartupView';
import type { TrayLine } from '../protocol/generated/TrayLine';
import { t } from './text';

/** Whether closing the window leaves the program in the tray. */
const KEEP = 'deskhand/tray';

const NOTHING: StartupView = { with_desktop: null, opens_links: null };

export class Shell {
  /** Whether the desktop has a tray; not known at first. */
  tray = $state(false);
  keep = $state(false);
  startup = $state.raw<StartupView>(NOTHING);
  /** What a link wants filled in. Nothing of it happens before somebody sends the form off. */
  opened = $state.raw<Opened | null>(null);
  /** One change of the tray at a time, the newest last. */
  #turn: Promise<void> = Promise.resolve();
  #shown = '';

  constructor(private readonly backend: ShellBackend) {
    try {
      this.keep = localStorage.getItem(KEEP) === 'keep';
    } catch {
      // As it is.
    }
  }

  /** A link was opened, now or with the program. */
  async look(): Promise<void> {
    const opened = await this.backend.takeOpened().catch(() => null);
    if (opened) this.opened = opened;
  }

  /** Shows who waits. */
  show(lines: readonly TrayLine[]): Promise<void> {
    const { keep } = this;
    const view = {
      waiting: lines.length,
      summary: t.shell.waiting(lines.length),
      lines: [...lines],
      show: t.shell.show,
      quit: t.shell.quit,
      keep,
    };
    const shown = JSON.stringify(view);
    if (shown === this.#shown) return this.#turn;
    this.#shown = shown;
    this.#turn = this.#turn.then(async () => {
      this.tray = await this.backend.setTray(view).catch(() => false);
    });
    return this.#turn;
  }

  setKeep(keep: boolean): void {
    this.keep = keep;
    try {
      localStorage.setItem(KEEP, keep ? 'keep' : '');
    } catch {
      // It holds until the window is closed.
    }
  }

  async loadStartup(): Promise<void> {
    this.startup = await this.backend.startup().catch(() => NOTHING);
  }

  async choose(choice: StartupChoice, on: boolean): Promise<void> {
    this.startup = await this.backend.chooseStartup(choice, on);
  }
}
