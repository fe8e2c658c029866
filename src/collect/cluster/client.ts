import * as http from 'node:http';
import * as https from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import type { JsonObject } from '../../model/json.ts';
import { CredentialError, Credentials } from './credentials.ts';
import { connectionError, KubeError, statusError } from './kube-error.ts';
import { type ClusterTarget, isEntry } from './kubeconfig.ts';
import { type ListPage, readListPage } from './list-page.ts';
import { Pace } from './pace.ts';

export interface ClientOptions {
  /** Ends every request and every wait; its reason is a KubeError. */
  readonly signal: AbortSignal;
  /** Requests a second; 0 for no limit. */
  readonly qps: number;
  /** First wait after a failure. */
  readonly backOffMs?: number;
}

export type Query = Readonly<Record<string, string>>;

const JSON_TYPE = 'application/json';
/** Tries of one request, the first included. */
const MOST_TRIES = 4;
/** A connection that says nothing for so long is dead. */
const SILENT_MS = 30_000;
/** Of one answer, unpacked. A page of more is asked for in smaller ones: what is parsed takes several times as much. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const MAX_CONNECTIONS = 8;

/** Speaks JSON with one API server, as whoever the kubeconfig says. */
export class KubeClient {
  readonly name: string;
  readonly #server: string;
  readonly #credentials: Credentials;
  readonly #pace: Pace;
  readonly #signal: AbortSignal;
  readonly #agent: http.Agent | https.Agent;
  #proxying: https.Agent | undefined;
  #requests = 0;
  #isAnswering = false;

  constructor(target: ClusterTarget, { signal, qps, backOffMs = 200 }: ClientOptions) {
    this.name = target.name;
    this.#server = target.server;
    this.#credentials = new Credentials(target, signal);
    this.#pace = new Pace(qps, backOffMs, signal);
    this.#signal = signal;
    const { Agent } = target.server.startsWith('https:') ? https : http;
    this.#agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });
  }

  /** How many requests were sent, repeated ones included. */
  get requests(): number {
    return this.#requests;
  }

  /** Closes what is kept open. */
  close(): void {
    this.#agent.destroy();
  }

  async get(path: string, query: Query = {}, accept = JSON_TYPE): Promise<JsonObject> {
    return this.#answer('GET', withQuery(path, query), { accept }, parse);
  }

  /** The pages of a list. A list that goes out of date between two pages throws `expired`: what was read of it is then worth nothing. */
  async *pages(path: string, query: Query, limit: number, accept = JSON_TYPE): AsyncGenerator<ListPage> {
    let next = '';
    let size = limit;
    for (;;) {
      try {
        const page = await this.#answer('GET', withQuery(path, { ...query, limit: String(size), ...(next === '' ? {} : { continue: next }) }), { accept }, pageOf);
        yield page;
        next = page.next;
        if (next === '') return;
      } catch (error) {
        if (!(error instanceof KubeError) || error.fault !== 'too-large' || size === 1) throw error;
        size = Math.max(1, Math.floor(size / 10));
      }
    }
  }

  /** For whoever writes reports; nothing else sends anything but GET. */
  async request(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: string, contentType = JSON_TYPE): Promise<JsonObject> {
    return this.#answer(method, path, { accept: JSON_TYPE, ...(body === undefined ? {} : { body, contentType }) }, parse);
  }

