/**
 * Every screen of the page and the states it has, for pictures (`shots.mjs`) and for checks (`axe.mjs`): which scripted
 * shell, which address, and what is done there. The steps name things by the page's own words, so they hold in every
 * language.
 */

const ID = '00000000-0000-7000-8000-000000000009';
const DEVICE = '00000000-0000-7000-8000-000000000601';
const session = `#/session/${ID}`;

/** Name: scripted shell, address, then the steps. */
export const VIEWS = {
  'first-start': ['first-start', '#/'],
  'first-start-wrong': ['first-start', '#/', `button(t.firstStart.submit)`],
  'sign-in': ['signed-out', '#/'],
  'sign-in-join': ['signed-out', '#/', `button(t.account.haveToken)`, `button(t.account.join)`],
  'set-up-relay': ['set-up', '#/'],
  'browser-home': ['browser', '#/'],
  'browser-settings': [
    'browser',
    '#/settings',
    `button(t.account.settings.change)`,
    `button(t.account.settings.totpBegin)`,
    `find('#settings-account').scrollIntoView()`,
  ],
  'browser-people': [
    'browser',
    '#/settings',
    `button(t.account.people.browserCodeOf('Mira Novak'))`,
    `find('#settings-people').scrollIntoView()`,
  ],
  home: ['home', '#/'],
  empty: ['empty', '#/'],
  away: ['away', '#/'],
  'new-session': ['empty', '#/', `button(t.home.newSession)`],
  invitation: [
    'home',
    '#/',
    `button(t.home.newSession)`,
    `type('Weber Steuerberatung')`,
    `button(t.newSession.submit)`,
    `button(t.invitation.savePackage)`,
  ],
  'invitation-closed': ['empty', '#/', `button(t.home.newSession)`, `type('Weber')`, `button(t.newSession.submit)`],
  'package-form': ['packages', '#/', `button(t.package.generate)`],
  'package-ready': [
    'packages',
    '#/',
    `button(t.package.generate)`,
    `type('Weber Steuerberatung')`,
    `button(t.package.submit)`,
    `button(t.package.save)`,
  ],
  requests: ['packages', '#/'],
  templates: ['packages', '#/templates'],
  arrange: ['home', '#/', `button(t.records.dashboard.arrange)`],
  sessions: ['home', '#/sessions'],
  'sessions-one': ['home', `#/sessions/${ID}`],
  'sessions-none': ['home', '#/sessions?text=nobody'],
  devices: ['home', '#/devices'],
  'devices-edit': ['home', '#/devices', `press('[role=row] button', 3)`],
  'devices-bulk': ['home', '#/devices', `press('[role=row] input', 1)`, `button(t.records.devices.addTags)`],
  device: ['home', `#/device/${DEVICE}`],
  'device-timeline': ['home', `#/device/${DEVICE}/timeline`],
  statistics: ['home', '#/statistics'],
  audit: ['home', '#/audit'],
  'audit-one': ['home', '#/audit', `press('[data-row]', 2)`],
  settings: ['home', '#/settings'],
  'settings-licences': [
    'home',
    '#/settings',
    `press('#settings-about ~ details > summary')`,
    `find('#settings-about ~ details').scrollIntoView()`,
  ],
  'settings-relays': ['home', '#/settings', `find('#settings-relays').scrollIntoView()`],
  'relay-switch': ['live', '#/settings', `button(t.relays.changeTo('help.example.org'))`],
  selftest: ['selftest', '#/selftest'],
  'selftest-blocked': ['selftest-blocked', '#/selftest'],
  commands: ['home', '#/', `press('.find')`, `type('weber', '.commands input')`],
  keys: ['home', '#/', `dispatchEvent(new KeyboardEvent('keydown', { key: '?' }))`],
  known: ['known', session],
  proving: ['proving', session],
  asking: ['asking', session],
  declined: ['declined', session],
  refused: ['refused', session],
  live: ['live', session],
  'live-chat': ['live', session, `press('.toolbar .chat button')`, `find('.keys').focus()`],
  'live-actual': ['live', session, `button(t.session.actual)`],
  'live-quality': ['live', session, `button(t.quality.title)`],
  'live-monitors': ['live', session, `button(t.monitors.title)`],
  'live-tools': ['live', session, `button(t.tools.title)`],
  'live-keys': ['controls', session, `button(t.keys.title)`],
  'live-type': ['controls', session, `button(t.keys.title)`, `button(t.keys.typeText)`],
  'live-ask': ['live', session, `button(t.ask.title)`],
  'live-figures': ['live', session, `button(t.figures.title)`],
  'live-files': ['live', session, `button(t.files.title)`],
  'live-quick': ['controls', session, `button(t.quick.title)`],
  'live-programs': ['controls', session, `button(t.quick.title)`, `button(t.quick.programs)`],
  'live-system': ['controls', session, `button(t.quick.title)`, `button(t.quick.system)`],
  several: ['several', session],
  'several-home': ['several', '#/'],
  paused: ['paused', session],
  revoked: ['revoked', session],
  reconnecting: ['reconnecting', session],
  over: ['over', session],
  unknown: ['home', '#/session/00000000-0000-7000-8000-0000000fffff'],
};

/** What the steps are written in. A step that finds nothing throws: a view that is not reached is not looked at. */
export const STEPS = `
  var t = window.words;
  var find = (where, at = 0) => {
    const found = document.querySelectorAll(where)[at];
    if (!found) throw new Error('nothing at ' + where);
    return found;
  };
  var press = (where, at) => find(where, at).click();
  var nameOf = (one) => (one.getAttribute('aria-label') ?? one.textContent).replace(/\\s+/g, ' ').trim();
  var button = (name) => {
    const all = [...document.querySelectorAll('button')];
    const found = all.find((one) => nameOf(one) === name) ?? all.find((one) => nameOf(one).startsWith(name));
    if (!found) throw new Error('no button ' + name);
    found.click();
  };
  var type = (text, where = 'dialog input') => {
    const field = find(where);
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };
  var still = () =>
    new Promise((done) => {
      let timer;
      const end = () => { watch.disconnect(); clearTimeout(most); requestAnimationFrame(() => requestAnimationFrame(() => done(true))); };
      const again = () => { clearTimeout(timer); timer = setTimeout(end, 150); };
      const most = setTimeout(end, 2000);
      const watch = new MutationObserver(again);
      watch.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
      again();
    });
`;
