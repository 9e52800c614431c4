/** The list of connections: states, what can be done in each, search and filter. */

import type { Page } from "@playwright/test";

import { add, addConnected, beginToConnect, button, field, marketing, row, state } from "./steps.ts";
import { expect, test } from "./test.ts";

test("CONN-CALENDLY-014: Each state offers its actions", async ({ page, console, simulator }) => {
  const typed = marketing(console);
  await page.goto("/connections");
  await expect(page.getByRole("row")).toHaveCount(0);

  await add(page, typed);
  await expectInList(page, typed.name, "configured", ["Connect"]);

  await page.goto("/connections/1");
  await beginToConnect(page);
  await page.getByRole("button", { name: "Allow", exact: true }).click();
  await expect(state(page)).toHaveText("connected");
  await expectInList(page, typed.name, "connected", ["Disconnect", "Test"]);

  await simulator.revokeGrants();
  await button(row(page, typed.name), "Test").click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expectInList(page, typed.name, "error", ["Re-connect", "Update credentials"]);

  await button(row(page, typed.name), "Re-connect").click();
  await page.getByRole("button", { name: "Allow", exact: true }).click();
  await expect(state(page)).toHaveText("connected");
  await page.goto("/connections");
  await button(row(page, typed.name), "Disconnect").click();
  await expect(page.getByRole("status")).toContainText(typed.name);
  await expectInList(page, typed.name, "disconnected", ["Re-connect"]);
});

test("CONN-CALENDLY-015: The list follows what happens elsewhere", async ({
  page,
  context,
  console,
}) => {
  const typed = marketing(console);
  await add(page, typed);
  const list = await context.newPage();
  await list.goto("/connections");
  await expect(row(list, typed.name)).toContainText("configured");

  await beginToConnect(page);
  await page.getByRole("button", { name: "Allow", exact: true }).click();
  await expect(row(list, typed.name)).toContainText("connected");
  await expect(button(row(list, typed.name), "Disconnect")).toBeVisible();

  await button(page, "Disconnect").click();
  await expect(row(list, typed.name)).toContainText("disconnected");
});

test("CONN-CALENDLY-016: Search and filter", async ({ page, console }) => {
  await add(page, marketing(console, { id: "2", name: "Sales" }));
  await addConnected(page, marketing(console));
  await page.goto("/connections");
  await expect(row(page, "Sales")).toHaveCount(1);

  await field(page, "Search").fill("market");
  await field(page, "Search").press("Enter");
  await expect(row(page, "Sales")).toHaveCount(0);
  await expect(row(page, "Marketing Calendly Workspace")).toHaveCount(1);
  await expect(field(page, "Search")).toHaveValue("market");

  await page.goto("/connections");
  await field(page, "State").selectOption("configured");
  await field(page, "Search").press("Enter");
  await expect(row(page, "Marketing Calendly Workspace")).toHaveCount(0);
  await expect(row(page, "Sales")).toHaveCount(1);

  await field(page, "Search").fill("nothing is called so");
  await field(page, "Search").press("Enter");
  await expect(row(page, "Sales")).toHaveCount(0);
  await expect(page.getByRole("main")).toContainText(/No connection/);
});

/** The state of a connection in the list, and the names of all that can be done there. */
async function expectInList(
  page: Page,
  name: string,
  state: string,
  actions: string[],
): Promise<void> {
  await page.goto("/connections");
  const listed = row(page, name);
  await expect(listed.locator("[data-state]")).toHaveText(state);
  const offered = [];
  for (const action of ["Connect", "Disconnect", "Test", "Re-connect", "Update credentials"]) {
    const named = { name: `${action} ${name}`, exact: true };
    const control = listed.getByRole("button", named).or(listed.getByRole("link", named));
    offered.push(...Array<string>(await control.count()).fill(action));
  }
  expect(offered).toEqual(actions);
}
