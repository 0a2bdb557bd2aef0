/** Starts the page: chooses the backend, shows the first screen. */

import './base.css';
import { mount } from 'svelte';
import { inDesktopShell, tauri } from '../backend/tauri';
import { Desk } from '../state/desk.svelte';
import { router } from '../state/route.svelte';
import { language, t } from '../state/text';
import { decodableCodecs } from '../transport/codecs';
import App from './App.svelte';
import { exposeMeasure } from './measure';

document.documentElement.lang = language;
const target = document.getElementById('app') ?? document.body;

if (inDesktopShell()) {
  const desk = new Desk(tauri, decodableCodecs);
  exposeMeasure(desk);
  router.start();
  mount(App, { target, props: { desk } });
  void desk.start();
} else {
  const sentence = document.createElement('p');
  sentence.className = 'needs-desktop';
  sentence.textContent = t.app.needsDesktop;
  target.append(sentence);
}
