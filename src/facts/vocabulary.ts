import type { FactEntry, FactType, FactValues, SubjectEntry } from '../model/vocabulary.ts';
import { POD_RESOURCES, POD_WRAPPERS } from '../pod-kinds.ts';

/** What runs, or makes what runs. */
const PODS = [...POD_RESOURCES, ...POD_WRAPPERS];
/** Pods, and what makes them in the name of their owner, each with a template of its own. */
const MAKERS = ['pods', 'replicationcontrollers', 'apps/replicasets', 'batch/jobs'];
const ROLES = ['rbac.authorization.k8s.io/roles', 'rbac.authorization.k8s.io/clusterroles'];
const BINDINGS = ['rbac.authorization.k8s.io/rolebindings', 'rbac.authorization.k8s.io/clusterrolebindings'];
const SECRETS = ['secrets', 'bitnami.com/sealedsecrets', 'external-secrets.io/externalsecrets'];
/** Where an environment comes from beyond the pod. */
const ENVIRONMENT = [...SECRETS, 'configmaps'];
const CLAIMS = ['persistentvolumeclaims', 'persistentvolumes'];
/** What says whether a service mesh encrypts. */
const MESH = ['namespaces', 'security.istio.io/peerauthentications', 'networking.istio.io/destinationrules'];
/** What runs a database, what asks for one, and what stands between the two. */
const DATASTORES = [
  ...PODS,
  ...ENVIRONMENT,
  ...['services', 'endpoints', 'discovery.k8s.io/endpointslices', 'autoscaling/horizontalpodautoscalers'],
  ...['postgresql.cnpg.io/clusters', 'postgresql.cnpg.io/poolers', 'postgresql.cnpg.io/scheduledbackups'],
  ...['acid.zalan.do/postgresqls', 'postgres-operator.crunchydata.com/postgresclusters'],
  ...['redis.redis.opstreelabs.in/redis', 'redis.redis.opstreelabs.in/redisclusters', 'redis.redis.opstreelabs.in/redisreplications'],
  ...['redis.redis.opstreelabs.in/redissentinels', 'databases.spotahome.com/redisfailovers'],
  ...MESH,
];
/** What copies data by the clock, whoever runs it. */
const BACKUPS = ['batch/cronjobs', 'postgresql.cnpg.io/scheduledbackups', 'velero.io/schedules', 'k8up.io/schedules', 'snapscheduler.backube/snapshotschedules'];

/**
 * Every word that a policy may use. This table is the only list: the typed rule environment, the TypeScript types of
 * the derivations and docs/facts.md come from it.
 *
 * A fact says what is true of the running system, after inheritance and API defaults. Facts whose name begins with
 * `own` or `pod` are raw fields of one level, for standards that judge fields; strings are empty where the field is not set.
 */
