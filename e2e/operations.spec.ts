/** Operations are run by hand. */

import { add, addConnected, marketing, tab } from "./steps.ts";
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
  await tab(page, "Operations");
  await page.getByRole("link", { name: /queryRecords/ }).click();
  await page.getByLabel(/^Base ?ID/i).fill("organization");
  await page.getByLabel(/^Table ?ID/i).fill("contacts");
  await page.getByLabel(/^Page ?size/i).fill("3");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("main")).toContainText('"records"');
  await expect(page.getByLabel(/^Base ?ID/i)).toHaveValue("organization");

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
  await tab(page, "Operations");
  await page.getByRole("link", { name: /getRecord/ }).click();
  await page.getByLabel(/^Base ?ID/i).fill("organization");
  await page.getByLabel(/^Table ?ID/i).fill("unicorns");
  await page.getByLabel(/^Record ?ID/i).fill("1");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.getByLabel(/^Table ?ID/i)).toHaveValue("unicorns");
});

test("CONN-CALENDLY-021: Every operation has a page", async ({ page, console }) => {
  await add(page, marketing(console));
  await tab(page, "Operations");
  const links = page.getByRole("main").getByRole("link", { name: /^calendly\./ });
  await expect(links.first()).toBeVisible();
  const paths = await links.evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
  expect(paths.length).toBeGreaterThan(30);
  for (const path of paths) {
    const response = await page.goto(path);
    expect(response?.status(), path).toBe(200);
    await expect(page.getByRole("button", { name: "Run", exact: true })).toBeVisible();
  }
});
