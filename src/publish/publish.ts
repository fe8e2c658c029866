import type { KubeClient } from '../collect/cluster/client.ts';
import { InputError } from '../errors.ts';
import type { Report } from '../model/report.ts';
import { configMapOf } from './config-map.ts';
import { attempt, find, PublishError, put } from './kube-objects.ts';
import { type PolicyReportPublication, publishPolicyReports } from './policy-reports.ts';
import { publishToPushgateway } from './pushgateway.ts';
import { type ConfigMapTarget, describeTarget, type PublishTarget } from './targets.ts';

export interface Publication extends PolicyReportPublication {
  /** Made for the first target that needs it: a Pushgateway alone does not. */
  readonly client: () => KubeClient;
}

/** Sends a report to each target, whatever becomes of the others. Returns what went wrong, a sentence for each target. */
export async function publish(report: Report, targets: readonly PublishTarget[], publication: Publication): Promise<string[]> {
  const problems: string[] = [];
  for (const target of targets) {
    try {
      if (target.kind === 'pushgateway') await publishToPushgateway(report, target);
      else if (target.kind === 'configmap') await publishConfigMap(publication.client(), report, target);
      else await publishPolicyReports(publication.client(), report, target, publication);
    } catch (error) {
      // A cluster that is not named is the user's to mend, and the other targets are still served.
      if (!(error instanceof PublishError || error instanceof InputError)) throw error;
      problems.push(`--publish ${describeTarget(target)}: ${error.message}`);
    }
  }
  return problems;
}

async function publishConfigMap(client: KubeClient, report: Report, target: ConfigMapTarget): Promise<void> {
  const object = configMapOf(report, target);
  const { name, namespace } = object.metadata;
  const collection = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`;
  const known = await attempt(`get ConfigMap ${namespace}/${name}`, () => find(client, `${collection}/${encodeURIComponent(name)}`));
  await put(client, collection, object, known, `ConfigMap ${namespace}/${name}`);
}
