import { expect, test } from 'vitest';
import { describeTarget, parsePublishTarget } from '../../src/publish/targets.ts';

test.each([
  ['configmap=ops/seaworthy-report', { kind: 'configmap', namespace: 'ops', name: 'seaworthy-report' }],
  ['policyreports', { kind: 'policyreports', api: undefined }],
  ['policyreports=openreports.io', { kind: 'policyreports', api: 'openreports.io/v1alpha1' }],
  ['policyreports=wgpolicyk8s.io', { kind: 'policyreports', api: 'wgpolicyk8s.io/v1alpha2' }],
])('%s', (text, target) => {
  expect(parsePublishTarget(text)).toEqual(target);
});

test('an address keeps its password to itself', () => {
  const target = parsePublishTarget('pushgateway=https://me:hunter2@gate:9091/x');
  expect(describeTarget(target)).toBe('pushgateway=gate:9091');
});

test('an address with a password may come from the environment', () => {
  expect(parsePublishTarget('pushgateway', { SEAWORTHY_PUSHGATEWAY: 'http://me:hunter2@gate:9091' })).toMatchObject({ kind: 'pushgateway', url: { password: 'hunter2' } });
});

test.each([
  ['configmap', 'configmap=NAMESPACE/NAME'],
  ['configmap=a', 'configmap=NAMESPACE/NAME'],
  ['configmap=a/b/c', 'configmap=NAMESPACE/NAME'],
  ['configmap=../b', 'configmap=NAMESPACE/NAME'],
  ['policyreports=kyverno.io', 'openreports.io and wgpolicyk8s.io'],
  ['policyreports=constructor', 'openreports.io and wgpolicyk8s.io'],
  ['pushgateway', 'pushgateway=http://'],
  ['pushgateway=file:///etc/passwd', 'pushgateway=http://'],
  ['s3=bucket', 'there is no target "s3"'],
  ['https://me:hunter2@gate', 'there is no such target'],
])('%s is wrong use', (text, message) => {
  expect(() => parsePublishTarget(text)).toThrow(message);
  expect(() => parsePublishTarget(text)).not.toThrow('hunter2');
});
