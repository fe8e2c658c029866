import { describe, expect, test } from 'vitest';
import { exposesHost, exposesSocket, holdsCode, normalizeHostPath } from '../../src/facts/host-path.ts';
import { kubernetes, lineOf, type Subjects } from './support.ts';

const UNKNOWN = undefined;

/** A pod with one volume `v` and one container that mounts it. */
function pod(volume: string, mount = '{name: v, mountPath: /data}', others = ''): Subjects {
  return kubernetes(
    `apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  containers:\n    - name: app\n      image: a:1\n      volumeMounts: [${mount}]\n  volumes:\n    - ${volume}\n${others}`,
  );
}

describe('paths of the host', () => {
  test.each<[string, string]>([
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a//b/', '/a/b'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/../../etc', '/etc'],
    ['/a/..', '/'],
    ['/var/run', '/run'],
    ['/var/run/docker.sock', '/run/docker.sock'],
    ['/var/./run/x', '/run/x'],
    ['/var/running', '/var/running'],
    ['/x/var/run', '/x/var/run'],
    ['', '/'],
  ])('%j is %j', (path, expected) => {
    expect(normalizeHostPath(path)).toBe(expected);
  });

  test.each<[string, boolean, boolean]>([
    // path, exposesHost, exposesSocket
    ['/', true, true],
    ['/var/run/docker.sock', true, true],
    ['/run/docker.sock', true, true],
    ['/run', true, true],
    ['/var/run/', true, true],
    ['/var', true, true],
    ['/run/containerd', true, true],
    ['/run/containerd/containerd.sock', true, true],
    ['/run/k3s', true, true],
    ['/run/crio/crio.sock', true, true],
    ['/run/user/1000/docker.sock', true, true],
    ['/var/snap/microk8s/common/run/containerd.sock', true, true],
    ['/tmp/../run/docker.sock', true, true],
    ['\\\\.\\pipe\\docker_engine', true, true],
    ['//./pipe/docker_engine', true, true],
    ['/run/xtables.lock', false, false],
    ['/etc', true, false],
    ['/etc/kubernetes', true, false],
    ['/etc/kubernetes/pki/ca.key', true, false],
    ['/etc/shadow', true, false],
    ['/etc/ssh/sshd_config', true, false],
    ['/etc/cron.d', true, false],
    ['/etc/crontab', true, false],
    ['/etc/sudoers.d/x', true, false],
    ['/etc/localtime', false, false],
    ['/etc/ssl/certs', false, false],
    ['/root', true, false],
    ['/root/.ssh', true, false],
    ['/home', true, false],
    ['/home/app/data', false, false],
    ['/proc', true, false],
    ['/proc/1/root', true, false],
    ['/sys', true, false],
    ['/sys/fs/cgroup', false, false],
    ['/dev', true, false],
    ['/dev/fuse', false, false],
    ['/var/lib', true, false],
    ['/var/lib/kubelet/pods', true, false],
    ['/var/lib/docker/volumes/x', true, false],
    ['/var/lib/containers/storage', true, false],
    ['/var/lib/etcd', true, false],
    ['/var/lib/app', false, false],
    ['/var/log/app', false, false],
    ['/usr', true, false],
    ['/srv/data', false, false],
    ['/etcetera', false, false],
    ['/rootless/data', false, false],
    ['/process', false, false],
    ['/va', false, false],
    ['/ru', false, false],
    ['/data/etc', false, false],
  ])('%s exposes the host: %s, a socket: %s', (path, host, socket) => {
    expect([exposesHost(path), exposesSocket(path)]).toEqual([host, socket]);
  });

  test.each<[string, boolean]>([
    ['/', true],
    ['/usr', true],
    ['/usr/bin', true],
    ['/usr/bin/x', true],
    ['/usr/local', true],
    ['/usr/local/lib/node_modules', true],
    ['/usr/local/share', false],
    ['/usr/share/nginx/html', false],
    ['/bin/', true],
    ['/app', true],
    ['/app/data', false],
    ['/opt', true],
    ['/opt/data', false],
    ['/data', false],
    ['/tmp/../usr', true],
  ])('%s holds programs: %s', (path, expected) => {
    expect(holdsCode(path)).toBe(expected);
  });
});

