import { type HbaWord, splitFields } from './pg-hba.ts';

/** One line of a `pg_ident.conf`: who may log in as whom. */
export interface IdentMapping {
  readonly map: string;
  /** A name of the operating system or a certificate; an expression where it begins with a slash. */
  readonly systemUser: string;
  readonly databaseUser: HbaWord;
  readonly line: number;
}

export interface IdentFile {
  readonly mappings: readonly IdentMapping[];
  readonly includes: readonly { readonly include: string; readonly path: string; readonly line: number }[];
  readonly faults: readonly { readonly line: number; readonly because: string }[];
}

const INCLUDES = new Set(['include', 'include_if_exists', 'include_dir']);

/** Reads the names that `peer`, `cert` and `ident` map (hba.c, parse_ident_line). */
export function readIdent(text: string): IdentFile {
  const mappings: IdentMapping[] = [];
  const includes: { include: string; path: string; line: number }[] = [];
  const faults: { line: number; because: string }[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const [map, systemUser, databaseUser] = splitFields(raw.replace(/\r+$/, ''), () => undefined).map(([word]) => word);
    const line = index + 1;
    if (map === undefined) continue;
    if (!map.isQuoted && INCLUDES.has(map.text)) includes.push({ include: map.text, path: systemUser?.text ?? '', line });
    else if (systemUser === undefined || databaseUser === undefined) faults.push({ line, because: 'it names no user' });
    else mappings.push({ map: map.text, systemUser: systemUser.text, databaseUser, line });
  }
  return { mappings, includes, faults };
}
