import { splitRedisWords } from './redis-words.ts';

/** One line of a `redis.conf`, `valkey.conf`, `keydb.conf` or `sentinel.conf`. */
export interface RedisDirective {
  /** In lower case: names are compared without regard to it. */
  readonly name: string;
  readonly values: readonly string[];
  readonly line: number;
}

/** A line that stops the server from starting. */
export interface ConfigFault {
  readonly line: number;
  readonly because: string;
}

export interface RedisConf {
  readonly directives: readonly RedisDirective[];
  readonly faults: readonly ConfigFault[];
}

/** Reads a configuration file line by line as config.c does. A `#` begins a comment only at the start of a line. */
export function readRedisConf(text: string, joinsQuotes = false): RedisConf {
  const directives: RedisDirective[] = [];
  const faults: ConfigFault[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/^[ \t\r\n]+/, '');
    if (line === '' || line.startsWith('#')) continue;
    const words = splitRedisWords(line, joinsQuotes);
    if (words === undefined) faults.push({ line: index + 1, because: 'the quotes are not balanced' });
    else if (words[0] !== undefined) directives.push({ name: words[0].toLowerCase(), values: words.slice(1), line: index + 1 });
  }
  return { directives, faults };
}