describe('kinds', () => {
  test.each<[string, string, string | undefined]>([
    ['hostPath', '{name: v, hostPath: {path: /data}}', 'hostPath'],
    ['the kind before the name', '{emptyDir: {}, name: v}', 'emptyDir'],
    ['emptyDir', '{name: v, emptyDir: {}}', 'emptyDir'],
    ['nothing: an emptyDir', '{name: v}', 'emptyDir'],
    ['null: an emptyDir', '{name: v, emptyDir: null}', 'emptyDir'],
    ['a null beside a kind', '{name: v, emptyDir: null, configMap: {name: c}}', 'configMap'],
    ['configMap', '{name: v, configMap: {name: c}}', 'configMap'],
    ['a kind that nobody knows', '{name: v, unheardOf: {a: b}}', 'unheardOf'],
    ['two kinds, which no API server takes: the worse one', '{name: v, emptyDir: {}, hostPath: {path: /}}', 'hostPath'],
    ['a kind of the wrong type is not learned', '{name: v, hostPath: /etc}', UNKNOWN],
  ])('%s', (_, volume, kind) => {
    expect(pod(volume).fact('volume.kind')).toBe(kind);
  });

  test('a volume whose kind is not learned hides nothing', () => {
    expect(pod('{name: v, hostPath: /etc}').facts('volume', ['hostPath', 'exposesHost', 'exposesSocket'])).toEqual({
      hostPath: UNKNOWN,
      exposesHost: UNKNOWN,
      exposesSocket: UNKNOWN,
    });
  });
});

