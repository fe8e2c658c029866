import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';

// Fills a cluster with Pods that nobody starts, as fast as its API server takes them: each of a hundred Rollouts owns as many.
// usage: crowd.ts SERVER FOLDER_OF_CERTIFICATES PODS_OF_EACH

const [, , server = '', folder = '', podsOfEach = '1'] = process.argv;
const ROLLOUTS = 100;
const AT_A_TIME = 32;
const agent = new Agent({ keepAlive: true, maxSockets: AT_A_TIME, ...read({ ca: 'ca.crt', cert: 'admin.crt', key: 'admin.key' }) });

function read(files: Readonly<Record<string, string>>): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(files).map(([name, file]) => [name, readFileSync(join(folder, file))]));
}

function create(path: string, object: object): Promise<{ metadata: { uid: string } }> {
  return new Promise((resolve, reject) => {
    const sent = request(server + path, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => (response.statusCode === 201 ? resolve(JSON.parse(body)) : reject(new Error(`${path}: ${response.statusCode} ${body.slice(0, 500)}`))));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(object));
  });
}

/** As large as Pods are. */
const spec = {
  schedulerName: 'nobody',
  containers: [
    {
      name: 'app',
      image: 'registry.example.com/app:1.0.0',
      env: Array.from({ length: 40 }, (_, index) => ({ name: `SETTING_NUMBER_${index}`, value: `the value of setting ${index} `.repeat(4) })),
    },
  ],
};

for (let rollout = 0; rollout < ROLLOUTS; rollout++) {
  const name = `crowd-${rollout}`;
  const labels = { app: name };
  const template = { metadata: { labels }, spec };
  const owner = await create('/apis/argoproj.io/v1alpha1/namespaces/crowd/rollouts', {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name },
    spec: { selector: { matchLabels: labels }, template },
  });
  const reference = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name, uid: owner.metadata.uid, controller: true };
  const pods = Array.from({ length: Number(podsOfEach) }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name}-${index}`, labels, ownerReferences: [reference] },
    spec,
  }));
  while (pods.length > 0) await Promise.all(pods.splice(0, AT_A_TIME).map((pod) => create('/api/v1/namespaces/crowd/pods', pod)));
}
agent.destroy();
