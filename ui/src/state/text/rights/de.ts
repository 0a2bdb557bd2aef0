/** What a technician may do and ask for, in German. */

import type { Rights } from './en';

export const rights: Rights = {
  preset: {
    legend: 'Den Kunden fragen nach',
    names: { look: 'Ansehen', help: 'Helfen', full_service: 'Voller Zugriff' },
  },
  capability: {
    view: 'Bildschirm sehen',
    control: 'Maus und Tastatur',
    point: 'Zeigen und zeichnen',
    'clipboard-in': 'Zwischenablage zum Kunden',
    'clipboard-out': 'Zwischenablage vom Kunden',
    'files-in': 'Dateien zum Kunden',
    'files-out': 'Dateien vom Kunden',
    lock: 'Sperren',
    'sign-out': 'Abmelden',
    restart: 'Neu starten',
    'task-manager': 'Task-Manager',
    'system-info': 'Systeminformationen',
    terminal: 'Terminal',
    audio: 'Ton',
    record: 'Aufzeichnung',
  },
  ask: {
    title: 'Was Sie dürfen',
    button: 'Rechte',
    waiting: 'Wird gefragt …',
    ask: 'Fragen',
    askFor: (what) => `Fragen nach: ${what}`,
    all: 'Nach allem fragen von',
    granted: 'erlaubt',
    held: 'vom Kunden angehalten',
    missing: 'nicht erlaubt',
    asking: 'wird gefragt',
    waitingLong: 'Der Kunde wird gefragt. Keine Antwort innerhalb einer Minute heißt Nein.',
    decides: 'Der Kunde sieht genau, wonach Sie fragen, und entscheidet.',
    browser: 'Im Browser',
    browserTitle: 'Der Kunde zeigt in einem Browser',
    browserWhy:
      'Eine Seite im Browser kann nur zeigen: keine Maus und Tastatur, kein Zeigen, keine Zwischenablage, keine Dateien. Der Chat geht. Für mehr schicken Sie dem Kunden das Programm.',
  },
};
