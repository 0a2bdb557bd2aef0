/** Where the dashboard's widgets stand: their order, width and whether they are shown. Pure. */

export const WIDGETS = ['sessions', 'quick', 'recent', 'devices', 'statistics', 'news'] as const;
export type WidgetName = (typeof WIDGETS)[number];

/** Parts of twelve. */
export const WIDTHS = [4, 6, 8, 12] as const;
export type Width = (typeof WIDTHS)[number];

export interface Placed {
  name: WidgetName;
  width: Width;
  hidden: boolean;
}

/** Sessions above devices, what is done most at the top. */
export const USUAL: readonly Placed[] = [
  { name: 'sessions', width: 8, hidden: false },
  { name: 'quick', width: 4, hidden: false },
  { name: 'recent', width: 6, hidden: false },
  { name: 'devices', width: 6, hidden: false },
  { name: 'statistics', width: 12, hidden: false },
  // Of use once somebody has chosen where news are read.
  { name: 'news', width: 6, hidden: true },
];

/** What was kept, made whole: each widget once, new ones at the end, nothing that is not there any more. */
export function whole(kept: unknown): Placed[] {
  const found: Placed[] = [];
  for (const one of Array.isArray(kept) ? (kept as unknown[]) : []) {
    if (typeof one !== 'object' || one === null) continue;
    const { name, width, hidden } = one as Record<string, unknown>;
    const known = WIDGETS.find((widget) => widget === name);
    const wide = WIDTHS.find((part) => part === width);
    if (known && wide && !found.some((other) => other.name === known)) {
      found.push({ name: known, width: wide, hidden: hidden === true });
    }
  }
  return [...found, ...USUAL.filter(({ name }) => !found.some((other) => other.name === name))];
}

/** Moves one to the place of another. */
export function moved(layout: readonly Placed[], name: WidgetName, to: WidgetName): Placed[] {
  const from = layout.findIndex((one) => one.name === name);
  const at = layout.findIndex((one) => one.name === to);
  const taken = layout[from];
  if (!taken || at < 0 || from === at) return [...layout];
  const rest = layout.filter((one) => one !== taken);
  return rest.toSpliced(at, 0, taken);
}

/** Moves one a place up or down among those that are shown. */
export function stepped(layout: readonly Placed[], name: WidgetName, step: 1 | -1): Placed[] {
  const shown = layout.filter(({ hidden }) => !hidden);
  const neighbour = shown[shown.findIndex((one) => one.name === name) + step];
  return neighbour ? moved(layout, name, neighbour.name) : [...layout];
}

/** Makes one wider or narrower, as far as there is something. */
export function sized(layout: readonly Placed[], name: WidgetName, step: 1 | -1): Placed[] {
  return layout.map((one) => {
    const width = WIDTHS[WIDTHS.indexOf(one.width) + step];
    return one.name === name && width ? { ...one, width } : one;
  });
}

export function shown(layout: readonly Placed[], name: WidgetName, hidden: boolean): Placed[] {
  return layout.map((one) => (one.name === name ? { ...one, hidden } : one));
}
