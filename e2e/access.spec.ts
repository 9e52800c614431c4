/** Who gets in. */

import { add, marketing } from "./steps.ts";
import { expect, test } from "./test.ts";
import { Watch } from "./watch.ts";

test("CONN-CALENDLY-024: Nobody gets in without the link", async ({ page, console, browser }) => {
  await add(page, marketing(console));
  const elsewhere = await browser.newContext({ baseURL: console.origin });
  const watch = await Watch.over(elsewhere, console);
  const stranger = await elsewhere.newPage();
  for (const path of ["/connections", "/connections/1", "/events", "/start?token=guessed"]) {
    const response = await stranger.goto(path);
    expect(response?.status(), path).toBe(401);
    await expect(stranger.getByRole("main")).not.toContainText("Marketing");
  }
  await stranger.goto("/connections");
  await expect(stranger.getByRole("heading", { level: 1 })).toHaveText(
    "Open the console from its link",
  );
  await watch.judge();
  await elsewhere.close();
});

test("CONN-CALENDLY-025: Connect with a personal access token: a wrong one is refused", async ({
  page,
}) => {
  await page.goto("/connections/new");
  await page.getByRole("link", { name: "Use a personal access token instead" }).click();
  await expect(page).toHaveURL(/method=token/);
  await page.getByLabel("ID", { exact: true }).fill("1");
  await page.getByLabel("Name", { exact: true }).fill("Marketing");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const token = page.getByLabel("Personal access token", { exact: true });
  await expect(token).toHaveAttribute("aria-invalid", "true");

  await token.fill("nobodys_token_that_calendly_does_not_know");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name: /^Connect\b/ }).click();
  await expect(page.getByRole("alert")).toContainText(/personal access token/);
});
