import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { library, readCases } from './corpora.ts';
import { type Answer, answer, expectationOf, type PeerCase, topicOf, topics } from './peers.ts';

const COLLECTIONS = [
  'kube-linter',
  'polaris',
  'kics',
  'checkov',
  'trivy-checks',
  'regolibrary',
  'kubeaudit',
  'gatekeeper-library',
  'kube-score',
  'kubesec',
  'kyverno-policies',
] as const;

/** A case in which we say something else than the peer, and who says that we are right. */
interface Disagreement {
  readonly case?: string;
  readonly cases?: readonly string[];
  readonly ours: Answer['outcome'] | 'elsewhere';
  readonly peers: 'pass' | 'fail';
  readonly authority: string;
}

const listed = new Map(
  (JSON.parse(readFileSync(new URL('./disagreements.json', import.meta.url), 'utf8')) as readonly Disagreement[]).flatMap((entry) =>
    [...(entry.cases ?? []), ...(entry.case === undefined ? [] : [entry.case])].map((id) => [id, entry] as const),
  ),
);

interface Tally {
  agreed: number;
  total: number;
  unknown: number;
  listed: number;
  exact: number;
  lines: number;
}

const table = new Map<string, Tally>();

test('topics name policies that exist', () => {
  const known = new Set(library.policies.map(({ id }) => id));
  for (const [topic, { policies, because }] of Object.entries(topics)) {
    expect(policies.length > 0 || because !== undefined, topic).toBe(true);
    for (const id of policies) expect(known, topic).toContain(id);
  }
});

describe.each(COLLECTIONS)('%s', (collection) => {
  const cases = readCases<PeerCase>(collection);

  test.skipIf(cases === undefined)('each case agrees, or is listed with the authority that says why not', async () => {
    expect(await disagreements(collection, cases ?? [])).toEqual([]);
  });
});

afterAll(() => {
  if (table.size > 0) console.log(render());
});

/** Disagreements that are not listed, and listed ones that are none. */
async function disagreements(collection: string, cases: readonly PeerCase[]): Promise<string[]> {
  const wrong: string[] = [];
  const open = new Set([...listed.keys()].filter((id) => id.startsWith(`${collection}:`)));
  for (const item of cases) {
    const topic = topicOf(item);
    const isFault = topic === undefined || topic.policies.length === 0 ? undefined : expectationOf(item, cases);
    if (topic === undefined || isFault === undefined) continue;
    const { outcome, line } = await answer(item, topic);
    const ours = line === 'elsewhere' ? line : outcome;
    const entry = listed.get(item.id);
    const isAgreed = (ours === 'violation') === isFault;
    count(`${collection} ${item.check}`, isAgreed, ours === 'unknown', entry !== undefined, line);
    open.delete(item.id);
    if (isAgreed === (entry === undefined)) {
      if (entry === undefined || (entry.ours === ours && entry.peers === (isFault ? 'fail' : 'pass'))) continue;
      wrong.push(`${item.id}: listed as ${entry.ours} against ${entry.peers}, but it is ${ours} against ${isFault ? 'fail' : 'pass'}`);
    } else {
      wrong.push(`${item.id}: ${isAgreed ? 'listed, but it agrees' : `${ours} against ${isFault ? 'fail' : 'pass'}, and it is not listed`} (${topic.policies.join(', ')})`);
    }
  }
  return [...wrong, ...[...open].map((id) => `${id}: listed, but no such case is compared`)];
}

function count(check: string, isAgreed: boolean, isUnknown: boolean, isListed: boolean, line: Answer['line']): void {
  const tally = table.get(check) ?? { agreed: 0, total: 0, unknown: 0, listed: 0, exact: 0, lines: 0 };
  table.set(check, tally);
  tally.total++;
  if (isAgreed) tally.agreed++;
  if (isUnknown) tally.unknown++;
  if (isListed) tally.listed++;
  if (line !== undefined) tally.lines++;
  if (line === 'exact') tally.exact++;
}

function render(): string {
  const rows = [...table].map(([check, tally]) => row(check, tally));
  const totals = COLLECTIONS.flatMap((collection) => {
    const own = [...table].filter(([check]) => check.startsWith(`${collection} `)).map(([, tally]) => tally);
    const sum = (key: keyof Tally): number => own.reduce((total, tally) => total + tally[key], 0);
    return own.length === 0
      ? []
      : [row(collection, { agreed: sum('agreed'), total: sum('total'), unknown: sum('unknown'), listed: sum('listed'), exact: sum('exact'), lines: sum('lines') })];
  });
  return ['agreement with peers, by check', ...rows, '', 'agreement with peers, by collection', ...totals].join('\n');
}

function row(name: string, { agreed, total, unknown, listed: known, exact, lines }: Tally): string {
  const remarks = [unknown > 0 ? `${unknown} unknown` : '', known > 0 ? `${known} listed` : '', lines > 0 ? `line exact ${exact}/${lines}` : ''].filter((remark) => remark !== '');
  return `${`${agreed}/${total}`.padStart(9)}  ${name}${remarks.length === 0 ? '' : `  (${remarks.join(', ')})`}`;
}
