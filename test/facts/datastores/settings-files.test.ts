import { expect, test } from 'vitest';
import { kubernetes } from '../support.ts';

const SHOP = (data: string, environment: string) => `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
${data}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
        - name: shop
          image: example/shop:1
          env: [${environment}]
          volumeMounts: [{name: settings, mountPath: /config}]
      volumes: [{name: settings, configMap: {name: settings}}]
`;

const FILE = ['  application.properties: |', '    # the shop', '    spring.datasource.url=jdbc:postgresql://${DB_HOST:db}/shop', '    spring.data.redis.host=cache', ''].join('\n');

/** Where each connection leads, and the line that says so. */
function addresses(text: string): string[] {
  return kubernetes(text)
    .of('connection')
    .map((subject) => {
      const [place] = subject.places('connection.host');
      const found = place === undefined ? undefined : place.resource.origin.locate(place.path);
      const { host, port } = subject.facts as Readonly<Record<string, unknown>>;
      return `${host}:${port} ${found !== undefined && 'line' in found ? found.line : '?'}`;
    });
}

test('what Spring finds in its files is an address, at its line', () => {
  expect(addresses(SHOP(FILE, ''))).toEqual(['db:5432 8', 'cache:6379 9']);
});

test('the environment fills placeholders and beats the file', () => {
  expect(addresses(SHOP(FILE, '{name: DB_HOST, value: main}, {name: SPRING_DATA_REDIS_HOST, value: other}'))).toEqual(['main:5432 8', 'other:6379 23']);
});

test('the service that a variable names stands in its file', () => {
  const file = ['  pg_service.conf: |', '    [shop]', '    host=main', '    port=6000', ''].join('\n');
  expect(addresses(SHOP(file, '{name: PGSERVICE, value: shop}'))).toEqual(['main:6000 23']);
});
