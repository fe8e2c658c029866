import type { Instruction, Instructions } from './dockerfile-instructions.ts';
import { type Expanded, expandWord, splitWords, type Word } from './dockerfile-words.ts';
import { type Allowance, type Lookup, newAllowance } from './interpolate.ts';

/** Build arguments as `--build-arg` or compose's `args` gives them. */
export type BuildArguments = Readonly<Record<string, string>>;

export interface Stage {
  /** As `AS` gives it, else its number, which `--target` takes as well. */
  readonly name: string;
  readonly isNamed: boolean;
  /** What stands after FROM, arguments filled in. */
  readonly from: string;
  /** Offset of that in the file. */
  readonly offset: number;
  readonly isUnresolved: boolean;
  /** The earlier stage that it builds on. */
  readonly parent: Stage | undefined;
  readonly body: Instruction[];
}

/** What the instructions of a stage and of those that it builds on amount to. `at` are offsets in the file. */
export interface Built {
  readonly user: { readonly name: string; readonly at: number } | undefined;
  readonly env: ReadonlyMap<string, { readonly value: string; readonly at: number }>;
  readonly ports: ReadonlyMap<number, number>;
  readonly healthcheck: { readonly isDefined: boolean; readonly at: number } | undefined;
}

export class DockerfileBuild {
  readonly stages: Stage[] = [];
  readonly #escapeToken: string;
  readonly #given: BuildArguments;
  /** Arguments before the first FROM: for FROM lines, and for stages that declare them again. */
  readonly #global = new Map<string, string | undefined>();
  readonly #allowance: Allowance = newAllowance();

  constructor({ instructions, escapeToken }: Instructions, given: BuildArguments) {
    this.#escapeToken = escapeToken;
    this.#given = given;
    const byName = new Map<string, Stage>();
    for (const instruction of instructions) {
      if (instruction.keyword === 'FROM') {
        const stage = this.#stage(instruction, byName);
        this.stages.push(stage);
        byName.set(stage.name.toLowerCase(), stage);
      } else if (this.stages.length > 0) {
        this.stages.at(-1)?.body.push(instruction);
      } else if (instruction.keyword === 'ARG') {
        this.#declare(instruction, this.#global, (name) => this.#global.get(name));
      }
    }
  }

