/** Starts the page: chooses the backend, shows the first screen. */

import './base.css';
import { mount } from 'svelte';
import type { Backend } from '../backend/backend';
import { inDesktopShell, tauri } from '../backend/tauri';
import { Desk } from '../state/desk.svelte';
import { look } from '../state/look.svelte';
import { notices } from '../state/notices.svelte';
import { router } from '../state/route.svelte';
import { sound } from '../state/sound.svelte';
import { language } from '../state/text';
import { decodableCodecs } from '../transport/codecs';
import App from './App.svelte';
import { exposeMeasure } from './measure';

document.documentElement.lang = language;
look.start();
notices.start();
sound.start();
const target = document.getElementById('app') ?? document.body;

/** What decodes and draws is fetched after the first screen is there. */
const prepare = async () => (await import('../transport/projector')).prepare();

/** The shell around the page: the desktop's, else the browser that shows it, for the relay that serves it. */
async function shell(): Promise<Backend> {
  return inDesktopShell() ? tauri : (await import('../backend/web')).openWeb();
}

async function start(): Promise<void> {
  const desk = new Desk(await shell(), async () => {
    // GStreamer may crash when two threads start it in the same moment: the first use is over before the next begins.
    await prepare();
    return decodableCodecs();
  });
  exposeMeasure(desk);
  router.start();
  mount(App, { target, props: { desk } });
  await desk.start();
  // Once the first screen is drawn: it needs a moment.
  setTimeout(() => void prepare(), 1_000);
}

void start();
