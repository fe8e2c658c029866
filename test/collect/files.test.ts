import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { displayPath, expandPaths, readTextFile, reasonOf } from '../../src/collect/files.ts';
import { type FoundFiles, walkFolder } from '../../src/collect/folder.ts';

const work = realpathSync(mkdtempSync(join(tmpdir(), 'seaworthy-files-')));
afterAll(() => rmSync(work, { recursive: true, force: true }));

let root = work;
let count = 0;
beforeEach(() => {
  root = join(work, String(count++), 'root');
  mkdirSync(root, { recursive: true });
});

function write(...paths: readonly (string | readonly [string, string])[]): void {
  for (const entry of paths) {
    const [path, content] = typeof entry === 'string' ? [entry, ''] : entry;
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

const isYaml = (name: string): boolean => name.endsWith('.yaml');

function walk(folder = root): FoundFiles & { readonly names: readonly string[] } {
  const found = walkFolder(folder, isYaml);
  return { ...found, names: found.files.map(({ path }) => relative(root, path)) };
}

describe('walking a folder', () => {
  test('files that are wanted, in an order of their own', () => {
    write('b.yaml', 'a.yaml', 'c/z.yaml', 'c/a.yaml', 'C.yaml', 'x.txt', '.hidden/h.yaml');
    expect(walk().names).toEqual(['.hidden/h.yaml', 'C.yaml', 'a.yaml', 'b.yaml', 'c/a.yaml', 'c/z.yaml']);
    expect(walk().gaps).toEqual([]);
  });

  test('folders of other people’s files are passed over, unless they are named', () => {
    write('node_modules/a/x.yaml', '.git/x.yaml', '.venv/x.yaml', 'src/node_modules/x.yaml', 'modules/x.yaml');
    expect(walk().names).toEqual(['modules/x.yaml']);
    expect(walk(join(root, 'node_modules')).names).toEqual(['node_modules/a/x.yaml']);
  });

  test.each(['', '/', '/.', '/sub/..'])('a chart is told by its Chart.yaml, with %j behind the name', (ending) => {
    write('Chart.yaml', 'templates/a.yaml', 'sub/x.yaml');
    const { charts, names } = walk(root + ending);
    expect(charts.map((chart) => realpathSync(chart))).toEqual([root]);
    expect(names).toEqual([]);
  });

  test('charts in it are not walked into', () => {
    write('charts/web/Chart.yaml', 'charts/web/templates/a.yaml', 'a.yaml');
    expect(walk()).toMatchObject({ names: ['a.yaml'], charts: [join(root, 'charts/web')] });
  });

  test('what is no regular file is named and not opened', () => {
    execFileSync('mkfifo', [join(root, 'pipe.yaml'), join(root, 'pipe.txt')]);
    mkdirSync(join(root, 'folder.yaml'));
    expect(walk().gaps).toEqual([expect.objectContaining({ about: expect.stringContaining('pipe.yaml'), because: 'it is not a regular file' })]);
  });
});

describe('links', () => {
  const link = (target: string, path: string): void => symlinkSync(target, join(root, path));

  test('to itself, to its folder, to a parent and to the root of all end', () => {
    write('a.yaml', 'sub/b.yaml');
    link('loop', 'loop');
    link('loop.yaml', 'loop.yaml');
    link('.', 'here');
    link('..', 'sub/up');
    link('/', 'sub/all');
    link('../..', 'sub/above');
    expect(walk().names).toEqual(['a.yaml', 'sub/b.yaml']);
    expect(walk().gaps).toEqual([expect.objectContaining({ about: expect.stringContaining('loop.yaml'), because: expect.stringContaining('in a circle') })]);
  });

  test('to nothing are told, where a file was wanted', () => {
    link('nowhere', 'a.yaml');
    link('nowhere', 'a.txt');
    expect(walk().gaps).toEqual([expect.objectContaining({ about: expect.stringContaining('a.yaml') })]);
  });

  test('within the folder are followed, and each file is found once by its real path', () => {
    write('base/a.yaml', 'z.yaml');
    link('base', 'again');
    link('z.yaml', 'y.yaml');
    const { files, names } = walk();
    expect(names).toEqual(['again/a.yaml', 'y.yaml', 'z.yaml']);
    expect(new Set(files.map(({ real }) => real))).toEqual(new Set([join(root, 'base/a.yaml'), join(root, 'z.yaml')]));
  });

  test('to a folder outside are not followed, and told', () => {
    write('../other/o.yaml');
    link('../other', 'out');
    expect(walk().names).toEqual([]);
    expect(walk().gaps).toEqual([expect.objectContaining({ because: 'it is a link to a folder outside of what was named', hint: expect.stringContaining('other') })]);
  });

  test('to a folder of the same repository are followed', () => {
    mkdirSync(join(root, '../.git'));
    write('../other/o.yaml');
    link('../other', 'out');
    expect(walk()).toMatchObject({ names: ['out/o.yaml'], gaps: [] });
  });

  test('to a file are followed wherever it is, as mounted ConfigMaps need it', () => {
    write('../data/a.yaml');
    link('../data/a.yaml', 'a.yaml');
    expect(walk().files).toEqual([{ path: join(root, 'a.yaml'), real: join(root, '../data/a.yaml') }]);
  });
});

describe('.gitignore', () => {
  const names = (folder?: string): readonly string[] => walk(folder).names;

  test.each<[string, readonly (readonly [string, string])[], readonly string[]]>([
    ['a file', [['.gitignore', 'a.yaml\n']], ['b.yaml', 'out/a.json.yaml', 'out/keep.yaml']],
    ['a folder', [['.gitignore', 'out/\n']], ['a.yaml', 'b.yaml']],
    ['from the top only', [['.gitignore', '/a.yaml\n']], ['b.yaml', 'out/a.json.yaml', 'out/a.yaml', 'out/keep.yaml']],
    ['a pattern and what is taken back', [['.gitignore', 'out/*\n!out/keep.yaml\n']], ['a.yaml', 'b.yaml', 'out/keep.yaml']],
    [
      'taken back by a folder below',
      [
        ['.gitignore', 'a.yaml\n'],
        ['out/.gitignore', '!a.yaml\n'],
      ],
      ['b.yaml', 'out/a.json.yaml', 'out/a.yaml', 'out/keep.yaml'],
    ],
    [
      'taken back in an ignored folder is too late',
      [
        ['.gitignore', 'out/\n'],
        ['out/.gitignore', '!keep.yaml\n'],
      ],
      ['a.yaml', 'b.yaml'],
    ],
    ['below', [['out/.gitignore', '*.yaml\n!keep.yaml\n']], ['a.yaml', 'b.yaml', 'out/keep.yaml']],
    ['as it is written: more is read, not less', [['.gitignore', 'A.YAML\nOut/\n']], ['a.yaml', 'b.yaml', 'out/a.json.yaml', 'out/a.yaml', 'out/keep.yaml']],
    ['comments and blanks', [['.gitignore', '# a.yaml\n\n  \n\\#b.yaml\n']], ['a.yaml', 'b.yaml', 'out/a.json.yaml', 'out/a.yaml', 'out/keep.yaml']],
  ])('%s', (_, files, expected) => {
    write('a.yaml', 'b.yaml', 'out/a.yaml', 'out/a.json.yaml', 'out/keep.yaml', ...files);
    expect(names()).toEqual(expected);
  });

  test('of the folders above, up to the root of the repository', () => {
    mkdirSync(join(root, '.git'));
    write(['../.gitignore', '*.yaml'], ['.gitignore', 'secret.yaml'], ['deploy/.gitignore', '*.gen.yaml'], 'deploy/web/a.yaml', 'deploy/web/secret.yaml', 'deploy/web/x.gen.yaml');
    expect(names(join(root, 'deploy/web'))).toEqual(['deploy/web/a.yaml']);
  });

  test('of the folders above does not count outside of a repository', () => {
    write(['.gitignore', '*.yaml'], 'deploy/a.yaml');
    expect(names(join(root, 'deploy'))).toEqual(['deploy/a.yaml']);
  });

  test('a folder that is named is meant, even if it is ignored', () => {
    mkdirSync(join(root, '.git'));
    write(['.gitignore', 'rendered/\n'], 'rendered/a.yaml');
    expect(names()).toEqual([]);
    expect(names(join(root, 'rendered'))).toEqual(['rendered/a.yaml']);
  });

  test('that is no file, or endless, is not read', () => {
    execFileSync('mkfifo', [join(root, '.gitignore')]);
    write('a.yaml', 'b/x.yaml', 'c/x.yaml');
    mkdirSync(join(root, 'b/.gitignore'));
    symlinkSync('/dev/zero', join(root, 'c/.gitignore'));
    expect(names()).toEqual(['a.yaml', 'b/x.yaml', 'c/x.yaml']);
  });
});

describe('reading', () => {
  const read = (content: string | Uint8Array): string => {
    writeFileSync(join(root, 'x.yaml'), content);
    const file = readTextFile(join(root, 'x.yaml'));
    return 'because' in file ? `! ${file.because}` : file.text;
  };
  const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');

  test.each<[string, string | Uint8Array, string]>([
    ['UTF-8', 'a: ü😀', 'a: ü😀'],
    ['with a byte order mark', '\ufeffa: 1', 'a: 1'],
    ['UTF-16, little end first', utf16('a: ü😀'), 'a: ü😀'],
    ['UTF-16, big end first', utf16('a: ü😀').swap16(), 'a: ü😀'],
    ['nothing', '', ''],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0xff, 0xfe]), '! it is not UTF-8 text'],
    ['half a character', Buffer.from([0xc3]), '! it is not UTF-8 text'],
    ['half of UTF-16', Buffer.from([0xff, 0xfe, 0x00, 0xd8]), '! it is not UTF-16LE text'],
    ['Latin-1', Buffer.from('a: ü', 'latin1'), '! it is not UTF-8 text'],
  ])('%s', (_, content, text) => {
    expect(read(content)).toBe(text);
  });

  test('a file of 100 MB, of which nothing is written', () => {
    const file = join(root, 'large.yaml');
    writeFileSync(file, '');
    truncateSync(file, 100 * 1024 * 1024);
    expect(readTextFile(file)).toMatchObject({ because: 'it has 100 MiB; files up to 64 MiB are read' });
  });

  test('a device without end ends', () => {
    expect(readTextFile('/dev/zero')).toMatchObject({ because: expect.stringContaining('files up to 64 MiB') });
  });

  test.each<[string, (path: string) => void, string]>([
    ['a named pipe', (path) => execFileSync('mkfifo', [path]), 'it is a named pipe, which may never end'],
    ['a folder', (path) => mkdirSync(path), 'it is a folder'],
    ['a link in a circle', (path) => symlinkSync(path, path), 'its links go round in a circle'],
    ['nothing', () => {}, 'no such file or folder'],
    ['something below a file', (path) => writeFileSync(join(path, '..'), ''), 'a part of its path is not a folder'],
  ])('%s', (name, make, because) => {
    const path = join(root, name === 'something below a file' ? 'file/x.yaml' : 'x.yaml');
    make(path);
    expect(readTextFile(path)).toMatchObject({ because });
  });

  test('a socket', async () => {
    const path = join(root, 's.yaml');
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    expect(readTextFile(path)).toMatchObject({ because: expect.stringContaining('socket') });
    server.close();
  });

  test('a name that is too long', () => {
    expect(readTextFile(join(root, `${'x'.repeat(300)}.yaml`))).toMatchObject({ because: 'its name is too long' });
  });

  test('what the system says for the first time is told, and a fault of ours is none of its', () => {
    expect(reasonOf(Object.assign(new Error('x'), { code: 'ESTALE', errno: -116 }))).toBe('the system says ESTALE');
    expect(() => reasonOf(new TypeError('x'))).toThrow(TypeError);
  });
});

