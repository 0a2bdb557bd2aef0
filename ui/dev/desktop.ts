/** A drawn desktop, encoded by the browser, as frames of the wire: something to look at and to click on. */

import { deflateSync } from 'fflate';

const WIDTH = 1280;
const HEIGHT = 800;
/** Tag, header, no runs. */
const HEADER = 1 + 26;

const stamp = (microseconds: number) => Math.floor((microseconds * 9) / 100);

function paint(context: OffscreenCanvasRenderingContext2D, tick: number): void {
  const sky = context.createLinearGradient(0, 0, 0, HEIGHT);
  sky.addColorStop(0, '#31587a');
  sky.addColorStop(1, '#1c2f45');
  context.fillStyle = sky;
  context.fillRect(0, 0, WIDTH, HEIGHT);
  context.fillStyle = '#f4f5f7';
  context.fillRect(180, 90, 880, 560);
  context.fillStyle = '#d5d9e0';
  context.fillRect(180, 90, 880, 34);
  context.fillStyle = '#22262d';
  context.font = '15px sans-serif';
  context.fillText('Letter to the tax office - Writer', 196, 112);
  for (let line = 0; line < 20; line += 1) {
    context.fillText(`Line ${line + 1}: the quick brown fox jumps over the lazy dog ${tick}`, 230, 170 + line * 23);
  }
  context.fillStyle = '#10151c';
  context.fillRect(0, HEIGHT - 40, WIDTH, 40);
}

function showCells(context: OffscreenCanvasRenderingContext2D, at: number, show: (message: Uint8Array) => void): void {
  const columns = Math.ceil(WIDTH / 64);
  for (let cell = 0; cell < columns * Math.ceil(HEIGHT / 64); cell += 1) {
    const [x, y] = [(cell % columns) * 64, Math.floor(cell / columns) * 64];
    if (x >= WIDTH / 2) continue;
    const [width, height] = [Math.min(64, WIDTH - x), Math.min(64, HEIGHT - y)];
    const { data } = context.getImageData(x, y, width, height);
    const body = new Uint8Array(3 + width * height * 3);
    body.set([cell & 0xff, cell >> 8, 2]);
    for (let pixel = 0; pixel < width * height; pixel += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        const left = pixel % width === 0 ? 0 : (data[pixel * 4 - 4 + channel] ?? 0);
        body[3 + pixel * 3 + channel] = (data[pixel * 4 + channel] ?? 0) - left;
      }
    }
    const deflated = deflateSync(body);
    const message = new Uint8Array(17 + deflated.length);
    const view = new DataView(message.buffer);
    message.set(['T'.charCodeAt(0), 1, 0]);
    view.setUint32(3, at, true);
    view.setUint16(7, WIDTH, true);
    view.setUint16(9, HEIGHT, true);
    view.setUint16(11, 1, true);
    view.setUint32(13, body.length, true);
    message.set(deflated, 17);
    show(message);
  }
}

export async function encodeDesktop(show: (message: Uint8Array) => void): Promise<void> {
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext('2d');
  if (!context) return;
  let seq = 0;
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const message = new Uint8Array(HEADER + chunk.byteLength);
      const view = new DataView(message.buffer);
      message.set(['F'.charCodeAt(0), 1, 1, chunk.type === 'key' ? 1 : 0, 0]);
      view.setUint32(5, seq++, true);
      view.setUint16(9, WIDTH, true);
      view.setUint16(11, HEIGHT, true);
      view.setBigUint64(13, BigInt(chunk.timestamp), true);
      view.setUint32(21, stamp(chunk.timestamp), true);
      // Nothing named as moved: what changes is covered by the exact cells that follow.
      chunk.copyTo(message.subarray(HEADER));
      show(message);
    },
    error: (error) => console.error(error),
  });
  encoder.configure({ codec: 'av01.0.08M.08', width: WIDTH, height: HEIGHT, bitrate: 4e6, latencyMode: 'realtime' });
  for (let tick = 0; tick < 5; tick += 1) {
    paint(context, tick);
    const frame = new VideoFrame(canvas, { timestamp: tick * 33_000 });
    encoder.encode(frame, { keyFrame: tick === 0 });
    frame.close();
  }
  await encoder.flush();
  // Its left half as exact cells, so that both kinds can be compared.
  if (location.search.includes('tiles')) showCells(context, stamp(4 * 33_000), show);

  const shape = new Uint8Array(14 + 12 * 18 * 4);
  const view = new DataView(shape.buffer);
  shape.set(['C'.charCodeAt(0), 1, 7]);
  view.setUint16(10, 12, true);
  view.setUint16(12, 18, true);
  for (let y = 0; y < 18; y += 1) {
    for (let x = 0; x <= Math.min(y * 0.7, 11); x += 1) {
      shape.set(x === 0 || x + 1 > y * 0.7 - 0.5 ? [255, 255, 255, 255] : [0, 0, 0, 255], 14 + (y * 12 + x) * 4);
    }
  }
  show(shape);
  const place = new Uint8Array(15);
  place.set(['C'.charCodeAt(0), 2, 7]);
  new DataView(place.buffer).setInt32(7, 640, true);
  new DataView(place.buffer).setInt32(11, 400, true);
  show(place);
}
