import { test as base } from "@playwright/test";

import { Console } from "./console.ts";
import { Simulator } from "./simulator.ts";
import { Watch } from "./watch.ts";

export { expect } from "@playwright/test";

interface Fixtures {
  /** A console with nothing in it. */
  console: Console;
  /** Its Calendly. */
  simulator: Simulator;
}

/**
 * A test with a console of its own, and a page that has opened it. Afterwards everything is
 * looked at that must not happen in any test; see {@link Watch}.
 */
export const test = base.extend<Fixtures>({
  console: async ({}, use) => {
    const console = await Console.start();
    await use(console);
    await console.stop();
  },
  simulator: async ({ console }, use) => {
    await use(new Simulator(console.simulator));
  },
  baseURL: async ({ console }, use) => {
    await use(console.origin);
  },
  context: async ({ context, console }, use) => {
    const watch = await Watch.over(context, console);
    await use(context);
    await watch.judge();
  },
  page: async ({ page, console }, use) => {
    await page.goto(console.url);
    await use(page);
  },
});
