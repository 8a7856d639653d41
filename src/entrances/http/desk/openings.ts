/**
 * Who was shown something reserved is written down before it is sent: here for every page, act and file of the desk whose
 * address names a registration, an exchange or a mail, so that no screen can forget it. What stands in a list that is taken
 * away (an export, a print) is written down where it is made.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AooId } from '../../../kernel/ids.ts';
import type { DeskCaller } from '../../../service/people/caller.ts';
import type { NamedInAddress, Opening, ReservedOpenings } from '../../../service/people/reserved-openings.ts';
import type { Office } from '../../../service/register/office.ts';
import { postedForm } from './form.ts';
import { answeredNumber } from './send/answered.ts';

export interface OpeningParts {
  readonly offices: ReadonlyMap<AooId, Office>;
  readonly openings: ReservedOpenings;
}

export function logOpenings(server: FastifyInstance, { offices, openings }: OpeningParts): void {
  server.addHook('onSend', async (request, reply) => {
    const { deskCaller: caller } = request;
    const office = caller?.aoo == null ? undefined : offices.get(caller.aoo);
    if (caller === null || office === undefined || !isShown(reply)) return;
    const opening = openingOf({ caller, aoo: office.aoo, request });
    await openings.opened(opening, namedBy(request, office), isAskedAgain(request));
  });
}

export const openingOf = ({ caller, aoo, request }: OpeningVisit): Opening => ({
  ...{ personId: caller.personId, person: caller.name, aoo },
  ...{ address: request.ip, page: request.routeOptions.url ?? '' },
});

interface OpeningVisit {
  readonly caller: Pick<DeskCaller, 'personId' | 'name'>;
  readonly aoo: AooId;
  readonly request: FastifyRequest;
}

/** A region of a page that somebody has open, and not a page that somebody goes to. */
const isAskedAgain = ({ headers }: FastifyRequest): boolean =>
  (headers['hx-request'] === 'true' && headers['hx-boosted'] === undefined) || headers['x-background'] === '1';

/** Also a form that comes back with its mistakes, and one that was too late: what it is about stands on the page. */
const isShown = ({ statusCode }: FastifyReply): boolean =>
  (statusCode >= 200 && statusCode < 300) || statusCode === 409 || statusCode === 422;

const YEAR = /^\d{4}$/;
const NUMBER = /^\d{1,12}$/;

function namedBy({ params, query }: FastifyRequest, { register }: Office): NamedInAddress {
  const named = params as Readonly<Record<string, string | undefined>>;
  const { year = '', number = '' } = named;
  // The message that answers it is written with its subject and its sender.
  const answered = answeredNumber(postedForm(query).text('risposta'));
  return {
    registrations: [
      ...keyOf(named['register'] ?? register, year, number),
      ...(answered === null ? [] : [{ register, ...answered }]),
    ],
    ids: [...['id', 'mail', 'exchange'].flatMap((name) => named[name] ?? []), ...remindedIn(query)],
  };
}

/** A reminder repeats the subject and the recipient of what it reminds of. */
function remindedIn(query: unknown): readonly string[] {
  const id = postedForm(query).text('sollecito');
  return id === '' ? [] : [id];
}

const keyOf = (register: string, year: string, number: string) =>
  YEAR.test(year) && NUMBER.test(number) ? [{ register, year: Number(year), number: Number(number) }] : [];
