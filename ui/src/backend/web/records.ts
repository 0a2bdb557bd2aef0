/** Finding, editing, counting and handing out what the relay keeps: each asks the relay and passes its answer on. */

import type { DeviceRecord } from '../../protocol/generated/DeviceRecord';
import type { SessionEventRecord } from '../../protocol/generated/SessionEventRecord';
import type { TimelineEntry } from '../../protocol/generated/TimelineEntry';
import type { Records } from '../records';
import { asBackendError, type Http } from './http';
import { save } from './save';

/** A refusal because something is still under way has words of its own. */
const IN_SESSION = { conflict: 'in_session' } as const;

/** Names a file by what it is and when it was made. */
const named = (what: string, ending: string) => `deskhand-${what}-${new Date().toISOString().slice(0, 10)}.${ending}`;

export function records(http: Http): Records {
  const told = async <T>(answer: Promise<T>, other: Parameters<typeof asBackendError>[1] = {}): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      throw asBackendError(error, other);
    }
  };
  const get = <T>(path: string) => told(http.get<T>(path));
  const post = <T>(path: string, body?: unknown) => told(http.post<T>(path, body));
  return {
    searchSessions: (query) => post('sessions/search', query),
    editSession: (session, edit) => post(`sessions/${session}/edit`, edit),
    deleteSession: async (session) => void (await told(http.post(`sessions/${session}/delete`), IN_SESSION)),
    sessionEvents: async (session) =>
      (await get<{ events: SessionEventRecord[] }>(`sessions/${session}/events`)).events,
    exportSessions: async (filter, format, headings) =>
      save(await told(http.file('sessions/export', { filter, format, headings })), named('sessions', format)),
    facets: () => get('facets'),
    devices: async (limit, after) =>
      (await get<{ devices: DeviceRecord[] }>(`devices?limit=${limit}${after ? `&after=${after}` : ''}`)).devices,
    editDevices: async (devices, edit) => (await post<{ changed: number }>('devices/edit', { devices, edit })).changed,
    removeDevices: async (devices) =>
      (await told(http.post<{ removed: number }>('devices/remove', { devices }), IN_SESSION)).removed,
    timeline: async (device, before) => {
      const place = before ? `?before=${before.at}&session=${before.session}&seq=${before.seq}` : '';
      return (await get<{ entries: TimelineEntry[] }>(`devices/${device}/timeline${place}`)).entries;
    },
    statistics: (query) => post('statistics', query),
    searchAudit: (query) => post('audit/search', query),
    exportAudit: async (filter, headings) =>
      save(await told(http.file('audit/export', { filter, headings })), named('audit', 'csv')),
  };
}
