import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../cli/run.ts';

/**
 * Builds the image of our own Dockerfile without a registry, and so without its base image: the commands of the build stage run
 * here, on the Node of this checkout, and the last stage, which starts from nothing, is done as it is written. Returns the file,
 * a docker archive.
 */
export function buildImage(folder: string, name: string): string {
  const instructions = lastStage(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'));
  const root = join(folder, 'root');
  mkdirSync(root, { recursive: true });
  const config: { [key: string]: unknown; Env: string[] } = { Env: [] };
  for (const [instruction, text] of instructions) {
    const words = (): string[] => (text.startsWith('[') ? (JSON.parse(text) as string[]) : text.split(/\s+/));
    if (instruction === 'FROM' && text === 'scratch') continue;
    else if (instruction === 'COPY') copy(words(), buildStage(folder), root);
    else if (instruction === 'ENV') config.Env.push(...words());
    else if (instruction === 'WORKDIR') config['WorkingDir'] = text;
    else if (instruction === 'USER') config['User'] = text;
    else if (instruction === 'HEALTHCHECK' && text === 'NONE') config['Healthcheck'] = { Test: ['NONE'] };
    else if (instruction === 'ENTRYPOINT') config['Entrypoint'] = words();
    else throw new Error(`the last stage of the Dockerfile has what is not understood here: ${instruction} ${text}`);
  }
  return archive(folder, name, root, config);
}

function lastStage(dockerfile: string): [instruction: string, text: string][] {
  const lines = dockerfile.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.slice(lines.findLastIndex((line) => line.startsWith('FROM '))).map((line) => {
    const space = line.indexOf(' ');
    return [line.slice(0, space), line.slice(space + 1).trim()];
  });
}

/** What the build stage leaves behind, by its own commands. */
function buildStage(folder: string): string {
  const stage = join(folder, 'stage');
  const dist = join(folder, 'dist');
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts'), dist], { cwd: ROOT, stdio: 'pipe' });
  execFileSync(process.execPath, [join(ROOT, 'scripts/image.ts'), join(stage, 'image'), dist], { cwd: ROOT, stdio: 'pipe' });
  return stage;
}

function copy([flag, from = '', to = '']: readonly string[], stage: string, root: string): void {
  if (flag !== '--from=build') throw new Error(`the last stage of the Dockerfile copies from elsewhere: ${flag}`);
  cpSync(join(stage, from), join(root, to), { recursive: true });
}

function archive(folder: string, name: string, root: string, config: object): string {
  const layer = join(folder, 'layer.tar');
  execFileSync('tar', ['--owner=0', '--group=0', '--numeric-owner', '-cf', layer, '-C', root, '.']);
  const image = {
    architecture: { x64: 'amd64', arm64: 'arm64' }[process.arch as string],
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: [`sha256:${hash('sha256', readFileSync(layer), 'hex')}`] },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(image));
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify([{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }]));
  const file = join(folder, 'image.tar');
  execFileSync('tar', ['-cf', file, '-C', folder, 'manifest.json', 'config.json', 'layer.tar']);
  return file;
}
