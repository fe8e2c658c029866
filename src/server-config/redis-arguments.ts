import { splitRedisWords } from './redis-words.ts';

/** An option of `redis-server`'s command line, which the server appends to its configuration file as a line. */
export interface RedisOption {
  readonly name: string;
  readonly values: readonly string[];
  /** Which argument holds the name. */
  readonly index: number;
}

export interface RedisArguments {
  /** The configuration file: the first argument, if it does not begin with a dash. */
  readonly file: { readonly path: string; readonly index: number } | undefined;
  readonly readsStandardInput: boolean;
  readonly isSentinel: boolean;
  readonly options: readonly RedisOption[];
  /** The option whose words cannot be told apart, if there is one; the server then refuses to start. */
  readonly fault: { readonly index: number; readonly because: string } | undefined;
}

/**
 * Reads the arguments after the program's name (server.c, main). Up to 7.0.0 every word with two dashes began an option; since then
 * the word after an option's name is its value, dashes or not, `--save` and `--sentinel` excepted.
 */
export function readRedisArguments(words: readonly string[], isModern = true): RedisArguments {
  const file = words[0] !== undefined && !words[0].startsWith('-') ? { path: words[0], index: 0 } : undefined;
  const options: { name: string; values: string[]; index: number }[] = [];
  let readsStandardInput = false;
  let isSentinel = false;
  let fault: RedisArguments['fault'];
  let takesOption = true;
  for (let index = file === undefined ? 0 : 1; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '-' && (index === 0 || index === words.length - 1)) {
      readsStandardInput = true;
    } else if (word.startsWith('--') && (takesOption || !isModern)) {
      const inner = splitRedisWords(word.slice(2));
      if (inner === undefined) fault ??= { index, because: 'the quotes are not balanced' };
      const [name = '', ...values] = inner ?? [];
      const lowerName = name.toLowerCase();
      const nextIsOption = words[index + 1]?.startsWith('--') ?? true;
      if (lowerName === 'sentinel' && values.length === 0) isSentinel = true;
      else options.push({ name: lowerName, values: lowerName === 'save' && values.length === 0 && nextIsOption ? [''] : values, index });
      takesOption = values.length > 0 || (nextIsOption && (lowerName === 'save' || lowerName === 'sentinel'));
    } else {
      const last = options.at(-1);
      if (last === undefined) fault ??= { index, because: 'it is neither a file nor an option' };
      else last.values.push(word);
      takesOption = true;
    }
  }
  return { file, readsStandardInput, isSentinel, options, fault };
}
