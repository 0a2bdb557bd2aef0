// Draws every icon file of both programs from the two SVG sources. Run it after changing one of them: `node icons/make.mjs`.
// Needs `rsvg-convert` (Debian: librsvg2-bin).
//
// The container formats are written here because both are a few bytes around PNG files:
// ICO is a 6-byte header, 16 bytes per picture, then the pictures; ICNS is a header and pictures, each with a four-letter type.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const PROGRAMS = { console: 'deskhand.svg', helper: 'helper.svg' };
const PNG_FILES = { '32x32.png': 32, '128x128.png': 128, '128x128@2x.png': 256, 'icon.png': 512 };
const ICO_EDGES = [16, 20, 24, 32, 40, 48, 64, 128, 256];
// Apple's types for PNG content: plain sizes, then the double-density ones.
const ICNS_TYPES = { icp4: 16, icp5: 32, icp6: 64, ic07: 128, ic08: 256, ic09: 512, ic10: 1024, ic11: 32, ic12: 64, ic13: 256, ic14: 512 };

/** The source as an RGBA PNG of the given edge. */
function draw(source, edge) {
  return execFileSync('rsvg-convert', ['-w', `${edge}`, '-h', `${edge}`, join(here, source)], { maxBuffer: 1 << 26 });
}

function ico(pictures) {
  const directory = Buffer.alloc(6 + 16 * pictures.length);
  directory.writeUInt16LE(1, 2);
  directory.writeUInt16LE(pictures.length, 4);
  let offset = directory.length;
  pictures.forEach(({ edge, png }, index) => {
    const at = 6 + 16 * index;
    directory.writeUInt8(edge % 256, at); // 256 is written as 0
    directory.writeUInt8(edge % 256, at + 1);
    directory.writeUInt16LE(1, at + 4);
    directory.writeUInt16LE(32, at + 6);
    directory.writeUInt32LE(png.length, at + 8);
    directory.writeUInt32LE(offset, at + 12);
    offset += png.length;
  });
  return Buffer.concat([directory, ...pictures.map(({ png }) => png)]);
}

function icns(pictures) {
  const parts = pictures.map(({ type, png }) => {
    const head = Buffer.alloc(8);
    head.write(type, 'latin1');
    head.writeUInt32BE(8 + png.length, 4);
    return Buffer.concat([head, png]);
  });
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.write('icns', 'latin1');
  head.writeUInt32BE(8 + body.length, 4);
  return Buffer.concat([head, body]);
}

for (const [program, source] of Object.entries(PROGRAMS)) {
  const folder = join(here, program);
  mkdirSync(folder, { recursive: true });
  for (const [name, edge] of Object.entries(PNG_FILES)) writeFileSync(join(folder, name), draw(source, edge));
  writeFileSync(join(folder, 'icon.ico'), ico(ICO_EDGES.map((edge) => ({ edge, png: draw(source, edge) }))));
  writeFileSync(
    join(folder, 'icon.icns'),
    icns(Object.entries(ICNS_TYPES).map(([type, edge]) => ({ type, png: draw(source, edge) }))),
  );
}
