import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// `npm run new -- <theme>/<id>`: the three files of a policy, ready to be filled in. `npm test` fails while a TODO is left.

const [, , name = ''] = process.argv;
const match = /^([a-z0-9-]+)\/([a-z0-9]+(?:-[a-z0-9]+)*)$/.exec(name);
if (match === null) {
  console.error('usage: npm run new -- THEME/POLICY-ID     for example: npm run new -- workload-hardening/workload-runs-alone');
  process.exit(2);
}
const folder = join(fileURLToPath(new URL('../policies', import.meta.url)), name);
if (existsSync(folder)) {
  console.error(`policies/${name}: it is there already`);
  process.exit(2);
}
mkdirSync(folder, { recursive: true });

const object = `apiVersion: v1
kind: Pod
metadata:
  name: example
spec:
  containers:
    - name: app`;

writeFileSync(
  join(folder, 'policy.yaml'),
  `title: TODO the good condition, in one sentence
severity: medium
subject: container
# when: workload.platform == "kubernetes"
require: container.isPrivileged == false
message: "{container.name} TODO what is wrong with it"
expected: TODO what it should be
actual: "isPrivileged: {container.isPrivileged}"
why: >
  TODO why it matters, in one to three sentences.
fix: TODO what to do, with the names of the fields.
practices: []
references: []
since: 0.1.0
`,
);
writeFileSync(join(folder, 'violating.yaml'), `${object}\n      image: registry.example.com/app:1.0.0\n      securityContext:\n        privileged: true # ✗\n`);
writeFileSync(join(folder, 'fixed.yaml'), `${object}\n      image: registry.example.com/app:1.0.0\n      securityContext:\n        privileged: false\n`);

console.log(`policies/${name}/ is there. Next:
  1. write policy.yaml; docs/facts.md lists the words that a sentence may use
  2. write violating.yaml (# ✗ on each guilty line, # ? where it cannot be known) and fixed.yaml
  3. node bin/seaworthy.js policies test ${match[2]}`);
