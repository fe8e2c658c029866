import { isSeen } from '../connections/text.ts';
import { baseName } from '../file-names.ts';
import type { ContainerFiles, ReadableFile } from './container-files.ts';
import type { Source } from './known.ts';
import { LONGEST_VALUE, type ShellExpansion } from './shell-expansion.ts';
import type { Redirect } from './shell-syntax.ts';

/** What `cp` and its like leave behind; a source that is a folder's content is copied file by file. */
export function copyFile(words: readonly string[], files: ContainerFiles): void {
  const [from, to, ...more] = words.filter((word) => !word.startsWith('-'));
  if (from === undefined || to === undefined || more.length > 0 || !isSeen(from) || !isSeen(to)) return;
  const target = to.endsWith('/') || files.list(to).length > 0 ? `${to}/${baseName(from)}` : to;
  const found = files.list(from.replace(/\/[*.]$/, ''));
  if (/\/[*.]$/.test(from)) for (const path of found) files.write(`${to}/${baseName(path)}`, files.read(path));
  else if (files.exists(from) !== false) files.write(target, files.read(from));
}

/** What an editor leaves of the files that it is given is not known. */
export function loseFiles(words: readonly string[], files: ContainerFiles): void {
  for (const word of words) {
    const path = word.replace(/^of=/, '');
    if (!path.startsWith('-') && isSeen(path) && files.read(path) !== undefined) files.write(path, undefined);
  }
}

/** `cat > file <<EOF`, `echo … >> file`; what any other command writes is not known. */
export function redirectOutput(program: string, words: readonly string[], redirects: readonly Redirect[], source: Source, files: ContainerFiles, expansion: ShellExpansion): void {
  const output = redirects.find(({ operator }) => operator === '>' || operator === '>>');
  const path = output === undefined ? (program === 'tee' ? words.find((word) => !word.startsWith('-')) : undefined) : expansion.expand(output.word, source)[0]?.text;
  if (path === undefined || !isSeen(path) || path.startsWith('/dev/')) return;
  const appends = output?.operator === '>>' || words.includes('-a');
  const written = outputOf(program, words, redirects, source, files, expansion);
  const text = written === undefined || written.length > LONGEST_VALUE * 64 ? undefined : written;
  const empty: ReadableFile = { text: '', sourceOf: () => source };
  const before = appends && files.exists(path) !== false ? files.read(path) : empty;
  if (text === undefined || before === undefined) {
    files.write(path, undefined);
    return;
  }
  const lines = before.text === '' ? 0 : before.text.split('\n').length - 1;
  files.write(path, { text: before.text + text, sourceOf: (line) => (line <= lines ? before.sourceOf(line) : source) });
}

function outputOf(program: string, words: readonly string[], redirects: readonly Redirect[], source: Source, files: ContainerFiles, expansion: ShellExpansion): string | undefined {
  const input = redirects.find(({ operator }) => operator === '<<' || operator === '<<<' || operator === '<');
  const text = input === undefined || input.operator === '<' ? undefined : input.word.map((part) => expansion.value(part)).join('');
  switch (program) {
    case 'cat':
    case 'tee':
      if (text !== undefined) return text;
      return words.length === 1 ? files.read(words[0] ?? '')?.text : undefined;
    case 'echo': {
      const isLine = words[0] !== '-n';
      const shown = words.filter((word, index) => index > 0 || !/^-[neE]+$/.test(word)).join(' ');
      return (words[0] === '-e' ? shown.replaceAll('\\n', '\n') : shown) + (isLine ? '\n' : '');
    }
    case 'printf': {
      let next = 1;
      const format = (words[0] ?? '').replaceAll('\\n', '\n').replaceAll('\\t', '\t');
      return format.replaceAll(/%[sdq]/g, () => words[next++] ?? '');
    }
    case 'envsubst': {
      const path = input?.operator === '<' ? expansion.expand(input.word, source)[0]?.text : undefined;
      const template = path === undefined ? text : files.read(path)?.text;
      return template?.replaceAll(/\$(?:\{(\w+)\}|([A-Za-z_]\w*))/g, (_, braced: string | undefined, plain: string | undefined) =>
        expansion.variable(braced ?? plain ?? '', '', []),
      );
    }
    default:
      return undefined;
  }
}
