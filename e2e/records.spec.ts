/** Bases, tables and records. */

import type { Page } from "@playwright/test";

import { addConnected, expectRefused, field, marketing, openContacts, tab } from "./steps.ts";
import { expect, test } from "./test.ts";

test("CONN-CALENDLY-017: Create, edit and delete a record", async ({ page, console }) => {
  await addConnected(page, marketing(console, { may: "Read and write" }));
  await openContacts(page);
  await page.getByRole("link", { name: "New record" }).click();
  await field(page, "Name").fill("John Doe");
  await field(page, "Email").fill("john@example.com");
  await page.getByLabel(/^Status/).selectOption({ label: "Active" });
  await page.getByRole("button", { name: "Save record" }).click();
  await expect(page.getByRole("status")).toBeVisible();
  await expect(page.getByRole("main")).toContainText("john@example.com");
  await expect(page.getByRole("main")).toContainText("Active");

  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await expect(field(page, "Email")).toHaveValue("john@example.com");
  await page.getByLabel(/^Job title/).fill("Head of Operations");
  await page.getByRole("button", { name: "Save record" }).click();
  await expect(page.getByRole("status")).toBeVisible();
  await expect(page.getByRole("main")).toContainText("Head of Operations");
  await expect(page.getByRole("main")).toContainText("John Doe");

  await page.getByRole("link", { name: "Delete record" }).click();
  await page.getByRole("button", { name: /^Delete/ }).click();
  await expect(page.getByRole("status")).toBeVisible();
  await filter(page, "Email", "is", "john@example.com");
  await expect(page.getByRole("main").getByRole("row").filter({ hasText: "John Doe" })).toHaveCount(0);
});

test("CONN-CALENDLY-017: Create, edit and delete a record: what is wrong is said beside its field", async ({
  page,
  console,
}) => {
  await addConnected(page, marketing(console, { may: "Read and write" }));
  await openContacts(page);
  await page.getByRole("link", { name: "New record" }).click();
  await page.getByRole("button", { name: "Save record" }).click();
  await expectRefused(field(page, "Name"), "The field 'name' is required");
  await expectRefused(field(page, "Email"), "The field 'email' is required");

  await field(page, "Name").fill("John Doe");
  await field(page, "Email").fill("no address");
  await page.getByRole("button", { name: "Save record" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(field(page, "Email")).toHaveAttribute("aria-invalid", "true");
  await expect(field(page, "Name")).toHaveValue("John Doe");
});

test("CONN-CALENDLY-018: Filter, sort and turn pages of records", async ({ page, console }) => {
  await addConnected(page, marketing(console));
  await openContacts(page);
  const records = page.getByRole("main").getByRole("table").getByRole("row");
  const first = await records.nth(1).innerText();
  await page.getByRole("link", { name: "Next page" }).click();
  await expect(records.nth(1)).not.toHaveText(first);
  await page.goBack();

  await filter(page, "City", "is", "Berlin");
  await expect(records.nth(1)).toContainText("Berlin");
  for (const record of (await records.all()).slice(1)) {
    await expect(record).toContainText("Berlin");
  }

  await field(page, "Sort by").selectOption({ label: "Name" });
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(records.nth(1)).toContainText("Berlin");
  const names = await records.getByRole("rowheader").allInnerTexts();
  expect(names.length).toBeGreaterThan(2);
  expect(names).toEqual(names.toSorted());
});

test("CONN-CALENDLY-019: A table that cannot be written says what to do instead", async ({
  page,
  console,
}) => {
  await addConnected(page, marketing(console, { may: "Read and write" }));
  await tab(page, "Data");
  await page.getByRole("link", { name: /Northwind Traders/ }).first().click();
  await page.getByRole("link", { name: "Users", exact: true }).click();
  await expect(page.getByRole("link", { name: "New record" })).toHaveCount(0);
});

async function filter(page: Page, name: string, operator: string, value: string): Promise<void> {
  const first = page.getByRole("group", { name: "Filter 1" });
  await field(first, "Field").selectOption({ label: name });
  await field(first, "Operator").selectOption({ label: operator });
  await field(first, "Value").fill(value);
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page).toHaveURL(/value=/);
}
