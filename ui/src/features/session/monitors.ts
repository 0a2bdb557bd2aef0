/** Which of the customer's monitors there are to look at, and what they are called. */

import { t } from '../../state/text';
import { ALL_MONITORS, type Monitor } from '../../state/types';

/** The single ones, without all of them together. */
export function single(monitors: readonly Monitor[]): Monitor[] {
  return monitors.filter(({ index }) => index !== ALL_MONITORS);
}

/** Those being shown as they stand on the customer's desk: from the left, and from the top where they are above another. */
export function sideBySide(shown: readonly number[], monitors: readonly Monitor[]): number[] {
  const at = (index: number) => monitors.find((monitor) => monitor.index === index) ?? { x: 0, y: 0 };
  return [...shown].sort((a, b) => at(a).x - at(b).x || at(a).y - at(b).y || a - b);
}

/** What a monitor is called: its number on the customer's desk, and the name its system has for it. */
export function monitorName(index: number, monitors: readonly Monitor[]): string {
  if (index === ALL_MONITORS) return t.monitors.all;
  const ordered = sideBySide(
    single(monitors).map((monitor) => monitor.index),
    monitors,
  );
  const name = monitors.find((monitor) => monitor.index === index)?.name ?? '';
  return t.monitors.name(ordered.indexOf(index) + 1, name);
}

/** What else there is to know of a monitor, in one line. */
export function monitorFacts(monitor: Monitor): string {
  const facts = [`${monitor.width} × ${monitor.height}`];
  if (monitor.primary) facts.push(t.monitors.primary);
  if (monitor.scale_percent !== 100) facts.push(t.monitors.scale(monitor.scale_percent));
  if (monitor.rotation !== 'upright') facts.push(t.monitors.rotation[monitor.rotation]);
  return facts.join(' · ');
}
