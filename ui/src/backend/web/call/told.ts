/** What a helper tells of the machine, its programs and the technicians of a call, checked field by field. */

import { Malformed } from '../../../../../server-lite/link/page/encode';
import { object, oneOf, plain, whole } from '../../../../../server-lite/link/page/signal';
import type { Deed } from '../../../protocol/generated/Deed';
import type { Program } from '../../../protocol/generated/Program';
import type { PointedAt } from '../../../protocol/generated/PointedAt';
import type { RoomNews } from '../../../protocol/generated/RoomNews';
import type { SystemFacts } from '../../../protocol/generated/SystemFacts';

const PROGRAMS = 230;
const DISKS = 32;
const TECHNICIANS = 4;
const NUMBER = Number.MAX_SAFE_INTEGER;

export const OUTCOMES = [
  'asking',
  'done',
  'denied',
  'not_granted',
  'busy',
  'not_found',
  'refused',
  'unsupported',
  'failed',
] as const;
const INVITED = ['waiting', 'came', 'declined', 'wrong_code', 'gone', 'not_now', 'full'] as const;

/** A list of at most so many. */
export function list<T>(value: unknown, most: number, read: (value: unknown) => T): T[] {
  if (!Array.isArray(value) || value.length > most) throw new Malformed();
  return value.map(read);
}

/** Any number; one that is none (JSON has no other) is refused. */
export function number(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Malformed();
  return value;
}

/** A size in bytes may be beyond what is exact here: it is shown with three digits. */
function size(value: unknown): number {
  const told = number(value);
  if (told < 0) throw new Malformed();
  return Math.min(told, NUMBER);
}

function programId(value: unknown) {
  const told = object(value);
  return { pid: whole(told.pid, 0xffff_ffff), started: whole(told.started, NUMBER) };
}

export function deed(value: unknown): Deed {
  const told = object(value);
  const kind = oneOf(told.kind, ['lock', 'sign_out', 'restart', 'end_program'] as const);
  if (kind !== 'end_program') return { kind };
  return { kind, program: programId(told.program), ending: oneOf(told.ending, ['asked', 'forced'] as const) };
}

export const programs = (value: unknown): Program[] =>
  list(value, PROGRAMS, (one) => {
    const told = object(one);
    const { name, cpu_percent, memory, own } = told;
    return {
      id: programId(told.id),
      name: plain(name),
      cpu_percent: number(cpu_percent),
      memory: size(memory),
      own: own === true,
    };
  });

export function facts(value: unknown): SystemFacts {
  const told = object(value);
  return {
    system: plain(told.system),
    kernel: plain(told.kernel),
    host: plain(told.host),
    processor: plain(told.processor),
    processors: whole(told.processors, 0xffff_ffff),
    memory: size(told.memory),
    memory_free: size(told.memory_free),
    up_seconds: size(told.up_seconds),
    disks: list(told.disks, DISKS, (one) => {
      const disk = object(one);
      return { place: plain(disk.place), size: size(disk.size), free: size(disk.free) };
    }),
  };
}

const who = (value: unknown) => whole(value, 255);

function pointedAt(value: unknown): PointedAt | null {
  if (value === null || value === undefined) return null;
  const told = object(value);
  return { monitor: whole(told.monitor, 255), x: whole(told.x, 0xffff), y: whole(told.y, 0xffff) };
}

export function roomNews(value: unknown): RoomNews {
  const told = object(value);
  switch (told.kind) {
    case 'here': {
      const technicians = list(told.technicians, TECHNICIANS, (one) => {
        const { who: id, name, company, connected, may_steer, steers, wants } = object(one);
        return {
          who: who(id),
          name: plain(name),
          company: plain(company),
          connected: connected === true,
          may_steer: may_steer === true,
          steers: steers === true,
          wants: wants === true,
        };
      });
      return { kind: 'here', you: who(told.you), technicians };
    }
    case 'invitation':
      return { kind: 'invitation', name: plain(told.name), invited: oneOf(told.invited, INVITED) };
    case 'pointer':
      return { kind: 'pointer', of: who(told.of), at: pointedAt(told.at) };
    default:
      throw new Malformed();
  }
}
