import { Optional } from '@marcbachmann/cel-js';
import type { FactType } from '../model/vocabulary.ts';
import type { KubeVersion } from './kube-version.ts';
import type { Tree } from './tree.ts';

/** The variables of a sentence by name, and below each its facts. */
export type Variables = Readonly<Record<string, unknown>>;

/** What a part of a sentence comes to; undefined where a fact that decides is absent. */
export type Closure = (variables: Variables) => unknown;

/** What the names in a sentence mean. */
export interface Names {
  typeOf(variable: string, fact: string): FactType | undefined;
  readonly kubeVersion: KubeVersion;
}

type Scalar = 'bool' | 'int' | 'string';
type TermType = FactType | 'list<?>' | 'optional<string>' | 'KubeVersion';

interface Term {
  readonly type: TermType;
  readonly read: Closure;
  /** Whether it is the same for every subject: it is then worked out once. */
  readonly isConstant: boolean;
}

/**
 * Makes functions of a sentence's tree: the same answers as the rule library's own evaluation, in less than half its time, and no
 * exception for an absent fact. Undefined where types meet that no built-in sentence brings together; the library then judges.
 * `test/policy/closure.test.ts` holds the two against each other.
 */
export function closureOf(tree: Tree, names: Names): Closure | undefined {
  return termOf(tree, names, NO_LOOPS)?.read;
}

/** The elements that loops around a part of a sentence are at, by the name that the loop gives them. */
type Loops = ReadonlyMap<string, Loop>;

const NO_LOOPS: Loops = new Map();

function termOf(tree: Tree, names: Names, loops: Loops): Term | undefined {
  const sub = (child: Tree): Term | undefined => termOf(child, names, loops);
  switch (tree[0]) {
    case 'bool':
    case 'string':
      return literal(tree[0], tree[1]);
    case 'int':
      return literal('int', BigInt(tree[1]));
    case 'name': {
      const loop = loops.get(tree[1]);
      if (loop !== undefined) return { type: loop.type, isConstant: false, read: () => loop.element };
      return tree[1] === 'kubeVersion' ? { type: 'KubeVersion', isConstant: true, read: () => names.kubeVersion } : undefined;
    }
    case 'fact':
      return factTerm(tree[1], tree[2], names, loops);
    case '!':
      return unary(sub(tree[1]));
    case '&&':
    case '||':
      return logical(sub(tree[1]), sub(tree[2]), tree[0] === '||');
    case '==':
    case '!=':
      return equality(sub(tree[1]), sub(tree[2]), tree[0] === '==');
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparison(sub(tree[1]), sub(tree[2]), tree[0]);
    case 'in':
      return membership(sub(tree[1]), sub(tree[2]));
    case '+':
      return joined(sub(tree[1]), sub(tree[2]));
    case '-':
      return difference(sub(tree[1]), sub(tree[2]));
    case '[]':
      return element(sub(tree[1]), sub(tree[2]));
    case '?:':
      return choice(sub(tree[1]), sub(tree[2]), sub(tree[3]));
    case 'list':
      return listTerm(tree[1].map(sub));
    case 'all':
    case 'exists':
    case 'filter':
      return loopTerm(tree, sub(tree[1]), names, loops);
    case 'text':
      return textTerm(sub(tree[1]));
    case 'call':
      return method(tree[1], sub(tree[2]), tree[3].map(sub));
  }
}

function literal(type: Scalar, value: unknown): Term {
  return { type, isConstant: true, read: () => value };
}

function factTerm(variable: string, fact: string, names: Names, loops: Loops): Term | undefined {
  if (loops.has(variable)) return undefined;
  if (variable === 'kubeVersion') return fact === 'major' || fact === 'minor' ? literal('int', names.kubeVersion[fact]) : undefined;
  const type = names.typeOf(variable, fact);
  if (type === undefined) return undefined;
  const isOfType = TYPES[type];
  return {
    type,
    isConstant: false,
    read: (variables) => {
      const value = (variables[variable] as Variables | undefined)?.[fact];
      // A derivation that breaks its word: nobody must take it for something that is not known.
      if (value !== undefined && !isOfType(value)) throw new TypeError(`the fact ${variable}.${fact} is not of type ${type}`);
      return value;
    },
  };
}

const TYPES: Readonly<Record<FactType, (value: unknown) => boolean>> = {
  bool: (value) => typeof value === 'boolean',
  int: (value) => typeof value === 'bigint',
  string: (value) => typeof value === 'string',
  'list<string>': Array.isArray,
  'list<int>': Array.isArray,
  'optional<int>': (value) => value instanceof Optional,
  'optional<bool>': (value) => value instanceof Optional,
};

function unary(side: Term | undefined): Term | undefined {
  if (side?.type !== 'bool') return undefined;
  const { read } = side;
  return folded('bool', [side], (variables) => {
    const value = read(variables);
    return value === undefined ? undefined : value !== true;
  });
}

