/** Where the time goes from the customer's screen to this one, from what both ends measured. */

import type { CallStats, ProjectionFigures } from '../../state/types';

export type Stage = 'capture' | 'encode' | 'network' | 'decode' | 'draw';

/** Milliseconds of each stage, in order; `null` where nothing was measured. */
export function stages(stats: CallStats | null, figures: ProjectionFigures | null): [Stage, number | null][] {
  // Half the round trip is the way of a picture; what waited on it comes on top.
  const way = stats?.rtt_ms == null ? null : stats.rtt_ms / 2 + (figures?.queue_ms ?? 0);
  return [
    ['capture', stats?.capture_ms ?? null],
    ['encode', stats?.encode_ms ?? null],
    ['network', way],
    ['decode', figures?.decode_ms ?? null],
    ['draw', figures?.draw_ms ?? null],
  ];
}

/** How much of the picture is exact, in whole percent; never 100 while a cell is missing. */
export function exactPercent(figures: ProjectionFigures | null): number | null {
  if (!figures || figures.cells === 0) return null;
  return Math.floor((figures.exact / figures.cells) * 100);
}
