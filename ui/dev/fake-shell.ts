/** A desktop around the page without a desktop behind it. */

import type { ShellBackend } from '../src/backend/shell';
import type { Opened } from '../src/protocol/generated/Opened';
import type { StartupChoice } from '../src/protocol/generated/StartupChoice';
import type { StartupView } from '../src/protocol/generated/StartupView';
import type { TrayView } from '../src/protocol/generated/TrayView';
import { BackendError } from '../src/backend/backend';

export class FakeShell implements ShellBackend {
  opened: Opened | null = null;
  tray = true;
  readonly trays: TrayView[] = [];
  chosen: StartupView = { with_desktop: false, opens_links: false };
  refuse = false;

  takeOpened = () => {
    const opened = this.opened;
    this.opened = null;
    return Promise.resolve(opened);
  };
  setTray = (view: TrayView) => {
    this.trays.push(view);
    return Promise.resolve(this.tray);
  };
  startup = () => Promise.resolve(this.chosen);
  chooseStartup = (choice: StartupChoice, on: boolean) => {
    if (this.refuse) return Promise.reject(new BackendError('cannot_write', 'refused'));
    this.chosen = { ...this.chosen, [choice]: on };
    return Promise.resolve(this.chosen);
  };
}