/** What is absent on one side does not matter where the other side decides. */
function logical(left: Term | undefined, right: Term | undefined, decisive: boolean): Term | undefined {
  if (left?.type !== 'bool' || right?.type !== 'bool') return undefined;
  const readLeft = left.read;
  const readRight = right.read;
  return folded('bool', [left, right], (variables) => {
    const first = readLeft(variables);
    if (first === decisive) return decisive;
    const second = readRight(variables);
    return second === decisive || first !== undefined ? second : undefined;
  });
}

function equality(left: Term | undefined, right: Term | undefined, isEqual: boolean): Term | undefined {
  if (left === undefined || right === undefined || left.type !== right.type || !isScalar(left.type)) return undefined;
  const readLeft = left.read;
  const readRight = right.read;
  return folded('bool', [left, right], (variables) => {
    const first = readLeft(variables);
    if (first === undefined) return undefined;
    const second = readRight(variables);
    return second === undefined ? undefined : (first === second) === isEqual;
  });
}

function comparison(left: Term | undefined, right: Term | undefined, sign: '<' | '<=' | '>' | '>='): Term | undefined {
  if (left?.type !== 'int' || right?.type !== 'int') return undefined;
  const readLeft = left.read as (variables: Variables) => bigint | undefined;
  const readRight = right.read as (variables: Variables) => bigint | undefined;
  return folded('bool', [left, right], (variables) => {
    const first = readLeft(variables);
    const second = readRight(variables);
    if (first === undefined || second === undefined) return undefined;
    return sign === '<' ? first < second : sign === '<=' ? first <= second : sign === '>' ? first > second : first >= second;
  });
}

function membership(item: Term | undefined, list: Term | undefined): Term | undefined {
  if (item === undefined || list === undefined || !isScalar(item.type) || !(list.type === `list<${item.type}>` || list.type === 'list<?>')) return undefined;
  const readItem = item.read;
  const readList = list.read as (variables: Variables) => readonly unknown[] | undefined;
  return folded('bool', [item, list], (variables) => {
    const value = readItem(variables);
    const members = readList(variables);
    return value === undefined || members === undefined ? undefined : members.includes(value);
  });
}

function joined(left: Term | undefined, right: Term | undefined): Term | undefined {
  const type = left === undefined || right === undefined ? undefined : unified(left.type, right.type);
  if (left === undefined || right === undefined || type === undefined || !(type === 'string' || isList(type))) return undefined;
  return folded(type, [left, right], (variables) => {
    const first = left.read(variables);
    const second = right.read(variables);
    if (first === undefined || second === undefined) return undefined;
    return type === 'string' ? (first as string) + (second as string) : [...(first as readonly unknown[]), ...(second as readonly unknown[])];
  });
}

/** What 64 bits do not hold is an error, and no answer. */
function difference(left: Term | undefined, right: Term | undefined): Term | undefined {
  if (left?.type !== 'int' || right?.type !== 'int') return undefined;
  const readLeft = left.read as (variables: Variables) => bigint | undefined;
  const readRight = right.read as (variables: Variables) => bigint | undefined;
  return folded('int', [left, right], (variables) => {
    const first = readLeft(variables);
    const second = readRight(variables);
    if (first === undefined || second === undefined) return undefined;
    const value = first - second;
    return BigInt.asIntN(64, value) === value ? value : undefined;
  });
}

/** Beyond a list's end there is nothing. */
function element(list: Term | undefined, index: Term | undefined): Term | undefined {
  const type = list === undefined ? undefined : elementType(list.type);
  if (list === undefined || type === undefined || index?.type !== 'int') return undefined;
  return folded(type, [list, index], (variables) => {
    const elements = list.read(variables) as readonly unknown[] | undefined;
    const at = index.read(variables) as bigint | undefined;
    return elements === undefined || at === undefined ? undefined : elements[Number(at)];
  });
}

/** Nothing is known of a list that holds something that is not known. */
function listTerm(items: readonly (Term | undefined)[]): Term | undefined {
  const [first] = items;
  if (first === undefined) return items.length === 0 ? { type: 'list<?>', isConstant: true, read: () => NOTHING } : undefined;
  const known = items.filter((item) => item !== undefined);
  if (!(first.type === 'string' || first.type === 'int') || known.length < items.length || !known.every(({ type }) => type === first.type)) return undefined;
  return folded(`list<${first.type}>`, known, (variables) => {
    const values = known.map(({ read }) => read(variables));
    return values.includes(undefined) ? undefined : values;
  });
}

function textTerm(term: Term | undefined): Term | undefined {
  return term?.type === 'int' || term?.type === 'bool' ? ofValue('string', term, String) : undefined;
}

function choice(condition: Term | undefined, yes: Term | undefined, no: Term | undefined): Term | undefined {
  if (condition?.type !== 'bool' || yes === undefined || no === undefined) return undefined;
  const type = unified(yes.type, no.type);
  if (type === undefined) return undefined;
  return folded(type, [condition, yes, no], (variables) => {
    const value = condition.read(variables);
    return value === undefined ? undefined : value === true ? yes.read(variables) : no.read(variables);
  });
}

