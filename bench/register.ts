/** How fast the register is: `npm run bench:register -- --help`. The figures stand in README.md. */
import { setStage } from './exchange/stage.ts';
import { closeOneDay, readTexts } from './register/day.ts';
import { openRegister } from './register/offices.ts';
import { HELP, readOptions } from './register/options.ts';
import { askRegister } from './register/questions.ts';
import { ratesAndAudit, registrationRate } from './register/rates.ts';
import { seedRegister } from './register/seed.ts';
import { measurement } from './report.ts';
import { runBench } from './run.ts';

await runBench({
  name: 'register',
  help: HELP,
  readOptions,
  async work({ registrations, numbered, questions, entries, documents }, say, onEnd) {
    const stage = await setStage(null, onEnd);
    const opened = async (name: string) => {
      await stage.postgres.createDatabase(name);
      const register = await openRegister(stage.postgres.url(name));
      stage.onEnd(() => register.pool.end());
      return register;
    };
    const small = await opened('small');
    const rates = await ratesAndAudit(small, numbered);
    const rateAtFew = await registrationRate(small, numbered);
    say(`${numbered} were registered, audited, and registered once more`);
    const day = await closeOneDay(await opened('day'), entries, stage.folder);
    say(`a day of ${entries} is closed`);
    const texts = await readTexts(documents);
    say(`${documents} texts are read; now the large register is filled`);
    const large = await opened('large');
    await seedRegister(large, registrations, say);
    const answers = await askRegister(large, registrations, questions, say);
    const rateAtMany = await registrationRate(large, numbered);
    return [
      ...[...rates, ...day, texts, ...answers],
      measurement(`registered at ${registrations}`, rateAtMany, '1/s', { baseline: rateAtFew }),
      measurement('… share of the rate in a small register', rateAtMany / rateAtFew, '', { atLeast: 0.9 }),
    ];
  },
});
