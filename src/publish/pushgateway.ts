import type { Report } from '../model/report.ts';
import { renderProm } from '../report/prom.ts';
import { PublishError } from './kube-objects.ts';
import type { PushgatewayTarget } from './targets.ts';

const LONGEST_MS = 30_000;

/** Puts the counts in the place of those of the scan before: with POST, a finding that is gone would stay for ever. */
export async function publishToPushgateway(report: Report, { url }: PushgatewayTarget): Promise<void> {
  let status: number;
  try {
    const response = await fetch(groupOf(url, report), {
      method: 'PUT',
      body: [...renderProm(report)].join(''),
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', ...authorization(url) },
      // It would take the password elsewhere.
      redirect: 'manual',
      signal: AbortSignal.timeout(LONGEST_MS),
    });
    status = response.status;
    await response.body?.cancel();
  } catch (error) {
    const code = error instanceof Error && error.cause !== undefined ? (error.cause as NodeJS.ErrnoException).code : undefined;
    const reason = error instanceof Error && error.name === 'TimeoutError' ? `no answer in ${LONGEST_MS / 1000} s` : (code ?? 'it cannot be reached');
    throw new PublishError(`${url.host}: ${reason} (check the address, and that a NetworkPolicy lets the scan reach it)`);
  }
  if (status < 200 || status > 299) throw new PublishError(`${url.host}: it answered with status ${status} (check the address; only a Pushgateway takes metrics)`);
}

/** The group of metrics that this scan owns; the parts of a split scan own one each. */
function groupOf(url: URL, { scan }: Report): URL {
  const group = new URL(url);
  group.username = '';
  group.password = '';
  const path = url.pathname.replace(/\/+$/, '');
  const job = path.includes('/metrics/job/') ? path : `${path}/metrics/job/seaworthy`;
  group.pathname = scan.shard === undefined ? job : `${job}/shard/${scan.shard.index}`;
  return group;
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}
