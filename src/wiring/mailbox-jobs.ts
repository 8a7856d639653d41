/** One job for each mailbox, and the way they change over to another configuration. */
import { isDeepStrictEqual } from 'node:util';
import type { Job } from '../entrances/jobs/job.ts';
import type { MailboxJobDeps, OfficeMailbox } from '../entrances/jobs/read-mailbox.ts';
import { startMailboxJob } from '../entrances/jobs/reconnect-mailbox.ts';
import type { TrustAnchors } from '../model/pec.ts';
import type { Office } from '../service/register/office.ts';
import { isSameOffice } from '../service/reload/set-up-changes.ts';

interface Wanted {
  readonly office: Office;
  readonly mailbox: OfficeMailbox;
  readonly trust: TrustAnchors;
}

/** The jobs of one mailbox, one after the other: the next begins when the one before has ended its page. */
interface Lane {
  wanted: Wanted | null;
  running: { readonly job: Job; readonly as: Wanted } | null;
  turn: Promise<void>;
}

export interface MailboxJobs extends Job {
  /** Resolves once every mailbox is read as wanted; those in which nothing has changed are not interrupted. */
  follow(offices: readonly Office[], trust: TrustAnchors): Promise<void>;
}

export function mailboxJobs(deps: Omit<MailboxJobDeps, 'trust'>): MailboxJobs {
  const lanes = new Map<string, Lane>();
  const changeOver = async (lane: Lane): Promise<void> => {
    const { running, wanted } = lane;
    if (running !== null && wanted !== null && isSame(running.as, wanted)) return;
    await running?.job.stop();
    lane.running = null;
    // While the old one ended, something else may have been wanted: that change-over waits behind this one.
    if (wanted === null || wanted !== lane.wanted) return;
    const job = startMailboxJob(wanted.office, wanted.mailbox, { ...deps, trust: wanted.trust });
    lane.running = { job, as: wanted };
  };
  const want = (key: string, wanted: Wanted | null): Promise<void> => {
    const lane = lanes.get(key) ?? { wanted: null, running: null, turn: Promise.resolve() };
    lanes.set(key, lane);
    lane.wanted = wanted;
    lane.turn = lane.turn.then(() => changeOver(lane));
    return lane.turn;
  };
  const follow = async (offices: readonly Office[], trust: TrustAnchors): Promise<void> => {
    const wanted = new Map<string, Wanted>();
    for (const office of offices)
      for (const mailbox of office.mailboxes) wanted.set(keyOf(office, mailbox), { office, mailbox, trust });
    const gone = [...lanes.keys()].filter((key) => !wanted.has(key));
    await Promise.all([...gone.map((key) => want(key, null)), ...[...wanted].map(([key, one]) => want(key, one))]);
    for (const key of gone) if (lanes.get(key)?.wanted === null) lanes.delete(key);
  };
  return { follow, stop: () => follow([], { anchors: [] }) };
}

/** The lease is of the address: another folder of it is the same mailbox, changed. */
const keyOf = ({ aoo }: Office, { address }: OfficeMailbox): string => `${aoo} ${address}`;

/** Each mail is judged, registered and answered as its office is configured, so any change of that counts. */
const isSame = (one: Wanted, other: Wanted): boolean =>
  isDeepStrictEqual(one.trust, other.trust) && isSameOffice(one.office, other.office);
