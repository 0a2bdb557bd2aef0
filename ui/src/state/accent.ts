/**
 * The console's accent from the colour of the brand. Any colour is a brand's; what is shown of it is as light or dark as
 * it must be to be read on every ground there is: 4.5 to 1, as WCAG 2.2 (1.4.3) asks for text.
 */

type Rgb = readonly [red: number, green: number, blue: number];

/** The least contrast of text. */
const LEGIBLE = 4.5;

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];

/** Grounds that the accent stands on as text, the strictest of `tokens.css`. */
const SIDE_LIGHT: Rgb = [236, 238, 242];
const RAISED_DARK: Rgb = [35, 40, 47];
const SURFACE_DARK: Rgb = [28, 32, 38];

export interface Accent {
  accent: string;
  strong: string;
  soft: string;
  on: string;
}

export function parseColour(hex: string): Rgb | null {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  return found ? [parseInt(found[1] ?? '', 16), parseInt(found[2] ?? '', 16), parseInt(found[3] ?? '', 16)] : null;
}

/** `share` of `a`, the rest of `b`. */
function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const part = (at: 0 | 1 | 2) => Math.round(a[at] * share + b[at] * (1 - share));
  return [part(0), part(1), part(2)];
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** From 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [bright, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (bright + 0.05) / (dark + 0.05);
}

const css = (colour: Rgb) => `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;

/** The brand's colour for a light or a dark page. */
function fit(brand: Rgb, toward: Rgb, ground: Rgb, softGround: Rgb, on: Rgb, softShare: number): Accent {
  for (let step = 0; step <= 100; step += 2) {
    const accent = mix(toward, brand, step / 100);
    const soft = mix(accent, softGround, softShare);
    if ([ground, soft, on].every((other) => contrast(accent, other) >= LEGIBLE))
      return { accent: css(accent), strong: css(mix(toward, accent, 0.2)), soft: css(soft), on: css(on) };
  }
  return { accent: css(toward), strong: css(toward), soft: css(mix(toward, softGround, softShare)), on: css(on) };
}

export function accentsOf(hex: string): { light: Accent; dark: Accent } | null {
  const brand = parseColour(hex);
  if (!brand) return null;
  return {
    light: fit(brand, BLACK, SIDE_LIGHT, WHITE, WHITE, 0.1),
    dark: fit(brand, WHITE, RAISED_DARK, SURFACE_DARK, [14, 17, 22], 0.2),
  };
}

/** Shows the brand's accent on the whole page; `null` for the program's own. */
export function wearAccent(colour: string | null, style: CSSStyleDeclaration = document.documentElement.style): void {
  const accents = colour === null ? null : accentsOf(colour);
  for (const look of ['light', 'dark'] as const) {
    for (const part of ['accent', 'strong', 'soft', 'on'] as const) {
      const name = `--brand-${look}-${part}`;
      if (accents) style.setProperty(name, accents[look][part]);
      else style.removeProperty(name);
    }
  }
}
