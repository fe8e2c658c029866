import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// Puts together the files of the image, which is made from nothing: the Node that runs this, the libraries that it is linked
// against, and the package. usage: image.ts FOLDER [DIST]

const root = fileURLToPath(new URL('..', import.meta.url));
const [, , folder = '', dist = join(root, 'dist')] = process.argv;
if (folder === '') throw new Error('usage: image.ts FOLDER [DIST]');

put(process.execPath, '/usr/local/bin/node');
// The loader itself says what it would load, whatever the architecture.
for (const [library] of execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).matchAll(/\/\S+/g)) put(library, library);
for (const part of ['package.json', 'bin']) put(join(root, part), `/seaworthy/${part}`);
put(resolve(dist), '/seaworthy/dist');
mkdirSync(join(folder, 'work'), { recursive: true });

function put(from: string, to: string): void {
  const target = join(folder, to);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(from, target, { recursive: true, dereference: true });
}