export const vocabulary = {
  object: {
    says: 'One Kubernetes object, compose file or Dockerfile, as it was found.',
    from: [],
    parents: [],
    facts: {
      apiVersion: word('string', 'API group and version; empty for what is not a Kubernetes object.'),
      kind: word('string', 'Kind, or `Compose` or `Dockerfile`.'),
      name: word('string', 'Name of the object.'),
      namespaceName: word('string', 'Namespace written in the object; empty if none is.'),
      duplicateKeys: word('list<string>', 'Keys that one mapping holds twice. The last one counts, as for kubectl.'),
      secretAge: word('optional<int>', 'Days since a Secret was last written, as the API server noted; none for what comes from a file, and for what a controller renews.', [
        'secrets',
      ]),
      removedIn: word('int', 'Minor version of Kubernetes that no longer serves this API; 0 if it is served.'),
    },
  },

  namespace: {
    says: 'A namespace that is part of the scan, or one that objects of the scan are in.',
    from: ['namespaces'],
    parents: [],
    facts: {
      name: word('string', 'Name of the namespace.'),
      isSystem: word('bool', 'It is one of `kube-system`, `kube-public` and `kube-node-lease`.'),
      enforceLevel: word('string', 'Pod Security level that is enforced; empty if none is.'),
      enforceVersion: word('string', 'Version that the enforced level is pinned to; empty if it is not.'),
      auditLevel: word('string', 'Pod Security level that is only audited; empty if none is.'),
      warnLevel: word('string', 'Pod Security level that is only warned about; empty if none is.'),
      enforcedByEngine: word('bool', 'A policy engine in the scan enforces rules on pods of this namespace.', [
        'admissionregistration.k8s.io/validatingwebhookconfigurations',
        'admissionregistration.k8s.io/validatingadmissionpolicies',
        'admissionregistration.k8s.io/validatingadmissionpolicybindings',
        'kyverno.io/clusterpolicies',
        // A kube-apiserver shows there how it is started.
        'pods',
      ]),
      hasQuota: word('bool', 'A ResourceQuota bounds the namespace, without scopes that let pods past it.', ['resourcequotas']),
      quotaBoundsCompute: word('bool', 'Quotas bound CPU, memory and the number of pods.', ['resourcequotas']),
      hasLimitRange: word('bool', 'A LimitRange gives containers default limits.', ['limitranges']),
      hasWorkloads: word('bool', 'Workloads of the scan run in it.', PODS),
    },
  },

  workload: {
    says: 'The owner of pods (Deployment, CronJob, bare Pod, …) or a compose service. Its facts are those of the pod it makes.',
    from: PODS,
    parents: ['namespace'],
    facts: {
      name: word('string', 'Name of the workload.'),
      kind: word('string', 'Kind of the owner, or `Service` of a compose file.'),
      namespaceName: word('string', 'Namespace that it runs in; empty if the manifest leaves it open.'),
      platform: word('string', '`kubernetes`, `compose` or `docker`.'),
      isKnownKind: word('bool', 'The kind is one of Kubernetes itself; false for a custom resource whose pod template was found by its shape.'),
      os: word('string', '`linux` or `windows` if the pod says so; else empty.'),
      usesHostNetwork: word('bool', 'It shares the network of its node or host.'),
      usesHostPid: word('bool', 'It sees the processes of its node or host.'),
      usesHostIpc: word('bool', 'It shares memory segments and semaphores with its node or host.'),
      usesHostUts: word('bool', 'It shares the host name of its node or host (compose only).'),
      usesHostUserNamespace: word('bool', 'It opts out of a user-namespace remapping of the Docker daemon (compose only).'),
      hasOwnUserNamespace: word('bool', 'Root in it is an unprivileged id on the node (`hostUsers: false`).'),
      sharesProcesses: word('bool', 'Its containers see each other’s processes.'),
      serviceAccount: word('string', 'Name of its service account; `default` where none is named.'),
      mountsToken: word('bool', 'An API token is mounted into its containers.', ['serviceaccounts']),
      mountsTokenExplicitly: word('bool', 'A projected volume mounts a token for the API server, whatever automount says.'),
      accountHasBindings: word('bool', 'A role is bound to its service account.', BINDINGS),
      sysctls: word('list<string>', 'Names of the kernel parameters that it sets.'),
      podRunAsNonRoot: word('optional<bool>', 'runAsNonRoot of the pod.'),
      podRunAsUser: word('optional<int>', 'runAsUser of the pod.'),
      podSeccomp: word('string', 'Seccomp profile type of the pod.'),
      podSeccompAnnotation: word('string', 'The old seccomp annotation of the pod.'),
      podAppArmor: word('string', 'AppArmor profile type of the pod.'),
      podSeLinuxType: word('string', 'SELinux type of the pod.'),
      podSeLinuxUser: word('string', 'SELinux user of the pod.'),
      podSeLinuxRole: word('string', 'SELinux role of the pod.'),
      podHostProcess: word('bool', 'windowsOptions.hostProcess of the pod.'),
      isDebugLeftover: word('bool', 'It looks like what `kubectl debug` leaves behind, a node debugger or a copy of a pod, and in a live cluster it is older than an hour.'),
      runsAsWritten: word(
        'optional<bool>',
        'Its Pods run in a live cluster, and have all that the template says that they were made from, and no power over their node beyond it. What webhooks add beside that, such as sidecars, is no difference, nor is a rollout that goes on. None for files, for Pods of their own and where no Pod runs.',
        MAKERS,
      ),
      differences: word('list<string>', 'What its Pods have otherwise than their template; empty where `runsAsWritten` is true or none.', MAKERS),
    },
  },

  volume: {
    says: 'A volume of a pod, a mount of a compose service, or a PersistentVolume that waits for a claim.',
    from: [...PODS, 'persistentvolumes'],
    parents: ['workload', 'namespace'],
    facts: {
      name: word('string', 'Name of the volume.'),
      kind: word('string', 'Source of the volume (`hostPath`, `emptyDir`, `configMap`, …); empty where none is given.'),
      hostPath: word('string', 'Path on the node or host, normalised; empty for other kinds.', CLAIMS),
      exposesHost: word('bool', 'The path is, holds or is below a place that gives control of the host: a runtime socket, `/`, `/etc`, `/proc`, …', CLAIMS),
      exposesSocket: word('bool', 'A container runtime socket can be reached through it.', CLAIMS),
      isWritable: word('bool', 'Some container mounts it without readOnly.'),
      isBounded: word('bool', 'Its size is limited, or it is of a kind that has its own bound.'),
      isMounted: word('bool', 'Some container mounts it.'),
    },
  },

  container: {
    says: 'A container that runs or would run: app, init, sidecar or ephemeral container, or compose service.',
    from: PODS,
    parents: ['image', 'workload', 'namespace'],
    facts: {
      name: word('string', 'Name of the container.'),
      role: word('string', '`app`, `init`, `sidecar` (an init container that stays) or `ephemeral`.'),
      hasEnded: word('bool', 'It is an ephemeral container that has ended: the pod goes on listing it for ever.'),
      isJustStarted: word('bool', 'It is an ephemeral container of a live pod that was started less than an hour ago: somebody may still be at work.'),
      runsAsRoot: word('bool', 'Its first process starts as user 0.', ['image config']),
      isNonRootGuaranteed: word('bool', 'The spec itself keeps it from starting as user 0, whatever the image says.'),
      cannotStart: word('bool', 'The kubelet refuses to start it: runAsNonRoot with user 0, or with an image user that is a name.', ['image config']),
      ownRunAsNonRoot: word('optional<bool>', 'runAsNonRoot of the container itself.'),
      runAsNonRoot: word('optional<bool>', 'runAsNonRoot of the container, or else of the pod.'),
      ownRunAsUser: word('optional<int>', 'runAsUser of the container itself.'),
      runAsUser: word('optional<int>', 'runAsUser of the container, or else of the pod; the numeric `user` of a compose service.'),
      runAsGroup: word('optional<int>', 'runAsGroup of the container, or else of the pod.'),
      isPrivileged: word('bool', 'It runs with all capabilities and all devices of the host.'),
      ownHostProcess: word('bool', 'windowsOptions.hostProcess of the container itself.'),
      isHostProcess: word('bool', 'It is a Windows HostProcess container, by its own setting or the pod’s.'),
      canGainPrivileges: word('bool', 'A process in it can get more privileges than its parent. True by default in Kubernetes, and always when privileged or with SYS_ADMIN.'),
      allowPrivilegeEscalation: word('optional<bool>', 'allowPrivilegeEscalation as it is written.'),
      addedCapabilities: word('list<string>', 'Capabilities added, upper case and without `CAP_`.'),
      droppedCapabilities: word('list<string>', 'Capabilities dropped, upper case and without `CAP_`.'),
      ownAddedCapabilities: word('list<string>', 'Capabilities added, as they are written.'),
      ownDroppedCapabilities: word('list<string>', 'Capabilities dropped, as they are written.'),
      dropsAllCapabilities: word('bool', 'ALL capabilities are dropped, in the spelling that its platform honours.'),
      seccomp: word('string', 'Seccomp profile type that applies: `RuntimeDefault`, `Localhost`, `Unconfined`, or empty (Kubernetes: unconfined unless the node has a default).'),
      ownSeccomp: word('string', 'Seccomp profile type of the container itself.'),
      seccompAnnotation: word('string', 'The old seccomp annotation for this container.'),
      appArmor: word('string', 'AppArmor profile type that applies, by field or annotation; empty means the default of the runtime.'),
      ownAppArmor: word('string', 'AppArmor profile type of the container itself.'),
      appArmorAnnotation: word('string', 'The AppArmor annotation for this container.'),
      ownSeLinuxType: word('string', 'SELinux type of the container itself.'),
      ownSeLinuxUser: word('string', 'SELinux user of the container itself.'),
      ownSeLinuxRole: word('string', 'SELinux role of the container itself.'),
      isLabelConfinementOff: word('bool', 'SELinux separation is switched off (compose `label:disable`).'),
      procMount: word('string', 'procMount as it is written; empty means `Default`.'),
      hasUnmaskedProc: word('bool', 'Kernel paths below /proc and /sys that are masked by default are open to it.'),
      hasReadOnlyRoot: word('bool', 'Its root file system cannot be written to.'),
      probeHosts: word('list<string>', 'Hosts that its probes and lifecycle hooks name, other than its own address.'),
      hasReadinessProbe: word('bool', 'It has a readiness probe.'),
      hasLivenessProbe: word('bool', 'It has a liveness probe.'),
      hasHealthCheck: word('bool', 'Something checks that it works: a probe (Kubernetes), or a health check of the service or its image (compose).', ['image config']),
      isMemoryLimited: word('bool', 'Its memory is limited, by its own limit, the pod’s, or a LimitRange default.', ['limitranges']),
      isCpuLimited: word('bool', 'Its CPU is limited, by its own limit, the pod’s, or a LimitRange default.', ['limitranges']),
      isMemoryRequested: word('bool', 'It requests memory, by itself or by its limit.', ['limitranges']),
      isCpuRequested: word('bool', 'It requests CPU, by itself or by its limit.', ['limitranges']),
      isPidsLimited: word('bool', 'The number of its processes is limited. In Kubernetes that is a setting of the node.', ['kubelet config']),
      hasMilliByteMemory: word('bool', 'A memory quantity ends in `m`, which is thousandths of a byte.'),
      memoryLimit: word('optional<int>', 'Memory limit in bytes.'),
      restartsForever: word('bool', 'It is restarted without end (compose `restart: always` or `unless-stopped`).'),
      isInteractiveShell: word('bool', 'It keeps a terminal open and only sleeps: a leftover of somebody’s debugging.'),
      imagePullPolicy: word('string', 'When the image is pulled, with the API’s default for its tag.'),
      workspace: word('string', 'Working folder that an agent declares (annotation, variable or argument); empty if none is declared.'),
      isWorkspaceConfined: word('bool', 'The declared workspace is a writable volume of its own, not a code, home or host folder.'),
    },
  },

  mount: {
    says: 'A volume mount of a container.',
    from: PODS,
    parents: ['container', 'image', 'workload', 'namespace'],
    facts: {
      path: word('string', 'Path in the container.'),
      volume: word('string', 'Name of the volume.'),
      kind: word('string', 'Source of the volume, as `volume.kind`.'),
      isReadOnly: word('bool', 'It cannot be written through this mount.'),
      propagation: word('string', 'Mount propagation; `None` by default.'),
      hidesCode: word('bool', 'It is a writable volume over a folder that holds programs (`/`, `/usr`, `/bin`, `/app`, …).'),
    },
  },

  port: {
    says: 'A port that a container declares or publishes.',
    from: PODS,
    parents: ['container', 'image', 'workload', 'namespace'],
    facts: {
      number: word('int', 'Port in the container.'),
      hostPort: word('int', 'Port on the node or host; 0 if none.'),
      hostAddress: word('string', 'Address on the host that it is bound to; empty means all.'),
      protocol: word('string', '`TCP`, `UDP` or `SCTP`.'),
      isDebug: word('bool', 'The port of a debugger: Node inspector, JDWP, debugpy, delve, …'),
      isRemoteShell: word('bool', 'The port of a remote login: SSH, telnet, RDP, VNC.'),
    },
  },

  variable: {
    says: 'An environment variable that a container sets.',
    from: PODS,
    parents: ['container', 'image', 'workload', 'namespace'],
    facts: {
      name: word('string', 'Name of the variable.'),
      source: word('string', '`literal`, `secret`, `configMap`, `field`, `resource`, `host` (compose: from the caller’s environment) or `none`.'),
      namesSecret: word('bool', 'By its name it holds a secret.'),
      holdsLiteralSecret: word('bool', 'A secret stands in it as plain text.'),
      secretKind: word('string', 'What was recognised in a literal value (`password in a URL`, `GitHub token`, `value of a secret name`); empty if nothing.'),
      isOptional: word('bool', 'The reference may point at nothing, and the variable is then not set.'),
      referenceExists: word('bool', 'The Secret or ConfigMap and the key that it refers to exist.', ENVIRONMENT),
      unresolvedReferences: word('list<string>', 'Names in `$(NAME)` that nothing defines where the variable is expanded; they stay as literal text.', ENVIRONMENT),
      forwardReferences: word('list<string>', 'Names in `$(NAME)` that are defined only further down; they stay as literal text.', ENVIRONMENT),
      shellReferences: word('list<string>', 'Names in `${NAME}` or `$NAME`, which Kubernetes does not expand.', ENVIRONMENT),
      emptyInterpolations: word('list<string>', 'Names in `${NAME}` that compose fills with nothing.'),
      opensDockerApi: word('bool', 'It points a Docker client at an unprotected TCP socket.'),
    },
  },

  argument: {
    says: 'One item of a container’s command, args, probe or hook command.',
    from: PODS,
    parents: ['container', 'image', 'workload', 'namespace'],
    facts: {
      field: word('string', 'Where it stands: `command`, `args`, `livenessProbe`, …'),
      holdsLiteralSecret: word('bool', 'A secret stands in it as plain text.'),
      secretKind: word('string', 'What was recognised; empty if nothing.'),
      unresolvedReferences: word('list<string>', 'Names in `$(NAME)` that nothing defines; they stay as literal text.', ENVIRONMENT),
      shellReferences: word('list<string>', 'Names in `${NAME}` or `$NAME` where no shell expands them.', ENVIRONMENT),
      emptyInterpolations: word('list<string>', 'Names in `${NAME}` that compose fills with nothing.'),
    },
  },

  image: {
    says: 'An image that a container refers to, or that a Dockerfile builds.',
    from: PODS,
    parents: [],
    facts: {
      reference: word('string', 'The reference as it is written.'),
      registry: word('string', 'Registry; `docker.io` where none is written.'),
      repository: word('string', 'Repository without the registry, `library/` included.'),
      tag: word('string', 'Tag; empty if none is written.'),
      digest: word('string', 'Digest; empty if none is written.'),
      isDigestPinned: word('bool', 'A digest says exactly which image runs.'),
      isTagMoving: word('bool', 'No digest, and no tag or one that is made to move: `latest`, `stable`, `main`, …'),
      isSeen: word('bool', 'Its configuration is part of the scan; of another image only the reference is known.'),
      isBuiltHere: word('bool', 'A Dockerfile of the scan builds it.'),
      runsAsRoot: word('bool', 'Its configured user is root, or none is configured.', ['image config']),
      hasNumericUser: word('bool', 'Its configured user is a number, so the kubelet can tell that it is not root.', ['image config']),
      hasHealthCheck: word('bool', 'It has a HEALTHCHECK.', ['image config']),
      exposesRemoteShell: word('bool', 'It exposes the port of a remote login or a debugger.', ['image config']),
    },
  },

  base: {
    says: 'A base image that a Dockerfile builds on (one FROM line).',
    from: [],
    parents: ['image'],
    facts: {
      reference: word('string', 'The reference as it is written, build arguments filled in.'),
      stage: word('string', 'Name or number of the stage.'),
      isFinal: word('bool', 'It is the base of the image that is shipped.'),
      isDigestPinned: word('bool', 'A digest says exactly which image is used.'),
      isTagMoving: word('bool', 'No digest, and no tag or one that is made to move.'),
    },
  },

  entry: {
    says: 'A key of a ConfigMap or a Secret manifest, or a variable of an env file that a compose service reads.',
    from: ['configmaps'],
    parents: ['namespace'],
    facts: {
      key: word('string', 'Name of the key.'),
      owner: word('string', '`ConfigMap`, `Secret` or `env-file`.'),
      namesSecret: word('bool', 'By its name it holds a secret.'),
      holdsLiteralSecret: word('bool', 'A secret stands in it, readable for everybody who reads the file.'),
      secretKind: word('string', 'What was recognised; empty if nothing.'),
    },
  },

  datastore: {
    says: 'A PostgreSQL or Redis server (or one that speaks its protocol): a container that runs one, an operator’s custom resource, or the place where a client’s address leads to.',
    from: DATASTORES,
    parents: ['container', 'image', 'workload', 'namespace'],
    facts: {
      name: word('string', 'What it is called: the workload, service, custom resource or host name.'),
      engine: word('string', '`postgres` or `redis`.'),
      family: word(
        'string',
        'Whose build it is, for they read different variables: `postgres`, `bitnami-postgres`, `cloudnative-pg`, `redis`, `bitnami-redis`, `valkey`, `keydb`, …; `managed` where a provider runs it.',
      ),
      version: word('string', 'Version, as far as the tag or a setting tells it.'),
      platform: word('string', '`kubernetes`, `compose` or `docker`; empty where it is not part of the scan.'),
      isSeen: word('bool', 'It is part of the scan; of others only their address is known.'),
      isManaged: word('bool', 'A provider runs it, as its host name tells.'),
      isVersionSupported: word('bool', 'Its version still gets fixes and has those of the known grave faults.'),
      listensBeyondLoopback: word('bool', 'It listens on more than the loopback interface and unix sockets.', ['server configuration']),
      offersTls: word('bool', 'It takes TLS connections.', ['server configuration']),
      acceptsPlaintext: word('bool', 'A client on another machine can have a session without TLS.', ['server configuration']),
      isMeshOnly: word('bool', 'Its pod is in a service mesh that lets nothing else to its port than the mesh’s own TLS, whoever calls.', MESH),
      offersOldTls: word('bool', 'It takes TLS connections of a protocol below 1.2.', ['server configuration']),
      isReplica: word('bool', 'It copies another server.', ['server configuration']),
      replicatesOverTls: word('bool', 'Copying between servers is encrypted.', ['server configuration']),
      requiresPassword: word('bool', 'Redis: a client without a password is refused, protected mode aside.', ['server configuration']),
      passwordIsUnexpanded: word('bool', 'Its password is the text of a reference that nothing expands, such as `$REDIS_PASSWORD`.', ['server configuration']),
      usersWithoutPassword: word('list<string>', 'Redis: users other than `default` who may log in with any password.', ['server configuration']),
      protectedMode: word('bool', 'Redis: protected mode is on, whether or not it has an effect.', ['server configuration']),
      isOpenToNetwork: word('bool', 'Redis: a client on another machine may run commands without a password.', ['server configuration']),
      onlyDefaultUser: word('bool', 'Redis: every client is the user `default`, who may do everything.', ['server configuration']),
      defaultUserIsAlmighty: word('bool', 'Redis: the user `default` is enabled and may run every command on every key.', ['server configuration']),
      overpoweredUsers: word('list<string>', 'Redis: users other than `default` who may run administrative commands.', ['server configuration']),
      enabledDangers: word('list<string>', 'Redis: settings that open debugging, modules or protected settings to clients.', ['server configuration']),
      openCommands: word('list<string>', 'Redis: commands that empty, stop or reconfigure the server and that the user `default` may run.', ['server configuration']),
      maxMemory: word('optional<int>', 'Redis: `maxmemory` in bytes.', ['server configuration']),
      maxMemoryPolicy: word('string', 'Redis: what is thrown away when the memory is full.', ['server configuration']),
      trustsNetwork: word('bool', 'PostgreSQL: a client on another machine can log in without any proof of who it is.', ['server configuration']),
      trustsLocal: word('bool', 'PostgreSQL: the same from the loopback interface or the unix socket.', ['server configuration']),
      networkMethods: word('list<string>', 'PostgreSQL: methods by which clients on other machines log in.', ['server configuration']),
      passwordEncryption: word('string', 'PostgreSQL: how new passwords are stored.', ['server configuration']),
      superuser: word('string', 'PostgreSQL: the superuser that the image makes; empty where its name stands in a Secret.', ['server configuration']),
      hasPassword: word('bool', 'A password is set for its first or default user.', ['server configuration', 'secrets']),
      passwordIsDefault: word('bool', 'That password is one that everybody tries first.', ['server configuration', 'secrets']),
      passwordIsShort: word('bool', 'That password has less than 12 characters.', ['server configuration', 'secrets']),
      logsStatements: word('bool', 'PostgreSQL: statements that change something are logged, by the server or by pgaudit.', ['server configuration']),
      logsConnections: word('bool', 'PostgreSQL: logins are logged.', ['server configuration']),
      logsDisconnections: word('bool', 'PostgreSQL: the ends of sessions are logged.', ['server configuration']),
      statementTimeout: word('int', 'PostgreSQL: `statement_timeout` of the server in milliseconds; 0 means none.', ['server configuration']),
      lockTimeout: word('int', 'PostgreSQL: `lock_timeout` of the server in milliseconds; 0 means none.', ['server configuration']),
      idleTransactionTimeout: word('int', 'PostgreSQL: `idle_in_transaction_session_timeout` of the server in milliseconds; 0 means none.', ['server configuration']),
      maxConnections: word('int', 'PostgreSQL: `max_connections`.', ['server configuration']),
      reservedConnections: word('int', 'PostgreSQL: connections that are kept for superusers.', ['server configuration']),
      connectionDemand: word(
        'optional<int>',
        'PostgreSQL: what the pools of all its clients of the scan add up to when all copies run; none where no client says how large its pool is.',
        ['autoscaling/horizontalpodautoscalers'],
      ),
      isBehindPooler: word('bool', 'PostgreSQL: a connection pooler of the scan stands before it.'),
      syncsWrites: word('bool', 'PostgreSQL: `fsync` and `full_page_writes` are on.', ['server configuration']),
      hasChecksums: word('bool', 'PostgreSQL: data pages have checksums.', ['server configuration']),
      hidesDamage: word('bool', 'PostgreSQL: `zero_damaged_pages` or `ignore_checksum_failure` is on.', ['server configuration']),
      isBackedUp: word('bool', 'A schedule of the scan copies its data.', BACKUPS),
      keepsData: word('bool', 'Its data is in a volume that outlives it.'),
      keepsDataOnNode: word('bool', 'Its data is in a folder of one node.', [...CLAIMS, 'storage.k8s.io/storageclasses']),
      isEncryptedAtRest: word('bool', 'Its volume is encrypted, as its storage class says.', [...CLAIMS, 'storage.k8s.io/storageclasses']),
    },
  },

  connection: {
    says: 'An address of a PostgreSQL or Redis server that a program holds, with what is known of the server that it leads to.',
    from: DATASTORES,
    parents: ['datastore', 'container', 'image', 'workload', 'namespace'],
    facts: {
      engine: word('string', '`postgres`, `redis`, or `sql` for a database of which only the name of a variable is known.'),
      source: word('string', 'What names the address: `DATABASE_URL`, `REDIS_HOST`, `args[1]`, a file.'),
      host: word('string', 'Host name, address or path of the socket; `•••` where a Secret holds it.'),
      port: word('int', 'Port.'),
      user: word('string', 'User that the client logs in as; empty where none is named, `•••` where a Secret holds it.'),
      database: word('string', 'Database; empty where none is named, `•••` where a Secret holds it.'),
      leadsTo: word(
        'string',
        '`server` of the scan, `managed` service, `outside` host, `pooler` or other hop on the way, `unseen`, or `unread` where the address itself was not read.',
      ),
      way: word('string', 'How the server was found: `Service db`, `service db`, `the same pod`, …, and the hops on the way.'),
      crossesNetwork: word('bool', 'It leaves the pod or container: no unix socket, no loopback interface.'),
      isOutside: word('bool', 'It leaves the cluster or the compose project.'),
      hasPublicAddress: word('bool', 'It goes to an address of the public internet.'),
      tls: word('string', 'What the client asks for: `never`, `if-demanded`, `if-offered`, `always`.'),
      whyTls: word('string', 'Which setting, or which default of which driver, makes it so.'),
      demandsTls: word('bool', 'The client refuses a session without TLS.'),
      isTlsAssured: word('bool', 'The client refuses a session without TLS; where the client is not known, the server does.', ['server configuration']),
      verifiesCertificate: word('bool', 'The client checks who issued the server’s certificate.'),
      verifiesHost: word('bool', 'The client checks that the certificate is for the host that it called.'),
      isMeshEncrypted: word('bool', 'A service mesh encrypts between both ends, and lets nothing else in.', MESH),
      plaintextPossible: word('bool', 'As both ends are set, and what stands between them, a session without TLS can come about.', ['server configuration']),
      willNotConnect: word('bool', 'Its driver refuses the address, or the server refuses what the client asks for.', ['server configuration']),
      whyNot: word('string', 'Why it will not connect; empty where nothing is seen against it.'),
      sendsPassword: word('bool', 'The client has a password, a file of passwords or a client certificate.'),
      hasPassword: word('bool', 'A password is set for it, here, in a Secret or in a file.'),
      passwordIsDefault: word('bool', 'Its password is one that everybody tries first, or the name of its user or database.', ['secrets']),
      passwordIsShort: word('bool', 'Its password has less than 12 characters.', ['secrets']),
      needsNoPassword: word('bool', 'The server lets it in without any proof of who it is.', ['server configuration']),
      usesSuperuser: word('bool', 'It logs in as a superuser of the server.', ['server configuration']),
      roleSharedWith: word('list<string>', 'Other applications of the scan that log in to the same server as the same role.'),
      copiesData: word('bool', 'The program copies the database away: pg_dump, pg_basebackup, WAL-G, …'),
      encryptsCopies: word('bool', 'What it copies away is encrypted.'),
      poolSize: word('optional<int>', 'How many connections one copy of the program may open, as far as a setting says.'),
    },
  },

  store: {
    says: 'An SQLite file in which a program keeps what it did, as a variable names it (`AI_FIRST_AUDIT_DB`).',
    from: [...PODS, ...ENVIRONMENT],
    parents: ['container', 'image', 'workload', 'namespace'],
    facts: {
      path: word('string', 'Path of the file in the container.'),
      kind: word('string', 'What it lies on: `claim`, `volume`, `hostPath`, `emptyDir`; empty for the container’s own file system.'),
      outlivesContainer: word('bool', 'It is still there when the container is replaced.'),
      isOnNetwork: word('bool', 'It lies on a network file system, or on a volume that several nodes may write.', ['persistentvolumeclaims']),
      isShared: word('bool', 'Several copies of the program write to the same file.', ['autoscaling/horizontalpodautoscalers']),
      isInWorkspace: word('bool', 'It lies in a folder that an agent works in.'),
    },
  },

  certificate: {
    says: 'A certificate in a Secret or ConfigMap, one that cert-manager is asked for, or one that is in use and was not seen.',
    from: [...PODS, 'secrets', 'configmaps', 'services', 'networking.k8s.io/ingresses', 'gateway.networking.k8s.io/gateways', 'cert-manager.io/certificates'],
    parents: ['object', 'namespace'],
    facts: {
      name: word('string', 'Name of the object and of the key.'),
      isAuthority: word('bool', 'It signs others.'),
      daysLeft: word('optional<int>', 'Days until it expires, below zero where it has; none where cert-manager renews it.'),
      isYetValid: word('bool', 'It is valid already.'),
      hasWeakKey: word('bool', 'Its key is too short: RSA below 2048 bits, or a curve below 256.'),
      hasWeakSignature: word('bool', 'It is signed with SHA-1 or MD5.'),
      isTest: word('bool', 'A package or a controller brings it along for trying out.'),
      servicesNotNamed: word('list<string>', 'Services that lead to what mounts it, where it names none of them.', ['services', ...PODS]),
    },
  },

  role: {
    says: 'A Role or ClusterRole.',
    from: ROLES,
    parents: [],
    facts: {
      name: word('string', 'Name of the role.'),
      kind: word('string', '`Role` or `ClusterRole`.'),
      isBuiltIn: word('bool', 'It is one that Kubernetes itself creates.'),
      isAggregated: word('bool', 'Its rules are collected from other roles by label.'),
    },
  },

  rule: {
    says: 'One rule of a Role or ClusterRole.',
    from: ROLES,
    parents: ['role'],
    facts: {
      verbs: word('list<string>', 'Verbs as written.'),
      resources: word('list<string>', 'Resources as written.'),
      apiGroups: word('list<string>', 'API groups as written; the core group is empty.'),
      isNamed: word('bool', 'It is limited to named objects.'),
      allowsAllVerbs: word('bool', '`*` as a verb.'),
      allowsAllResources: word('bool', '`*` as a resource.'),
      readsSecrets: word('bool', 'It reads Secrets that it does not name.'),
      createsPods: word('bool', 'It creates pods or what makes pods, and so reads every Secret of the namespace.'),
      entersPods: word('bool', 'It runs commands in pods: exec, attach, port-forward, ephemeral containers.'),
      reachesKubelet: word('bool', 'It reaches the kubelets through `nodes/proxy`.'),
      createsTokens: word('bool', 'It makes tokens of service accounts.'),
      raisesOwnRights: word('bool', 'It can bind or escalate roles, impersonate, or write roles and bindings.'),
      changesAdmission: word('bool', 'It writes admission webhooks or policies, or approves certificates.'),
    },
  },

  binding: {
    says: 'A RoleBinding or ClusterRoleBinding.',
    from: BINDINGS,
    parents: [],
    facts: {
      name: word('string', 'Name of the binding.'),
      kind: word('string', '`RoleBinding` or `ClusterRoleBinding`.'),
      roleName: word('string', 'Name of the bound role.'),
      isBuiltIn: word('bool', 'It is one that Kubernetes itself creates.'),
      bindsClusterAdmin: word('bool', 'It gives away every right: `cluster-admin`, or another role that allows everything.', ROLES),
      bindsEverybody: word('bool', 'It binds anonymous, unauthenticated or all authenticated users.'),
      bindsDefaultAccount: word('bool', 'It binds the `default` service account of a namespace, or all service accounts.'),
    },
  },

  identity: {
    says: 'Somebody whom bindings name (service account, user or group), with the rights of all of them together. Those of its groups are the groups’.',
    from: BINDINGS,
    parents: [],
    facts: {
      name: word('string', 'Name of the account, user or group.'),
      kind: word('string', '`ServiceAccount`, `User` or `Group`.'),
      namespaceName: word('string', 'Namespace of a service account; empty for users and groups.'),
      isAccount: word('bool', 'Programs are behind it: a service account, or a group of service accounts.'),
      isBuiltIn: word('bool', 'Only bindings that Kubernetes itself creates name it.'),
      grants: word('list<string>', 'The roles that it is given, and where they hold.'),
      mayDoEverything: word('bool', 'Every verb on every resource, in a namespace or in the cluster.', ROLES),
      isSeenToDoEverything: word('bool', 'Some role that was seen gives it every right: its other rights need not be told one by one.', ROLES),
      readsSecrets: word('bool', 'It reads Secrets that are not named, in some namespace.', ROLES),
      readsAllSecrets: word('bool', 'It reads the Secrets of all namespaces.', ROLES),
      createsPods: word('bool', 'It creates pods or what makes pods, and so reads every Secret of the namespace.', ROLES),
      entersPods: word('bool', 'It runs commands in pods.', ROLES),
      reachesKubelet: word('bool', 'It reaches the kubelets through `nodes/proxy`.', ROLES),
      createsTokens: word('bool', 'It makes tokens of service accounts.', ROLES),
      raisesOwnRights: word('bool', 'It can bind or escalate roles, impersonate, or write bindings.', ROLES),
      changesAdmission: word('bool', 'It writes admission webhooks or policies, or approves certificates.', ROLES),
    },
  },

  cluster: {
    says: 'The cluster: a live one that is scanned, or one whose API server is among the manifests.',
    from: [],
    parents: [],
    facts: {
      name: word('string', 'Name of its context; empty for manifests.'),
      version: word('string', 'Minor version of its API server, as `1.36`.'),
      minor: word('int', 'The same as a number.'),
      isSupported: word('bool', 'The version is one of the three newest that this program knows, or newer: Kubernetes mends faults in three.'),
    },
  },

  apiserver: {
    says: 'A kube-apiserver that runs as a pod; for a live cluster that shows none, the unseen one.',
    from: PODS,
    parents: ['cluster'],
    facts: {
      name: word('string', 'Name of the pod.'),
      isVisible: word('bool', 'A pod shows how it is started; managed control planes show none.'),
      hasAuditPolicy: word('bool', 'It is told which requests to record (`--audit-policy-file`).'),
      hasAuditBackend: word('bool', 'It is told where to record them (`--audit-log-path` or `--audit-webhook-config-file`).'),
    },
  },

  audit: {
    says: 'An audit policy of the API server: a file of the kind `audit.k8s.io` Policy.',
    from: [],
    parents: [],
    facts: {
      name: word('string', 'Name of the policy, if it has one.'),
      recordsAnything: word('bool', 'Some rule has another level than `None`.'),
      recordsSecretAccess: word('bool', 'Reading a Secret is recorded, whoever does it.'),
      recordsSecretValues: word('bool', 'What a Secret holds is written to the log: level `Request` or `RequestResponse` reaches Secrets.'),
      recordsEnteringPods: word('bool', 'Running a command in a pod is recorded.'),
      recordsRoleChanges: word('bool', 'Giving away rights is recorded.'),
    },
  },
} as const satisfies Record<string, SubjectEntry>;

export type Vocabulary = typeof vocabulary;
export type SubjectType = keyof Vocabulary;

/** The facts of a subject type as TypeScript sees them. `undefined` means: not learned. */
export type FactsOf<T extends SubjectType> = {
  readonly [K in keyof Vocabulary[T]['facts']]: Vocabulary[T]['facts'][K] extends FactEntry<infer F> ? FactValues[F] | undefined : never;
};

function word<T extends FactType>(type: T, says: string, reads: readonly string[] = []): FactEntry<T> {
  return { type, says, reads };
}
