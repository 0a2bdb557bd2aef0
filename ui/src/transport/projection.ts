/**
 * Shows one call on one canvas: decodes, keeps exact cells and video together, draws, and counts what it does. The same
 * code runs in a worker and, where a worker cannot, on the page.
 *
 * A picture is drawn as soon as it is decoded, and a cell as soon as it comes. While covered nothing is drawn and
 * nothing of the picture is kept.
 */

import { decodeFrame } from '../protocol/frame';
import type { VideoCodec } from '../protocol/generated/VideoCodec';
import { around, type Rect } from '../protocol/grid';
import { watchedKind } from '../protocol/watch';
import { Decoding, type PictureHead } from './decoding';
import { ExactLayer } from './exact';
import { Figures, type ProjectionFigures } from './figures';
import type { Draw, Painter } from './painter/painter';
import { boxes } from './sheet';

/** Times that cross from a worker to the page are in milliseconds since 1970: each has a zero of its own. */
export type Told =
  /** A picture or cells were drawn. */
  | { kind: 'drawn'; monitor: number; width: number; height: number; frames: number; at: number }
  | { kind: 'done'; seq: number }
  | { kind: 'need_key' }
  | { kind: 'broken'; codec: VideoCodec }
  | { kind: 'figures'; figures: ProjectionFigures }
  /** A watched pixel has another colour now. */
  | { kind: 'pixel'; watch: number; at: number; colour: [number, number, number] }
  | { kind: 'picture'; ask: number; width: number; height: number; rgba: Uint8ClampedArray<ArrayBuffer> | null };

/** What a projection is told. */
export type Tell =
  /** A frame or tile message of the shell, with its tag. */
  | { kind: 'message'; bytes: Uint8Array; at: number }
  | { kind: 'restart' }
  | { kind: 'cover'; on: boolean }
  | { kind: 'room'; width: number; height: number }
  | { kind: 'watch'; watch: number; x: number; y: number }
  | { kind: 'unwatch'; watch: number }
  /** The composed picture, or a part of it. */
  | { kind: 'picture'; ask: number; part: Rect | null };

/** A picture that has not moved for this long rests, in milliseconds. */
const REST = 120;

interface Watch {
  x: number;
  y: number;
  last: [number, number, number] | null;
}

export class Projection {
  readonly #decoding: Decoding;
  readonly #layer = new ExactLayer();
  readonly #figures: Figures;
  readonly #watches = new Map<number, Watch>();
  #head: PictureHead | undefined;
  #frames = 0;
  /** Pictures that wait to be drawn; more than one only while taking one needs time. */
  readonly #decoded: { head: PictureHead; picture: VideoFrame | null }[] = [];
  #drawing = false;
  #settling: ReturnType<typeof setTimeout> | undefined;
  /** Counts connections and covers. */
  #era = 0;
  #covered = false;

