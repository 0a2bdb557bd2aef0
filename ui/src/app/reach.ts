/**
 * What the command menu reaches besides records and its own actions: every control of the screen behind it, also those
 * that stand in a panel which is closed, and everything that the other screens have by name. A control that somebody
 * adds to a screen is found here without being told of.
 */

import { hashOf, type Route } from '../state/route.svelte';
import { t } from '../state/text';

/** A control of the screen behind the menu. */
export interface Control {
  name: string;
  element: HTMLElement;
  /** What opens the panel that it stands in, if that is closed. */
  opener: HTMLElement | null;
}

const CONTROLS = 'button, a[href], input, select, textarea, summary, [role=tab], [role=switch]';
/** Names of records are found as records, and places as places. */
const ELSEWHERE = 'dialog, [inert], nav, .calls, .find, textarea.keys';

const tidy = (text: string | null | undefined) => (text ?? '').replace(/\s+/g, ' ').trim();

/** What assistive technology calls a control. */
export function nameOf(element: HTMLElement): string {
  const label = tidy(element.getAttribute('aria-label'));
  if (label) return label;
  const by = element.getAttribute('aria-labelledby');
  if (by)
    return tidy(
      by
        .split(/\s+/)
        .map((id) => document.getElementById(id)?.textContent ?? '')
        .join(' '),
    );
  if ('labels' in element) {
    const labels = tidy([...((element as HTMLInputElement).labels ?? [])].map((one) => one.textContent).join(' '));
    if (labels) return labels;
  }
  return tidy(element.textContent) || tidy(element.title) || tidy(element.getAttribute('placeholder'));
}

const isRecord = (element: HTMLElement) =>
  /^#\/(session|device)s?\/[0-9a-f-]{36}/.test(element.getAttribute('href') ?? '');

/** Every control in a part of the page that can be used now, each name once. */
export function controls(root: ParentNode): Control[] {
  const found = new Map<string, Control>();
  for (const element of root.querySelectorAll<HTMLElement>(CONTROLS)) {
    if (element.closest(ELSEWHERE) || isRecord(element) || element.matches(':disabled, [type=hidden], [type=file]'))
      continue;
    const panel = element.closest<HTMLElement>('[data-revealed]');
    if (!panel && element.closest('[hidden]')) continue;
    const name = nameOf(element);
    if (!name || found.has(name)) continue;
    const opener = panel?.parentElement?.querySelector<HTMLElement>(':scope > button') ?? null;
    found.set(name, { name, element, opener });
  }
  return [...found.values()];
}

/** Shows what stands in closed panels to `controls`, or hides it again. */
export function reveal(on: boolean): void {
  document.dispatchEvent(new CustomEvent('reveal', { detail: on }));
}

const FIELDS = 'input:not([type=checkbox], [type=radio], [type=button]), select, textarea';

/** Does what a click on the control would do; a field gets the keyboard instead. */
export async function use({ name, element, opener }: Control): Promise<void> {
  let target: HTMLElement | undefined = element;
  if (opener) {
    if (opener.getAttribute('aria-expanded') === 'false') opener.click();
    await new Promise((done) => setTimeout(done));
    // What was shown to the menu went with it; this is the panel that the person sees.
    target = controls(opener.parentElement ?? document).find((one) => one.name === name)?.element;
  }
  if (!target) return;
  target.scrollIntoView({ block: 'nearest' });
  if (target.matches(FIELDS)) target.focus();
  else target.click();
}

/** Something on another screen, by the name that it has there. */
export interface Known {
  name: string;
  place: string;
  route: Route;
}

/** The name of something to be done: short, and no sentence. */
const isName = (text: string) => text.length > 1 && text.length <= 60 && !/[.?!:]$/.test(text);

function names(words: unknown, into: Set<string>): Set<string> {
  if (typeof words === 'string') {
    if (isName(words)) into.add(words);
  } else if (typeof words === 'object' && words !== null) {
    for (const value of Object.values(words)) names(value, into);
  }
  return into;
}

let all: Known[] | undefined;

/** Everything that screens have by name, wherever it is. */
export function everywhere(): readonly Known[] {
  const { nav, dashboard, sessions, devices, statistics, audit } = t.records;
  const places: [string, Route, unknown[]][] = [
    [nav.dashboard, { screen: 'dashboard' }, [dashboard]],
    [nav.sessions, { screen: 'sessions' }, [sessions]],
    [nav.devices, { screen: 'devices' }, [devices]],
    [nav.statistics, { screen: 'statistics' }, [statistics]],
    [nav.audit, { screen: 'audit' }, [audit]],
    [t.templates.nav, { screen: 'templates' }, [t.templates]],
    [t.settings.title, { screen: 'settings' }, [t.settings, t.chosen, t.firm, t.relays, t.shell]],
    [t.relay.selfTest, { screen: 'selftest' }, [t.selfTest]],
  ];
  all ??= places.flatMap(([place, route, words]) =>
    [...names(words, new Set())].map((name) => ({ name, place, route })),
  );
  return all;
}

/** How long another screen may take to come, in milliseconds. */
const COMES = 3_000;

/** Goes to a screen, and to what has this name there. */
export function goTo({ name, route }: Known): void {
  location.hash = hashOf(route);
  const until = Date.now() + COMES;
  const look = () => {
    const main = document.querySelector('main');
    const control = main && controls(main).find((one) => one.name.includes(name))?.element;
    const text =
      main &&
      [...main.querySelectorAll<HTMLElement>('h2, h3, dt, legend, label, th')].find((one) =>
        tidy(one.textContent).includes(name),
      );
    const target = control ?? text;
    if (!target) {
      if (Date.now() < until) setTimeout(look, 50);
      return;
    }
    target.scrollIntoView({ block: 'center' });
    if (control) control.focus();
  };
  setTimeout(look);
}
