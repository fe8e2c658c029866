/** One `name = value` of a `pgbouncer.ini`. */
export interface PgbouncerSetting {
  readonly section: string;
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

export interface PgbouncerIni {
  readonly settings: readonly PgbouncerSetting[];
  /** Files that `%include` names, in their order among the lines. */
  readonly includes: readonly { readonly path: string; readonly line: number }[];
  readonly faults: readonly { readonly line: number; readonly because: string }[];
}

/** Reads an ini file as PgBouncer does (libusual, cfparser.c): comments begin with `;` or `#` at the start of a line only. */
export function readPgbouncerIni(text: string): PgbouncerIni {
  const settings: PgbouncerSetting[] = [];
  const includes: { path: string; line: number }[] = [];
  const faults: { line: number; because: string }[] = [];
  let section = '';
  for (const [index, raw] of text.split('\n').entries()) {
    const content = raw.trim();
    const line = index + 1;
    if (content === '' || content.startsWith(';') || content.startsWith('#')) continue;
    const include = /^%include\s+(\S.*)$/.exec(content)?.[1];
    const header = /^\[([^\]]+)\]$/.exec(content)?.[1];
    const sign = content.indexOf('=');
    if (include !== undefined) includes.push({ path: include, line });
    else if (header !== undefined) section = header.trim().toLowerCase();
    else if (sign <= 0) faults.push({ line, because: 'it is not of the form name = value' });
    else
      settings.push({
        section,
        name: content
          .slice(0, sign)
          .trim()
          .replace(/^"(.*)"$/, '$1'),
        value: content.slice(sign + 1).trim(),
        line,
      });
  }
  return { settings, includes, faults };
}