function method(name: string, receiver: Term | undefined, parameters: readonly (Term | undefined)[]): Term | undefined {
  if (receiver === undefined || parameters.includes(undefined)) return undefined;
  const { read, type } = receiver;
  const [parameter] = parameters as Term[];
  if (parameter === undefined) {
    if (name === 'size' && type === 'string') return ofValue('int', receiver, (text) => intOf([...(text as string)].length));
    if (name === 'size' && (type === 'list<string>' || type === 'list<int>')) return ofValue('int', receiver, (list) => intOf((list as readonly unknown[]).length));
    if (name === 'value' && (type === 'optional<int>' || type === 'optional<bool>')) {
      return ofValue(type === 'optional<int>' ? 'int' : 'bool', receiver, (optional) => ((optional as Optional).hasValue() ? (optional as Optional).value() : undefined));
    }
    return name === 'hasValue' && type.startsWith('optional') ? ofValue('bool', receiver, (optional) => (optional as Optional).hasValue()) : undefined;
  }
  if (parameters.length > 1) return undefined;
  if (name === 'orValue' && type === `optional<${parameter.type}>`) {
    return folded(parameter.type, [receiver, parameter], (variables) => {
      const optional = read(variables) as Optional | undefined;
      return optional === undefined ? undefined : optional.hasValue() ? optional.value() : parameter.read(variables);
    });
  }
  const test = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
  if (test === undefined || type !== 'string' || parameter.type !== 'string') return undefined;
  return folded('bool', [receiver, parameter], (variables) => {
    const text = read(variables) as string | undefined;
    const part = parameter.read(variables) as string | undefined;
    return text === undefined || part === undefined ? undefined : test(text, part);
  });
}

/** Lists are asked for their size a hundred thousand times in a scan, and are short. */
function intOf(size: number): bigint {
  return SIZES[size] ?? BigInt(size);
}

const SIZES = Array.from({ length: 64 }, (_, size) => BigInt(size));

const TESTS: Readonly<Record<string, (text: string, part: string) => boolean>> = {
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};

function loopTerm(
  [name, , variable, condition]: Extract<Tree, readonly ['all' | 'exists' | 'filter', ...unknown[]]>,
  list: Term | undefined,
  names: Names,
  loops: Loops,
): Term | undefined {
  const type = list === undefined ? undefined : elementType(list.type);
  if (list === undefined || type === undefined) return undefined;
  const loop: Loop = { type, element: undefined };
  const test = termOf(condition, names, new Map(loops).set(variable, loop));
  if (test?.type !== 'bool') return undefined;
  return name === 'filter' ? filtered(list, loop, test) : quantified(list, loop, test, name === 'exists');
}

interface Loop {
  readonly type: Scalar;
  element: unknown;
}

/** `all` and `exists`: one element may decide, whatever is absent for the others. */
function quantified(list: Term, loop: Loop, test: Term, decisive: boolean): Term {
  return {
    type: 'bool',
    isConstant: false,
    read: (variables) => {
      const elements = list.read(variables) as readonly unknown[] | undefined;
      if (elements === undefined) return undefined;
      let answer: boolean | undefined = !decisive;
      for (let at = 0; at < elements.length; at++) {
        loop.element = elements[at];
        const value = test.read(variables);
        if (value === decisive) return decisive;
        if (value === undefined) answer = undefined;
      }
      return answer;
    },
  };
}

function filtered(list: Term, loop: Loop, test: Term): Term {
  return {
    type: list.type,
    isConstant: false,
    read: (variables) => {
      const elements = list.read(variables) as readonly unknown[] | undefined;
      if (elements === undefined) return undefined;
      const kept: unknown[] = [];
      for (const element of elements) {
        loop.element = element;
        const value = test.read(variables);
        if (value === undefined) return undefined;
        if (value === true) kept.push(element);
      }
      return kept;
    },
  };
}

function ofValue(type: TermType, term: Term, change: (value: unknown) => unknown): Term {
  const { read } = term;
  return folded(type, [term], (variables) => {
    const value = read(variables);
    return value === undefined ? undefined : change(value);
  });
}

/** Worked out now, if all of it is constant. */
function folded(type: TermType, parts: readonly Term[], read: Closure): Term {
  if (!parts.every(({ isConstant }) => isConstant)) return { type, isConstant: false, read };
  const value = read({});
  return { type, isConstant: true, read: () => value };
}

function isScalar(type: TermType): type is Scalar {
  return type === 'bool' || type === 'int' || type === 'string';
}

function isList(type: TermType): boolean {
  return type.startsWith('list');
}

function elementType(type: TermType): 'string' | 'int' | undefined {
  return type === 'list<string>' ? 'string' : type === 'list<int>' ? 'int' : undefined;
}

/** The empty list is a list of anything. */
function unified(a: TermType, b: TermType): TermType | undefined {
  if (a === b) return a;
  return isList(a) && b === 'list<?>' ? a : isList(b) && a === 'list<?>' ? b : undefined;
}

const NOTHING: readonly never[] = [];
