/** The OAuth flow from end to end, and all ways out of it. */

import type { Page } from "@playwright/test";

import {
  add,
  addConnected,
  beginToConnect,
  button,
  connect,
  field,
  marketing,
  row,
  state,
  tab,
} from "./steps.ts";
import { expect, test } from "./test.ts";
import { Watch } from "./watch.ts";

test("CONN-CALENDLY-004: Connect with OAuth", async ({ page, console }) => {
  const typed = marketing(console, { may: "Read and write", webhooks: true });
  await add(page, typed);
  await beginToConnect(page);
  for (const scope of ["contacts:write", "webhooks:write"]) {
    await expect(page.getByText(scope, { exact: true })).toBeVisible();
  }
  await page.getByRole("button", { name: "Allow", exact: true }).click();

  await expect(page.getByRole("status")).toContainText(`${typed.name} is connected`);
  await expect(state(page)).toHaveText("connected");
  await expect(page.getByRole("main")).toContainText("contacts:write");
  await expect(page.getByRole("main")).toContainText(/in (1 hour|2 hours|\d+ minutes)/);
  // Code and state are gone from the address.
  expect(page.url()).not.toMatch(/[?&](code|state)=/);
  await expect(button(page, "Connect")).toHaveCount(0);

  await button(page, "Test").click();
  await expect(page.getByRole("status")).toContainText("@northwind.example");

  // Going back does not send the code again.
  await page.reload();
  await expect(state(page)).toHaveText("connected");
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("CONN-CALENDLY-004: Connect with OAuth: only what was chosen is asked for", async ({
  page,
  console,
}) => {
  await add(page, marketing(console, { may: "Read-only" }));
  await beginToConnect(page);
  await expect(page.getByText("contacts:read", { exact: true })).toBeVisible();
  await expect(page.getByText(":write")).toHaveCount(0);
});

test("CONN-CALENDLY-004: Connect with OAuth: a callback that nobody began is refused", async ({
  page,
  console,
}) => {
  await add(page, marketing(console));
  await page.goto("/oauth/calendly/callback?code=abc&state=guessed");
  await expect(page.getByRole("alert")).toContainText(
    "This browser did not begin what the answer is for.",
  );
  await page.goto("/connections/1");
  await expect(state(page)).toHaveText("configured");
});

test("CONN-CALENDLY-005: Denial of consent", async ({ page, console }) => {
  const typed = marketing(console);
  await add(page, typed);
  await beginToConnect(page);
  await page.getByRole("button", { name: "Deny" }).click();
  await expect(page.getByRole("alert")).toContainText("did not grant access");
  await expect(page.getByRole("alert")).toContainText("Connect again and choose Allow");
  await expect(state(page)).toHaveText("error");
  await connect(page, typed, "Re-connect");
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("CONN-CALENDLY-006: Disconnect", async ({ page, console }) => {
  const typed = marketing(console);
  await addConnected(page, typed);
  await button(page, "Disconnect").click();
  await expect(page.getByRole("status")).toContainText(`${typed.name} is disconnected`);
  await expect(state(page)).toHaveText("disconnected");
  await expect(button(page, "Test")).toHaveCount(0);
  await connect(page, typed, "Re-connect");
});

test("CONN-CALENDLY-007: Re-connect after the token was revoked", async ({
  page,
  console,
  simulator,
}) => {
  const typed = marketing(console);
  await addConnected(page, typed);
  await simulator.revokeGrants();
  await button(page, "Test").click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(state(page)).toHaveText("error");
  await expect(page.getByRole("main")).toContainText("reauthorization-required");

  await connect(page, typed, "Re-connect");
  await button(page, "Test").click();
  await expect(page.getByRole("status")).toContainText("@northwind.example");
});

test("CONN-CALENDLY-008: Update credentials after a wrong client secret", async ({
  page,
  console,
}) => {
  const typed = marketing(console, { clientSecret: "rotated since" });
  await add(page, typed);
  await beginToConnect(page);
  await page.getByRole("button", { name: "Allow", exact: true }).click();
  await expect(state(page)).toHaveText("error");

  await field(page, "Client secret").fill(console.clientSecret);
  await page.getByRole("button", { name: "Update credentials" }).click();
  await expect(page.getByRole("status")).toBeVisible();
  await expect(state(page)).toHaveText("configured");
  await connect(page, typed);
});

test("CONN-CALENDLY-009: A copied link begins to connect in another browser", async ({
  page,
  console,
  context,
  browser,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], {
    origin: console.origin,
  });
  const typed = marketing(console);
  await add(page, typed);
  await page.goto("/connections");
  await row(page, typed.name).getByRole("button", { name: /^Copy link/ }).click();
  await expect(page.getByText(/^Copied/).first()).toBeVisible();
  const link = await copied(page);
  expect(link.startsWith(`${console.origin}/`)).toBe(true);

  const elsewhere = await browser.newContext();
  const watch = await Watch.over(elsewhere, console);
  const other = await elsewhere.newPage();
  await other.goto(link);
  await expect(other.getByRole("heading", { level: 1 })).toHaveText(`Connect ${typed.name}`);
  await other.getByRole("button", { name: "Continue to Calendly" }).click();
  await other.getByRole("button", { name: "Allow", exact: true }).click();
  await expect(other.getByRole("main")).toContainText(`${typed.name} is connected`);
  await watch.judge();
  // It opens nothing else.
  await other.goto(`${console.origin}/connections`);
  await expect(other.getByRole("heading", { level: 1 })).toHaveText("Open the console from its link");
  await elsewhere.close();

  // Whoever looks at the list sees it without loading it again.
  await expect(row(page, typed.name)).toContainText("connected");
});

test("CONN-CALENDLY-010: The redirect URI is copied", async ({ page, console, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], {
    origin: console.origin,
  });
  await page.goto("/connections/new");
  const expected = `${console.origin}/oauth/calendly/callback`;
  await expect(field(page, "Redirect URI")).toHaveValue(expected);
  await expect(field(page, "Redirect URI")).not.toBeEditable();
  await page.getByRole("button", { name: "Copy redirect URI" }).click();
  await expect.poll(() => copied(page)).toBe(expected);
});

test("CONN-CALENDLY-011: Remove a connection", async ({ page, console }) => {
  const typed = marketing(console);
  await addConnected(page, typed);
  await page.getByRole("link", { name: "Remove connection" }).click();
  await page.getByRole("button", { name: `Remove ${typed.name}` }).click();
  await expect(page.getByRole("status")).toContainText(typed.name);
  await expect(page).toHaveURL(/\/connections([?#]|$)/);
  await expect(row(page, typed.name)).toHaveCount(0);
  const gone = await page.goto("/connections/1");
  expect(gone?.status()).toBe(404);
});

test("CONN-CALENDLY-012: What was done is in the activity", async ({ page, console }) => {
  await addConnected(page, marketing(console));
  await button(page, "Test").click();
  await expect(page.getByRole("status")).toContainText("@northwind.example");
  await tab(page, "Activity");
  await expect(page.getByRole("main")).toContainText("created");
  await expect(page.getByRole("main")).toContainText("/users/me");
});

function copied(page: Page): Promise<string> {
  return page.evaluate(() => navigator.clipboard.readText());
}
