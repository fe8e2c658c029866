import { expect, test } from 'vitest';
import { readConfigFile } from '../../src/collect/config-file.ts';
import { TextFile } from '../../src/collect/text-file.ts';

function excerpt(text: string, line: number): string[] {
  const { origin } = readConfigFile(new TextFile('app/application.properties', text));
  return origin.excerpt(origin.locate([`#L${line}`])).map((shown) => shown.text);
}

test('lines around the one that is shown, without their secrets', () => {
  expect(excerpt('a=1\nspring.datasource.url=jdbc:postgresql://db/shop\nspring.datasource.password=hunter22x\n', 2)).toEqual([
    'a=1',
    'spring.datasource.url=jdbc:postgresql://db/shop',
    'spring.datasource.password=•••',
    '',
  ]);
});

test('what goes on from the line above is not shown, for whose value it is does not stand in it', () => {
  expect(excerpt('spring.datasource.password=\\\n  hunter22x\\\r\n  hunter33y\nspring.redis.host=cache\n', 3)).toEqual([
    expect.not.stringContaining('hunter'),
    '•••',
    '•••',
    'spring.redis.host=cache',
    '',
  ]);
});
