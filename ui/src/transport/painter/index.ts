/** Chooses how a canvas is drawn on. */

import { Canvas2dPainter } from './canvas2d';
import type { Painter } from './painter';
import { WebGl2Painter } from './webgl2';

export type PainterKind = Painter['kind'];

/** A painter of this kind; of the other where the canvas refuses. */
export function painterOn(kind: PainterKind, canvas: HTMLCanvasElement | OffscreenCanvas): Painter {
  return (kind === 'webgl2' ? WebGl2Painter.on(canvas) : null) ?? Canvas2dPainter.on(canvas, scratch);
}

/** A small picture drawn so often that waiting for it weighs little. */
const TRIAL = { width: 960, height: 540, times: 6 };
/** A graphics card needs a tenth of this for the trial, a processor in its place several times as long; milliseconds. */
const QUICK = 24;

/**
 * How to draw here. Without a graphics card, WebGL 2 is worked out by the processor and takes ten times as long as a
 * 2D canvas, so having it is not enough: it is tried. `null`: not at all.
 */
export function bestKind(): PainterKind | null {
  const canvas = scratch();
  Object.assign(canvas, TRIAL);
  try {
    const painter = WebGl2Painter.on(canvas);
    if (painter && painter.trial(TRIAL.width, TRIAL.height, TRIAL.times) < QUICK) return 'webgl2';
  } catch {
    // A driver that does not take the programs.
  }
  return scratch().getContext('2d') ? '2d' : null;
}

function scratch(): HTMLCanvasElement | OffscreenCanvas {
  return typeof document === 'undefined' ? new OffscreenCanvas(1, 1) : document.createElement('canvas');
}
