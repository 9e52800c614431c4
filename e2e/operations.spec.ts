/** Operations are run by hand. */

import { add, addConnected, field, marketing, openOperation, tab } from "./steps.ts";
import { expect, test } from "./test.ts";

test("CONN-CALENDLY-020: Run an operation, and copy it as JSON", async ({
  page,
  console,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], {
    origin: console.origin,
  });
  await addConnected(page, marketing(console, { may: "Read and write" }));
  await openOperation(page, "calendly.queryRecords");
  await field(page, "baseId").fill("organization");
  await field(page, "tableId").fill("contacts");
  await field(page, "pageSize").fill("3");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("main")).toContainText('"records"');
  await expect(field(page, "baseId")).toHaveValue("organization");

  await page.getByRole("button", { name: "Copy as JSON" }).click();
  await expect
    .poll(async () => {
      const text = await page.evaluate(() => navigator.clipboard.readText());
      return JSON.parse(text) as unknown;
    })
    .toEqual({
      action: "calendly.queryRecords",
      connection: 1,
      config: { baseId: "organization", tableId: "contacts", pageSize: 3 },
    });
});

test("CONN-CALENDLY-020: Run an operation, and copy it as JSON: a refusal says what to do", async ({
  page,
  console,
}) => {
  await addConnected(page, marketing(console));
  await openOperation(page, "calendly.getRecord");
  await field(page, "baseId").fill("organization");
  await field(page, "tableId").fill("unicorns");
  await field(page, "recordId").fill("1");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(field(page, "tableId")).toHaveValue("unicorns");
});

test("CONN-CALENDLY-021: Every operation has a page", async ({ page, console }) => {
  await add(page, marketing(console));
  await tab(page, "Operations");
  const listed = page.getByRole("listitem").filter({ hasText: "calendly." });
  const links = listed.getByRole("link");
  await expect(links.first()).toBeVisible();
  const paths = await links.evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
  expect(paths.length).toBeGreaterThan(30);
  for (const path of paths) {
    const response = await page.goto(path);
    expect(response?.status(), path).toBe(200);
    await expect(page.getByRole("button", { name: "Run", exact: true })).toBeVisible();
  }
});
