/** The file manager's state, without a machine. */

import { expect, test } from 'vitest';
import { entry } from '../dev/fake-files';
import { FakeBackend, id } from '../dev/fake';
import type { JobView } from '../src/protocol/generated/JobView';
import { Files, sorted, type Line } from '../src/state/files.svelte';

const HERE = { place: 0, names: [] };
const line = (name: string, change: Parameters<typeof entry>[1] = {}): Line => ({
  ...entry(name, change),
  folder: HERE,
});
const names = (lines: readonly Line[]) => lines.map((one) => one.name);

async function manager() {
  const backend = new FakeBackend();
  const files = new Files(backend, id(1));
  await files.local.begin();
  await files.remote.begin();
  return { asked: backend.files.asked, backend, files };
}

const job = (change: Partial<JobView>): JobView => ({
  id: 1,
  way: 'send',
  name: 'x',
  state: 'running',
  files: 1,
  files_done: 0,
  skipped: 0,
  bytes: 10,
  bytes_done: 0,
  speed: 0,
  seconds_left: null,
  asking: [],
  failed: [],
  ...change,
});

test('folders come first and numbers count as numbers', () => {
  const lines = [line('b10', { size: 1 }), line('b9', { size: 3 }), line('a', { kind: 'folder', size: 0 })];
  expect(names(sorted(lines, 'name', false))).toEqual(['a', 'b9', 'b10']);
  expect(names(sorted(lines, 'name', true))).toEqual(['a', 'b10', 'b9']);
  expect(names(sorted(lines, 'size', true))).toEqual(['a', 'b9', 'b10']);
});

test('a pane begins where its machine says, and shows what is hidden only when asked', async () => {
  const { files } = await manager();
  expect(files.local.at?.names).toEqual(['home', 'anna']);
  expect(names(files.local.lines)).toEqual(['Invoices', 'notes.txt', 'report 9.pdf', 'report 10.pdf']);
  files.local.hidden = true;
  expect(names(files.local.lines)[0]).toBe('.cache');
});

test('going down and up keeps the place', async () => {
  const { asked, files } = await manager();
  const [folder] = files.local.lines;
  if (folder) await files.local.open(folder);
  expect(asked.at(-1)).toBe('list local /home/anna/Invoices');
  await files.local.up();
  expect(files.local.at?.names).toEqual(['home', 'anna']);
  expect(files.local.lines[files.local.index]?.name).toBe('Invoices');
  // The one granted folder has nothing above it.
  expect(files.remote.canGoUp).toBe(false);
});

test('what is selected is carried into the folder of the other side', async () => {
  const { asked, files } = await manager();
  files.local.move(1, false);
  files.local.move(2, true);
  await files.carry('local');
  expect(asked.at(-1)).toBe('carry local home/anna/notes.txt,home/anna/report 9.pdf /');
  files.remote.selectAll();
  files.remote.toggle(0);
  await files.carry('remote');
  expect(asked.at(-1)).toBe('carry remote notes.txt,report 9.pdf,report 10.pdf /home/anna');
});

test('a search shows what it found where it lies, and a refusal keeps the folder', async () => {
  const { asked, backend, files } = await manager();
  await files.remote.search('report');
  expect(names(files.remote.lines)).toEqual(['report 9.pdf', 'report 10.pdf']);
  await files.remote.up();
  expect(files.remote.found).toBeNull();
  backend.files.refuse = 'protected';
  expect(await files.remote.makeFolder('x')).toBe(false);
  expect([files.remote.problem, asked.filter((what) => what.startsWith('make'))]).toEqual([
    'protected',
    ['make remote /x'],
  ]);
  expect(files.remote.lines.length).toBe(4);
});

test('a search that is stopped is forgotten', async () => {
  const { asked, files } = await manager();
  const searching = files.remote.search('report');
  files.remote.stopSearch();
  await searching;
  expect([files.remote.found, files.remote.searching, asked.at(-1)]).toEqual([null, false, 'stop remote']);
});

test('typing goes to the next name that begins so', async () => {
  const { files } = await manager();
  files.local.seek('rep');
  expect(files.local.lines[files.local.index]?.name).toBe('report 9.pdf');
  files.local.seek('rep');
  expect(files.local.lines[files.local.index]?.name).toBe('report 10.pdf');
  files.local.seek('NOTES');
  expect(names(files.local.selected)).toEqual(['notes.txt']);
});

test('a transfer that has ended shows in its goal', async () => {
  const { asked, files } = await manager();
  const before = asked.length;
  files.tell({ jobs: [job({})] });
  files.tell({ jobs: [job({ state: 'done', files_done: 1 })] });
  await Promise.resolve();
  expect(asked.slice(before).filter((what) => what === 'list remote /').length).toBeGreaterThan(0);
  expect(asked.slice(before)).not.toContain('list local /home/anna');
});

test('files that the system drops go into the folder that is shown', async () => {
  const { asked, files } = await manager();
  await files.sendDropped();
  expect(asked.at(-1)).toBe('dropped /');
});

test('what is dragged out by the system is told of until it is over', async () => {
  const { asked, backend, files } = await manager();
  files.local.move(1, false);
  expect(await files.dragOut('local'), 'no such system: it goes on in the page').toBe(false);
  backend.files.drags = true;
  expect(await files.dragOut('local')).toBe(true);
  expect(asked.at(-1)).toBe('drag local home/anna/notes.txt');
  const heard: string[] = [];
  files.dragTold = ({ news }) => void heard.push(news);
  files.tellDrag({ news: 'over', at: null });
  files.tellDrag({ news: 'fetching', job: 3 });
  expect(files.handing).toMatchObject({ text: 'fetching' });
  files.tellDrag({ news: 'stopped' });
  expect(files.handing).toMatchObject({ text: 'stopped' });
  files.tellDrag({ news: 'failed', error: 'not_granted' });
  expect(files.handing).toMatchObject({ text: 'failed', error: 'not_granted' });
  expect(heard).toEqual(['over', 'fetching', 'stopped', 'failed']);
  files.remote.selectAll();
  backend.files.refuse = 'not_granted';
  expect(await files.dragOut('remote')).toBe(false);
  expect(files.problem).toBe('not_granted');
});

test('twenty thousand lines are sorted in a moment', () => {
  const many = Array.from({ length: 20_000 }, (_, n) => line(`file ${(n * 7919) % 20_000}`));
  expect(names(sorted(many, 'name', false)).slice(0, 3)).toEqual(['file 0', 'file 1', 'file 2']);
});
