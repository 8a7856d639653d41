/** How a person works a page: the same sentences, done with the keyboard alone or with a finger. */
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { axe, focusFault, tabOnto, tooWide } from './checks.ts';

export interface PickedFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

export interface Hands {
  readonly page: Page;
  /** A button, a link, a check box. */
  press(control: Locator): Promise<void>;
  write(field: Locator, text: string): Promise<void>;
  choose(list: Locator, option: string): Promise<void>;
  pick(input: Locator, ...files: readonly PickedFile[]): Promise<void>;
  /** The page as it is now holds whatever every page must. */
  look(): Promise<void>;
}

/** Tab, Enter and typing; the mouse does not exist. What has the focus is seen at every stop. */
export function keyboard(page: Page): Hands {
  // A page that has just come begins at its top; one that has stayed must not have dropped the focus.
  let seen: unknown = null;
  const settled = () => page.locator('body[data-ready]').waitFor();
  // Choosers are caught from now on: asked for together with the key, the catching may come too late on a busy machine.
  page.on('filechooser', () => undefined);
  return {
    page,
    async press(control) {
      await settled();
      await tabOnto(page, control);
      await page.keyboard.press('Enter');
    },
    async write(field, text) {
      await settled();
      await tabOnto(page, field);
      await page.keyboard.press('Control+a');
      await page.keyboard.type(text);
    },
    async choose(list, option) {
      await settled();
      await tabOnto(page, list);
      await page.keyboard.type(option);
      expect(await list.locator('option:checked').textContent()).toBe(option);
    },
    async pick(input, ...files) {
      await settled();
      await tabOnto(page, input);
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Enter')]);
      await chooser.setFiles([...files]);
    },
    async look() {
      await settled();
      const document = await page.evaluate<number>('performance.timeOrigin');
      const fault = await focusFault(page);
      if (document === seen) expect(fault, `the focus on ${page.url()}`).toBe('');
      seen = document;
      await axe(page);
    },
  };
}

/** Taps, on a screen as narrow as it may be: nothing reaches beyond its edge. */
export function finger(page: Page): Hands {
  return {
    page,
    press: (control) => control.tap(),
    write: (field, text) => field.fill(text),
    choose: async (list, option) => void (await list.selectOption({ label: option })),
    pick: (input, ...files) => input.setInputFiles([...files]),
    async look() {
      await page.locator('body[data-ready]').waitFor();
      expect(await tooWide(page), `wider than the window: ${page.url()}`).toBe('');
      await axe(page);
    },
  };
}
