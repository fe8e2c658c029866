import { posix } from 'node:path';
import type { DeclaredImage, DockerfileImage } from '../model/inventory.ts';
import type { JsonObject } from '../model/json.ts';
import { isPasswordFlag, isSecretValue, namesSecret, secretSpans as spansIn, takesSecret } from '../sensitive.ts';
import { type Instruction, type Instructions, parseInstructions } from './dockerfile-instructions.ts';
import { type Span, TextOrigin } from './dockerfile-origin.ts';
import { assignments, type BuildArguments, type Built, DockerfileBuild, type Stage } from './dockerfile-stages.ts';
import { unquote } from './dockerfile-words.ts';
import { type TextFile, toPointer } from './text-file.ts';

const EXACT_NAME = /^(?:dockerfile|containerfile)$/i;
const SIMILAR_NAME = /^(?:dockerfile|containerfile)[.-]|\.(?:dockerfile|containerfile)$/i;
/** Filled in by a template engine, or not a Dockerfile at all. */
const OTHER_ENDING =
  /\.(?:j2|jinja2?|tmpl|tpl|template|gotmpl|erb|ejs|hbs|mustache|liquid|in|dockerignore|md|txt|json|ya?ml|toml|lock|html|sh|ps1|py|rb|go|rs|js|mjs|cjs|ts|java|php|orig|rej|swp|bak|diff|patch)$/i;
