import { isSeen } from '../connections/text.ts';
import { baseName, type ContainerFiles, type ReadableFile } from './container-files.ts';
import type { Source } from './known.ts';
import type { Pool } from './pool.ts';
import { parseShell, type Redirect, type ShellNode, type ShellWord, type WordPart } from './shell-syntax.ts';
import { decideTest } from './shell-tests.ts';

/** A word of a command line, with the input that holds it. */
export interface Word {
  readonly text: string;
  readonly source: Source;
  /** Any number of words may stand here: for certain, or perhaps, as a variable without quotes is split. */
  readonly isOpen?: 'surely' | 'perhaps' | undefined;
}

/** A server's command line as a container, or a script in it, would start it. */
export interface Launch {
  readonly program: string;
  /** Without the program itself. */
  readonly words: readonly Word[];
  readonly environment: ReadonlyMap<string, string>;
  readonly files: ContainerFiles;
}

export interface ShellWorld {
  readonly pool: Pool;
  readonly isEnvironmentComplete: boolean;
  /** Whether a program is the server, or the image's own entry point, which starts it. */
  isServer(program: string): boolean;
}

type ListItem = Pick<Word, 'text' | 'isOpen'>;

/** What a shell has at hand while it runs. */
interface State {
  /** Undefined once a variable was unset. */
  variables: Map<string, string | undefined>;
  lists: Map<string, readonly ListItem[]>;
  files: ContainerFiles;
  /** Nothing that follows runs: an `exec` or an `exit` went before. */
  hasEnded: boolean;
}

const WRAPPERS = new Set([
  'exec',
  'command',
  'nohup',
  'time',
  'gosu',
  'su-exec',
  'setpriv',
  'sudo',
  'runuser',
  'tini',
  'dumb-init',
  'catatonit',
  'chpst',
  'stdbuf',
  'nice',
  'ionice',
  'numactl',
  'timeout',
  'env',
  's6-setuidgid',
  'chroot',
  'docker-init',
  'eval',
  'su',
]);
const SHELLS = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'busybox']);
const DECLARING = new Set(['export', 'declare', 'local', 'readonly', 'typeset']);
const DEEPEST_NESTING = 8;
const MOST_LAUNCHES = 32;
/** Conditions that are tried both ways; of later ones, both branches are followed and what they change is not known. */
const MOST_CHOICES = 5;
/** Longer than any setting; without it, a few lines that double a text fill any memory. */
const LONGEST_VALUE = 16_384;
const LONGEST_LIST = 500;
/** How much script may be run, in characters: scripts that run each other many times over have an end. */
const BUDGET = 500_000;

/**
 * Follows a command line through shells, wrappers and scripts that are part of the scan to the servers that it starts. Branches
 * whose condition is not known are both followed: several launches may come of it, of which one will happen.
 */
export function followCommand(words: readonly Word[], environment: ReadonlyMap<string, string>, files: ContainerFiles, world: ShellWorld): Launch[] {
  const launches: Launch[] = [];
  // Each run decides the conditions that nobody knows in another way: first all of them hold, in the end none.
  const choices: boolean[] = [];
  do {
    const run = new ShellRun(world, environment, files.copy(), choices);
    run.command(words, 0);
    launches.push(...run.launches);
    while (choices.at(-1) === false) choices.pop();
    if (choices.length > 0) choices[choices.length - 1] = false;
  } while (choices.length > 0 && launches.length < MOST_LAUNCHES);
  return launches;
}

/** Runs a script for what it does to the files, which are changed. */
export function runScript(path: string, environment: ReadonlyMap<string, string>, files: ContainerFiles, world: ShellWorld): void {
  const run = new ShellRun(world, environment, files);
  run.command(
    [
      { text: 'sh', source: { input: 'default', of: 'the image' } },
      { text: path, source: { input: 'default', of: 'the image' } },
    ],
    0,
  );
  files.become(run.files);
}

class ShellRun {
  readonly launches: Launch[] = [];
  readonly #world: ShellWorld;
  #state: State;
  #positional: readonly Word[] = [];
  #budget = BUDGET;
  #choice = 0;
  readonly #choices: boolean[] | undefined;
  readonly #mayBeEmpty = (text: string): boolean => this.#world.pool.mayBeEmpty(text);
  #source: (line: number) => Source = () => ({ input: 'default', of: 'the shell' });