  constructor(
    private readonly painter: Painter,
    private readonly tell: (told: Told, transfer?: Transferable[]) => void,
    place: 'worker' | 'page',
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.#figures = new Figures(place, painter.kind);
    painter.renewed = () => {
      this.#forget();
      this.#head = undefined;
      this.#decoding.needKey();
    };
    this.#decoding = new Decoding(
      {
        needKeyFrame: () => tell({ kind: 'need_key' }),
        picture: (head, picture) => this.#picture(head, picture),
        done: (seq) => tell({ kind: 'done', seq }),
        broken: (codec) => tell({ kind: 'broken', codec }),
      },
      clock,
    );
  }

  take(told: Tell): void {
    switch (told.kind) {
      case 'message':
        return this.#message(told.bytes, told.at);
      case 'restart':
        this.#forget();
        return this.#figures.restart();
      case 'cover':
        return this.#cover(told.on);
      case 'room':
        this.painter.room(told.width, told.height);
        if (this.#head) this.#show(null);
        return;
      case 'watch':
        this.#watches.set(told.watch, { x: told.x, y: told.y, last: null });
        return this.#look();
      case 'unwatch':
        this.#watches.delete(told.watch);
        return;
      case 'picture':
        return this.#tellPicture(told.ask, told.part);
    }
  }

  /** Once a second. */
  tick(): void {
    const { held, cells } = this.#head ? this.#layer.exact : { held: 0, cells: 0 };
    this.tell({ kind: 'figures', figures: this.#figures.take(this.clock(), held, cells) });
  }

  close(): void {
    this.#forget();
    this.painter.clear();
  }

  #message(bytes: Uint8Array, at: number): void {
    const body = bytes.subarray(1);
    if (watchedKind(bytes) === 'tiles') this.#tiles(body);
    else {
      const frame = decodeFrame(body);
      this.#figures.arrived(frame, at);
      if (this.#covered) this.tell({ kind: 'done', seq: frame.seq });
      else this.#decoding.push(frame);
    }
  }

  #picture(head: PictureHead, picture: VideoFrame | null): void {
    this.#figures.decoded(this.clock() - head.pushed);
    this.#decoded.push({ head, picture });
    if (!this.#drawing) void this.#drain();
  }

  /** One picture after the other; what has to wait is left out when a newer one waits behind it. */
  async #drain(): Promise<void> {
    this.#drawing = true;
    for (let next = this.#decoded.shift(); next; next = this.#decoded.shift()) {
      const { head, picture } = next;
      const fresh = head.key || !this.#decoded.some((other) => other.picture);
      try {
        const drawn = picture && fresh ? this.#draw(head, picture) : this.#leaveOut(head);
        // A picture that is drawn at once does not wait for another turn.
        if (drawn) await drawn;
      } catch (error) {
        // A picture that cannot be taken must not stop those after it.
        console.warn('a picture was not drawn', error);
        this.#leaveOut(head);
      } finally {
        picture?.close();
      }
    }
    this.#drawing = false;
  }

  #leaveOut(head: PictureHead): undefined {
    this.#figures.leftOut();
    this.painter.drop(this.#layer.picture(head).dropped);
    return undefined;
  }

  #draw(head: PictureHead, picture: VideoFrame): Promise<void> | undefined {
    const begun = this.clock();
    const era = this.#era;
    const taken = this.painter.video(picture);
    const finish = (draw: Draw) => {
      // Covered meanwhile, or another connection: this picture is of before.
      if (era === this.#era) this.#finish(head, draw, begun);
    };
    if (taken instanceof Promise) return taken.then(finish);
    finish(taken);
    return undefined;
  }

  #finish(head: PictureHead, draw: Draw, begun: number): void {
    if (head.key) this.#begin(head);
    const { dropped, placed } = this.#layer.picture(head);
    this.painter.drop(dropped);
    // What waited for this picture is drawn with it, so all of it is shown anew.
    const part = head.key ? { x: 0, y: 0, width: head.width, height: head.height } : this.#layer.loose;
    if (part) draw(part);
    if (placed) this.painter.place(placed);
    if (part) this.#show(part);
    this.#head = head;
    this.#drawn(begun, head, 'picture');
  }

  /** A key frame of another size needs another canvas; one of the same size is drawn over the last. */
  #begin({ width, height }: PictureHead): void {
    if (this.#head?.width !== width || this.#head.height !== height) this.painter.begin(width, height);
  }

  #tiles(message: Uint8Array): void {
    if (this.#covered) return;
    const begun = this.clock();
    const { cells, placed, missing } = this.#layer.take(message);
    if (missing) this.#decoding.needKey();
    this.#figures.tiles(cells, message.length);
    if (!placed || !this.#head) return;
    this.painter.place(placed);
    this.#show(around(boxes(placed.sheet.grid, placed.cells)));
    this.#drawn(begun, this.#head, 'tiles');
  }

  /** Sharp at once where that is quick enough, else as soon as the picture rests. */
  #show(part: Rect | null): void {
    if (this.painter.present(part) === 'rough') this.#settle(() => this.painter.settle());
    else if (!part) this.#settle();
  }

  #settle(later?: () => void): void {
    clearTimeout(this.#settling);
    this.#settling = later && setTimeout(later, REST);
  }

  #drawn(begun: number, { monitor, width, height }: PictureHead, by: 'picture' | 'tiles'): void {
    this.#look();
    this.#frames += 1;
    const now = this.clock();
    this.#figures.drawn(now - begun, by);
    this.tell({ kind: 'drawn', monitor, width, height, frames: this.#frames, at: performance.timeOrigin + now });
  }

  #cover(on: boolean): void {
    if (this.#covered === on) return;
    this.#covered = on;
    if (on) {
      this.#forget();
      this.painter.clear();
      this.#head = undefined;
    } else this.#decoding.needKey();
  }

  #forget(): void {
    this.#settle();
    this.#era += 1;
    this.#decoding.restart();
    this.#layer.restart();
    for (const { picture } of this.#decoded.splice(0)) picture?.close();
  }

  /** Tells of the watched pixels that have another colour than before. */
  #look(): void {
    for (const [watch, seen] of this.#watches) {
      const [red, green, blue] = this.painter.read(seen.x, seen.y, 1, 1) ?? [];
      if (red === undefined || green === undefined || blue === undefined) continue;
      if (seen.last?.[0] === red && seen.last[1] === green && seen.last[2] === blue) continue;
      seen.last = [red, green, blue];
      this.tell({ kind: 'pixel', watch, at: performance.timeOrigin + this.clock(), colour: seen.last });
    }
  }

  #tellPicture(ask: number, part: Rect | null): void {
    const { x, y, width, height } = part ?? { x: 0, y: 0, ...(this.#head ?? { width: 0, height: 0 }) };
    const rgba = this.#head ? this.painter.read(x, y, width, height) : null;
    this.tell({ kind: 'picture', ask, width, height, rgba }, rgba ? [rgba.buffer] : []);
  }
}
