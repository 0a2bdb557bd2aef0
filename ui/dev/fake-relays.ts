/** Relays that are only names: a console that is at home inside its program, and has joined one elsewhere. */

import { BackendError } from '../src/backend/backend';
import type { RelaysBackend } from '../src/backend/relays';
import type { Boot } from '../src/protocol/generated/Boot';
import type { JoinedRelay } from '../src/protocol/generated/JoinedRelay';

const technician = {
  id: '00000000-0000-7000-8000-000000000900',
  key: 'key',
  name: 'Anna Berger',
  company: 'Berger IT Support',
};

export class FakeRelays implements RelaysBackend {
  known: JoinedRelay[] = [
    { id: 'inside', place: 'inside', address: null, technician: null, current: true },
    { id: '1', place: 'elsewhere', address: 'https://help.example.org', technician, current: false },
  ];

  constructor(private readonly boot: () => Boot) {}

  all(): Promise<JoinedRelay[]> {
    return Promise.resolve(this.known);
  }

  add(address: string, token: string): Promise<JoinedRelay[]> {
    if (token === 'wrong') return Promise.reject(new BackendError('wrong_token', 'fake'));
    if (this.known.some((relay) => relay.address === address))
      return Promise.reject(new BackendError('relay_known', 'fake'));
    const id = String(this.known.length);
    this.known = [...this.known, { id, place: 'elsewhere', address, technician, current: false }];
    return this.all();
  }

  change(id: string): Promise<Boot> {
    this.known = this.known.map((relay) => ({ ...relay, current: relay.id === id }));
    return Promise.resolve(this.boot());
  }

  remove(id: string): Promise<JoinedRelay[]> {
    this.known = this.known.filter((relay) => relay.id !== id);
    return this.all();
  }
}
