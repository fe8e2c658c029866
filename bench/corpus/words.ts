/** Names as a company of some hundred engineers gives them. */
export const organisation = 'harbourline';

// biome-ignore format: a list of words
export const teams = [
  'payments', 'checkout', 'identity', 'catalogue', 'search', 'logistics', 'pricing', 'messaging', 'analytics', 'platform',
  'fraud', 'billing', 'inventory', 'support', 'growth', 'media', 'risk', 'partners', 'mobile', 'data-science',
] as const;

/** What an application is about; with a role it makes its name: `invoice-api`, `parcel-router`. */
// biome-ignore format: a list of words
export const nouns = [
  'account', 'address', 'agreement', 'alert', 'audit', 'badge', 'basket', 'booking', 'budget', 'campaign', 'card', 'carrier',
  'cart', 'claim', 'consent', 'contract', 'coupon', 'courier', 'credit', 'currency', 'customer', 'delivery', 'device', 'discount',
  'dispute', 'document', 'email', 'event', 'export', 'feature', 'feed', 'fleet', 'forecast', 'gift', 'invoice', 'journal',
  'label', 'ledger', 'licence', 'listing', 'loyalty', 'mandate', 'market', 'membership', 'merchant', 'metric', 'notice', 'offer',
  'order', 'parcel', 'payout', 'permit', 'photo', 'pickup', 'policy', 'price', 'product', 'profile', 'promotion', 'quote',
  'rate', 'receipt', 'refund', 'region', 'report', 'return', 'review', 'reward', 'route', 'sales', 'schedule', 'segment',
  'seller', 'session', 'settlement', 'shipment', 'signal', 'stock', 'store', 'subscription', 'supplier', 'survey', 'tariff', 'tax',
  'tenant', 'ticket', 'token', 'tracking', 'transfer', 'trip', 'usage', 'vendor', 'video', 'voucher', 'wallet', 'warehouse',
] as const;

// biome-ignore format: a list of words
export const roles = [
  'api', 'backend', 'frontend', 'gateway', 'worker', 'consumer', 'publisher', 'indexer', 'router', 'resolver', 'scorer', 'syncer',
  'importer', 'exporter', 'aggregator', 'notifier', 'renderer', 'validator', 'matcher', 'ranker', 'planner', 'tracker', 'proxy', 'bff',
  'service', 'engine', 'store', 'cache', 'stream', 'adapter', 'console', 'portal',
] as const;

// biome-ignore format: a list of words
export const people = ['amelie', 'bjorn', 'chidi', 'dora', 'emre', 'farah', 'goran', 'hana', 'ines', 'jonas', 'keiko', 'luis', 'mira', 'noor', 'olek', 'priya'] as const;

export const zones = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c', 'eu-central-1a', 'eu-central-1b'] as const;

/** Remarks that engineers leave above a block or behind a value. */
// biome-ignore format: a list of words
export const remarks = [
  'see the runbook before changing this', 'raised after the incident in March', 'keep in step with the load test', 'temporary, until the new cluster is ready',
  'agreed with the platform team', 'do not lower: start-up migrations need it', 'the sidecar reads this too', 'matches the value in Terraform',
  'TODO: move to the shared chart', 'measured under peak traffic', 'owned by the data team', 'needed for zero-downtime deploys', 'copied from staging',
  'required by the auditor', 'default is too small for batch days', 'FIXME: drop once the old clients are gone', 'two is the minimum for the PDB',
] as const;

export const sentences = [
  'Accepts requests from the public gateway and hands them to the domain services.',
  'Reads the change stream and keeps the search index up to date.',
  'Calculates the totals that finance reconciles at the end of each day.',
  'Sends messages to customers through the providers that each market has agreed on.',
  'Holds the projection that the back office reads; it can be rebuilt from events at any time.',
  'Translates between the partner format and ours, and keeps what could not be translated.',
  'Answers within 80 ms at the 99th percentile; the circuit breaker of the gateway opens at 400 ms.',
  'Owned by the team named in the labels; ask in their channel before a restart during business hours.',
  'Stateless. Safe to scale to zero outside of business hours in all markets.',
] as const;
