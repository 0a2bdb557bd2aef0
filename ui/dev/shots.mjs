// Takes a picture of every screen into `shots/`, with Debian's chromium: `node dev/shots.mjs [name] [dress,dress]`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { DRESSES, open } from './browser.mjs';
import { VIEWS } from './views.mjs';

const [only = '', dresses = 'light,dark,small,de'] = process.argv.slice(2);
mkdirSync('shots', { recursive: true });
const page = await open();
for (const dress of dresses.split(',')) {
  await page.dress(DRESSES[dress]);
  for (const [name, view] of Object.entries(VIEWS)) {
    if (!name.match(only)) continue;
    await page.show(view);
    const { data } = await page.send('Page.captureScreenshot', { format: 'png' });
    writeFileSync(`shots/${name}-${dress}.png`, Buffer.from(data, 'base64'));
  }
}
for (const complaint of new Set(page.complaints)) console.log(complaint);
await page.close();
