/** Events, as they happen. */

import type { Page } from "@playwright/test";

import { addConnected, field, marketing, openContacts, tab } from "./steps.ts";
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
  await page.getByRole("checkbox", { name: "contact.created" }).check();
  await page.getByRole("button", { name: "Subscribe" }).click();
  await expect(page.getByRole("status")).toContainText("Calendly will tell");

  const events = await context.newPage();
  await events.goto("/events");
  const told = events.getByRole("row").filter({ hasText: "record.created" });
  await expect(told).toHaveCount(0);

  // Somebody adds a contact.
  await createContact(page, "Jane Roe", "jane@example.com");
  await simulator.deliverWebhooks();

  await expect(told.first()).toBeVisible();
  await told.first().getByRole("link").first().click();
  await expect(events.getByRole("main")).toContainText("jane@example.com");
  await expect(events.getByRole("main")).toContainText("webhook");
});

test("CONN-CALENDLY-023: Poll now", async ({ page, console }) => {
  await addConnected(page, marketing(console, { may: "Read and write" }));
  await tab(page, "Events");
  await page.getByRole("button", { name: "Poll now" }).click();
  await expect(page.getByRole("status")).toContainText("What is there is remembered");
  await page.getByRole("button", { name: "Poll now" }).click();
  await expect(page.getByRole("status")).toContainText("Nothing has changed since the last poll");

  await createContact(page, "Jane Roe", "jane@example.com");
  await tab(page, "Events");
  await page.getByRole("button", { name: "Poll now" }).click();
  await expect(page.getByRole("status")).toContainText("1 new event");
  await expect(page.getByRole("row").filter({ hasText: "record.created" })).toContainText("Jane Roe");
});

async function createContact(page: Page, name: string, email: string): Promise<void> {
  await openContacts(page);
  await page.getByRole("link", { name: "New record" }).click();
  await field(page, "Name").fill(name);
  await field(page, "Email").fill(email);
  await page.getByRole("button", { name: "Save record" }).click();
  await expect(page.getByRole("status")).toContainText("The record is created");
}