describe('paths', () => {
  test.each<[string, string]>([
    ['a.yaml', 'a.yaml'],
    ['./a/../b.yaml', 'b.yaml'],
    ['.', '.'],
    [join(process.cwd(), 'x/y.yaml'), 'x/y.yaml'],
    ['..foo/a.yaml', '..foo/a.yaml'],
    ['./..foo', '..foo'],
    ['x//y.yaml', 'x/y.yaml'],
    ['x/', 'x'],
    [process.cwd(), '.'],
    [`${process.cwd()}x.yaml`, `${process.cwd()}x.yaml`],
    [`${process.cwd()}/x/../y.yaml`, 'y.yaml'],
    ['../a.yaml', '../a.yaml'],
    ['/etc/x.yaml', '/etc/x.yaml'],
    ['a\\b.yaml', 'a\\b.yaml'],
  ])('%s is shown as %s', (path, shown) => {
    expect(displayPath(path)).toBe(shown);
  });

  test('what was quoted from the shell is expanded', () => {
    write('a.yaml', 'b.yml', 'sub/c.yaml', 'lit*.yaml');
    const expand = (pattern: string): string[] => expandPaths([join(root, pattern)]).map((path) => relative(root, path));
    expect(expand('*.yaml')).toEqual(['a.yaml', 'lit*.yaml']);
    expect(expand('**/*.yaml')).toEqual(['a.yaml', 'lit*.yaml', 'sub/c.yaml']);
    expect(expand('{a,b}.y*ml')).toEqual(['a.yaml', 'b.yml']);
    expect(expand('lit*.yaml')).toEqual(['lit*.yaml']);
    expect(expandPaths(['-'])).toEqual(['-']);
  });

  test.each(['nope.yaml', '*.nope', 'x/y/z'])('%s is not there', (path) => {
    expect(() => expandPaths([join(root, path)])).toThrow(`${path}: no such file or folder`);
  });

  test('addresses are not fetched', () => {
    expect(() => expandPaths(['https://example.com/a.yaml'])).toThrow('curl -sSf https://example.com/a.yaml | seaworthy scan -f -');
  });
});
