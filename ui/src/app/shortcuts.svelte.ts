/** Keys that work on every screen. While a customer's picture has the keyboard, none does: they are the customer's. */

import type { Desk } from '../state/desk.svelte';
import { router, type Place } from '../state/route.svelte';

const GO: readonly Place[] = ['dashboard', 'sessions', 'devices', 'statistics', 'audit'];

/** Through the screens that were shown. */
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

const mac = typeof navigator !== 'undefined' && /Mac|iP(hone|ad)/.test(navigator.platform);

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;
}

class Shortcuts {
  open = $state<'commands' | 'help' | null>(null);

  /** What the command menu begins with. */
  text = '';

  show(what: 'commands' | 'help'): void {
    this.open = what;
  }

  /** Opens the command menu with this typed. */
  find(text: string): void {
    this.text = text;
    this.open = 'commands';
  }

  close(): void {
    this.open = null;
    this.text = '';
  }

  key(event: KeyboardEvent, desk: Desk): void {
    // A live picture takes its keys by itself, and says so by taking them.
    if (event.defaultPrevented || event.isComposing) return;
    if (desk.viewer && event.target instanceof HTMLTextAreaElement && event.target.classList.contains('keys')) return;
    const command = (mac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey) && !event.altKey;
    if (command && !event.shiftKey && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      if (this.open === 'commands') this.close();
      else this.show('commands');
      return;
    }
    // Alt with an arrow moves by words in fields on a Mac.
    const step = event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey ? STEPS[event.key] : undefined;
    if (step && !(mac && isTyping(event.target)) && !document.querySelector('dialog[open]')) {
      event.preventDefault();
      history.go(step);
      return;
    }
    // What lies on top has the keys.
    if (document.querySelector('dialog[open]')) return;
    const place = command && !event.shiftKey ? GO[Number(event.key) - 1] : undefined;
    if (place) {
      event.preventDefault();
      router.go({ screen: place });
      return;
    }
    if (command && !event.shiftKey && event.key === ',') {
      event.preventDefault();
      router.go({ screen: 'settings' });
      return;
    }
    if (command || event.altKey || isTyping(event.target)) return;
    if (event.key === '?') {
      event.preventDefault();
      this.open = 'help';
    } else if (event.key === '/') {
      const field = document.querySelector<HTMLInputElement>('main input[type=search]');
      if (!field) return;
      event.preventDefault();
      field.focus();
      field.select();
    } else if (event.key === 'n' && router.current.screen !== 'session') {
      event.preventDefault();
      desk.inviting.begin();
    }
  }
}

export const shortcuts = new Shortcuts();
