/** Everything with the keyboard alone. */

import type { Locator, Page } from "@playwright/test";

import { field, heading, marketing, state } from "./steps.ts";
import { expect, test } from "./test.ts";

test("CONN-CALENDLY-013: Add a connection with the keyboard alone", async ({ page, console }) => {
  const typed = marketing(console);
  await page.goto("/connections");

  // The first thing to reach skips the navigation.
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: /^Skip/ });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("link", { name: "Add connection" }).first());
  await page.keyboard.press("Enter");
  await expect(heading(page, "Add connection")).toBeVisible();

  const texts = [
    ["ID", typed.id],
    ["Name", typed.name],
    ["Client ID", typed.clientId],
    ["Client secret", typed.clientSecret],
  ] as const;
  for (const [label, text] of texts) {
    await tabTo(page, field(page, label));
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type(text);
  }
  const access = page.getByRole("group", { name: "What it may do" }).getByRole("radio");
  await tabTo(page, access);
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("radio", { name: "Read and write" })).toBeChecked();
  await tabTo(page, page.getByRole("checkbox", { name: "Webhooks" }));
  await page.keyboard.press("Space");
  await expect(page.getByRole("checkbox", { name: "Webhooks" })).toBeChecked();
  await tabTo(page, page.getByRole("button", { name: "Save", exact: true }));
  await page.keyboard.press("Enter");

  await expect(heading(page, typed.name)).toBeVisible();
  await expect(state(page)).toHaveText("configured");

  await tabTo(page, page.getByRole("button", { name: /^Connect\b/ }));
  await page.keyboard.press("Enter");
  const allow = page.getByRole("button", { name: "Allow", exact: true });
  await expect(allow).toBeVisible();
  await tabTo(page, allow);
  await page.keyboard.press("Enter");
  await expect(state(page)).toHaveText("connected");
});

test("CONN-CALENDLY-013: Add a connection with the keyboard alone: what is focused can be seen", async ({
  page,
}) => {
  await page.goto("/connections/new");
  const seen = new Set<string>();
  for (let presses = 0; presses < LONGEST_WAY; presses += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) {
        return null;
      }
      const style = getComputedStyle(element);
      const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
      return { html: element.outerHTML.slice(0, 120), outlined };
    });
    if (focused === null || seen.has(focused.html)) {
      break;
    }
    seen.add(focused.html);
    expect(focused).toEqual({ html: focused.html, outlined: true });
  }
  expect(seen.size).toBeGreaterThan(8);
});

/** Presses Tab until one of the controls has the focus. */
async function tabTo(page: Page, controls: Locator): Promise<void> {
  for (let presses = 0; presses < LONGEST_WAY; presses += 1) {
    await page.keyboard.press("Tab");
    const there = await controls.evaluateAll((elements) =>
      elements.some((element) => element === document.activeElement),
    );
    if (there) {
      return;
    }
  }
  throw new Error(`Tab does not lead to ${controls}`);
}

/** More presses than any page has controls. */
const LONGEST_WAY = 60;
