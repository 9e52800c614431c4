/** Events, as they happen. */

import { addConnected, field, marketing, tab } from "./steps.ts";
import { expect, test } from "./test.ts";

test("CONN-CALENDLY-022: A webhook event appears by itself", async ({
  page,
  context,
  console,
  simulator,
}) => {
  const typed = marketing(console, { may: "Read and write", webhooks: true });
  await addConnected(page, typed);
  await field(page, "New signing key").fill(console.webhookSigningKey);
  await page.getByRole("button", { name: "Save signing key" }).click();
  await expect(page.getByRole("status")).toBeVisible();
  await tab(page, "Events");
  await page.getByRole("button", { name: "Subscribe" }).click();
  await expect(page.getByRole("status")).toBeVisible();

  const events = await context.newPage();
  await events.goto("/events");
  const told = events.getByRole("row").filter({ hasText: "contact.created" });
  await expect(told).toHaveCount(0);

  // Somebody adds a contact.
  await tab(page, "Data");
  await page.getByRole("link", { name: /Northwind Traders/ }).first().click();
  await page.getByRole("link", { name: "Contacts", exact: true }).click();
  await page.getByRole("link", { name: "New record" }).click();
  await field(page, "Name").fill("Jane Roe");
  await field(page, "Email").fill("jane@example.com");
  await page.getByRole("button", { name: "Save record" }).click();
  await expect(page.getByRole("status")).toBeVisible();
  await simulator.deliverWebhooks();

  await expect(told.first()).toBeVisible();
  await told.first().getByRole("link").first().click();
  await expect(events.getByRole("main")).toContainText("jane@example.com");
  await expect(events.getByRole("main")).toContainText("contact.created");
});

test("CONN-CALENDLY-023: Poll now", async ({ page, console }) => {
  await addConnected(page, marketing(console, { may: "Read and write" }));
  await tab(page, "Events");
  await page.getByRole("button", { name: "Poll now" }).click();
  await expect(page.getByRole("status")).toBeVisible();
});
