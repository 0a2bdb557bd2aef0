/**
 * Composes and scales with WebGL 2.
 *
 * The composed picture is a texture in native pixels. Exact cells are written into it as they are; the video is drawn
 * around them. From there: copied where the scale is whole, made smaller by Lanczos along one axis after the other, made
 * larger with flat pixels. A change of a few cells redraws only what is around them.
 */

import { CELL, Grid, type Rect } from '../../protocol/grid';
import type { Placed } from '../exact';
import { boxes } from '../sheet';
import { shrinking } from './kernel';
import { shown, type Draw, type Painter } from './painter';
import { Planes } from './planes';
import { programs, release, target, texture, type Program, type Programs, type Target } from './program';

/** Source pixels that a Lanczos kernel reaches beyond what it covers, in target pixels. */
const REACH = 3;

/** Time for one picture beyond which it is slow, in milliseconds. */
const SLOW = 6;

/** So few pixels are quick everywhere. */
const SMALL = 200_000;

interface Weights {
  texture: WebGLTexture;
  taps: number;
}

export class WebGl2Painter implements Painter {
  readonly kind = 'webgl2';
  renewed: (() => void) | null = null;
  readonly #gl: WebGL2RenderingContext;
  #programs!: Programs;
  #video!: WebGLTexture;
  #planes!: Planes;
  #grid = new Grid(0, 0);
  #composed: Target | undefined;
  #exact: WebGLTexture | undefined;
  /** The composed picture made narrower, and the weights of both axes; only while it is shown smaller. */
  #narrow: Target | undefined;
  #across: Weights | undefined;
  #down: Weights | undefined;
  /** Making it smaller well takes too long here to do it with every picture of a moving screen. */
  #slow = true;

  private constructor(
    private readonly canvas: HTMLCanvasElement | OffscreenCanvas,
    gl: WebGL2RenderingContext,
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.#gl = gl;
    this.#make();
    const events: EventTarget = canvas;
    // Without this the browser does not give it back.
    events.addEventListener('webglcontextlost', (event) => event.preventDefault());
    events.addEventListener('webglcontextrestored', () => {
      this.#make();
      this.renewed?.();
    });
  }

