// The least that a Node program can do to read the same lists of a cluster: page, unpack, parse, forget.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { gunzipSync } from 'node:zlib';

const [url, caFile, token, ...paths] = process.argv.slice(2);
const options = { agent: new Agent({ keepAlive: true }), ca: readFileSync(caFile), headers: { authorization: `Bearer ${token}`, 'accept-encoding': 'gzip' } };

function get(path) {
  return new Promise((resolve, reject) => {
    request(url + path, options, async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      resolve(JSON.parse((response.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString()));
    })
      .on('error', reject)
      .end();
  });
}

let objects = 0;
for (const path of paths) {
  let next = '';
  do {
    const page = await get(`${path}?limit=500${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`);
    objects += page.items?.length ?? 0;
    next = page.metadata?.continue ?? '';
  } while (next !== '');
}
options.agent.destroy();
console.log(objects);
