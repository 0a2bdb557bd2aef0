/**
 * Walks through a screen with the Tab key alone, there and back: everything that can be used must be met, and nothing may
 * keep the keyboard. A live picture keeps it until its own keys give it back, as it says there.
 */

/** What Tab leads to, gathered from the page. Of a group of radio buttons one is met; arrows lead to the others. */
const PREPARE = `(() => {
  const top = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
  const groups = new Set();
  const wanted = [...top.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]')].filter((one) => {
    if (one.tabIndex < 0 || one.matches(':disabled') || one.closest('[inert], [hidden]')) return false;
    if (!one.checkVisibility({ visibilityProperty: true }) || one.getClientRects().length === 0) return false;
    if (one.type !== 'radio') return true;
    const group = one.name || one.closest('fieldset, [role=radiogroup]');
    const chosen = [...top.querySelectorAll('input[type=radio]')].some((other) => other.name === one.name && other.checked);
    if (chosen ? !one.checked : groups.has(group)) return false;
    groups.add(group);
    return true;
  });
  // From the top, since a long list has no end; but what is open stays open only while the focus is in it.
  if (top === document.body && !document.querySelector('[aria-expanded=true]')) {
    top.tabIndex = -1;
    top.focus();
    top.removeAttribute('tabindex');
  }
  window.walked = { wanted, met: new Set(), steps: 0 };
  window.walker ??= document.addEventListener('focusin', ({ target }) => window.walked.met.add(target)) ?? true;
  if (document.activeElement instanceof HTMLElement) window.walked.met.add(document.activeElement);
  return wanted.length;
})()`;

const HELD = `document.activeElement?.matches('textarea.keys') ?? false`;

const MISSED = `(() => {
  const name = (one) => one.tagName.toLowerCase() + ' "' + (one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent ?? '').replace(/\\s+/g, ' ').trim().slice(0, 60) + '"';
  // Focus inside something that scrolls by itself counts for it.
  return window.walked.wanted.filter((one) => one.isConnected && !window.walked.met.has(one)).map(name);
})()`;

export async function walk(page) {
  const count = await page.evaluate(PREPARE);
  const strike = async (key, code, modifiers = 0) => {
    for (const type of ['keyDown', 'keyUp'])
      await page.send('Input.dispatchKeyEvent', { type, key, code: key, windowsVirtualKeyCode: code, modifiers });
  };
  // Some more than there are: the browser's own stops, and a start in the middle.
  for (let step = 0; step < count * 2 + 24; step += 1) {
    if (step % 8 === 0 && (await page.evaluate(HELD))) {
      // Control, Alt and Shift together give the keyboard back.
      const down = [
        ['Control', 17, 2],
        ['Alt', 18, 3],
        ['Shift', 16, 11],
      ];
      for (const [key, code, modifiers] of down)
        await page.send('Input.dispatchKeyEvent', {
          type: 'keyDown',
          key,
          code: key + 'Left',
          windowsVirtualKeyCode: code,
          modifiers,
        });
      for (const [key, code] of down.reverse())
        await page.send('Input.dispatchKeyEvent', {
          type: 'keyUp',
          key,
          code: key + 'Left',
          windowsVirtualKeyCode: code,
          modifiers: 0,
        });
    }
    await strike('Tab', 9);
  }
  for (let step = 0; step < 4; step += 1) await strike('Tab', 9, 8);
  return { count, missed: await page.evaluate(MISSED) };
}
