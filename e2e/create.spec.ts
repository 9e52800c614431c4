/** A connection is created, or refused. */

import { add, beginToConnect, expectRefused, field, fillIn, marketing, row, state } from "./steps.ts";
import { expect, test } from "./test.ts";

test("CONN-CALENDLY-001: Create Calendly connection with valid OAuth credentials", async ({
  page,
  console,
}) => {
  await page.goto("/connections");
  await page.getByRole("link", { name: "Add connection" }).first().click();
  await expect(field(page, "Type")).toHaveValue("calendly");
  const typed = marketing(console);
  await add(page, typed);
  await expect(page.getByRole("status")).toContainText(typed.name);
  await expect(state(page)).toHaveText("configured");
  await expect(page.getByRole("main")).toContainText("***");

  await page.getByRole("navigation", { name: "Main" }).getByText("Connections").click();
  const created = row(page, typed.name);
  await expect(created).toContainText("configured");
  await expect(created.getByRole("button", { name: `Connect ${typed.name}` })).toBeVisible();

  // The OAuth flow can be initiated.
  await created.getByRole("link", { name: typed.name, exact: true }).click();
  await beginToConnect(page);
  const asked = new URL(page.url());
  expect(asked.origin + asked.pathname).toBe(`${console.simulator}/oauth/authorize`);
  expect(asked.searchParams.get("client_id")).toBe(console.clientId);
  expect(asked.searchParams.get("redirect_uri")).toBe(`${console.origin}/oauth/calendly/callback`);
  expect(asked.searchParams.get("code_challenge_method")).toBe("S256");
  expect(page.url()).not.toContain(console.clientSecret);
});

const empty = "Connection name must be at least 1 character";
const refused = [
  { what: "an ID of zero", field: "ID", value: "0", message: "ID must be a positive integer" },
  { what: "a negative ID", field: "ID", value: "-1", message: "ID must be a positive integer" },
  { what: "a broken ID", field: "ID", value: "1.5", message: "ID must be a positive integer" },
  { what: "an ID that is no number", field: "ID", value: "one", message: "ID must be a positive integer" },
  { what: "an empty name", field: "Name", value: "", message: empty },
  { what: "a name of spaces", field: "Name", value: "   ", message: empty },
  {
    what: "a name that is too long",
    field: "Name",
    value: "x".repeat(101),
    message: "Connection name must not exceed 100 characters",
  },
  {
    what: "an empty client ID",
    field: "Client ID",
    value: "",
    message: "Client ID must be at least 1 character",
  },
  {
    what: "an empty client secret",
    field: "Client secret",
    value: "",
    message: "Client secret is required and cannot be empty",
  },
];

for (const { what, field: label, value, message } of refused) {
  test(`CONN-CALENDLY-002: Reject Calendly connection with invalid credentials: ${what}`, async ({
    page,
    console,
  }) => {
    const typed = marketing(console);
    await fillIn(page, typed);
    await field(page, label).fill(value);
    await page.getByRole("button", { name: "Save", exact: true }).click();

    // A summary leads to the field, which says what is wrong with it.
    const link = page.getByRole("alert").getByRole("link", { name: message });
    await expectRefused(field(page, label), message);
    await link.click();
    await expect(field(page, label)).toBeFocused();

    // What was typed is still there, except the secret.
    const kept = { ID: typed.id, Name: typed.name, "Client ID": typed.clientId };
    for (const [other, before] of Object.entries(kept)) {
      await expect(field(page, other)).toHaveValue(other === label ? value : before);
    }
    await expect(field(page, "Client secret")).toHaveValue("");

    await page.goto("/connections");
    await expect(page.getByRole("row").filter({ hasText: "configured" })).toHaveCount(0);
  });
}

test("CONN-CALENDLY-002: Reject Calendly connection with invalid credentials: another type", async ({
  page,
  console,
}) => {
  await fillIn(page, marketing(console));
  // The page offers no other type, so another one is put into it.
  const message = "Type must be exactly 'calendly'";
  await field(page, "Type").evaluate((control: HTMLInputElement | HTMLSelectElement) => {
    const other = control instanceof HTMLSelectElement ? control.options[control.selectedIndex] : control;
    if (other !== undefined) {
      other.value = "calendly-connection";
    }
  });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("alert").getByRole("link", { name: message })).toBeVisible();
  await expectRefused(field(page, "Type"), message);
});

test("CONN-CALENDLY-002: Reject Calendly connection with invalid credentials: all that is wrong at once", async ({
  page,
  console,
}) => {
  const wrong = { id: "0", name: "", clientId: "", clientSecret: "" };
  await fillIn(page, marketing(console, wrong));
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expectRefused(field(page, "ID"), "ID must be a positive integer");
  await expectRefused(field(page, "Name"), empty);
  await expectRefused(field(page, "Client ID"), "Client ID must be at least 1 character");
  await expectRefused(field(page, "Client secret"), "Client secret is required and cannot be empty");
  await expect(page.getByRole("alert").getByRole("link")).toHaveCount(4);
});

test("CONN-CALENDLY-002: Reject Calendly connection with invalid credentials: ID and name that are taken", async ({
  page,
  console,
}) => {
  const typed = marketing(console);
  await add(page, typed);
  await fillIn(page, typed);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expectRefused(field(page, "ID"), "Connection ID must be unique");
  await expectRefused(field(page, "Name"), "Connection name must be unique");
});

test("CONN-CALENDLY-002: Reject Calendly connection with invalid credentials: a wrong client secret, found when connecting", async ({
  page,
  console,
}) => {
  const typed = marketing(console, { clientSecret: "rotated since" });
  await add(page, typed);
  await beginToConnect(page);
  await page.getByRole("button", { name: "Allow", exact: true }).click();

  const alert = page.getByRole("alert");
  await expect(alert).toContainText("invalid-client");
  await expect(alert).toContainText("Update the connection's credentials, then re-connect.");
  await expect(state(page)).toHaveText("error");
});

test("CONN-CALENDLY-002: Reject Calendly connection with invalid credentials: an unknown client ID, found when connecting", async ({
  page,
  console,
}) => {
  const typed = marketing(console, { clientId: "nobody" });
  await add(page, typed);
  await page.getByRole("button", { name: /^Connect\b/ }).click();
  await expect(page.getByRole("alert")).toContainText("is not registered");
  await page.goto("/connections");
  await expect(row(page, typed.name)).toContainText("configured");
});