/** Without a template in place of the image. */
const FROM_LINE = /^[ \t]*FROM(?![ \t]*(?:\{\{|<%))(?:[ \t]|$)/im;

export function looksLikeDockerfile(name: string, text: string): boolean {
  const base = posix.basename(name);
  if (EXACT_NAME.test(base)) return true;
  return SIMILAR_NAME.test(base) && !OTHER_ENDING.test(base) && FROM_LINE.test(text);
}

export interface DockerfileOptions {
  /** The stage that is built, by name or number; the last one where it is not given. */
  readonly target?: string | undefined;
  readonly args?: BuildArguments | undefined;
}

/**
 * Reads what a Dockerfile says about the image that its last (or target) stage builds. `stages` ends with that stage: later ones
 * are not built. A base of `scratch` is known to be empty, so that user and health check are then known to be none.
 */
export function readDockerfile(file: TextFile, options: DockerfileOptions = {}): DockerfileImage | { fault: string; line: number } {
  const parsed = parseInstructions(file.text);
  if ('fault' in parsed) return { fault: parsed.fault, line: file.position(parsed.offset).line };
  const build = new DockerfileBuild(parsed, options.args ?? {});
  const { stages } = build;
  if (stages.length === 0) return { fault: 'it has no FROM', line: 1 };
  const last = targetIndex(stages, options.target);
  if (last === -1) return { fault: `it has no stage \`${options.target?.slice(0, 60)}\``, line: file.position(stages.at(-1)?.offset ?? 0).line };
  return describe(file, parsed, build, last);
}

function targetIndex(stages: readonly Stage[], target: string | undefined): number {
  if (target === undefined || target === '') return stages.length - 1;
  const named = stages.findLastIndex((stage) => stage.isNamed && stage.name.toLowerCase() === target.toLowerCase());
  return named === -1 && /^\d{1,6}$/.test(target) && Number(target) < stages.length ? Number(target) : named;
}

function describe(file: TextFile, parsed: Instructions, build: DockerfileBuild, last: number): DockerfileImage {
  const stages = build.stages.slice(0, last + 1);
  const lastStage = stages[last] as Stage;
  const built = build.run(lastStage);
  const declares = declared(stages, built, isFromScratch(lastStage));
  const origin = new TextOrigin(file, placesOf(stages, built), lastStage.offset, () => [...secretSpans(parsed), ...secretsInHeredocs(file.text)]);
  return { type: 'dockerfile', file: file.name, value: toJson(stages, declares), origin, at: [], duplicateKeys: [], declares };
}

function declared(stages: readonly Stage[], built: Built, isScratch: boolean): DeclaredImage {
  const env = Object.create(null) as Record<string, string>;
  for (const [name, { value }] of built.env) env[name] = value;
  const healthcheck = built.healthcheck === undefined ? undefined : built.healthcheck.isDefined ? 'defined' : 'none';
  return {
    stages: stages.map((stage, index) => ({
      name: stage.name,
      base: stage.parent === undefined && !isFromScratch(stage) ? stage.from : undefined,
      unresolved: stage.isUnresolved,
      path: ['stages', index],
    })),
    user: built.user?.name ?? (isScratch ? '' : undefined),
    env,
    exposedPorts: [...built.ports.keys()].map((port, index) => ({ port, path: ['exposedPorts', index] })),
    healthcheck: healthcheck ?? (isScratch ? 'none' : undefined),
  };
}

function isFromScratch(stage: Stage): boolean {
  let first = stage;
  while (first.parent !== undefined) first = first.parent;
  return first.from.toLowerCase() === 'scratch';
}

function toJson(stages: readonly Stage[], declares: DeclaredImage): JsonObject {
  return {
    stages: stages.map((stage) => ({ from: stage.from, as: stage.isNamed ? stage.name : null })),
    user: declares.user ?? null,
    env: declares.env,
    exposedPorts: declares.exposedPorts.map(({ port }) => port),
    healthcheck: declares.healthcheck ?? null,
  };
}

function placesOf(stages: readonly Stage[], built: Built): Map<string, number> {
  const places = new Map<string, number>();
  for (const [index, stage] of stages.entries()) places.set(toPointer(['stages', index]), stage.offset);
  if (built.user !== undefined) places.set('/user', built.user.at);
  for (const [name, { at }] of built.env) places.set(toPointer(['env', name]), at);
  let index = 0;
  for (const at of built.ports.values()) places.set(toPointer(['exposedPorts', index++]), at);
  if (built.healthcheck !== undefined) places.set('/healthcheck', built.healthcheck.at);
  return places;
}

/** Longer ones are looked at line by line. */
const LONGEST_INSTRUCTION = 64 * 1024;

function secretSpans({ instructions, escapeToken }: Instructions): Span[] {
  const spans: Span[] = [];
  for (const instruction of instructions) {
    if (instruction.text.length <= LONGEST_INSTRUCTION) {
      for (const { from, to } of [...spansIn(instruction.text), ...secretsInList(instruction)])
        spans.push({ from: instruction.offsetOf(from), to: instruction.offsetOf(to - 1) + 1 });
    }
    if (!/^(?:ENV|ARG|LABEL)$/.test(instruction.keyword)) continue;
    for (const { name, value } of assignments(instruction, escapeToken)) {
      if (value === undefined || value.text === '') continue;
      const plain = unquote(value.text, escapeToken);
      const isSecret = (namesSecret(name.text) && isSecretValue(plain)) || spansIn(plain).length > 0;
      if (isSecret) spans.push({ from: instruction.offsetOf(value.at), to: instruction.offsetOf(value.at + value.text.length - 1) + 1 });
    }
  }
  return spans;
}

/** What a heredoc holds is no instruction, and its lines may be continued, too. */
function secretsInHeredocs(text: string): readonly Span[] {
  return text.includes('<<') && text.length <= LONGEST_INSTRUCTION ? spansIn(text) : [];
}

/** `["redis-cli", "-a", "hunter2"]`: a flag of one letter means what its program makes of it. */
function secretsInList({ text }: Instruction): Span[] {
  const list = text.indexOf('[');
  if (list === -1 || !text.endsWith(']')) return [];
  const words = [...text.slice(list).matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => ({ word: match[1] ?? '', from: list + match.index + 1 }));
  const programs = words.slice(0, 3).map(({ word }) => word);
  return words.flatMap(({ word, from }, index) => {
    const isSecret = isPasswordFlag(word, programs) || (takesSecret(words[index - 1]?.word ?? '', programs) && isSecretValue(word));
    return isSecret ? [{ from, to: from + word.length }] : [];
  });
}