describe('host paths', () => {
  const claim = '---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c, namespace: shop}\nspec: {volumeName: pv}\n';
  const openClaim = '---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c, namespace: shop}\nspec: {}\n';
  const volume = (spec: string, name = 'pv'): string => `---\napiVersion: v1\nkind: PersistentVolume\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
  const ofClaim = '{name: v, persistentVolumeClaim: {claimName: c}}';
  test.each<[string, string, string, string, boolean]>([
    // volume, other objects, hostPath, exposesHost
    ['written', '{name: v, hostPath: {path: /etc}}', '', '/etc', true],
    ['with ..', '{name: v, hostPath: {path: /data/../etc}}', '', '/etc', true],
    ['/var/run is /run', '{name: v, hostPath: {path: /var/run/docker.sock}}', '', '/run/docker.sock', true],
    ['harmless', '{name: v, hostPath: {path: /data}}', '', '/data', false],
    ['without a path', '{name: v, hostPath: {type: Directory}}', '', '', false],
    ['none', '{name: v, emptyDir: {}}', '', '', false],
    ['behind a claim', ofClaim, claim + volume('{hostPath: {path: /etc}}'), '/etc', true],
    ['behind a claim, local', ofClaim, claim + volume('{local: {path: /mnt/disk}}'), '/mnt/disk', false],
    ['behind a claim, of a cloud', ofClaim, claim + volume('{csi: {driver: x}}'), '', false],
    ['behind a claim whose volume was not seen', ofClaim, claim, '', false],
    ['behind a claim that was not seen', ofClaim, volume('{hostPath: {path: /etc}}'), '', false],
    ['behind a volume that is kept for the claim', ofClaim, openClaim + volume('{hostPath: {path: /etc}, claimRef: {name: c, namespace: shop}}'), '/etc', true],
    ['behind a volume that is kept for another claim', ofClaim, openClaim + volume('{hostPath: {path: /etc}, claimRef: {name: c, namespace: other}}'), '', false],
    ['a claim of the same name elsewhere', ofClaim, claim.replace('namespace: shop', 'namespace: other') + volume('{hostPath: {path: /etc}}'), '', false],
  ])('%s', (_, text, others, hostPath, exposes) => {
    expect(pod(text, undefined, others).facts('volume', ['hostPath', 'exposesHost'], 'v')).toEqual({ hostPath, exposesHost: exposes });
  });
});

describe('mounts', () => {
  test.each<[string, string, string, boolean, boolean]>([
    // volume, mount, isWritable, isMounted
    ['writable', '{name: v, emptyDir: {}}', '{name: v, mountPath: /data}', true, true],
    ['read-only', '{name: v, emptyDir: {}}', '{name: v, mountPath: /data, readOnly: true}', false, true],
    ['one of two', '{name: v, emptyDir: {}}', '{name: v, mountPath: /a, readOnly: true}, {name: v, mountPath: /b}', true, true],
    ['none', '{name: v, emptyDir: {}}', '{name: other, mountPath: /data}', false, false],
    ['a claim that is read-only as a whole', '{name: v, persistentVolumeClaim: {claimName: c, readOnly: true}}', '{name: v, mountPath: /data}', false, true],
    ['a CSI volume that is read-only as a whole', '{name: v, csi: {driver: x, readOnly: true}}', '{name: v, mountPath: /data}', false, true],
  ])('%s', (_, volume, mount, isWritable, isMounted) => {
    expect(pod(volume, mount).facts('volume', ['isWritable', 'isMounted'])).toEqual({ isWritable, isMounted });
  });

  test('those of init and ephemeral containers count', () => {
    const subjects = kubernetes(
      '{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {volumes: [{name: i, emptyDir: {}}, {name: e, emptyDir: {}}], initContainers: [{name: x, volumeMounts: [{name: i, mountPath: /a}]}], ephemeralContainers: [{name: y, volumeMounts: [{name: e, mountPath: /a}]}]}}',
    );
    expect(subjects.of('volume').map(({ facts }) => (facts as { isWritable?: boolean }).isWritable)).toEqual([true, true]);
  });

  test.each<[string, string, boolean]>([
    ['no limit', '{name: v, emptyDir: {}}', false],
    ['a limit', '{name: v, emptyDir: {sizeLimit: 64Mi}}', true],
    ['a limit of null', '{name: v, emptyDir: {sizeLimit: null}}', false],
    ['a limit of zero, which the kubelet takes for none', '{name: v, emptyDir: {sizeLimit: 0}}', false],
    ['nothing said', '{name: v}', false],
    ['another kind has its own bound', '{name: v, persistentVolumeClaim: {claimName: c}}', true],
  ])('bounded: %s', (_, volume, expected) => {
    expect(pod(volume).fact('volume.isBounded')).toBe(expected);
  });

  test.each<[string, string, string, Record<string, unknown>]>([
    ['over programs', '{name: v, emptyDir: {}}', '{name: v, mountPath: /usr/bin}', { hidesCode: true, isReadOnly: false, kind: 'emptyDir' }],
    ['over programs, read-only', '{name: v, emptyDir: {}}', '{name: v, mountPath: /usr/bin, readOnly: true}', { hidesCode: false, isReadOnly: true }],
    ['a ConfigMap is read-only by itself', '{name: v, configMap: {name: c}}', '{name: v, mountPath: /app}', { hidesCode: false, isReadOnly: true }],
    ['a CSI volume that is read-only as a whole', '{name: v, csi: {driver: x, readOnly: true}}', '{name: v, mountPath: /app}', { hidesCode: false, isReadOnly: true }],
    ['one file of a volume', '{name: v, emptyDir: {}}', '{name: v, mountPath: /app, subPath: x}', { hidesCode: false }],
    ['propagation by default', '{name: v, emptyDir: {}}', '{name: v, mountPath: /data}', { propagation: 'None', path: '/data', volume: 'v' }],
    ['propagation', '{name: v, emptyDir: {}}', '{name: v, mountPath: /data, mountPropagation: Bidirectional}', { propagation: 'Bidirectional' }],
    ['a name that no volume has', '{name: v, emptyDir: {}}', '{name: gone, mountPath: /data}', { kind: '', isReadOnly: false }],
  ])('%s', (_, volume, mount, expected) => {
    expect(pod(volume, mount).facts('mount', Object.keys(expected))).toEqual(expected);
  });
});

test('a claim that a StatefulSet makes for each of its pods is a volume', () => {
  const subjects = kubernetes(
    '{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: a}, spec: {volumeClaimTemplates: [{metadata: {name: work}}], template: {spec: {containers: [{name: c, image: a:1, args: [--workspace=/work], volumeMounts: [{name: work, mountPath: /work}]}]}}}}',
  );
  expect(subjects.fact('mount.kind')).toBe('persistentVolumeClaim');
  expect(subjects.fact('container.isWorkspaceConfined')).toBe(true);
});

describe('places', () => {
  const subjects = pod('name: v\n      hostPath:\n        path: /etc');
  test.each([
    ['volume', 'volume.hostPath', 'app.yaml:12'],
    ['volume', 'volume.exposesHost', 'app.yaml:12'],
    ['volume', 'volume.kind', 'app.yaml:11'],
    ['volume', 'volume.name', 'app.yaml:10'],
    ['mount', 'mount.path', 'app.yaml:8'],
    ['mount', 'mount.isReadOnly', 'app.yaml:8 missing'],
  ])('%s: %s at %s', (type, fact, place) => {
    expect(lineOf(subjects.one(type), fact)).toBe(place);
  });
});
