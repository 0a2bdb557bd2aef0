import { invoke } from '@tauri-apps/api/core';
import { mount } from 'svelte';
import './base.css';
import type { View } from './generated';

/** A package may ask for a language: the words are chosen once, so it has to be known before anything is drawn. */
async function start(target: HTMLElement): Promise<void> {
  const view = await invoke<View>('view').catch(() => null);
  if (view?.language) document.documentElement.dataset['language'] = view.language;
  const [{ language }, { default: App }] = await Promise.all([import('./language'), import('./App.svelte')]);
  document.documentElement.lang = language;
  mount(App, { target });
}

const target = document.getElementById('app');
if (target) void start(target);
