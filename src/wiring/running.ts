/**
 * What is in force now, of all that can be read again without a restart. The collections stay the same objects, and whoever
 * was given one sees the new content; it changes between two steps of the event loop, all at once.
 */
import type { configuredTrust } from '../adapters/trust-files.ts';
import type { Config } from '../config/config.ts';
import type { AooId } from '../kernel/ids.ts';
import type { TrustAnchors } from '../model/pec.ts';
import type { Office } from '../service/register/office.ts';
import type { MailboxName } from '../service/register/store.ts';

export type TrustInForce = Awaited<ReturnType<typeof configuredTrust>>;

export interface Running {
  readonly offices: ReadonlyMap<AooId, Office>;
  readonly aoos: ReadonlySet<AooId>;
  /** The mailboxes that this service reads. */
  readonly served: readonly MailboxName[];
  /** What is wrong with the configuration and does not stop the service, Italian. */
  readonly faults: readonly string[];
  config(): Config;
  trust(): TrustAnchors;
  replace(config: Config, trust: TrustInForce): void;
  /** Names what is wrong with the configuration on disk, beside that in force; null: nothing any more. */
  remark(fault: string | null): void;
}

export function openRunning(first: Config, firstTrust: TrustInForce): Running {
  const offices = new Map<AooId, Office>();
  const aoos = new Set<AooId>();
  const served: MailboxName[] = [];
  const faults: string[] = [];
  let config = first;
  let trust = firstTrust;
  let remark: string | null = null;
  const tellFaults = (): void => {
    faults.splice(0, faults.length, ...(remark === null ? [] : [remark]), ...trust.faults);
  };
  const replace: Running['replace'] = (nextConfig, nextTrust) => {
    config = nextConfig;
    trust = nextTrust;
    offices.clear();
    aoos.clear();
    served.length = 0;
    for (const office of config.offices) {
      offices.set(office.aoo, office);
      aoos.add(office.aoo);
      for (const { address } of office.mailboxes) served.push({ aoo: office.aoo, mailbox: address });
    }
    tellFaults();
  };
  replace(first, firstTrust);
  return {
    offices,
    aoos,
    served,
    faults,
    config: () => config,
    trust: () => trust.trust,
    replace,
    remark(fault) {
      remark = fault;
      tellFaults();
    },
  };
}
