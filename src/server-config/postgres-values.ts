/** True or false as the server reads it: any beginning of `true`, `false`, `yes`, `no`, also `on`, `off`, `1` and `0` (bool.c). */
export function parsePostgresBool(text: string): boolean | undefined {
  const value = text.trim().toLowerCase();
  if (value === '') return undefined;
  if ('true'.startsWith(value) || 'yes'.startsWith(value) || value === 'on' || value === '1') return true;
  if ('false'.startsWith(value) || 'no'.startsWith(value) || value === 'off' || value === 'of' || value === '0') return false;
  return undefined;
}

const MILLISECONDS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time in milliseconds; a number without a unit is taken in the parameter's own. Units are of lower case only. */
export function parsePostgresTime(text: string, unit: 'ms' | 's' | 'min' = 'ms'): number | undefined {
  const match = /^([-+]?(?:\d{1,15}(?:\.\d{0,9})?|\.\d{1,9}))[ \t]*([a-z]*)$/.exec(text.trim());
  const name = match?.[2] === '' ? unit : (match?.[2] ?? '');
  if (match === null || !Object.hasOwn(MILLISECONDS, name)) return undefined;
  return Math.round(Number(match[1]) * (MILLISECONDS[name] ?? 1));
}

export function parsePostgresInteger(text: string): number | undefined {
  const match = /^[-+]?(?:\d{1,15}|0x[0-9a-f]{1,12})(?:\.\d{0,9})?$/i.exec(text.trim());
  return match === null ? undefined : Math.round(Number(text.trim()));
}
