/**
 * Every page, light and dark, narrow and wide: nothing that axe-core objects to, nothing that has to
 * be scrolled sideways, and a picture of each.
 */

import { join } from "node:path";

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import type { Console } from "./console.ts";
import { screenshots } from "./paths.ts";
import {
  add,
  addConnected,
  beginToConnect,
  button,
  field,
  heading,
  marketing,
  openContacts,
  openOperation,
  openTables,
  state,
  tab,
} from "./steps.ts";
import { expect, test } from "./test.ts";
import type { Simulator } from "./simulator.ts";

interface Place {
  /** The name of its pictures. */
  name: string;
  /** Goes there. */
  go(page: Page, console: Console, simulator: Simulator): Promise<void>;
}

const places: Place[] = [
  {
    name: "no-connections",
    go: async (page) => {
      await page.goto("/connections");
      await expect(heading(page, "Connections")).toBeVisible();
    },
  },
  {
    name: "connections",
    go: async (page, console, simulator) => {
      const named = (id: string, name: string) => marketing(console, { id, name });
      await add(page, named("4", "Customer Success"));
      await addConnected(page, named("3", "Recruiting"));
      await simulator.revokeGrants();
      await button(page, "Test").click();
      await expect(state(page)).toHaveText("error");
      await addConnected(page, named("2", "Sales team, Europe"));
      await button(page, "Disconnect").click();
      await expect(state(page)).toHaveText("disconnected");
      await addConnected(page, named("1", "Marketing Calendly Workspace"));
      await button(page, "Test").click();
      await expect(page.getByRole("status")).toBeVisible();
      await page.goto("/connections");
      await expect(page.getByRole("row")).toHaveCount(5);
    },
  },
  { name: "add-connection", go: (page) => go(page, "/connections/new", "Add connection") },
  {
    name: "add-connection-refused",
    go: async (page) => {
      await page.goto("/connections/new");
      await field(page, "ID").fill("0");
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await expect(page.getByRole("alert")).toBeVisible();
    },
  },
  {
    name: "add-connection-token",
    go: (page) => go(page, "/connections/new?method=token", "Add connection"),
  },
  { name: "connection-configured", go: (page, console) => add(page, marketing(console)) },
  {
    name: "connection-connected",
    go: (page, console) =>
      addConnected(page, marketing(console, { may: "Read and write", webhooks: true })),
  },
  {
    name: "connection-error",
    go: async (page, console) => {
      await add(page, marketing(console, { clientSecret: "rotated since" }));
      await beginToConnect(page);
      await page.getByRole("button", { name: "Allow", exact: true }).click();
      await expect(page.getByRole("alert")).toBeVisible();
    },
  },
  {
    name: "connection-remove",
    go: async (page, console) => {
      await addConnected(page, marketing(console));
      await page.getByRole("link", { name: "Remove connection" }).click();
      await expect(page.getByRole("button", { name: /^Remove / })).toBeVisible();
    },
  },
  {
    name: "consent",
    go: async (page, console) => {
      await add(page, marketing(console));
      await beginToConnect(page);
    },
  },
  {
    name: "bases",
    go: async (page, console) => {
      await addConnected(page, marketing(console));
      await tab(page, "Data");
      await expect(page.getByRole("link", { name: /Northwind Traders/ }).first()).toBeVisible();
    },
  },
  {
    name: "tables",
    go: async (page, console) => {
      await addConnected(page, marketing(console, { may: "Read and write" }));
      await openTables(page);
    },
  },
  {
    name: "records",
    go: async (page, console) => {
      await goToContacts(page, console);
      await expect(page.getByRole("link", { name: "Next page" })).toBeVisible();
    },
  },
  {
    name: "record",
    go: async (page, console) => {
      await goToContacts(page, console);
      await page.getByRole("main").getByRole("table").getByRole("link").first().click();
      await expect(page.getByRole("link", { name: "Edit", exact: true })).toBeVisible();
    },
  },
  {
    name: "record-edit",
    go: async (page, console) => {
      await goToContacts(page, console);
      await page.getByRole("main").getByRole("table").getByRole("link").first().click();
      await page.getByRole("link", { name: "Edit", exact: true }).click();
      await expect(page.getByRole("button", { name: "Save record" })).toBeVisible();
    },
  },
  {
    name: "record-new",
    go: async (page, console) => {
      await goToContacts(page, console);
      await page.getByRole("link", { name: "New record" }).click();
      await page.getByRole("button", { name: "Save record" }).click();
      await expect(page.getByRole("alert")).toBeVisible();
    },
  },
  {
    name: "record-delete",
    go: async (page, console) => {
      await goToContacts(page, console);
      await page.getByRole("main").getByRole("table").getByRole("link").first().click();
      await page.getByRole("link", { name: "Delete record" }).click();
      await expect(page.getByRole("button", { name: /^Delete/ })).toBeVisible();
    },
  },
  {
    name: "operations",
    go: async (page, console) => {
      await add(page, marketing(console));
      await tab(page, "Operations");
    },
  },
  {
    name: "operation",
    go: async (page, console) => {
      await addConnected(page, marketing(console));
      await openOperation(page, "calendly.queryRecords");
      await field(page, "tableId").fill("contacts");
      await field(page, "pageSize").fill("2");
      await page.getByRole("button", { name: "Run", exact: true }).click();
      await expect(page.getByRole("main")).toContainText('"records"');
    },
  },
  {
    name: "connection-events",
    go: async (page, console) => {
      await addConnected(page, marketing(console, { may: "Read and write", webhooks: true }));
      await tab(page, "Events");
    },
  },
  { name: "events", go: (page) => go(page, "/events", "Events") },
  {
    name: "activity",
    go: async (page, console) => {
      await addConnected(page, marketing(console));
      await button(page, "Test").click();
      await tab(page, "Activity");
    },
  },
  { name: "guide", go: (page) => go(page, "/guide", "Connect Calendly, step by step") },
  {
    name: "not-found",
    go: async (page) => {
      await page.goto("/nowhere");
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    },
  },
  {
    name: "no-session",
    go: async (page) => {
      await page.context().clearCookies();
      await page.goto("/connections");
      await expect(heading(page, "Open the console from its link")).toBeVisible();
    },
  },
];

