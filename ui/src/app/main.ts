/** Starts the page: chooses the backend, shows the first screen. */

import './base.css';
import { mount } from 'svelte';
import { inDesktopShell, tauri } from '../backend/tauri';
import { Desk } from '../state/desk.svelte';
import { look } from '../state/look.svelte';
import { notices } from '../state/notices.svelte';
import { router } from '../state/route.svelte';
import { sound } from '../state/sound.svelte';
import { language, t } from '../state/text';
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

if (inDesktopShell()) {
  const desk = new Desk(tauri, async () => {
    // GStreamer may crash when two threads start it in the same moment: the first use is over before the next begins.
    await prepare();
    return decodableCodecs();
  });
  exposeMeasure(desk);
  router.start();
  mount(App, { target, props: { desk } });
  // Once the first screen is drawn: it needs a moment.
  void desk.start().then(() => setTimeout(() => void prepare(), 1_000));
} else {
  const sentence = document.createElement('p');
  sentence.className = 'needs-desktop';
  sentence.textContent = t.app.needsDesktop;
  target.append(sentence);
}
