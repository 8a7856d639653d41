import { Type } from '@fastify/type-provider-typebox';
import { listOf, named, oneOf, storedText } from '../schemas.ts';

/** More mistakes than a person corrects at once. */
export const MOST_PLACES = 100;

/** The member `errors` of a problem: where the request is wrong. */
export const ProblemPlaces = Type.Optional(
  listOf(
    named('ProblemPlace', {
      in: oneOf(['body', 'query', 'path', 'header']),
      pointer: storedText(600, { description: 'JSON pointer nel corpo, o nome del parametro.' }),
      message: storedText(500),
    }),
    MOST_PLACES,
  ),
);
