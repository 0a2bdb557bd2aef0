/** A drawn desktop, encoded by the browser, as frames of the wire: something to look at and to click on. */

const WIDTH = 1280;
const HEIGHT = 800;

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

export async function encodeDesktop(show: (message: Uint8Array) => void): Promise<void> {
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext('2d');
  if (!context) return;
  let seq = 0;
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const message = new Uint8Array(21 + chunk.byteLength);
      const view = new DataView(message.buffer);
      message.set(['F'.charCodeAt(0), 1, 1, chunk.type === 'key' ? 1 : 0, 0]);
      view.setUint32(5, seq++, true);
      view.setUint16(9, WIDTH, true);
      view.setUint16(11, HEIGHT, true);
      view.setBigUint64(13, BigInt(chunk.timestamp), true);
      chunk.copyTo(message.subarray(21));
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
