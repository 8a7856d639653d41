import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AooId } from '../../../kernel/ids.ts';
import { uuidv7 } from '../../../kernel/uuid.ts';
import type { DeskCaller } from '../../../service/people/caller.ts';
import type { Right } from '../../../service/people/rights.ts';
import type { Call } from '../../../service/register/idempotent-command.ts';
import type { Office } from '../../../service/register/office.ts';
import { FRAMEWORK_FIELDS, type PostedForm } from './form.ts';
import { type Html, html } from './template.ts';

/** Rights that need no office: an administrator of the node has none. */
export type WithoutOffice = 'administration' | 'own' | 'index:read' | 'filing:read' | 'filing';

/** A request for a page, by somebody who may see it. */
export interface Visit<R extends Right = 'desk:read'> {
  readonly caller: DeskCaller;
  readonly office: R extends WithoutOffice ? Office | null : Office;
  readonly aoo: R extends WithoutOffice ? AooId | null : AooId;
  readonly params: Readonly<Record<string, string>>;
  /** Texts, read like a form's. */
  readonly query: PostedForm;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** The token of this person's forms. */
  readonly token: string;
}

/** A posted form. */
export interface ActVisit<R extends Right = 'desk:read'> extends Visit<R> {
  readonly form: PostedForm;
  /** Who acts; the key was minted with the form, so that pressing twice does it once. */
  readonly call: Call;
  /** Of what the person saw; null: the form has none. */
  readonly version: number | null;
}

/** A page or form before signing in. */
export interface OpenVisit {
  readonly caller: DeskCaller | null;
  readonly params: Readonly<Record<string, string>>;
  readonly query: PostedForm;
  readonly form: PostedForm;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly token: string;
}

export interface ActFields {
  /** Of what the form is about: it is refused where that has changed meanwhile. */
  readonly version?: number | null;
  /** The key of a form that is shown again with its mistakes; left out: a new one. */
  readonly act?: string;
}

/** Stands in every form: the token, the key under which it is done once, and the version it is meant for. */
export const actFields = ({ token }: { readonly token: string }, { version = null, act }: ActFields = {}): Html =>
  html`<input type="hidden" name="${FRAMEWORK_FIELDS.token}" value="${token}"><input type="hidden" name="${FRAMEWORK_FIELDS.act}" value="${act ?? uuidv7(new Date())}">${
    version !== null && html`<input type="hidden" name="${FRAMEWORK_FIELDS.version}" value="${version}">`
  }`;
