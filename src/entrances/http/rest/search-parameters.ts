/** What protocol systems may ask of the register, and how what was found is answered. */
import { type Static, Type } from '@fastify/type-provider-typebox';
import { typedNumber } from '../../../domain/register/search-words.ts';
import { problem } from '../../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../../kernel/result.ts';
import { REGISTER_STATES, type RegisterFilter } from '../../../service/queries/register-views.ts';
import type { FoundRegistration } from '../../../service/queries/views.ts';
import { ARRIVAL_CARRIERS } from '../../../service/register/by-hand-writes.ts';
import { closed, day, int32, int64, line, listOf, matching, named, oneOf, storedText, uuid } from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';
import { RegistrationDirections, registrationMembers } from './office-answers.ts';
import { officeParameter } from './office-request.ts';

export const SEARCH_PARAMETERS = {
  ...officeParameter,
  text: Type.Optional(
    line(200, {
      description:
        'Parole, in qualsiasi ordine: dell\'oggetto, dei corrispondenti, delle annotazioni, dei nomi e del testo dei documenti. Fra virgolette stanno insieme; con "-" davanti sono escluse; "or" ammette l\'una o l\'altra. Anche un numero di protocollo, lo SHA-256 di un documento, un indirizzo, un codice fiscale.',
      examples: ['convenzione mensa'],
    }),
  ),
  subject: Type.Optional(line(200, { description: "Una parte dell'oggetto, in qualsiasi forma di maiuscole." })),
  correspondent: Type.Optional(
    line(200, {
      description:
        "Nome di un corrispondente, anche con un errore di battitura per parola; oppure l'intero indirizzo o codice fiscale.",
    }),
  ),
  number: Type.Optional(
    matching('^0*[0-9]{1,12}(/[0-9]{4})?$', 30, {
      description: 'Il numero di protocollo, con o senza zeri e anno.',
      examples: ['0001234/2026'],
    }),
  ),
  numberFrom: Type.Optional(int64({ description: 'Dal numero, compreso.' })),
  numberTo: Type.Optional(int64({ description: 'Al numero, compreso.' })),
  year: Type.Optional(int32(1900, 9999, { description: "L'anno del numero." })),
  direction: Type.Optional(RegistrationDirections),
  from: Type.Optional(day({ description: 'Dal giorno, compreso.' })),
  to: Type.Optional(day({ description: 'Al giorno, compreso.' })),
  unit: Type.Optional(uuid({ description: "L'unità che l'ha in carico." })),
  classification: Type.Optional(line(40, { description: 'La classe e quelle sotto di essa.', examples: ['VI.3'] })),
  state: Type.Optional(oneOf(REGISTER_STATES, { title: 'RegisterState' })),
  carrier: Type.Optional(oneOf(ARRIVAL_CARRIERS, { title: 'Carrier', description: 'Come è arrivato o partito.' })),
  flagged: Type.Optional(oneOf(['true'], { description: 'Solo quelle con segnalazioni.' })),
  flag: Type.Optional(
    matching('^[a-z0-9-]{1,64}$', 64, { description: 'Solo quelle con questa segnalazione (docs/errors.md).' }),
  ),
};

type Asked = { readonly [name in keyof typeof SEARCH_PARAMETERS]?: Static<(typeof SEARCH_PARAMETERS)[name]> };

/** `number` may name its year; one that `year` contradicts is refused. */
export function registerFilter({ aoo: _, number, flagged, ...asked }: Asked): Result<RegisterFilter> {
  const typed = number === undefined ? null : typedNumber(number);
  if (number !== undefined && typed === null) return refuse(problem('bad-request', 'number', 'number'));
  const year = typed?.year ?? asked.year;
  if (asked.year !== undefined && year !== asked.year) return refuse(problem('bad-request', 'year', 'year'));
  const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  return ok({
    ...given,
    ...(typed !== null && { number: typed.number }),
    ...(year !== undefined && { year }),
    ...(flagged !== undefined && { flagged: true as const }),
  });
}

/** `found` only where words were asked for that the text of documents has. */
export const FoundRegistrationSummary = named('FoundRegistration', {
  ...registrationMembers,
  found: Type.Optional(
    listOf(
      closed({
        document: storedText(2_000),
        pieces: listOf(closed({ text: storedText(5_000), hit: Type.Boolean() }), 200, {
          description: 'Il testo intorno a ciò che è stato trovato, a pezzi; `hit`: il pezzo è ciò che si cercava.',
        }),
      }),
      2,
      { description: 'Dove nel testo dei documenti.' },
    ),
  ),
});

export const presentFound = ({ foundTexts, ...registration }: FoundRegistration) => ({
  ...withoutNulls(registration),
  ...(foundTexts.length > 0 && {
    found: foundTexts.map(({ document, pieces }) => ({
      document,
      pieces: pieces.map(({ text, isHit }) => ({ text, hit: isHit })),
    })),
  }),
});
