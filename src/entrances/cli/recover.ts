import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { witnessPlaces } from '../../config/witness-places.ts';
import { examineOffice, type Recovery, recoverOffice } from '../../service/register/witness.ts';
import { whatIsLost, withWitness } from '../../wiring/cli.ts';
import { findService } from './input/find-service.ts';
import { say } from './output/say.ts';
import { sayMisuse } from './output/say-misuse.ts';

const HELP = `Usage: interpro recover [--aoo IPA/CODE] [--go-on --why TEXT] [--json]

After a restored backup: shows for each office which numbers have left this machine and are not in the database. What was
sent and received meanwhile lies in the mailboxes and with the PEC provider. An office that is behind numbers nothing.

  --aoo IPA/CODE   only this office
  --go-on          let offices that are behind go on above everything that was ever numbered
  --why TEXT       why; it stands in the audit chain, with your name
  --json           one JSON object an office

Exits 1 while an office is behind.`;

export async function runRecover(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      aoo: { type: 'string' },
      'go-on': { type: 'boolean', default: false },
      why: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(HELP);
  const goesOn = values['go-on'];
  const reason = values.why?.trim() ?? '';
  if (goesOn !== (reason !== '')) return misused('--go-on and --why go together');
  const { config, ownerUrl } = findService();
  const aoos = config.offices.map(({ aoo }) => aoo).filter((aoo) => values.aoo === undefined || aoo === values.aoo);
  if (aoos.length === 0) return misused(`there is no office ${values.aoo} here`);
  const by = `cli:${userInfo().username}`;
  const places = witnessPlaces(config.dataFolder, config.witnessFolder ?? null);
  return withWitness({ ownerUrl, places }, async (deps) => {
    let behind = 0;
    for (const aoo of aoos) {
      const found = goesOn ? await recoverOffice(aoo, { by, reason }, deps) : await examineOffice(aoo, deps);
      if (found.isBehind && !goesOn) behind += 1;
      say(values.json ? JSON.stringify({ aoo, ...found }) : sentence(aoo, found, goesOn));
    }
    if (behind > 0 && !values.json) say('to go on above these numbers: interpro recover --go-on --why "…"');
    return behind === 0 ? 0 : 1;
  });
}

function sentence(aoo: string, found: Recovery, wentOn: boolean): string {
  if (found.witness === null)
    return `${aoo}: nothing has been witnessed yet: an older copy of the database would not be noticed`;
  if (!found.isBehind) return `${aoo}: the database has everything that has left this machine`;
  return `${aoo}: ${whatIsLost(found)}${wentOn ? '; it goes on above them' : ''}`;
}

const misused = (reason: string): 2 => sayMisuse('recover', reason);
