/** A connection gets another name. */

import { add, addConnected, expectRefused, field, heading, marketing, row, state } from "./steps.ts";
import { expect, test } from "./test.ts";

test("CONN-CALENDLY-003: Update Calendly connection name", async ({ page, console }) => {
  await addConnected(page, marketing(console));

  await field(page, "Name").fill("Märketing 🚀");
  await page.getByRole("button", { name: "Save name" }).click();
  await expect(page.getByRole("status")).toContainText("Märketing 🚀");
  await expect(heading(page, "Märketing 🚀")).toBeVisible();
  // Nothing else has changed.
  await expect(state(page)).toHaveText("connected");

  await page.goto("/connections");
  await expect(row(page, "Märketing 🚀")).toContainText("connected");
  await expect(row(page, "Marketing Calendly Workspace")).toHaveCount(0);
});

test("CONN-CALENDLY-003: Update Calendly connection name: one that is invalid or taken is refused", async ({
  page,
  console,
}) => {
  await add(page, marketing(console, { id: "2", name: "Sales" }));
  await add(page, marketing(console));
  const cases = [
    ["  ", "Connection name must be at least 1 character"],
    ["x".repeat(101), "Connection name must not exceed 100 characters"],
    ["Sales", "Connection name must be unique"],
  ] as const;
  for (const [name, message] of cases) {
    await field(page, "Name").fill(name);
    await page.getByRole("button", { name: "Save name" }).click();
    await expectRefused(field(page, "Name"), message);
    await expect(field(page, "Name")).toHaveValue(name);
  }
  await page.goto("/connections");
  await expect(row(page, "Marketing Calendly Workspace")).toHaveCount(1);
});
