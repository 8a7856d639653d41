import type { Static } from '@fastify/type-provider-typebox';
import type { RegistrationKey } from '../../../service/register/changes.ts';
import { closed, matching } from '../schemas.ts';

/** How a path names a registration: `:register/:year/:number`. */
export const RegistrationNumber = closed({
  register: matching('^[0-9A-Za-z._-]{1,32}$', 32),
  year: matching('^[0-9]{4}$', 4),
  number: matching('^[0-9]{1,15}$', 15),
});

export const registrationKeyOf = ({ register, year, number }: Static<typeof RegistrationNumber>): RegistrationKey => ({
  register,
  year: Number(year),
  number: Number(number),
});