  /** Follows the stages from the one that names an image up to this one: what they set is inherited. */
  run(last: Stage): Built {
    const chain: Stage[] = [];
    for (let stage: Stage | undefined = last; stage !== undefined; stage = stage.parent) chain.push(stage);
    const run = new Run(this.#escapeToken, this.#allowance, (instruction, args, lookup) => this.#declare(instruction, args, lookup));
    for (const stage of chain.reverse()) for (const instruction of stage.body) run.apply(instruction);
    return run;
  }

  #stage(instruction: Instruction, byName: ReadonlyMap<string, Stage>): Stage {
    const words = splitWords(instruction.text, this.#escapeToken).filter((word) => !word.text.startsWith('--'));
    const [image, as, alias] = words;
    const from = expandWord(image?.text ?? '', this.#escapeToken, (name) => this.#global.get(name), this.#allowance);
    const isNamed = as?.text.toLowerCase() === 'as' && alias !== undefined;
    return {
      name: isNamed ? alias.text : String(this.stages.length),
      isNamed,
      from: from.text,
      offset: instruction.offsetOf(image?.at ?? 0),
      isUnresolved: from.isUnresolved || from.text === '' || /\$\{|\{\{|<%/.test(from.text),
      // Numbers name stages for `--target` and `COPY --from`, not for FROM.
      parent: byName.get(from.text.toLowerCase())?.isNamed === true ? byName.get(from.text.toLowerCase()) : undefined,
      body: [],
    };
  }

  #declare(instruction: Instruction, args: Map<string, string | undefined>, lookup: Lookup): void {
    for (const { name, value } of assignments(instruction, this.#escapeToken)) {
      const given = Object.hasOwn(this.#given, name.text) ? this.#given[name.text] : undefined;
      const fallback = value === undefined ? this.#global.get(name.text) : expandWord(value.text, this.#escapeToken, lookup, this.#allowance).text;
      args.set(name.text, given ?? fallback);
    }
  }
}

class Run implements Built {
  readonly #escapeToken: string;
  readonly #allowance: Allowance;
  readonly #declare: (instruction: Instruction, args: Map<string, string | undefined>, lookup: Lookup) => void;
  readonly #args = new Map<string, string | undefined>();
  /** Every port three times over; more is a range written to keep us busy. */
  #portsLeft = 200_000;
  readonly env = new Map<string, { value: string; at: number }>();
  readonly ports = new Map<number, number>();
  user: { name: string; at: number } | undefined;
  healthcheck: { isDefined: boolean; at: number } | undefined;

  constructor(escapeToken: string, allowance: Allowance, declare: (instruction: Instruction, args: Map<string, string | undefined>, lookup: Lookup) => void) {
    this.#escapeToken = escapeToken;
    this.#allowance = allowance;
    this.#declare = declare;
  }

  apply(instruction: Instruction): void {
    switch (instruction.keyword) {
      case 'ARG':
        this.#declare(instruction, this.#args, (name) => this.#lookup(name));
        break;
      case 'ENV':
        this.#setEnv(instruction);
        break;
      case 'USER':
        if (instruction.text !== '') this.user = { name: this.#expand(instruction.text).text.trim(), at: instruction.offsetOf(0) };
        break;
      case 'EXPOSE':
        for (const word of splitWords(instruction.text, this.#escapeToken)) this.#expose(word, instruction);
        break;
      case 'HEALTHCHECK':
        this.healthcheck = { isDefined: !/^none$/i.test(instruction.text), at: instruction.offset };
        break;
      default:
    }
  }

  /** All values of one ENV see the environment as it was before it. */
  #setEnv(instruction: Instruction): void {
    const set = assignments(instruction, this.#escapeToken).map(({ name, value }) => ({
      name: this.#expand(name.text).text,
      value: this.#expand(value?.text ?? '').text,
      at: instruction.offsetOf(name.at),
    }));
    for (const { name, value, at } of set) this.env.set(name, { value, at });
  }

  #expose(word: Word, instruction: Instruction): void {
    for (const text of this.#expand(word.text).text.split(/\s+/)) {
      const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/[a-z]+)?$/i.exec(text) ?? [];
      for (let port = Number(first); port <= Math.min(Number(last), 65_535) && this.#portsLeft-- > 0; port++) {
        if (port > 0 && !this.ports.has(port)) this.ports.set(port, instruction.offsetOf(word.at));
      }
    }
  }

  #expand(text: string): Expanded {
    return expandWord(text, this.#escapeToken, (name) => this.#lookup(name), this.#allowance);
  }

  /** ENV wins over ARG, wherever they stand. */
  #lookup(name: string): string | undefined {
    return this.env.get(name)?.value ?? this.#args.get(name);
  }
}

/** The names and values of ENV, ARG and LABEL, quotes still on. `ENV NAME the rest` is the old form. */
export function assignments(instruction: Instruction, escapeToken: string): { name: Word; value: Word | undefined }[] {
  const words = splitWords(instruction.text, escapeToken);
  const [first] = words;
  if (first !== undefined && instruction.keyword !== 'ARG' && !first.text.includes('=')) {
    const rest = instruction.text.slice(first.text.length);
    const value = rest.trimStart();
    return value === '' ? [] : [{ name: first, value: { text: value, at: first.text.length + rest.length - value.length } }];
  }
  return words.map(({ text, at }) => {
    const sign = text.indexOf('=');
    if (sign === -1) return { name: { text, at }, value: undefined };
    return { name: { text: text.slice(0, sign), at }, value: { text: text.slice(sign + 1), at: at + sign + 1 } };
  });
}
