/** What only a desktop can do around the page: the tray, links of its own, starting with the desktop. */

import type { Opened } from '../protocol/generated/Opened';
import type { StartupChoice } from '../protocol/generated/StartupChoice';
import type { StartupView } from '../protocol/generated/StartupView';
import type { TrayView } from '../protocol/generated/TrayView';

export interface ShellBackend {
  /** What a `deskhand://` link wants filled in, once; `null` without one. */
  takeOpened(): Promise<Opened | null>;
  /** Whether there is a tray. */
  setTray(view: TrayView): Promise<boolean>;
  startup(): Promise<StartupView>;
  chooseStartup(choice: StartupChoice, on: boolean): Promise<StartupView>;
}
