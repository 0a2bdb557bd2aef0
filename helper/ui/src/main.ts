import { invoke } from '@tauri-apps/api/core';
import { mount } from 'svelte';
import './base.css';
import type { View } from './generated';
import { firstLanguage, speak } from './language.svelte';
import { program } from './program';
import { inhabit } from './shell';
import { writeAsBefore } from './size.svelte';

/** A package may ask for a language: it has to be known before anything is drawn. */
async function start(target: HTMLElement): Promise<void> {
  inhabit(program);
  writeAsBefore();
  const app = import('./App.svelte');
  const view = await invoke<View>('view').catch(() => null);
  await speak(firstLanguage(view?.language ?? null));
  mount((await app).default, { target });
}

const target = document.getElementById('app');
if (target) void start(target);
