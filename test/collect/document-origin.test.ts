import { describe, expect, test } from 'vitest';
import { DocumentOrigin } from '../../src/collect/document-origin.ts';
import { TextFile } from '../../src/collect/text-file.ts';
import { readYaml } from '../../src/collect/yaml.ts';

/** The lines of a text as excerpts show them. */
function shown(text: string, isSecret = false): string[] {
  const file = new TextFile('x.yaml', text);
  const lines = new Map<number, string>();
  for (const document of readYaml(text, 'kubernetes')) {
    if ('fault' in document) throw new Error(document.fault);
    const origin = new DocumentOrigin(file, document, { isSecret });
    // Each line is asked for several times, and comes out the same.
    for (let line = 1; line <= text.split('\n').length; line++) {
      for (const each of origin.excerpt({ file: 'x.yaml', line, column: 1, pointer: '', missing: false })) {
        expect(lines.get(each.line) ?? each.text).toBe(each.text);
        lines.set(each.line, each.text);
      }
    }
  }
  return [...lines].sort(([a], [b]) => a - b).map(([, line]) => line);
}

describe('a line that says nothing by itself is masked for what is around it', () => {
  test.each<[string, string, string]>([
    ['a key above', 'passwords:\n  - hunter2\n  - hunter3', 'passwords:\n  - •••\n  - •••'],
    ['a key above a list of lists', 'tokens:\n  -\n    - hunter2', 'tokens:\n  -\n    - •••'],
    ['a name beside', 'env:\n  - value: hunter2\n    name: DB_PASSWORD', 'env:\n  - value: •••\n    name: DB_PASSWORD'],
    ['a flag before', 'args:\n  - --password\n  - hunter2\n  - x', 'args:\n  - --password\n  - •••\n  - x'],
    ['a program above', 'command:\n  - mysqldump\n  - -phunter2', 'command:\n  - mysqldump\n  - •••'],
    ['a user of curl', 'command:\n  - curl\n  - -sume:hunter2\n  - --user=me:hunter3', 'command:\n  - curl\n  - •••\n  - •••'],
    ['a program above its flag', 'command:\n  - redis-cli\n  - -a\n  - hunter2', 'command:\n  - redis-cli\n  - -a\n  - •••'],
    [
      'a name that refers to it',
      'env:\n  - name: SEED\n    value: hunter2\n  - name: DB_PASSWORD\n    value: $(SEED)\n  - name: HOST\n    value: db',
      'env:\n  - name: SEED\n    value: •••\n  - name: DB_PASSWORD\n    value: $(SEED)\n  - name: HOST\n    value: db',
    ],
    [
      'a flag that refers to it',
      'args:\n  - --password\n  - $(SEED)\n  - --token=$(SALT_1)\nenv:\n  - {name: SEED, value: hunter2}\n  - {name: SALT_1, value: hunter3}',
      'args:\n  - --password\n  - $(SEED)\n  - --token=$(SALT_1)\nenv:\n  - {name: SEED, value: •••}\n  - {name: SALT_1, value: •••}',
    ],
    [
      'an address that refers to it',
      'env:\n  - name: SEED\n    value: hunter2\n  - name: HOST\n    value: db\n  - name: URL\n    value: redis://:$(SEED)@$(HOST):6379',
      'env:\n  - name: SEED\n    value: •••\n  - name: HOST\n    value: db\n  - name: URL\n    value: redis://:$(SEED)@$(HOST):6379',
    ],
    ['a Secret around', 'kind: Secret\nstringData:\n  a: hunter2\ntype: Opaque', 'kind: Secret\nstringData:\n  a: •••\ntype: Opaque'],
    ['a Secret that says so in a block', 'kind: |-\n  Secret\ndata:\n  a: hunter2\nx: y', 'kind: |-\n  Secret\ndata:\n  a: •••\nx: y'],
    ['a flag in a block', 'args:\n  - >- # a | b\n    --password\n  - |\n    --token\n  - hunter2', 'args:\n  - >- # a | b\n    --password\n  - |\n•••\n  - •••'],
    ['base64 around', 'kind: ConfigMap\nbinaryData:\n  a: aHVudGVyMg==\nx: y', 'kind: ConfigMap\nbinaryData:\n  a: •••\nx: y'],
    ['an alias below', 'x:\n  - &a hunter2\npassword: *a', 'x:\n  - &a •••\npassword: *a'],
    ['an escaped key', '"p\\x61sswords":\n  - hunter2', '"p\\x61sswords":\n  - •••'],
    ['an escaped flag', 'args:\n  - "--p\\x61ssword"\n  - hunter2', 'args:\n  - "--p\\x61ssword"\n  - •••'],
    ['a text around', 'run: "DB_PASS\\\n  WORD=hunter2 x"', 'run: "•••\n•••"'],
    ['a private key around', 'pem: |\n  -----BEGIN PRIVATE KEY-----\n  MIIB\n  -----END PRIVATE KEY-----\nx: y', 'pem: |\n  •••\n•••\n•••\nx: y'],
    [
      'a copy of the whole object',
      'annotations:\n  kubectl.kubernetes.io/last-applied-configuration: |\n    {"a":\n    1}\nx: y',
      'annotations:\n  kubectl.kubernetes.io/last-applied-configuration: |\n•••\n•••\nx: y',
    ],
  ])('%s', (_, text, masked) => {
    expect(shown(text)).toEqual(masked.split('\n'));
  });

  test('a name that is referred to among many others', () => {
    const others = Array.from({ length: 100 }, (_, index) => `  - {name: V${index}, value: $(HOST)}`).join('\n');
    const text = `env:\n  - name: SEED\n    value: hunter2\n${others}\n  - {name: DB_PASSWORD, value: $(SEED)}`;
    expect(shown(text)).toEqual(text.replace('hunter2', '•••').split('\n'));
  });

  test('a list of Secrets around', () => {
    expect(shown('data:\n  a: hunter2\nx: y', true)).toEqual(['data:', '  a: •••', 'x: y']);
    expect(shown('data:\n  a: hunter2\nx: y')).toEqual(['data:', '  a: hunter2', 'x: y']);
  });
});

test('nothing else is masked, in any document of a file', () => {
  const text = 'kind: Pod\nspec:\n  containers:\n    - name: a\n      args: [--verbose, "2"]\n---\na:\n  - b\n  -\nempty:';
  expect(shown(text).join('\n')).toBe(text.replace('---\n', ''));
});
