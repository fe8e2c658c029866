import { indent, kubernetes, type ReadOptions, type Subjects } from '../support.ts';

/** A Deployment of one container, whose lines are those of the container. */
export function deployment(name: string, lines: string, options: { namespace?: string; labels?: string; volumes?: string; annotations?: string; pod?: string } = {}): string {
  const { namespace, labels = `{app: ${name}}`, volumes = '', annotations = '{}', pod = '' } = options;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
${namespace === undefined ? '' : `  namespace: ${namespace}\n`}spec:
  selector: {matchLabels: ${labels}}
  template:
    metadata: {labels: ${labels}, annotations: ${annotations}}
    spec:
${pod === '' ? '' : `${indent(pod, 6)}\n`}      containers:
        - name: ${name}
${indent(lines, 10)}
${volumes === '' ? '' : `      volumes:\n${indent(volumes, 8)}\n`}`;
}

export function service(name: string, spec: string, namespace?: string): string {
  return `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}${namespace === undefined ? '' : `, namespace: ${namespace}`}}\nspec: ${spec}\n`;
}

export function configMap(name: string, data: Readonly<Record<string, string>>, kind = 'ConfigMap'): string {
  const keys = Object.entries(data).map(([key, text]) => `  ${key}: |\n${indent(text, 4)}`);
  return `apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}}\n${kind === 'Secret' ? 'stringData' : 'data'}:\n${keys.join('\n')}\n`;
}

/** A client with these variables. */
export function client(variables: Readonly<Record<string, string>>, options: Parameters<typeof deployment>[2] = {}): string {
  const env = Object.entries(variables).map(([name, value]) => `  - {name: ${name}, value: ${JSON.stringify(value)}}`);
  return deployment('client', `image: registry.example.com/client:1.0\nenv:\n${env.join('\n')}`, options);
}

export function world(...documents: readonly (string | ReadOptions)[]): Subjects {
  const texts = documents.filter((document) => typeof document === 'string');
  return kubernetes(texts.join('---\n'), documents.find((document) => typeof document !== 'string') ?? {});
}
