import { type BrowserContext, expect, type Page } from "@playwright/test";

import type { Console } from "./console.ts";

/**
 * Looks at everything that happens in a browser: what a page says on its console, whom it asks, and
 * the HTML of every page, in which no secret may be.
 */
export class Watch {
  readonly #console: Console;
  readonly #context: BrowserContext;
  readonly #documents: { url: string; html: string }[] = [];
  readonly #problems: string[] = [];

  private constructor(console: Console, context: BrowserContext) {
    this.#console = console;
    this.#context = context;
  }

  /** Watches a browser from now on. */
  static async over(context: BrowserContext, console: Console): Promise<Watch> {
    const watch = new Watch(console, context);
    await context.exposeBinding("tellDocument", (_, url: string, html: string) => {
      watch.#sawDocument(url, html);
    });
    await context.addInitScript(() => {
      // Inside the page; the content policy does not hold for it.
      const { tellDocument } = globalThis as unknown as {
        tellDocument(url: string, html: string): void;
      };
      document.addEventListener("DOMContentLoaded", () =>
        tellDocument(location.href, document.documentElement.outerHTML),
      );
    });
    context.on("request", (request) => watch.#requested(request.url()));
    context.on("weberror", (error) => watch.#problems.push(`exception: ${error.error().message}`));
    context.on("console", (message) => {
      const page = message.page();
      if (message.type() === "error" && !isAboutAPageItself(message, page)) {
        watch.#problems.push(`console of ${page?.url()}: ${message.text()}`);
      }
    });
    return watch;
  }

  /** Fails when anything was seen that must not be. */
  async judge(): Promise<void> {
    for (const page of this.#context.pages()) {
      const [url, html] = await page.evaluate(() => {
        return [location.href, document.documentElement.outerHTML] as const;
      });
      this.#sawDocument(url, html);
    }
    expect(this.#problems).toEqual([]);
    expect(this.#documents).not.toEqual([]);
    for (const { url, html } of this.#documents) {
      expect(this.#secretsIn(url, html), `a secret is in ${url}`).toEqual([]);
    }
  }

  #sawDocument(url: string, html: string): void {
    // What the simulator shows is its own business.
    if (url.startsWith(`${this.#console.origin}/`)) {
      this.#documents.push({ url, html });
    }
  }

  #requested(url: string): void {
    const { origin, protocol } = new URL(url);
    if (protocol === "data:" || protocol === "blob:") {
      return;
    }
    if (origin !== this.#console.origin && origin !== this.#console.simulator) {
      this.#problems.push(`a request to ${origin}`);
    }
  }

  /** The names of the secrets in a page, not they themselves. */
  #secretsIn(url: string, html: string): string[] {
    if (new URL(url).pathname === "/guide") {
      // The demo's guide hands out what belongs to the simulator, and has nothing else.
      return [];
    }
    const named = {
      "client secret": this.#console.clientSecret,
      "signing key": this.#console.webhookSigningKey,
    };
    const found = Object.entries(named).filter(([, secret]) => html.includes(secret));
    const tokens = TOKENS.filter(([, shape]) => shape.test(html.replaceAll(FORM_CODE, "")));
    return [...found.map(([name]) => name), ...tokens.map(([name]) => name)];
  }
}

/** Chromium reports every refusal of a page on its console; the tests look at what it says. */
function isAboutAPageItself(
  message: { text(): string; location(): { url: string } },
  page: Page | null,
): boolean {
  return (
    /^Failed to load resource: .* status of [45]\d\d/.test(message.text()) &&
    message.location().url.split("#")[0] === page?.url().split("#")[0]
  );
}

/** What the simulator's tokens look like: JSON Web Tokens, and 64 hexadecimal digits. */
const TOKENS: [string, RegExp][] = [
  ["access token", /eyJ[\w-]{10,}\.eyJ[\w-]{10,}/],
  ["refresh token", /\b[0-9a-f]{64}\b/],
];

/** What shows that a form is the console's own; it looks like a token. */
const FORM_CODE = /name="csrf" value="[0-9a-f]{64}"/g;