  constructor(world: ShellWorld, environment: ReadonlyMap<string, string>, files: ContainerFiles, choices?: boolean[]) {
    this.#world = world;
    this.#choices = choices;
    this.#state = { variables: new Map(environment), lists: new Map(), files, hasEnded: false };
  }

  get files(): ContainerFiles {
    return this.#state.files;
  }

  /** Runs a command whose words are expanded already. */
  command(words: readonly Word[], depth: number): void {
    const [first, ...rest] = words;
    if (first === undefined || depth > DEEPEST_NESTING) return;
    const program = baseName(first.text);
    if (this.#world.isServer(first.text)) {
      this.#launch(first.text, rest);
    } else if (SHELLS.has(program)) {
      this.#shell(rest, depth);
    } else if (WRAPPERS.has(program)) {
      this.#wrapped(program, rest, depth);
    } else if (this.#state.files.read(first.text) !== undefined) {
      this.#script(first, rest, depth);
    }
  }

  #launch(program: string, words: readonly Word[]): void {
    if (this.launches.length >= MOST_LAUNCHES) return;
    const environment = new Map<string, string>();
    for (const [name, value] of this.#state.variables) if (value !== undefined) environment.set(name, value);
    this.launches.push({ program, words, environment, files: this.#state.files.copy() });
    this.#state.hasEnded = true;
  }

  #shell(words: readonly Word[], depth: number): void {
    const at = words.findIndex(({ text }) => !/^[-+]/.test(text) && !/^(?:sh|pipefail|errexit|nounset|xtrace)$/.test(text));
    const script = words[at];
    if (script === undefined) return;
    if (words.slice(0, at).some(({ text }) => /^-[a-z]*c[a-z]*$/.test(text))) {
      // The word after the script is `$0`.
      this.#run(script.text, () => script.source, words.slice(at + 2), depth);
    } else this.#script(script, words.slice(at + 1), depth);
  }

  #script(script: Word, words: readonly Word[], depth: number): void {
    const file = this.#state.files.read(script.text);
    if (file !== undefined) this.#run(file.text, (line) => file.sourceOf(line), words, depth);
  }

  #run(text: string, source: (line: number) => Source, positional: readonly Word[], depth: number): void {
    this.#budget -= text.length + 100;
    const node = this.#budget < 0 ? undefined : parseShell(text);
    if (node === undefined) return;
    const before = { source: this.#source, positional: this.#positional };
    this.#source = source;
    this.#positional = positional;
    this.#execute(node, depth + 1);
    this.#source = before.source;
    this.#positional = before.positional;
  }

  #wrapped(program: string, words: readonly Word[], depth: number): void {
    if (program === 'eval') {
      this.#run(words.map(({ text }) => text).join(' '), () => words[0]?.source ?? this.#source(1), this.#positional, depth);
      return;
    }
    for (const { text } of words) {
      const assignment = program === 'env' ? /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(text) : null;
      if (assignment !== null) this.#state.variables.set(assignment[1] ?? '', assignment[2]);
    }
    const script = program === 'su' || program === 'runuser' ? words.findIndex(({ text }) => text === '-c') : -1;
    if (script !== -1) {
      const word = words[script + 1];
      if (word !== undefined) this.#run(word.text, () => word.source, [], depth);
      return;
    }
    const at = words.findIndex(({ text }) => this.#isProgram(text));
    if (at !== -1) this.command(words.slice(at), depth + 1);
    if (program === 'exec' && words.length > 0) this.#state.hasEnded = true;
  }

