/** Every command of people and protocol systems, bound to its dependencies: what the entrances are given. */

import { type ElsewhereDeps, type ElsewhereRequest, sendElsewhere } from '../outgoing/send-elsewhere.ts';
import { type SendToDeps, type SendToRequest, type SentTo, sendTo } from '../outgoing/send-to.ts';
import { answeredBefore, type Call } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';
import { type AnnulRequest, annulRegistration, type ChangeRequest, changeRegistration } from './annul.ts';
import { type AnnulmentVerdict, type AskAnnulment, askAnnulment, decideAnnulment } from './annulment-requests.ts';
import { closeTask } from './close-task.ts';
import {
  confirmMessage,
  type DecideDeps,
  type DecideRequest,
  type RegisterRequest,
  refuseMessage,
  registerMessage,
  setAside,
} from './decide-incoming.ts';
import { noteRegistration } from './note.ts';
import { type PutMailAside, putMailAside } from './put-mail-aside.ts';
import { resend } from './resend.ts';
import { changeReserve, type ReserveRequest } from './reserve.ts';

export type Commands = ReturnType<typeof openCommands>;

export const openCommands = (deps: DecideDeps & SendToDeps & ElsewhereDeps) => ({
  send: (office: Office, request: SendToRequest, call: Call) => sendTo(office, request, deps, call),
  /** Whether a command under this key was carried out; its answer may have been lost. */
  isDone: async (office: Office, call: Call) => (await answeredBefore(office, call, deps.store)) !== null,
  /** The answer to a message that was sent under this key before; null: none was. */
  sentBefore: (office: Office, call: Call) => answeredBefore<SentTo>(office, call, deps.store),
  register: (office: Office, request: RegisterRequest, call: Call) => registerMessage(office, request, call, deps),
  refuse: (office: Office, request: DecideRequest, call: Call) => refuseMessage(office, request, call, deps),
  confirm: (office: Office, request: Parameters<typeof confirmMessage>[1], call: Call) =>
    confirmMessage(office, request, call, deps),
  setAside: (office: Office, request: Parameters<typeof setAside>[1], call: Call) =>
    setAside(office, request, call, deps),
  resend: (office: Office, request: Parameters<typeof resend>[1], call: Call) => resend(office, request, call, deps),
  sendElsewhere: (office: Office, request: ElsewhereRequest, call: Call) => sendElsewhere(office, request, call, deps),
  putMailAside: (office: Office, request: PutMailAside, call: Call) => putMailAside(office, request, call, deps),
  annul: (office: Office, request: AnnulRequest, call: Call) => annulRegistration(office, request, call, deps),
  askAnnulment: (office: Office, request: AskAnnulment, call: Call) => askAnnulment(office, request, call, deps),
  decideAnnulment: (office: Office, verdict: AnnulmentVerdict, call: Call) =>
    decideAnnulment(office, verdict, call, deps),
  reserve: (office: Office, request: ReserveRequest, call: Call) => changeReserve(office, request, call, deps),
  note: (office: Office, request: Parameters<typeof noteRegistration>[1], call: Call) =>
    noteRegistration(office, request, call, deps),
  change: (office: Office, request: ChangeRequest, call: Call) => changeRegistration(office, request, call, deps),
  closeTask: (office: Office, request: Parameters<typeof closeTask>[1], call: Call) =>
    closeTask(office, request, call, deps),
});
