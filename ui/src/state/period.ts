/** Periods of the calendar of whoever looks, divided into days or months, with the period before each. */

export type PeriodName = 'week' | 'month' | 'quarter' | 'year' | 'custom';

export interface Period {
  /** Where its parts begin and end, growing, in milliseconds since 1970. */
  edges: number[];
  /** The same for the period before. */
  before: number[];
  unit: 'day' | 'month';
}

/** Longer periods are divided into months: more bars than this cannot be told apart. */
const DAYS_MOST = 92;

/** Local midnight; the calendar knows how long a day is when clocks change. */
function midnight(at: Date, days = 0): Date {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + days);
}

function days(from: Date, count: number): number[] {
  return Array.from({ length: count + 1 }, (_, day) => midnight(from, day).getTime());
}

function months(from: Date, count: number): number[] {
  return Array.from({ length: count + 1 }, (_, month) =>
    new Date(from.getFullYear(), from.getMonth() + month, 1).getTime(),
  );
}

/** A date of a field, `2026-03-02`, as local midnight; `null` for anything else. */
export function dateOf(text: string): Date | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!parts) return null;
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number];
  const date = new Date(year, month - 1, day);
  return date.getMonth() === month - 1 && year >= 1970 ? date : null;
}

/** From the first moment of the day `from` to the last of the day `to`, in milliseconds since 1970. */
export function daysOf(query: Readonly<{ from?: string; to?: string }>): { from: number | null; to: number | null } {
  const [first, last] = [dateOf(query.from ?? ''), dateOf(query.to ?? '')];
  return { from: first && first.getTime(), to: last && midnight(last, 1).getTime() };
}

/** As a field of a date has it. */
export function fieldOf(date: Date): string {
  const two = (value: number) => value.toString().padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Both days are part of it. `null` when they make no period. */
function between(first: Date, last: Date): Period | null {
  const count = Math.round((midnight(last, 1).getTime() - midnight(first).getTime()) / 86_400_000);
  if (count < 1 || count > 366 * 10) return null;
  if (count <= DAYS_MOST) {
    return { edges: days(first, count), before: days(midnight(first, -count), count), unit: 'day' };
  }
  // Whole months inside, whatever of a month at both ends.
  const inner = months(first, 130).filter((edge) => edge > first.getTime() && edge <= last.getTime());
  const edges = [midnight(first).getTime(), ...inner, midnight(last, 1).getTime()];
  return { edges, before: [midnight(first, -count).getTime(), midnight(first).getTime()], unit: 'month' };
}

export function periodOf(name: PeriodName, now: number, from = '', to = ''): Period | null {
  const today = midnight(new Date(now));
  switch (name) {
    case 'week':
      return between(midnight(today, -6), today);
    case 'month':
      return between(midnight(today, -29), today);
    case 'quarter':
      return between(midnight(today, -89), today);
    case 'year': {
      const first = new Date(today.getFullYear(), today.getMonth() - 11, 1);
      const before = months(new Date(first.getFullYear() - 1, first.getMonth(), 1), 12);
      return { edges: months(first, 12), before, unit: 'month' };
    }
    case 'custom': {
      const [first, last] = [dateOf(from), dateOf(to)];
      return first && last && first <= last ? between(first, last) : null;
    }
  }
}
