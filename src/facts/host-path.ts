/** Sockets that give whoever can open them the rights of root on the host. `:ro` does not help: a socket is still connectable. */
const RUNTIME_SOCKETS = [
  '/run/docker.sock',
  '/run/docker/containerd/containerd.sock',
  '/run/containerd/containerd.sock',
  '/run/crio/crio.sock',
  '/run/podman/podman.sock',
  '/run/cri-dockerd.sock',
  '/run/k3s/containerd/containerd.sock',
  '/run/dockershim.sock',
  '/run/buildkit/buildkitd.sock',
  '/run/containerd.sock',
  '/run/crio.sock',
];

/** Folders whose content is the host itself. A mount of one of them, or of a parent, exposes it. */
const HOST_FOLDERS = [
  '/etc',
  '/root',
  '/home',
  '/proc',
  '/sys',
  '/dev',
  '/boot',
  '/run',
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib64',
  '/var/lib/kubelet',
  '/var/lib/docker',
  '/var/lib/containerd',
  '/var/lib/containers',
  '/var/lib/etcd',
  '/var/lib/rancher',
];

/** Below these every file counts: keys of the node, other containers' data. */
const KEYS_BELOW = [
  '/etc/kubernetes',
  '/etc/shadow',
  '/etc/ssh',
  '/etc/sudoers',
  '/etc/sudoers.d',
  '/etc/crontab',
  '/etc/cron.d',
  '/etc/cron.hourly',
  '/etc/cron.daily',
  '/etc/cron.weekly',
  '/etc/cron.monthly',
  '/root',
  '/proc',
  '/var/lib/kubelet',
  '/var/lib/docker',
  '/var/lib/containerd',
  '/var/lib/containers',
  '/var/lib/etcd',
];

/** Resolves `.`, `..`, double slashes and the link `/var/run` → `/run`. */
export function normalizeHostPath(path: string): string {
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  }
  const plain = `/${steps.join('/')}`;
  return plain === '/var/run' || plain.startsWith('/var/run/') ? plain.slice('/var'.length) : plain;
}

export function exposesSocket(hostPath: string): boolean {
  const path = normalizeHostPath(hostPath);
  // Where /var/run is a folder of its own, as it was of old, /var holds the sockets, too.
  return path === '/var' || RUNTIME_SOCKETS.some((socket) => holds(path, socket)) || OTHER_SOCKETS.test(path);
}

/** In other folders (rootless Docker, MicroK8s), or the pipe of Docker on Windows. */
const OTHER_SOCKETS = /(?:docker|containerd|crio|podman|cri-dockerd|buildkitd)[\w.-]*\.sock$|[\\/]pipe[\\/]docker_engine$/i;

/** What somebody keeps in his home to open other doors; compose writes it without his name. */
const KEYS_OF_A_HOME = /^\/home\/(?:[^/]+\/)?\.(?:ssh|gnupg|aws|azure|kube|docker|config\/gcloud)(?:\/.*)?$/;

export function exposesHost(hostPath: string): boolean {
  const path = normalizeHostPath(hostPath);
  return KEYS_OF_A_HOME.test(path) || HOST_FOLDERS.some((folder) => holds(path, folder)) || KEYS_BELOW.some((folder) => holds(folder, path)) || exposesSocket(path);
}

/** Whether `inner` is `outer` or stands below it. */
function holds(outer: string, inner: string): boolean {
  return outer === '/' || inner === outer || inner.startsWith(`${outer}/`);
}

/** Folders of a container that hold its programs: who can write there decides what runs next. */
const CODE_FOLDERS = /^\/(?:|usr(?:\/(?:(?:bin|sbin|lib|lib64|src|local\/(?:bin|sbin|lib|lib64|src))(?:\/.*)?|local))?|bin|sbin|lib|lib64|opt|app|code|srv|workspace\/bin)$/;

export function holdsCode(mountPath: string): boolean {
  return CODE_FOLDERS.test(normalizeHostPath(mountPath));
}
