/** Times, durations and sizes as people read them. */

import { language, t } from './text';

// The language of the sentences, with the region's habits if it is the same language.
const locales =
  typeof navigator === 'undefined'
    ? language
    : navigator.languages.filter((tag) => tag.startsWith(language)).concat(language);
const clock = new Intl.DateTimeFormat(locales, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(locales, { month: 'short', day: 'numeric' });
const dayOfYear = new Intl.DateTimeFormat(locales, { year: 'numeric', month: 'short', day: 'numeric' });
const whole = new Intl.NumberFormat(locales, { maximumFractionDigits: 0 });
const month = new Intl.DateTimeFormat(locales, { month: 'short', year: '2-digit' });
const exact = new Intl.DateTimeFormat(locales, {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const percent = new Intl.NumberFormat(locales, { style: 'percent', maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(locales, { maximumFractionDigits: 1 });

export function formatTime(at: number): string {
  return clock.format(at);
}

/** The time with its day, and with the year if it was another. */
export function formatMoment(at: number, now: number = Date.now()): string {
  const [then, today] = [new Date(at), new Date(now)];
  const sameYear = then.getFullYear() === today.getFullYear();
  const date = then.toDateString() === today.toDateString() ? t.common.today : (sameYear ? day : dayOfYear).format(at);
  return `${date}, ${clock.format(at)}`;
}

export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return t.duration.hours(Math.floor(minutes / 60), minutes % 60);
  return minutes > 0 ? t.duration.minutes(minutes, seconds % 60) : t.duration.seconds(seconds);
}

export function formatBytes(bytes: number): string {
  return bytes < 1_000_000 ? `${whole.format(Math.max(1, bytes / 1_000))} kB` : `${tenth.format(bytes / 1_000_000)} MB`;
}

export function formatNumber(value: number): string {
  return whole.format(value);
}

/** With one digit after the point while that says something. */
export function formatTenth(value: number): string {
  return (value < 100 ? tenth : whole).format(value);
}

/** A day with its year. */
export function formatDate(at: number): string {
  return dayOfYear.format(at);
}

/** A day without its year. */
export function formatDay(at: number): string {
  return day.format(at);
}

/** A month with its year. */
export function formatMonth(at: number): string {
  return month.format(at);
}

/** To the second, for records that are compared. */
export function formatExact(at: number): string {
  return exact.format(at);
}

/** A part of one as percent. */
export function formatPercent(part: number): string {
  return percent.format(part);
}

/** Whole seconds; `0s` is a length like any other. */
export function formatLength(seconds: number): string {
  return formatDuration(seconds * 1_000);
}
