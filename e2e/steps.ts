import { expect, type Locator, type Page } from "@playwright/test";

import type { Console } from "./console.ts";

/** A connection as a person types it. */
export interface Typed {
  id: string;
  name: string;
  clientId: string;
  clientSecret: string;
  may: "Read-only" | "Read and write";
  webhooks: boolean;
}

/** The connection that most tests are about. */
export function marketing(console: Console, other: Partial<Typed> = {}): Typed {
  const { clientId, clientSecret } = console;
  const usual = { id: "1", name: "Marketing Calendly Workspace", clientId, clientSecret };
  return { ...usual, may: "Read-only", webhooks: false, ...other };
}

/** Fills in "Add connection", without saving. */
export async function fillIn(page: Page, typed: Typed): Promise<void> {
  await page.goto("/connections/new");
  await expect(page.getByRole("heading", { level: 1, name: "Add connection" })).toBeVisible();
  await field(page, "ID").fill(typed.id);
  await field(page, "Name").fill(typed.name);
  await field(page, "Client ID").fill(typed.clientId);
  await field(page, "Client secret").fill(typed.clientSecret);
  await page.getByRole("group", { name: "What it may do" }).getByLabel(typed.may).check();
  await page.getByRole("checkbox", { name: "Webhooks" }).setChecked(typed.webhooks);
}

/** Adds a connection, and stays on its page. */
export async function add(page: Page, typed: Typed): Promise<void> {
  await fillIn(page, typed);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`/connections/${typed.id}([?#]|$)`));
  await expect(heading(page, typed.name)).toBeVisible();
}

/** Follows "Connect" or "Re-connect" on a connection's page, up to the service's question. */
export async function beginToConnect(page: Page, action = "Connect"): Promise<void> {
  await button(page, action).click();
  await expect(page.getByRole("heading", { name: /^Allow .* to use your Calendly account\?$/ }))
    .toBeVisible();
}

/** Connects, from the connection's page and back to it. */
export async function connect(page: Page, typed: Typed, action = "Connect"): Promise<void> {
  await beginToConnect(page, action);
  await page.getByRole("button", { name: "Allow", exact: true }).click();
  await expect(heading(page, typed.name)).toBeVisible();
  await expect(page.getByRole("status")).toContainText(`${typed.name} is connected`);
  await expect(state(page)).toHaveText("connected");
}

/** Adds a connection and connects it. */
export async function addConnected(page: Page, typed: Typed): Promise<void> {
  await add(page, typed);
  await connect(page, typed);
}

/** Goes to one of a connection's tabs. */
export async function tab(page: Page, name: string): Promise<void> {
  const tabs = page.getByRole("navigation", { name: "Connection", exact: true });
  await tabs.getByRole("link", { name, exact: true }).click();
  await expect(tabs.getByRole("link", { name, exact: true })).toHaveAttribute(
    "aria-current",
    "page",
  );
}

/** Goes from a connection's page to the contacts of its organization. */
export async function openContacts(page: Page): Promise<void> {
  await openTables(page);
  await page.getByRole("link", { name: "Contacts", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Contacts", exact: true })).toBeVisible();
  await expect(page.getByRole("main").getByRole("table")).toBeVisible();
}

/** Goes from a connection's page to the tables of its organization. */
export async function openTables(page: Page): Promise<void> {
  await tab(page, "Data");
  await page.getByRole("link", { name: "Northwind Traders", exact: true }).click();
  await expect(page.getByRole("heading", { name: /^Tables of/ })).toBeVisible();
}

/** Goes from a connection's page to that of an operation. */
export async function openOperation(page: Page, name: string): Promise<void> {
  await tab(page, "Operations");
  const listed = page.getByRole("listitem").filter({ has: page.getByText(name, { exact: true }) });
  await listed.getByRole("link").click();
  await expect(page.getByRole("heading", { name: new RegExp(escaped(name)) })).toBeVisible();
}

/** A field by its label. */
export function field(within: Page | Locator, label: string): Locator {
  return within.getByLabel(new RegExp(`^${escaped(label)}( \\(optional\\))?$`));
}

/** The first heading. */
export function heading(page: Page, name: string | RegExp): Locator {
  return page.getByRole("heading", { level: 1, name, exact: typeof name === "string" });
}

/** A button by the beginning of its name: what it is about follows for those who do not see it. */
export function button(within: Page | Locator, name: string): Locator {
  return within.getByRole("button", { name: new RegExp(`^${name}\\b`) });
}

/** The state on a connection's page. */
export function state(page: Page): Locator {
  return page.getByRole("main").locator("[data-state]").first();
}

/** A connection's row in the list. */
export function row(page: Page, name: string): Locator {
  return page.getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });
}

/** What a page says is wrong with a field. */
export async function expectRefused(control: Locator, message: string): Promise<void> {
  await expect(control).toHaveAttribute("aria-invalid", "true");
  await expect(control).toHaveAccessibleDescription(new RegExp(escaped(message)));
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