places.forEach(({ name, go }, index) => {
  const id = String(101 + index);
  test(`CONN-CALENDLY-${id}: The page ${name} is for everybody, light and dark, narrow and wide`, async ({
    page,
    console,
    simulator,
  }) => {
    await go(page, console, simulator);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [400, 1600, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        await expectToFit(page, width);
        if (width !== 1600) {
          await expectAccessible(page, `${name}, ${colorScheme}, ${width} px`);
          const path = join(screenshots, `${name}-${colorScheme}-${width}.png`);
          await page.screenshot({ path, fullPage: true });
        }
      }
    }
  });
});

async function go(page: Page, path: string, title: string): Promise<void> {
  await page.goto(path);
  await expect(heading(page, title)).toBeVisible();
}

async function goToContacts(page: Page, console: Console): Promise<void> {
  await addConnected(page, marketing(console, { may: "Read and write" }));
  await openContacts(page);
}

/** Nothing of the page is to the right of the window; a table may scroll in a part of its own. */
async function expectToFit(page: Page, width: number): Promise<void> {
  const needed = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(needed, `the page is ${needed} px wide in a window of ${width} px`).toBeLessThanOrEqual(
    width,
  );
}

async function expectAccessible(page: Page, where: string): Promise<void> {
  const { violations, passes } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html}: ${node.failureSummary ?? ""}`),
  );
  expect(found, where).toEqual([]);
  expect(passes.length, where).toBeGreaterThan(10);
}

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