  #isProgram(text: string): boolean {
    return this.#world.isServer(text) || SHELLS.has(baseName(text)) || WRAPPERS.has(baseName(text)) || this.#state.files.read(text) !== undefined;
  }

  /** Undefined where nothing tells whether it succeeds. */
  #execute(node: ShellNode, depth: number): boolean | undefined {
    if (this.#state.hasEnded || depth > 200) return undefined;
    switch (node.type) {
      case 'command':
        return this.#simple(node.words, node.redirects, node.line, depth);
      case 'list':
        return this.#list(node.items, depth);
      case 'if':
        return this.#if(node.branches, node.otherwise, depth);
      case 'not': {
        const status = this.#execute(node.node, depth + 1);
        return status === undefined ? undefined : !status;
      }
      case 'loop':
        return this.#perhaps(() => this.#execute(node.body, depth));
      case 'case':
        for (const branch of node.branches) this.#perhaps(() => this.#execute(branch, depth));
        return undefined;
      case 'function':
        return true;
    }
  }

  #list(items: Extract<ShellNode, { type: 'list' }>['items'], depth: number): boolean | undefined {
    let status: boolean | undefined = true;
    for (const { node, after } of items) {
      if (this.#state.hasEnded) return status;
      if (after === '&&' || after === '||') {
        const isDue = status === undefined ? undefined : after === '&&' ? status : !status;
        if (isDue === true) status = this.#execute(node, depth);
        else if (isDue === undefined) {
          this.#perhaps(() => this.#execute(node, depth));
          status = undefined;
        }
      } else status = this.#execute(node, depth);
    }
    return status;
  }

  #if(branches: Extract<ShellNode, { type: 'if' }>['branches'], otherwise: ShellNode | undefined, depth: number): boolean | undefined {
    const [branch, ...rest] = branches;
    if (branch === undefined) return otherwise === undefined ? true : this.#execute(otherwise, depth);
    const isDue = this.#execute(branch.condition, depth) ?? this.#choose();
    if (isDue === true) return this.#execute(branch.body, depth);
    if (isDue === false) return this.#if(rest, otherwise, depth);
    const before = copyState(this.#state);
    this.#execute(branch.body, depth);
    const after = this.#state;
    this.#state = before;
    this.#if(rest, otherwise, depth);
    this.#state = this.#join(after, this.#state);
    return undefined;
  }

  /** How this run decides a condition that is not known; undefined where it does not. */
  #choose(): boolean | undefined {
    if (this.#choices === undefined || this.#choice >= MOST_CHOICES) return undefined;
    if (this.#choice === this.#choices.length) this.#choices.push(true);
    return this.#choices[this.#choice++];
  }

  /** Runs what may or may not run: what it changes is not known afterwards. */
  #perhaps(run: () => unknown): undefined {
    const before = copyState(this.#state);
    run();
    this.#state = this.#join(this.#state, before);
  }

  #join(left: State, right: State): State {
    if (left.hasEnded) return right;
    if (right.hasEnded) return left;
    for (const [name, value] of right.variables) if (!left.variables.has(name)) left.variables.set(name, this.#either(name, undefined, value));
    for (const [name, value] of left.variables) left.variables.set(name, this.#either(name, value, right.variables.get(name)));
    for (const name of new Set([...left.lists.keys(), ...right.lists.keys()])) {
      const [ours, theirs] = [left.lists.get(name) ?? [], right.lists.get(name) ?? []];
      if (ours === theirs) continue;
      const differs = ours.findIndex((item, index) => item.text !== theirs[index]?.text);
      const common = ours.slice(0, differs === -1 ? ours.length : differs);
      left.lists.set(name, [...common, { text: this.#world.pool.unknown(name, UNDECIDED, true), isOpen: 'surely' }]);
    }
    left.files.keepCommon(right.files);
    return left;
  }

  #either(name: string, left: string | undefined, right: string | undefined): string | undefined {
    return left === right ? left : this.#world.pool.unknown(name, UNDECIDED, true);
  }

  #simple(words: readonly ShellWord[], redirects: readonly Redirect[], line: number, depth: number): boolean | undefined {
    let from = 0;
    for (; from < words.length; from++) if (!this.#assign(words[from] ?? [])) break;
    const source = this.#source(line);
    const expanded = words.slice(from).flatMap((word) => this.#expand(word, source));
    const [first, ...rest] = expanded.map(({ text }) => text);
    if (first === undefined) return true;
    const program = baseName(first);
    if (DECLARING.has(first)) {
      for (const word of words.slice(from + 1)) this.#assign(word);
      return true;
    }
    this.#redirectOutput(program, rest, redirects, source);
    switch (program) {
      case '[':
        return decideTest(rest.slice(0, -1), this.#state.files, this.#mayBeEmpty);
      case '[[':
        return decideTest(rest.at(-1) === ']]' ? rest.slice(0, -1) : rest, this.#state.files, this.#mayBeEmpty);
      case 'test':
        return decideTest(rest, this.#state.files, this.#mayBeEmpty);
      case 'false':
        return false;
      case 'exit':
      case 'return':
        this.#state.hasEnded = true;
        return undefined;
      case 'unset':
        for (const name of rest) this.#state.variables.set(name, undefined);
        return true;
      case 'shift':
        this.#positional = this.#positional.slice(Number(rest[0] ?? '1') || 1);
        return true;
      case 'set':
        if (rest[0] === '--') this.#positional = expanded.slice(2);
        return true;
      case '.':
      case 'source': {
        const [script] = expanded.slice(1);
        if (script !== undefined) this.#script(script, this.#positional, depth);
        return true;
      }
      case 'cp':
      case 'mv':
      case 'ln':
      case 'install':
        this.#copyFile(rest);
        return true;
      case 'sed':
        if (rest.some((word) => /^-[a-zA-Z]*i|^--in-place/.test(word))) this.#state.files.write(rest.at(-1) ?? '', undefined);
        return true;
    }
    this.command(expanded, depth);
    return program === 'grep' || program === 'redis-cli' || program === 'valkey-cli' || program === 'pg_isready' ? undefined : true;
  }

  /** `NAME=value`, `NAME+=value` or `NAME=(…)`; false where a word is none of them. */
  #assign(word: ShellWord): boolean {
    const [head, ...tail] = word;
    const match = head?.type === 'text' && !head.isQuoted ? /^([A-Za-z_]\w*)(\+?)=([\s\S]*)$/.exec(head.text) : null;
    if (match === null || head === undefined) return false;
    const [, name = '', plus = '', start = ''] = match;
    const array = tail[0];
    if (array?.type === 'array') {
      const words = array.words.flatMap((item) => this.#expand(item, this.#source(1)).map(({ text, isOpen }): ListItem => ({ text, isOpen })));
      this.#state.lists.set(name, [...(plus === '' ? [] : (this.#state.lists.get(name) ?? [])), ...words].slice(0, LONGEST_LIST));
      return true;
    }
    const value = start + tail.map((part) => this.#value(part)).join('');
    this.#state.variables.set(name, this.#bounded((plus === '' ? '' : (this.#state.variables.get(name) ?? '')) + value));
    return true;
  }

  #bounded(text: string): string {
    return text.length > LONGEST_VALUE ? this.#world.pool.unknown('…', 'it is longer than a value may be') : text;
  }

  #expand(word: ShellWord, source: Source): Word[] {
    const words: Word[] = [];
    let text = '';
    let isWord = false;
    const end = () => {
      if (isWord) words.push({ text, source });
      text = '';
      isWord = false;
    };
    for (const part of word) {
      if (part.type === 'list') {
        const items = part.name === '@' ? this.#positional : (this.#state.lists.get(part.name) ?? []).map((item): Word => ({ ...item, source }));
        for (const [index, item] of items.entries()) {
          if (index > 0) end();
          text += item.text;
          isWord = true;
          // A word that is passed on keeps the place where it was written.
          if (word.length === 1) {
            words.push(item);
            text = '';
            isWord = false;
          }
        }
        continue;
      }
      const value = this.#value(part);
      if (part.type === 'text' || part.type === 'array' || part.isQuoted) {
        text += value;
        isWord = true;
        continue;
      }
      if (word.length === 1 && value.length === 1 && !isSeen(value)) {
        words.push({ text: value, source, isOpen: 'perhaps' });
        continue;
      }
      const pieces = value.split(/[ \t\n]+/);
      for (const [index, piece] of pieces.entries()) {
        if (index > 0) end();
        text += piece;
        if (piece !== '') isWord = true;
      }
    }
    end();
    return words;
  }

  #value(part: WordPart): string {
    switch (part.type) {
      case 'text':
        return part.text;
      case 'array':
        return '';
      case 'list':
        return (part.name === '@' ? this.#positional : (this.#state.lists.get(part.name) ?? [])).map(({ text }) => text).join(' ');
      case 'substitution':
        return this.#substitute(part.script);
      case 'variable':
        return this.#variable(part.name, part.operator, part.operand);
    }
  }

  #variable(name: string, operator: string, operand: ShellWord): string {
    const isDigit = /^[1-9]$/.test(name);
    const list = this.#state.lists.get(name);
    const value = isDigit ? this.#positional[Number(name) - 1]?.text : (this.#state.variables.get(name) ?? list?.[0]?.text);
    if (operator === '~') return value === '' ? '' : this.#world.pool.unknown(name, `the script changes the value of ${name}`, true);
    const isUnset = value === undefined || (operator.startsWith(':') && value === '');
    const fallback = () => operand.map((part) => this.#value(part)).join('');
    if (operator.endsWith('+')) return isUnset ? '' : fallback();
    if (value === undefined && !isDigit && !this.#state.variables.has(name) && !this.#world.isEnvironmentComplete)
      return this.#world.pool.unknown(name, `${name} may be set by variables that are not part of the scan`, true);
    if (isUnset && /[-=]$/.test(operator)) {
      const text = fallback();
      if (operator.endsWith('=')) this.#state.variables.set(name, text);
      return text;
    }
    return value ?? '';
  }

  #substitute(script: string): string {
    const path = /^\s*(?:<|cat\s)\s*([^\s|;&]+)\s*$/.exec(script)?.[1];
    const parsed = path === undefined ? undefined : parseShell(`: ${path}`);
    const node = parsed?.type === 'list' ? parsed.items[0]?.node : parsed;
    const word = node?.type === 'command' ? node.words[1] : undefined;
    if (word === undefined) return this.#world.pool.unknown('$(…)', 'a command of the start script makes it', true);
    const name = this.#expand(word, this.#source(1))[0]?.text ?? '';
    const text = isSeen(name) ? this.#state.files.read(name)?.text : undefined;
    return text === undefined ? this.#world.pool.unknown(baseName(name), `the file ${isSeen(name) ? name : ''} is not part of the scan`) : this.#bounded(text.replace(/\n+$/, ''));
  }

  #copyFile(words: readonly string[]): void {
    const [from, to, ...more] = words.filter((word) => !word.startsWith('-'));
    if (from === undefined || to === undefined || more.length > 0 || !isSeen(from) || !isSeen(to)) return;
    const { files } = this.#state;
    const target = to.endsWith('/') || files.list(to).length > 0 ? `${to}/${baseName(from)}` : to;
    const found = files.list(from.replace(/\/[*.]$/, ''));
    if (/\/[*.]$/.test(from)) for (const path of found) files.write(`${to}/${baseName(path)}`, files.read(path));
    else if (files.exists(from) !== false) files.write(target, files.read(from));
  }

  /** `cat > file <<EOF`, `echo … >> file`; what any other command writes is not known. */
  #redirectOutput(program: string, words: readonly string[], redirects: readonly Redirect[], source: Source): void {
    const output = redirects.find(({ operator }) => operator === '>' || operator === '>>');
    const path = output === undefined ? (program === 'tee' ? words.find((word) => !word.startsWith('-')) : undefined) : this.#expand(output.word, source)[0]?.text;
    if (path === undefined || !isSeen(path) || path.startsWith('/dev/')) return;
    const appends = output?.operator === '>>' || words.includes('-a');
    const written = this.#outputOf(program, words, redirects, source);
    const text = written === undefined || written.length > LONGEST_VALUE * 64 ? undefined : written;
    const before: ReadableFile | undefined = appends ? this.#state.files.read(path) : { text: '', sourceOf: () => source };
    if (text === undefined || before === undefined) {
      this.#state.files.write(path, undefined);
      return;
    }
    const lines = before.text === '' ? 0 : before.text.split('\n').length - 1;
    this.#state.files.write(path, { text: before.text + text, sourceOf: (line) => (line <= lines ? before.sourceOf(line) : source) });
  }

  #outputOf(program: string, words: readonly string[], redirects: readonly Redirect[], source: Source): string | undefined {
    const input = redirects.find(({ operator }) => operator === '<<' || operator === '<<<' || operator === '<');
    const text = input === undefined || input.operator === '<' ? undefined : input.word.map((part) => this.#value(part)).join('');
    switch (program) {
      case 'cat':
      case 'tee':
        if (text !== undefined) return text;
        return words.length === 1 ? this.#state.files.read(words[0] ?? '')?.text : undefined;
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
        const path = input?.operator === '<' ? this.#expand(input.word, source)[0]?.text : undefined;
        const template = path === undefined ? text : this.#state.files.read(path)?.text;
        return template?.replaceAll(/\$(?:\{(\w+)\}|([A-Za-z_]\w*))/g, (_, braced: string | undefined, plain: string | undefined) => this.#variable(braced ?? plain ?? '', '', []));
      }
      default:
        return undefined;
    }
  }
}

const UNDECIDED = 'it depends on a condition of the start script';

function copyState({ variables, lists, files, hasEnded }: State): State {
  return { variables: new Map(variables), lists: new Map(lists), files: files.copy(), hasEnded };
}
