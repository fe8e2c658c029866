/** A parameter on the command line of `postgres`, under the name that a configuration file gives it. */
export interface PostgresArgument {
  readonly name: string;
  readonly value: string;
  /** Which argument holds it. */
  readonly index: number;
}

export interface PostgresArguments {
  readonly settings: readonly PostgresArgument[];
  /** `-D`. */
  readonly dataFolder: string | undefined;
  readonly fault: { readonly index: number; readonly because: string } | undefined;
}

/** Letters that stand for a parameter and take a value (postmaster.c). */
const WITH_VALUE: Readonly<Record<string, string>> = { B: 'shared_buffers', h: 'listen_addresses', k: 'unix_socket_directories', N: 'max_connections', p: 'port', S: 'work_mem' };
/** Letters that stand for a parameter and its value. */
const ALONE: Readonly<Record<string, readonly [string, string]>> = {
  e: ['datestyle', 'euro'],
  F: ['fsync', 'false'],
  i: ['listen_addresses', '*'],
  l: ['ssl', 'true'],
  O: ['allow_system_table_mods', 'true'],
  P: ['ignore_system_indexes', 'true'],
  s: ['log_statement_stats', 'true'],
};
const OTHER_WITH_VALUE = 'CdfortvW';
const OTHER_ALONE = 'bEjnT';

/** Reads the arguments after the program's name as getopt does: letters may be joined, a value may follow its letter at once. */
export function readPostgresArguments(words: readonly string[]): PostgresArguments {
  const settings: PostgresArgument[] = [];
  let dataFolder: string | undefined;
  let fault: PostgresArguments['fault'];
  const put = (name: string, value: string, index: number): void => {
    settings.push({ name: name.replaceAll('-', '_').toLowerCase(), value, index });
  };
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') {
      if (index + 1 < words.length) fault ??= { index: index + 1, because: 'it is no option' };
      break;
    }
    if (word.startsWith('--')) {
      const sign = word.indexOf('=');
      if (sign === -1) {
        if (index > 0 || !/^--(?:single|boot|check|fork|describe-config|help|version)/.test(word)) fault ??= { index, because: 'it needs a value' };
      } else put(word.slice(2, sign), word.slice(sign + 1), index);
      continue;
    }
    if (!word.startsWith('-') || word === '-') {
      fault ??= { index, because: 'it is no option' };
      break;
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word[at] ?? '';
      const alone = ALONE[letter];
      if (alone !== undefined) put(alone[0], alone[1], index);
      else if (!OTHER_ALONE.includes(letter)) {
        const takesNext = at + 1 === word.length;
        const holder = takesNext ? index + 1 : index;
        const value = takesNext ? words[holder] : word.slice(at + 1);
        const name = WITH_VALUE[letter];
        if (value === undefined) fault ??= { index, because: 'it needs a value' };
        else if (letter === 'c') {
          const sign = value.indexOf('=');
          if (sign === -1) fault ??= { index: holder, because: 'it is not of the form name=value' };
          else put(value.slice(0, sign).trim(), value.slice(sign + 1), holder);
        } else if (letter === 'D') dataFolder = value;
        else if (name !== undefined) put(name, value, holder);
        else if (!OTHER_WITH_VALUE.includes(letter)) fault ??= { index, because: 'it is an unknown option' };
        if (takesNext) index++;
        break;
      }
    }
  }
  return { settings, dataFolder, fault };
}
