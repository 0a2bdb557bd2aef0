// Looks with axe at every screen in Debian's chromium, light, dark, narrow, in German and with high contrast, and walks
// through each with the Tab key: `npm run axe [-- name [dress,dress [other colours]]]`; `npm run axe:some` is what a check
// has time for. Ends with 1 when it finds a violation, a control that Tab does not lead to, a screen that is not reached, or
// when the page complains.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { DRESSES, open } from './browser.mjs';
import { VIEWS } from './views.mjs';
import { walk } from './walk.mjs';

const [only = '', dresses = 'light,small,de', colours = 'dark,contrast,contrast-dark'] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Where nothing but the colours differs, nothing else is looked at again. */
const COLOURS = { light: colours.split(',').filter((one) => one in DRESSES) };

/** A style attribute in the markup of bits-ui, which the policy refuses as it should; `Commands.svelte` has it instead. */
const KNOWN = /^Applying inline style violates .*iaOezIDcQIoxCULa6FBKKuLUu09R7kG\+Mlu\+JVfU3Rw=/;

const page = await open();
const found = [];
let looks = 0;
let controls = 0;

/** What axe finds on what is shown now. */
async function look(name, dress, options) {
  const { violations, passes } = await page.evaluate(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations, passes }) => ({
      passes: passes.length,
      violations: violations.map(({ id, help, nodes }) => ({
        id, help, nodes: nodes.map((one) => one.target.join(' ') + '\\n      ' + one.failureSummary.replaceAll('\\n', ' ')),
      })),
    }))`,
  );
  looks += 1;
  if (passes === 0) found.push(`${name} (${dress}): axe looked at nothing`);
  for (const { id, help, nodes } of violations)
    found.push(`${name} (${dress}): ${id}: ${help}\n    ${nodes.join('\n    ')}`);
}

for (const dress of dresses.split(',')) {
  for (const [name, view] of Object.entries(VIEWS)) {
    if (!name.match(only)) continue;
    page.complaints.length = 0;
    try {
      await page.dress(DRESSES[dress]);
      await page.show(view);
      await page.evaluate(`${axe}; undefined`);
      await look(name, dress, {});
      if (dress === 'light') {
        const { count, missed } = await walk(page);
        controls += count;
        for (const one of missed) found.push(`${name}: Tab does not lead to ${one}`);
      }
      for (const colours of COLOURS[dress] ?? []) {
        await page.dress(DRESSES[colours]);
        await page.evaluate('still()');
        await look(name, colours, { runOnly: ['color-contrast'] });
      }
    } catch (error) {
      found.push(`${name} (${dress}): ${error.message}`);
    }
    for (const complaint of new Set(page.complaints.filter((one) => !KNOWN.test(one))))
      found.push(`${name} (${dress}): ${complaint}`);
  }
}
await page.close();
for (const line of found) console.log(line);
console.log(`axe looked at ${looks} screens, Tab led to ${controls} controls; ${found.length} violations`);
process.exitCode = found.length > 0 || looks === 0 ? 1 : 0;