  /** What lives in the graphics card; again after the card was lost. */
  #make(): void {
    const gl = this.#gl;
    this.#programs = programs(gl);
    this.#video = texture(gl, gl.RGBA8, 0, 0, true);
    this.#planes = new Planes(gl);
    this.#composed = this.#exact = this.#narrow = this.#across = this.#down = undefined;
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.PACK_ALIGNMENT, 1);
  }

  /** `null` where there is no WebGL 2. */
  static on(canvas: HTMLCanvasElement | OffscreenCanvas): WebGl2Painter | null {
    const gl = canvas.getContext('webgl2', {
      alpha: false,
      antialias: false,
      depth: false,
      stencil: false,
      // What is around a change stays.
      preserveDrawingBuffer: true,
    }) as WebGL2RenderingContext | null;
    return gl && new WebGl2Painter(canvas, gl);
  }

  /** Draws a picture of nothing some times, and says how long that took in milliseconds. Gives everything back. */
  trial(width: number, height: number, times: number): number {
    const gl = this.#gl;
    this.begin(width, height);
    const { program, at } = this.#programs.compose;
    const once = () => {
      gl.useProgram(program);
      gl.uniform1i(at('exact'), 0);
      gl.uniform1i(at('video'), 1);
      gl.uniform2f(at('step'), 1 / width, 1 / height);
      this.#compose(null);
      this.present(null);
      this.read(0, 0, 1, 1);
    };
    // The first time the programs are made.
    once();
    const begun = this.clock();
    for (let time = 0; time < times; time += 1) once();
    const took = this.clock() - begun;
    this.clear();
    gl.getExtension('WEBGL_lose_context')?.loseContext();
    return took;
  }

  begin(width: number, height: number): void {
    const gl = this.#gl;
    release(gl, this.#composed);
    gl.deleteTexture(this.#exact ?? null);
    this.#grid = new Grid(width, height);
    this.#composed = target(gl, width, height, true);
    this.#exact = texture(gl, gl.R8, this.#grid.columns, this.#grid.rows);
    this.drop('all');
    this.#scale();
  }

  drop(cells: 'all' | number[]): void {
    if (cells === 'all') this.#mark(0, 0, this.#grid.columns, this.#grid.rows, 0);
    else for (const cell of cells) this.#markCell(cell, 0);
  }

  video(picture: VideoFrame): Draw | Promise<Draw> {
    return Planes.takes(picture) ? this.#fromPlanes(picture) : this.#fromBrowser(picture);
  }

  async #fromPlanes(picture: VideoFrame): Promise<Draw> {
    const upload = await this.#planes.load(picture);
    return (part) => {
      const { width, height, conversion } = upload();
      const gl = this.#gl;
      const { program, at } = this.#programs.convert;
      gl.useProgram(program);
      this.#planes.bind(gl.TEXTURE1);
      for (const [unit, name] of ['exact', 'luma', 'blue', 'red'].entries()) gl.uniform1i(at(name), unit);
      gl.uniformMatrix3fv(at('matrix'), false, conversion.matrix);
      gl.uniform3fv(at('zero'), conversion.zero);
      const [x, y, stretched] = this.#step({ displayWidth: width, displayHeight: height });
      gl.uniform1i(at('stretched'), Number(stretched));
      gl.uniform2f(at('step'), x, y);
      // A plane of half an odd size reaches half a pixel beyond.
      gl.uniform2f(at('half_step'), (x * width) / (width + (width & 1)), (y * height) / (height + (height & 1)));
      this.#compose(part);
    };
  }

  #fromBrowser(picture: VideoFrame): Draw {
    const gl = this.#gl;
    const { displayWidth, displayHeight } = picture;
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, this.#video);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, picture);
    return (part) => {
      const { program, at } = this.#programs.compose;
      gl.useProgram(program);
      gl.activeTexture(gl.TEXTURE1);
      gl.bindTexture(gl.TEXTURE_2D, this.#video);
      for (const [unit, name] of ['exact', 'video'].entries()) gl.uniform1i(at(name), unit);
      const [x, y] = this.#step({ displayWidth, displayHeight });
      gl.uniform2f(at('step'), x, y);
      this.#compose(part);
    };
  }

  /** From a pixel of the composed picture to the share of the decoded one. */
  #step(picture: Pick<VideoFrame, 'displayWidth' | 'displayHeight'>): [x: number, y: number, stretched: boolean] {
    const { width = 1, height = 1 } = this.#composed ?? {};
    const { stretched } = shown(picture, width, height);
    return stretched ? [1 / width, 1 / height, true] : [1 / picture.displayWidth, 1 / picture.displayHeight, false];
  }

  #compose(part: Rect | null): void {
    const gl = this.#gl;
    if (!this.#composed || !this.#exact) return;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#exact);
    this.#draw(this.#composed.frame, this.#composed, part);
  }

  place({ cells, sheet }: Placed): void {
    const gl = this.#gl;
    if (!this.#composed) return;
    const { UNPACK_ROW_LENGTH, UNPACK_SKIP_PIXELS, UNPACK_SKIP_ROWS } = gl;
    const rgba = new Uint8Array(sheet.pixels.buffer);
    for (const { x, y, width, height } of boxes(sheet.grid, cells)) {
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, this.#composed.texture);
      gl.pixelStorei(UNPACK_ROW_LENGTH, sheet.grid.width);
      gl.pixelStorei(UNPACK_SKIP_PIXELS, x);
      gl.pixelStorei(UNPACK_SKIP_ROWS, y);
      gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
      for (const parameter of [UNPACK_ROW_LENGTH, UNPACK_SKIP_PIXELS, UNPACK_SKIP_ROWS]) gl.pixelStorei(parameter, 0);
      this.#mark(Math.floor(x / CELL), Math.floor(y / CELL), Math.ceil(width / CELL), Math.ceil(height / CELL), 255);
    }
  }

  room(width: number, height: number): void {
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.#scale();
  }

  present(changed: Rect | null): 'rough' | 'sharp' {
    const composed = this.#composed;
    if (!composed) return 'sharp';
    const [x, y] = this.#factor(composed);
    const part = changed && this.#part(changed, x, y);
    this.#gl.activeTexture(this.#gl.TEXTURE0);
    let how: 'rough' | 'sharp' = 'sharp';
    if (x === y && Number.isInteger(x)) this.#copy(composed, part);
    else if (!this.#narrow) this.#stretch(this.#programs.enlarge, composed, part);
    else if (!this.#slow || (part && part.width * part.height < SMALL)) this.#shrink(composed, this.#narrow, part);
    else {
      this.#stretch(this.#programs.rough, composed, part);
      how = 'rough';
    }
    this.#gl.flush();
    return how;
  }

  settle(): void {
    const composed = this.#composed;
    if (!composed || !this.#narrow) return;
    const begun = this.clock();
    this.#shrink(composed, this.#narrow, null);
    // Reading a pixel waits until all is drawn.
    this.#gl.readPixels(0, 0, 1, 1, this.#gl.RGBA, this.#gl.UNSIGNED_BYTE, new Uint8Array(4));
    this.#slow = this.clock() - begun > SLOW;
  }

  clear(): void {
    const gl = this.#gl;
    for (const old of [this.#composed, this.#narrow]) release(gl, old);
    this.#composed = this.#narrow = undefined;
    this.#planes.clear();
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#video);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(0, 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.flush();
  }

  read(x: number, y: number, width: number, height: number): Uint8ClampedArray<ArrayBuffer> | null {
    const gl = this.#gl;
    const composed = this.#composed;
    if (!composed || x < 0 || y < 0 || x + width > composed.width || y + height > composed.height) return null;
    const out = new Uint8Array(width * height * 4);
    gl.bindFramebuffer(gl.FRAMEBUFFER, composed.frame);
    gl.readPixels(x, y, width, height, gl.RGBA, gl.UNSIGNED_BYTE, out);
    this.#leave();
    return new Uint8ClampedArray(out.buffer);
  }

  #markCell(cell: number, value: number): void {
    this.#mark(cell % this.#grid.columns, Math.floor(cell / this.#grid.columns), 1, 1, value);
  }

  #mark(x: number, y: number, width: number, height: number, value: number): void {
    const gl = this.#gl;
    if (!this.#exact || width === 0 || height === 0) return;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#exact);
    const values = new Uint8Array(width * height).fill(value);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, width, height, gl.RED, gl.UNSIGNED_BYTE, values);
  }

  /** Pixels of the canvas per pixel of the picture. */
  #factor(composed: Target): [number, number] {
    return [this.canvas.width / composed.width, this.canvas.height / composed.height];
  }

  /** Makes what scaling needs: picture or canvas have another size. */
  #scale(): void {
    const gl = this.#gl;
    release(gl, this.#narrow);
    for (const weights of [this.#across, this.#down]) gl.deleteTexture(weights?.texture ?? null);
    this.#narrow = this.#across = this.#down = undefined;
    const composed = this.#composed;
    const { width, height } = this.canvas;
    if (!composed || (width >= composed.width && height >= composed.height)) return;
    this.#narrow = target(gl, width, composed.height);
    this.#across = this.#weights(composed.width, width);
    this.#down = this.#weights(composed.height, height);
  }

  #weights(source: number, size: number): Weights {
    const gl = this.#gl;
    const { taps, table } = shrinking(source, size);
    const made = texture(gl, gl.R32F, size, taps + 1);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, size, taps + 1, gl.RED, gl.FLOAT, table);
    return { texture: made, taps };
  }

  /** Where a part of the picture lies on the canvas, with what the filters reach beyond it; rows from the top. */
  #part(rect: Rect, x: number, y: number): Rect {
    const left = Math.max(0, Math.floor(rect.x * x) - REACH);
    const top = Math.max(0, Math.floor(rect.y * y) - REACH);
    const right = Math.min(this.canvas.width, Math.ceil((rect.x + rect.width) * x) + REACH);
    const bottom = Math.min(this.canvas.height, Math.ceil((rect.y + rect.height) * y) + REACH);
    return { x: left, y: top, width: right - left, height: bottom - top };
  }

  #copy(composed: Target, part: Rect | null): void {
    const gl = this.#gl;
    const { width, height } = this.canvas;
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, composed.frame);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, null);
    this.#only(part && this.#upright(part));
    // The canvas counts its rows from below.
    const { COLOR_BUFFER_BIT, NEAREST } = gl;
    gl.blitFramebuffer(0, 0, composed.width, composed.height, 0, height, width, 0, COLOR_BUFFER_BIT, NEAREST);
    this.#leave();
  }

  #shrink(composed: Target, narrow: Target, part: Rect | null): void {
    const { height } = this.canvas;
    if (!this.#across || !this.#down) return;
    this.#gl.useProgram(this.#programs.shrink.program);
    // Across: all rows of the picture that the second step reads.
    const step = composed.height / height;
    const top = part && Math.max(0, Math.floor((part.y - REACH) * step));
    const rows = part && { ...part, y: top ?? 0, height: Math.ceil((part.height + 2 * REACH) * step) + 1 };
    this.#filter(this.#programs.shrink, composed.texture, this.#across, composed.width, false, 0);
    this.#draw(narrow.frame, narrow, rows);
    this.#filter(this.#programs.shrink, narrow.texture, this.#down, composed.height, true, height);
    this.#draw(null, this.canvas, part && this.#upright(part));
  }

  #filter({ at }: Program, from: WebGLTexture, weights: Weights, length: number, down: boolean, flip: number): void {
    const gl = this.#gl;
    gl.uniform1i(at('picture'), 0);
    gl.uniform1i(at('weights'), 1);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, weights.texture);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, from);
    gl.uniform1i(at('taps'), weights.taps);
    gl.uniform1i(at('limit'), length - 1);
    gl.uniform1i(at('down'), Number(down));
    gl.uniform1i(at('flip'), flip);
  }

  #stretch({ program, at }: Program, composed: Target, part: Rect | null): void {
    const gl = this.#gl;
    gl.useProgram(program);
    gl.bindTexture(gl.TEXTURE_2D, composed.texture);
    gl.uniform1i(at('picture'), 0);
    gl.uniform2f(at('factor'), ...this.#factor(composed));
    gl.uniform1i(at('flip'), this.canvas.height);
    this.#draw(null, this.canvas, part && this.#upright(part));
  }

  #upright(part: Rect): Rect {
    return { ...part, y: this.canvas.height - part.y - part.height };
  }

  #only(part: Rect | null): void {
    const gl = this.#gl;
    if (!part) {
      gl.disable(gl.SCISSOR_TEST);
      return;
    }
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(part.x, part.y, part.width, part.height);
  }

  #draw(frame: WebGLFramebuffer | null, size: { width: number; height: number }, part: Rect | null): void {
    const gl = this.#gl;
    gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
    gl.viewport(0, 0, size.width, size.height);
    this.#only(part);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    this.#leave();
  }

  /**
   * WebKitGTK binds another framebuffer to read from when it shows the canvas, and does not notice that it has to be
   * bound again: what is left bound is lost.
   */
  #leave(): void {
    this.#gl.bindFramebuffer(this.#gl.FRAMEBUFFER, null);
  }
}
