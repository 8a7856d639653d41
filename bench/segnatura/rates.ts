import { loadGrammars } from '../../src/adapters/grammar-files.ts';
import { sealMessage } from '../../src/formats/seal/sign.ts';
import { verifySeal } from '../../src/formats/seal/verify.ts';
import { readSegnatura } from '../../src/formats/segnatura/read.ts';
import { type Measurement, measurement } from '../report.ts';
import { libxmlAlone } from './baseline.ts';
import { AT, issueSeal, message, written } from './messages.ts';
import { type Rate, rateOf } from './rate.ts';

const COUNT = 100;
const BASELINES = { '2013': 'segnatura-2013.xsd', '3.0.0': 'mail-3.0.0.xsd' } as const;

/** Every rate the project promises, one row by processor time and one by the clock. */
export async function rates(seconds: number, say: (line: string) => void): Promise<readonly Measurement[]> {
  const { validate } = await loadGrammars();
  const { signer, trust } = await issueSeal();
  const rows: Measurement[] = [];
  const measure = async (name: string, work: () => number | Promise<number>, atLeast: number, baseline?: Rate) => {
    const rate = await rateOf(seconds, work);
    const beside = baseline === undefined ? {} : { baseline: baseline.perCore };
    rows.push(measurement(`${name}, per core`, rate.perCore, '/s', { atLeast, ...beside }));
    const clock = baseline === undefined ? {} : { baseline: baseline.byTheClock };
    rows.push(measurement(`${name}, by the clock`, rate.byTheClock, '/s', clock));
    say(`${name}: ${Math.round(rate.perCore)}/s of processor time`);
  };

  for (const generation of ['2013', '3.0.0'] as const) {
    const models = Array.from({ length: COUNT }, (_, index) => message(index + 1, generation));
    const unsealed = models.map((each) => written(each, generation));
    const sealed = generation === '3.0.0';
    const arriving = sealed ? await Promise.all(unsealed.map((each) => sealMessage(each, signer, AT))) : unsealed;
    const size = `${(average(arriving) / 1024).toFixed(1)} KB${sealed ? ' with its seal' : ''}`;
    const alone = libxmlAlone(BASELINES[generation]);
    const baseline = await rateOf(seconds, () => each(arriving, alone));
    await measure(
      `read + validate + model, ${generation}, ${size}`,
      () =>
        each(arriving, (bytes) => {
          const read = readSegnatura(bytes, validate);
          if (!read.ok || !read.value.valid || read.value.message === null) throw new Error('not read as valid');
        }),
      2_500,
      baseline,
    );
    await measure(
      `write, ${generation}, ${(average(unsealed) / 1024).toFixed(1)} KB`,
      () => each(models, (model) => void written(model, generation)),
      4_000,
    );
    if (!sealed) continue;
    await measure(
      'seal, RSA-2048',
      async () => {
        for (const bytes of unsealed) await sealMessage(bytes, signer, AT);
        return unsealed.length;
      },
      700,
    );
    await measure(
      'verify the seal and its chain',
      () =>
        each(arriving, (bytes) => {
          const { verdict } = verifySeal(bytes, trust, AT);
          if (verdict !== 'valid') throw new Error(`a seal of the bench is ${verdict}`);
        }),
      1_500,
    );
  }
  return rows;
}

const average = (all: readonly Uint8Array[]): number => all.reduce((sum, { length }) => sum + length, 0) / all.length;

function each<T>(all: readonly T[], work: (one: T) => void): number {
  for (const one of all) work(one);
  return all.length;
}