  async #answer<T>(method: string, path: string, content: Content, read: (text: string) => T): Promise<T> {
    let hasRenewed = false;
    for (let tries = 1; ; tries++) {
      await this.#pace.turn();
      try {
        const answer = read(await this.#attempt(method, path, content));
        this.#isAnswering = true;
        return answer;
      } catch (error) {
        const fault = this.#faultOf(error);
        if (fault.fault === 'unauthorized' && !hasRenewed) {
          hasRenewed = true;
          this.#credentials.renew();
          continue;
        }
        if (tries >= MOST_TRIES || !this.#isWorthAnotherTry(fault, method)) throw fault;
        await this.#pace.backOff(tries, fault.retryAfterMs);
      }
    }
  }

  #faultOf(error: unknown): KubeError {
    if (this.#signal.aborted) return this.#signal.reason instanceof KubeError ? this.#signal.reason : new KubeError('interrupted', 'the scan was interrupted', 'scan again');
    if (error instanceof KubeError) return this.#credentials.areNone ? asNobody(error) : error;
    if (error instanceof CredentialError) return new KubeError('credentials', error.message, error.hint);
    return connectionError(error, this.#server);
  }

  /** What is written is not written twice, unless the server says that it did nothing. */
  #isWorthAnotherTry({ fault, retryAfterMs }: KubeError, method: string): boolean {
    if (fault === 'overloaded') return true;
    if (method !== 'GET') return fault === 'broken' && retryAfterMs !== undefined;
    // An address that never answered is more likely wrong than busy.
    return fault === 'broken' || fault === 'malformed' || (fault === 'unreachable' && this.#isAnswering);
  }

  /** Once for each agent: there is a new one whenever the credentials are renewed. */
  #prepared(agent: https.Agent): https.Agent {
    if (this.#proxying === agent) return agent;
    this.#proxying = agent;
    if (isConnecting(agent)) checkAddress(agent, this.#server);
    return Object.assign(agent, { keepAlive: true, maxSockets: MAX_CONNECTIONS });
  }

  async #attempt(method: string, path: string, { accept, body, contentType }: Content): Promise<string> {
    const { agent: proxying, ...signed } = await this.#credentials.sign();
    this.#requests++;
    const headers = { ...signed.headers, accept, 'accept-encoding': 'gzip', 'user-agent': 'seaworthy', ...(contentType === undefined ? {} : { 'content-type': contentType }) };
    const options = { ...signed, method, headers, agent: isProxyAgent(proxying) ? this.#prepared(proxying) : this.#agent, signal: this.#signal, timeout: SILENT_MS };
    const { request } = this.#server.startsWith('https:') ? https : http;
    return new Promise((resolve, reject) => {
      const sent = request(this.#server + path, options, (response) => {
        readAnswer(response).then(resolve, reject);
      });
      sent.on('timeout', () => sent.destroy(Object.assign(new Error('silent'), { code: 'ETIMEDOUT' })));
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

/** Rights do not help somebody who was never asked who they are. */
function asNobody(error: KubeError): KubeError {
  const { fault, status = 0 } = error;
  if (fault !== 'unauthorized' && fault !== 'forbidden') return error;
  const because = fault === 'unauthorized' ? `the API server does not answer somebody unknown (${status})` : error.message;
  return new KubeError(fault, because, 'the kubeconfig names no credentials for this context: add its user, or use another --context', { status });
}

interface Content {
  readonly accept: string;
  readonly body?: string;
  readonly contentType?: string;
}

async function readAnswer(response: http.IncomingMessage): Promise<string> {
  const status = response.statusCode ?? 0;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw tooLarge();
    // What an error page says is not told, but a connection is only kept if it was read.
    if (status < 300) chunks.push(chunk);
  }
  if (status < 200 || status >= 300) throw statusError(status, response.headers['retry-after']);
  const type = response.headers['content-type'] ?? '';
  if (!type.startsWith(JSON_TYPE)) throw malformed('it does not answer with JSON', 'check that the address in the kubeconfig is that of an API server');
  const bytes = Buffer.concat(chunks);
  return (response.headers['content-encoding'] === 'gzip' ? unpack(bytes) : bytes).toString('utf8');
}

function unpack(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_ANSWER_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw malformed('its answer is damaged');
  }
}

/** A page of any list; of most, the items are made one by one. */
function pageOf(text: string): ListPage {
  const page = readListPage(text);
  if (page !== undefined) return page;
  const { items, metadata } = parse(text);
  // Go writes an empty list as null.
  if (!Array.isArray(items) && items !== null) throw new KubeError('refused', 'its answer is no list', 'check that the address in the kubeconfig is that of an API server');
  const next = isEntry(metadata) ? metadata['continue'] : undefined;
  return { items: items ?? [], next: typeof next === 'string' ? next : '' };
}

function parse(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed('its answer breaks off or is no JSON');
  }
  if (!isEntry(value)) throw malformed('its answer is no JSON object');
  return value as JsonObject;
}

function malformed(because: string, hint = 'scan again; a proxy in between may cut answers short'): KubeError {
  return new KubeError('malformed', because, hint);
}

function tooLarge(): KubeError {
  return new KubeError('too-large', `an answer of it is larger than ${MAX_ANSWER_BYTES / 1024 / 1024} MiB`, 'look for an object that holds what belongs elsewhere');
}

function withQuery(path: string, query: Query): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Whether it is more than Node's own agent, of which ours is the better one: it keeps its connections. */
function isProxyAgent(agent: unknown): agent is https.Agent {
  return agent instanceof http.Agent && agent.constructor !== http.Agent && agent.constructor !== https.Agent;
}

/** An agent of a SOCKS proxy, which makes its connections itself. */
interface ConnectingAgent {
  connect(request: http.ClientRequest, options: https.RequestOptions): unknown;
}

function isConnecting(agent: object): agent is ConnectingAgent {
  return 'connect' in agent && typeof agent.connect === 'function';
}

/** It forgets an address that is no name, and the certificate would be held against nothing. (Among a request's own options, the check would cost every request a connection.) */
function checkAddress(agent: ConnectingAgent, server: string): void {
  const address = new URL(server).hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) === 0) return;
  const checked: https.RequestOptions = { checkServerIdentity: (_, certificate) => checkServerIdentity(address, certificate) };
  const connect = agent.connect.bind(agent);
  agent.connect = (request, options) => connect(request, { ...options, ...((options.servername ?? '') === '' ? checked : {}) });
}
